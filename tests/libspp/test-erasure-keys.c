/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <sodium.h>

#include "spp-test-erasure.h"
#include "spp-test-memory.h"

/* What Ed25519 signs with: made from the seed for each signature. */
static void
add_expanded_seed (const guint8 *seed)
{
  g_autoptr (SppSecret) expanded = spp_secret_new (crypto_hash_sha512_BYTES);

  crypto_hash_sha512 (spp_secret_get (expanded), seed, SPP_PRIVATE_KEY_SIZE);
  spp_test_memory_add ("expanded seed", spp_secret_get (expanded), crypto_hash_sha512_BYTES);
}

static void
test_private_key (SppTestErasure *fixture,
                  gconstpointer   data)
{
  const guint8 *seed;
  gsize length;

  g_test_summary ("A private key is gone when nothing holds it any more, and nothing "
                  "that was made of it stays");
  spp_test_erasure_collect (FALSE);
  seed = spp_private_key_get_seed (fixture->bob_key, &length);
  spp_test_memory_add ("seed", seed, length);
  add_expanded_seed (seed);
  spp_test_erasure_begin_as_responder (fixture);
  spp_test_erasure_exchange (fixture);
  spp_test_close (fixture->session);
  spp_test_await_finalize (g_steal_pointer (&fixture->session));
  spp_test_memory_search ();
  /* The seed itself, and the first half of libsodium's secret key. */
  g_assert_cmpuint (spp_test_memory_get_found ("seed"), ==, 2);
  spp_test_memory_assert_gone ("expanded seed");

  spp_test_await_finalize (g_steal_pointer (&fixture->service));
  spp_test_await_finalize (fixture->client);
  spp_test_memory_search ();
  g_assert_cmpuint (spp_test_memory_get_found ("seed"), ==, 2);
  g_clear_pointer (&fixture->bob_key, spp_private_key_unref);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();

  fixture->client = spp_client_new (fixture->alice_key);
}

static void
test_private_key_from_seed (void)
{
  g_autoptr (SppSecret) seed = NULL;
  SppPrivateKey *key;

  g_test_summary ("A private key from a seed leaves nothing beyond the caller's copy");
  spp_test_erasure_collect (FALSE);
  spp_test_memory_forget_all ();
  seed = spp_secret_new_random (SPP_PRIVATE_KEY_SIZE);
  spp_test_memory_add ("seed", spp_secret_get (seed), SPP_PRIVATE_KEY_SIZE);
  add_expanded_seed (spp_secret_get (seed));
  key = spp_private_key_new_from_seed (spp_secret_get (seed), SPP_PRIVATE_KEY_SIZE, NULL);
  spp_test_memory_search ();
  g_assert_cmpuint (spp_test_memory_get_found ("seed"), ==, 3);

  g_clear_pointer (&seed, spp_secret_free);
  spp_private_key_unref (key);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

/* The steps of a session without the streams, each at a depth of its own. */
typedef struct
{
  SppHandshake1    *handshake;
  SppMessageCipher *cipher;
  const guint8     *input;
  gsize             size;
  GBytes           *output;
} Core;

static void
core_take_output (gpointer data)
{
  Core *core = data;

  core->output = spp_handshake1_take_output (core->handshake);
}

static void
core_feed (gpointer data)
{
  Core *core = data;

  for (gsize fed = 0; fed < core->size; )
    {
      gsize part = MIN (spp_handshake1_get_wanted (core->handshake), core->size - fed);

      g_assert_true (spp_handshake1_feed (core->handshake, core->input + fed, part, NULL));
      fed += part;
    }
  g_assert_true (spp_handshake1_search (core->handshake, 1));
}

static void
core_decide (gpointer data)
{
  Core *core = data;

  g_assert_true (spp_handshake1_decide (core->handshake, NULL));
  core->cipher = spp_handshake1_take_cipher (core->handshake);
}

static void
core_seal (gpointer data)
{
  Core *core = data;
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autoptr (GBytes) payload = spp_test_payload (SPP_TEST_ERASURE_PAYLOAD_SIZE, 1);

  g_assert_true (spp_message_cipher_seal (core->cipher, payload, frame, NULL));
}

static void
core_open (gpointer data)
{
  Core *core = data;
  g_autoptr (GBytes) payload = NULL;

  payload = spp_message_cipher_open (core->cipher, core->input, core->size, NULL);
  g_assert_nonnull (payload);
}

static void
test_stack (SppTestErasure *fixture,
            gconstpointer   data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  SppPublicKey *alice = spp_private_key_get_public_key (fixture->alice_key);
  g_autoptr (GPtrArray) friends = g_ptr_array_new ();
  g_autoptr (GBytes) alice_hello = spp_test_erasure_make_hello (fixture, fixture->alice_key);
  guint8 frame[SPP_TEST_ERASURE_FRAME_SIZE];
  Core core = { NULL };

  g_test_summary ("What the protocol computes with leaves nothing on the stack");
  add_expanded_seed (spp_private_key_get_seed (fixture->bob_key, &core.size));
  g_ptr_array_add (friends, alice);
  if (initiator)
    core.handshake = spp_handshake1_new_initiator (fixture->bob_key, alice, NULL);
  else
    core.handshake = spp_handshake1_new_responder (fixture->bob_key, NULL, friends, NULL);

  core.input = g_bytes_get_data (alice_hello, &core.size);
  if (initiator)
    spp_test_memory_run_deep (1, core_take_output, &core);
  spp_test_memory_run_deep (2, core_feed, &core);
  spp_test_memory_run_deep (3, core_decide, &core);
  if (!initiator)
    spp_test_memory_run_deep (4, core_take_output, &core);
  spp_test_erasure_learn_keys (fixture, (const guint8 *) g_bytes_get_data (core.output, NULL)
                                        + SPP_TEST_ERASURE_EPHEMERAL_AT);
  spp_test_erasure_make_message (fixture, frame);
  core.input = frame + SPP_FRAME_HEADER_SIZE;
  core.size = sizeof frame - SPP_FRAME_HEADER_SIZE;
  spp_test_memory_run_deep (5, core_seal, &core);
  spp_test_memory_run_deep (6, core_open, &core);

  spp_test_memory_search ();
  spp_test_memory_assert_gone ("ephemeral");
  spp_test_memory_assert_gone ("shared secret");
  spp_test_memory_assert_gone ("expanded seed");
  g_assert_cmpuint (spp_test_memory_get_found ("session key"), ==, 1);
  g_assert_cmpuint (spp_test_memory_get_found ("random 2"), ==, 1);

  spp_handshake1_free (core.handshake);
  spp_message_cipher_free (core.cipher);
  g_bytes_unref (core.output);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add (path, SppTestErasure, data, \
                                          spp_test_erasure_set_up, func, \
                                          spp_test_erasure_tear_down)
  add ("/spp/erasure/stack/initiator", GINT_TO_POINTER (TRUE), test_stack);
  add ("/spp/erasure/stack/responder", GINT_TO_POINTER (FALSE), test_stack);
  add ("/spp/erasure/private-key", NULL, test_private_key);
  g_test_add_func ("/spp/erasure/private-key-from-seed", test_private_key_from_seed);
#undef add

  return g_test_run ();
}
