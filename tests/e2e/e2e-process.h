/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Looking at processes from outside: one in a sandbox counts itself otherwise. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Names are those of the kernel, which keeps 15 bytes. */
gboolean e2e_process_is   (GPid        pid,
                           const char *name);
/* The newest process of this name that @ancestor started, or one that it
 * started, and so on; 0: none.
 */
GPid     e2e_process_find (GPid        ancestor,
                           const char *name);

G_END_DECLS
