/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-message-cipher-private.h"

#include <string.h>

#include "spp-error.h"

/* Nonces of 96 bits under one key for both directions: beyond this many
 * messages a collision with one of the peer's, picked at random, is no longer
 * out of the question. */
#define MAX_SEQUENCE (G_GUINT64_CONSTANT (1) << 32)

struct _SppMessageCipher
{
  SppSecret *secret;    /* the key, and that of our nonces */
  guint64    sent;
  guint64    received;
  gboolean   failed;
};

static guint8 *
get_key (SppMessageCipher *self)
{
  return spp_secret_get (self->secret);
}

static guint8 *
get_nonce_key (SppMessageCipher *self)
{
  return spp_secret_get (self->secret) + SPP_CRYPTO_KEY_SIZE;
}

SppMessageCipher *
spp_message_cipher_new (SppSecret *secret)
{
  SppMessageCipher *self = g_new0 (SppMessageCipher, 1);

  self->secret = secret;
  spp_crypto_random (get_nonce_key (self), SPP_CRYPTO_NONCE_KEY_SIZE);
  return self;
}

void
spp_message_cipher_free (SppMessageCipher *self)
{
  spp_secret_free (self->secret);
  g_free (self);
}

void
spp_message_cipher_write_frame (guint8       *frame,
                                const guint8  key[SPP_CRYPTO_KEY_SIZE],
                                const guint8  nonce[SPP_CRYPTO_NONCE_SIZE],
                                guint64       sequence,
                                const guint8 *payload,
                                gsize         length)
{
  guint64 little_endian = GUINT64_TO_LE (sequence);
  guint8 *plain = frame + SPP_FRAME_HEADER_SIZE + SPP_CRYPTO_NONCE_SIZE;

  spp_frame_write_header (frame, length + SPP_MESSAGE_BODY_OVERHEAD);
  memcpy (frame + SPP_FRAME_HEADER_SIZE, nonce, SPP_CRYPTO_NONCE_SIZE);
  memcpy (plain, &little_endian, SPP_MESSAGE_SEQUENCE_SIZE);
  if (length > 0)
    memcpy (plain + SPP_MESSAGE_SEQUENCE_SIZE, payload, length);
  spp_crypto_seal (plain, plain, SPP_MESSAGE_SEQUENCE_SIZE + length, nonce, key);
}

gboolean
spp_message_cipher_seal (SppMessageCipher  *self,
                         GBytes            *payload,
                         GByteArray        *output,
                         GError           **error)
{
  guint8 nonce[SPP_CRYPTO_NONCE_SIZE];
  gsize length;
  const guint8 *data = g_bytes_get_data (payload, &length);
  guint start = output->len;

  if (self->failed || self->sent >= MAX_SEQUENCE)
    {
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_EXHAUSTED,
                           "The key of this session may protect no more messages");
      return FALSE;
    }

  self->sent++;
  spp_crypto_derive_nonce (nonce, get_nonce_key (self), self->sent);
  g_byte_array_set_size (output, start + length + SPP_MESSAGE_FRAME_OVERHEAD);
  spp_message_cipher_write_frame (output->data + start, get_key (self), nonce,
                                  self->sent, data, length);
  return TRUE;
}

static GBytes *
fail (SppMessageCipher  *self,
      GError           **error,
      SppError           code,
      const char        *message)
{
  self->failed = TRUE;
  g_set_error_literal (error, SPP_ERROR, code, message);
  return NULL;
}

/* A receiver takes only number n next, so the only one of our own frames that
 * could pass for it is our number n, and that has the nonce which we derive. */
static gboolean
is_own_frame (SppMessageCipher *self,
              const guint8     *nonce)
{
  guint8 own[SPP_CRYPTO_NONCE_SIZE];

  if (self->sent <= self->received)
    return FALSE;
  spp_crypto_derive_nonce (own, get_nonce_key (self), self->received + 1);
  return memcmp (own, nonce, sizeof own) == 0;
}

GBytes *
spp_message_cipher_open (SppMessageCipher  *self,
                         const guint8      *body,
                         gsize              length,
                         GError           **error)
{
  g_autofree guint8 *plain = NULL;
  guint8 *payload;
  guint64 sequence;

  if (self->failed)
    return fail (self, error, SPP_ERROR_BAD_TAG, "The session has failed before");
  if (length < SPP_MESSAGE_BODY_OVERHEAD)
    return fail (self, error, SPP_ERROR_FRAME_LENGTH,
                 "A frame is too short to be a message");
  if (self->received >= MAX_SEQUENCE)
    return fail (self, error, SPP_ERROR_EXHAUSTED,
                 "The key of this session may protect no more messages");
  if (is_own_frame (self, body))
    return fail (self, error, SPP_ERROR_REFLECTED,
                 "A message of our own was sent back to us");

  plain = g_malloc (length - SPP_CRYPTO_NONCE_SIZE - SPP_CRYPTO_TAG_SIZE);
  if (!spp_crypto_open (plain, body + SPP_CRYPTO_NONCE_SIZE, length - SPP_CRYPTO_NONCE_SIZE,
                        body, get_key (self)))
    return fail (self, error, SPP_ERROR_BAD_TAG,
                 "A message does not decrypt: it was changed on the way or "
                 "not sealed by the peer");

  memcpy (&sequence, plain, SPP_MESSAGE_SEQUENCE_SIZE);
  sequence = GUINT64_FROM_LE (sequence);
  if (sequence != self->received + 1)
    {
      self->failed = TRUE;
      g_set_error (error, SPP_ERROR, SPP_ERROR_BAD_SEQUENCE,
                   "Message %" G_GUINT64_FORMAT " came where number %" G_GUINT64_FORMAT
                   " was due", sequence, self->received + 1);
      return NULL;
    }

  self->received++;
  payload = plain + SPP_MESSAGE_SEQUENCE_SIZE;
  return g_bytes_new_with_free_func (payload, length - SPP_MESSAGE_BODY_OVERHEAD,
                                     g_free, g_steal_pointer (&plain));
}
