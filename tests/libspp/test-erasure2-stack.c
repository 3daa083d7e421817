/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-handshake2-private.h"
#include "spp-public-key-private.h"
#include "spp-test-erasure.h"
#include "spp-test-memory.h"
#include "spp2-hand.h"

/* The steps of SPP/2 without the streams, each at a depth of its own. */
typedef struct
{
  SppHandshake2  *handshake;
  SppRecordLayer *layer;
  SppPublicKey   *friend;
  GByteArray     *input;
  GByteArray     *output;
} Core;

static SppPublicKey *
find_friend (const guint8 *raw,
             SppPeerFlags *flags,
             gpointer      user_data)
{
  Core *core = user_data;

  *flags = SPP_PEER_FLAGS_NONE;
  return core->friend;
}

static void
core_take_output (gpointer data)
{
  Core *core = data;
  g_autoptr (GBytes) output = spp_handshake2_take_output (core->handshake);

  g_byte_array_set_size (core->output, 0);
  g_byte_array_append (core->output, g_bytes_get_data (output, NULL), g_bytes_get_size (output));
}

static void
core_feed (gpointer data)
{
  Core *core = data;

  for (gsize fed = 0; fed < core->input->len; )
    {
      gsize part = MIN (spp_handshake2_get_wanted (core->handshake), core->input->len - fed);

      g_assert_true (spp_handshake2_feed (core->handshake, core->input->data + fed, part, 1,
                                          NULL));
      fed += part;
    }
}

static void
core_seal (gpointer data)
{
  Core *core = data;

  g_byte_array_set_size (core->output, 0);
  g_assert_true (spp_record_layer_seal (core->layer, SPP_RECORD_LAST, (const guint8 *) "text", 4,
                                        core->output, NULL));
}

static void
core_open (gpointer data)
{
  Core *core = data;
  SppRecord record;

  g_assert_true (spp_record_layer_open (core->layer, &record,
                                        core->input->data + SPP_FRAME_HEADER_SIZE,
                                        core->input->len - SPP_FRAME_HEADER_SIZE, 1, NULL));
}

static void
core_ask (gpointer data)
{
  Core *core = data;

  g_byte_array_set_size (core->output, 0);
  g_assert_true (spp_record_layer_rekey (core->layer, core->output, NULL));
}

static void
core_answer (gpointer data)
{
  Core *core = data;

  g_byte_array_set_size (core->output, 0);
  spp_record_layer_take_answer (core->layer, core->output);
}

static void
put (Core       *core,
     GByteArray *frame)
{
  g_byte_array_set_size (core->input, 0);
  g_byte_array_append (core->input, frame->data, frame->len);
  g_byte_array_unref (frame);
  spp2_hand_scrub ();
}

static GBytes *
get (Core     *core,
     Spp2Hand *alice)
{
  SppRecordType type;
  GBytes *body = spp2_hand_open (alice, core->output->data, core->output->len, &type);

  spp2_hand_scrub ();
  g_assert_nonnull (body);
  return body;
}

/* Each step has left what the next one needs, and no more, in one place. */
static void
expect_keys (const char *ir,
             const char *ri,
             const char *root)
{
  guint n_keys = 0;

  spp_test_memory_search ();
  g_assert_cmpuint (spp_test_memory_get_found (ir), ==, 1);
  g_assert_cmpuint (spp_test_memory_get_found (ri), ==, 1);
  g_assert_cmpuint (spp_test_memory_get_found (root), ==, 1);
  for (guint epoch = 0; epoch < 2; epoch++)
    for (guint direction = 0; direction < 2; direction++)
      for (guint number = 0; number < 4; number++)
        {
          g_autofree char *name = g_strdup_printf ("%s %u.%u", direction == 0 ? "ir" : "ri",
                                                   epoch, number);

          if (!spp_test_memory_has (name))
            continue;
          n_keys++;
          if (strcmp (name, ir) != 0 && strcmp (name, ri) != 0)
            spp_test_memory_assert_gone (name);
        }
  g_assert_cmpuint (n_keys, >=, 3);
}

static void
shake_as_initiator (Core     *core,
                    Spp2Hand *alice)
{
  g_byte_array_set_size (core->input, SPP2_MESSAGE2_FRAME);
  spp_test_memory_run_deep (1, core_take_output, core);
  spp2_hand_take_message1 (alice, core->output->data);
  spp2_hand_make_message2 (alice, core->input->data);
  spp2_hand_scrub ();
  spp_test_memory_run_deep (2, core_feed, core);
  spp_test_memory_run_deep (3, core_take_output, core);
  g_assert_true (spp2_hand_take_message3 (alice, core->output->data));
  put (core, spp2_hand_seal (alice, SPP_RECORD_HELLO, alice->hello, SPP2_HELLO_SIZE, 0));
  spp_test_memory_run_deep (4, core_feed, core);
}

static void
shake_as_responder (Core     *core,
                    Spp2Hand *alice)
{
  g_byte_array_set_size (core->input, SPP2_MESSAGE1_FRAME);
  spp2_hand_make_message1 (alice, core->input->data);
  spp_test_memory_run_deep (1, core_feed, core);
  spp_test_memory_run_deep (2, core_take_output, core);
  spp2_hand_take_message2 (alice, core->output->data);
  g_byte_array_set_size (core->input, SPP2_MESSAGE3_FRAME);
  spp2_hand_make_message3 (alice, core->input->data);
  spp2_hand_scrub ();
  spp_test_memory_run_deep (3, core_feed, core);
  spp_test_memory_run_deep (4, core_take_output, core);
  g_bytes_unref (get (core, alice));
}

static void
renew_keys (Core     *core,
            Spp2Hand *alice)
{
  if (alice->initiator)
    {
      g_autoptr (GBytes) answer = NULL;

      put (core, spp2_hand_ask (alice, NULL));
      spp_test_memory_run_deep (7, core_open, core);
      spp_test_memory_run_deep (8, core_answer, core);
      answer = get (core, alice);
      spp2_hand_take_answer (alice, answer);
      spp2_hand_scrub ();
    }
  else
    {
      g_autoptr (GBytes) request = NULL;

      spp_test_memory_run_deep (7, core_ask, core);
      request = get (core, alice);
      put (core, spp2_hand_answer (alice, request, NULL));
      spp_test_memory_run_deep (8, core_open, core);
    }
}

static void
test_stack (SppTestErasure *fixture,
            gconstpointer   data)
{
  static const char *const used[] = {
    "ephemeral", "random 2", "ee", "es", "se", "ck 1", "ck 2", "ck 3", "k 1", "k 2", "k 3",
    "extracted", "rekey ee", "rekey es", "rekey se", "rekey extracted", "root 0",
  };
  gboolean initiator = GPOINTER_TO_INT (data);
  SppPublicKey *bob = spp_private_key_get_public_key (fixture->bob_key);
  Core core = { .input = g_byte_array_new (), .output = g_byte_array_new () };
  g_autoptr (Spp2Hand) alice = NULL;

  g_test_summary ("What SPP/2 computes with leaves nothing on the stack");
  core.friend = spp_private_key_get_public_key (fixture->alice_key);
  if (initiator)
    {
      alice = spp2_hand_new_responder (fixture->alice_key);
      core.handshake = spp_handshake2_new_initiator (fixture->bob_key, core.friend,
                                                     SPP_PEER_FLAGS_NONE, 0);
    }
  else
    {
      alice = spp2_hand_new_initiator (fixture->alice_key, bob);
      core.handshake = spp_handshake2_new_responder (fixture->bob_key, find_friend, &core, 0);
    }
  alice->learn = spp_test_memory_add;
  if (initiator)
    shake_as_initiator (&core, alice);
  else
    shake_as_responder (&core, alice);
  core.layer = spp_handshake2_take_layer (core.handshake);
  expect_keys ("ir 0.0", "ri 0.1", "root 0");

  spp_test_memory_run_deep (5, core_seal, &core);
  g_bytes_unref (get (&core, alice));
  put (&core, spp2_hand_seal (alice, SPP_RECORD_LAST, NULL, 0, 0));
  spp_test_memory_run_deep (6, core_open, &core);
  expect_keys ("ir 0.1", "ri 0.2", "root 0");

  renew_keys (&core, alice);
  expect_keys ("ir 1.0", "ri 1.0", "root 1");
  for (guint i = 0; i < G_N_ELEMENTS (used); i++)
    spp_test_memory_assert_gone (used[i]);

  spp_record_layer_free (core.layer);
  spp_handshake2_free (core.handshake);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
  g_byte_array_unref (core.input);
  g_byte_array_unref (core.output);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data) g_test_add (path, SppTestErasure, data, spp_test_erasure_set_up, \
                                    test_stack, spp_test_erasure_tear_down)
  add ("/spp/erasure2/stack/initiator", GINT_TO_POINTER (TRUE));
  add ("/spp/erasure2/stack/responder", GINT_TO_POINTER (FALSE));
#undef add

  return g_test_run ();
}
