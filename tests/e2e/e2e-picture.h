/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Pictures of the display, kept in $E2E_PICTURES. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Once nothing moves any more. */
void e2e_picture        (const char *name);
/* As it is. */
void e2e_picture_now    (const char *name);
/* Waits for that: that nothing moves any more. */
void e2e_picture_settle (void);

G_END_DECLS
