/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* What the core of SPP/2 leaves in memory: of each key, nothing once it has been
 * used. Both ends are in this process, so what both have is found twice. */

#include <string.h>

#include "spp-error.h"
#include "spp-private-key-private.h"
#include "spp-test-friends.h"
#include "spp-test-kem.h"
#include "spp-test-memory.h"

#define KEY_SIZE SPP_CRYPTO_KEY_SIZE
/* Less than what spp_test_memory_run_deep() keeps away from. */
#define OWN_STACK (24 * 1024)

/* Knows what Alice knows, and with that all keys. It lies here masked. */
static SppTestManual spy;

typedef struct
{
  SppTestFriends  friends;
  SppHandshake2  *alice;
  SppHandshake2  *bob;
  SppSecret      *rekey_ephemeral;    /* Alice's next one */
  SppSecret      *kem_seed;
} Fixture;

static void
toggle_mask (void)
{
  guint8 *bytes = (guint8 *) &spy;

  for (gsize i = 0; i < sizeof spy; i++)
    bytes[i] ^= 0xa5;
}

/* Of what the spy has computed, nothing may be found. */
static void
clean_stack (void)
{
  volatile guint8 room[OWN_STACK];

  for (gsize i = 0; i < sizeof room; i++)
    room[i] = 0;
}

static void
add_secret (const char   *name,
            const guint8 *secret)
{
  spp_test_memory_add (name, secret, KEY_SIZE);
}

static SppSecret *
make_secret (const char *name,
             gsize       size)
{
  SppSecret *secret = spp_secret_new_random (size);

  spp_test_memory_add (name, spp_secret_get (secret), size);
  return secret;
}

/* What the owners of two secrets agree on. */
static void
add_agreement (const char *name,
               SppSecret  *own,
               SppSecret  *peer)
{
  g_autoptr (SppSecret) shared = spp_secret_new (KEY_SIZE);
  guint8 public[KEY_SIZE];

  spp_crypto_x25519_public (public, spp_secret_get (peer));
  g_assert_true (spp_crypto_x25519_agree (spp_secret_get (shared), spp_secret_get (own),
                                          public));
  add_secret (name, spp_secret_get (shared));
}

/* Keys of the spy's, and those that come after them. */
static void
add_keys (const char *sending,
          const char *next_sending,
          const char *receiving,
          const char *next_receiving,
          const char *root)
{
  add_secret ("chaining key", spy.last_ck);
  add_secret (sending, spy.sending_key);
  add_secret (receiving, spy.receiving_key);
  add_secret (root, spy.keys + 2 * KEY_SIZE);
  spp_crypto_noise_rekey (spy.sending_key);
  spp_crypto_noise_rekey (spy.receiving_key);
  add_secret (next_sending, spy.sending_key);
  add_secret (next_receiving, spy.receiving_key);
}

static void
expect_found (const char *name,
              guint       times)
{
  g_assert_cmpuint (spp_test_memory_get_found (name), ==, times);
  if (times == 0)
    spp_test_memory_assert_gone (name);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (SppSecret) alice_static = NULL;
  g_autoptr (SppSecret) bob_static = NULL;
  SppSecret *alice_ephemeral, *bob_ephemeral;

  spp_test_memory_forget_all ();
  spp_test_kem_set_available (GPOINTER_TO_INT (data));
  spp_test_friends_set_up (&fixture->friends, NULL);
  alice_static = spp_private_key_get_x25519 (fixture->friends.alice_key);
  bob_static = spp_private_key_get_x25519 (fixture->friends.bob_key);
  add_secret ("alice static", spp_secret_get (alice_static));
  add_secret ("bob static", spp_secret_get (bob_static));
  alice_ephemeral = make_secret ("alice ephemeral", KEY_SIZE);
  bob_ephemeral = make_secret ("bob ephemeral", KEY_SIZE);

  add_agreement ("ee", alice_ephemeral, bob_ephemeral);
  add_agreement ("es", alice_ephemeral, bob_static);
  add_agreement ("se", alice_static, bob_ephemeral);

  spp_test_manual_init (&spy, fixture->friends.alice_key,
                        spp_private_key_get_public_key (fixture->friends.bob_key));
  spp_test_manual_set_hello (&spy, spy.hello, GPOINTER_TO_INT (data), 0);
  memcpy (spy.ephemeral, spp_secret_get (alice_ephemeral), KEY_SIZE);
  spp_crypto_x25519_public (spy.ephemeral_public, spy.ephemeral);
  toggle_mask ();

  fixture->alice = spp_test_friends_new_alice (&fixture->friends, 0);
  fixture->bob = spp_test_friends_new_bob (&fixture->friends, 0);
  spp_handshake2_set_ephemeral (fixture->alice, alice_ephemeral);
  spp_handshake2_set_ephemeral (fixture->bob, bob_ephemeral);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_pointer (&fixture->alice, spp_handshake2_free);
  g_clear_pointer (&fixture->bob, spp_handshake2_free);
  spp_test_friends_tear_down (&fixture->friends, NULL);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

/* ## Steps, deep in the stack */

typedef struct
{
  SppHandshake2  *handshake;
  SppRecordLayer *layer;
  GBytes         *input;
  gboolean        failed;
  GBytes         *output;
} Step;

static void
step_handshake (gpointer data)
{
  Step *step = data;
  g_autoptr (GError) error = NULL;
  gsize size = 0;
  const guint8 *bytes = step->input != NULL ? g_bytes_get_data (step->input, &size) : NULL;

  spp_test_handshake2_feed (step->handshake, bytes, size, FALSE, &error);
  step->failed = error != NULL;
  step->output = spp_handshake2_take_output (step->handshake);
}

static void
step_seal (gpointer data)
{
  Step *step = data;

  step->output = spp_test_layer_seal (step->layer, SPP_RECORD_LAST, "hello", 5);
}

static void
step_rekey (gpointer data)
{
  Step *step = data;

  step->output = spp_test_layer_rekey (step->layer);
}

static void
step_open (gpointer data)
{
  Step *step = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = NULL;
  SppRecordType type;

  body = spp_test_layer_open (step->layer, step->input, 0, &type, &error);
  step->failed = error != NULL;
  if (spp_record_layer_has_answer (step->layer))
    step->output = spp_test_layer_take_answer (step->layer);
}

/* @input is taken. */
static GBytes *
run (guint              level,
     SppTestMemoryFunc  func,
     gpointer           object,
     GBytes            *input,
     gboolean           failed)
{
  Step step = { .input = input };

  if (func == step_handshake)
    step.handshake = object;
  else
    step.layer = object;
  spp_test_memory_run_deep (level, func, &step);
  g_assert_cmpint (step.failed, ==, failed);
  g_clear_pointer (&step.input, g_bytes_unref);
  clean_stack ();
  spp_test_memory_search ();
  return step.output;
}

/* ## Handshakes */

static void
meet (Fixture *fixture)
{
  g_autoptr (GBytes) message1 = NULL;
  g_autoptr (GBytes) message2 = NULL;
  g_autoptr (GBytes) spy_message3 = NULL;
  GBytes *message3, *hello;

  message1 = run (1, step_handshake, fixture->alice, NULL, FALSE);
  message2 = run (2, step_handshake, fixture->bob, g_bytes_ref (message1), FALSE);
  expect_found ("alice ephemeral", 1);
  expect_found ("bob ephemeral", 1);
  message3 = run (3, step_handshake, fixture->alice, g_bytes_ref (message2), FALSE);
  expect_found ("alice ephemeral", 0);
  expect_found ("alice static", 0);

  toggle_mask ();
  g_bytes_unref (spp_test_manual_write_ephemeral (&spy));
  spp_test_manual_read_ephemeral (&spy, message2);
  spy_message3 = spp_test_manual_write_message3 (&spy);
  spp_test_assert_bytes (message3, spy_message3);
  add_keys ("k_ir", "second k_ir", "k_ri", "second k_ri", "root");
  toggle_mask ();

  hello = run (4, step_handshake, fixture->bob, message3, FALSE);
  expect_found ("bob ephemeral", 0);
  expect_found ("bob static", 0);
  expect_found ("ee", 0);
  expect_found ("es", 0);
  expect_found ("se", 0);
  expect_found ("chaining key", 0);
  expect_found ("k_ri", 1);
  g_assert_null (run (5, step_handshake, fixture->alice, hello, FALSE));
  expect_found ("k_ir", 2);
  expect_found ("k_ri", 0);
  expect_found ("second k_ri", 2);
  expect_found ("root", 2);
  fixture->friends.alice = spp_handshake2_take_layer (fixture->alice);
  fixture->friends.bob = spp_handshake2_take_layer (fixture->bob);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GBytes) message1 = NULL;
  g_autoptr (GBytes) message2 = NULL;
  g_autoptr (GBytes) message3 = NULL;

  g_test_summary ("Who refuses a handshake keeps nothing of it");
  message1 = run (1, step_handshake, fixture->alice, NULL, FALSE);
  message2 = run (2, step_handshake, fixture->bob, g_bytes_ref (message1), FALSE);
  message3 = run (3, step_handshake, fixture->alice, g_bytes_ref (message2), FALSE);
  expect_found ("alice ephemeral", 0);
  expect_found ("bob ephemeral", 1);

  toggle_mask ();
  g_bytes_unref (spp_test_manual_write_ephemeral (&spy));
  spp_test_manual_read_ephemeral (&spy, message2);
  g_bytes_unref (spp_test_manual_write_message3 (&spy));
  add_keys ("k_ir", "second k_ir", "k_ri", "second k_ri", "root");
  toggle_mask ();

  g_assert_null (run (4, step_handshake, fixture->bob,
                      spp_test_frame_flip (message3, g_bytes_get_size (message3) - 1, 1), TRUE));
  expect_found ("bob ephemeral", 0);
  expect_found ("bob static", 0);
  expect_found ("k_ir", 1);
  expect_found ("root", 1);
  g_assert_null (run (5, step_handshake, fixture->alice, g_bytes_ref (message3), TRUE));
  spp_test_memory_assert_all_gone ();
}

static void
test_refused_at_once (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (GBytes) message1 = NULL;

  g_test_summary ("A wrong length, or one's own key, is enough for that");
  message1 = run (1, step_handshake, fixture->alice, NULL, FALSE);
  g_bytes_unref (run (2, step_handshake, fixture->bob, g_bytes_ref (message1), FALSE));
  expect_found ("alice ephemeral", 1);
  expect_found ("bob ephemeral", 1);
  g_assert_null (run (3, step_handshake, fixture->bob, g_bytes_ref (message1), TRUE));
  g_assert_null (run (4, step_handshake, fixture->alice, g_bytes_ref (message1), TRUE));
  spp_test_memory_assert_all_gone ();
}

/* ## Sessions */

static void
test_session (Fixture       *fixture,
              gconstpointer  data)
{
  SppRecordLayer *alice, *bob;
  GBytes *frame;

  g_test_summary ("Each key of a session is gone with its record, and all with a failure");
  meet (fixture);
  alice = fixture->friends.alice;
  bob = fixture->friends.bob;
  frame = run (1, step_seal, alice, NULL, FALSE);
  expect_found ("k_ir", 1);
  expect_found ("second k_ir", 1);
  run (2, step_open, bob, frame, FALSE);
  expect_found ("k_ir", 0);
  expect_found ("second k_ir", 2);

  run (3, step_open, bob, g_bytes_new_static ("\x13\0\0\0\0\0\0\0wrong, of 19 bytes.", 27), TRUE);
  expect_found ("root", 1);
  expect_found ("second k_ir", 1);
  expect_found ("second k_ri", 1);
  run (4, step_open, alice, g_bytes_new_static ("\x13\0\0\0\0\0\0\0wrong, of 19 bytes.", 27),
       TRUE);
  spp_test_memory_assert_all_gone ();
}

static void
test_rekey (Fixture       *fixture,
            gconstpointer  data)
{
  gboolean post_quantum = GPOINTER_TO_INT (data);
  SppRecordLayer *alice, *bob;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;
  SppSecret *ephemeral, *bob_ephemeral, *kem_seed;
  g_autoptr (SppSecret) alice_static = NULL;
  g_autoptr (SppSecret) bob_static = NULL;

  g_test_summary ("A rekey leaves nothing of the old keys, nor of what made the new ones");
  meet (fixture);
  alice = fixture->friends.alice;
  bob = fixture->friends.bob;
  ephemeral = make_secret ("new ephemeral", KEY_SIZE);
  bob_ephemeral = make_secret ("bob's new ephemeral", KEY_SIZE);
  kem_seed = post_quantum ? make_secret ("kem seed", SPP_KEM_SEED_SIZE) : NULL;
  alice_static = spp_private_key_get_x25519 (fixture->friends.alice_key);
  bob_static = spp_private_key_get_x25519 (fixture->friends.bob_key);
  add_agreement ("new ee", ephemeral, bob_ephemeral);
  add_agreement ("new es", ephemeral, bob_static);
  add_agreement ("new se", alice_static, bob_ephemeral);
  g_clear_pointer (&alice_static, spp_secret_free);
  g_clear_pointer (&bob_static, spp_secret_free);
  spp_record_layer_set_secrets (alice, ephemeral, kem_seed);
  spp_record_layer_set_secrets (bob, bob_ephemeral, NULL);

  request = run (1, step_rekey, alice, NULL, FALSE);
  expect_found ("k_ir", 1);
  expect_found ("new ephemeral", 1);
  answer = run (2, step_open, bob, g_bytes_ref (request), FALSE);
  expect_found ("k_ir", 0);
  expect_found ("second k_ri", 1);
  expect_found ("root", 1);
  expect_found ("bob's new ephemeral", 0);
  expect_found ("new ee", 0);
  expect_found ("new es", 0);
  expect_found ("new se", 0);
  expect_found ("bob static", 0);
  g_assert_null (run (3, step_open, alice, g_bytes_ref (answer), FALSE));
  spp_test_memory_assert_all_gone ();

  /* The search can tell: the new ones are there, and go. */
  spp_test_layer_talk (alice, bob);
  spp_test_layer_talk (bob, alice);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/erasure/spp2/" path, Fixture, data, \
                                          set_up, func, tear_down)
  add ("refused", GINT_TO_POINTER (FALSE), test_refused);
  add ("refused-at-once", GINT_TO_POINTER (FALSE), test_refused_at_once);
  add ("session", GINT_TO_POINTER (FALSE), test_session);
  add ("rekey", GINT_TO_POINTER (FALSE), test_rekey);
  add ("rekey-kem", GINT_TO_POINTER (TRUE), test_rekey);
#undef add

  return g_test_run ();
}
