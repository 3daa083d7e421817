/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Pictures of one window as a desktop shows it: with its shadow and its round
 * corners, and nothing around it.
 */

#pragma once

#include "e2e-app.h"

G_BEGIN_DECLS

/* How many pixels of the picture are one of the application. */
#define E2E_SCREENSHOT_SCALE 2

/* Applications that start from now on draw shadows and @scale pixels for one. */
void e2e_screenshot_prepare (void);
/* Gives the window that size, without its shadow; 0 by 0 leaves it as it is.
 * Waits until nothing moves any more.
 */
void e2e_screenshot         (E2eApp     *app,
                             const char *window,
                             int         width,
                             int         height,
                             const char *path);

G_END_DECLS
