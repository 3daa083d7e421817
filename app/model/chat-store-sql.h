/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-store.h"

G_BEGIN_DECLS

/* The statements of ChatStore, for its thread alone. */
typedef struct _ChatStoreSql ChatStoreSql;

/* What a call takes and, after it, what it answers; each call says which. */
typedef struct
{
  gint64            id;
  gint64            before_id;
  gint64            time;
  ChatMessageState  state;
  gboolean          read;
  guint             limit;
  guint16           port;
  guint             flags;
  char             *name;
  char             *text;
  GBytes           *key;
  GBytes           *payload;

  gint64            answer_id;
  char             *answer_text;
  GPtrArray        *answer_list;
} ChatStoreCall;

typedef gboolean (*ChatStoreFunc) (ChatStoreSql   *self,
                                   ChatStoreCall  *call,
                                   GError        **error);

void          chat_store_call_free             (ChatStoreCall  *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChatStoreCall, chat_store_call_free)

ChatStoreSql *chat_store_sql_open              (const char     *path,
                                                GError        **error);
void          chat_store_sql_close             (ChatStoreSql   *self);

/* name: the key -> answer_text */
gboolean      chat_store_sql_get_setting       (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* name: the key, text: the value */
gboolean      chat_store_sql_set_setting       (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* -> answer_list */
gboolean      chat_store_sql_list_contacts     (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* key, name, text: the host, port, flags -> answer_id */
gboolean      chat_store_sql_add_contact       (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* id, name, text: the host, port */
gboolean      chat_store_sql_update_contact    (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* id, flags */
gboolean      chat_store_sql_set_flags         (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* id */
gboolean      chat_store_sql_remove_contact    (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* id: the contact's, state, time, read, payload -> answer_id */
gboolean      chat_store_sql_add_message       (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* id, state */
gboolean      chat_store_sql_set_message_state (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* id: the contact's */
gboolean      chat_store_sql_mark_read         (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* id: the contact's, before_id, limit -> answer_list */
gboolean      chat_store_sql_list_messages     (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* id: the contact's -> answer_list */
gboolean      chat_store_sql_list_queued       (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* -> answer_list */
gboolean      chat_store_sql_list_ephemerals   (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);
/* key: the peer's, payload: the ephemeral */
gboolean      chat_store_sql_add_ephemeral     (ChatStoreSql   *self,
                                                ChatStoreCall  *call,
                                                GError        **error);

G_END_DECLS
