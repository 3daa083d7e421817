/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The test's session bus, as a desktop uses it to start and call applications. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Has the bus start @command for @name; before what the system has for it. */
void  e2e_bus_add_service  (const char *name,
                            const char *command);
/* Has it start nothing: whatever the system has for @name. */
void  e2e_bus_mask_service (const char *name);

/* Calls a method of org.freedesktop.Application, which starts the application if
 * that is not there. @parameters is consumed if floating. */
void  e2e_bus_call         (const char *name,
                            const char *method,
                            GVariant   *parameters);
/* The process that has a name, 0 for none. */
GPid  e2e_bus_get_pid      (const char *name);
/* Waits until nobody has it. */
void  e2e_bus_wait_no_name (const char *name);

G_END_DECLS
