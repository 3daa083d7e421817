/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-rekey-private.h"

#include <string.h>

#include "spp-error.h"
#include "spp-private-key-private.h"

struct _SppRekey
{
  gboolean       initiator;
  gboolean       post_quantum;
  guint8         peer_static[SPP_CRYPTO_X25519_SIZE];

  /* Owned */
  SppPrivateKey *own_key;
  SppSecret     *ephemeral;   /* nullable */
  SppSecret     *kem_seed;    /* nullable */
  GBytes        *request;     /* nullable: what was asked and not answered yet */
};

/* What the new keys come from, in the order of the wire's formula:
 * DH(ei', Er') | DH(ei', Sr) | DH(si, Er') | ss | SHA-256 (REKEY | REKEY_ACK) */
typedef struct
{
  guint8 ee[SPP_CRYPTO_X25519_SIZE];
  guint8 es[SPP_CRYPTO_X25519_SIZE];
  guint8 se[SPP_CRYPTO_X25519_SIZE];
  guint8 rest[SPP_KEM_SHARED_SIZE + SPP_CRYPTO_DIGEST_SIZE];
} Material;

SppRekey *
spp_rekey_new (gboolean       initiator,
               SppPrivateKey *own_key,
               const guint8   peer_static[SPP_CRYPTO_X25519_SIZE])
{
  SppRekey *self = g_new0 (SppRekey, 1);

  self->initiator = initiator;
  self->own_key = spp_private_key_ref (own_key);
  memcpy (self->peer_static, peer_static, sizeof self->peer_static);
  return self;
}

static void
drop_secrets (SppRekey *self)
{
  g_clear_pointer (&self->ephemeral, spp_secret_free);
  g_clear_pointer (&self->kem_seed, spp_secret_free);
  g_clear_pointer (&self->request, g_bytes_unref);
}

void
spp_rekey_free (SppRekey *self)
{
  drop_secrets (self);
  spp_private_key_unref (self->own_key);
  g_free (self);
}

void
spp_rekey_set_post_quantum (SppRekey *self,
                            gboolean  post_quantum)
{
  self->post_quantum = post_quantum;
}

void
spp_rekey_set_secrets (SppRekey  *self,
                       SppSecret *ephemeral,
                       SppSecret *kem_seed)
{
  drop_secrets (self);
  self->ephemeral = ephemeral;
  self->kem_seed = kem_seed;
}

gsize
spp_rekey_get_request_size (SppRekey *self)
{
  return SPP_CRYPTO_X25519_SIZE + (self->post_quantum ? SPP_KEM_PUBLIC_SIZE : 0);
}

gsize
spp_rekey_get_answer_size (SppRekey *self)
{
  return SPP_CRYPTO_X25519_SIZE + (self->post_quantum ? SPP_KEM_CIPHERTEXT_SIZE : 0);
}

/* The public half of a fresh ephemeral, with room for the part of ML-KEM. */
static guint8 *
begin_body (SppRekey *self,
            gsize     size)
{
  guint8 *body = g_malloc (size);

  if (self->ephemeral == NULL)
    self->ephemeral = spp_secret_new_random (SPP_CRYPTO_X25519_SIZE);
  spp_crypto_x25519_public (body, spp_secret_get (self->ephemeral));
  return body;
}

static gboolean
mix_agreements (SppRekey     *self,
                Material     *material,
                const guint8 *peer_ephemeral)
{
  g_autoptr (SppSecret) own_static = spp_private_key_get_x25519 (self->own_key);
  const guint8 *own_ephemeral = spp_secret_get (self->ephemeral);
  /* es is the initiator's ephemeral key with the responder's static one. */
  guint8 *with_peer_static = self->initiator ? material->es : material->se;
  guint8 *with_own_static = self->initiator ? material->se : material->es;

  return spp_crypto_x25519_agree (material->ee, own_ephemeral, peer_ephemeral)
         && spp_crypto_x25519_agree (with_peer_static, own_ephemeral, self->peer_static)
         && spp_crypto_x25519_agree (with_own_static, spp_secret_get (own_static),
                                     peer_ephemeral);
}

/* @kem_shared is wiped. */
static gboolean
derive (SppRekey      *self,
        const guint8  *request,
        const guint8  *answer,
        guint8        *kem_shared,
        const guint8  *root,
        guint8        *keys,
        GError       **error)
{
  gsize kem_size = self->post_quantum ? SPP_KEM_SHARED_SIZE : 0;
  Material material;
  gboolean agreed;

  agreed = mix_agreements (self, &material, self->initiator ? answer : request);
  if (agreed)
    {
      if (kem_size > 0)
        memcpy (material.rest, kem_shared, kem_size);
      spp_crypto_sha256_two (material.rest + kem_size,
                             request, spp_rekey_get_request_size (self),
                             answer, spp_rekey_get_answer_size (self));
      spp_crypto_noise_hkdf (keys, SPP_REKEY_N_KEYS, root, (const guint8 *) &material,
                             G_STRUCT_OFFSET (Material, rest) + kem_size
                             + SPP_CRYPTO_DIGEST_SIZE);
    }
  else
    {
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL,
                           "The peer's new ephemeral key is of low order");
    }
  spp_secret_wipe (&material, sizeof material);
  spp_secret_wipe (kem_shared, SPP_KEM_SHARED_SIZE);
  drop_secrets (self);
  return agreed;
}

GBytes *
spp_rekey_ask (SppRekey  *self,
               GError   **error)
{
  gsize size = spp_rekey_get_request_size (self);
  g_autofree guint8 *body = begin_body (self, size);

  if (self->post_quantum)
    {
      if (self->kem_seed == NULL)
        self->kem_seed = spp_secret_new_random (SPP_KEM_SEED_SIZE);
      if (!spp_kem_get_public (body + SPP_CRYPTO_X25519_SIZE, self->kem_seed))
        {
          g_set_error_literal (error, SPP_ERROR, SPP_ERROR_BAD_RECORD,
                               "libsodium made no ML-KEM key");
          return NULL;
        }
    }
  self->request = g_bytes_new_take (g_steal_pointer (&body), size);
  return self->request;
}

gboolean
spp_rekey_finish (SppRekey      *self,
                  const guint8  *answer,
                  const guint8   root[SPP_CRYPTO_KEY_SIZE],
                  guint8         keys[SPP_REKEY_KEYS_SIZE],
                  GError       **error)
{
  g_autoptr (GBytes) asked = g_bytes_ref (self->request);
  const guint8 *request = g_bytes_get_data (asked, NULL);
  guint8 shared[SPP_KEM_SHARED_SIZE];

  if (memcmp (request, answer, SPP_CRYPTO_X25519_SIZE) == 0)
    {
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_REFLECTED,
                           "Our own ephemeral key was sent back to us");
      return FALSE;
    }
  if (self->post_quantum
      && !spp_kem_decapsulate (shared, answer + SPP_CRYPTO_X25519_SIZE, self->kem_seed))
    {
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL,
                           "The peer's ML-KEM ciphertext is none");
      return FALSE;
    }
  return derive (self, request, answer, shared, root, keys, error);
}

GBytes *
spp_rekey_answer (SppRekey      *self,
                  const guint8  *request,
                  const guint8   root[SPP_CRYPTO_KEY_SIZE],
                  guint8         keys[SPP_REKEY_KEYS_SIZE],
                  GError       **error)
{
  gsize size = spp_rekey_get_answer_size (self);
  g_autofree guint8 *body = begin_body (self, size);
  guint8 shared[SPP_KEM_SHARED_SIZE];

  if (self->post_quantum
      && !spp_kem_encapsulate (body + SPP_CRYPTO_X25519_SIZE, shared,
                               request + SPP_CRYPTO_X25519_SIZE))
    {
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL,
                           "The peer's ML-KEM key is none");
      return NULL;
    }
  if (!derive (self, request, body, shared, root, keys, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&body), size);
}
