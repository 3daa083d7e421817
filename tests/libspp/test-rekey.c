/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* New keys within a session of SPP/2. When they are due is in test-rekey-limits.c,
 * ML-KEM in test-rekey-kem.c. */

#include <string.h>

#include "spp-error.h"
#include "spp-test-friends.h"

#define KEY_SIZE SPP_CRYPTO_X25519_SIZE

typedef SppTestFriends Fixture;

static SppRecordLayer *
meet_one (Fixture  *fixture,
          gboolean  initiator)
{
  spp_test_friends_meet_one (fixture, initiator, 0, 0);
  return spp_test_friends_get_ours (fixture);
}

static void
make_ephemeral (guint8 *secret,
                guint8 *public)
{
  spp_crypto_random (secret, KEY_SIZE);
  spp_crypto_x25519_public (public, secret);
}

static GBytes *
manual_open (Fixture *fixture,
             GBytes  *frame,
             guint8   expected_type)
{
  guint8 type;
  GBytes *body = spp_test_manual_open (&fixture->manual, frame, &type);

  g_assert_nonnull (body);
  g_assert_cmpuint (type, ==, expected_type);
  return body;
}

/* Ours is the initiator, and has asked; @public goes into the answer. */
static GBytes *
manual_answer (Fixture      *fixture,
               GBytes       *request_frame,
               const guint8 *secret,
               const guint8 *public)
{
  g_autoptr (GBytes) request = manual_open (fixture, request_frame, SPP_RECORD_REKEY);
  g_autoptr (GBytes) answer = g_bytes_new (public, KEY_SIZE);
  GBytes *frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY_ACK, public, KEY_SIZE);

  g_assert_cmpuint (g_bytes_get_size (request), ==, KEY_SIZE);
  spp_test_manual_rekey (&fixture->manual, secret, request, answer, NULL);
  return frame;
}

static void
rekey_by_hand (Fixture  *fixture,
               gboolean  initiator)
{
  SppRecordLayer *ours = spp_test_friends_get_ours (fixture);
  guint8 secret[KEY_SIZE], public[KEY_SIZE];
  g_autoptr (GBytes) request_frame = NULL;
  g_autoptr (GBytes) answer_frame = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;

  make_ephemeral (secret, public);
  if (initiator)
    {
      request_frame = spp_test_layer_rekey (ours);
      answer_frame = manual_answer (fixture, request_frame, secret, public);
      spp_test_layer_expect (ours, answer_frame, SPP_RECORD_REKEY_ACK, public, KEY_SIZE);
      g_assert_false (spp_record_layer_is_rekeying (ours));
      return;
    }
  request = g_bytes_new (public, KEY_SIZE);
  request_frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, public, KEY_SIZE);
  spp_test_layer_expect (ours, request_frame, SPP_RECORD_REKEY, public, KEY_SIZE);
  answer_frame = spp_test_layer_take_answer (ours);
  answer = manual_open (fixture, answer_frame, SPP_RECORD_REKEY_ACK);
  g_assert_cmpuint (g_bytes_get_size (answer), ==, KEY_SIZE);
  spp_test_manual_rekey (&fixture->manual, secret, request, answer, NULL);
}

static void
talk_by_hand (Fixture *fixture)
{
  SppRecordLayer *ours = spp_test_friends_get_ours (fixture);
  g_autoptr (GBytes) to = spp_test_manual_seal (&fixture->manual, SPP_RECORD_LAST, "a", 1);
  g_autoptr (GBytes) from = spp_test_layer_seal (ours, SPP_RECORD_LAST, "b", 1);
  g_autoptr (GBytes) body = manual_open (fixture, from, SPP_RECORD_LAST);

  g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), "b", 1);
  spp_test_layer_expect (ours, to, SPP_RECORD_LAST, "a", 1);
}

static void
test_by_hand (Fixture       *fixture,
              gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  SppRecordLayer *ours = meet_one (fixture, initiator);
  guint8 binding[SPP_CRYPTO_DIGEST_SIZE];
  g_autoptr (GHashTable) bodies = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                         (GDestroyNotify) g_bytes_unref, NULL);

  g_test_summary ("The keys after some rekeys are those that the specification derives");
  memcpy (binding, spp_record_layer_get_channel_binding (ours), sizeof binding);
  for (guint i = 0; i < 20; i++)
    {
      talk_by_hand (fixture);
      g_assert_cmpuint (spp_record_layer_get_rekeys (ours), ==, i);
      rekey_by_hand (fixture, initiator);
    }
  talk_by_hand (fixture);
  g_assert_cmpmem (binding, sizeof binding, spp_record_layer_get_channel_binding (ours),
                   SPP_CRYPTO_DIGEST_SIZE);

  /* No ephemeral is used twice. */
  for (guint i = 0; i < 20 && initiator; i++)
    {
      g_autoptr (GBytes) frame = NULL;

      ours = meet_one (fixture, TRUE);
      frame = spp_test_layer_rekey (ours);
      g_assert_true (g_hash_table_add (bodies, manual_open (fixture, frame, SPP_RECORD_REKEY)));
    }
}

/* ## What must be refused */

static void
test_low_order (Fixture       *fixture,
                gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);

  g_test_summary ("An ephemeral with which everybody agrees on the same is refused");
  for (guint i = 0; i < 2 * SPP_TEST_N_LOW_ORDER; i++)
    {
      SppRecordLayer *ours = meet_one (fixture, initiator);
      guint8 secret[KEY_SIZE], public[KEY_SIZE];
      g_autoptr (GBytes) request = NULL;
      g_autoptr (GBytes) frame = NULL;

      make_ephemeral (secret, public);
      memcpy (public, spp_test_low_order[i / 2], KEY_SIZE);
      public[KEY_SIZE - 1] |= i % 2 << 7;
      if (initiator)
        {
          request = spp_test_layer_rekey (ours);
          frame = manual_answer (fixture, request, secret, public);
        }
      else
        {
          frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, public, KEY_SIZE);
        }
      spp_test_layer_refuse (ours, frame, SPP_ERROR_WEAK_EPHEMERAL);
      g_assert_false (spp_record_layer_has_answer (ours));
      g_assert_cmpuint (spp_record_layer_get_rekeys (ours), ==, 0);
    }
}

static void
test_reflected (Fixture       *fixture,
                gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, TRUE);
  guint8 secret[KEY_SIZE], public[KEY_SIZE];
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;

  g_test_summary ("One's own ephemeral is refused");
  make_ephemeral (secret, public);
  spp_record_layer_set_secrets (ours, spp_secret_new_copy (secret, KEY_SIZE), NULL);
  request = spp_test_layer_rekey (ours);
  answer = manual_answer (fixture, request, secret, public);
  spp_test_layer_refuse (ours, answer, SPP_ERROR_REFLECTED);
  g_assert_cmpuint (spp_record_layer_get_rekeys (ours), ==, 0);
}

static void
test_second (Fixture       *fixture,
             gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, FALSE);
  guint8 secret[KEY_SIZE], public[KEY_SIZE];
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) second = NULL;

  g_test_summary ("There is no second REKEY before the first is answered");
  make_ephemeral (secret, public);
  request = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, public, KEY_SIZE);
  spp_test_layer_expect (ours, request, SPP_RECORD_REKEY, public, KEY_SIZE);
  second = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, public, KEY_SIZE);
  spp_test_layer_refuse (ours, second, SPP_ERROR_BAD_TAG);
}

/* The initiator has promised to say nothing until it has the answer. */
static void
test_no_data_after (Fixture       *fixture,
                    gconstpointer  data)
{
  for (SppRecordType type = SPP_RECORD_DATA; type <= SPP_RECORD_PAD; type++)
    {
      SppRecordLayer *ours = meet_one (fixture, FALSE);
      guint8 secret[KEY_SIZE], public[KEY_SIZE];
      g_autoptr (GBytes) request = NULL;
      g_autoptr (GBytes) more = NULL;

      make_ephemeral (secret, public);
      request = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, public, KEY_SIZE);
      spp_test_layer_expect (ours, request, SPP_RECORD_REKEY, public, KEY_SIZE);
      more = spp_test_manual_seal (&fixture->manual, type, "x", 1);
      spp_test_layer_refuse (ours, more, SPP_ERROR_BAD_TAG);
    }
}

static void
test_second_answer (Fixture       *fixture,
                    gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, TRUE);
  guint8 secret[KEY_SIZE], public[KEY_SIZE];
  g_autoptr (GBytes) request = spp_test_layer_rekey (ours);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) second = NULL;

  g_test_summary ("A REKEY is answered once");
  make_ephemeral (secret, public);
  answer = manual_answer (fixture, request, secret, public);
  second = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY_ACK, public, KEY_SIZE);
  spp_test_layer_expect (ours, answer, SPP_RECORD_REKEY_ACK, public, KEY_SIZE);
  spp_test_layer_refuse (ours, second, SPP_ERROR_BAD_RECORD);
}

static void
test_wrong_keys (Fixture       *fixture,
                 gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);

  g_test_summary ("The old keys are of no use after a rekey, nor the new ones before");
  for (guint i = 0; i < 2; i++)
    {
      SppRecordLayer *ours = meet_one (fixture, initiator);
      SppTestManual old = fixture->manual;
      g_autoptr (GBytes) frame = NULL;

      rekey_by_hand (fixture, initiator);
      if (i == 0)
        {
          old.sent++;
          spp_crypto_noise_rekey (old.sending_key);
          frame = spp_test_manual_seal (&old, SPP_RECORD_LAST, "x", 1);
          spp_test_layer_refuse (ours, frame, SPP_ERROR_BAD_TAG);
          continue;
        }
      /* The numbers begin anew. */
      fixture->manual.sent = old.sent + 1;
      frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_LAST, "x", 1);
      spp_test_layer_refuse (ours, frame, SPP_ERROR_BAD_TAG);
    }
}

static void
test_new_keys_too_early (Fixture       *fixture,
                         gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, TRUE);
  guint8 secret[KEY_SIZE], public[KEY_SIZE];
  g_autoptr (GBytes) request = spp_test_layer_rekey (ours);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) early = NULL;

  g_test_summary ("Before REKEY_ACK nothing comes under the new keys");
  make_ephemeral (secret, public);
  answer = manual_answer (fixture, request, secret, public);
  early = spp_test_manual_seal (&fixture->manual, SPP_RECORD_LAST, "x", 1);
  spp_test_layer_refuse (ours, early, SPP_ERROR_BAD_TAG);
}

/* ## What goes on meanwhile */

static void
test_answer_first (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) text = NULL;
  gsize size = spp_record_get_frame_size (KEY_SIZE);

  g_test_summary ("An answer that is due goes before all else");
  spp_test_friends_meet (fixture);
  request = spp_test_layer_rekey (fixture->alice);
  spp_test_layer_expect (fixture->bob, request, SPP_RECORD_REKEY, NULL, 0);
  g_assert_true (spp_record_layer_may_send (fixture->bob));
  output = spp_test_layer_seal (fixture->bob, SPP_RECORD_LAST, "hello", 5);
  g_assert_false (spp_record_layer_has_answer (fixture->bob));
  g_assert_cmpuint (g_bytes_get_size (output), ==, 2 * size);
  answer = g_bytes_new_from_bytes (output, 0, size);
  text = g_bytes_new_from_bytes (output, size, size);
  spp_test_layer_expect (fixture->alice, answer, SPP_RECORD_REKEY_ACK, NULL, 0);
  spp_test_layer_expect (fixture->alice, text, SPP_RECORD_LAST, "hello", 5);
  spp_test_layer_talk (fixture->alice, fixture->bob);
  spp_test_layer_talk (fixture->bob, fixture->alice);
}

/* Everything is under way at the same time: the friends take it in the order in
 * which it was said, and the parts around the new keys make one message. */
static void
test_crossing (Fixture       *fixture,
               gconstpointer  data)
{
  SppRecordLayer *alice, *bob;
  GBytes *to_bob[4], *to_alice[7];

  g_test_summary ("A rekey crosses with parts of messages and with the responder's CLOSE");
  spp_test_friends_meet (fixture);
  alice = fixture->alice;
  bob = fixture->bob;
  to_bob[0] = spp_test_layer_seal (alice, SPP_RECORD_DATA, "one ", 4);
  to_bob[1] = spp_test_layer_rekey (alice);
  to_alice[0] = spp_test_layer_seal (bob, SPP_RECORD_DATA, "two ", 4);
  to_alice[1] = spp_test_layer_seal (bob, SPP_RECORD_PAD, "", 0);
  to_alice[2] = spp_test_layer_seal (bob, SPP_RECORD_DATA, "three ", 6);
  to_alice[3] = spp_test_layer_seal (bob, SPP_RECORD_LAST, "four", 4);
  to_alice[4] = spp_test_layer_seal (bob, SPP_RECORD_CLOSE, "", 1);

  spp_test_layer_expect (bob, to_bob[0], SPP_RECORD_DATA, "one ", 4);
  spp_test_layer_expect (bob, to_bob[1], SPP_RECORD_REKEY, NULL, 0);
  g_assert_true (spp_record_layer_is_in_message (bob));
  g_assert_false (spp_record_layer_may_send (bob));
  to_alice[5] = spp_test_layer_take_answer (bob);

  spp_test_layer_expect (alice, to_alice[0], SPP_RECORD_DATA, "two ", 4);
  spp_test_layer_expect (alice, to_alice[1], SPP_RECORD_PAD, "", 0);
  spp_test_layer_expect (alice, to_alice[2], SPP_RECORD_DATA, "three ", 6);
  spp_test_layer_expect (alice, to_alice[3], SPP_RECORD_LAST, "four", 4);
  g_assert_true (spp_record_layer_is_rekeying (alice));
  g_assert_false (spp_record_layer_may_send (alice));
  spp_test_layer_expect (alice, to_alice[4], SPP_RECORD_CLOSE, "", 1);
  g_assert_false (spp_record_layer_may_send (alice));
  spp_test_layer_expect (alice, to_alice[5], SPP_RECORD_REKEY_ACK, NULL, 0);

  g_assert_true (spp_record_layer_is_close_received (alice));
  g_assert_true (spp_record_layer_may_send (alice));
  to_bob[2] = spp_test_layer_seal (alice, SPP_RECORD_LAST, "five", 4);
  to_bob[3] = spp_test_layer_seal (alice, SPP_RECORD_CLOSE, "", 1);
  spp_test_layer_expect (bob, to_bob[2], SPP_RECORD_LAST, "five", 4);
  spp_test_layer_expect (bob, to_bob[3], SPP_RECORD_CLOSE, "", 1);
  g_assert_true (spp_record_layer_is_close_received (bob));
  g_assert_cmpuint (spp_record_layer_get_rekeys (alice), ==, 1);
  g_assert_cmpuint (spp_record_layer_get_rekeys (bob), ==, 1);

  for (guint i = 0; i < 4; i++)
    g_bytes_unref (to_bob[i]);
  for (guint i = 0; i < 6; i++)
    g_bytes_unref (to_alice[i]);
}

static void
test_within_messages (Fixture       *fixture,
                      gconstpointer  data)
{
  g_test_summary ("New keys between the parts of messages do not disturb them");
  spp_test_friends_meet (fixture);
  for (guint i = 0; i < 5; i++)
    for (guint j = 0; j < 2; j++)
      {
        SppRecordLayer *from = j == 0 ? fixture->alice : fixture->bob;
        SppRecordLayer *to = j == 0 ? fixture->bob : fixture->alice;
        g_autoptr (GBytes) part = spp_test_layer_seal (from, SPP_RECORD_DATA, "part", 4);

        spp_test_layer_expect (to, part, SPP_RECORD_DATA, "part", 4);
        spp_test_layer_renew (fixture->alice, fixture->bob, 0);
        g_assert_true (spp_record_layer_is_in_message (to));
      }
  spp_test_layer_talk (fixture->alice, fixture->bob);
  spp_test_layer_talk (fixture->bob, fixture->alice);
}

/* ## CLOSE */

static void
test_answered_after_close (Fixture       *fixture,
                           gconstpointer  data)
{
  g_test_summary ("A responder that has sent CLOSE answers a REKEY that crosses with it");
  spp_test_friends_meet (fixture);
  g_bytes_unref (spp_test_layer_seal (fixture->bob, SPP_RECORD_CLOSE, "", 1));
  {
    g_autoptr (GBytes) request = spp_test_layer_rekey (fixture->alice);
    g_autoptr (GBytes) answer = NULL;

    spp_test_layer_expect (fixture->bob, request, SPP_RECORD_REKEY, NULL, 0);
    answer = spp_test_layer_take_answer (fixture->bob);
    g_assert_nonnull (answer);
  }
}

/* Its answer came behind CLOSE, so a second one was sent in knowledge of that. */
static void
test_second_after_close (Fixture       *fixture,
                         gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, FALSE);
  guint8 secret[KEY_SIZE], public[KEY_SIZE];
  g_autoptr (GBytes) close = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GBytes) second = NULL;

  g_test_summary ("A second REKEY after the responder's CLOSE is refused");
  rekey_by_hand (fixture, FALSE);
  close = spp_test_layer_seal (ours, SPP_RECORD_CLOSE, "", 1);
  body = manual_open (fixture, close, SPP_RECORD_CLOSE);
  rekey_by_hand (fixture, FALSE);
  make_ephemeral (secret, public);
  second = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, public, KEY_SIZE);
  spp_test_layer_refuse (ours, second, SPP_ERROR_BAD_RECORD);
  g_assert_false (spp_record_layer_has_answer (ours));
}

/* ## After a failure */

static void
test_no_answer_after_failure (Fixture       *fixture,
                              gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, FALSE);
  guint8 secret[KEY_SIZE], public[KEY_SIZE];
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GByteArray) output = g_byte_array_new ();

  g_test_summary ("Nothing is sent after a failure, not even an answer that was due before");
  make_ephemeral (secret, public);
  request = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, public, KEY_SIZE);
  spp_test_layer_expect (ours, request, SPP_RECORD_REKEY, NULL, 0);
  spp_test_layer_refuse (ours, request, SPP_ERROR_BAD_TAG);
  g_assert_false (spp_record_layer_has_answer (ours));
  spp_record_layer_take_answer (ours, output);
  g_assert_cmpuint (output->len, ==, 0);
}

static void
test_dead (Fixture       *fixture,
           gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, TRUE);
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GBytes) wrong = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("No new keys revive a session");
  wrong = spp_test_manual_seal (&fixture->manual, 0, NULL, 0);
  spp_test_layer_refuse (ours, wrong, SPP_ERROR_BAD_RECORD);
  g_assert_false (spp_record_layer_rekey (ours, output, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_BAD_RECORD);
  g_assert_cmpuint (output->len, ==, 0);
  spp_test_layer_assert_dead (ours);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/rekey/" path, Fixture, data, \
                                          spp_test_friends_set_up, func, \
                                          spp_test_friends_tear_down)
#define add_both(path, func) \
  add (path "/initiator", GINT_TO_POINTER (TRUE), func); \
  add (path "/responder", GINT_TO_POINTER (FALSE), func)
  add_both ("by-hand", test_by_hand);
  add_both ("low-order", test_low_order);
  add ("reflected", NULL, test_reflected);
  add ("second", NULL, test_second);
  add ("no-data-after", NULL, test_no_data_after);
  add ("second-answer", NULL, test_second_answer);
  add_both ("wrong-keys", test_wrong_keys);
  add ("new-keys-too-early", NULL, test_new_keys_too_early);
  add ("answer-first", NULL, test_answer_first);
  add ("crossing", NULL, test_crossing);
  add ("within-messages", NULL, test_within_messages);
  add ("answered-after-close", NULL, test_answered_after_close);
  add ("second-after-close", NULL, test_second_after_close);
  add ("no-answer-after-failure", NULL, test_no_answer_after_failure);
  add ("dead", NULL, test_dead);
#undef add_both
#undef add

  return g_test_run ();
}
