/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "chat-store-fixture.h"
#include "chat-test-utils.h"

static void
await_write (ChatStore     *store,
             GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;

  chat_await (*result != NULL);
  chat_store_write_finish (store, *result, &error);
  g_assert_no_error (error);
  g_clear_object (result);
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

static void
assert_messages (ChatStore  *store,
                 gint64      contact_id,
                 gint64      before_id,
                 guint       limit,
                 const char *expected)
{
  g_autoptr (GPtrArray) records = chat_list_messages (store, contact_id, before_id, limit);
  g_autofree char *texts = join_texts (records);

  g_assert_cmpstr (texts, ==, expected);
}

static void
test_persistence (ChatStoreFixture *fixture,
                  gconstpointer     data)
{
  ChatStore *store = chat_must_open_store (fixture->path);
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *value = NULL;
  ChatContactRecord *record;
  gint64 alice = chat_store_contact (store, 1, "Alice");
  gint64 bob = chat_store_contact (store, 2, "Bob");

  chat_store_message (store, alice, CHAT_MESSAGE_STATE_RECEIVED, "Привет");
  chat_store_message (store, alice, CHAT_MESSAGE_STATE_RECEIVED, "🎉");
  chat_store_set_setting_async (store, "key", "old", NULL, NULL);
  chat_store_set_setting_async (store, "key", "new", chat_take_result, &result);
  await_write (store, &result);
  chat_store_update_contact_async (store, bob, "Bobby", "", 0, chat_take_result, &result);
  await_write (store, &result);
  chat_store_set_flags_async (store, bob, 3, chat_take_result, &result);
  await_write (store, &result);
  g_assert_finalize_object (store);

  store = chat_must_open_store (fixture->path);
  contacts = list_contacts (store);
  g_assert_cmpuint (contacts->len, ==, 2);
  record = g_ptr_array_index (contacts, 0);
  g_assert_cmpint (record->id, ==, alice);
  g_assert_cmpstr (record->name, ==, "Alice");
  g_assert_cmpstr (record->host, ==, "::1");
  g_assert_cmpuint (record->port, ==, 7);
  g_assert_cmpuint (record->flags, ==, 0);
  g_assert_cmpuint (record->unread_count, ==, 2);
  g_assert_cmpint (record->last_activity, >, 0);
  g_assert_cmpmem (g_bytes_get_data (record->last_payload, NULL), 4, "🎉", 4);
  record = g_ptr_array_index (contacts, 1);
  g_assert_cmpstr (record->name, ==, "Bobby");
  g_assert_cmpstr (record->host, ==, "");
  g_assert_cmpuint (record->flags, ==, 3);
  g_assert_null (record->last_payload);
  assert_messages (store, alice, 0, 10, "Привет🎉");

  chat_store_mark_read_async (store, alice, chat_take_result, &result);
  await_write (store, &result);
  g_clear_pointer (&contacts, g_ptr_array_unref);
  contacts = list_contacts (store);
  g_assert_cmpuint (((ChatContactRecord *) g_ptr_array_index (contacts, 0))->unread_count, ==, 0);

  chat_store_get_setting_async (store, "key", chat_take_result, &result);
  chat_await (result != NULL);
  value = chat_store_get_setting_finish (store, result, NULL);
  g_assert_cmpstr (value, ==, "new");
  g_clear_object (&result);
  chat_settle ();
  g_assert_finalize_object (store);
}

static void
test_order_and_pages (ChatStoreFixture *fixture,
                      gconstpointer     data)
{
  ChatStore *store = chat_must_open_store (fixture->path);
  gint64 alice = chat_store_contact (store, 1, "Alice");
  gint64 bob = chat_store_contact (store, 2, "Bob");
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  gint64 ids[5];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      char text[] = { (char) ('a' + i), '\0' };

      ids[i] = chat_store_message (store, alice, CHAT_MESSAGE_STATE_RECEIVED, text);
      chat_store_message (store, bob, CHAT_MESSAGE_STATE_RECEIVED, "-");
      if (i > 0)
        g_assert_cmpint (ids[i], >, ids[i - 1]);
    }

  assert_messages (store, alice, 0, 2, "de");
  assert_messages (store, alice, ids[3], 2, "bc");
  assert_messages (store, alice, ids[1], 2, "a");
  assert_messages (store, alice, ids[0], 2, "");

  /* Calls run in the order in which they are made, without waiting */
  chat_store_add_message_async (store, alice, CHAT_MESSAGE_STATE_RECEIVED, 1, FALSE, payload,
                                NULL, NULL);
  assert_messages (store, alice, 0, 2, "ex");

  g_assert_finalize_object (store);
}

static void
test_large_pages (ChatStoreFixture *fixture,
                  gconstpointer     data)
{
  ChatStore *store = chat_must_open_store (fixture->path);
  gint64 alice = chat_store_contact (store, 1, "Alice");
  g_autofree char *large = g_strnfill (CHAT_STORE_MAX_PAGE_BYTES / 2, 'x');
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (GPtrArray) records = NULL;

  g_test_summary ("Large messages come in short pages, and only their beginning as preview");

  for (guint i = 0; i < 5; i++)
    chat_store_message (store, alice, CHAT_MESSAGE_STATE_RECEIVED, large);

  records = chat_list_messages (store, alice, 0, 50);
  g_assert_cmpuint (records->len, ==, 2);

  /* A character of two bytes at the cut, one byte of which is beyond it */
  memset (large, 'y', 4095);
  memcpy (large + 4095, "я", 2);
  chat_store_message (store, alice, CHAT_MESSAGE_STATE_RECEIVED, large);
  contacts = list_contacts (store);
  g_assert_cmpuint (g_bytes_get_size (((ChatContactRecord *)
                                       g_ptr_array_index (contacts, 0))->last_payload), ==, 4095);

  g_assert_finalize_object (store);
}

static void
test_queued (ChatStoreFixture *fixture,
             gconstpointer     data)
{
  ChatStore *store = chat_must_open_store (fixture->path);
  gint64 alice = chat_store_contact (store, 1, "Alice");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) records = NULL;
  g_autofree char *texts = NULL;
  gint64 first;

  first = chat_store_message (store, alice, CHAT_MESSAGE_STATE_QUEUED, "a");
  chat_store_message (store, alice, CHAT_MESSAGE_STATE_RECEIVED, "-");
  chat_store_message (store, alice, CHAT_MESSAGE_STATE_QUEUED, "b");
  chat_store_message (store, alice, CHAT_MESSAGE_STATE_QUEUED, "c");
  chat_store_set_message_state_async (store, first, CHAT_MESSAGE_STATE_SENT,
                                      chat_take_result, &result);
  await_write (store, &result);

  chat_store_list_queued_async (store, alice, chat_take_result, &result);
  chat_await (result != NULL);
  records = chat_store_list_finish (store, result, NULL);
  texts = join_texts (records);
  g_assert_cmpstr (texts, ==, "bc");

  g_clear_object (&result);
  g_assert_finalize_object (store);
}

static guint
count_ephemerals (ChatStore *store,
                  GBytes    *last)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) records = NULL;

  chat_store_list_ephemerals_async (store, chat_take_result, &result);
  chat_await (result != NULL);
  records = chat_store_list_finish (store, result, NULL);
  g_assert_nonnull (records);
  if (records->len > 0)
    {
      ChatEphemeralRecord *record = g_ptr_array_index (records, records->len - 1);

      g_assert_true (g_bytes_equal (record->ephemeral, last));
    }

  return records->len;
}

static void
test_ephemerals (ChatStoreFixture *fixture,
                 gconstpointer     data)
{
  ChatStore *store = chat_must_open_store (fixture->path);
  gint64 alice = chat_store_contact (store, 1, "Alice");
  g_autoptr (GBytes) peer = chat_make_key (1);
  g_autoptr (GBytes) stranger = chat_make_key (9);
  g_autoptr (GBytes) one = chat_make_key (5);
  g_autoptr (GBytes) two = chat_make_key (6);
  g_autoptr (GAsyncResult) result = NULL;

  chat_store_add_ephemeral_async (store, peer, one, NULL, NULL);
  chat_store_add_ephemeral_async (store, peer, one, NULL, NULL);
  chat_store_add_ephemeral_async (store, peer, two, NULL, NULL);
  chat_store_add_ephemeral_async (store, stranger, one, NULL, NULL);
  g_assert_cmpuint (count_ephemerals (store, two), ==, 2);

  /* The oldest go once there are too many; one transaction each, hence few */
  for (guint i = 0; i < 4096; i++)
    {
      guint8 bytes[32] = { 0 };
      g_autoptr (GBytes) ephemeral = NULL;

      memcpy (bytes, &i, sizeof i);
      ephemeral = g_bytes_new (bytes, sizeof bytes);
      chat_store_add_ephemeral_async (store, peer, ephemeral, NULL, NULL);
      if (i == 4095)
        g_assert_cmpuint (count_ephemerals (store, ephemeral), ==, 4096);
    }

  chat_store_remove_contact_async (store, alice, chat_take_result, &result);
  await_write (store, &result);
  g_assert_cmpuint (count_ephemerals (store, NULL), ==, 0);

  chat_settle ();
  g_assert_finalize_object (store);
}

static void
assert_not_in_folder (const char *folder,
                      const char *text)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *contents = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
      g_assert_null (memmem (contents, length, text, strlen (text)));
    }
}

static void
test_remove (ChatStoreFixture *fixture,
             gconstpointer     data)
{
  ChatStore *store = chat_must_open_store (fixture->path);
  gint64 alice = chat_store_contact (store, 1, "Alice");
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("With a friend the history goes, from the disk too");

  chat_store_message (store, alice, CHAT_MESSAGE_STATE_RECEIVED, "telltale");
  chat_store_remove_contact_async (store, alice, chat_take_result, &result);
  await_write (store, &result);
  assert_messages (store, alice, 0, 10, "");
  assert_not_in_folder (fixture->folder, "telltale");

  chat_store_add_message_async (store, alice, CHAT_MESSAGE_STATE_RECEIVED, 1, FALSE, payload,
                                chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_cmpint (chat_store_insert_finish (store, result, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_object (&result);

  g_assert_finalize_object (store);
}

static void
drop_store_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  ChatStore **store = user_data;

  g_clear_object (store);
}

static void
test_closed (ChatStoreFixture *fixture,
             gconstpointer     data)
{
  ChatStore *store = chat_must_open_store (fixture->path);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;

  g_test_summary ("Closing waits for what was asked; later calls fail; a callback may drop it");

  chat_store_set_setting_async (store, "a", "b", NULL, NULL);
  chat_store_close (store);
  chat_store_close (store);
  chat_store_get_setting_async (store, "a", chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_null (chat_store_get_setting_finish (store, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_object (&result);
  chat_settle ();
  g_assert_finalize_object (store);

  store = chat_must_open_store (fixture->path);
  chat_store_get_setting_async (store, "a", chat_take_result, &result);
  chat_await (result != NULL);
  value = chat_store_get_setting_finish (store, result, NULL);
  g_assert_cmpstr (value, ==, "b");
  g_clear_object (&result);

  g_object_add_weak_pointer (G_OBJECT (store), (gpointer *) &store);
  chat_store_get_setting_async (store, "a", drop_store_cb, &store);
  chat_await (store == NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) \
  g_test_add (path, ChatStoreFixture, NULL, chat_store_set_up, func, chat_store_tear_down)
  ADD ("/store/persistence", test_persistence);
  ADD ("/store/order-and-pages", test_order_and_pages);
  ADD ("/store/large-pages", test_large_pages);
  ADD ("/store/queued", test_queued);
  ADD ("/store/ephemerals", test_ephemerals);
  ADD ("/store/remove", test_remove);
  ADD ("/store/closed", test_closed);

  return g_test_run ();
}
