/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* One running process of the application under test. */

#pragma once

#include "e2e-tree.h"

G_BEGIN_DECLS

typedef struct _E2eApp E2eApp;

/* g_test_init() and what the accessibility library needs. */
void             e2e_init               (int        *argc,
                                         char     ***argv);
/* Starts $E2E_PROGRAM with --profile @profile. Its data and settings are in
 * @data_home, its windows are put at @x. What it has to say is kept for e2e_app_end().
 */
E2eApp          *e2e_app_start          (const char *profile,
                                         const char *data_home,
                                         int         x);
/* The same with $E2E_SANDBOXED, the command of a sandbox that keeps the data
 * where it wants; @data_home is for the messages.
 */
E2eApp          *e2e_app_start_sandboxed (const char *profile,
                                         const char *data_home,
                                         int         x);
/* The process that has the windows; 0 as long as a sandbox is being set up. */
GPid             e2e_app_get_pid        (E2eApp     *self);
/* What shows its file dialogs, %NULL: the application itself. */
E2eApp          *e2e_app_get_portal     (E2eApp     *self);
int              e2e_app_get_x          (E2eApp     *self);
/* %NULL as long as it has not shown itself on the accessibility bus. */
AtspiAccessible *e2e_app_get_accessible (E2eApp     *self);
/* Prints windows and messages, keeps a picture, and fails the test. */
void             e2e_app_fail           (E2eApp     *self,
                                         const char *format,
                                         ...) G_GNUC_PRINTF (2, 3) G_GNUC_NORETURN;
/* Waits for the end, which something else must have brought about, and checks
 * that it was a good one: status 0, no warning, nothing from a sanitizer.
 */
void             e2e_app_end            (E2eApp     *self);
/* The same, with SIGTERM first. */
void             e2e_app_terminate      (E2eApp     *self);

G_END_DECLS
