/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-store-sql.h"

#include <string.h>

#include "chat-store-schema.h"

#define MAX_PREVIEW_BYTES 4096

typedef enum
{
  GET_SETTING,
  SET_SETTING,
  LIST_CONTACTS,
  ADD_CONTACT,
  UPDATE_CONTACT,
  SET_FLAGS,
  REMOVE_CONTACT,
  ADD_MESSAGE,
  SET_MESSAGE_STATE,
  MARK_READ,
  LIST_MESSAGES,
  LIST_QUEUED,
  LIST_EPHEMERALS,
  ADD_EPHEMERAL,
  PRUNE_EPHEMERALS,
  BEGIN,
  COMMIT,
  ROLLBACK,
  EMPTY_LOG,
  N_STATEMENTS,
} Statement;

#define MESSAGE_COLUMNS "id, contact, state, time, read, payload"

static const char *const statements[N_STATEMENTS] = {
  [GET_SETTING] = "SELECT value FROM setting WHERE key = ?",
  [SET_SETTING] = "INSERT INTO setting (key, value) VALUES (?, ?)"
                  " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  [LIST_CONTACTS] = "SELECT contact.id, public_key, name, host, port, flags, message.time,"
                    "  (SELECT count (*) FROM message WHERE contact = contact.id AND read = 0),"
                    "  substr (message.payload, 1, 4096)"
                    " FROM contact LEFT JOIN message ON message.id ="
                    "  (SELECT max (m.id) FROM message AS m WHERE m.contact = contact.id)"
                    " ORDER BY contact.id",
  [ADD_CONTACT] = "INSERT INTO contact (public_key, name, host, port, flags)"
                  " VALUES (?, ?, ?, ?, ?)",
  [UPDATE_CONTACT] = "UPDATE contact SET name = ?, host = ?, port = ? WHERE id = ?",
  [SET_FLAGS] = "UPDATE contact SET flags = ? WHERE id = ?",
  [REMOVE_CONTACT] = "DELETE FROM contact WHERE id = ?",
  [ADD_MESSAGE] = "INSERT INTO message (contact, state, time, read, payload)"
                  " VALUES (?, ?, ?, ?, ?)",
  [SET_MESSAGE_STATE] = "UPDATE message SET state = ? WHERE id = ?",
  [MARK_READ] = "UPDATE message SET read = 1 WHERE contact = ? AND read = 0",
  [LIST_MESSAGES] = "SELECT " MESSAGE_COLUMNS " FROM message"
                    " WHERE contact = ? AND id < ? ORDER BY id DESC LIMIT ?",
  [LIST_QUEUED] = "SELECT " MESSAGE_COLUMNS " FROM message"
                  " WHERE contact = ? AND state = 0 ORDER BY id",
  [LIST_EPHEMERALS] = "SELECT peer, ephemeral FROM ephemeral ORDER BY id",
  [ADD_EPHEMERAL] = "INSERT OR IGNORE INTO ephemeral (peer, ephemeral) SELECT ?1, ?2"
                    " WHERE EXISTS (SELECT 1 FROM contact WHERE public_key = ?1)",
  [PRUNE_EPHEMERALS] = "DELETE FROM ephemeral WHERE peer = ?1 AND id <= (SELECT id FROM ephemeral"
                       " WHERE peer = ?1 ORDER BY id DESC LIMIT 1 OFFSET 4096)",
  [BEGIN] = "BEGIN IMMEDIATE",
  [COMMIT] = "COMMIT",
  [ROLLBACK] = "ROLLBACK",
  [EMPTY_LOG] = "PRAGMA wal_checkpoint (TRUNCATE)",
};

struct _ChatStoreSql
{
  sqlite3      *db;
  char         *path;
  sqlite3_stmt *prepared[N_STATEMENTS];
};

static void
bind_bytes (sqlite3_stmt *statement,
            int           index,
            GBytes       *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  /* Without a pointer SQLite would bind NULL */
  sqlite3_bind_blob64 (statement, index, size > 0 ? data : "", size, SQLITE_STATIC);
}

static void
bind_text (sqlite3_stmt *statement,
           int           index,
           const char   *text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

static GBytes *
column_bytes (sqlite3_stmt *statement,
              int           column)
{
  gconstpointer data = sqlite3_column_blob (statement, column);

  return g_bytes_new (data, (gsize) sqlite3_column_bytes (statement, column));
}

static char *
column_text (sqlite3_stmt *statement,
             int           column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

/* Ends a statement after its last step. */
static gboolean
end (ChatStoreSql  *self,
     Statement      which,
     int            code,
     GError       **error)
{
  sqlite3_reset (self->prepared[which]);
  sqlite3_clear_bindings (self->prepared[which]);

  if (code == SQLITE_DONE || code == SQLITE_ROW)
    return TRUE;

  chat_store_set_error (error, code, self->path);

  return FALSE;
}

static gboolean
run (ChatStoreSql  *self,
     Statement      which,
     GError       **error)
{
  return end (self, which, sqlite3_step (self->prepared[which]), error);
}

typedef gpointer (*RowFunc) (sqlite3_stmt *statement);

static gboolean
list (ChatStoreSql    *self,
      Statement        which,
      RowFunc          func,
      GDestroyNotify   free_func,
      GPtrArray      **rows,
      GError         **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (free_func);
  int code;

  while ((code = sqlite3_step (self->prepared[which])) == SQLITE_ROW)
    g_ptr_array_add (found, func (self->prepared[which]));

  if (!end (self, which, code, error))
    return FALSE;

  *rows = g_steal_pointer (&found);

  return TRUE;
}

/* substr() may have cut a character in two. */
static GBytes *
trim_preview (GBytes *payload)
{
  gsize size;
  const char *data = g_bytes_get_data (payload, &size);
  const char *valid_end;

  if (size == MAX_PREVIEW_BYTES
      && !g_utf8_validate_len (data, size, &valid_end)
      && data + size - valid_end < 4)
    return g_bytes_new (data, (gsize) (valid_end - data));

  return g_bytes_ref (payload);
}

static gpointer
read_contact (sqlite3_stmt *statement)
{
  ChatContactRecord *record = g_new0 (ChatContactRecord, 1);

  record->id = sqlite3_column_int64 (statement, 0);
  record->public_key = column_bytes (statement, 1);
  record->name = column_text (statement, 2);
  record->host = column_text (statement, 3);
  record->port = (guint16) sqlite3_column_int (statement, 4);
  record->flags = (guint) sqlite3_column_int (statement, 5);
  record->last_activity = sqlite3_column_int64 (statement, 6);
  record->unread_count = (guint) sqlite3_column_int (statement, 7);

  if (sqlite3_column_type (statement, 8) != SQLITE_NULL)
    {
      g_autoptr (GBytes) start = column_bytes (statement, 8);

      record->last_payload = trim_preview (start);
    }

  return record;
}

static gpointer
read_message (sqlite3_stmt *statement)
{
  ChatMessageRecord *record = g_new0 (ChatMessageRecord, 1);

  record->id = sqlite3_column_int64 (statement, 0);
  record->contact_id = sqlite3_column_int64 (statement, 1);
  record->state = (ChatMessageState) sqlite3_column_int (statement, 2);
  record->time = sqlite3_column_int64 (statement, 3);
  record->read = sqlite3_column_int (statement, 4) != 0;
  record->payload = column_bytes (statement, 5);

  return record;
}

static gpointer
read_ephemeral (sqlite3_stmt *statement)
{
  ChatEphemeralRecord *record = g_new0 (ChatEphemeralRecord, 1);

  record->peer = column_bytes (statement, 0);
  record->ephemeral = column_bytes (statement, 1);

  return record;
}

void
chat_contact_record_free (ChatContactRecord *record)
{
  g_clear_pointer (&record->public_key, g_bytes_unref);
  g_clear_pointer (&record->name, g_free);
  g_clear_pointer (&record->host, g_free);
  g_clear_pointer (&record->last_payload, g_bytes_unref);
  g_free (record);
}

void
chat_message_record_free (ChatMessageRecord *record)
{
  g_clear_pointer (&record->payload, g_bytes_unref);
  g_free (record);
}

void
chat_ephemeral_record_free (ChatEphemeralRecord *record)
{
  g_clear_pointer (&record->peer, g_bytes_unref);
  g_clear_pointer (&record->ephemeral, g_bytes_unref);
  g_free (record);
}

void
chat_store_call_free (ChatStoreCall *call)
{
  g_clear_pointer (&call->name, g_free);
  g_clear_pointer (&call->text, g_free);
  g_clear_pointer (&call->key, g_bytes_unref);
  g_clear_pointer (&call->payload, g_bytes_unref);
  g_clear_pointer (&call->answer_text, g_free);
  g_clear_pointer (&call->answer_list, g_ptr_array_unref);
  g_free (call);
}

void
chat_store_sql_close (ChatStoreSql *self)
{
  for (guint i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (self->prepared[i]);
  g_clear_pointer (&self->db, sqlite3_close);
  g_clear_pointer (&self->path, g_free);
  g_free (self);
}

ChatStoreSql *
chat_store_sql_open (const char  *path,
                     GError     **error)
{
  g_autoptr (sqlite3) db = chat_store_schema_open (path, NULL, error);
  ChatStoreSql *self;

  if (db == NULL)
    return NULL;

  self = g_new0 (ChatStoreSql, 1);
  self->db = g_steal_pointer (&db);
  self->path = g_strdup (path);

  /* All at once: a table that is not what it should be is noticed here */
  for (guint i = 0; i < N_STATEMENTS; i++)
    {
      int code = sqlite3_prepare_v3 (self->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                     &self->prepared[i], NULL);

      if (code != SQLITE_OK)
        {
          chat_store_set_error (error, code == SQLITE_ERROR ? SQLITE_CORRUPT : code, path);
          chat_store_sql_close (self);
          return NULL;
        }
    }

  return self;
}

gboolean
chat_store_sql_get_setting (ChatStoreSql   *self,
                            ChatStoreCall  *call,
                            GError        **error)
{
  sqlite3_stmt *statement = self->prepared[GET_SETTING];
  int code;

  bind_text (statement, 1, call->name);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    call->answer_text = column_text (statement, 0);

  return end (self, GET_SETTING, code, error);
}

gboolean
chat_store_sql_set_setting (ChatStoreSql   *self,
                            ChatStoreCall  *call,
                            GError        **error)
{
  bind_text (self->prepared[SET_SETTING], 1, call->name);
  bind_text (self->prepared[SET_SETTING], 2, call->text);

  return run (self, SET_SETTING, error);
}

gboolean
chat_store_sql_list_contacts (ChatStoreSql   *self,
                              ChatStoreCall  *call,
                              GError        **error)
{
  return list (self, LIST_CONTACTS, read_contact, (GDestroyNotify) chat_contact_record_free,
               &call->answer_list, error);
}

gboolean
chat_store_sql_add_contact (ChatStoreSql   *self,
                            ChatStoreCall  *call,
                            GError        **error)
{
  sqlite3_stmt *statement = self->prepared[ADD_CONTACT];

  bind_bytes (statement, 1, call->key);
  bind_text (statement, 2, call->name);
  bind_text (statement, 3, call->text);
  sqlite3_bind_int (statement, 4, call->port);
  sqlite3_bind_int64 (statement, 5, call->flags);

  if (!run (self, ADD_CONTACT, error))
    return FALSE;

  call->answer_id = sqlite3_last_insert_rowid (self->db);

  return TRUE;
}

gboolean
chat_store_sql_update_contact (ChatStoreSql   *self,
                               ChatStoreCall  *call,
                               GError        **error)
{
  sqlite3_stmt *statement = self->prepared[UPDATE_CONTACT];

  bind_text (statement, 1, call->name);
  bind_text (statement, 2, call->text);
  sqlite3_bind_int (statement, 3, call->port);
  sqlite3_bind_int64 (statement, 4, call->id);

  return run (self, UPDATE_CONTACT, error);
}

gboolean
chat_store_sql_set_flags (ChatStoreSql   *self,
                          ChatStoreCall  *call,
                          GError        **error)
{
  sqlite3_bind_int64 (self->prepared[SET_FLAGS], 1, call->flags);
  sqlite3_bind_int64 (self->prepared[SET_FLAGS], 2, call->id);

  return run (self, SET_FLAGS, error);
}

gboolean
chat_store_sql_remove_contact (ChatStoreSql   *self,
                               ChatStoreCall  *call,
                               GError        **error)
{
  sqlite3_bind_int64 (self->prepared[REMOVE_CONTACT], 1, call->id);
  if (!run (self, REMOVE_CONTACT, error))
    return FALSE;

  /* The history is to be gone from the log too; should that not work now, the
   * next checkpoint does it. */
  run (self, EMPTY_LOG, NULL);

  return TRUE;
}

gboolean
chat_store_sql_add_message (ChatStoreSql   *self,
                            ChatStoreCall  *call,
                            GError        **error)
{
  sqlite3_stmt *statement = self->prepared[ADD_MESSAGE];

  sqlite3_bind_int64 (statement, 1, call->id);
  sqlite3_bind_int (statement, 2, (int) call->state);
  sqlite3_bind_int64 (statement, 3, call->time);
  sqlite3_bind_int (statement, 4, call->read ? 1 : 0);
  bind_bytes (statement, 5, call->payload);

  if (!run (self, ADD_MESSAGE, error))
    return FALSE;

  call->answer_id = sqlite3_last_insert_rowid (self->db);

  return TRUE;
}

gboolean
chat_store_sql_set_message_state (ChatStoreSql   *self,
                                  ChatStoreCall  *call,
                                  GError        **error)
{
  sqlite3_bind_int (self->prepared[SET_MESSAGE_STATE], 1, (int) call->state);
  sqlite3_bind_int64 (self->prepared[SET_MESSAGE_STATE], 2, call->id);

  return run (self, SET_MESSAGE_STATE, error);
}

gboolean
chat_store_sql_mark_read (ChatStoreSql   *self,
                          ChatStoreCall  *call,
                          GError        **error)
{
  sqlite3_bind_int64 (self->prepared[MARK_READ], 1, call->id);

  return run (self, MARK_READ, error);
}

gboolean
chat_store_sql_list_messages (ChatStoreSql   *self,
                              ChatStoreCall  *call,
                              GError        **error)
{
  g_autoptr (GPtrArray) records =
    g_ptr_array_new_with_free_func ((GDestroyNotify) chat_message_record_free);
  sqlite3_stmt *statement = self->prepared[LIST_MESSAGES];
  gsize n_bytes = 0;
  int code;

  sqlite3_bind_int64 (statement, 1, call->id);
  sqlite3_bind_int64 (statement, 2, call->before_id > 0 ? call->before_id : G_MAXINT64);
  sqlite3_bind_int64 (statement, 3, call->limit);

  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      ChatMessageRecord *record = read_message (statement);

      g_ptr_array_insert (records, 0, record);
      n_bytes += g_bytes_get_size (record->payload);
      if (n_bytes >= CHAT_STORE_MAX_PAGE_BYTES)
        break;
    }

  if (!end (self, LIST_MESSAGES, code, error))
    return FALSE;

  call->answer_list = g_steal_pointer (&records);

  return TRUE;
}

gboolean
chat_store_sql_list_queued (ChatStoreSql   *self,
                            ChatStoreCall  *call,
                            GError        **error)
{
  sqlite3_bind_int64 (self->prepared[LIST_QUEUED], 1, call->id);

  return list (self, LIST_QUEUED, read_message, (GDestroyNotify) chat_message_record_free,
               &call->answer_list, error);
}

gboolean
chat_store_sql_list_ephemerals (ChatStoreSql   *self,
                                ChatStoreCall  *call,
                                GError        **error)
{
  return list (self, LIST_EPHEMERALS, read_ephemeral,
               (GDestroyNotify) chat_ephemeral_record_free, &call->answer_list, error);
}

gboolean
chat_store_sql_add_ephemeral (ChatStoreSql   *self,
                              ChatStoreCall  *call,
                              GError        **error)
{
  if (!run (self, BEGIN, error))
    return FALSE;

  bind_bytes (self->prepared[ADD_EPHEMERAL], 1, call->key);
  bind_bytes (self->prepared[ADD_EPHEMERAL], 2, call->payload);
  bind_bytes (self->prepared[PRUNE_EPHEMERALS], 1, call->key);

  if (run (self, ADD_EPHEMERAL, error)
      && run (self, PRUNE_EPHEMERALS, error)
      && run (self, COMMIT, error))
    return TRUE;

  run (self, ROLLBACK, NULL);

  return FALSE;
}
