/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-noise-private.h"

#include <string.h>

#include "spp-error.h"

/* The names are those of the framework's paper: rs and re are the remote end's
 * static and ephemeral public keys, h is the handshake hash, ck the chaining
 * key and k the key of what is encrypted. */
struct _SppNoise
{
  const SppNoisePattern *pattern;
  gboolean               initiator;
  guint                  next;      /* message */

  /* Owned */
  SppSecret             *secrets;   /* ck and k */
  SppSecret             *s;         /* nullable */
  SppSecret             *e;         /* nullable */

  /* State */
  guint8                 h[SPP_CRYPTO_DIGEST_SIZE];
  gboolean               has_key;
  guint64                n;
  guint8                 s_public[SPP_CRYPTO_X25519_SIZE];
  guint8                 e_public[SPP_CRYPTO_X25519_SIZE];
  gboolean               has_rs;
  guint8                 rs[SPP_CRYPTO_X25519_SIZE];
  gboolean               has_re;
  guint8                 re[SPP_CRYPTO_X25519_SIZE];
};

G_STATIC_ASSERT (2 * SPP_CRYPTO_KEY_SIZE <= SPP_SECRET_MAX_SIZE);

/* A key that is as good as any, for what is calculated only to take its time. */
static const guint8 base_point[SPP_CRYPTO_X25519_SIZE] = { 9, };

/* Symmetric state */

static guint8 *
get_chaining_key (SppNoise *self)
{
  return spp_secret_get (self->secrets);
}

static guint8 *
get_key (SppNoise *self)
{
  return get_chaining_key (self) + SPP_CRYPTO_KEY_SIZE;
}

static void
mix_hash (SppNoise     *self,
          const guint8 *data,
          gsize         length)
{
  spp_crypto_sha256_two (self->h, self->h, sizeof self->h, data, length);
}

static void
mix_key (SppNoise     *self,
         const guint8 *input)
{
  spp_crypto_noise_hkdf (get_chaining_key (self), 2, get_chaining_key (self), input,
                         SPP_CRYPTO_X25519_SIZE);
  self->has_key = TRUE;
  self->n = 0;
}

static gsize
get_tag_size (SppNoise *self)
{
  return self->has_key ? SPP_CRYPTO_TAG_SIZE : 0;
}

static void
encrypt_and_hash (SppNoise     *self,
                  guint8       *sealed,
                  const guint8 *plain,
                  gsize         length)
{
  if (self->has_key)
    spp_crypto_noise_seal (sealed, plain, length, self->h, sizeof self->h, self->n++,
                           get_key (self));
  else if (length > 0)
    memcpy (sealed, plain, length);
  mix_hash (self, sealed, length + get_tag_size (self));
}

static gboolean
decrypt_and_hash (SppNoise      *self,
                  guint8        *plain,
                  const guint8  *sealed,
                  gsize          sealed_length,
                  GError       **error)
{
  gboolean opened = TRUE;

  if (self->has_key)
    opened = spp_crypto_noise_open (plain, sealed, sealed_length, self->h, sizeof self->h,
                                    self->n++, get_key (self));
  else if (sealed_length > 0)
    memcpy (plain, sealed, sealed_length);
  mix_hash (self, sealed, sealed_length);
  if (!opened)
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_BAD_TAG,
                         "A part of the handshake does not decrypt: it is not meant for "
                         "this key, or was changed on the way");
  return opened;
}

/* Handshake state */

SppNoise *
spp_noise_new (const SppNoisePattern *pattern,
               gboolean               initiator,
               const guint8          *prologue,
               gsize                  prologue_length,
               SppSecret             *own_static,
               const guint8          *own_public,
               const guint8          *peer_static)
{
  SppNoise *self = g_new0 (SppNoise, 1);
  gsize name_length = strlen (pattern->protocol_name);

  self->pattern = pattern;
  self->initiator = initiator;
  self->s = own_static;
  if (own_static != NULL)
    memcpy (self->s_public, own_public, sizeof self->s_public);
  if (peer_static != NULL)
    {
      memcpy (self->rs, peer_static, sizeof self->rs);
      self->has_rs = TRUE;
    }

  if (name_length <= sizeof self->h)
    memcpy (self->h, pattern->protocol_name, name_length);
  else
    spp_crypto_sha256 (self->h, (const guint8 *) pattern->protocol_name, name_length);
  self->secrets = spp_secret_new (2 * SPP_CRYPTO_KEY_SIZE);
  memcpy (get_chaining_key (self), self->h, sizeof self->h);

  mix_hash (self, prologue, prologue_length);
  if (pattern->initiator_known)
    mix_hash (self, initiator ? self->s_public : self->rs, SPP_CRYPTO_X25519_SIZE);
  if (pattern->responder_known)
    mix_hash (self, initiator ? self->rs : self->s_public, SPP_CRYPTO_X25519_SIZE);
  return self;
}

static void
drop_secrets (SppNoise *self)
{
  g_clear_pointer (&self->secrets, spp_secret_free);
  g_clear_pointer (&self->s, spp_secret_free);
  g_clear_pointer (&self->e, spp_secret_free);
}

void
spp_noise_free (SppNoise *self)
{
  drop_secrets (self);
  g_free (self);
}

void
spp_noise_set_ephemeral (SppNoise  *self,
                         SppSecret *ephemeral)
{
  g_assert (self->e == NULL);

  self->e = ephemeral;
  spp_crypto_x25519_public (self->e_public, spp_secret_get (ephemeral));
}

gboolean
spp_noise_is_done (SppNoise *self)
{
  return self->pattern->messages[self->next][0] == SPP_NOISE_END;
}

gboolean
spp_noise_is_writing (SppNoise *self)
{
  return !spp_noise_is_done (self) && self->initiator == (self->next % 2 == 0);
}

gsize
spp_noise_get_overhead (SppNoise *self)
{
  const SppNoiseToken *token = self->pattern->messages[self->next];
  gboolean has_key = self->has_key;
  gsize size = 0;

  for (; *token != SPP_NOISE_END; token++)
    {
      if (*token == SPP_NOISE_E)
        size += SPP_CRYPTO_X25519_SIZE;
      else if (*token == SPP_NOISE_S)
        size += SPP_CRYPTO_X25519_SIZE + (has_key ? SPP_CRYPTO_TAG_SIZE : 0);
      else
        has_key = TRUE;
    }
  return size + (has_key ? SPP_CRYPTO_TAG_SIZE : 0);
}

/* A token of two letters: the initiator's key is named first. */
static gboolean
mix_agreement (SppNoise       *self,
               SppNoiseToken   token,
               GError        **error)
{
  g_autoptr (SppSecret) shared = spp_secret_new (SPP_CRYPTO_X25519_SIZE);
  gboolean initiator_static = token == SPP_NOISE_SE || token == SPP_NOISE_SS;
  gboolean responder_static = token == SPP_NOISE_ES || token == SPP_NOISE_SS;
  gboolean own_static = self->initiator ? initiator_static : responder_static;
  gboolean peer_static = self->initiator ? responder_static : initiator_static;
  SppSecret *own = own_static ? self->s : self->e;
  const guint8 *peer = peer_static ? self->rs : self->re;
  /* Some builds of libsodium see that at once; the time must be that of any key. */
  gboolean weak = spp_crypto_x25519_is_weak (peer);

  g_assert (own != NULL && (peer_static ? self->has_rs : self->has_re));

  if (!spp_crypto_x25519_agree (spp_secret_get (shared), spp_secret_get (own),
                                weak ? base_point : peer))
    weak = TRUE;
  mix_key (self, spp_secret_get (shared));
  if (weak)
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL,
                         "A key of the peer's is of low order");
  return !weak;
}

/* Where in the message the next part begins. */
static guint8 *
write_key (SppNoise      *self,
           SppNoiseToken  token,
           guint8        *place)
{
  gsize tag_size = get_tag_size (self);

  if (token == SPP_NOISE_S)
    {
      encrypt_and_hash (self, place, self->s_public, sizeof self->s_public);
      return place + sizeof self->s_public + tag_size;
    }
  if (self->e == NULL)
    spp_noise_set_ephemeral (self, spp_secret_new_random (SPP_CRYPTO_X25519_SIZE));
  memcpy (place, self->e_public, sizeof self->e_public);
  mix_hash (self, self->e_public, sizeof self->e_public);
  return place + sizeof self->e_public;
}

gboolean
spp_noise_write (SppNoise      *self,
                 guint8        *message,
                 const guint8  *payload,
                 gsize          length,
                 GError       **error)
{
  const SppNoiseToken *token;

  g_assert (spp_noise_is_writing (self));

  for (token = self->pattern->messages[self->next]; *token != SPP_NOISE_END; token++)
    {
      if (*token == SPP_NOISE_E || *token == SPP_NOISE_S)
        message = write_key (self, *token, message);
      else if (!mix_agreement (self, *token, error))
        return FALSE;
    }
  encrypt_and_hash (self, message, payload, length);
  self->next++;
  return TRUE;
}

static gboolean
read_key (SppNoise       *self,
          SppNoiseToken   token,
          const guint8  **place,
          GError        **error)
{
  gsize size = SPP_CRYPTO_X25519_SIZE;

  gboolean read = TRUE;

  if (token == SPP_NOISE_S)
    {
      size += get_tag_size (self);
      read = decrypt_and_hash (self, self->rs, *place, size, error);
      if (!read)
        memcpy (self->rs, base_point, sizeof self->rs);
      self->has_rs = TRUE;
    }
  else
    {
      memcpy (self->re, *place, size);
      mix_hash (self, self->re, size);
      self->has_re = TRUE;
    }
  *place += size;
  return read;
}

/* After a failure it goes on with something else in the place of what is missing:
 * how long it takes must not tell which part failed, or an attacker could find out
 * whose static key this end has. */
gboolean
spp_noise_read (SppNoise      *self,
                guint8        *payload,
                const guint8  *message,
                gsize          length,
                GError       **error)
{
  const guint8 *end = message + length;
  const SppNoiseToken *token;
  gboolean good = TRUE;

  g_assert (!spp_noise_is_writing (self) && !spp_noise_is_done (self));
  g_assert (length >= spp_noise_get_overhead (self));

  for (token = self->pattern->messages[self->next]; *token != SPP_NOISE_END; token++)
    {
      GError **first_error = good ? error : NULL;

      if (*token == SPP_NOISE_E || *token == SPP_NOISE_S)
        good = read_key (self, *token, &message, first_error) && good;
      else
        good = mix_agreement (self, *token, first_error) && good;
    }
  good = decrypt_and_hash (self, payload, message, end - message, good ? error : NULL) && good;
  if (good)
    self->next++;
  return good;
}

const guint8 *
spp_noise_get_own_ephemeral (SppNoise *self)
{
  return self->e != NULL ? self->e_public : NULL;
}

const guint8 *
spp_noise_get_peer_ephemeral (SppNoise *self)
{
  return self->has_re ? self->re : NULL;
}

const guint8 *
spp_noise_get_peer_static (SppNoise *self)
{
  return self->has_rs ? self->rs : NULL;
}

const guint8 *
spp_noise_get_handshake_hash (SppNoise *self)
{
  return self->h;
}

void
spp_noise_split (SppNoise *self,
                 guint8   *keys,
                 guint     n_keys)
{
  g_assert (spp_noise_is_done (self) && self->secrets != NULL);

  spp_crypto_noise_hkdf (keys, n_keys, get_chaining_key (self), NULL, 0);
  drop_secrets (self);
}
