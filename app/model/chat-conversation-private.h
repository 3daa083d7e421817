/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-conversation.h"

G_BEGIN_DECLS

struct _ChatConversation
{
  GObject      parent_instance;

  /* Owned */
  ChatContact *contact;
  ChatLink    *link;
  ChatStore   *store;
  GListStore  *messages;
  GQueue       outbox;     /* ChatMessage, queued, in order */

  /* State */
  gsize        loaded_bytes;
  gboolean     has_older;
  gboolean     loading;
  gboolean     active;
  guint        n_activated; /* how often it has become active */
  gboolean     outbox_loaded;
  gboolean     sending;
  gboolean     came_up;     /* a session came up while sending */
};

/* chat-conversation.c: shows what is on disk. */
void chat_conversation_append      (ChatConversation *self,
                                    ChatMessage      *message);

/* chat-conversation-send.c: what is to go out. */
void chat_conversation_load_outbox (ChatConversation *self);
void chat_conversation_on_up       (ChatLink         *link,
                                    ChatConversation *self);

G_END_DECLS
