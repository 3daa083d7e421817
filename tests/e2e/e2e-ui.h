/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Driving an application the way a person does, by what a screen reader says.
 *
 * Everything waits for what it needs and fails the test, with the tree of the
 * windows, when that does not come. @window is a title; %NULL means any window.
 */

#pragma once

#include "e2e-app.h"

G_BEGIN_DECLS

void     e2e_wait_window   (E2eApp     *app,
                            const char *title);
void     e2e_wait_no_window (E2eApp     *app,
                            const char *title);
void     e2e_wait_shown    (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *name);
/* Waits for a name that a pattern matches, and gives the name. */
char    *e2e_wait_matching (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *pattern);
void     e2e_wait_gone     (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *name);
void     e2e_wait_sensitive (E2eApp    *app,
                            const char *window,
                            E2eKind     kind,
                            const char *name,
                            gboolean    sensitive);
/* Waits until a switch is on, or off. */
void     e2e_wait_checked  (E2eApp     *app,
                            const char *window,
                            const char *name,
                            gboolean    checked);
gboolean e2e_is_shown      (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *name);
gboolean e2e_is_matching   (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *pattern);

/* By the action of the button: works wherever the pointer is. */
void     e2e_press         (E2eApp     *app,
                            const char *window,
                            const char *button);
/* Answers a question, whose window has its heading for a title. */
void     e2e_answer        (E2eApp     *app,
                            const char *heading,
                            const char *answer);
/* With the mouse: for what has no action, such as the rows of a list. */
void     e2e_click         (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *name);
/* With the keyboard, into what has the focus in @window. */
void     e2e_key           (E2eApp     *app,
                            const char *window,
                            const char *modifier,
                            const char *key);

/* Where something is in its window. */
void     e2e_get_place     (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *name,
                            AtspiRect  *place);
/* Makes a window as wide as this, which it must be able to be. */
void     e2e_set_width     (E2eApp     *app,
                            const char *window,
                            int         width);

void     e2e_set_text      (E2eApp     *app,
                            const char *window,
                            const char *field,
                            const char *text);
char    *e2e_get_text      (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *name);
/* Waits until the text of something matches a pattern. */
void     e2e_wait_text     (E2eApp     *app,
                            const char *window,
                            E2eKind     kind,
                            const char *name,
                            const char *pattern);
/* Does what a menu item of a window would. */
void     e2e_activate      (E2eApp     *app,
                            const char *window,
                            const char *action);
void     e2e_close_window  (E2eApp     *app,
                            const char *window);

/* GTK's file dialog, once the application has opened it. */
void     e2e_save_as       (E2eApp     *app,
                            const char *path);
void     e2e_open_file     (E2eApp     *app,
                            const char *path);

G_END_DECLS
