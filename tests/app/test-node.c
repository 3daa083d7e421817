/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "chat-test-utils.h"

/* Alice and Bob, who know each other's keys and addresses. */
typedef struct
{
  char     *folder;
  ChatNode *alice;
  ChatNode *bob;
} Fixture;

static SppPublicKey *
get_key (ChatNode *node)
{
  return chat_profile_get_public_key (chat_node_get_profile (node));
}

static ChatConversation *
get_conversation (ChatNode *node)
{
  g_autoptr (ChatContact) contact = NULL;

  contact = g_list_model_get_item (G_LIST_MODEL (chat_node_get_contacts (node)), 0);

  return chat_node_get_conversation (node, contact);
}

static ChatContact *
get_friend (ChatNode *node)
{
  return chat_conversation_get_contact (get_conversation (node));
}

static guint
count_items (ChatConversation *conversation)
{
  return g_list_model_get_n_items (G_LIST_MODEL (conversation));
}

static void
befriend (ChatNode   *node,
          ChatNode   *other,
          const char *name,
          guint16     port)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ChatContact) contact = NULL;

  contact = chat_add_contact (node, get_key (other), name, port, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (chat_contact_get_name (contact), ==, name);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (ChatProfile) alice = NULL;
  g_autoptr (ChatProfile) bob = NULL;

  fixture->folder = chat_make_folder ();
  alice = chat_make_profile (fixture->folder, "alice", NULL);
  bob = chat_make_profile (fixture->folder, "bob", NULL);
  fixture->alice = chat_start_node (alice);
  fixture->bob = chat_start_node (bob);
  befriend (fixture->alice, fixture->bob, "Bob", chat_node_get_port (fixture->bob));
  befriend (fixture->bob, fixture->alice, "Alice", chat_node_get_port (fixture->alice));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->alice != NULL)
    chat_end_node (fixture->alice);
  if (fixture->bob != NULL)
    chat_end_node (fixture->bob);
  chat_settle ();
  chat_remove_folder (fixture->folder);
}

static void
connect_alice (Fixture *fixture)
{
  chat_link_connect (chat_conversation_get_link (get_conversation (fixture->alice)));
  chat_await (chat_link_is_up (chat_conversation_get_link (get_conversation (fixture->alice)))
              && chat_link_is_up (chat_conversation_get_link (get_conversation (fixture->bob))));
}

static void
assert_text (ChatConversation *conversation,
             guint             position,
             ChatMessageState  state,
             const char       *text)
{
  ChatMessage *message = chat_get_message (conversation, position);

  g_assert_cmpstr (chat_message_get_text (message), ==, text);
  g_assert_cmpint (chat_message_get_state (message), ==, state);
  g_assert_cmpint (chat_message_get_id (message), >, 0);
}

static void
test_chat (Fixture       *fixture,
           gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  ChatConversation *bob = get_conversation (fixture->bob);
  ChatContact *contact = get_friend (fixture->alice);

  g_test_summary ("A message each way, presence on the way, and the history after a restart");

  g_assert_cmpint (chat_contact_get_presence (contact), ==, CHAT_PRESENCE_OFFLINE);
  g_assert_cmpstr (chat_contact_get_status (contact), ==, "Offline");
  chat_link_connect (chat_conversation_get_link (alice));
  g_assert_cmpint (chat_contact_get_presence (contact), ==, CHAT_PRESENCE_CONNECTING);
  connect_alice (fixture);
  g_assert_cmpint (chat_contact_get_presence (contact), ==, CHAT_PRESENCE_ONLINE);

  chat_send (alice, "Привет, Боб 🎉");
  chat_await (count_items (bob) == 1);
  g_assert_cmpint (chat_contact_get_presence (get_friend (fixture->bob)), ==,
                   CHAT_PRESENCE_ONLINE);
  g_assert_cmpuint (chat_contact_get_unread_count (get_friend (fixture->bob)), ==, 1);
  g_assert_cmpstr (chat_contact_get_preview (get_friend (fixture->bob)), ==, "Привет, Боб 🎉");
  chat_conversation_set_active (bob, TRUE);
  g_assert_cmpuint (chat_contact_get_unread_count (get_friend (fixture->bob)), ==, 0);

  chat_send (bob, "Hi 👩‍❤️‍👨");
  chat_await (count_items (alice) == 2);
  g_assert_cmpint (chat_contact_get_presence (contact), ==, CHAT_PRESENCE_ONLINE);
  g_assert_cmpstr (chat_contact_get_status (contact), ==, "Online");
  chat_send (alice, "read at once");
  chat_await (count_items (bob) == 3);
  g_assert_cmpuint (chat_contact_get_unread_count (get_friend (fixture->bob)), ==, 0);
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_SENT) == 2);

  chat_end_node (g_steal_pointer (&fixture->alice));
  chat_await (!chat_link_is_up (chat_conversation_get_link (bob)));
  g_assert_cmpstr (chat_contact_get_status (get_friend (fixture->bob)), ==, "Went offline");
  chat_end_node (g_steal_pointer (&fixture->bob));

  fixture->alice = chat_start_profile (fixture->folder, "alice");
  fixture->bob = chat_start_profile (fixture->folder, "bob");
  g_assert_cmpuint (chat_contact_get_unread_count (get_friend (fixture->alice)), ==, 1);
  g_assert_cmpuint (chat_contact_get_unread_count (get_friend (fixture->bob)), ==, 0);
  g_assert_cmpstr (chat_contact_get_preview (get_friend (fixture->bob)), ==, "read at once");
  alice = get_conversation (fixture->alice);
  bob = get_conversation (fixture->bob);
  chat_await (count_items (alice) == 3 && count_items (bob) == 3);
  assert_text (alice, 0, CHAT_MESSAGE_STATE_SENT, "Привет, Боб 🎉");
  assert_text (alice, 1, CHAT_MESSAGE_STATE_RECEIVED, "Hi 👩‍❤️‍👨");
  assert_text (bob, 0, CHAT_MESSAGE_STATE_RECEIVED, "Привет, Боб 🎉");
  assert_text (bob, 1, CHAT_MESSAGE_STATE_SENT, "Hi 👩‍❤️‍👨");
}

static void
test_queue (Fixture       *fixture,
            gconstpointer  data)
{
  ChatConversation *alice;
  ChatConversation *bob;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  guint16 bob_port = chat_node_get_port (fixture->bob);

  g_test_summary ("What is written while the friend is away goes out in order, after a restart");

  chat_end_node (g_steal_pointer (&fixture->bob));
  alice = get_conversation (fixture->alice);
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      chat_send (alice, text);
    }
  g_assert_cmpuint (chat_count (alice, CHAT_MESSAGE_STATE_QUEUED), ==, 30);
  chat_await (chat_contact_get_failed (get_friend (fixture->alice)));
  g_assert_nonnull (strstr (chat_contact_get_status (get_friend (fixture->alice)),
                            "Cannot reach 127.0.0.1: connection refused."));

  chat_end_node (g_steal_pointer (&fixture->alice));
  fixture->alice = chat_start_profile (fixture->folder, "alice");
  fixture->bob = chat_start_profile (fixture->folder, "bob");
  alice = get_conversation (fixture->alice);
  bob = get_conversation (fixture->bob);
  chat_await (count_items (alice) == 30);
  g_assert_cmpuint (chat_count (alice, CHAT_MESSAGE_STATE_QUEUED), ==, 30);

  if (chat_node_get_port (fixture->bob) != bob_port)
    {
      chat_node_edit_contact_async (fixture->alice, get_friend (fixture->alice), " Bobby ",
                                    " 127.0.0.1 ", chat_node_get_port (fixture->bob), FALSE, NULL,
                                    chat_take_result, &result);
      chat_await (result != NULL);
      g_assert_true (chat_node_edit_contact_finish (fixture->alice, result, &error));
      g_assert_no_error (error);
      g_clear_object (&result);
      g_assert_cmpstr (chat_contact_get_name (get_friend (fixture->alice)), ==, "Bobby");
    }

  chat_link_connect (chat_conversation_get_link (alice));
  chat_send (alice, "30");
  chat_await (count_items (bob) == 31 && chat_count (alice, CHAT_MESSAGE_STATE_SENT) == 31);
  for (guint i = 0; i < 31; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      assert_text (bob, i, CHAT_MESSAGE_STATE_RECEIVED, text);
      assert_text (alice, i, CHAT_MESSAGE_STATE_SENT, text);
    }
}

static void
test_calls (Fixture       *fixture,
            gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  ChatContact *contact = get_friend (fixture->alice);
  ChatLink *link = chat_conversation_get_link (alice);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("The sentences of a friend who cannot be called");

  /* Without an address */
  chat_node_edit_contact_async (fixture->alice, contact, "Bob", "", 0, FALSE, NULL,
                                chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_true (chat_node_edit_contact_finish (fixture->alice, result, &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  g_assert_cmpstr (chat_contact_get_status (contact), ==,
                   "Offline. Bob can call you, or add an address for Bob.");
  chat_link_connect (link);
  g_assert_cmpint (chat_contact_get_presence (contact), ==, CHAT_PRESENCE_OFFLINE);
  g_assert_false (chat_contact_get_failed (contact));

  /* An address without a port */
  chat_node_edit_contact_async (fixture->alice, contact, "Bob", "::1", 0, FALSE, NULL,
                                chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_false (chat_node_edit_contact_finish (fixture->alice, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_clear_object (&result);

  /* Her own address: somebody answers, but not with Bob's key */
  chat_node_edit_contact_async (fixture->alice, contact, "Bob", "[::1]",
                                chat_node_get_port (fixture->alice), FALSE, NULL,
                                chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_true (chat_node_edit_contact_finish (fixture->alice, result, &error));
  g_clear_object (&result);
  g_assert_cmpstr (chat_contact_get_host (contact), ==, "::1");
  g_assert_cmpstr (chat_contact_get_status (contact), ==, "Offline");

  /* Bob may still call */
  chat_link_connect (chat_conversation_get_link (get_conversation (fixture->bob)));
  chat_await (chat_link_is_up (link));
  chat_link_close (link);
  g_assert_cmpstr (chat_contact_get_status (contact), ==, "Offline");
  g_assert_false (chat_contact_get_failed (contact));
}

static void
test_send_refused (Fixture       *fixture,
                   gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *large = g_strnfill (1024 * 1024 + 1, 'x');

  chat_conversation_send_async (alice, "", NULL, chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_false (chat_conversation_send_finish (alice, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_clear_object (&result);

  chat_conversation_send_async (alice, large, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_false (chat_conversation_send_finish (alice, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_assert_cmpuint (count_items (alice), ==, 0);
  g_clear_object (&result);

  /* What fits does go through */
  large[1024 * 1024] = '\0';
  chat_send (alice, large);
  chat_await (count_items (get_conversation (fixture->bob)) == 1);
  assert_text (get_conversation (fixture->bob), 0, CHAT_MESSAGE_STATE_RECEIVED, large);
}

static void
test_keys (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (SppPrivateKey) private_key = spp_private_key_generate ();
  SppPublicKey *fresh = spp_private_key_get_public_key (private_key);
  g_autofree char *mistyped = g_strdup (spp_public_key_get_string (fresh));
  g_autofree char *link = g_strconcat ("spp:", spp_public_key_get_string (fresh), NULL);
  g_autoptr (SppPublicKey) key = NULL;
  g_autoptr (SppPublicKey) linked = NULL;
  g_autoptr (ChatContact) existing = NULL;
  g_autoptr (GError) error = NULL;
  ChatNode *node = fixture->alice;
  gsize last = strlen (mistyped) - 1;

  g_assert_null (chat_node_recognise_text (node, spp_public_key_get_string (get_key (node)),
                                           &existing, &error));
  g_assert_error (error, CHAT_KEY_ERROR, CHAT_KEY_ERROR_OWN_KEY);
  g_assert_null (existing);
  g_clear_error (&error);

  g_assert_null (chat_node_recognise_contents (node, spp_public_key_get_bytes (get_key (node)),
                                               NULL, &error));
  g_assert_error (error, CHAT_KEY_ERROR, CHAT_KEY_ERROR_OWN_KEY);
  g_clear_error (&error);

  g_assert_null (chat_node_recognise_text (node,
                                           spp_public_key_get_string (get_key (fixture->bob)),
                                           &existing, &error));
  g_assert_error (error, CHAT_KEY_ERROR, CHAT_KEY_ERROR_ALREADY_THERE);
  g_assert_true (existing == get_friend (node));
  g_clear_error (&error);

  mistyped[last] = mistyped[last] == 'q' ? 'p' : 'q';
  g_assert_null (chat_node_recognise_text (node, mistyped, NULL, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_MISTYPED_KEY);
  g_clear_error (&error);

  g_assert_null (chat_node_recognise_text (node, "hello", NULL, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
  g_clear_error (&error);

  key = chat_node_recognise_text (node, spp_public_key_get_string (fresh), NULL, &error);
  g_assert_no_error (error);
  g_assert_true (spp_public_key_equal (key, fresh));
  linked = chat_node_recognise_text (node, link, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (spp_public_key_equal (linked, fresh));

  g_assert_null (chat_add_contact (node, get_key (fixture->bob), "Bob", 0, &error));
  g_assert_error (error, CHAT_KEY_ERROR, CHAT_KEY_ERROR_ALREADY_THERE);
  g_clear_error (&error);
  g_assert_null (chat_add_contact (node, get_key (node), "Me", 0, &error));
  g_assert_error (error, CHAT_KEY_ERROR, CHAT_KEY_ERROR_OWN_KEY);
  g_clear_error (&error);
  g_assert_null (chat_add_contact (node, fresh, " ", 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
test_remove (Fixture       *fixture,
             gconstpointer  data)
{
  ChatContact *contact;
  ChatConversation *conversation;
  GListModel *contacts;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  connect_alice (fixture);
  chat_send (get_conversation (fixture->bob), "hello");
  conversation = g_object_ref (get_conversation (fixture->alice));
  contact = g_object_ref (chat_conversation_get_contact (conversation));
  chat_await (count_items (conversation) == 1);

  chat_node_remove_contact_async (fixture->alice, contact, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_true (chat_node_remove_contact_finish (fixture->alice, result, &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  contacts = G_LIST_MODEL (chat_node_get_contacts (fixture->alice));
  g_assert_cmpuint (g_list_model_get_n_items (contacts), ==, 0);
  g_assert_null (chat_node_get_conversation (fixture->alice, contact));
  g_assert_finalize_object (conversation);
  g_assert_finalize_object (contact);
  chat_await (!chat_link_is_up (chat_conversation_get_link (get_conversation (fixture->bob))));

  /* The same key may come back, to an empty history */
  befriend (fixture->alice, fixture->bob, "Bob", chat_node_get_port (fixture->bob));
  connect_alice (fixture);
  chat_send (get_conversation (fixture->bob), "again");
  chat_await (count_items (get_conversation (fixture->alice)) == 1);
}

static void
test_ports (Fixture       *fixture,
            gconstpointer  data)
{
  guint16 old = chat_node_get_port (fixture->bob);
  guint16 taken = chat_node_get_port (fixture->alice);
  g_autoptr (GError) error = NULL;
  g_autoptr (ChatProfile) profile = NULL;
  g_autoptr (ChatNode) node = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("A taken port changes nothing; another one is used at once");

  connect_alice (fixture);
  g_assert_false (chat_node_set_port (fixture->bob, taken, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);
  g_assert_cmpuint (chat_node_get_port (fixture->bob), ==, old);
  g_assert_cmpuint (chat_profile_get_port (chat_node_get_profile (fixture->bob)), ==, 0);

  g_assert_true (chat_node_set_port (fixture->bob, 0, &error));
  g_assert_cmpuint (chat_node_get_port (fixture->bob), !=, old);
  /* Those who are connected stay so */
  chat_send (get_conversation (fixture->alice), "still here");
  chat_await (count_items (get_conversation (fixture->bob)) == 1);

  g_assert_true (chat_node_set_port (fixture->bob, chat_node_get_port (fixture->bob), &error));
  g_assert_cmpuint (chat_profile_get_port (chat_node_get_profile (fixture->bob)), ==,
                    chat_node_get_port (fixture->bob));

  /* The old one is free, and taken it is a sentence and no failure */
  profile = chat_make_profile (fixture->folder, "carol", NULL);
  chat_profile_set_port (profile, taken);
  node = chat_node_new (profile);
  chat_node_start_async (node, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_true (chat_node_start_finish (node, result, &error));
  g_clear_object (&result);
  g_assert_nonnull (strstr (chat_node_get_listen_error (node), "in use"));
  g_assert_cmpuint (chat_node_get_port (node), ==, 0);
  g_assert_true (chat_node_set_port (node, old, &error));
  g_assert_null (chat_node_get_listen_error (node));
  g_assert_cmpuint (chat_node_get_port (node), ==, old);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/node/chat", test_chat);
  ADD ("/node/queue", test_queue);
  ADD ("/node/calls", test_calls);
  ADD ("/node/send-refused", test_send_refused);
  ADD ("/node/keys", test_keys);
  ADD ("/node/remove", test_remove);
  ADD ("/node/ports", test_ports);

  return g_test_run ();
}
