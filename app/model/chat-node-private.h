/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-node.h"

G_BEGIN_DECLS

/* What the node keeps for each friend. */
typedef struct
{
  ChatContact      *contact;      /* owned */
  ChatLink         *link;         /* owned */
  ChatConversation *conversation; /* owned, NULL until somebody needs it */
} ChatNodeEntry;

struct _ChatNode
{
  GObject          parent_instance;

  /* Owned */
  ChatProfile     *profile;
  SppReplayGuard  *replay_guard;
  SppClient       *client;
  SppService      *service; /* while listening, or NULL */
  ChatContactList *contacts;
  GHashTable      *entries; /* ChatContact -> ChatNodeEntry */
  char            *listen_error;

  /* State */
  guint16          port;
};

void           chat_node_entry_free (ChatNodeEntry *entry);
void           chat_node_let_call   (SppService    *service,
                                     ChatContact   *contact);
/* Begins to know a friend: to be called by, and to call. Returns: (transfer
 * none) */
ChatContact   *chat_node_take_contact (ChatNode    *self,
                                       ChatContact *contact);

G_END_DECLS
