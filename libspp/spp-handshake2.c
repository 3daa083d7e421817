/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-handshake2-private.h"

#include <string.h>

#include "spp-error.h"
#include "spp-handshake1-private.h"
#include "spp-kem-private.h"
#include "spp-private-key-private.h"
#include "spp-public-key-private.h"

#define PROLOGUE "SPP/2"
#define PROLOGUE_SIZE (5 + SPP_PUBLIC_KEY_SIZE)

/* XKlate is XK with all agreements in the last message: before that, nothing the
 * responder says depends on any secret of its own. "ee" in message 2 would give it
 * a tag, with which whoever sent message 1 could test whose key h contains. */
static const SppNoisePattern xklate = {
  .protocol_name = "Noise_XKlate_25519_ChaChaPoly_SHA256",
  .responder_known = TRUE,
  .messages = {
    { SPP_NOISE_E },
    { SPP_NOISE_E },
    { SPP_NOISE_EE, SPP_NOISE_ES, SPP_NOISE_S, SPP_NOISE_SE },
  },
};

#define FEATURE_POST_QUANTUM (G_GUINT64_CONSTANT (1) << 0)

typedef struct
{
  const guint8 *key;      /* SPP_PUBLIC_KEY_SIZE bytes */
  guint64       features;
  guint64       max_message_size;
} Hello;

typedef enum
{
  AWAITS_MESSAGE1,
  AWAITS_MESSAGE2,
  AWAITS_MESSAGE3,
  AWAITS_HELLO,
  DONE,
} State;

struct _SppHandshake2
{
  gboolean          initiator;
  State             state;
  guint64           max_incoming;

  /* Owned */
  SppPrivateKey    *own_key;
  SppNoise         *noise;
  SppPublicKey     *peer;      /* the responder: NULL before it is known */
  SppRecordLayer   *layer;
  GByteArray       *output;
  GByteArray       *input;     /* of the frame that comes */

  SppPeerFlags      flags;     /* of the peer */
  SppHandshakeFind  find;
  gpointer          find_data;
};

static SppHandshake2 *
handshake_new (SppPrivateKey *own_key,
               gboolean       initiator,
               SppPublicKey  *responder,
               const guint8  *peer_static,
               guint64        max_incoming)
{
  SppHandshake2 *self = g_new0 (SppHandshake2, 1);
  guint8 prologue[PROLOGUE_SIZE] = PROLOGUE;

  self->initiator = initiator;
  self->state = initiator ? AWAITS_MESSAGE2 : AWAITS_MESSAGE1;
  self->max_incoming = max_incoming;
  self->own_key = spp_private_key_ref (own_key);
  memcpy (prologue + PROLOGUE_SIZE - SPP_PUBLIC_KEY_SIZE,
          g_bytes_get_data (spp_public_key_get_bytes (responder), NULL), SPP_PUBLIC_KEY_SIZE);
  self->noise = spp_noise_new (&xklate, initiator, prologue, sizeof prologue,
                               spp_private_key_get_x25519 (own_key),
                               spp_public_key_get_x25519 (spp_private_key_get_public_key (own_key)),
                               peer_static);
  self->input = g_byte_array_new ();
  return self;
}

SppHandshake2 *
spp_handshake2_new_initiator (SppPrivateKey *own_key,
                              SppPublicKey  *peer,
                              SppPeerFlags   flags,
                              guint64        max_incoming)
{
  SppHandshake2 *self = handshake_new (own_key, TRUE, peer, spp_public_key_get_x25519 (peer),
                                       max_incoming);

  self->peer = spp_public_key_ref (peer);
  self->flags = flags;
  return self;
}

SppHandshake2 *
spp_handshake2_new_responder (SppPrivateKey    *own_key,
                              SppHandshakeFind  find,
                              gpointer          user_data,
                              guint64           max_incoming)
{
  SppHandshake2 *self = handshake_new (own_key, FALSE, spp_private_key_get_public_key (own_key),
                                       NULL, max_incoming);

  self->find = find;
  self->find_data = user_data;
  return self;
}

static void
drop_secrets (SppHandshake2 *self)
{
  g_clear_pointer (&self->noise, spp_noise_free);
  g_clear_pointer (&self->layer, spp_record_layer_free);
}

void
spp_handshake2_free (SppHandshake2 *self)
{
  drop_secrets (self);
  spp_private_key_unref (self->own_key);
  g_clear_pointer (&self->peer, spp_public_key_unref);
  g_clear_pointer (&self->output, g_byte_array_unref);
  g_byte_array_unref (self->input);
  g_free (self);
}

void
spp_handshake2_set_ephemeral (SppHandshake2 *self,
                              SppSecret     *ephemeral)
{
  spp_noise_set_ephemeral (self->noise, ephemeral);
}

/* HELLO */

static void
write_hello (SppHandshake2 *self,
             guint8         hello[SPP_HANDSHAKE2_HELLO_SIZE])
{
  GBytes *key = spp_public_key_get_bytes (spp_private_key_get_public_key (self->own_key));
  guint64 features = GUINT64_TO_LE (spp_kem_is_available () ? FEATURE_POST_QUANTUM : 0);
  guint64 max_incoming = GUINT64_TO_LE (self->max_incoming);

  memset (hello, 0, SPP_HANDSHAKE2_HELLO_SIZE);
  memcpy (hello, g_bytes_get_data (key, NULL), SPP_PUBLIC_KEY_SIZE);
  memcpy (hello + SPP_PUBLIC_KEY_SIZE, &features, sizeof features);
  memcpy (hello + SPP_PUBLIC_KEY_SIZE + sizeof features, &max_incoming, sizeof max_incoming);
}

static Hello
read_hello (const guint8 *data)
{
  Hello hello = { .key = data };

  memcpy (&hello.features, data + SPP_PUBLIC_KEY_SIZE, sizeof hello.features);
  memcpy (&hello.max_message_size, data + SPP_PUBLIC_KEY_SIZE + sizeof hello.features,
          sizeof hello.max_message_size);
  hello.features = GUINT64_FROM_LE (hello.features);
  hello.max_message_size = GUINT64_FROM_LE (hello.max_message_size);
  return hello;
}

static gboolean
fail (SppHandshake2  *self,
      GError        **error,
      SppError        code,
      const char     *message)
{
  drop_secrets (self);
  g_set_error_literal (error, SPP_ERROR, code, message);
  return FALSE;
}

/* The peer's HELLO is known: whether that is enough, and what holds from now on. */
static gboolean
agree_terms (SppHandshake2   *self,
             const Hello     *hello,
             SppRecordTerms  *terms,
             GError         **error)
{
  terms->post_quantum = spp_kem_is_available () && (hello->features & FEATURE_POST_QUANTUM) != 0;
  terms->max_incoming = self->max_incoming;
  terms->max_outgoing = hello->max_message_size;
  if (!terms->post_quantum && (self->flags & SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM) != 0)
    return fail (self, error, SPP_ERROR_DOWNGRADED,
                 "The post-quantum protection that this friend had before is missing");
  return TRUE;
}

/* Messages out */

static guint8 *
add_frame (SppHandshake2 *self,
           gsize          size)
{
  guint start;

  if (self->output == NULL)
    self->output = g_byte_array_new ();
  start = self->output->len;
  g_byte_array_set_size (self->output, start + SPP_FRAME_HEADER_SIZE + size);
  spp_frame_write_header (self->output->data + start, size);
  return self->output->data + start + SPP_FRAME_HEADER_SIZE;
}

/* The first two messages, which need nothing and cannot fail. */
static void
write_ephemeral (SppHandshake2 *self)
{
  gboolean written = spp_noise_write (self->noise, add_frame (self, SPP_HANDSHAKE2_MESSAGE1_SIZE),
                                      NULL, 0, NULL);

  g_assert (written);
}

GBytes *
spp_handshake2_take_output (SppHandshake2 *self)
{
  if (self->initiator && self->noise != NULL && spp_noise_is_writing (self->noise))
    write_ephemeral (self);
  return self->output != NULL ? g_byte_array_free_to_bytes (g_steal_pointer (&self->output))
                              : NULL;
}

/* Messages in */

static gboolean
check_ephemerals (SppHandshake2  *self,
                  GError        **error)
{
  if (memcmp (spp_noise_get_own_ephemeral (self->noise),
              spp_noise_get_peer_ephemeral (self->noise), SPP_CRYPTO_X25519_SIZE) == 0)
    return fail (self, error, SPP_ERROR_REFLECTED, "Our own ephemeral key was sent back to us");
  return TRUE;
}

static gboolean
read_ephemeral (SppHandshake2  *self,
                const guint8   *message,
                GError        **error)
{
  guint8 nothing[1];

  return spp_noise_read (self->noise, nothing, message, SPP_HANDSHAKE2_MESSAGE1_SIZE, error);
}

static void
begin_records (SppHandshake2 *self,
               gint64         now)
{
  self->layer = spp_record_layer_new (self->initiator, self->own_key,
                                      spp_noise_get_peer_static (self->noise), self->noise, now);
  g_clear_pointer (&self->noise, spp_noise_free);
}

static gboolean
take_message1 (SppHandshake2  *self,
               const guint8   *message,
               GError        **error)
{
  if (!read_ephemeral (self, message, error))
    return FALSE;
  write_ephemeral (self);
  self->state = AWAITS_MESSAGE3;
  return TRUE;
}

static gboolean
take_message2 (SppHandshake2  *self,
               const guint8   *message,
               gint64          now,
               GError        **error)
{
  guint8 hello[SPP_HANDSHAKE2_HELLO_SIZE];

  if (!read_ephemeral (self, message, error) || !check_ephemerals (self, error))
    return FALSE;
  write_hello (self, hello);
  if (!spp_noise_write (self->noise, add_frame (self, SPP_HANDSHAKE2_MESSAGE3_SIZE), hello,
                        sizeof hello, error))
    {
      g_clear_pointer (&self->output, g_byte_array_unref);
      return FALSE;
    }
  begin_records (self, now);
  self->state = AWAITS_HELLO;
  return TRUE;
}

static gboolean
take_message3 (SppHandshake2  *self,
               const guint8   *message,
               gint64          now,
               GError        **error)
{
  guint8 data[SPP_HANDSHAKE2_HELLO_SIZE];
  guint8 own_hello[SPP_HANDSHAKE2_HELLO_SIZE];
  SppRecordTerms terms;
  SppPublicKey *peer;
  Hello hello;

  if (!check_ephemerals (self, error)
      || !spp_noise_read (self->noise, data, message, SPP_HANDSHAKE2_MESSAGE3_SIZE, error))
    return FALSE;
  hello = read_hello (data);
  peer = self->find (hello.key, &self->flags, self->find_data);
  if (peer == NULL
      || !spp_crypto_equal (spp_public_key_get_x25519 (peer),
                            spp_noise_get_peer_static (self->noise), SPP_CRYPTO_X25519_SIZE))
    return fail (self, error, SPP_ERROR_UNKNOWN_PEER, "The caller is no known friend");
  if (!agree_terms (self, &hello, &terms, error))
    return FALSE;

  self->peer = spp_public_key_ref (peer);
  begin_records (self, now);
  write_hello (self, own_hello);
  self->output = g_byte_array_new ();
  if (!spp_record_layer_seal (self->layer, SPP_RECORD_HELLO, own_hello, sizeof own_hello,
                              self->output, error))
    return FALSE;
  spp_record_layer_agree (self->layer, &terms);
  self->state = DONE;
  return TRUE;
}

static gboolean
take_hello (SppHandshake2  *self,
            guint8         *payload,
            gsize           length,
            gint64          now,
            GError        **error)
{
  SppRecordTerms terms;
  SppRecord record;
  Hello hello;

  if (!spp_record_layer_open (self->layer, &record, payload, length, now, error))
    return FALSE;
  if (record.length != SPP_HANDSHAKE2_HELLO_SIZE)
    return fail (self, error, SPP_ERROR_BAD_RECORD, "A HELLO has a wrong length");
  hello = read_hello (record.body);
  if (memcmp (hello.key, g_bytes_get_data (spp_public_key_get_bytes (self->peer), NULL),
              SPP_PUBLIC_KEY_SIZE) != 0)
    return fail (self, error, SPP_ERROR_BAD_RECORD,
                 "The peer says that it is somebody else than was called");
  if (!agree_terms (self, &hello, &terms, error))
    return FALSE;
  spp_record_layer_agree (self->layer, &terms);
  self->state = DONE;
  return TRUE;
}

/* Frames */

static gboolean
check_length (SppHandshake2  *self,
              guint64         length,
              GError        **error)
{
  gsize expected = self->state == AWAITS_MESSAGE1 ? SPP_HANDSHAKE2_MESSAGE1_SIZE
                   : self->state == AWAITS_MESSAGE2 ? SPP_HANDSHAKE2_MESSAGE2_SIZE
                   : SPP_HANDSHAKE2_MESSAGE3_SIZE;

  if (self->state == AWAITS_MESSAGE2 && length == SPP_HELLO_SIZE)
    return fail (self, error, SPP_ERROR_OLD_PROTOCOL,
                 "Who listens there speaks only SPP/1");
  if (self->state == AWAITS_HELLO ? length >= SPP_RECORD_MIN_PAYLOAD_SIZE
                                    && length <= SPP_RECORD_MAX_PAYLOAD_SIZE
                                  : length == expected)
    return TRUE;

  drop_secrets (self);
  g_set_error (error, SPP_ERROR, SPP_ERROR_FRAME_LENGTH,
               "The peer sent a frame of %" G_GUINT64_FORMAT " bytes that no handshake has "
               "there", length);
  return FALSE;
}

static gboolean
take_frame (SppHandshake2  *self,
            gint64          now,
            GError        **error)
{
  guint8 *payload = self->input->data + SPP_FRAME_HEADER_SIZE;
  gsize length = self->input->len - SPP_FRAME_HEADER_SIZE;
  gboolean taken = FALSE;

  switch (self->state)
    {
    case AWAITS_MESSAGE1:
      taken = take_message1 (self, payload, error);
      break;
    case AWAITS_MESSAGE2:
      taken = take_message2 (self, payload, now, error);
      break;
    case AWAITS_MESSAGE3:
      taken = take_message3 (self, payload, now, error);
      break;
    case AWAITS_HELLO:
      taken = take_hello (self, payload, length, now, error);
      break;
    case DONE:
    default:
      g_assert_not_reached ();
    }
  if (!taken)
    drop_secrets (self);
  g_byte_array_set_size (self->input, 0);
  return taken;
}

gsize
spp_handshake2_get_wanted (SppHandshake2 *self)
{
  if (self->state == DONE)
    return 0;
  if (self->input->len < SPP_FRAME_HEADER_SIZE)
    return SPP_FRAME_HEADER_SIZE - self->input->len;
  return SPP_FRAME_HEADER_SIZE + spp_frame_read_header (self->input->data) - self->input->len;
}

gboolean
spp_handshake2_feed (SppHandshake2  *self,
                     const guint8   *data,
                     gsize           length,
                     gint64          now,
                     GError        **error)
{
  g_assert (length <= spp_handshake2_get_wanted (self));

  if (length == 0)
    return TRUE;
  g_byte_array_append (self->input, data, length);
  if (self->input->len == SPP_FRAME_HEADER_SIZE
      && !check_length (self, spp_frame_read_header (self->input->data), error))
    return FALSE;
  return spp_handshake2_get_wanted (self) > 0 || take_frame (self, now, error);
}

gboolean
spp_handshake2_is_untouched (SppHandshake2 *self)
{
  return self->state == (self->initiator ? AWAITS_MESSAGE2 : AWAITS_MESSAGE1)
         && self->input->len == 0;
}

gboolean
spp_handshake2_is_at_door (SppHandshake2 *self)
{
  return self->state == AWAITS_HELLO && self->input->len == 0;
}

SppPublicKey *
spp_handshake2_get_peer (SppHandshake2 *self)
{
  return self->peer;
}

SppRecordLayer *
spp_handshake2_take_layer (SppHandshake2 *self)
{
  return g_steal_pointer (&self->layer);
}
