/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Sessions of SPP/2 with ML-KEM, of which a toy is the stand-in. */

#include <string.h>

#include "spp-error.h"
#include "spp-test-friends.h"
#include "spp-test-kem.h"

#define POST_QUANTUM 1
#define REQUEST_SIZE (SPP_CRYPTO_X25519_SIZE + SPP_KEM_PUBLIC_SIZE)
#define ANSWER_SIZE (SPP_CRYPTO_X25519_SIZE + SPP_KEM_CIPHERTEXT_SIZE)
#define REFUSED 0x80

typedef SppTestFriends Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  spp_test_kem_set_available (TRUE);
  spp_test_kem_set_broken (FALSE);
  spp_test_friends_set_up (fixture, data);
}

static SppRecordLayer *
meet_one (Fixture  *fixture,
          gboolean  initiator)
{
  SppRecordLayer *ours;

  spp_test_friends_meet_one (fixture, initiator, POST_QUANTUM, 0);
  ours = spp_test_friends_get_ours (fixture);
  g_assert_true (spp_record_layer_get_terms (ours)->post_quantum);
  return ours;
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

static const guint8 *
get_kem_part (GBytes *body)
{
  const guint8 *data = g_bytes_get_data (body, NULL);

  return data + SPP_CRYPTO_X25519_SIZE;
}

/* Ours is the initiator, and has asked. Of the answer, bits are changed after all was
 * derived from it. */
static GBytes *
manual_answer (Fixture *fixture,
               GBytes  *request_frame,
               gsize    place,
               guint8   bits)
{
  g_autoptr (GBytes) request = manual_open (fixture, request_frame, SPP_RECORD_REKEY);
  g_autoptr (GBytes) answer = NULL;
  guint8 secret[SPP_CRYPTO_X25519_SIZE], shared[SPP_KEM_SHARED_SIZE];
  guint8 body[ANSWER_SIZE];
  GBytes *frame;

  g_assert_cmpuint (g_bytes_get_size (request), ==, REQUEST_SIZE);
  spp_crypto_random (secret, sizeof secret);
  spp_crypto_x25519_public (body, secret);
  g_assert_true (spp_kem_encapsulate (body + SPP_CRYPTO_X25519_SIZE, shared,
                                      get_kem_part (request)));
  answer = g_bytes_new (body, sizeof body);
  body[place] ^= bits;
  frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY_ACK, body, sizeof body);
  spp_test_manual_rekey (&fixture->manual, secret, request, answer, shared);
  return frame;
}

static void
make_request (guint8 body[REQUEST_SIZE],
              guint8 secret[SPP_CRYPTO_X25519_SIZE])
{
  g_autoptr (SppSecret) seed = spp_secret_new_random (SPP_KEM_SEED_SIZE);

  spp_crypto_random (secret, SPP_CRYPTO_X25519_SIZE);
  spp_crypto_x25519_public (body, secret);
  g_assert_true (spp_kem_get_public (body + SPP_CRYPTO_X25519_SIZE, seed));
}

static void
rekey_by_hand (Fixture  *fixture,
               gboolean  initiator)
{
  SppRecordLayer *ours = spp_test_friends_get_ours (fixture);
  guint8 secret[SPP_CRYPTO_X25519_SIZE], shared[SPP_KEM_SHARED_SIZE];
  guint8 body[REQUEST_SIZE];
  g_autoptr (GBytes) request_frame = NULL;
  g_autoptr (GBytes) answer_frame = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;

  if (initiator)
    {
      request_frame = spp_test_layer_rekey (ours);
      answer_frame = manual_answer (fixture, request_frame, 0, 0);
      spp_test_layer_expect (ours, answer_frame, SPP_RECORD_REKEY_ACK, NULL, 0);
    }
  else
    {
      make_request (body, secret);
      request = g_bytes_new (body, sizeof body);
      request_frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, body,
                                            sizeof body);
      spp_test_layer_expect (ours, request_frame, SPP_RECORD_REKEY, body, sizeof body);
      answer_frame = spp_test_layer_take_answer (ours);
      answer = manual_open (fixture, answer_frame, SPP_RECORD_REKEY_ACK);
      g_assert_cmpuint (g_bytes_get_size (answer), ==, ANSWER_SIZE);
      spp_test_kem_share (shared, get_kem_part (request), get_kem_part (answer));
      spp_test_manual_rekey (&fixture->manual, secret, request, answer, shared);
    }
  if (initiator)
    g_assert_cmpuint (g_bytes_get_size (request_frame), ==, 8 + 1280 + 16);
  else
    g_assert_cmpuint (g_bytes_get_size (answer_frame), ==, 8 + 1152 + 16);
}

static void
talk_by_hand (Fixture *fixture)
{
  g_autoptr (GBytes) to = spp_test_manual_seal (&fixture->manual, SPP_RECORD_LAST, "a", 1);
  g_autoptr (GBytes) from = NULL;
  g_autoptr (GBytes) body = NULL;

  from = spp_test_layer_seal (spp_test_friends_get_ours (fixture), SPP_RECORD_LAST, "b", 1);
  body = manual_open (fixture, from, SPP_RECORD_LAST);
  g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), "b", 1);
  spp_test_layer_expect (spp_test_friends_get_ours (fixture), to, SPP_RECORD_LAST, "a", 1);
}

/* ## The first rekey */

static void
test_first (Fixture       *fixture,
            gconstpointer  data)
{
  SppRecordLayer *alice, *bob;

  g_test_summary ("With ML-KEM the initiator has to ask for new keys before all else");
  spp_test_friends_meet (fixture);
  alice = fixture->alice;
  bob = fixture->bob;
  g_assert_false (spp_record_layer_may_send (alice));
  g_assert_false (spp_record_layer_may_send (bob));
  g_assert_true (spp_record_layer_is_rekey_due (alice, 0));
  g_assert_false (spp_record_layer_is_rekey_due (bob, 0));
  {
    g_autoptr (GBytes) request = spp_test_layer_rekey (alice);
    g_autoptr (GBytes) answer = NULL;

    g_assert_false (spp_record_layer_is_rekey_due (alice, 0));
    g_assert_false (spp_record_layer_may_send (bob));
    spp_test_layer_expect (bob, request, SPP_RECORD_REKEY, NULL, 0);
    /* Behind the answer, the responder may go on at once. */
    g_assert_true (spp_record_layer_may_send (bob));
    g_assert_false (spp_record_layer_may_send (alice));
    answer = spp_test_layer_take_answer (bob);
    spp_test_layer_expect (alice, answer, SPP_RECORD_REKEY_ACK, NULL, 0);
  }
  g_assert_false (spp_record_layer_is_rekey_due (alice, 0));
  spp_test_layer_talk (alice, bob);
  spp_test_layer_talk (bob, alice);
  for (guint i = 0; i < 5; i++)
    {
      spp_test_layer_renew (alice, bob, 0);
      spp_test_layer_talk (bob, alice);
      spp_test_layer_talk (alice, bob);
    }
}

static void
test_too_early (Fixture       *fixture,
                gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);

  g_test_summary ("Before the first rekey nothing is taken that matters");
  for (guint asked = 0; asked < (initiator ? 2 : 1); asked++)
    for (guint type = 0; type <= SPP_RECORD_PAD + 1; type++)
      {
        SppRecordLayer *ours = meet_one (fixture, initiator);
        g_autoptr (GBytes) frame = NULL;

        if (asked)
          g_bytes_unref (spp_test_layer_rekey (ours));
        frame = spp_test_manual_seal (&fixture->manual, type, "x", 1);
        spp_test_layer_refuse (ours, frame, SPP_ERROR_BAD_RECORD);
      }
}

/* With keys that ML-KEM had a part in there is no need to wait. */
static void
test_meanwhile (Fixture       *fixture,
                gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, TRUE);
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GBytes) answer = NULL;

  g_test_summary ("During later rekeys the responder's messages are taken");
  rekey_by_hand (fixture, TRUE);
  request = spp_test_layer_rekey (ours);
  text = spp_test_manual_seal (&fixture->manual, SPP_RECORD_LAST, "x", 1);
  spp_test_layer_expect (ours, text, SPP_RECORD_LAST, "x", 1);
  answer = manual_answer (fixture, request, 0, 0);
  spp_test_layer_expect (ours, answer, SPP_RECORD_REKEY_ACK, NULL, 0);
  talk_by_hand (fixture);
}

/* ## Bodies */

static void
test_by_hand (Fixture       *fixture,
              gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);

  g_test_summary ("The secret of each rekey has its part in the new keys");
  meet_one (fixture, initiator);
  for (guint i = 0; i < 10; i++)
    {
      rekey_by_hand (fixture, initiator);
      talk_by_hand (fixture);
    }
}

static void
test_fresh (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                       (GDestroyNotify) g_bytes_unref, NULL);

  g_test_summary ("Each rekey has a key of ML-KEM of its own");
  meet_one (fixture, TRUE);
  for (guint i = 0; i < 10; i++)
    {
      SppTestManual before;
      g_autoptr (GBytes) request = NULL;
      g_autoptr (GBytes) answer = NULL;
      g_autoptr (GBytes) body = NULL;

      request = spp_test_layer_rekey (fixture->alice);
      before = fixture->manual;
      body = manual_open (fixture, request, SPP_RECORD_REKEY);
      g_assert_true (g_hash_table_add (seen, g_bytes_new (get_kem_part (body),
                                                          SPP_KEM_PUBLIC_SIZE)));
      fixture->manual = before;
      answer = manual_answer (fixture, request, 0, 0);
      spp_test_layer_expect (fixture->alice, answer, SPP_RECORD_REKEY_ACK, NULL, 0);
    }
}

static void
test_lengths (Fixture       *fixture,
              gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  gsize right = initiator ? ANSWER_SIZE : REQUEST_SIZE;
  const gsize lengths[] = { 0, 31, 32, 33, 1088, 1120, 1184, 1216, right - 1, right + 1, 2400 };
  static const guint8 body[2400] = { 9 };

  g_test_summary ("The bodies of REKEY and its answer have a part of ML-KEM, first and later");
  for (guint later = 0; later < 2; later++)
    for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
      {
        SppRecordLayer *ours = meet_one (fixture, initiator);
        g_autoptr (GBytes) frame = NULL;

        if (lengths[i] == right)
          continue;
        if (later)
          rekey_by_hand (fixture, initiator);
        if (initiator)
          g_bytes_unref (spp_test_layer_rekey (ours));
        frame = spp_test_manual_seal (&fixture->manual,
                                      initiator ? SPP_RECORD_REKEY_ACK : SPP_RECORD_REKEY,
                                      body, lengths[i]);
        spp_test_layer_refuse (ours, frame, SPP_ERROR_BAD_RECORD);
        g_assert_cmpuint (spp_record_layer_get_rekeys (ours), ==, later);
      }
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  SppRecordLayer *ours = meet_one (fixture, initiator);
  guint8 body[REQUEST_SIZE], secret[SPP_CRYPTO_X25519_SIZE];
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) frame = NULL;

  g_test_summary ("What ML-KEM refuses ends the session");
  if (initiator)
    {
      request = spp_test_layer_rekey (ours);
      frame = manual_answer (fixture, request, SPP_CRYPTO_X25519_SIZE, REFUSED);
    }
  else
    {
      make_request (body, secret);
      body[SPP_CRYPTO_X25519_SIZE] |= REFUSED;
      frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, body, sizeof body);
    }
  spp_test_layer_refuse (ours, frame, SPP_ERROR_WEAK_EPHEMERAL);
  g_assert_false (spp_record_layer_has_answer (ours));
}

static void
test_low_order (Fixture       *fixture,
                gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);

  g_test_summary ("ML-KEM does not make up for an X25519 key of low order");
  for (guint i = 0; i < SPP_TEST_N_LOW_ORDER; i++)
    {
      SppRecordLayer *ours = meet_one (fixture, initiator);
      guint8 body[REQUEST_SIZE], secret[SPP_CRYPTO_X25519_SIZE];
      g_autoptr (GBytes) frame = NULL;

      if (initiator)
        g_bytes_unref (spp_test_layer_rekey (ours));
      make_request (body, secret);
      memcpy (body, spp_test_low_order[i], SPP_CRYPTO_X25519_SIZE);
      frame = spp_test_manual_seal (&fixture->manual,
                                    initiator ? SPP_RECORD_REKEY_ACK : SPP_RECORD_REKEY,
                                    body, initiator ? ANSWER_SIZE : REQUEST_SIZE);
      spp_test_layer_refuse (ours, frame, SPP_ERROR_WEAK_EPHEMERAL);
      g_assert_false (spp_record_layer_has_answer (ours));
    }
}

static void
test_wrong_ciphertext (Fixture       *fixture,
                       gconstpointer  data)
{
  g_test_summary ("A wrong ciphertext is noticed at the next record");
  for (gsize place = SPP_CRYPTO_X25519_SIZE; place < ANSWER_SIZE; place += 33)
    {
      SppRecordLayer *ours = meet_one (fixture, TRUE);
      g_autoptr (GBytes) request = spp_test_layer_rekey (ours);
      g_autoptr (GBytes) answer = manual_answer (fixture, request, place, 1);
      g_autoptr (GBytes) next = NULL;

      spp_test_layer_expect (ours, answer, SPP_RECORD_REKEY_ACK, NULL, 0);
      next = spp_test_manual_seal (&fixture->manual, SPP_RECORD_PAD, NULL, 0);
      spp_test_layer_refuse (ours, next, SPP_ERROR_BAD_TAG);
    }
}

/* Both ends derive from what was hashed, so a secret that is wrong cannot be blamed on
 * the bodies alone: here only the secret differs. */
static void
test_wrong_secret (Fixture       *fixture,
                   gconstpointer  data)
{
  SppRecordLayer *ours = meet_one (fixture, FALSE);
  guint8 secret[SPP_CRYPTO_X25519_SIZE], shared[SPP_KEM_SHARED_SIZE];
  guint8 body[REQUEST_SIZE];
  g_autoptr (GBytes) frame = NULL;
  g_autoptr (GBytes) answer_frame = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) next = NULL;

  g_test_summary ("Who has not the secret of ML-KEM has not the keys");
  make_request (body, secret);
  request = g_bytes_new (body, sizeof body);
  frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, body, sizeof body);
  spp_test_layer_expect (ours, frame, SPP_RECORD_REKEY, body, sizeof body);
  answer_frame = spp_test_layer_take_answer (ours);
  answer = manual_open (fixture, answer_frame, SPP_RECORD_REKEY_ACK);
  memset (shared, 0, sizeof shared);
  spp_test_manual_rekey (&fixture->manual, secret, request, answer, shared);
  next = spp_test_manual_seal (&fixture->manual, SPP_RECORD_PAD, NULL, 0);
  spp_test_layer_refuse (ours, next, SPP_ERROR_BAD_TAG);
}

static void
test_broken (Fixture       *fixture,
             gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  SppRecordLayer *ours = meet_one (fixture, initiator);
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GBytes) frame = NULL;
  g_autoptr (GError) error = NULL;
  guint8 body[REQUEST_SIZE], secret[SPP_CRYPTO_X25519_SIZE];

  g_test_summary ("A library that fails at it ends the session");
  make_request (body, secret);
  spp_test_kem_set_broken (TRUE);
  if (initiator)
    {
      g_assert_false (spp_record_layer_rekey (ours, output, &error));
      g_assert_nonnull (error);
      g_assert_cmpuint (output->len, ==, 0);
      spp_test_layer_assert_dead (ours);
      return;
    }
  frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_REKEY, body, sizeof body);
  spp_test_layer_refuse (ours, frame, SPP_ERROR_WEAK_EPHEMERAL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/rekey/kem/" path, Fixture, data, set_up, func, \
                                          spp_test_friends_tear_down)
#define add_both(path, func) \
  add (path "/initiator", GINT_TO_POINTER (TRUE), func); \
  add (path "/responder", GINT_TO_POINTER (FALSE), func)
  add ("first", NULL, test_first);
  add_both ("too-early", test_too_early);
  add ("meanwhile", NULL, test_meanwhile);
  add_both ("by-hand", test_by_hand);
  add ("fresh", NULL, test_fresh);
  add_both ("lengths", test_lengths);
  add_both ("refused", test_refused);
  add_both ("low-order", test_low_order);
  add ("wrong-ciphertext", NULL, test_wrong_ciphertext);
  add ("wrong-secret", NULL, test_wrong_secret);
  add_both ("broken", test_broken);
#undef add_both
#undef add

  return g_test_run ();
}
