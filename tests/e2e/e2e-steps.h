/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What a person does with SPP Chat, one function a step. */

#pragma once

#include "e2e-ui.h"

G_BEGIN_DECLS

/* From the first window to the empty main window. */
void    e2e_steps_first_start (E2eApp     *app,
                               const char *name);
/* Saves the own public key as a raw file and gives the port that is shown. */
guint16 e2e_steps_save_key    (E2eApp     *app,
                               const char *path);
/* Sets the port of the profile, so that it is the same after a restart. */
void    e2e_steps_set_port    (E2eApp     *app,
                               guint16     port);
/* Adds a friend by a file; without @port the friend is the one who calls. */
void    e2e_steps_add_friend  (E2eApp     *app,
                               const char *key_path,
                               const char *name,
                               guint16     port);
/* The own public key as text, and the port that is shown. */
char   *e2e_steps_copy_key    (E2eApp     *app,
                               guint16    *port);
/* Adds a friend by the text of the key. */
void    e2e_steps_add_friend_by_text (E2eApp *app,
                               const char *key,
                               const char *name,
                               guint16     port);
/* The same for a friend who has nothing but SPP/1. */
void    e2e_steps_add_old_friend (E2eApp  *app,
                               const char *key_path,
                               const char *name,
                               guint16     port);
/* Expects the lock of the conversation to say this, opens it, and expects it to
 * name the protocol there. The picture is of the open lock; %NULL: none. */
void    e2e_steps_lock        (E2eApp     *app,
                               const char *title,
                               const char *protocol,
                               const char *picture);
/* Shows the conversation with a friend. */
void    e2e_steps_select      (E2eApp     *app,
                               const char *name);
/* Waits until there is a connection, confirmed by a message or not. */
void    e2e_steps_connected   (E2eApp     *app);
void    e2e_steps_send        (E2eApp     *app,
                               const char *text);
void    e2e_steps_sees        (E2eApp     *app,
                               const char *sender,
                               const char *text);

/* A folder of the test's own, gone with what is in it at its end. */
char   *e2e_steps_make_folder (void);
void    e2e_steps_drop_folder (char       *path);

G_END_DECLS
