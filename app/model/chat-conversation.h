/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-contact.h"
#include "chat-link.h"
#include "chat-message.h"
#include "chat-store.h"

G_BEGIN_DECLS

#define CHAT_TYPE_CONVERSATION (chat_conversation_get_type ())

/* The messages with one friend, oldest first: a GListModel of ChatMessage that
 * begins with the newest page and grows backwards on request. Properties:
 * "contact", "has-older" (notify). Own messages are stored before they show,
 * and received ones before they show; those still queued go out when the link
 * comes up, in order. */
G_DECLARE_FINAL_TYPE (ChatConversation, chat_conversation, CHAT, CONVERSATION, GObject)

ChatConversation *chat_conversation_new               (ChatContact          *contact,
                                                       ChatLink             *link,
                                                       ChatStore            *store);
ChatContact      *chat_conversation_get_contact       (ChatConversation     *self);
ChatLink         *chat_conversation_get_link          (ChatConversation     *self);

/* Stores @text as queued and sends it as soon as the friend is there; finishes
 * when it is on disk. Fails, and the text is the caller's to keep, when it
 * cannot be stored, is empty or larger than 1 MiB. */
void              chat_conversation_send_async        (ChatConversation     *self,
                                                       const char           *text,
                                                       GCancellable         *cancellable,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
gboolean          chat_conversation_send_finish       (ChatConversation     *self,
                                                       GAsyncResult         *result,
                                                       GError              **error);

void              chat_conversation_load_older_async  (ChatConversation     *self,
                                                       GCancellable         *cancellable,
                                                       GAsyncReadyCallback   callback,
                                                       gpointer              user_data);
gboolean          chat_conversation_load_older_finish (ChatConversation     *self,
                                                       GAsyncResult         *result,
                                                       GError              **error);
gboolean          chat_conversation_get_has_older     (ChatConversation     *self);

/* While active (on screen in a focused window) what comes in counts as read. */
void              chat_conversation_set_active        (ChatConversation     *self,
                                                       gboolean              active);

G_END_DECLS
