/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <sodium.h>
#include <string.h>

#include "fuzz-handshake2.h"
#include "fuzz-vectors.h"
#include "spp-private-key-private.h"
#include "spp-public-key-private.h"

static const guint8 seeds[FUZZ_N_KEYS][32] =
  { FUZZ_INITIATOR_SEED, FUZZ_RESPONDER_SEED, FUZZ_CAROL_SEED, FUZZ_DAVE_SEED };
static const guint8 ephemerals[][32] = { FUZZ_INITIATOR_EPHEMERAL, FUZZ_RESPONDER_EPHEMERAL };

static SppPrivateKey *keys[FUZZ_N_KEYS];
static SppPublicKey *negative;

void
fuzz_keys_init (void)
{
  guint8 raw[32];
  g_autoptr (GBytes) bytes = NULL;

  if (negative != NULL)
    return;
  for (guint i = 0; i < FUZZ_N_KEYS; i++)
    keys[i] = spp_private_key_new_from_seed (seeds[i], sizeof seeds[i], NULL);
  memcpy (raw, g_bytes_get_data (spp_public_key_get_bytes (fuzz_get_public_key (FUZZ_ALICE)),
                                 NULL), sizeof raw);
  raw[31] ^= 0x80;
  bytes = g_bytes_new (raw, sizeof raw);
  negative = spp_public_key_new_from_bytes (bytes, NULL);
}

SppPrivateKey *
fuzz_get_key (guint who)
{
  return keys[who];
}

SppPublicKey *
fuzz_get_public_key (guint who)
{
  return who == FUZZ_NEGATIVE ? negative : spp_private_key_get_public_key (keys[who]);
}

const guint8 *
fuzz_get_ephemeral (guint who)
{
  return ephemerals[who == FUZZ_BOB];
}

void
fuzz_manual_init (SppTestManual *manual,
                  guint          who,
                  SppPublicKey  *peer)
{
  spp_test_manual_init (manual, keys[who], peer);
  memcpy (manual->ephemeral, ephemerals[peer == NULL], 32);
  crypto_scalarmult_base (manual->ephemeral_public, manual->ephemeral);
}

gboolean
fuzz_is_low_order (const guint8 *point)
{
  guint8 shared[32];

  return crypto_scalarmult (shared, ephemerals[0], point) != 0;
}

/* ## How a peer goes wrong */

static void
take_point (FuzzInput *input,
            guint8     point[32])
{
  guint8 kind = fuzz_input_take_byte (input);

  if (kind < 2)
    crypto_scalarmult_base (point, ephemerals[kind]);
  else if (kind < 2 + 2 * SPP_TEST_N_LOW_ORDER)
    {
      memcpy (point, spp_test_low_order[kind / 2 - 1], 32);
      point[31] |= kind % 2 << 7;
    }
  else if (kind < 64)
    memcpy (point, spp_public_key_get_x25519 (fuzz_get_public_key (kind % FUZZ_N_KEYS)), 32);
  else
    fuzz_input_fill (input, point, 32);
}

static void
take_hello (FuzzInput     *input,
            SppTestManual *peer)
{
  guint8 kind = fuzz_input_take_byte (input);
  guint64 features = fuzz_input_take_byte (input);
  guint64 max_message_size = fuzz_input_take_byte (input);
  guint8 raw[32];

  memcpy (raw, peer->hello, sizeof raw);
  if (kind & 1)
    {
      SppPublicKey *other = fuzz_get_public_key ((kind >> 1 & 7) % (FUZZ_N_KEYS + 1));

      memcpy (raw, g_bytes_get_data (spp_public_key_get_bytes (other), NULL), sizeof raw);
    }
  if (kind & 16)
    raw[31] ^= 0x80;
  if (kind & 64)
    features = ~features;
  if (kind & 128)
    max_message_size = fuzz_input_take_u64 (input);
  spp_test_manual_set_hello (peer, raw, features, max_message_size);
  if (kind & 32)
    fuzz_input_fill (input, peer->hello + 48, 16);
}

static void
take_peer (FuzzInput     *input,
           SppTestManual *peer)
{
  guint8 wrong = fuzz_input_take_byte (input);

  if (wrong & 1)
    take_point (input, peer->ephemeral_public);
  if (wrong & 2)
    take_point (input, peer->static_public);
  take_hello (input, peer);
}

static void
append (FuzzWorld2 *world,
        GBytes     *frame)
{
  g_autoptr (GBytes) owned = frame;

  g_byte_array_append (world->stream, g_bytes_get_data (owned, NULL), g_bytes_get_size (owned));
}

static void
make_caller (FuzzWorld2 *world,
             FuzzInput  *input)
{
  guint8 who = fuzz_input_take_byte (input);
  SppTestManual peer, bob;
  g_autoptr (GBytes) message2 = NULL;

  fuzz_manual_init (&peer, who % FUZZ_N_KEYS,
                    fuzz_get_public_key (who & 64 ? FUZZ_CAROL : FUZZ_BOB));
  take_peer (input, &peer);
  append (world, spp_test_manual_write_ephemeral (&peer));
  fuzz_manual_init (&bob, FUZZ_BOB, NULL);
  message2 = spp_test_manual_write_ephemeral (&bob);
  spp_test_manual_read_ephemeral (&peer, message2);
  append (world, spp_test_manual_write_message3 (&peer));
}

/* A plaintext that may be of any size, and say anything of itself. */
static GBytes *
seal_hello (SppTestManual *peer,
            FuzzInput     *input)
{
  guint8 wrong = fuzz_input_take_byte (input);
  guint8 plain[600] = { 1, 64, 0 };
  gsize size = 256;

  memcpy (plain + 3, peer->hello, sizeof peer->hello);
  if (wrong & 1)
    plain[0] = fuzz_input_take_byte (input);
  if (wrong & 2)
    plain[1] = fuzz_input_take_byte (input);
  if (wrong & 4)
    plain[2] = fuzz_input_take_byte (input);
  if (wrong & 8)
    size = fuzz_input_take_u16 (input) % sizeof plain;
  if (wrong & 16)
    plain[fuzz_input_take_u16 (input) % sizeof plain] ^= fuzz_input_take_byte (input);
  return spp_test_manual_seal_plain (peer, plain, size);
}

static void
make_responder (FuzzWorld2 *world,
                FuzzInput  *input)
{
  guint8 who = fuzz_input_take_byte (input);
  SppTestManual peer, alice;
  g_autoptr (GBytes) message1 = NULL;
  g_autoptr (GBytes) message2 = NULL;
  g_autoptr (GBytes) message3 = NULL;

  fuzz_manual_init (&alice, FUZZ_ALICE, fuzz_get_public_key (FUZZ_BOB));
  spp_test_manual_set_hello (&alice, alice.hello, world->mode & MODE_POST_QUANTUM ? 1 : 0,
                             world->max_incoming);
  fuzz_manual_init (&peer, who & 64 ? who % FUZZ_N_KEYS : FUZZ_BOB, NULL);
  take_peer (input, &peer);
  message1 = spp_test_manual_write_ephemeral (&alice);
  spp_test_manual_read_ephemeral (&peer, message1);
  message2 = spp_test_manual_write_ephemeral (&peer);
  append (world, g_bytes_ref (message2));
  spp_test_manual_read_ephemeral (&alice, message2);
  message3 = spp_test_manual_write_message3 (&alice);
  if (!spp_test_manual_read_message3 (&peer, message3))
    memset (peer.sending_key, 0, sizeof peer.sending_key);
  append (world, seal_hello (&peer, input));
}

void
fuzz_make_stream (FuzzWorld2 *world,
                  FuzzInput  *input)
{
  guint8 flips;

  if (world->mode & MODE_RESPONDER)
    make_caller (world, input);
  else
    make_responder (world, input);
  flips = fuzz_input_take_byte (input) & 3;
  for (guint i = 0; i < flips; i++)
    {
      guint16 place = fuzz_input_take_u16 (input) % world->stream->len;

      world->stream->data[place] ^= fuzz_input_take_byte (input);
    }
}
