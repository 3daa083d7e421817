/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-link-private.h>
#include <chat-node-private.h>
#include <string.h>

#include "chat-old-peer.h"
#include "chat-test-utils.h"

/* How long a call of SPP/1 meets silence before it is refused. */
#define REFUSAL_SECONDS 1

/* Alice at work, and Bob who has an older program. The data of a test says
 * whether Alice has allowed it. */
typedef struct
{
  char          *folder;
  SppPrivateKey *bob_key;
  ChatNode      *alice;
} Fixture;

static SppPublicKey *
get_own_key (Fixture *fixture)
{
  return chat_profile_get_public_key (chat_node_get_profile (fixture->alice));
}

static ChatContact *
get_contact (Fixture *fixture)
{
  g_autoptr (ChatContact) contact = NULL;

  contact = g_list_model_get_item (G_LIST_MODEL (chat_node_get_contacts (fixture->alice)), 0);

  return contact;
}

static ChatConversation *
get_conversation (Fixture *fixture)
{
  return chat_node_get_conversation (fixture->alice, get_contact (fixture));
}

static ChatLink *
get_link (Fixture *fixture)
{
  return chat_conversation_get_link (get_conversation (fixture));
}

static gboolean
is_allowed (Fixture *fixture)
{
  ChatContact *contact = get_contact (fixture);
  SppPeerFlags flags = chat_contact_get_flags (contact);

  g_assert_cmpuint (flags, ==, spp_service_get_peer_flags (fixture->alice->service,
                                                           chat_contact_get_public_key (contact)));

  return (flags & SPP_PEER_FLAGS_ALLOW_SPP1) != 0;
}

static void
edit_contact (Fixture  *fixture,
              guint16   port,
              gboolean  allow_spp1)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  chat_node_edit_contact_async (fixture->alice, get_contact (fixture), "Bob",
                                port != 0 ? "127.0.0.1" : "", port, allow_spp1, NULL,
                                chat_take_result, &result);
  chat_await (result != NULL);
  chat_node_edit_contact_finish (fixture->alice, result, &error);
  g_assert_no_error (error);
}

static void
restart (Fixture *fixture)
{
  chat_end_node (fixture->alice);
  fixture->alice = chat_start_profile (fixture->folder, "alice");
  spp_service_set_timeout (fixture->alice->service, REFUSAL_SECONDS);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (ChatProfile) alice = NULL;
  g_autoptr (ChatContact) contact = NULL;
  g_autoptr (GError) error = NULL;

  fixture->folder = chat_make_folder ();
  fixture->bob_key = spp_private_key_generate ();
  alice = chat_make_profile (fixture->folder, "alice", NULL);
  fixture->alice = chat_start_node (alice);
  spp_service_set_timeout (fixture->alice->service, REFUSAL_SECONDS);
  contact = chat_add_contact (fixture->alice, spp_private_key_get_public_key (fixture->bob_key),
                              "Bob", 0, &error);
  g_assert_no_error (error);
  if (data != NULL)
    edit_contact (fixture, 0, TRUE);
  g_assert_cmpint (is_allowed (fixture), ==, data != NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  chat_end_node (fixture->alice);
  chat_settle ();
  spp_private_key_unref (fixture->bob_key);
  chat_remove_folder (fixture->folder);
}

static ChatOldPeer *
start_listener (Fixture  *fixture,
                guint16  *port)
{
  ChatOldPeer *bob = chat_old_peer_start (fixture->folder, fixture->bob_key,
                                          get_own_key (fixture), 0);

  *port = chat_old_peer_listen (bob);

  return bob;
}

static ChatOldPeer *
start_caller (Fixture *fixture)
{
  return chat_old_peer_start (fixture->folder, fixture->bob_key, get_own_key (fixture),
                              chat_node_get_port (fixture->alice));
}

static void
test_allowed (Fixture       *fixture,
              gconstpointer  data)
{
  ChatContact *contact = get_contact (fixture);
  const ChatProtection *protection;
  ChatOldPeer *bob = start_caller (fixture);

  g_test_summary ("A friend with an older program calls: unconfirmed until a message has come");

  chat_old_peer_await (bob, "connected");
  chat_await (chat_link_is_up (get_link (fixture)));
  g_assert_cmpint (chat_contact_get_presence (contact), ==, CHAT_PRESENCE_UNCONFIRMED);
  g_assert_cmpstr (chat_contact_get_status (contact), ==,
                   "Connected. Nothing has come from Bob yet.");
  protection = chat_contact_get_protection (contact);
  g_assert_nonnull (protection);
  g_assert_cmpuint (protection->version, ==, 1);
  g_assert_false (protection->post_quantum);
  g_assert_cmpuint (strlen (protection->code), ==, 23);
  g_assert_cmpint (ABS (protection->since - g_get_real_time ()), <, G_TIME_SPAN_MINUTE);

  chat_old_peer_send (bob, "hello");
  chat_await (chat_contact_get_unread_count (contact) == 1);
  g_assert_cmpint (chat_contact_get_presence (contact), ==, CHAT_PRESENCE_ONLINE);
  chat_send (get_conversation (fixture), "and to you");
  chat_old_peer_await (bob, "and to you");
  g_assert_true (is_allowed (fixture));

  chat_old_peer_end (bob);
  chat_await (!chat_link_is_up (get_link (fixture)));
  /* The end of a stream proves nothing about who ended it */
  g_assert_cmpstr (chat_contact_get_status (contact), ==, "The connection to Bob was lost.");
  g_assert_true (chat_contact_get_failed (contact));
  g_assert_null (chat_contact_get_protection (contact));

  restart (fixture);
  g_assert_true (is_allowed (fixture));
}

static void
test_met_when_calling (Fixture       *fixture,
                       gconstpointer  data)
{
  ChatContact *contact = get_contact (fixture);
  ChatOldPeer *bob;
  guint16 port;

  g_test_summary ("Calling an older program asks; once allowed, what is queued goes out");

  bob = start_listener (fixture, &port);
  edit_contact (fixture, port, FALSE);
  chat_send (get_conversation (fixture), "hello");
  chat_await (chat_contact_get_asks_old_protocol (contact));
  chat_await (chat_contact_get_failed (contact));
  g_assert_nonnull (strstr (chat_contact_get_status (contact), "only an old protocol"));
  g_assert_false (is_allowed (fixture));
  g_assert_false (chat_link_is_up (get_link (fixture)));

  chat_node_allow_spp1 (fixture->alice, contact);
  g_assert_false (chat_contact_get_asks_old_protocol (contact));
  g_assert_true (is_allowed (fixture));
  chat_await (chat_link_is_up (get_link (fixture)));
  g_assert_cmpuint (chat_contact_get_protection (contact)->version, ==, 1);
  chat_old_peer_await (bob, "connected");
  chat_old_peer_await (bob, "hello");
  chat_old_peer_end (bob);

  restart (fixture);
  g_assert_true (is_allowed (fixture));
}

static void
test_met_when_called (Fixture       *fixture,
                      gconstpointer  data)
{
  ChatContact *contact = get_contact (fixture);
  ChatOldPeer *bob;

  g_test_summary ("An older program that calls asks, and no more after a no, until the next start");

  bob = start_caller (fixture);
  chat_await (chat_contact_get_asks_old_protocol (contact));
  chat_old_peer_await (bob, "closed");
  chat_old_peer_end (bob);
  g_assert_false (is_allowed (fixture));

  chat_contact_decline_old_protocol (contact);
  g_assert_false (chat_contact_get_asks_old_protocol (contact));
  bob = start_caller (fixture);
  chat_old_peer_await (bob, "closed");
  chat_old_peer_end (bob);
  chat_settle ();
  g_assert_false (chat_contact_get_asks_old_protocol (contact));

  restart (fixture);
  contact = get_contact (fixture);
  g_assert_false (chat_contact_get_asks_old_protocol (contact));
  bob = start_caller (fixture);
  chat_await (chat_contact_get_asks_old_protocol (contact));
  chat_old_peer_end (bob);

  /* Without an address there is nobody to call: Bob does it again */
  chat_node_allow_spp1 (fixture->alice, contact);
  g_assert_false (chat_contact_get_failed (contact));
  bob = start_caller (fixture);
  chat_old_peer_await (bob, "connected");
  chat_await (chat_link_is_up (get_link (fixture)));
  chat_old_peer_end (bob);
}

static void
test_taken_back (Fixture       *fixture,
                 gconstpointer  data)
{
  ChatContact *contact = get_contact (fixture);
  g_autoptr (SppSession) session = NULL;
  ChatOldPeer *bob = start_caller (fixture);

  g_test_summary ("What is allowed no more ends, comes not late, and does not ask for itself");

  chat_old_peer_await (bob, "connected");
  chat_await (chat_link_is_up (get_link (fixture)));
  session = g_object_ref (get_link (fixture)->current->session);
  edit_contact (fixture, 0, FALSE);
  g_assert_false (chat_link_is_up (get_link (fixture)));
  chat_link_take (get_link (fixture), session);
  g_assert_false (chat_link_is_up (get_link (fixture)));
  g_assert_null (chat_contact_get_protection (contact));
  g_assert_false (is_allowed (fixture));
  chat_old_peer_await (bob, "closed");
  chat_old_peer_end (bob);

  bob = start_caller (fixture);
  chat_old_peer_await (bob, "closed");
  chat_old_peer_end (bob);
  g_assert_false (chat_link_is_up (get_link (fixture)));
  g_assert_false (chat_contact_get_asks_old_protocol (contact));
}

static void
test_upgrade (Fixture       *fixture,
              gconstpointer  data)
{
  ChatContact *contact = get_contact (fixture);
  g_autoptr (SppClient) client = spp_client_new (fixture->bob_key);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (SppSession) session = NULL;
  ChatOldPeer *bob = start_caller (fixture);

  g_test_summary ("A session of SPP/2 takes the place of one of SPP/1, and ends what was allowed");

  chat_old_peer_await (bob, "connected");
  chat_await (chat_link_is_up (get_link (fixture)));
  g_assert_cmpuint (chat_contact_get_protection (contact)->version, ==, 1);

  spp_client_connect_to_host_async (client, "127.0.0.1", chat_node_get_port (fixture->alice),
                                    get_own_key (fixture), NULL, chat_take_result, &result);
  chat_await (result != NULL);
  session = spp_client_connect_finish (client, result, NULL);
  g_assert_nonnull (session);
  chat_await (chat_contact_get_protection (contact)->version == 2);
  g_assert_true (chat_link_is_up (get_link (fixture)));
  g_assert_false (is_allowed (fixture));
  chat_old_peer_await (bob, "closed");
  chat_old_peer_end (bob);

  /* An old recording would look like this */
  bob = start_caller (fixture);
  chat_old_peer_await (bob, "closed");
  chat_old_peer_end (bob);
  g_assert_false (chat_contact_get_asks_old_protocol (contact));

  restart (fixture);
  g_assert_false (is_allowed (fixture));
}

static void
test_newcomer (Fixture       *fixture,
               gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture);
  ChatOldPeer *first = start_caller (fixture);
  ChatOldPeer *second;

  g_test_summary ("A call of SPP/1 that has proved nothing does not take over from one that has");

  chat_old_peer_await (first, "connected");
  chat_old_peer_send (first, "hello");
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_RECEIVED) == 1);
  second = start_caller (fixture);
  chat_old_peer_await (second, "connected");
  chat_send (alice, "to the first");
  chat_old_peer_await (first, "to the first");

  chat_old_peer_send (second, "hello");
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_RECEIVED) == 2);
  chat_send (alice, "to the second");
  chat_old_peer_await (second, "to the second");

  /* When that ends the first is used again */
  chat_old_peer_end (second);
  chat_old_peer_send (first, "hello");
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_RECEIVED) == 3);
  g_assert_true (chat_link_is_up (chat_conversation_get_link (alice)));
  chat_send (alice, "to the first again");
  chat_old_peer_await (first, "to the first again");
  chat_old_peer_end (first);
}

static GPtrArray *
list_hellos (Fixture *fixture)
{
  ChatStore *store = chat_profile_get_store (chat_node_get_profile (fixture->alice));
  g_autoptr (GAsyncResult) result = NULL;

  chat_store_list_ephemerals_async (store, chat_take_result, &result);
  chat_await (result != NULL);

  return chat_store_list_finish (store, result, NULL);
}

static void
test_replay (Fixture       *fixture,
             gconstpointer  data)
{
  SppPublicKey *bob_public = spp_private_key_get_public_key (fixture->bob_key);
  g_autoptr (GPtrArray) hellos = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  ChatOldPeer *bob;
  guint16 port;

  g_test_summary ("Hellos are remembered over a restart, of those who call and who are called, "
                  "until the friend is removed");

  bob = start_caller (fixture);
  chat_old_peer_await (bob, "connected");
  chat_old_peer_end (bob);
  chat_await (!chat_link_is_up (get_link (fixture)));
  bob = start_listener (fixture, &port);
  edit_contact (fixture, port, TRUE);
  chat_link_connect (get_link (fixture));
  chat_old_peer_await (bob, "connected");
  chat_old_peer_end (bob);

  restart (fixture);
  hellos = list_hellos (fixture);
  g_assert_cmpuint (hellos->len, ==, 2);
  for (guint i = 0; i < hellos->len; i++)
    {
      ChatEphemeralRecord *record = g_ptr_array_index (hellos, i);

      g_assert_false (spp_replay_guard_remember (fixture->alice->replay_guard, bob_public,
                                                 record->ephemeral));
    }

  chat_node_remove_contact_async (fixture->alice, get_contact (fixture), NULL,
                                  chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_true (chat_node_remove_contact_finish (fixture->alice, result, NULL));
  for (guint i = 0; i < hellos->len; i++)
    {
      ChatEphemeralRecord *record = g_ptr_array_index (hellos, i);

      g_assert_true (spp_replay_guard_remember (fixture->alice->replay_guard, bob_public,
                                                record->ephemeral));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, allowed, func) g_test_add (path, Fixture, allowed, set_up, func, tear_down)
  ADD ("/old-protocol/allowed", "allowed", test_allowed);
  ADD ("/old-protocol/met-when-calling", NULL, test_met_when_calling);
  ADD ("/old-protocol/met-when-called", NULL, test_met_when_called);
  ADD ("/old-protocol/taken-back", "allowed", test_taken_back);
  ADD ("/old-protocol/upgrade", "allowed", test_upgrade);
  ADD ("/old-protocol/newcomer", "allowed", test_newcomer);
  ADD ("/old-protocol/replay", "allowed", test_replay);

  return g_test_run ();
}
