/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-handshake1-private.h"

#include <string.h>

#include "spp-error.h"
#include "spp-private-key-private.h"

/* The top bit of the last byte of an ephemeral key. */
#define SENTINEL_BIT 0x80
#define BINDING_LABEL "SPP/1 channel binding"

struct _SppHandshake1
{
  gboolean          initiator;
  gboolean          sentinel;     /* says that it speaks SPP/2, and heeds it */

  /* Owned */
  SppPrivateKey    *own_key;
  GPtrArray        *likely;       /* nullable */
  GPtrArray        *friends;
  SppReplayGuard   *guard;
  SppSecret        *ephemeral;    /* NULL before it is needed and after use */
  GBytes           *output;
  SppPublicKey     *peer;
  SppMessageCipher *cipher;
  GBytes           *binding;

  /* Borrowed */
  SppPublicKey     *signer;       /* of the hello, once found */

  /* State */
  gboolean          decided;
  guint             searched;     /* so many of the likely ones and the friends */
  gboolean          hello_taken;  /* by who sends the initiator's hello */
  guint8            own_ephemeral_public[SPP_CRYPTO_X25519_SIZE];
  guint8            input[SPP_HELLO_FRAME_SIZE];
  gsize             filled;
};

static SppHandshake1 *
handshake_new (SppPrivateKey  *own_key,
               GPtrArray      *likely,
               GPtrArray      *friends,
               SppReplayGuard *guard)
{
  SppHandshake1 *self = g_new0 (SppHandshake1, 1);

  self->own_key = spp_private_key_ref (own_key);
  if (likely != NULL)
    self->likely = g_ptr_array_ref (likely);
  self->friends = g_ptr_array_ref (friends);
  if (guard != NULL)
    self->guard = g_object_ref (guard);
  return self;
}

SppHandshake1 *
spp_handshake1_new_initiator (SppPrivateKey  *own_key,
                              SppPublicKey   *peer,
                              SppReplayGuard *guard)
{
  g_autoptr (GPtrArray) friends = NULL;
  SppHandshake1 *self;

  friends = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
  g_ptr_array_add (friends, spp_public_key_ref (peer));
  self = handshake_new (own_key, NULL, friends, guard);
  self->initiator = TRUE;
  return self;
}

SppHandshake1 *
spp_handshake1_new_responder (SppPrivateKey  *own_key,
                              GPtrArray      *likely,
                              GPtrArray      *friends,
                              SppReplayGuard *guard)
{
  return handshake_new (own_key, likely, friends, guard);
}

void
spp_handshake1_free (SppHandshake1 *self)
{
  spp_private_key_unref (self->own_key);
  g_clear_pointer (&self->likely, g_ptr_array_unref);
  g_ptr_array_unref (self->friends);
  g_clear_object (&self->guard);
  g_clear_pointer (&self->ephemeral, spp_secret_free);
  g_clear_pointer (&self->output, g_bytes_unref);
  g_clear_pointer (&self->peer, spp_public_key_unref);
  g_clear_pointer (&self->cipher, spp_message_cipher_free);
  g_clear_pointer (&self->binding, g_bytes_unref);
  g_free (self);
}

void
spp_handshake1_set_sentinel (SppHandshake1 *self)
{
  self->sentinel = TRUE;
}

void
spp_handshake1_set_ephemeral (SppHandshake1 *self,
                              SppSecret     *ephemeral)
{
  g_assert (self->ephemeral == NULL);

  self->ephemeral = ephemeral;
  spp_crypto_x25519_public (self->own_ephemeral_public, spp_secret_get (ephemeral));
  /* X25519 ignores the bit, and the signature covers it. */
  if (self->sentinel)
    self->own_ephemeral_public[SPP_CRYPTO_X25519_SIZE - 1] |= SENTINEL_BIT;
}

/* One's own hello. The ephemeral is made when it is first needed: a caller who
 * turns out to be a stranger costs none. */
static GBytes *
make_hello (SppHandshake1 *self)
{
  guint8 frame[SPP_HELLO_FRAME_SIZE];
  guint8 *signature = frame + SPP_FRAME_HEADER_SIZE;

  if (self->ephemeral == NULL)
    spp_handshake1_set_ephemeral (self, spp_secret_new_random (SPP_CRYPTO_X25519_SIZE));

  spp_frame_write_header (frame, SPP_HELLO_SIZE);
  spp_private_key_sign (self->own_key, signature,
                        self->own_ephemeral_public, SPP_CRYPTO_X25519_SIZE);
  memcpy (signature + SPP_CRYPTO_SIGNATURE_SIZE,
          self->own_ephemeral_public, SPP_CRYPTO_X25519_SIZE);
  return g_bytes_new (frame, sizeof frame);
}

GBytes *
spp_handshake1_take_output (SppHandshake1 *self)
{
  if (self->initiator && !self->hello_taken)
    {
      self->hello_taken = TRUE;
      return make_hello (self);
    }
  return g_steal_pointer (&self->output);
}

gsize
spp_handshake1_get_wanted (SppHandshake1 *self)
{
  gsize goal = self->filled < SPP_FRAME_HEADER_SIZE ? SPP_FRAME_HEADER_SIZE
                                                    : SPP_HELLO_FRAME_SIZE;

  return goal - self->filled;
}

gboolean
spp_handshake1_is_untouched (SppHandshake1 *self)
{
  return self->filled == 0;
}

gboolean
spp_handshake1_is_initiator (SppHandshake1 *self)
{
  return self->initiator;
}

SppPublicKey *
spp_handshake1_get_peer (SppHandshake1 *self)
{
  return self->peer;
}

SppMessageCipher *
spp_handshake1_take_cipher (SppHandshake1 *self)
{
  return g_steal_pointer (&self->cipher);
}

static gboolean
check_header (SppHandshake1  *self,
              GError        **error)
{
  guint64 length = spp_frame_read_header (self->input);

  if (length != SPP_HELLO_SIZE)
    {
      g_set_error (error, SPP_ERROR, SPP_ERROR_FRAME_LENGTH,
                   "The peer began with a frame of %" G_GUINT64_FORMAT " bytes "
                   "where a hello has %d: it does not speak SPP/1",
                   length, SPP_HELLO_SIZE);
      return FALSE;
    }
  return TRUE;
}

static const guint8 *
get_signature (SppHandshake1 *self)
{
  return self->input + SPP_FRAME_HEADER_SIZE;
}

static const guint8 *
get_peer_ephemeral (SppHandshake1 *self)
{
  return get_signature (self) + SPP_CRYPTO_SIGNATURE_SIZE;
}

static gboolean
is_reflected (SppHandshake1 *self)
{
  return self->ephemeral != NULL
         && spp_crypto_equal (get_peer_ephemeral (self), self->own_ephemeral_public,
                              SPP_CRYPTO_X25519_SIZE);
}

static gboolean
is_likely (SppHandshake1 *self,
           SppPublicKey  *friend)
{
  return self->likely != NULL
         && g_ptr_array_find_with_equal_func (self->likely, friend, spp_public_key_equal, NULL);
}

/* Whose key is to be tried next: each only once. NULL if there is nobody left. */
static SppPublicKey *
peek_candidate (SppHandshake1 *self)
{
  guint n_likely = self->likely != NULL ? self->likely->len : 0;

  if (self->searched < n_likely)
    return g_ptr_array_index (self->likely, self->searched);
  while (self->searched - n_likely < self->friends->len)
    {
      SppPublicKey *friend = g_ptr_array_index (self->friends, self->searched - n_likely);

      if (!is_likely (self, friend))
        return friend;
      self->searched++;
    }
  return NULL;
}

gboolean
spp_handshake1_is_searching (SppHandshake1 *self)
{
  return self->filled == SPP_HELLO_FRAME_SIZE && !self->decided;
}

gboolean
spp_handshake1_search (SppHandshake1 *self,
                       guint          max_checks)
{
  g_assert (spp_handshake1_is_searching (self));

  if (is_reflected (self))
    return TRUE;
  for (guint i = 0; i < max_checks && self->signer == NULL; i++)
    {
      SppPublicKey *candidate = peek_candidate (self);
      GBytes *raw;

      if (candidate == NULL)
        return TRUE;
      self->searched++;
      raw = spp_public_key_get_bytes (candidate);
      if (spp_crypto_verify (get_signature (self), get_peer_ephemeral (self),
                             SPP_CRYPTO_X25519_SIZE, g_bytes_get_data (raw, NULL)))
        self->signer = candidate;
    }
  return self->signer != NULL || peek_candidate (self) == NULL;
}

SppPublicKey *
spp_handshake1_get_signer (SppHandshake1 *self)
{
  return self->signer;
}

void
spp_handshake1_reject_signer (SppHandshake1 *self)
{
  self->signer = NULL;
}

/* key → HKDF with a label, both identities and both ephemerals as they were sent,
 * the initiator's first. */
static GBytes *
derive_binding (SppHandshake1 *self,
                const guint8  *key)
{
  GBytes *own = spp_public_key_get_bytes (spp_private_key_get_public_key (self->own_key));
  GBytes *peer = spp_public_key_get_bytes (self->signer);
  g_autoptr (GByteArray) input = g_byte_array_new ();
  guint8 binding[SPP_CRYPTO_KEY_SIZE];

  g_byte_array_append (input, (const guint8 *) BINDING_LABEL, strlen (BINDING_LABEL));
  for (guint i = 0; i < 2; i++)
    g_byte_array_append (input, g_bytes_get_data (self->initiator == (i == 0) ? own : peer, NULL),
                         SPP_PUBLIC_KEY_SIZE);
  for (guint i = 0; i < 2; i++)
    g_byte_array_append (input, self->initiator == (i == 0) ? self->own_ephemeral_public
                                                            : get_peer_ephemeral (self),
                         SPP_CRYPTO_X25519_SIZE);
  spp_crypto_noise_hkdf (binding, 1, key, input->data, input->len);
  return g_bytes_new (binding, sizeof binding);
}

static gboolean
derive_cipher (SppHandshake1  *self,
               GError        **error)
{
  g_autoptr (SppSecret) shared = spp_secret_new (SPP_CRYPTO_X25519_SIZE);
  SppSecret *keys;

  if (!spp_crypto_x25519_agree (spp_secret_get (shared), spp_secret_get (self->ephemeral),
                                get_peer_ephemeral (self)))
    {
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL,
                           "The peer's ephemeral key is of low order");
      return FALSE;
    }
  keys = spp_secret_new (SPP_MESSAGE_SECRET_SIZE);
  spp_crypto_concat_kdf (spp_secret_get (keys), spp_secret_get (shared));
  self->binding = derive_binding (self, spp_secret_get (keys));
  self->cipher = spp_message_cipher_new (keys);
  return TRUE;
}

static gboolean
check_signer (SppHandshake1  *self,
              GError        **error)
{
  if (is_reflected (self))
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_REFLECTED,
                         "Our own hello was sent back to us");
  else if (self->signer == NULL && self->initiator)
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_BAD_SIGNATURE,
                         "The hello is not signed by the key of the friend who was called");
  else if (self->signer == NULL)
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_UNKNOWN_PEER,
                         "The hello is signed by no known friend");
  else if (self->sentinel
           && (get_peer_ephemeral (self)[SPP_CRYPTO_X25519_SIZE - 1] & SENTINEL_BIT) != 0)
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_DOWNGRADED,
                         "Both ends speak SPP/2, and somebody in between kept them from it");
  else
    return TRUE;
  return FALSE;
}

gboolean
spp_handshake1_decide (SppHandshake1  *self,
                       GError        **error)
{
  g_autoptr (GBytes) remembered = NULL;
  g_autoptr (GBytes) hello = NULL;
  gboolean agreed = FALSE;

  g_assert (spp_handshake1_is_searching (self));

  self->decided = TRUE;
  if (check_signer (self, error))
    {
      if (!self->initiator)
        hello = make_hello (self);
      agreed = derive_cipher (self, error);
    }
  /* Also where there is no agreement: a peer may be kept waiting for long. */
  g_clear_pointer (&self->ephemeral, spp_secret_free);
  if (!agreed)
    return FALSE;

  remembered = g_bytes_new (get_peer_ephemeral (self), SPP_CRYPTO_X25519_SIZE);
  if (self->guard != NULL && !spp_replay_guard_remember (self->guard, self->signer, remembered))
    {
      g_clear_pointer (&self->cipher, spp_message_cipher_free);
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_REPLAYED,
                           "The hello has been seen before: it is an old recording");
      return FALSE;
    }

  self->peer = spp_public_key_ref (self->signer);
  self->output = g_steal_pointer (&hello);
  return TRUE;
}

gboolean
spp_handshake1_feed (SppHandshake1  *self,
                     const guint8   *data,
                     gsize           length,
                     GError        **error)
{
  g_assert (length <= spp_handshake1_get_wanted (self));

  memcpy (self->input + self->filled, data, length);
  self->filled += length;

  if (length > 0 && self->filled == SPP_FRAME_HEADER_SIZE)
    return check_header (self, error);
  return TRUE;
}

GBytes *
spp_handshake1_dup_binding (SppHandshake1 *self)
{
  return g_bytes_ref (self->binding);
}
