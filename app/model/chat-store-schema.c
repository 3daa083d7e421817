/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-store-schema.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* "SPPC", kept in the file's header */
#define APPLICATION_ID 0x53505043

/* Steps are only ever added at the end. */
static const char *const store_migrations[] = {
  "CREATE TABLE setting ("
  "  key TEXT NOT NULL PRIMARY KEY,"
  "  value TEXT NOT NULL"
  ") STRICT, WITHOUT ROWID;"
  "CREATE TABLE contact ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  public_key BLOB NOT NULL UNIQUE CHECK (length (public_key) = 32),"
  "  name TEXT NOT NULL CHECK (name <> ''),"
  "  host TEXT NOT NULL,"
  "  port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535)"
  ") STRICT;"
  "CREATE TABLE message ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  contact INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,"
  "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
  "  time INTEGER NOT NULL,"
  "  read INTEGER NOT NULL CHECK (read IN (0, 1)),"
  "  payload BLOB NOT NULL"
  ") STRICT;"
  "CREATE INDEX message_by_contact ON message (contact, id);"
  "CREATE INDEX message_queued ON message (contact, id) WHERE state = 0;"
  "CREATE INDEX message_unread ON message (contact) WHERE read = 0;"
  "CREATE TABLE ephemeral ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  peer BLOB NOT NULL REFERENCES contact (public_key) ON DELETE CASCADE,"
  "  ephemeral BLOB NOT NULL CHECK (length (ephemeral) = 32),"
  "  UNIQUE (peer, ephemeral)"
  ") STRICT;"
  "CREATE INDEX ephemeral_by_peer ON ephemeral (peer, id);",
  "ALTER TABLE contact ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;",
  NULL,
};

static gboolean
exec (sqlite3     *db,
      const char  *sql,
      const char  *path,
      GError     **error)
{
  int code = sqlite3_exec (db, sql, NULL, NULL, NULL);

  if (code == SQLITE_OK)
    return TRUE;

  chat_store_set_error (error, code, path);

  return FALSE;
}

static gboolean
read_number (sqlite3     *db,
             const char  *sql,
             const char  *path,
             gint64      *number,
             GError     **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);

  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    *number = sqlite3_column_int64 (statement, 0);

  sqlite3_finalize (statement);

  if (code == SQLITE_ROW)
    return TRUE;

  chat_store_set_error (error, code, path);

  return FALSE;
}

/* A new file that only we may read; SQLite gives its log the same mode. */
static gboolean
make_file (const char  *path,
           GError     **error)
{
  int fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int code = errno;

  if (fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                   /* Translators: the name of a file, and why, in the words of the system */
                   _("%s cannot be made: %s"), path, g_strerror (code));
      return FALSE;
    }

  close (fd);

  return TRUE;
}

/* Looks at the file without changing it. */
static gboolean
check_version (sqlite3            *db,
               const char         *path,
               const char *const  *migrations,
               gint64             *version,
               GError            **error)
{
  gint64 application_id = 0;
  gint64 n_tables = 0;
  gint64 newest = (gint64) g_strv_length ((char **) migrations);

  if (!read_number (db, "PRAGMA user_version", path, version, error)
      || !read_number (db, "PRAGMA application_id", path, &application_id, error)
      || !read_number (db, "SELECT count (*) FROM sqlite_schema", path, &n_tables, error))
    return FALSE;

  if (*version == 0 && n_tables == 0)
    return TRUE;

  if (application_id != APPLICATION_ID || *version < 1)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   /* Translators: %s is the name of a file */
                   _("%s was not made by SPP Chat. It was left as it is."), path);
      return FALSE;
    }

  if (*version > newest)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   /* Translators: %s is the name of a file */
                   _("%s was made by a newer SPP Chat. It was left as it is: use that version "
                     "to open it."),
                   path);
      return FALSE;
    }

  return TRUE;
}

static gboolean
keep_copy (sqlite3     *db,
           const char  *path,
           gint64       version,
           GError     **error)
{
  g_autofree char *copy = g_strdup_printf ("%s.version-%d", path, (int) version);
  char *sql;
  gboolean kept;
  int fd;

  for (int i = 2; g_file_test (copy, G_FILE_TEST_EXISTS); i++)
    {
      g_free (copy);
      copy = g_strdup_printf ("%s.version-%d.%d", path, (int) version, i);
    }

  if (!make_file (copy, error))
    return FALSE;

  sql = sqlite3_mprintf ("VACUUM INTO %Q", copy);
  kept = exec (db, sql, copy, error);
  sqlite3_free (sql);
  if (!kept)
    return FALSE;

  /* VACUUM INTO leaves it to us to wait for the disk */
  fd = g_open (copy, O_RDONLY | O_CLOEXEC, 0);
  kept = fd >= 0 && g_fsync (fd) == 0;
  if (fd >= 0)
    close (fd);
  if (!kept)
    chat_store_set_error (error, SQLITE_IOERR, copy);

  return kept;
}

static gboolean
migrate_step (sqlite3     *db,
              const char  *path,
              const char  *step,
              gint64       version,
              GError     **error)
{
  g_autofree char *mark = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                           APPLICATION_ID, (int) version);

  if (!exec (db, "BEGIN IMMEDIATE", path, error))
    return FALSE;

  if (exec (db, step, path, error)
      && exec (db, mark, path, error)
      && exec (db, "COMMIT", path, error))
    return TRUE;

  sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);

  return FALSE;
}

static gboolean
migrate (sqlite3            *db,
         const char         *path,
         const char *const  *migrations,
         gint64              version,
         GError            **error)
{
  if (version > 0 && migrations[version] != NULL && !keep_copy (db, path, version, error))
    return FALSE;

  for (; migrations[version] != NULL; version++)
    {
      if (!migrate_step (db, path, migrations[version], version + 1, error))
        return FALSE;
    }

  return TRUE;
}

sqlite3 *
chat_store_schema_open (const char         *path,
                        const char *const  *migrations,
                        GError            **error)
{
  g_autoptr (sqlite3) db = NULL;
  gint64 version = 0;
  int code;

  if (migrations == NULL)
    migrations = store_migrations;

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !make_file (path, error))
    return NULL;

  code = sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (code != SQLITE_OK)
    {
      chat_store_set_error (error, code, path);
      return NULL;
    }

  /* Until the file is known to be ours not even a log left by a crash is put
   * into it. */
  sqlite3_extended_result_codes (db, 1);
  sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  if (!exec (db, "PRAGMA locking_mode = EXCLUSIVE", path, error)
      || !check_version (db, path, migrations, &version, error))
    return NULL;

  sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
  g_chmod (path, 0600);
  if (!exec (db,
             "PRAGMA journal_mode = WAL;"
             "PRAGMA journal_size_limit = 16777216;"
             "PRAGMA synchronous = FULL;"
             "PRAGMA secure_delete = ON;",
             path, error)
      || !migrate (db, path, migrations, version, error)
      || !exec (db, "PRAGMA foreign_keys = ON", path, error))
    return NULL;

  return g_steal_pointer (&db);
}

void
chat_store_set_error (GError     **error,
                      int          code,
                      const char  *path)
{
  if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 /* Translators: %s is the name of a file */
                 _("What this belongs to is no longer in %s."), path);
  else if ((code & 0xff) == SQLITE_CONSTRAINT)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 /* Translators: %s is the name of a file */
                 _("This is already in %s, or cannot be."), path);
  else if ((code & 0xff) == SQLITE_BUSY)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                 /* Translators: %s is the name of a file */
                 _("%s is in use by another process. Close the other SPP Chat with this "
                   "profile first."),
                 path);
  else if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 /* Translators: %s is the name of a file */
                 _("%s is damaged. It was left as it is."), path);
  else if ((code & 0xff) == SQLITE_FULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                 /* Translators: %s is the name of a file */
                 _("There is no space left on the disk for %s."), path);
  else if ((code & 0xff) == SQLITE_READONLY || (code & 0xff) == SQLITE_PERM
           || (code & 0xff) == SQLITE_CANTOPEN)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 /* Translators: %s is the name of a file */
                 _("%s cannot be opened or written. Check who may do so."), path);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 /* Translators: the name of a file, and why, in the words of SQLite */
                 _("%s cannot be used: %s."), path, sqlite3_errstr (code));
}
