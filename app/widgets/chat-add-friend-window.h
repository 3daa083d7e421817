/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-node.h"

G_BEGIN_DECLS

#define CHAT_TYPE_ADD_FRIEND_WINDOW (chat_add_friend_window_get_type ())

/* Adds a friend, or changes what is known about one. Signal "open-contact"
 * (ChatContact): the friend whose chat the user wants to see now. */
G_DECLARE_FINAL_TYPE (ChatAddFriendWindow, chat_add_friend_window, CHAT, ADD_FRIEND_WINDOW,
                      AdwWindow)

/* @contact: (nullable): the friend to change */
GtkWidget *chat_add_friend_window_new       (GtkWindow           *parent,
                                             ChatNode            *node,
                                             ChatContact         *contact);
/* Forgets what was entered about a key that makes way for another. */
void       chat_add_friend_window_reset     (ChatAddFriendWindow *self);
/* Takes the key from @file, which may be a link. */
void       chat_add_friend_window_open_file (ChatAddFriendWindow *self,
                                             GFile               *file);

G_END_DECLS
