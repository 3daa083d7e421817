/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-test-manual.h"

#include <sodium.h>
#include <string.h>

#include "spp-private-key-private.h"
#include "spp-public-key-private.h"

#define TAG_SIZE crypto_aead_chacha20poly1305_ietf_ABYTES

const guint8 spp_test_low_order[SPP_TEST_N_LOW_ORDER][SPP_CRYPTO_X25519_SIZE] =
  {
    /* 0, of order 4 */
    { 0 },
    /* 1, of order 1 */
    { 1 },
    /* two of order 8 */
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
      0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
      0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
      0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
      0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
    /* p - 1, of order 2 */
    { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
    /* p and p + 1: the first two again */
    { 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
    { 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
  };

/* ## Functions of docs/spp2.md */

static void
mix_hash (SppTestManual *self,
          const guint8  *data,
          gsize          size)
{
  crypto_hash_sha256_state hash;

  crypto_hash_sha256_init (&hash);
  crypto_hash_sha256_update (&hash, self->h, sizeof self->h);
  crypto_hash_sha256_update (&hash, data, size);
  crypto_hash_sha256_final (&hash, self->h);
}

static void
hmac (guint8       *digest,
      const guint8 *key,
      const guint8 *data,
      gsize         size)
{
  crypto_auth_hmacsha256_state state;

  crypto_auth_hmacsha256_init (&state, key, SPP_CRYPTO_KEY_SIZE);
  crypto_auth_hmacsha256_update (&state, data, size);
  crypto_auth_hmacsha256_final (&state, digest);
}

/* HKDF (keys, input, n), into @keys. */
static void
hkdf (guint8       *keys,
      const guint8 *input,
      gsize         size,
      guint         n)
{
  guint8 extracted[32];
  guint8 block[33];

  hmac (extracted, keys, input, size);
  block[0] = 1;
  hmac (keys, extracted, block, 1);
  for (guint i = 1; i < n; i++)
    {
      memcpy (block, keys + (i - 1) * 32, 32);
      block[32] = i + 1;
      hmac (keys + i * 32, extracted, block, 33);
    }
}

static void
make_nonce (guint8  nonce[12],
            guint64 n)
{
  memset (nonce, 0, 4);
  for (guint i = 0; i < 8; i++)
    nonce[4 + i] = n >> 8 * i & 0xff;
}

static void
next_key (guint8 *key)
{
  guint8 zeros[32] = { 0 };
  guint8 sealed[32 + TAG_SIZE];
  guint8 nonce[12];

  make_nonce (nonce, G_MAXUINT64);
  crypto_aead_chacha20poly1305_ietf_encrypt (sealed, NULL, zeros, sizeof zeros, NULL, 0, NULL,
                                             nonce, key);
  memcpy (key, sealed, 32);
}

/* In the handshake n is 0 whenever something is sealed. */
static void
encrypt_and_hash (SppTestManual *self,
                  guint8        *sealed,
                  const guint8  *plain,
                  gsize          size)
{
  guint8 nonce[12] = { 0 };

  crypto_aead_chacha20poly1305_ietf_encrypt (sealed, NULL, plain, size, self->h, sizeof self->h,
                                             NULL, nonce, self->keys + 32);
  mix_hash (self, sealed, size + TAG_SIZE);
}

static gboolean
decrypt_and_hash (SppTestManual *self,
                  guint8        *plain,
                  const guint8  *sealed,
                  gsize          sealed_size)
{
  guint8 nonce[12] = { 0 };
  guint8 opened[SPP_HANDSHAKE2_HELLO_SIZE];

  if (crypto_aead_chacha20poly1305_ietf_decrypt (opened, NULL, NULL, sealed, sealed_size,
                                                 self->h, sizeof self->h, nonce,
                                                 self->keys + 32) != 0)
    return FALSE;
  memcpy (plain, opened, sealed_size - TAG_SIZE);
  mix_hash (self, sealed, sealed_size);
  return TRUE;
}

/* What the peer gets, too, if it takes the zeros that points of low order give. */
static void
agree (guint8       *shared,
       const guint8 *own_secret,
       const guint8 *own_public,
       const guint8 *peer_public)
{
  guint8 scratch[32];

  if (crypto_scalarmult (scratch, own_secret, own_public) != 0
      || crypto_scalarmult (shared, own_secret, peer_public) != 0)
    memset (shared, 0, 32);
}

static void
mix_agreement (SppTestManual *self,
               const guint8  *own_secret,
               const guint8  *own_public,
               const guint8  *peer_public)
{
  guint8 shared[32];

  agree (shared, own_secret, own_public, peer_public);
  hkdf (self->keys, shared, sizeof shared, 2);
}

/* ## The handshake */

static GBytes *
frame_new_take (guint8 *payload,
                gsize   size)
{
  GByteArray *frame = g_byte_array_new ();
  g_autofree guint8 *owned = payload;

  for (guint i = 0; i < 8; i++)
    g_byte_array_append (frame, (const guint8[]) { (guint64) size >> 8 * i & 0xff }, 1);
  g_byte_array_append (frame, owned, size);
  return g_byte_array_free_to_bytes (frame);
}

static const guint8 *
get_payload (GBytes *frame,
             gsize  *size)
{
  const guint8 *data = g_bytes_get_data (frame, size);

  g_assert_cmpuint (*size, >=, 8);
  *size -= 8;
  return data + 8;
}

void
spp_test_manual_init (SppTestManual *self,
                      SppPrivateKey *own_key,
                      SppPublicKey  *peer)
{
  static const char name[] = "Noise_XKlate_25519_ChaChaPoly_SHA256";
  g_autoptr (SppSecret) secret = spp_private_key_get_x25519 (own_key);
  SppPublicKey *own = spp_private_key_get_public_key (own_key);
  SppPublicKey *responder = peer != NULL ? peer : own;
  guint8 prologue[5 + 32] = "SPP/2";

  memset (self, 0, sizeof *self);
  self->initiator = peer != NULL;
  memcpy (self->static_secret, spp_secret_get (secret), 32);
  memcpy (self->static_public, spp_public_key_get_x25519 (own), 32);
  randombytes_buf (self->ephemeral, 32);
  crypto_scalarmult_base (self->ephemeral_public, self->ephemeral);
  spp_test_manual_set_hello (self, g_bytes_get_data (spp_public_key_get_bytes (own), NULL), 0, 0);

  crypto_hash_sha256 (self->h, (const guint8 *) name, strlen (name));
  memcpy (self->keys, self->h, 32);
  memcpy (prologue + 5, g_bytes_get_data (spp_public_key_get_bytes (responder), NULL), 32);
  mix_hash (self, prologue, sizeof prologue);
  mix_hash (self, spp_public_key_get_x25519 (responder), 32);
  if (peer != NULL)
    memcpy (self->peer_static, spp_public_key_get_x25519 (peer), 32);
}

void
spp_test_manual_set_hello (SppTestManual *self,
                           const guint8  *raw,
                           guint64        features,
                           guint64        max_message_size)
{
  memmove (self->hello, raw, 32);
  memset (self->hello + 48, 0, 16);
  for (guint i = 0; i < 8; i++)
    {
      self->hello[32 + i] = features >> 8 * i & 0xff;
      self->hello[40 + i] = max_message_size >> 8 * i & 0xff;
    }
}

GBytes *
spp_test_manual_write_ephemeral (SppTestManual *self)
{
  mix_hash (self, self->ephemeral_public, 32);
  mix_hash (self, NULL, 0);
  return frame_new_take (g_memdup2 (self->ephemeral_public, 32), 32);
}

void
spp_test_manual_read_ephemeral (SppTestManual *self,
                                GBytes        *frame)
{
  gsize size;
  const guint8 *payload = get_payload (frame, &size);

  g_assert_cmpuint (size, ==, 32);
  memcpy (self->peer_ephemeral, payload, 32);
  mix_hash (self, payload, 32);
  mix_hash (self, NULL, 0);
}

static void
split (SppTestManual *self)
{
  memcpy (self->last_ck, self->keys, sizeof self->last_ck);
  hkdf (self->keys, NULL, 0, 3);
  memcpy (self->sending_key, self->keys + (self->initiator ? 0 : 32), 32);
  memcpy (self->receiving_key, self->keys + (self->initiator ? 32 : 0), 32);
  self->sent = self->received = 0;
}

GBytes *
spp_test_manual_write_message3 (SppTestManual *self)
{
  gsize size = 32 + TAG_SIZE + sizeof self->hello + TAG_SIZE;
  guint8 *payload = g_malloc (size);

  mix_agreement (self, self->ephemeral, self->ephemeral_public, self->peer_ephemeral);
  mix_agreement (self, self->ephemeral, self->ephemeral_public, self->peer_static);
  encrypt_and_hash (self, payload, self->static_public, 32);
  mix_agreement (self, self->static_secret, self->static_public, self->peer_ephemeral);
  encrypt_and_hash (self, payload + 32 + TAG_SIZE, self->hello, sizeof self->hello);
  split (self);
  return frame_new_take (payload, size);
}

gboolean
spp_test_manual_read_message3 (SppTestManual *self,
                               GBytes        *frame)
{
  gsize size;
  const guint8 *payload = get_payload (frame, &size);

  g_assert_cmpuint (size, ==, 32 + TAG_SIZE + sizeof self->peer_hello + TAG_SIZE);
  mix_agreement (self, self->ephemeral, self->ephemeral_public, self->peer_ephemeral);
  mix_agreement (self, self->static_secret, self->static_public, self->peer_ephemeral);
  if (!decrypt_and_hash (self, self->peer_static, payload, 32 + TAG_SIZE))
    return FALSE;
  mix_agreement (self, self->ephemeral, self->ephemeral_public, self->peer_static);
  if (!decrypt_and_hash (self, self->peer_hello, payload + 32 + TAG_SIZE,
                         sizeof self->peer_hello + TAG_SIZE))
    return FALSE;
  split (self);
  return TRUE;
}

/* ## Records */

GBytes *
spp_test_manual_seal_plain (SppTestManual *self,
                            const guint8  *plain,
                            gsize          size)
{
  guint8 *payload = g_malloc (size + TAG_SIZE);
  guint8 nonce[12];

  make_nonce (nonce, self->sent++);
  crypto_aead_chacha20poly1305_ietf_encrypt (payload, NULL, plain, size, NULL, 0, NULL, nonce,
                                             self->sending_key);
  next_key (self->sending_key);
  return frame_new_take (payload, size + TAG_SIZE);
}

GBytes *
spp_test_manual_seal (SppTestManual *self,
                      guint8         type,
                      const void    *body,
                      gsize          length)
{
  g_autofree guint8 *plain = g_malloc0 (MAX (256, 3 + length));

  plain[0] = type;
  plain[1] = length & 0xff;
  plain[2] = length >> 8;
  if (length > 0)
    memcpy (plain + 3, body, length);
  return spp_test_manual_seal_plain (self, plain, MAX (256, 3 + length));
}

GBytes *
spp_test_manual_open_plain (SppTestManual *self,
                            GBytes        *frame)
{
  gsize size;
  const guint8 *payload = get_payload (frame, &size);
  g_autofree guint8 *plain = g_malloc (size + 1);
  guint8 nonce[12];

  make_nonce (nonce, self->received);
  if (crypto_aead_chacha20poly1305_ietf_decrypt (plain, NULL, NULL, payload, size, NULL, 0,
                                                 nonce, self->receiving_key) != 0)
    return NULL;
  self->received++;
  next_key (self->receiving_key);
  return g_bytes_new_take (g_steal_pointer (&plain), size - TAG_SIZE);
}

GBytes *
spp_test_manual_open (SppTestManual *self,
                      GBytes        *frame,
                      guint8        *type)
{
  g_autoptr (GBytes) plain = spp_test_manual_open_plain (self, frame);
  const guint8 *data;
  gsize size;

  if (plain == NULL)
    return NULL;
  data = g_bytes_get_data (plain, &size);
  g_assert_cmpuint (size, >=, 3);
  *type = data[0];
  return g_bytes_new_from_bytes (plain, 3, data[1] | data[2] << 8);
}

void
spp_test_manual_rekey (SppTestManual *self,
                       const guint8  *ephemeral,
                       GBytes        *request,
                       GBytes        *answer,
                       const guint8  *kem_shared)
{
  const guint8 *own = g_bytes_get_data (self->initiator ? request : answer, NULL);
  const guint8 *peer = g_bytes_get_data (self->initiator ? answer : request, NULL);
  guint8 input[5 * 32];
  guint8 *end = input + (kem_shared != NULL ? 4 : 3) * 32;
  crypto_hash_sha256_state hash;

  agree (input, ephemeral, own, peer);
  agree (input + (self->initiator ? 32 : 64), ephemeral, own, self->peer_static);
  agree (input + (self->initiator ? 64 : 32), self->static_secret, self->static_public, peer);
  if (kem_shared != NULL)
    memcpy (input + 96, kem_shared, 32);
  crypto_hash_sha256_init (&hash);
  crypto_hash_sha256_update (&hash, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  crypto_hash_sha256_update (&hash, g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
  crypto_hash_sha256_final (&hash, end);

  memcpy (self->keys, self->keys + 64, 32);
  hkdf (self->keys, input, end + 32 - input, 3);
  memcpy (self->sending_key, self->keys + (self->initiator ? 0 : 32), 32);
  memcpy (self->receiving_key, self->keys + (self->initiator ? 32 : 0), 32);
  self->sent = self->received = 0;
}

gsize
spp_test_handshake2_feed (SppHandshake2  *handshake,
                          const guint8   *data,
                          gsize           size,
                          gboolean        bytewise,
                          GError        **error)
{
  gsize fed = 0;

  while (fed < size && spp_handshake2_get_wanted (handshake) > 0)
    {
      gsize wanted = spp_handshake2_get_wanted (handshake);
      gsize part = bytewise ? 1 : MIN (wanted, size - fed);
      /* Of exactly this size, so that a sanitizer sees what reads beyond it. */
      g_autofree guint8 *exact = g_memdup2 (data + fed, part);

      fed += part;
      if (!spp_handshake2_feed (handshake, exact, part, 0, error))
        break;
    }
  return fed;
}
