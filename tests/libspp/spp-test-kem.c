/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-test-kem.h"

#include <sodium.h>

#define REFUSED 0x80

static gboolean is_available;
static gboolean is_broken;

gboolean __wrap_spp_kem_is_available (void);
gboolean __wrap_spp_kem_get_public   (guint8       *public_key,
                                      SppSecret    *seed);
gboolean __wrap_spp_kem_encapsulate  (guint8       *ciphertext,
                                      guint8       *shared,
                                      const guint8 *public_key);
gboolean __wrap_spp_kem_decapsulate  (guint8       *shared,
                                      const guint8 *ciphertext,
                                      SppSecret    *seed);

void
spp_test_kem_set_available (gboolean available)
{
  is_available = available;
}

void
spp_test_kem_set_broken (gboolean broken)
{
  is_broken = broken;
}

void
spp_test_kem_share (guint8       shared[SPP_KEM_SHARED_SIZE],
                    const guint8 public_key[SPP_KEM_PUBLIC_SIZE],
                    const guint8 ciphertext[SPP_KEM_CIPHERTEXT_SIZE])
{
  crypto_hash_sha256_state hash;

  crypto_hash_sha256_init (&hash);
  crypto_hash_sha256_update (&hash, public_key, SPP_KEM_PUBLIC_SIZE);
  crypto_hash_sha256_update (&hash, ciphertext, SPP_KEM_CIPHERTEXT_SIZE);
  crypto_hash_sha256_final (&hash, shared);
}

gboolean
__wrap_spp_kem_is_available (void)
{
  return is_available;
}

gboolean
__wrap_spp_kem_get_public (guint8    *public_key,
                           SppSecret *seed)
{
  guint8 key[crypto_stream_chacha20_KEYBYTES];
  static const guint8 nonce[crypto_stream_chacha20_NONCEBYTES];

  if (!is_available || is_broken)
    return FALSE;
  crypto_hash_sha256 (key, spp_secret_get (seed), SPP_KEM_SEED_SIZE);
  crypto_stream_chacha20 (public_key, SPP_KEM_PUBLIC_SIZE, nonce, key);
  public_key[0] &= ~REFUSED;
  return TRUE;
}

gboolean
__wrap_spp_kem_encapsulate (guint8       *ciphertext,
                            guint8       *shared,
                            const guint8 *public_key)
{
  if (!is_available || is_broken || public_key[0] & REFUSED)
    return FALSE;
  randombytes_buf (ciphertext, SPP_KEM_CIPHERTEXT_SIZE);
  ciphertext[0] &= ~REFUSED;
  spp_test_kem_share (shared, public_key, ciphertext);
  return TRUE;
}

gboolean
__wrap_spp_kem_decapsulate (guint8       *shared,
                            const guint8 *ciphertext,
                            SppSecret    *seed)
{
  guint8 public_key[SPP_KEM_PUBLIC_SIZE];

  if (ciphertext[0] & REFUSED || !__wrap_spp_kem_get_public (public_key, seed))
    return FALSE;
  spp_test_kem_share (shared, public_key, ciphertext);
  return TRUE;
}
