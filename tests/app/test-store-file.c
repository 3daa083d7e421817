/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-store-schema.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "chat-store-fixture.h"
#include "chat-test-utils.h"

#define N_BEFORE_KILL 25

static const char *program;

static char *
join_texts (GPtrArray *records)
{
  GString *texts = g_string_new (NULL);

  for (guint i = 0; i < records->len; i++)
    {
      ChatMessageRecord *record = g_ptr_array_index (records, i);

      g_string_append_len (texts, g_bytes_get_data (record->payload, NULL),
                           (gssize) g_bytes_get_size (record->payload));
    }

  return g_string_free (texts, FALSE);
}

/* Runs this program once more, as another process. */
static GSubprocess *
spawn (const char *mode,
       const char *path)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program, mode, path, NULL);
  g_assert_no_error (error);

  return process;
}

static int
open_in_child (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ChatStore) store = chat_open_store (path, &error);

  printf ("%s", g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY) ? "busy" : "other");

  return 0;
}

static int
write_in_child (const char *path)
{
  g_autoptr (ChatStore) store = chat_must_open_store (path);
  gint64 alice = chat_store_contact (store, 1, "Alice");

  for (guint i = 0; ; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u;", i);

      chat_store_message (store, alice, CHAT_MESSAGE_STATE_RECEIVED, text);
      printf ("%u\n", i);
      fflush (stdout);
    }

  return 0;
}

static void
test_busy (ChatStoreFixture *fixture,
           gconstpointer     data)
{
  ChatStore *store = chat_must_open_store (fixture->path);
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (chat_open_store (fixture->path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_clear_error (&error);

  process = spawn ("--open", fixture->path);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, "busy");

  chat_store_contact (store, 1, "still works");
  g_assert_finalize_object (store);
}

static void
test_killed (ChatStoreFixture *fixture,
             gconstpointer     data)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  g_autoptr (GPtrArray) records = NULL;
  g_autofree char *texts = NULL;
  g_autoptr (GString) expected = g_string_new (NULL);
  ChatStore *store;

  g_test_summary ("What was reported as kept is there after the writer was killed");

  process = spawn ("--write", fixture->path);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  for (guint i = 0; i < N_BEFORE_KILL; i++)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);

      g_assert_cmpuint (g_ascii_strtoull (line, NULL, 10), ==, i);
    }
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);

  store = chat_must_open_store (fixture->path);
  records = chat_list_messages (store, 1, 0, 1000000);
  g_assert_cmpuint (records->len, >=, N_BEFORE_KILL);
  texts = join_texts (records);
  for (guint i = 0; i < records->len; i++)
    g_string_append_printf (expected, "%u;", i);
  g_assert_cmpstr (texts, ==, expected->str);

  g_assert_finalize_object (store);
}

/* The files of @folder by name; not SQLite's index of the log, which is made
 * anew each time, and no empty log, which SQLite leaves from looking for one. */
static GHashTable *
read_folder (const char *folder)
{
  GHashTable *files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify) g_bytes_unref);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      char *contents;
      gsize length;

      if (g_str_has_suffix (name, "-shm"))
        continue;

      g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
      if (length > 0)
        g_hash_table_insert (files, g_strdup (name), g_bytes_new_take (contents, length));
      else
        g_free (contents);
    }

  return files;
}

/* @path must be refused with @code by name, and nothing be touched. */
static void
assert_refused (const char *folder,
                const char *path,
                int         code)
{
  g_autoptr (GHashTable) before = read_folder (folder);
  g_autoptr (GHashTable) after = NULL;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer name;
  gpointer contents;

  g_assert_null (chat_open_store (path, &error));
  g_assert_error (error, G_IO_ERROR, code);
  g_assert_nonnull (strstr (error->message, path));

  after = read_folder (folder);
  g_assert_cmpuint (g_hash_table_size (after), ==, g_hash_table_size (before));
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &name, &contents))
    {
      g_assert_true (g_hash_table_contains (after, name));
      g_assert_true (g_bytes_equal (g_hash_table_lookup (after, name), contents));
    }
}

/* What it changes stays in the log if there is one. */
static void
change_database (const char *path,
                 const char *sql)
{
  g_autoptr (sqlite3) db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

static void
make_store (const char *path)
{
  ChatStore *store = chat_must_open_store (path);
  gint64 alice = chat_store_contact (store, 1, "Alice");
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);

  for (guint i = 0; i < 200; i++)
    chat_store_add_message_async (store, alice, CHAT_MESSAGE_STATE_RECEIVED, 1, FALSE, payload,
                                  NULL, NULL);
  chat_store_close (store);
  chat_settle ();
  g_assert_finalize_object (store);
}

static void
test_damaged (ChatStoreFixture *fixture,
              gconstpointer     data)
{
  g_autofree char *garbage = g_strnfill (8192, '!');
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_set_contents (fixture->path, garbage, 8192, NULL));
  assert_refused (fixture->folder, fixture->path, G_IO_ERROR_INVALID_DATA);

  /* The end is missing */
  g_unlink (fixture->path);
  make_store (fixture->path);
  g_assert_true (g_file_get_contents (fixture->path, &contents, &length, NULL));
  g_assert_true (g_file_set_contents (fixture->path, contents, (gssize) length / 2, NULL));
  assert_refused (fixture->folder, fixture->path, G_IO_ERROR_INVALID_DATA);

  /* Its description is gone */
  memset (contents + 100, 0xff, 200);
  g_assert_true (g_file_set_contents (fixture->path, contents, (gssize) length, NULL));
  assert_refused (fixture->folder, fixture->path, G_IO_ERROR_INVALID_DATA);

  /* Somebody else's */
  g_unlink (fixture->path);
  change_database (fixture->path, "CREATE TABLE recipe (name TEXT)");
  assert_refused (fixture->folder, fixture->path, G_IO_ERROR_INVALID_DATA);
}

static void
test_newer (ChatStoreFixture *fixture,
            gconstpointer     data)
{
  g_autofree char *log = g_strconcat (fixture->path, "-wal", NULL);

  g_test_summary ("What a newer version wrote is refused, and its log stays what it is");

  make_store (fixture->path);
  change_database (fixture->path, "PRAGMA user_version = 99");
  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
  assert_refused (fixture->folder, fixture->path, G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_migration (ChatStoreFixture *fixture,
                gconstpointer     data)
{
  static const char *const one[] = { "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)", NULL };
  static const char *const two[] = { one[0], "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2",
                                     NULL };
  static const char *const broken[] = { one[0], two[1], "DELETE FROM a; SELECT nothing", NULL };
  g_autofree char *copy = g_strconcat (fixture->path, ".version-1", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (sqlite3) db = NULL;

  g_test_summary ("A copy is kept before a step, and a step that fails changes nothing");

  db = chat_store_schema_open (fixture->path, one, &error);
  g_assert_no_error (error);
  g_clear_pointer (&db, sqlite3_close);
  g_assert_false (g_file_test (copy, G_FILE_TEST_EXISTS));

  db = chat_store_schema_open (fixture->path, two, &error);
  g_assert_no_error (error);
  g_assert_cmpint (sqlite3_exec (db, "SELECT y FROM a", NULL, NULL, NULL), ==, SQLITE_OK);
  g_clear_pointer (&db, sqlite3_close);
  g_assert_cmpuint (chat_get_mode (fixture->folder, "store.sqlite.version-1"), ==, 0600);

  g_assert_null (chat_store_schema_open (fixture->path, broken, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  db = chat_store_schema_open (fixture->path, two, &error);
  g_assert_no_error (error);
  change_database (copy, "INSERT INTO a (x) VALUES (2)");
  g_assert_cmpint (sqlite3_exec (db, "INSERT INTO a (x, y) SELECT 1 / count (*), 0 FROM a",
                                 NULL, NULL, NULL), ==, SQLITE_OK);
}

/* As SPP Chat made it before contacts had flags. */
static void
make_version_1 (const char *path)
{
  change_database (
    path,
    "CREATE TABLE setting (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE contact (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  public_key BLOB NOT NULL UNIQUE CHECK (length (public_key) = 32),"
    "  name TEXT NOT NULL CHECK (name <> ''), host TEXT NOT NULL,"
    "  port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535)) STRICT;"
    "CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  contact INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,"
    "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2), time INTEGER NOT NULL,"
    "  read INTEGER NOT NULL CHECK (read IN (0, 1)), payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE ephemeral (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  peer BLOB NOT NULL REFERENCES contact (public_key) ON DELETE CASCADE,"
    "  ephemeral BLOB NOT NULL CHECK (length (ephemeral) = 32), UNIQUE (peer, ephemeral)) STRICT;"
    "INSERT INTO contact VALUES (1, zeroblob (32), 'Alice', '::1', 7);"
    "INSERT INTO contact VALUES (5, randomblob (32), 'Bob', '', 0);"
    "INSERT INTO message VALUES (1, 5, 2, 1, 0, CAST ('hello' AS BLOB));"
    "PRAGMA application_id = 0x53505043; PRAGMA user_version = 1");
}

static GPtrArray *
list_contacts (ChatStore *store)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *records;

  chat_store_list_contacts_async (store, chat_take_result, &result);
  chat_await (result != NULL);
  records = chat_store_list_finish (store, result, &error);
  g_assert_no_error (error);

  return records;
}

static void
test_flags (ChatStoreFixture *fixture,
            gconstpointer     data)
{
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  ChatContactRecord *record;
  ChatStore *store;

  g_test_summary ("The friends of version 1 are kept, and nothing is allowed to them");

  make_version_1 (fixture->path);
  store = chat_must_open_store (fixture->path);
  contacts = list_contacts (store);
  g_assert_cmpuint (contacts->len, ==, 2);
  record = g_ptr_array_index (contacts, 0);
  g_assert_cmpstr (record->name, ==, "Alice");
  g_assert_cmpstr (record->host, ==, "::1");
  g_assert_cmpuint (record->port, ==, 7);
  g_assert_cmpuint (record->flags, ==, 0);
  record = g_ptr_array_index (contacts, 1);
  g_assert_cmpint (record->id, ==, 5);
  g_assert_cmpuint (record->flags, ==, 0);
  g_assert_cmpuint (record->unread_count, ==, 1);
  g_assert_cmpmem (g_bytes_get_data (record->last_payload, NULL), 5, "hello", 5);
  g_assert_cmpuint (chat_get_mode (fixture->folder, "store.sqlite.version-1"), ==, 0600);

  chat_store_set_flags_async (store, 5, 1, chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_true (chat_store_write_finish (store, result, NULL));
  g_clear_object (&result);
  g_assert_finalize_object (store);

  store = chat_must_open_store (fixture->path);
  g_clear_pointer (&contacts, g_ptr_array_unref);
  contacts = list_contacts (store);
  g_assert_cmpuint (((ChatContactRecord *) g_ptr_array_index (contacts, 0))->flags, ==, 0);
  g_assert_cmpuint (((ChatContactRecord *) g_ptr_array_index (contacts, 1))->flags, ==, 1);
  chat_settle ();
  g_assert_finalize_object (store);
}

int
main (int   argc,
      char *argv[])
{
  program = argv[0];
  if (argc == 3 && g_str_equal (argv[1], "--open"))
    return open_in_child (argv[2]);
  if (argc == 3 && g_str_equal (argv[1], "--write"))
    return write_in_child (argv[2]);

  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) \
  g_test_add (path, ChatStoreFixture, NULL, chat_store_set_up, func, chat_store_tear_down)
  ADD ("/store-file/busy", test_busy);
  ADD ("/store-file/killed", test_killed);
  ADD ("/store-file/damaged", test_damaged);
  ADD ("/store-file/newer", test_newer);
  ADD ("/store-file/migration", test_migration);
  ADD ("/store-file/flags", test_flags);

  return g_test_run ();
}
