/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-conversation.h"

G_BEGIN_DECLS

#define CHAT_TYPE_CONVERSATION_VIEW (chat_conversation_view_get_type ())

/* The chat with one friend. Properties: "folded": whether it has the whole
 * window, and so needs a way back. */
G_DECLARE_FINAL_TYPE (ChatConversationView, chat_conversation_view, CHAT, CONVERSATION_VIEW,
                      AdwBin)

GtkWidget        *chat_conversation_view_new              (void);
/* @conversation: (nullable). What was being written stays with the old one. */
void              chat_conversation_view_set_conversation (ChatConversationView *self,
                                                           ChatConversation     *conversation);
/* Returns: (transfer none) (nullable) */
ChatConversation *chat_conversation_view_get_conversation (ChatConversationView *self);
/* Drops what was being written to a friend who is to be removed. */
void              chat_conversation_view_forget           (ChatConversationView *self,
                                                           ChatContact          *contact);
/* Puts the cursor where the user can write. */
void              chat_conversation_view_focus_composer   (ChatConversationView *self);

G_END_DECLS
