/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-store-fixture.h"

#include <string.h>

#include "chat-test-utils.h"

void
chat_store_set_up (ChatStoreFixture *fixture,
                   gconstpointer     data)
{
  fixture->folder = chat_make_folder ();
  fixture->path = g_build_filename (fixture->folder, "store.sqlite", NULL);
}

void
chat_store_tear_down (ChatStoreFixture *fixture,
                      gconstpointer     data)
{
  chat_remove_folder (fixture->folder);
  g_free (fixture->path);
}

ChatStore *
chat_must_open_store (const char *path)
{
  g_autoptr (GError) error = NULL;
  ChatStore *store = chat_open_store (path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (store);

  return store;
}

GBytes *
chat_make_key (guint8 byte)
{
  guint8 key[SPP_PUBLIC_KEY_SIZE];

  memset (key, byte, sizeof key);

  return g_bytes_new (key, sizeof key);
}

gint64
chat_store_contact (ChatStore  *store,
                    guint8      key_byte,
                    const char *name)
{
  g_autoptr (GBytes) key = chat_make_key (key_byte);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id;

  chat_store_add_contact_async (store, key, name, "::1", 7, 0, chat_take_result, &result);
  chat_await (result != NULL);
  id = chat_store_insert_finish (store, result, &error);
  g_assert_no_error (error);

  return id;
}
