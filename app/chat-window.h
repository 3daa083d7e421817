/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-profile.h"

G_BEGIN_DECLS

#define CHAT_TYPE_WINDOW (chat_window_get_type ())

/* The main window: opens the profile, asks for a name on the first start, and
 * then shows the friends and a chat. */
G_DECLARE_FINAL_TYPE (ChatWindow, chat_window, CHAT, WINDOW, AdwApplicationWindow)

GtkWidget *chat_window_new             (GtkApplication *application,
                                        ChatProfile    *profile);
/* The following three wait until the profile is there. */

/* Shows the chat with the friend of that name. */
void       chat_window_open_named      (ChatWindow     *self,
                                        const char     *name);
/* The same by the number that the friend has in the profile; a number without a
 * friend changes nothing. */
void       chat_window_open_id         (ChatWindow     *self,
                                        gint64          id);
/* Opens Add Friend with the key in @file, which may be a link to one. */
void       chat_window_add_friend_file (ChatWindow     *self,
                                        GFile          *file);
/* Ends every connection and waits until all is on disk. */
void       chat_window_stop            (ChatWindow     *self);

G_END_DECLS
