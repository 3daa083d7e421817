/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-link-private.h>
#include <string.h>

#include "chat-test-utils.h"

#define N_MESSAGES 50

/* Two friends who call each other at once. The data of a test says whether Bob's
 * key is to be the smaller one. */
typedef struct
{
  char          *folder;
  SppPrivateKey *bob_key;
  ChatNode      *alice;
  ChatNode      *bob;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (SppPrivateKey) alice_key = spp_private_key_generate ();
  g_autoptr (SppPrivateKey) bob_key = spp_private_key_generate ();
  g_autoptr (ChatProfile) alice = NULL;
  g_autoptr (ChatProfile) bob = NULL;
  g_autoptr (ChatContact) in_alice = NULL;
  g_autoptr (ChatContact) in_bob = NULL;
  g_autoptr (GError) error = NULL;

  fixture->folder = chat_make_folder ();
  if ((spp_public_key_compare (spp_private_key_get_public_key (bob_key),
                               spp_private_key_get_public_key (alice_key)) < 0)
      != (data != NULL))
    {
      SppPrivateKey *swapped = alice_key;

      alice_key = bob_key;
      bob_key = swapped;
    }

  fixture->bob_key = spp_private_key_ref (bob_key);
  alice = chat_make_profile (fixture->folder, "alice", alice_key);
  bob = chat_make_profile (fixture->folder, "bob", bob_key);
  fixture->alice = chat_start_node (alice);
  fixture->bob = chat_start_node (bob);
  in_alice = chat_add_contact (fixture->alice, chat_profile_get_public_key (bob), "Bob",
                               chat_node_get_port (fixture->bob), &error);
  g_assert_no_error (error);
  in_bob = chat_add_contact (fixture->bob, chat_profile_get_public_key (alice), "Alice",
                             chat_node_get_port (fixture->alice), &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  chat_end_node (fixture->alice);
  chat_end_node (fixture->bob);
  chat_settle ();
  spp_private_key_unref (fixture->bob_key);
  chat_remove_folder (fixture->folder);
}

static ChatConversation *
get_conversation (ChatNode *node)
{
  g_autoptr (ChatContact) contact = NULL;

  contact = g_list_model_get_item (G_LIST_MODEL (chat_node_get_contacts (node)), 0);

  return chat_node_get_conversation (node, contact);
}

/* Each of the friend's messages has come once. */
static void
assert_each_once (ChatConversation *conversation,
                  const char       *prefix)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (conversation));

  g_assert_cmpuint (n_items, ==, 2 * N_MESSAGES);
  for (guint i = 0; i < n_items; i++)
    {
      ChatMessage *message = chat_get_message (conversation, i);

      if (chat_message_get_state (message) == CHAT_MESSAGE_STATE_RECEIVED)
        g_assert_true (g_hash_table_add (seen, (gpointer) chat_message_get_text (message)));
      else
        g_assert_cmpint (chat_message_get_state (message), ==, CHAT_MESSAGE_STATE_SENT);
    }

  for (guint i = 0; i < N_MESSAGES; i++)
    {
      g_autofree char *text = g_strdup_printf ("%s %u", prefix, i);

      g_assert_true (g_hash_table_contains (seen, text));
    }
}

static gboolean
is_through (ChatConversation *conversation)
{
  return chat_count (conversation, CHAT_MESSAGE_STATE_RECEIVED) == N_MESSAGES
         && chat_count (conversation, CHAT_MESSAGE_STATE_SENT) == N_MESSAGES;
}

static void
test_crossing (Fixture       *fixture,
               gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  ChatConversation *bob = get_conversation (fixture->bob);

  g_test_summary ("Both call at once, over and over, while both write: each message comes once");

  for (guint i = 0; i < N_MESSAGES; i++)
    {
      g_autofree char *from_alice = g_strdup_printf ("alice %u", i);
      g_autofree char *from_bob = g_strdup_printf ("bob %u", i);

      chat_conversation_send_async (alice, from_alice, NULL, NULL, NULL);
      chat_conversation_send_async (bob, from_bob, NULL, NULL, NULL);
      chat_link_connect (chat_conversation_get_link (alice));
      chat_link_connect (chat_conversation_get_link (bob));
      g_main_context_iteration (NULL, FALSE);
    }

  chat_await (is_through (alice) && is_through (bob));
  chat_settle ();
  assert_each_once (alice, "bob");
  assert_each_once (bob, "alice");
}

static void
test_rule (Fixture       *fixture,
           gconstpointer  data)
{
  ChatLink *alice = chat_conversation_get_link (get_conversation (fixture->alice));
  ChatLink *bob = chat_conversation_get_link (get_conversation (fixture->bob));
  gboolean alice_is_smaller = data == NULL;

  g_test_summary ("Both ends send in the session of the one with the smaller key");

  chat_link_connect (alice);
  chat_link_connect (bob);
  chat_await (alice->legs->len == 2 && bob->legs->len == 2);

  g_assert_cmpint (spp_session_is_initiator (alice->current->session), ==, alice_is_smaller);
  g_assert_cmpint (spp_session_is_initiator (bob->current->session), ==, !alice_is_smaller);

  /* The one who made the other one is to close it, in a while */
  for (guint i = 0; i < 2; i++)
    {
      ChatLinkLeg *leg = g_ptr_array_index (alice->legs, i);

      g_assert_cmpint (leg->close_id != 0, ==, leg != alice->current && !alice_is_smaller);
      leg = g_ptr_array_index (bob->legs, i);
      g_assert_cmpint (leg->close_id != 0, ==, leg != bob->current && alice_is_smaller);
    }
}

static void
test_displaced (Fixture       *fixture,
                gconstpointer  data)
{
  ChatLink *link = chat_conversation_get_link (get_conversation (fixture->alice));
  g_autoptr (SppClient) client = spp_client_new (fixture->bob_key);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (SppSession) session = NULL;
  ChatLinkLeg *first;

  g_test_summary ("A call that crosses one's own and wins leaves that to be closed in a while");

  chat_link_connect (link);
  chat_await (chat_link_is_up (link));
  first = link->current;
  g_assert_cmpuint (first->close_id, ==, 0);

  spp_client_connect_to_host_async (
    client, "127.0.0.1", chat_node_get_port (fixture->alice),
    chat_profile_get_public_key (chat_node_get_profile (fixture->alice)),
    NULL, chat_take_result, &result);
  chat_await (result != NULL && link->legs->len == 2);
  session = spp_client_connect_finish (client, result, NULL);
  g_assert_nonnull (session);

  g_assert_true (link->current != first);
  g_assert_cmpuint (first->close_id, !=, 0);
}

static void
test_up_twice (Fixture       *fixture,
               gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  ChatConversation *bob = get_conversation (fixture->bob);
  ChatLink *link = chat_conversation_get_link (alice);

  g_test_summary ("Being told twice that the link is up sends nothing twice");

  for (guint i = 0; i < N_MESSAGES; i++)
    {
      g_autofree char *from_alice = g_strdup_printf ("alice %u", i);

      chat_conversation_send_async (alice, from_alice, NULL, NULL, NULL);
      if (chat_link_is_up (link))
        {
          g_signal_emit_by_name (link, "up");
          g_signal_emit_by_name (link, "up");
        }
      g_main_context_iteration (NULL, FALSE);
    }

  while (chat_count (alice, CHAT_MESSAGE_STATE_SENT) < N_MESSAGES)
    {
      if (chat_link_is_up (link))
        g_signal_emit_by_name (link, "up");
      g_main_context_iteration (NULL, TRUE);
    }
  chat_send (alice, "end");
  chat_await (g_list_model_get_n_items (G_LIST_MODEL (bob)) > 0
              && g_str_equal (chat_contact_get_preview (chat_conversation_get_contact (bob)),
                              "end"));

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (bob)), ==, N_MESSAGES + 1);
  for (guint i = 0; i < N_MESSAGES; i++)
    {
      g_autofree char *text = g_strdup_printf ("alice %u", i);

      g_assert_cmpstr (chat_message_get_text (chat_get_message (bob, i)), ==, text);
    }
}

static void
test_lost_while_sending (Fixture       *fixture,
                         gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  ChatConversation *bob = get_conversation (fixture->bob);
  ChatLink *link = chat_conversation_get_link (alice);

  g_test_summary ("A message that could not be handed over stays queued and goes out later");

  chat_link_connect (link);
  chat_await (chat_link_is_up (link));
  chat_link_close (link);
  chat_node_stop (fixture->bob);
  chat_send (alice, "one");
  chat_send (alice, "two");
  g_assert_cmpuint (chat_count (alice, CHAT_MESSAGE_STATE_QUEUED), ==, 2);
  chat_await (chat_contact_get_failed (chat_conversation_get_contact (alice)));

  chat_link_connect (chat_conversation_get_link (bob));
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_SENT) == 2);
  chat_await (g_list_model_get_n_items (G_LIST_MODEL (bob)) == 2);
  g_assert_cmpstr (chat_message_get_text (chat_get_message (bob, 0)), ==, "one");
  g_assert_cmpstr (chat_message_get_text (chat_get_message (bob, 1)), ==, "two");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/crossing/both-call", test_crossing);
  ADD ("/crossing/rule/alice", test_rule);
  g_test_add ("/crossing/rule/bob", Fixture, "bob", set_up, test_rule, tear_down);
  g_test_add ("/crossing/displaced", Fixture, "bob", set_up, test_displaced, tear_down);
  ADD ("/crossing/up-twice", test_up_twice);
  ADD ("/crossing/lost-while-sending", test_lost_while_sending);

  return g_test_run ();
}
