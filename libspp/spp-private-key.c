/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-private-key-private.h"

#include "spp-error.h"
#include "spp-secret-private.h"

/**
 * SppPrivateKey:
 *
 * One's own long-term key: an Ed25519 private key (RFC 8032).
 *
 * It is made from a seed of 32 random bytes, which is also its raw form in
 * files. Secret bytes live in locked memory that is wiped when the last
 * reference goes. The object never changes and may be used from any thread.
 *
 * The key signs the handshakes of SPP/1, which are 32 bytes without any
 * context; it must never be used to sign anything else of that length.
 *
 * Since: 0.1
 */
struct _SppPrivateKey
{
  SppSecret    *seed;
  SppSecret    *secret_key;
  SppPublicKey *public_key;
};

G_STATIC_ASSERT (SPP_PRIVATE_KEY_SIZE == SPP_CRYPTO_SEED_SIZE);

G_DEFINE_BOXED_TYPE (SppPrivateKey, spp_private_key, spp_private_key_ref, spp_private_key_unref)

static SppPrivateKey *
private_key_new (SppSecret *seed)
{
  SppPrivateKey *self = g_atomic_rc_box_new0 (SppPrivateKey);
  guint8 public_key[SPP_PUBLIC_KEY_SIZE];
  g_autoptr (GBytes) bytes = NULL;

  self->seed = seed;
  self->secret_key = spp_secret_new (SPP_CRYPTO_SIGN_SECRET_SIZE);
  spp_crypto_sign_keypair (public_key, spp_secret_get (self->secret_key), spp_secret_get (seed));
  bytes = g_bytes_new (public_key, sizeof public_key);
  self->public_key = spp_public_key_new_from_bytes (bytes, NULL);
  /* What a seed yields is always in the prime-order group. */
  g_assert (self->public_key != NULL);
  return self;
}

static void
private_key_clear (SppPrivateKey *self)
{
  spp_secret_free (self->seed);
  spp_secret_free (self->secret_key);
  spp_public_key_unref (self->public_key);
}

void
spp_private_key_sign (SppPrivateKey *self,
                      guint8         signature[SPP_CRYPTO_SIGNATURE_SIZE],
                      const guint8  *message,
                      gsize          length)
{
  spp_crypto_sign (signature, message, length, spp_secret_get (self->secret_key));
}

SppSecret *
spp_private_key_get_x25519 (SppPrivateKey *self)
{
  SppSecret *secret = spp_secret_new (SPP_CRYPTO_X25519_SIZE);

  spp_crypto_convert_secret (spp_secret_get (secret), spp_secret_get (self->secret_key));
  return secret;
}

/**
 * spp_private_key_generate: (constructor)
 *
 * Makes a new private key from the system's source of randomness.
 *
 * Returns: (transfer full): the key
 *
 * Since: 0.1
 */
SppPrivateKey *
spp_private_key_generate (void)
{
  return private_key_new (spp_secret_new_random (SPP_PRIVATE_KEY_SIZE));
}

/**
 * spp_private_key_new_from_seed:
 * @seed: (array length=length): the raw key
 * @length: how many bytes there are at @seed
 * @error: return location for an error
 *
 * Makes a private key from its raw form, %SPP_PRIVATE_KEY_SIZE bytes; any other
 * length fails with %SPP_ERROR_INVALID_KEY.
 *
 * The bytes are copied; it is the caller's duty to wipe @seed.
 *
 * Returns: (transfer full): the key
 *
 * Since: 0.1
 */
SppPrivateKey *
spp_private_key_new_from_seed (const guint8  *seed,
                               gsize          length,
                               GError       **error)
{
  g_return_val_if_fail (seed != NULL || length == 0, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (length != SPP_PRIVATE_KEY_SIZE)
    {
      g_set_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY,
                   "A private key has 32 bytes, not %" G_GSIZE_FORMAT, length);
      return NULL;
    }
  return private_key_new (spp_secret_new_copy (seed, length));
}

/**
 * spp_private_key_ref:
 * @self: a private key
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SppPrivateKey *
spp_private_key_ref (SppPrivateKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

/**
 * spp_private_key_unref:
 * @self: (transfer full): a private key
 *
 * Gives a reference back. With the last one the secret bytes are wiped.
 *
 * Since: 0.1
 */
void
spp_private_key_unref (SppPrivateKey *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, (GDestroyNotify) private_key_clear);
}

/**
 * spp_private_key_get_seed:
 * @self: a private key
 * @length: (out): the number of bytes, %SPP_PRIVATE_KEY_SIZE
 *
 * Gets the raw key, to be written to a file or sealed.
 *
 * The bytes stay in locked memory; whoever copies them has to wipe the copy.
 *
 * Returns: (transfer none) (array length=length): the seed
 *
 * Since: 0.1
 */
const guint8 *
spp_private_key_get_seed (SppPrivateKey *self,
                          gsize         *length)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (length != NULL, NULL);

  *length = SPP_PRIVATE_KEY_SIZE;
  return spp_secret_get (self->seed);
}

/**
 * spp_private_key_get_public_key:
 * @self: a private key
 *
 * Gets the public key that belongs to @self.
 *
 * Returns: (transfer none): the public key
 *
 * Since: 0.1
 */
SppPublicKey *
spp_private_key_get_public_key (SppPrivateKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->public_key;
}
