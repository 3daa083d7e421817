/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-crypto-private.h"

#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT (SPP_CRYPTO_SEED_SIZE == crypto_sign_SEEDBYTES);
G_STATIC_ASSERT (SPP_CRYPTO_SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES);
G_STATIC_ASSERT (SPP_CRYPTO_SIGN_SECRET_SIZE == crypto_sign_SECRETKEYBYTES);
G_STATIC_ASSERT (SPP_CRYPTO_SIGNATURE_SIZE == crypto_sign_BYTES);
G_STATIC_ASSERT (SPP_CRYPTO_X25519_SIZE == crypto_scalarmult_BYTES);
G_STATIC_ASSERT (SPP_CRYPTO_X25519_SIZE == crypto_scalarmult_SCALARBYTES);
G_STATIC_ASSERT (SPP_CRYPTO_KEY_SIZE == crypto_aead_chacha20poly1305_ietf_KEYBYTES);
G_STATIC_ASSERT (SPP_CRYPTO_NONCE_SIZE == crypto_aead_chacha20poly1305_ietf_NPUBBYTES);
G_STATIC_ASSERT (SPP_CRYPTO_TAG_SIZE == crypto_aead_chacha20poly1305_ietf_ABYTES);
G_STATIC_ASSERT (SPP_CRYPTO_DIGEST_SIZE == crypto_hash_sha256_BYTES);
G_STATIC_ASSERT (SPP_CRYPTO_KEY_SIZE == crypto_hash_sha256_BYTES);
G_STATIC_ASSERT (SPP_CRYPTO_NONCE_KEY_SIZE == crypto_shorthash_siphashx24_KEYBYTES);
G_STATIC_ASSERT (SPP_CRYPTO_NONCE_SIZE <= crypto_shorthash_siphashx24_BYTES);

void
spp_crypto_init (void)
{
  static gsize initialised = 0;

  if (g_once_init_enter (&initialised))
    {
      if (sodium_init () < 0)
        g_error ("libsodium found no source of randomness");
      g_once_init_leave (&initialised, 1);
    }
}

void
spp_crypto_random (guint8 *bytes,
                   gsize   size)
{
  spp_crypto_init ();
  randombytes_buf (bytes, size);
}

void
spp_crypto_sign_keypair (guint8       public_key[SPP_CRYPTO_SIGN_PUBLIC_SIZE],
                         guint8       secret_key[SPP_CRYPTO_SIGN_SECRET_SIZE],
                         const guint8 seed[SPP_CRYPTO_SEED_SIZE])
{
  crypto_sign_seed_keypair (public_key, secret_key, seed);
}

gboolean
spp_crypto_is_valid_public (const guint8 public_key[SPP_CRYPTO_SIGN_PUBLIC_SIZE])
{
  return crypto_core_ed25519_is_valid_point (public_key) == 1;
}

void
spp_crypto_sign (guint8        signature[SPP_CRYPTO_SIGNATURE_SIZE],
                 const guint8 *message,
                 gsize         length,
                 const guint8  secret_key[SPP_CRYPTO_SIGN_SECRET_SIZE])
{
  crypto_sign_detached (signature, NULL, message, length, secret_key);
}

gboolean
spp_crypto_verify (const guint8  signature[SPP_CRYPTO_SIGNATURE_SIZE],
                   const guint8 *message,
                   gsize         length,
                   const guint8  public_key[SPP_CRYPTO_SIGN_PUBLIC_SIZE])
{
  return crypto_sign_verify_detached (signature, message, length, public_key) == 0;
}

void
spp_crypto_x25519_public (guint8       public_key[SPP_CRYPTO_X25519_SIZE],
                          const guint8 secret[SPP_CRYPTO_X25519_SIZE])
{
  crypto_scalarmult_base (public_key, secret);
}

gboolean
spp_crypto_x25519_is_weak (const guint8 public_key[SPP_CRYPTO_X25519_SIZE])
{
  /* The u-coordinates of the points of order 1, 2, 4 and 8 on the curve and its twist,
   * and those of them that have a second form below 2^255 (cr.yp.to/ecdh.html). */
  static const guint8 weak[][SPP_CRYPTO_X25519_SIZE] = {
    { 0x00 },
    { 0x01 },
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
      0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
      0xb8, 0x00 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
      0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
      0x11, 0x57 },
    { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0x7f },
    { 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0x7f },
    { 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0x7f },
  };
  guint8 masked[SPP_CRYPTO_X25519_SIZE];
  gboolean found = FALSE;

  /* X25519 ignores the top bit. */
  memcpy (masked, public_key, sizeof masked);
  masked[sizeof masked - 1] &= 0x7f;
  for (gsize i = 0; i < G_N_ELEMENTS (weak); i++)
    found |= sodium_memcmp (masked, weak[i], sizeof masked) == 0;
  return found;
}

gboolean
spp_crypto_x25519_agree (guint8       shared[SPP_CRYPTO_X25519_SIZE],
                         const guint8 secret[SPP_CRYPTO_X25519_SIZE],
                         const guint8 peer[SPP_CRYPTO_X25519_SIZE])
{
  return crypto_scalarmult (shared, secret, peer) == 0;
}

gboolean
spp_crypto_convert_public (guint8       x25519[SPP_CRYPTO_X25519_SIZE],
                           const guint8 public_key[SPP_CRYPTO_SIGN_PUBLIC_SIZE])
{
  return crypto_sign_ed25519_pk_to_curve25519 (x25519, public_key) == 0;
}

void
spp_crypto_convert_secret (guint8       x25519[SPP_CRYPTO_X25519_SIZE],
                           const guint8 secret_key[SPP_CRYPTO_SIGN_SECRET_SIZE])
{
  crypto_sign_ed25519_sk_to_curve25519 (x25519, secret_key);
}

void
spp_crypto_concat_kdf (guint8       key[SPP_CRYPTO_KEY_SIZE],
                       const guint8 shared[SPP_CRYPTO_X25519_SIZE])
{
  static const guint8 counter[] = { 0, 0, 0, 1 };
  crypto_hash_sha256_state hash;

  crypto_hash_sha256_init (&hash);
  crypto_hash_sha256_update (&hash, counter, sizeof counter);
  crypto_hash_sha256_update (&hash, shared, SPP_CRYPTO_X25519_SIZE);
  crypto_hash_sha256_final (&hash, key);
  sodium_memzero (&hash, sizeof hash);
}

void
spp_crypto_sha256 (guint8        digest[SPP_CRYPTO_DIGEST_SIZE],
                   const guint8 *data,
                   gsize         length)
{
  crypto_hash_sha256 (digest, data, length);
}

void
spp_crypto_derive_nonce (guint8       nonce[SPP_CRYPTO_NONCE_SIZE],
                         const guint8 key[SPP_CRYPTO_NONCE_KEY_SIZE],
                         guint64      sequence)
{
  guint8 digest[crypto_shorthash_siphashx24_BYTES];
  guint64 input = GUINT64_TO_LE (sequence);

  crypto_shorthash_siphashx24 (digest, (const guint8 *) &input, sizeof input, key);
  memcpy (nonce, digest, SPP_CRYPTO_NONCE_SIZE);
}

void
spp_crypto_seal (guint8       *sealed,
                 const guint8 *plain,
                 gsize         length,
                 const guint8  nonce[SPP_CRYPTO_NONCE_SIZE],
                 const guint8  key[SPP_CRYPTO_KEY_SIZE])
{
  crypto_aead_chacha20poly1305_ietf_encrypt (sealed, NULL, plain, length,
                                             NULL, 0, NULL, nonce, key);
}

gboolean
spp_crypto_open (guint8       *plain,
                 const guint8 *sealed,
                 gsize         sealed_length,
                 const guint8  nonce[SPP_CRYPTO_NONCE_SIZE],
                 const guint8  key[SPP_CRYPTO_KEY_SIZE])
{
  return crypto_aead_chacha20poly1305_ietf_decrypt (plain, NULL, NULL,
                                                    sealed, sealed_length,
                                                    NULL, 0, nonce, key) == 0;
}

static void
write_noise_nonce (guint8  nonce[SPP_CRYPTO_NONCE_SIZE],
                   guint64 counter)
{
  guint64 little_endian = GUINT64_TO_LE (counter);

  memset (nonce, 0, SPP_CRYPTO_NONCE_SIZE - sizeof little_endian);
  memcpy (nonce + SPP_CRYPTO_NONCE_SIZE - sizeof little_endian, &little_endian,
          sizeof little_endian);
}

void
spp_crypto_noise_seal (guint8       *sealed,
                       const guint8 *plain,
                       gsize         length,
                       const guint8 *associated,
                       gsize         associated_length,
                       guint64       counter,
                       const guint8  key[SPP_CRYPTO_KEY_SIZE])
{
  guint8 nonce[SPP_CRYPTO_NONCE_SIZE];

  write_noise_nonce (nonce, counter);
  crypto_aead_chacha20poly1305_ietf_encrypt (sealed, NULL, plain, length, associated,
                                             associated_length, NULL, nonce, key);
}

gboolean
spp_crypto_noise_open (guint8       *plain,
                       const guint8 *sealed,
                       gsize         sealed_length,
                       const guint8 *associated,
                       gsize         associated_length,
                       guint64       counter,
                       const guint8  key[SPP_CRYPTO_KEY_SIZE])
{
  guint8 nonce[SPP_CRYPTO_NONCE_SIZE];

  write_noise_nonce (nonce, counter);
  return crypto_aead_chacha20poly1305_ietf_decrypt (plain, NULL, NULL, sealed, sealed_length,
                                                    associated, associated_length, nonce,
                                                    key) == 0;
}

void
spp_crypto_noise_rekey (guint8 key[SPP_CRYPTO_KEY_SIZE])
{
  static const guint8 zeros[SPP_CRYPTO_KEY_SIZE] = { 0, };
  guint8 nonce[SPP_CRYPTO_NONCE_SIZE];
  guint8 next[SPP_CRYPTO_KEY_SIZE];

  /* Of the sealed zeros the tag is not wanted, so they are only encrypted, from
   * the block after that of the one-time key (RFC 8439, section 2.8). */
  write_noise_nonce (nonce, G_MAXUINT64);
  crypto_stream_chacha20_ietf_xor_ic (next, zeros, sizeof zeros, nonce, 1, key);
  memcpy (key, next, sizeof next);
  sodium_memzero (next, sizeof next);
}

static void
hmac (guint8       *digest,
      const guint8 *key,
      const guint8 *first,
      gsize         first_length,
      guint8        last)
{
  crypto_auth_hmacsha256_state state;

  crypto_auth_hmacsha256_init (&state, key, SPP_CRYPTO_KEY_SIZE);
  crypto_auth_hmacsha256_update (&state, first, first_length);
  if (last != 0)
    crypto_auth_hmacsha256_update (&state, &last, sizeof last);
  crypto_auth_hmacsha256_final (&state, digest);
  sodium_memzero (&state, sizeof state);
}

void
spp_crypto_noise_hkdf (guint8       *keys,
                       guint         n_keys,
                       const guint8  chaining_key[SPP_CRYPTO_KEY_SIZE],
                       const guint8 *input,
                       gsize         length)
{
  guint8 extracted[SPP_CRYPTO_KEY_SIZE];

  hmac (extracted, chaining_key, input, length, 0);
  for (guint i = 0; i < n_keys; i++)
    hmac (keys + i * SPP_CRYPTO_KEY_SIZE, extracted,
          i > 0 ? keys + (i - 1) * SPP_CRYPTO_KEY_SIZE : NULL, i > 0 ? SPP_CRYPTO_KEY_SIZE : 0,
          i + 1);
  sodium_memzero (extracted, sizeof extracted);
}

void
spp_crypto_sha256_two (guint8        digest[SPP_CRYPTO_DIGEST_SIZE],
                       const guint8 *first,
                       gsize         first_length,
                       const guint8 *second,
                       gsize         second_length)
{
  crypto_hash_sha256_state hash;

  crypto_hash_sha256_init (&hash);
  crypto_hash_sha256_update (&hash, first, first_length);
  crypto_hash_sha256_update (&hash, second, second_length);
  crypto_hash_sha256_final (&hash, digest);
}

gboolean
spp_crypto_equal (const guint8 *a,
                  const guint8 *b,
                  gsize         length)
{
  return sodium_memcmp (a, b, length) == 0;
}

gboolean
spp_crypto_decode_hex (guint8     *bytes,
                       gsize       size,
                       const char *text)
{
  gsize length = 0;

  return strlen (text) == 2 * size
         && sodium_hex2bin (bytes, size, text, 2 * size, NULL, &length, NULL) == 0
         && length == size;
}

static gboolean
is_base64_of (const char   *text,
              const guint8 *bytes,
              gsize         size,
              int           variant)
{
  gsize room = sodium_base64_encoded_len (size, variant);
  g_autofree char *canonical = g_malloc (room);

  sodium_bin2base64 (canonical, room, bytes, size, variant);
  return g_str_equal (text, canonical);
}

gboolean
spp_crypto_decode_base64 (guint8     *bytes,
                          gsize       size,
                          const char *text)
{
  /* The text has to be what the bytes are written as, so that one key has one
   * spelling in each of these alphabets: libsodium takes some bytes beyond ASCII
   * for digits. */
  static const int variants[] = {
    sodium_base64_VARIANT_ORIGINAL,
    sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
    sodium_base64_VARIANT_URLSAFE,
    sodium_base64_VARIANT_URLSAFE_NO_PADDING,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      gsize length = 0;
      const char *end = NULL;

      if (sodium_base642bin (bytes, size, text, strlen (text), NULL,
                             &length, &end, variants[i]) == 0
          && length == size && *end == '\0'
          && is_base64_of (text, bytes, size, variants[i]))
        return TRUE;
    }
  return FALSE;
}
