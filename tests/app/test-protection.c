/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-link-private.h>
#include <chat-node-private.h>
#include <string.h>

#include "chat-test-utils.h"

/* Alice and Bob, who both have SPP Chat. The data of a test says whether both
 * have allowed SPP/1 nevertheless. */
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

static ChatContact *
get_friend (ChatNode *node)
{
  g_autoptr (ChatContact) contact = NULL;

  contact = g_list_model_get_item (G_LIST_MODEL (chat_node_get_contacts (node)), 0);

  return contact;
}

static ChatLink *
get_link (ChatNode *node)
{
  return chat_conversation_get_link (chat_node_get_conversation (node, get_friend (node)));
}

static SppPeerFlags
get_flags (ChatNode *node)
{
  SppPeerFlags flags = chat_contact_get_flags (get_friend (node));

  g_assert_cmpuint (flags, ==,
                    spp_service_get_peer_flags (node->service,
                                                chat_contact_get_public_key (get_friend (node))));

  return flags;
}

static void
befriend (ChatNode *node,
          ChatNode *other,
          gboolean  allow_spp1)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ChatContact) contact = NULL;

  chat_node_add_contact_async (node, get_key (other), "Friend", "127.0.0.1",
                               chat_node_get_port (other), allow_spp1, NULL,
                               chat_take_result, &result);
  chat_await (result != NULL);
  contact = chat_node_add_contact_finish (node, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (get_flags (node), ==,
                    allow_spp1 ? SPP_PEER_FLAGS_ALLOW_SPP1 : SPP_PEER_FLAGS_NONE);
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
  befriend (fixture->alice, fixture->bob, data != NULL);
  befriend (fixture->bob, fixture->alice, data != NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  chat_end_node (fixture->alice);
  chat_end_node (fixture->bob);
  chat_settle ();
  chat_remove_folder (fixture->folder);
}

static void
assert_spp2 (ChatNode *node)
{
  const ChatProtection *protection = chat_contact_get_protection (get_friend (node));

  g_assert_nonnull (protection);
  g_assert_cmpuint (protection->version, ==, 2);
  g_assert_cmpint (chat_contact_get_presence (get_friend (node)), ==, CHAT_PRESENCE_ONLINE);
  g_assert_false (chat_contact_get_asks_old_protocol (get_friend (node)));
  g_assert_cmpuint (get_flags (node) & SPP_PEER_FLAGS_ALLOW_SPP1, ==, 0);
}

static gboolean
is_same_session (Fixture *fixture)
{
  const ChatProtection *a = chat_contact_get_protection (get_friend (fixture->alice));
  const ChatProtection *b = chat_contact_get_protection (get_friend (fixture->bob));

  return a != NULL && b != NULL && g_str_equal (a->code, b->code);
}

static void
test_ours (Fixture       *fixture,
           gconstpointer  data)
{
  g_test_summary ("Two of ours speak SPP/2, whatever was allowed, and that is so for good");

  chat_link_connect (get_link (fixture->alice));
  if (data != NULL)
    chat_link_connect (get_link (fixture->bob));
  chat_await (chat_link_is_up (get_link (fixture->alice))
              && chat_link_is_up (get_link (fixture->bob)));
  assert_spp2 (fixture->alice);
  assert_spp2 (fixture->bob);
  /* Calls that cross take a moment to find together */
  chat_await (is_same_session (fixture));

  chat_end_node (fixture->alice);
  chat_end_node (fixture->bob);
  fixture->alice = chat_start_profile (fixture->folder, "alice");
  fixture->bob = chat_start_profile (fixture->folder, "bob");
  g_assert_cmpuint (get_flags (fixture->alice) & SPP_PEER_FLAGS_ALLOW_SPP1, ==, 0);
  g_assert_cmpuint (get_flags (fixture->bob) & SPP_PEER_FLAGS_ALLOW_SPP1, ==, 0);
}

static void
test_not_asked (Fixture       *fixture,
                  gconstpointer  data)
{
  ChatContact *contact = get_friend (fixture->alice);
  ChatLink *link = get_link (fixture->alice);

  g_test_summary ("Whoever speaks SPP/2 is not asked about");

  chat_link_connect (link);
  chat_await (chat_link_is_up (link));
  chat_link_close (link);
  chat_contact_meet_old_protocol (contact);
  g_assert_false (chat_contact_get_asks_old_protocol (contact));
}

static void
test_post_quantum (Fixture       *fixture,
                   gconstpointer  data)
{
  ChatProtection protection = { .version = 2, .post_quantum = TRUE, .code = (char *) "000" };
  ChatContact *contact = get_friend (fixture->alice);
  ChatLink *link;

  g_test_summary ("Whoever had ML-KEM once has to have it, after a restart too");

  /* Not every libsodium has it, so that it is only said here */
  chat_contact_set_protection (contact, &protection);
  g_assert_cmpuint (get_flags (fixture->alice), ==, SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM);
  chat_end_node (fixture->alice);
  fixture->alice = chat_start_profile (fixture->folder, "alice");
  contact = get_friend (fixture->alice);
  link = get_link (fixture->alice);
  g_assert_cmpuint (get_flags (fixture->alice), ==, SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM);
  chat_contact_meet_old_protocol (contact);
  g_assert_false (chat_contact_get_asks_old_protocol (contact));

  chat_link_connect (link);
  chat_await (chat_contact_get_presence (contact) != CHAT_PRESENCE_CONNECTING);
  if (chat_link_is_up (link))
    g_assert_true (chat_contact_get_protection (contact)->post_quantum);
  else
    g_assert_nonnull (strstr (chat_contact_get_status (contact), "Somebody tried to weaken"));
}

static void
test_farewell (Fixture       *fixture,
               gconstpointer  data)
{
  ChatContact *contact = get_friend (fixture->alice);
  ChatLink *link = get_link (fixture->alice);

  g_test_summary ("A farewell is told from a cut");

  chat_link_connect (link);
  chat_await (chat_link_is_up (link) && chat_link_is_up (get_link (fixture->bob)));
  chat_link_close (get_link (fixture->bob));
  chat_await (!chat_link_is_up (link));
  g_assert_cmpstr (chat_contact_get_status (contact), ==, "Went offline");
  g_assert_false (chat_contact_get_failed (contact));
  g_assert_null (chat_contact_get_protection (contact));

  chat_link_connect (link);
  chat_await (chat_link_is_up (link) && chat_link_is_up (get_link (fixture->bob)));
  spp_session_abort (get_link (fixture->bob)->current->session);
  chat_await (!chat_link_is_up (link));
  g_assert_cmpstr (chat_contact_get_status (contact), ==, "The connection to Friend was lost.");
  g_assert_true (chat_contact_get_failed (contact));
}

static void
test_learn (void)
{
  static const struct
  {
    ChatProtection protection;
    SppPeerFlags   before;
    SppPeerFlags   after;
  } rows[] = {
    { { .version = 1 }, SPP_PEER_FLAGS_ALLOW_SPP1, SPP_PEER_FLAGS_ALLOW_SPP1 },
    { { .version = 2 }, SPP_PEER_FLAGS_ALLOW_SPP1, SPP_PEER_FLAGS_NONE },
    { { .version = 2 }, SPP_PEER_FLAGS_NONE, SPP_PEER_FLAGS_NONE },
    { { .version = 2, .post_quantum = TRUE }, SPP_PEER_FLAGS_ALLOW_SPP1,
      SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM },
    { { .version = 2 }, SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM,
      SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (chat_protection_learn (&rows[i].protection, rows[i].before), ==,
                      rows[i].after);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, allowed, func) g_test_add (path, Fixture, allowed, set_up, func, tear_down)
  ADD ("/protection/ours", NULL, test_ours);
  ADD ("/protection/ours/old-allowed", "allowed", test_ours);
  ADD ("/protection/not-asked", NULL, test_not_asked);
  ADD ("/protection/post-quantum", NULL, test_post_quantum);
  ADD ("/protection/farewell", NULL, test_farewell);
  g_test_add_func ("/protection/learn", test_learn);

  return g_test_run ();
}
