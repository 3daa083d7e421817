/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <chat-node.h>

G_BEGIN_DECLS

/* Runs the main context until @condition is true; fails long after anything
 * that works is through. */
#define chat_await(condition) \
  G_STMT_START \
    { \
      guint chat_deadline = chat_deadline_start (G_STRLOC ": " #condition); \
      while (!(condition)) \
        g_main_context_iteration (NULL, TRUE); \
      g_source_remove (chat_deadline); \
    } \
  G_STMT_END

guint             chat_deadline_start     (const char          *what);
/* A GAsyncReadyCallback for a GAsyncResult ** as data */
void              chat_take_result        (GObject             *object,
                                           GAsyncResult        *result,
                                           gpointer             user_data);
/* Runs the main context until nothing is ready. */
void              chat_settle             (void);

char             *chat_make_folder        (void);
void              chat_remove_folder      (char                *path);
guint             chat_get_mode           (const char          *folder,
                                           const char          *name);

ChatStore        *chat_open_store         (const char          *path,
                                           GError             **error);
gint64            chat_store_message      (ChatStore           *store,
                                           gint64               contact_id,
                                           ChatMessageState     state,
                                           const char          *text);
GPtrArray        *chat_list_messages      (ChatStore           *store,
                                           gint64               contact_id,
                                           gint64               before_id,
                                           guint                limit);

/* A profile under @folder, made or loaded. */
ChatProfile      *chat_make_profile       (const char          *folder,
                                           const char          *id,
                                           SppPrivateKey       *key);
ChatProfile      *chat_load_profile       (const char          *folder,
                                           const char          *id,
                                           GError             **error);
ChatNode         *chat_start_node         (ChatProfile         *profile);
/* The same of a profile that is there already. */
ChatNode         *chat_start_profile      (const char          *folder,
                                           const char          *id);
/* Stops and finalises both. */
void              chat_end_node           (ChatNode            *node);
ChatContact      *chat_add_contact        (ChatNode            *node,
                                           SppPublicKey        *key,
                                           const char          *name,
                                           guint16              port,
                                           GError             **error);
void              chat_send               (ChatConversation    *conversation,
                                           const char          *text);
/* Returns: (transfer none) */
ChatMessage      *chat_get_message        (ChatConversation    *conversation,
                                           guint                position);
guint             chat_count              (ChatConversation    *conversation,
                                           ChatMessageState     state);

G_END_DECLS
