/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <sodium.h>
#include <string.h>

#include "fuzz-vectors.h"
#include "fuzz.h"
#include "spp-error.h"
#include "spp-handshake1-private.h"

/* A hello from somebody, in pieces, to either side.
 *
 * Input: the mode; which friends there are; the sizes of the pieces; then the
 * stream, or with MODE_SIGNED how to make it: who signs, which ephemeral, how
 * many bits to flip and where, and what follows the hello.
 *
 * Whether a hello is good is worked out here again, with libsodium alone. */

typedef enum
{
  MODE_RESPONDER = 1 << 0,
  MODE_SIGNED = 1 << 1,       /* or else raw bytes */
  MODE_GUARD = 1 << 2,
  MODE_TWICE = 1 << 3,        /* the same hello again, in a second call */
  MODE_FRESH = 1 << 4,        /* our ephemeral is not known beforehand */
  MODE_LIKELY = 1 << 5,       /* the first friend is in the array of likely ones */
} Mode;

enum { INITIATOR, RESPONDER, CAROL, DAVE, N_KEYS };

static const guint8 seeds[N_KEYS][32] =
  { FUZZ_INITIATOR_SEED, FUZZ_RESPONDER_SEED, FUZZ_CAROL_SEED, FUZZ_DAVE_SEED };
static const guint8 ephemerals[][32] = { FUZZ_INITIATOR_EPHEMERAL, FUZZ_RESPONDER_EPHEMERAL };
static const guint8 low_order[][32] = FUZZ_LOW_ORDER_POINTS;

static SppPrivateKey *keys[N_KEYS];
static guint8 signing[N_KEYS][64];
static guint8 public_keys[N_KEYS][32];
static guint8 ephemeral_publics[G_N_ELEMENTS (ephemerals)][32];

typedef struct
{
  guint8          mode;
  int             own;          /* who we are */
  GPtrArray      *friends;      /* SppPublicKey, in the order of the search */
  GPtrArray      *likely;       /* nullable; the head of those */
  SppReplayGuard *guard;
  FuzzChunks      chunks;
  guint8         *stream;
  gsize           size;
} World;

static void
set_up_once (void)
{
  if (keys[0] != NULL)
    return;
  g_assert_cmpint (sodium_init (), >=, 0);
  for (guint i = 0; i < N_KEYS; i++)
    {
      keys[i] = spp_private_key_new_from_seed (seeds[i], sizeof seeds[i], NULL);
      crypto_sign_seed_keypair (public_keys[i], signing[i], seeds[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ephemerals); i++)
    crypto_scalarmult_base (ephemeral_publics[i], ephemerals[i]);
}

/* ## The input */

static void
take_ephemeral (FuzzInput *input,
                guint8     ephemeral[32])
{
  guint8 kind = fuzz_input_take_byte (input);

  if (kind < 2)
    memcpy (ephemeral, ephemeral_publics[kind], 32);
  else if (kind < 2 + G_N_ELEMENTS (low_order))
    memcpy (ephemeral, low_order[kind - 2], 32);
  else
    fuzz_input_fill (input, ephemeral, 32);
}

static void
make_signed_stream (World     *self,
                    FuzzInput *input)
{
  guint8 signer = fuzz_input_take_byte (input) % (N_KEYS + 1);
  guint8 hello[SPP_HELLO_FRAME_SIZE];
  guint8 *signature = hello + SPP_FRAME_HEADER_SIZE;
  guint8 *ephemeral = signature + 64;
  guint8 flips;

  spp_frame_write_header (hello, SPP_HELLO_SIZE);
  take_ephemeral (input, ephemeral);
  if (signer < N_KEYS)
    crypto_sign_detached (signature, NULL, ephemeral, 32, signing[signer]);
  else
    fuzz_input_fill (input, signature, 64);

  flips = fuzz_input_take_byte (input) & 3;
  for (guint i = 0; i < flips; i++)
    {
      guint8 place = fuzz_input_take_byte (input) % sizeof hello;

      hello[place] ^= fuzz_input_take_byte (input);
    }

  self->size = sizeof hello + input->size;
  self->stream = g_malloc (self->size);
  memcpy (self->stream, hello, sizeof hello);
  if (input->size > 0)
    memcpy (self->stream + sizeof hello, input->data, input->size);
}

static void
add_friend (World *self,
            int    who)
{
  SppPublicKey *key = spp_private_key_get_public_key (keys[who]);

  if (self->mode & MODE_LIKELY && self->likely->len == 0)
    g_ptr_array_add (self->likely, key);
  g_ptr_array_add (self->friends, key);
}

static void
world_init (World     *self,
            FuzzInput *input)
{
  guint8 mask;

  self->mode = fuzz_input_take_byte (input);
  self->own = self->mode & MODE_RESPONDER ? RESPONDER : INITIATOR;
  self->friends = g_ptr_array_new ();
  self->likely = self->mode & MODE_LIKELY ? g_ptr_array_new () : NULL;
  mask = fuzz_input_take_byte (input);
  /* An initiator calls one friend, and knows no other. */
  if (!(self->mode & MODE_RESPONDER))
    mask = 1 << RESPONDER;
  for (int i = 0; i < N_KEYS; i++)
    if (i != self->own && mask >> i & 1)
      add_friend (self, i);
  if (self->mode & MODE_GUARD)
    self->guard = spp_replay_guard_new ();

  self->chunks = fuzz_input_take_chunks (input);
  if (self->mode & MODE_SIGNED)
    {
      make_signed_stream (self, input);
    }
  else
    {
      self->size = input->size;
      self->stream = g_memdup2 (input->data, input->size);
    }
}

static void
world_clear (World *self)
{
  g_ptr_array_unref (self->friends);
  g_clear_pointer (&self->likely, g_ptr_array_unref);
  g_clear_object (&self->guard);
  g_free (self->stream);
}

/* ## What has to come out */

static const guint8 *
get_signature (World *self)
{
  return self->stream + SPP_FRAME_HEADER_SIZE;
}

static const guint8 *
get_ephemeral (World *self)
{
  return get_signature (self) + 64;
}

static SppPublicKey *
find_signer (World *self)
{
  for (guint i = 0; i < self->friends->len; i++)
    {
      SppPublicKey *friend = g_ptr_array_index (self->friends, i);
      const guint8 *raw = g_bytes_get_data (spp_public_key_get_bytes (friend), NULL);

      if (crypto_sign_verify_detached (get_signature (self), get_ephemeral (self), 32, raw) == 0)
        return friend;
    }
  return NULL;
}

static gboolean
is_low_order (const guint8 *ephemeral)
{
  guint8 shared[32];

  return crypto_scalarmult (shared, ephemerals[0], ephemeral) != 0;
}

/* The errors that a whole hello deserves, as bits; 0 for a good one. Where there
 * are several reasons any of them may be given. */
static guint
find_faults (World        *self,
             gboolean      again,
             SppPublicKey *signer)
{
  guint faults = 0;

  if (signer == NULL)
    faults |= self->mode & MODE_RESPONDER ? 1 << SPP_ERROR_UNKNOWN_PEER
                                          : 1 << SPP_ERROR_BAD_SIGNATURE;
  if (!(self->mode & MODE_FRESH)
      && memcmp (get_ephemeral (self), ephemeral_publics[self->own], 32) == 0)
    faults |= 1 << SPP_ERROR_REFLECTED;
  if (is_low_order (get_ephemeral (self)))
    faults |= 1 << SPP_ERROR_WEAK_EPHEMERAL;
  if (faults == 0 && again && self->mode & MODE_GUARD)
    faults |= 1 << SPP_ERROR_REPLAYED;
  return faults;
}

static void
check_own_hello (World         *self,
                 SppHandshake1 *handshake,
                 guint8         ephemeral[32])
{
  g_autoptr (GBytes) output = spp_handshake1_take_output (handshake);
  gsize size;
  const guint8 *hello;

  g_assert_nonnull (output);
  hello = g_bytes_get_data (output, &size);
  g_assert_cmpuint (size, ==, SPP_HELLO_FRAME_SIZE);
  g_assert_cmpuint (spp_frame_read_header (hello), ==, SPP_HELLO_SIZE);
  memcpy (ephemeral, hello + SPP_FRAME_HEADER_SIZE + 64, 32);
  g_assert_cmpint (crypto_sign_verify_detached (hello + SPP_FRAME_HEADER_SIZE, ephemeral, 32,
                                                public_keys[self->own]), ==, 0);
  if (!(self->mode & MODE_FRESH))
    g_assert_cmpmem (ephemeral, 32, ephemeral_publics[self->own], 32);
}

static void
check_silent (SppHandshake1 *handshake)
{
  g_assert_null (spp_handshake1_take_output (handshake));
  g_assert_null (spp_handshake1_get_peer (handshake));
  g_assert_null (spp_handshake1_take_cipher (handshake));
}

/* What the peer seals with the key that both must have got can be opened. */
static void
check_key (SppMessageCipher *cipher,
           const guint8      secret[32],
           const guint8      public[32])
{
  static const guint8 nonce[12] = { 1, 2, 3 };
  static const guint8 payload[] = "a message";
  guint8 input[4 + 32] = { 0, 0, 0, 1 };
  guint8 key[32];
  guint8 frame[sizeof payload + SPP_MESSAGE_FRAME_OVERHEAD];
  g_autoptr (GBytes) opened = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (crypto_scalarmult (input + 4, secret, public), ==, 0);
  crypto_hash_sha256 (key, input, sizeof input);
  spp_message_cipher_write_frame (frame, key, nonce, 1, payload, sizeof payload);
  opened = spp_message_cipher_open (cipher, frame + SPP_FRAME_HEADER_SIZE,
                                    sizeof frame - SPP_FRAME_HEADER_SIZE, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened),
                   payload, sizeof payload);
}

/* ## One call */

/* Feeds what is wanted; FALSE with an error. */
static gboolean
feed (World          *self,
      SppHandshake1  *handshake,
      GError        **error)
{
  FuzzChunks chunks = self->chunks;
  gsize fed = 0;

  g_assert_true (spp_handshake1_is_untouched (handshake));
  while (fed < self->size && spp_handshake1_get_wanted (handshake) > 0)
    {
      gsize wanted = spp_handshake1_get_wanted (handshake);
      gsize part = fuzz_chunks_next (&chunks, MIN (wanted, self->size - fed));
      g_autofree guint8 *exact = g_memdup2 (self->stream + fed, part);

      g_assert_cmpuint (fed + wanted, ==,
                        fed < SPP_FRAME_HEADER_SIZE ? SPP_FRAME_HEADER_SIZE
                                                    : SPP_HELLO_FRAME_SIZE);
      fed += part;
      if (!spp_handshake1_feed (handshake, exact, part, error))
        {
          g_assert_cmpuint (fed, ==, SPP_FRAME_HEADER_SIZE);
          return FALSE;
        }
      g_assert_no_error (*error);
      g_assert_false (spp_handshake1_is_untouched (handshake));
      g_assert_cmpint (spp_handshake1_is_searching (handshake), ==, fed == SPP_HELLO_FRAME_SIZE);
      check_silent (handshake);
    }
  return TRUE;
}

static void
search (World         *self,
        SppHandshake1 *handshake)
{
  guint max_checks = 1 + self->friends->len % 2;

  for (guint checks = 0; !spp_handshake1_search (handshake, max_checks); checks++)
    {
      g_assert_cmpuint (checks, <=, N_KEYS);
      check_silent (handshake);
    }
  check_silent (handshake);
}

static void
check_done (World         *self,
            SppHandshake1 *handshake,
            SppPublicKey  *signer,
            const guint8   sent_ephemeral[32])
{
  g_autoptr (SppMessageCipher) cipher = NULL;
  guint8 ephemeral[32];

  g_assert_true (spp_handshake1_get_peer (handshake) == signer);
  g_assert_cmpuint (spp_handshake1_get_wanted (handshake), ==, 0);
  if (self->mode & MODE_RESPONDER)
    check_own_hello (self, handshake, ephemeral);
  else
    memcpy (ephemeral, sent_ephemeral, 32);
  g_assert_null (spp_handshake1_take_output (handshake));

  cipher = spp_handshake1_take_cipher (handshake);
  g_assert_nonnull (cipher);
  if (!(self->mode & MODE_FRESH))
    check_key (cipher, ephemerals[self->own], get_ephemeral (self));
  else if (memcmp (get_ephemeral (self), ephemeral_publics[!self->own], 32) == 0)
    check_key (cipher, ephemerals[!self->own], ephemeral);
}

static void
run (World    *self,
     gboolean  again)
{
  g_autoptr (SppHandshake1) handshake = NULL;
  g_autoptr (GError) error = NULL;
  SppPublicKey *signer;
  guint8 sent_ephemeral[32];
  guint faults;

  if (self->mode & MODE_RESPONDER)
    handshake = spp_handshake1_new_responder (keys[self->own], self->likely, self->friends,
                                              self->guard);
  else
    handshake = spp_handshake1_new_initiator (keys[self->own], self->friends->pdata[0],
                                              self->guard);
  if (!(self->mode & MODE_FRESH))
    spp_handshake1_set_ephemeral (handshake, spp_secret_new_copy (ephemerals[self->own], 32));
  if (!(self->mode & MODE_RESPONDER))
    check_own_hello (self, handshake, sent_ephemeral);
  check_silent (handshake);

  if (!feed (self, handshake, &error))
    {
      g_assert_cmpuint (spp_frame_read_header (self->stream), !=, SPP_HELLO_SIZE);
      g_assert_error (error, SPP_ERROR, SPP_ERROR_FRAME_LENGTH);
      check_silent (handshake);
      return;
    }
  if (self->size >= SPP_FRAME_HEADER_SIZE)
    g_assert_cmpuint (spp_frame_read_header (self->stream), ==, SPP_HELLO_SIZE);
  if (self->size < SPP_HELLO_FRAME_SIZE)
    return;

  search (self, handshake);
  signer = find_signer (self);
  faults = find_faults (self, again, signer);
  if (spp_handshake1_decide (handshake, &error))
    {
      g_assert_no_error (error);
      g_assert_cmphex (faults, ==, 0);
      check_done (self, handshake, signer, sent_ephemeral);
      return;
    }
  g_assert_nonnull (error);
  g_assert_true (error->domain == SPP_ERROR);
  g_assert_cmphex (faults & 1u << error->code, !=, 0);
  check_silent (handshake);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  FuzzInput input = { data, size };
  World world = { .mode = 0 };

  set_up_once ();
  world_init (&world, &input);
  run (&world, FALSE);
  if (world.mode & MODE_TWICE)
    run (&world, TRUE);
  world_clear (&world);
  return 0;
}
