/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-conversation.h"

G_BEGIN_DECLS

#define CHAT_TYPE_MESSAGE_VIEW (chat_message_view_get_type ())

/* The messages of a conversation: stays at the newest one unless the user
 * scrolled away, and loads older ones when scrolled to the top. */
G_DECLARE_FINAL_TYPE (ChatMessageView, chat_message_view, CHAT, MESSAGE_VIEW, AdwBin)

GtkWidget *chat_message_view_new              (void);
/* @conversation: (nullable) */
void       chat_message_view_set_conversation (ChatMessageView  *self,
                                               ChatConversation *conversation);
void       chat_message_view_scroll_to_newest (ChatMessageView  *self);

G_END_DECLS
