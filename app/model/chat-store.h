/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "chat-message.h"

G_BEGIN_DECLS

#define CHAT_TYPE_STORE (chat_store_get_type ())

/* A profile's SQLite database (WAL, foreign keys, synchronous=FULL, exclusive
 * lock so that a second process is told), worked on a thread of its own.
 * Calls run in the order in which they are made; callbacks come in the main
 * context of the caller. When a write has finished it is on disk. */
G_DECLARE_FINAL_TYPE (ChatStore, chat_store, CHAT, STORE, GObject)

/* How many bytes of messages a page holds before it is cut short. */
#define CHAT_STORE_MAX_PAGE_BYTES (4 * 1024 * 1024)

/* What a row of each table holds, as plain values that may cross threads. */
typedef struct
{
  gint64  id;
  GBytes *public_key;    /* 32 bytes */
  char   *name;
  char   *host;
  guint16 port;
  guint   flags;         /* SppPeerFlags */
  gint64  last_activity; /* of the newest message, 0 for none */
  guint   unread_count;
  GBytes *last_payload;  /* (nullable): the first 4 KiB of the newest message,
                          * cut between two characters */
} ChatContactRecord;

typedef struct
{
  gint64           id;
  gint64           contact_id;
  ChatMessageState state;
  gint64           time;  /* unix time in microseconds */
  gboolean         read;
  GBytes          *payload;
} ChatMessageRecord;

typedef struct
{
  GBytes *peer;      /* 32 bytes */
  GBytes *ephemeral; /* 32 bytes */
} ChatEphemeralRecord;

void chat_contact_record_free   (ChatContactRecord   *record);
void chat_message_record_free   (ChatMessageRecord   *record);
void chat_ephemeral_record_free (ChatEphemeralRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChatContactRecord, chat_contact_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChatMessageRecord, chat_message_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChatEphemeralRecord, chat_ephemeral_record_free)

/* Opens or makes the database at @file. A newer schema, a damaged file and one
 * open elsewhere (G_IO_ERROR_BUSY) are refused with a sentence that names it,
 * and the file is left as it is. */
void       chat_store_open_async             (GFile                *file,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
ChatStore *chat_store_open_finish            (GAsyncResult         *result,
                                              GError              **error);
/* Waits for what was asked before, closes the file and ends the thread. */
void       chat_store_close                  (ChatStore            *self);

/* Every call below: _async starts, the one finish for its kind of answer ends. */
gboolean   chat_store_write_finish           (ChatStore            *self,
                                              GAsyncResult         *result,
                                              GError              **error);
/* The row id of what was added. */
gint64     chat_store_insert_finish          (ChatStore            *self,
                                              GAsyncResult         *result,
                                              GError              **error);
/* Returns: (transfer full): GPtrArray of records, with their free function */
GPtrArray *chat_store_list_finish            (ChatStore            *self,
                                              GAsyncResult         *result,
                                              GError              **error);
/* Returns: (transfer full) (nullable): NULL without an error if never set */
char      *chat_store_get_setting_finish     (ChatStore            *self,
                                              GAsyncResult         *result,
                                              GError              **error);

void       chat_store_get_setting_async      (ChatStore            *self,
                                              const char           *key,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
void       chat_store_set_setting_async      (ChatStore            *self,
                                              const char           *key,
                                              const char           *value,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);

void       chat_store_list_contacts_async    (ChatStore            *self,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
void       chat_store_add_contact_async      (ChatStore            *self,
                                              GBytes               *public_key,
                                              const char           *name,
                                              const char           *host,
                                              guint16               port,
                                              guint                 flags,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
void       chat_store_update_contact_async   (ChatStore            *self,
                                              gint64                id,
                                              const char           *name,
                                              const char           *host,
                                              guint16               port,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
void       chat_store_set_flags_async        (ChatStore            *self,
                                              gint64                id,
                                              guint                 flags,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
void       chat_store_remove_contact_async   (ChatStore            *self,
                                              gint64                id,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);

void       chat_store_add_message_async      (ChatStore            *self,
                                              gint64                contact_id,
                                              ChatMessageState      state,
                                              gint64                time,
                                              gboolean              read,
                                              GBytes               *payload,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
void       chat_store_set_message_state_async (ChatStore           *self,
                                              gint64                id,
                                              ChatMessageState      state,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
void       chat_store_mark_read_async        (ChatStore            *self,
                                              gint64                contact_id,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
/* The @limit newest messages older than @before_id (0: the newest of all),
 * oldest first. A page is cut short once it holds CHAT_STORE_MAX_PAGE_BYTES. */
void       chat_store_list_messages_async    (ChatStore            *self,
                                              gint64                contact_id,
                                              gint64                before_id,
                                              guint                 limit,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
/* All that is queued for a contact, oldest first. */
void       chat_store_list_queued_async      (ChatStore            *self,
                                              gint64                contact_id,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);

/* Hellos of friends that were seen (SppReplayGuard), oldest first; at most
 * 4,096 are kept for each friend. */
void       chat_store_list_ephemerals_async  (ChatStore            *self,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
void       chat_store_add_ephemeral_async    (ChatStore            *self,
                                              GBytes               *peer,
                                              GBytes               *ephemeral,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);

G_END_DECLS
