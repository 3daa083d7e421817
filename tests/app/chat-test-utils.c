/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-test-utils.h"

#include <glib/gstdio.h>
#include <string.h>

#define DEADLINE_SECONDS 60

static gboolean
deadline_cb (gpointer user_data)
{
  g_error ("Waited in vain for %s", (const char *) user_data);

  return G_SOURCE_REMOVE;
}

guint
chat_deadline_start (const char *what)
{
  return g_timeout_add_seconds (DEADLINE_SECONDS, deadline_cb, (gpointer) what);
}

void
chat_take_result (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  GAsyncResult **taken = user_data;

  g_assert_null (*taken);
  *taken = g_object_ref (result);
}

void
chat_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

char *
chat_make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp ("chat-test-XXXXXX", &error);

  g_assert_no_error (error);

  return path;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_tree (child);
      else
        g_unlink (child);
    }

  g_rmdir (path);
}

void
chat_remove_folder (char *path)
{
  remove_tree (path);
  g_free (path);
}

guint
chat_get_mode (const char *folder,
               const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GStatBuf info;

  g_assert_no_errno (g_stat (path, &info));

  return info.st_mode & 07777;
}

ChatStore *
chat_open_store (const char  *path,
                 GError     **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;

  chat_store_open_async (file, NULL, chat_take_result, &result);
  chat_await (result != NULL);

  return chat_store_open_finish (result, error);
}

gint64
chat_store_message (ChatStore        *store,
                    gint64            contact_id,
                    ChatMessageState  state,
                    const char       *text)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id;

  chat_store_add_message_async (store, contact_id, state, g_get_real_time (), FALSE, payload,
                                chat_take_result, &result);
  chat_await (result != NULL);
  id = chat_store_insert_finish (store, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);

  return id;
}

GPtrArray *
chat_list_messages (ChatStore *store,
                    gint64     contact_id,
                    gint64     before_id,
                    guint      limit)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *records;

  chat_store_list_messages_async (store, contact_id, before_id, limit,
                                  chat_take_result, &result);
  chat_await (result != NULL);
  records = chat_store_list_finish (store, result, &error);
  g_assert_no_error (error);

  return records;
}

ChatProfile *
chat_make_profile (const char    *folder,
                   const char    *id,
                   SppPrivateKey *key)
{
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ChatProfile *profile = chat_profile_new (id, file);

  chat_profile_create_async (profile, id, key, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  chat_profile_create_finish (profile, result, &error);
  g_assert_no_error (error);

  return profile;
}

ChatProfile *
chat_load_profile (const char  *folder,
                   const char  *id,
                   GError     **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ChatProfile) profile = chat_profile_new (id, file);

  chat_profile_load_async (profile, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  if (!chat_profile_load_finish (profile, result, error))
    return NULL;

  return g_steal_pointer (&profile);
}

ChatNode *
chat_start_node (ChatProfile *profile)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ChatNode *node = chat_node_new (profile);

  chat_node_start_async (node, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  chat_node_start_finish (node, result, &error);
  g_assert_no_error (error);
  g_assert_null (chat_node_get_listen_error (node));
  g_assert_cmpuint (chat_node_get_port (node), >, 0);

  return node;
}

ChatNode *
chat_start_profile (const char *folder,
                    const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ChatProfile) profile = chat_load_profile (folder, id, &error);

  g_assert_no_error (error);

  return chat_start_node (profile);
}

void
chat_end_node (ChatNode *node)
{
  g_autoptr (ChatProfile) profile = g_object_ref (chat_node_get_profile (node));

  chat_node_stop (node);
  g_assert_cmpuint (chat_node_get_port (node), ==, 0);
  chat_settle ();
  g_assert_finalize_object (node);
  g_assert_finalize_object (g_steal_pointer (&profile));
}

ChatContact *
chat_add_contact (ChatNode      *node,
                  SppPublicKey  *key,
                  const char    *name,
                  guint16        port,
                  GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  chat_node_add_contact_async (node, key, name, port != 0 ? "127.0.0.1" : "", port, FALSE, NULL,
                               chat_take_result, &result);
  chat_await (result != NULL);

  return chat_node_add_contact_finish (node, result, error);
}

void
chat_send (ChatConversation *conversation,
           const char       *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  chat_conversation_send_async (conversation, text, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  chat_conversation_send_finish (conversation, result, &error);
  g_assert_no_error (error);
}

ChatMessage *
chat_get_message (ChatConversation *conversation,
                  guint             position)
{
  g_autoptr (ChatMessage) message = NULL;

  message = g_list_model_get_item (G_LIST_MODEL (conversation), position);
  g_assert_nonnull (message);

  return message;
}

guint
chat_count (ChatConversation *conversation,
            ChatMessageState  state)
{
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (conversation)); i++)
    {
      if (chat_message_get_state (chat_get_message (conversation, i)) == state)
        n++;
    }

  return n;
}
