/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp2-hand.h"

#include <sodium.h>
#include <string.h>

#include "spp-private-key-private.h"
#include "spp-public-key-private.h"
#include "spp-secret-private.h"

#define KEY_SIZE SPP_CRYPTO_KEY_SIZE
#define POINT_SIZE SPP_CRYPTO_X25519_SIZE
#define PROTOCOL_NAME "Noise_XKlate_25519_ChaChaPoly_SHA256"
/* More than anything here takes of the stack, less than what the tests of memory
 * keep apart. */
#define SCRUBBED_SIZE (64 * 1024)
#define SEALED_STATIC (POINT_SIZE + SPP_CRYPTO_TAG_SIZE)

#define ONES 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, \
             0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, \
             0xff, 0xff

/* 0, 1, the two points of order 8, p - 1, p, p + 1; then the same with the top bit. */
const guint8 spp2_weak[SPP2_N_WEAK][POINT_SIZE] =
  {
    { 0 },
    { 1 },
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
      0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
      0xb8, 0x00 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
      0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
      0x11, 0x57 },
    { 0xec, ONES, 0x7f },
    { 0xed, ONES, 0x7f },
    { 0xee, ONES, 0x7f },
    { [POINT_SIZE - 1] = 0x80 },
    { 1, [POINT_SIZE - 1] = 0x80 },
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
      0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
      0xb8, 0x80 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
      0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
      0x11, 0xd7 },
    { 0xec, ONES, 0xff },
    { 0xed, ONES, 0xff },
    { 0xee, ONES, 0xff },
  };

/* Secrets */

static void
hide (Spp2Hidden   *self,
      const guint8 *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->mask); i++)
    {
      guint64 word;

      memcpy (&word, key + 8 * i, sizeof word);
      self->mask[i] = (guint64) g_random_int () << 32 | g_random_int ();
      self->masked[i] = word ^ self->mask[i];
    }
}

static SppSecret *
reveal (const Spp2Hidden *self)
{
  SppSecret *secret = spp_secret_new (KEY_SIZE);

  for (guint i = 0; i < G_N_ELEMENTS (self->mask); i++)
    {
      guint64 word = self->masked[i] ^ self->mask[i];

      memcpy (spp_secret_get (secret) + 8 * i, &word, sizeof word);
    }
  return secret;
}

static void
learn (Spp2Hand     *self,
       const char   *name,
       const guint8 *secret)
{
  if (self->learn != NULL)
    self->learn (name, secret, KEY_SIZE);
}

static void
learn_record_key (Spp2Hand     *self,
                  gboolean      sending,
                  guint64       number,
                  const guint8 *secret)
{
  g_autofree char *name = NULL;

  if (self->learn == NULL)
    return;
  name = g_strdup_printf ("%s %u.%" G_GUINT64_FORMAT, sending == self->initiator ? "ir" : "ri",
                          self->epoch, number);
  learn (self, g_intern_string (name), secret);
}

/* What HKDF makes on its way, from which all that comes of it follows. */
static void
learn_extracted (Spp2Hand     *self,
                 const char   *name,
                 SppSecret    *key,
                 const guint8 *input,
                 gsize         length)
{
  g_autoptr (SppSecret) extracted = spp_secret_new (crypto_auth_hmacsha256_BYTES);
  crypto_auth_hmacsha256_state state;

  crypto_auth_hmacsha256_init (&state, spp_secret_get (key), KEY_SIZE);
  crypto_auth_hmacsha256_update (&state, input, length);
  crypto_auth_hmacsha256_final (&state, spp_secret_get (extracted));
  spp_secret_wipe (&state, sizeof state);
  learn (self, name, spp_secret_get (extracted));
}

static void
make_ephemeral (Spp2Hand *self)
{
  g_autoptr (SppSecret) secret = spp_secret_new (POINT_SIZE);

  for (guint i = 0; i < POINT_SIZE; i++)
    spp_secret_get (secret)[i] = g_random_int_range (0, 256);
  hide (&self->ephemeral, spp_secret_get (secret));
  spp_crypto_x25519_public (self->ephemeral_public, spp_secret_get (secret));
}

/* Zeros with a weak point: whoever sends one knows that this is what comes of it. */
static SppSecret *
agree (Spp2Hand         *self,
       const Spp2Hidden *own,
       const guint8     *peer,
       const char       *name)
{
  g_autoptr (SppSecret) secret = reveal (own);
  SppSecret *shared = spp_secret_new (POINT_SIZE);

  if (spp_crypto_x25519_agree (spp_secret_get (shared), spp_secret_get (secret), peer))
    learn (self, name, spp_secret_get (shared));
  else
    memset (spp_secret_get (shared), 0, POINT_SIZE);
  return shared;
}

/* Symmetric state */

static void
mix_hash (Spp2Hand     *self,
          const guint8 *data,
          gsize         length)
{
  spp_crypto_sha256_two (self->h, self->h, sizeof self->h, data, length);
}

static void
mix_key (Spp2Hand   *self,
         SppSecret  *shared,
         const char *ck_name,
         const char *k_name)
{
  g_autoptr (SppSecret) ck = reveal (&self->ck);
  g_autoptr (SppSecret) keys = spp_secret_new (2 * KEY_SIZE);

  spp_crypto_noise_hkdf (spp_secret_get (keys), 2, spp_secret_get (ck), spp_secret_get (shared),
                         POINT_SIZE);
  learn (self, ck_name, spp_secret_get (keys));
  learn (self, k_name, spp_secret_get (keys) + KEY_SIZE);
  hide (&self->ck, spp_secret_get (keys));
  hide (&self->k, spp_secret_get (keys) + KEY_SIZE);
}

static void
seal_and_hash (Spp2Hand     *self,
               guint8       *sealed,
               const guint8 *plain,
               gsize         length)
{
  g_autoptr (SppSecret) k = reveal (&self->k);

  spp_crypto_noise_seal (sealed, plain, length, self->h, sizeof self->h, 0, spp_secret_get (k));
  mix_hash (self, sealed, length + SPP_CRYPTO_TAG_SIZE);
}

static gboolean
open_and_hash (Spp2Hand     *self,
               guint8       *plain,
               const guint8 *sealed,
               gsize         length)
{
  g_autoptr (SppSecret) k = reveal (&self->k);

  if (!spp_crypto_noise_open (plain, sealed, length + SPP_CRYPTO_TAG_SIZE, self->h,
                              sizeof self->h, 0, spp_secret_get (k)))
    return FALSE;
  mix_hash (self, sealed, length + SPP_CRYPTO_TAG_SIZE);
  return TRUE;
}

/* Handshake */

static Spp2Hand *
hand_new (SppPrivateKey *key,
          SppPublicKey  *responder,
          gboolean       initiator)
{
  Spp2Hand *self = g_new0 (Spp2Hand, 1);
  g_autoptr (SppSecret) secret = spp_private_key_get_x25519 (key);
  GBytes *id = spp_public_key_get_bytes (spp_private_key_get_public_key (key));

  self->initiator = initiator;
  self->key = spp_private_key_ref (key);
  memcpy (self->hello, g_bytes_get_data (id, NULL), SPP_PUBLIC_KEY_SIZE);
  hide (&self->static_secret, spp_secret_get (secret));
  spp_crypto_x25519_public (self->static_public, spp_secret_get (secret));
  make_ephemeral (self);

  spp_crypto_sha256 (self->h, (const guint8 *) PROTOCOL_NAME, strlen (PROTOCOL_NAME));
  hide (&self->ck, self->h);
  id = spp_public_key_get_bytes (responder);
  {
    guint8 prologue[5 + SPP_PUBLIC_KEY_SIZE] = "SPP/2";

    memcpy (prologue + 5, g_bytes_get_data (id, NULL), SPP_PUBLIC_KEY_SIZE);
    mix_hash (self, prologue, sizeof prologue);
  }
  mix_hash (self, spp_public_key_get_x25519 (responder), POINT_SIZE);
  return self;
}

Spp2Hand *
spp2_hand_new_initiator (SppPrivateKey *key,
                         SppPublicKey  *peer)
{
  Spp2Hand *self = hand_new (key, peer, TRUE);

  memcpy (self->peer_static, spp_public_key_get_x25519 (peer), POINT_SIZE);
  return self;
}

Spp2Hand *
spp2_hand_new_responder (SppPrivateKey *key)
{
  return hand_new (key, spp_private_key_get_public_key (key), FALSE);
}

void
spp2_hand_free (Spp2Hand *self)
{
  spp_private_key_unref (self->key);
  g_free (self);
}

static void
put_ephemeral (Spp2Hand     *self,
               guint8       *frame,
               const guint8 *point)
{
  spp_frame_write_header (frame, POINT_SIZE);
  memcpy (frame + SPP_FRAME_HEADER_SIZE, point, POINT_SIZE);
  mix_hash (self, point, POINT_SIZE);
  mix_hash (self, point, 0);
}

static void
get_ephemeral (Spp2Hand     *self,
               const guint8 *frame)
{
  memcpy (self->peer_ephemeral, frame + SPP_FRAME_HEADER_SIZE, POINT_SIZE);
  mix_hash (self, self->peer_ephemeral, POINT_SIZE);
  mix_hash (self, self->peer_ephemeral, 0);
}

void
spp2_hand_make_message1 (Spp2Hand *self,
                         guint8    frame[SPP2_MESSAGE1_FRAME])
{
  put_ephemeral (self, frame, self->ephemeral_public);
}

void
spp2_hand_take_message1 (Spp2Hand     *self,
                         const guint8  frame[SPP2_MESSAGE1_FRAME])
{
  get_ephemeral (self, frame);
}

void
spp2_hand_make_message2 (Spp2Hand *self,
                         guint8    frame[SPP2_MESSAGE2_FRAME])
{
  put_ephemeral (self, frame, self->ephemeral_public);
}

void
spp2_hand_take_message2 (Spp2Hand     *self,
                         const guint8  frame[SPP2_MESSAGE2_FRAME])
{
  get_ephemeral (self, frame);
}

/* @keys is wiped. */
static void
begin_epoch (Spp2Hand *self,
             guint8   *keys)
{
  guint8 *k_ir = keys;
  guint8 *k_ri = keys + KEY_SIZE;

  hide (&self->sending, self->initiator ? k_ir : k_ri);
  hide (&self->receiving, self->initiator ? k_ri : k_ir);
  hide (&self->root, keys + 2 * KEY_SIZE);
  self->sent = self->received = 0;
  learn_record_key (self, self->initiator, 0, k_ir);
  learn_record_key (self, !self->initiator, 0, k_ri);
  learn (self, self->epoch == 0 ? "root 0" : self->epoch == 1 ? "root 1" : "root 2",
         keys + 2 * KEY_SIZE);
  spp_secret_wipe (keys, 3 * KEY_SIZE);
}

static void
split (Spp2Hand *self)
{
  g_autoptr (SppSecret) ck = reveal (&self->ck);
  guint8 keys[3 * KEY_SIZE];

  learn_extracted (self, "extracted", ck, NULL, 0);
  spp_crypto_noise_hkdf (keys, 3, spp_secret_get (ck), NULL, 0);
  begin_epoch (self, keys);
}

void
spp2_hand_make_message3 (Spp2Hand *self,
                         guint8    frame[SPP2_MESSAGE3_FRAME])
{
  g_autoptr (SppSecret) ee = agree (self, &self->ephemeral, self->peer_ephemeral, "ee");
  g_autoptr (SppSecret) es = agree (self, &self->ephemeral, self->peer_static, "es");
  g_autoptr (SppSecret) se = agree (self, &self->static_secret, self->peer_ephemeral, "se");
  guint8 *sealed = frame + SPP_FRAME_HEADER_SIZE;

  /* The other end gets this of such a point, whatever its own key is. */
  for (guint i = 0; i < SPP2_N_WEAK; i++)
    if (memcmp (self->ephemeral_public, spp2_weak[i], POINT_SIZE) == 0)
      {
        memset (spp_secret_get (ee), 0, POINT_SIZE);
        memset (spp_secret_get (es), 0, POINT_SIZE);
      }

  spp_frame_write_header (frame, SPP2_MESSAGE3_FRAME - SPP_FRAME_HEADER_SIZE);
  mix_key (self, ee, "ck 1", "k 1");
  mix_key (self, es, "ck 2", "k 2");
  seal_and_hash (self, sealed, self->static_public, POINT_SIZE);
  mix_key (self, se, "ck 3", "k 3");
  seal_and_hash (self, sealed + SEALED_STATIC, self->hello, SPP2_HELLO_SIZE);
  split (self);
}

gboolean
spp2_hand_take_message3 (Spp2Hand     *self,
                         const guint8  frame[SPP2_MESSAGE3_FRAME])
{
  g_autoptr (SppSecret) ee = agree (self, &self->ephemeral, self->peer_ephemeral, "ee");
  g_autoptr (SppSecret) es = agree (self, &self->static_secret, self->peer_ephemeral, "es");
  g_autoptr (SppSecret) se = NULL;
  const guint8 *sealed = frame + SPP_FRAME_HEADER_SIZE;

  mix_key (self, ee, "ck 1", "k 1");
  mix_key (self, es, "ck 2", "k 2");
  if (!open_and_hash (self, self->peer_static, sealed, POINT_SIZE))
    return FALSE;
  se = agree (self, &self->ephemeral, self->peer_static, "se");
  mix_key (self, se, "ck 3", "k 3");
  if (!open_and_hash (self, self->peer_hello, sealed + SEALED_STATIC, SPP2_HELLO_SIZE))
    return FALSE;
  split (self);
  return TRUE;
}

/* Records */

static void
advance (Spp2Hand   *self,
         Spp2Hidden *hidden,
         SppSecret  *key,
         guint64     number)
{
  spp_crypto_noise_rekey (spp_secret_get (key));
  hide (hidden, spp_secret_get (key));
  learn_record_key (self, hidden == &self->sending, number, spp_secret_get (key));
}

GByteArray *
spp2_hand_seal_plain (Spp2Hand     *self,
                      const guint8 *plain,
                      gsize         size)
{
  g_autoptr (SppSecret) key = reveal (&self->sending);
  GByteArray *frame = g_byte_array_new ();

  g_byte_array_set_size (frame, SPP_FRAME_HEADER_SIZE + size + SPP_CRYPTO_TAG_SIZE);
  spp_frame_write_header (frame->data, size + SPP_CRYPTO_TAG_SIZE);
  spp_crypto_noise_seal (frame->data + SPP_FRAME_HEADER_SIZE, plain, size, NULL, 0, self->sent,
                         spp_secret_get (key));
  self->sent++;
  advance (self, &self->sending, key, self->sent);
  return frame;
}

GByteArray *
spp2_hand_seal (Spp2Hand     *self,
                guint         type,
                const guint8 *body,
                gsize         length,
                gsize         padding)
{
  gsize size = SPP_RECORD_HEADER_SIZE + length + padding;
  g_autofree guint8 *plain = g_malloc0 (size);

  plain[0] = type;
  plain[1] = length & 0xff;
  plain[2] = length >> 8;
  if (length > 0)
    memcpy (plain + SPP_RECORD_HEADER_SIZE, body, length);
  return spp2_hand_seal_plain (self, plain, size);
}

GBytes *
spp2_hand_open (Spp2Hand      *self,
                const guint8  *frame,
                gsize          size,
                SppRecordType *type)
{
  g_autoptr (SppSecret) key = reveal (&self->receiving);
  gsize length = size - SPP_FRAME_HEADER_SIZE - SPP_CRYPTO_TAG_SIZE;
  g_autofree guint8 *plain = NULL;

  g_assert_cmpuint (size, >=, SPP2_BARE_FRAME (0));
  plain = g_malloc (length);
  if (!spp_crypto_noise_open (plain, frame + SPP_FRAME_HEADER_SIZE,
                              length + SPP_CRYPTO_TAG_SIZE, NULL, 0, self->received,
                              spp_secret_get (key)))
    return NULL;
  self->received++;
  advance (self, &self->receiving, key, self->received);
  *type = plain[0];
  return g_bytes_new (plain + SPP_RECORD_HEADER_SIZE, plain[1] | plain[2] << 8);
}

/* New keys */

static void
renew (Spp2Hand     *self,
       const guint8 *request,
       const guint8 *answer)
{
  const guint8 *theirs = self->initiator ? answer : request;
  g_autoptr (SppSecret) ee = agree (self, &self->ephemeral, theirs, "rekey ee");
  g_autoptr (SppSecret) own = agree (self, &self->static_secret, theirs,
                                     self->initiator ? "rekey se" : "rekey es");
  g_autoptr (SppSecret) peer = agree (self, &self->ephemeral, self->peer_static,
                                      self->initiator ? "rekey es" : "rekey se");
  g_autoptr (SppSecret) root = reveal (&self->root);
  guint8 ikm[3 * POINT_SIZE + SPP_CRYPTO_DIGEST_SIZE];
  guint8 keys[3 * KEY_SIZE];

  memcpy (ikm, spp_secret_get (ee), POINT_SIZE);
  memcpy (ikm + POINT_SIZE, spp_secret_get (self->initiator ? peer : own), POINT_SIZE);
  memcpy (ikm + 2 * POINT_SIZE, spp_secret_get (self->initiator ? own : peer), POINT_SIZE);
  spp_crypto_sha256_two (ikm + 3 * POINT_SIZE, request, POINT_SIZE, answer, POINT_SIZE);
  learn_extracted (self, "rekey extracted", root, ikm, sizeof ikm);
  spp_crypto_noise_hkdf (keys, 3, spp_secret_get (root), ikm, sizeof ikm);
  spp_secret_wipe (ikm, sizeof ikm);
  self->epoch++;
  begin_epoch (self, keys);
}

GByteArray *
spp2_hand_ask (Spp2Hand     *self,
               const guint8 *ephemeral_public)
{
  make_ephemeral (self);
  memcpy (self->request, ephemeral_public != NULL ? ephemeral_public : self->ephemeral_public,
          sizeof self->request);
  return spp2_hand_seal (self, SPP_RECORD_REKEY, self->request, sizeof self->request, 0);
}

void
spp2_hand_take_answer (Spp2Hand *self,
                       GBytes   *body)
{
  g_assert_cmpuint (g_bytes_get_size (body), ==, POINT_SIZE);
  renew (self, self->request, g_bytes_get_data (body, NULL));
}

GByteArray *
spp2_hand_answer (Spp2Hand     *self,
                  GBytes       *body,
                  const guint8 *ephemeral_public)
{
  GByteArray *frame;

  g_assert_cmpuint (g_bytes_get_size (body), ==, POINT_SIZE);
  make_ephemeral (self);
  if (ephemeral_public == NULL)
    ephemeral_public = self->ephemeral_public;
  frame = spp2_hand_seal (self, SPP_RECORD_REKEY_ACK, ephemeral_public, POINT_SIZE, 0);
  renew (self, g_bytes_get_data (body, NULL), ephemeral_public);
  return frame;
}

G_NO_INLINE void
spp2_hand_scrub (void)
{
  guint8 room[SCRUBBED_SIZE];

  spp_secret_wipe (room, sizeof room);
}
