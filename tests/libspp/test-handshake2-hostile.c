/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* The handshake of SPP/2 with a peer who has keys and says what he likes. */

#include <string.h>

#include "spp-error.h"
#include "spp-test-friends.h"
#include "spp-test-kem.h"

#define POST_QUANTUM 1

typedef SppTestFriends Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  spp_test_kem_set_available (FALSE);
  spp_test_friends_set_up (fixture, data);
}

static const guint8 *
get_raw (SppPublicKey *key)
{
  return g_bytes_get_data (spp_public_key_get_bytes (key), NULL);
}

static void
negate (guint8        raw[SPP_PUBLIC_KEY_SIZE],
        SppPublicKey *key)
{
  memcpy (raw, get_raw (key), SPP_PUBLIC_KEY_SIZE);
  raw[SPP_PUBLIC_KEY_SIZE - 1] ^= 0x80;
}

static SppPublicKey *
negative_new (SppPublicKey *key)
{
  guint8 raw[SPP_PUBLIC_KEY_SIZE];
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  SppPublicKey *negative;

  negate (raw, key);
  bytes = g_bytes_new (raw, sizeof raw);
  negative = spp_public_key_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return negative;
}

/* Alice by hand, with the key of somebody. */
static void
begin_caller (Fixture       *fixture,
              SppPrivateKey *key)
{
  spp_test_manual_init (&fixture->manual, key,
                        spp_private_key_get_public_key (fixture->bob_key));
}

static void
refuse (SppHandshake2 *handshake,
        gboolean       initiator,
        GBytes        *frame,
        int            code)
{
  g_autoptr (GBytes) owned = frame;
  g_autoptr (GError) error = NULL;
  gsize size = g_bytes_get_size (owned);

  g_assert_cmpuint (spp_test_handshake2_feed (handshake, g_bytes_get_data (owned, NULL), size,
                                              FALSE, &error),
                    ==, size);
  g_assert_error (error, SPP_ERROR, code);
  spp_test_handshake2_assert_dead (handshake, initiator);
}

/* Bob answers message 1 as always, and message 3 never. */
static void
bob_refuses (Fixture *fixture,
             int      code)
{
  g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (fixture, 0);
  g_autoptr (GBytes) message2 = NULL;

  message2 = spp_test_handshake2_exchange (bob,
                                           spp_test_manual_write_ephemeral (&fixture->manual));
  g_assert_nonnull (message2);
  spp_test_manual_read_ephemeral (&fixture->manual, message2);
  refuse (bob, FALSE, spp_test_manual_write_message3 (&fixture->manual), code);
}

/* Alice of ours, who has sent message 3 to Bob by hand. */
static SppHandshake2 *
call_manual_bob (Fixture *fixture)
{
  SppHandshake2 *alice = spp_test_friends_new_alice (fixture, 0);
  g_autoptr (GBytes) message1 = spp_handshake2_take_output (alice);
  g_autoptr (GBytes) message3 = NULL;

  spp_test_manual_init (&fixture->manual, fixture->bob_key, NULL);
  spp_test_manual_read_ephemeral (&fixture->manual, message1);
  message3 = spp_test_handshake2_exchange (alice,
                                           spp_test_manual_write_ephemeral (&fixture->manual));
  g_assert_true (spp_test_manual_read_message3 (&fixture->manual, message3));
  return alice;
}

static GBytes *
seal_hello (Fixture *fixture)
{
  return spp_test_manual_seal (&fixture->manual, SPP_RECORD_HELLO, fixture->manual.hello,
                               SPP_HANDSHAKE2_HELLO_SIZE);
}

/* ## Who it is */

static void
test_by_hand (Fixture       *fixture,
              gconstpointer  data)
{
  g_test_summary ("A handshake by hand that does everything right succeeds");
  for (guint i = 0; i < 2; i++)
    {
      SppTestManual *manual = &fixture->manual;
      SppPublicKey *other;

      spp_test_friends_meet_one (fixture, i == 0, 0, 0);
      g_assert_cmpmem (spp_record_layer_get_channel_binding (spp_test_friends_get_ours (fixture)),
                       SPP_CRYPTO_DIGEST_SIZE, manual->h, sizeof manual->h);
      other = spp_private_key_get_public_key (i == 0 ? fixture->alice_key : fixture->bob_key);
      g_assert_cmpmem (manual->peer_hello, SPP_PUBLIC_KEY_SIZE, get_raw (other),
                       SPP_PUBLIC_KEY_SIZE);
    }
  g_assert_cmpuint (fixture->asked, ==, 1);
}

static void
test_stranger (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();

  g_test_summary ("Who is no friend is met with silence");
  begin_caller (fixture, carol);
  bob_refuses (fixture, SPP_ERROR_UNKNOWN_PEER);
  g_assert_cmpuint (fixture->asked, ==, 1);

  g_ptr_array_set_size (fixture->friends, 0);
  begin_caller (fixture, fixture->alice_key);
  bob_refuses (fixture, SPP_ERROR_UNKNOWN_PEER);
}

static void
test_other_hello (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();
  SppPublicKey *alice_public = spp_private_key_get_public_key (fixture->alice_key);

  g_test_summary ("A caller's HELLO has the key that the caller agreed with");
  begin_caller (fixture, carol);
  spp_test_manual_set_hello (&fixture->manual, get_raw (alice_public), 0, 0);
  bob_refuses (fixture, SPP_ERROR_UNKNOWN_PEER);

  /* Nor does one friend pass for another. */
  g_ptr_array_add (fixture->friends, spp_test_public_key (carol));
  begin_caller (fixture, carol);
  spp_test_manual_set_hello (&fixture->manual, get_raw (alice_public), 0, 0);
  bob_refuses (fixture, SPP_ERROR_UNKNOWN_PEER);
  begin_caller (fixture, fixture->alice_key);
  spp_test_manual_set_hello (&fixture->manual,
                             get_raw (spp_private_key_get_public_key (carol)), 0, 0);
  bob_refuses (fixture, SPP_ERROR_UNKNOWN_PEER);
  /* The public half alone makes nobody a friend. */
  begin_caller (fixture, carol);
  spp_test_manual_set_hello (&fixture->manual, get_raw (alice_public), 0, 0);
  {
    g_autoptr (SppPrivateKey) alice = spp_private_key_ref (fixture->alice_key);
    SppTestManual impostor;

    spp_test_manual_init (&impostor, alice, spp_private_key_get_public_key (fixture->bob_key));
    memcpy (fixture->manual.static_public, impostor.static_public, SPP_CRYPTO_X25519_SIZE);
  }
  bob_refuses (fixture, SPP_ERROR_BAD_TAG);
}

static void
test_negative_caller (Fixture       *fixture,
                      gconstpointer  data)
{
  SppPublicKey *alice_public = spp_private_key_get_public_key (fixture->alice_key);
  guint8 raw[SPP_PUBLIC_KEY_SIZE];

  g_test_summary ("The negative of a friend's key is not the friend");
  negate (raw, alice_public);
  begin_caller (fixture, fixture->alice_key);
  spp_test_manual_set_hello (&fixture->manual, raw, 0, 0);
  bob_refuses (fixture, SPP_ERROR_UNKNOWN_PEER);

  g_ptr_array_set_size (fixture->friends, 0);
  g_ptr_array_add (fixture->friends, negative_new (alice_public));
  begin_caller (fixture, fixture->alice_key);
  bob_refuses (fixture, SPP_ERROR_UNKNOWN_PEER);
}

static void
test_negative_responder (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autoptr (SppPublicKey) negative =
    negative_new (spp_private_key_get_public_key (fixture->bob_key));
  g_autoptr (SppHandshake2) caller = NULL;
  g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (fixture, 0);
  g_autoptr (SppHandshake2) alice = NULL;
  GBytes *frame;

  g_test_summary ("Who calls the negative of a key reaches nobody, and nobody answers as it");
  caller = spp_handshake2_new_initiator (fixture->alice_key, negative, SPP_PEER_FLAGS_NONE, 0);
  frame = spp_test_handshake2_exchange (bob, spp_handshake2_take_output (caller));
  refuse (bob, FALSE, spp_test_handshake2_exchange (caller, frame), SPP_ERROR_BAD_TAG);
  g_assert_cmpuint (fixture->asked, ==, 0);

  alice = call_manual_bob (fixture);
  spp_test_manual_set_hello (&fixture->manual, get_raw (negative), 0, 0);
  refuse (alice, TRUE, seal_hello (fixture), SPP_ERROR_BAD_RECORD);
}

static void
test_wrong_address (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();
  g_autoptr (SppHandshake2) caller = NULL;
  g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (fixture, 0);
  GBytes *frame;

  g_test_summary ("A friend who calls somebody else is met with silence");
  caller = spp_handshake2_new_initiator (fixture->alice_key,
                                         spp_private_key_get_public_key (carol),
                                         SPP_PEER_FLAGS_NONE, 0);
  frame = spp_test_handshake2_exchange (bob, spp_handshake2_take_output (caller));
  refuse (bob, FALSE, spp_test_handshake2_exchange (caller, frame), SPP_ERROR_BAD_TAG);
  g_assert_cmpuint (fixture->asked, ==, 0);
}

/* ## The responder's HELLO */

static void
test_responder_hello (Fixture       *fixture,
                      gconstpointer  data)
{
  static const guint8 lengths[] = { 0, 1, 32, 48, 63, 65, 128 };
  SppPublicKey *bob_public = spp_private_key_get_public_key (fixture->bob_key);
  guint8 long_hello[128] = { 0 };

  g_test_summary ("The responder's first record is a HELLO of the right length and key");
  memcpy (long_hello, get_raw (bob_public), SPP_PUBLIC_KEY_SIZE);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (SppHandshake2) alice = call_manual_bob (fixture);

      refuse (alice, TRUE, spp_test_manual_seal (&fixture->manual, SPP_RECORD_HELLO, long_hello,
                                                 lengths[i]), SPP_ERROR_BAD_RECORD);
    }
  for (guint type = 0; type < 256; type++)
    {
      g_autoptr (SppHandshake2) alice = NULL;

      if (type == SPP_RECORD_HELLO)
        continue;
      alice = call_manual_bob (fixture);
      refuse (alice, TRUE, spp_test_manual_seal (&fixture->manual, type, fixture->manual.hello,
                                                 SPP_HANDSHAKE2_HELLO_SIZE),
              SPP_ERROR_BAD_RECORD);
    }
  for (guint place = 0; place < SPP_PUBLIC_KEY_SIZE; place++)
    {
      g_autoptr (SppHandshake2) alice = call_manual_bob (fixture);

      fixture->manual.hello[place] ^= 1 << place % 8;
      refuse (alice, TRUE, seal_hello (fixture), SPP_ERROR_BAD_RECORD);
    }
}

static void
test_hello_of_another (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();
  g_autoptr (SppHandshake2) alice = call_manual_bob (fixture);
  SppTestManual *manual = &fixture->manual;
  g_autoptr (GBytes) message1 = NULL;
  g_autoptr (GBytes) message3 = NULL;

  g_test_summary ("Nobody but who was called can answer");
  spp_test_manual_set_hello (manual, get_raw (spp_private_key_get_public_key (carol)), 0, 0);
  refuse (alice, TRUE, seal_hello (fixture), SPP_ERROR_BAD_RECORD);

  g_clear_pointer (&alice, spp_handshake2_free);
  alice = call_manual_bob (fixture);
  spp_test_manual_set_hello (manual,
                             get_raw (spp_private_key_get_public_key (fixture->alice_key)), 0, 0);
  refuse (alice, TRUE, seal_hello (fixture), SPP_ERROR_BAD_RECORD);

  /* Carol has not the key to read message 3. */
  g_clear_pointer (&alice, spp_handshake2_free);
  alice = spp_test_friends_new_alice (fixture, 0);
  spp_test_manual_init (manual, fixture->bob_key, NULL);
  {
    SppTestManual other;

    spp_test_manual_init (&other, carol, NULL);
    memcpy (manual->static_secret, other.static_secret, sizeof manual->static_secret);
  }
  message1 = spp_handshake2_take_output (alice);
  spp_test_manual_read_ephemeral (manual, message1);
  message3 = spp_test_handshake2_exchange (alice, spp_test_manual_write_ephemeral (manual));
  g_assert_false (spp_test_manual_read_message3 (manual, message3));
}

/* ## Ephemerals */

static void
test_reflected (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (SppHandshake2) alice = spp_test_friends_new_alice (fixture, 0);
  g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (fixture, 0);
  g_autoptr (GBytes) message2 = NULL;

  g_test_summary ("One's own ephemeral is refused, at both ends");
  refuse (alice, TRUE, spp_handshake2_take_output (alice), SPP_ERROR_REFLECTED);

  begin_caller (fixture, fixture->alice_key);
  spp_handshake2_set_ephemeral (bob, spp_secret_new_copy (fixture->manual.ephemeral,
                                                          SPP_CRYPTO_X25519_SIZE));
  message2 = spp_test_handshake2_exchange (bob,
                                           spp_test_manual_write_ephemeral (&fixture->manual));
  spp_test_manual_read_ephemeral (&fixture->manual, message2);
  g_assert_cmpmem (fixture->manual.peer_ephemeral, SPP_CRYPTO_X25519_SIZE,
                   fixture->manual.ephemeral_public, SPP_CRYPTO_X25519_SIZE);
  refuse (bob, FALSE, spp_test_manual_write_message3 (&fixture->manual), SPP_ERROR_REFLECTED);
  g_assert_cmpuint (fixture->asked, ==, 0);
}

static void
get_low_order (guint8 point[SPP_CRYPTO_X25519_SIZE],
               guint  number)
{
  memcpy (point, spp_test_low_order[number / 2], SPP_CRYPTO_X25519_SIZE);
  point[SPP_CRYPTO_X25519_SIZE - 1] |= number % 2 << 7;
  g_assert_true (spp_crypto_x25519_is_weak (point));
}

static void
test_low_order (Fixture       *fixture,
                gconstpointer  data)
{
  g_test_summary ("An agreement of which everybody knows the result is none");
  for (guint i = 0; i < 2 * SPP_TEST_N_LOW_ORDER; i++)
    {
      g_autoptr (SppHandshake2) alice = spp_test_friends_new_alice (fixture, 0);
      g_autoptr (GBytes) message1 = spp_handshake2_take_output (alice);

      /* ee and es at the responder */
      begin_caller (fixture, fixture->alice_key);
      get_low_order (fixture->manual.ephemeral_public, i);
      bob_refuses (fixture, SPP_ERROR_WEAK_EPHEMERAL);

      /* se at the responder */
      begin_caller (fixture, fixture->alice_key);
      get_low_order (fixture->manual.static_public, i);
      bob_refuses (fixture, SPP_ERROR_WEAK_EPHEMERAL);

      /* All of them */
      begin_caller (fixture, fixture->alice_key);
      get_low_order (fixture->manual.static_public, i);
      get_low_order (fixture->manual.ephemeral_public, i);
      bob_refuses (fixture, SPP_ERROR_WEAK_EPHEMERAL);

      /* ee and se at the initiator, who does not say message 3 */
      spp_test_manual_init (&fixture->manual, fixture->bob_key, NULL);
      get_low_order (fixture->manual.ephemeral_public, i);
      refuse (alice, TRUE, spp_test_manual_write_ephemeral (&fixture->manual),
              SPP_ERROR_WEAK_EPHEMERAL);
    }
  g_assert_cmpuint (fixture->asked, ==, 0);
}

/* ## What HELLO says */

static void
test_limits (Fixture       *fixture,
             gconstpointer  data)
{
  static const guint64 limits[] = { 0, 1, 65517, G_GUINT64_CONSTANT (0x0102030405060708),
                                    G_MAXUINT64 };

  g_test_summary ("The limits of both are known to both");
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    for (guint j = 0; j < 2; j++)
      {
        SppTestManual *manual = &fixture->manual;
        const SppRecordTerms *terms;
        guint64 said;

        spp_test_friends_meet_one (fixture, j == 0, 0, limits[i]);
        terms = spp_record_layer_get_terms (spp_test_friends_get_ours (fixture));
        memcpy (&said, manual->peer_hello + 40, sizeof said);
        g_assert_cmpuint (GUINT64_FROM_LE (said), ==, limits[i]);
        g_assert_cmpuint (terms->max_incoming, ==, limits[i]);
        g_assert_cmpuint (terms->max_outgoing, ==, 0);
        for (guint place = 32; place < 64; place++)
          if (place < 40 || place >= 48)
            g_assert_cmpuint (manual->peer_hello[place], ==, 0);
      }
}

/* What is sent as zero may mean something to those who come after us. */
static void
test_reserved (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (fixture, 7);
  g_autoptr (SppHandshake2) alice = NULL;
  g_autoptr (SppRecordLayer) layer = NULL;
  SppTestManual *manual = &fixture->manual;
  g_autoptr (GBytes) message2 = NULL;
  g_autoptr (GBytes) hello = NULL;

  g_test_summary ("Unknown features and reserved bytes are ignored");
  begin_caller (fixture, fixture->alice_key);
  memset (manual->hello + 32, 0xff, 32);
  message2 = spp_test_handshake2_exchange (bob, spp_test_manual_write_ephemeral (manual));
  spp_test_manual_read_ephemeral (manual, message2);
  hello = spp_test_handshake2_exchange (bob, spp_test_manual_write_message3 (manual));
  g_assert_nonnull (hello);
  layer = spp_handshake2_take_layer (bob);
  g_assert_false (spp_record_layer_get_terms (layer)->post_quantum);
  g_assert_cmpuint (spp_record_layer_get_terms (layer)->max_outgoing, ==, G_MAXUINT64);
  g_assert_cmpuint (spp_record_layer_get_terms (layer)->max_incoming, ==, 7);
  g_clear_pointer (&layer, spp_record_layer_free);

  alice = call_manual_bob (fixture);
  memset (manual->hello + 32, 0xff, 32);
  g_assert_null (spp_test_handshake2_exchange (alice, seal_hello (fixture)));
  layer = spp_handshake2_take_layer (alice);
  g_assert_false (spp_record_layer_get_terms (layer)->post_quantum);
  g_assert_true (spp_record_layer_may_send (layer));
}

typedef struct
{
  const char   *name;
  gboolean      available;
  guint64       features;
  SppPeerFlags  flags;
  gboolean      on;
  gboolean      refused;
} FeatureCase;

static const FeatureCase feature_cases[] = {
  { "both", TRUE, POST_QUANTUM, SPP_PEER_FLAGS_NONE, TRUE, FALSE },
  { "only-ours", TRUE, 0, SPP_PEER_FLAGS_NONE, FALSE, FALSE },
  { "only-theirs", FALSE, POST_QUANTUM, SPP_PEER_FLAGS_NONE, FALSE, FALSE },
  { "other-bits", TRUE, ~G_GUINT64_CONSTANT (1), SPP_PEER_FLAGS_NONE, FALSE, FALSE },
  { "all-bits", TRUE, G_MAXUINT64, SPP_PEER_FLAGS_NONE, TRUE, FALSE },
  { "required", TRUE, POST_QUANTUM, SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM, TRUE, FALSE },
  { "required-not-theirs", TRUE, 0, SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM, FALSE, TRUE },
  { "required-not-ours", FALSE, POST_QUANTUM, SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM, FALSE, TRUE },
  { "required-other-bits", TRUE, ~G_GUINT64_CONSTANT (1), SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM,
    FALSE, TRUE },
  { "other-flag", TRUE, 0, SPP_PEER_FLAGS_ALLOW_SPP1, FALSE, FALSE },
};

static void
test_features (Fixture       *fixture,
               gconstpointer  data)
{
  const FeatureCase *row = data;
  SppTestManual *manual = &fixture->manual;
  g_autoptr (SppHandshake2) alice = NULL;

  g_test_summary ("A feature is on when both have it, and can be required of a friend");
  spp_test_kem_set_available (row->available);
  fixture->flags = row->flags;
  if (!row->refused)
    {
      for (guint i = 0; i < 2; i++)
        {
          SppRecordLayer *layer;

          spp_test_friends_meet_one (fixture, i == 0, row->features, 0);
          layer = spp_test_friends_get_ours (fixture);
          g_assert_cmpint (spp_record_layer_get_terms (layer)->post_quantum, ==, row->on);
          g_assert_cmpint (spp_record_layer_may_send (layer), ==, !row->on);
          g_assert_cmpuint (manual->peer_hello[32], ==, row->available);
        }
      return;
    }
  begin_caller (fixture, fixture->alice_key);
  spp_test_manual_set_hello (manual,
                             get_raw (spp_private_key_get_public_key (fixture->alice_key)),
                             row->features, 0);
  bob_refuses (fixture, SPP_ERROR_DOWNGRADED);

  alice = call_manual_bob (fixture);
  spp_test_manual_set_hello (manual,
                             get_raw (spp_private_key_get_public_key (fixture->bob_key)),
                             row->features, 0);
  refuse (alice, TRUE, seal_hello (fixture), SPP_ERROR_DOWNGRADED);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add (path, Fixture, data, set_up, func, \
                                          spp_test_friends_tear_down)
  add ("/spp/handshake2/by-hand", NULL, test_by_hand);
  add ("/spp/handshake2/stranger", NULL, test_stranger);
  add ("/spp/handshake2/other-hello", NULL, test_other_hello);
  add ("/spp/handshake2/negative/caller", NULL, test_negative_caller);
  add ("/spp/handshake2/negative/responder", NULL, test_negative_responder);
  add ("/spp/handshake2/wrong-address", NULL, test_wrong_address);
  add ("/spp/handshake2/responder-hello", NULL, test_responder_hello);
  add ("/spp/handshake2/hello-of-another", NULL, test_hello_of_another);
  add ("/spp/handshake2/reflected", NULL, test_reflected);
  add ("/spp/handshake2/low-order", NULL, test_low_order);
  add ("/spp/handshake2/limits", NULL, test_limits);
  add ("/spp/handshake2/reserved", NULL, test_reserved);
  for (guint i = 0; i < G_N_ELEMENTS (feature_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/spp/handshake2/features/", feature_cases[i].name,
                                           NULL);

      add (path, &feature_cases[i], test_features);
    }
#undef add

  return g_test_run ();
}
