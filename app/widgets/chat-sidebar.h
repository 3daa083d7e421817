/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-contact-list.h"

G_BEGIN_DECLS

#define CHAT_TYPE_SIDEBAR (chat_sidebar_get_type ())

/* The list of friends with its header bar. Properties: "folded": whether it
 * has the whole window; "subtitle" (string, nullable): whose friends they are.
 * Signal "open-contact" (ChatContact, boolean): the user chose a friend; TRUE
 * if not just by moving through the list. */
G_DECLARE_FINAL_TYPE (ChatSidebar, chat_sidebar, CHAT, SIDEBAR, AdwBin)

GtkWidget *chat_sidebar_new          (void);
void       chat_sidebar_set_contacts (ChatSidebar     *self,
                                      ChatContactList *contacts);
/* Marks whose chat shows. @contact: (nullable) */
void       chat_sidebar_select       (ChatSidebar     *self,
                                      ChatContact     *contact);

G_END_DECLS
