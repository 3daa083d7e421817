/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-kem-private.h"

#include <sodium.h>

#ifdef crypto_kem_mlkem768_SEEDBYTES

G_STATIC_ASSERT (SPP_KEM_PUBLIC_SIZE == crypto_kem_mlkem768_PUBLICKEYBYTES);
G_STATIC_ASSERT (SPP_KEM_CIPHERTEXT_SIZE == crypto_kem_mlkem768_CIPHERTEXTBYTES);
G_STATIC_ASSERT (SPP_KEM_SEED_SIZE == crypto_kem_mlkem768_SEEDBYTES);
G_STATIC_ASSERT (SPP_KEM_SHARED_SIZE == crypto_kem_mlkem768_SHAREDSECRETBYTES);
G_STATIC_ASSERT (SPP_KEM_SEED_SIZE <= SPP_SECRET_MAX_SIZE);

gboolean
spp_kem_is_available (void)
{
  return TRUE;
}

gboolean
spp_kem_get_public (guint8     public_key[SPP_KEM_PUBLIC_SIZE],
                    SppSecret *seed)
{
  guint8 secret_key[crypto_kem_mlkem768_SECRETKEYBYTES];
  gboolean done;

  done = crypto_kem_mlkem768_seed_keypair (public_key, secret_key, spp_secret_get (seed)) == 0;
  sodium_memzero (secret_key, sizeof secret_key);
  return done;
}

gboolean
spp_kem_encapsulate (guint8        ciphertext[SPP_KEM_CIPHERTEXT_SIZE],
                     guint8        shared[SPP_KEM_SHARED_SIZE],
                     const guint8  public_key[SPP_KEM_PUBLIC_SIZE])
{
  return crypto_kem_mlkem768_enc (ciphertext, shared, public_key) == 0;
}

gboolean
spp_kem_decapsulate (guint8        shared[SPP_KEM_SHARED_SIZE],
                     const guint8  ciphertext[SPP_KEM_CIPHERTEXT_SIZE],
                     SppSecret    *seed)
{
  guint8 public_key[crypto_kem_mlkem768_PUBLICKEYBYTES];
  guint8 secret_key[crypto_kem_mlkem768_SECRETKEYBYTES];
  gboolean done;

  done = crypto_kem_mlkem768_seed_keypair (public_key, secret_key, spp_secret_get (seed)) == 0
         && crypto_kem_mlkem768_dec (shared, ciphertext, secret_key) == 0;
  sodium_memzero (secret_key, sizeof secret_key);
  return done;
}

#else

gboolean
spp_kem_is_available (void)
{
  return FALSE;
}

gboolean
spp_kem_get_public (guint8     public_key[SPP_KEM_PUBLIC_SIZE],
                    SppSecret *seed)
{
  return FALSE;
}

gboolean
spp_kem_encapsulate (guint8        ciphertext[SPP_KEM_CIPHERTEXT_SIZE],
                     guint8        shared[SPP_KEM_SHARED_SIZE],
                     const guint8  public_key[SPP_KEM_PUBLIC_SIZE])
{
  return FALSE;
}

gboolean
spp_kem_decapsulate (guint8        shared[SPP_KEM_SHARED_SIZE],
                     const guint8  ciphertext[SPP_KEM_CIPHERTEXT_SIZE],
                     SppSecret    *seed)
{
  return FALSE;
}

#endif
