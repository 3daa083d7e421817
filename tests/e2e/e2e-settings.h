/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The settings of the application under test, kept in a file as in a sandbox. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @folder: the data of the application. @value is the text of a GVariant. An
 * application that runs notices. */
void  e2e_settings_set (const char *folder,
                        const char *key,
                        const char *value);
/* The text that is kept, %NULL for none. */
char *e2e_settings_get (const char *folder,
                        const char *key);

G_END_DECLS
