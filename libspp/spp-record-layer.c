/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-record-layer-private.h"

#include <string.h>

#include "spp-error.h"
#include "spp-rekey-private.h"

/* So many records, in both directions together, or so much time with a message
 * in it, and the initiator asks for new keys. */
#define EPOCH_RECORDS 65536
#define EPOCH_TIME (600 * G_TIME_SPAN_SECOND)
/* So many in one direction are refused. */
#define MAX_EPOCH_RECORDS (G_GUINT64_CONSTANT (1) << 20)
/* New keys after fewer records than this are needless, and cost as much as other
 * ones: so many at most, and one a second more. */
#define MIN_EPOCH_RECORDS 32768
#define MAX_NEEDLESS_REKEYS 1024

struct _SppRecordLayer
{
  gboolean        initiator;
  guint8          channel_binding[SPP_CRYPTO_DIGEST_SIZE];

  /* Owned */
  SppSecret      *keys;             /* of what is sent, of what is received */
  SppSecret      *root;
  SppRekey       *rekey;
  GByteArray     *answer;           /* nullable: a frame with REKEY_ACK */

  /* State */
  gboolean        agreed;           /* HELLO is through */
  SppRecordTerms  terms;
  gboolean        rekeying;         /* from REKEY to REKEY_ACK */
  guint           rekeys;
  guint           needless_rekeys;
  gint64          begin;
  gint64          epoch_begin;
  guint64         sent;             /* records of this epoch */
  guint64         received;
  gboolean        epoch_has_message;
  guint64         epoch_records;
  gint64          epoch_time;
  gboolean        limited;          /* what comes, by the terms */
  gboolean        in_message;
  guint64         incoming_size;    /* of the message that comes */
  gboolean        close_sent;
  gboolean        close_received;
  gboolean        rekeyed_after_close;
};

static guint8 *
get_sending_key (SppRecordLayer *self)
{
  return spp_secret_get (self->keys);
}

static guint8 *
get_receiving_key (SppRecordLayer *self)
{
  return spp_secret_get (self->keys) + SPP_CRYPTO_KEY_SIZE;
}

static guint8 *
get_root (SppRecordLayer *self)
{
  return spp_secret_get (self->root);
}

/* @keys: k_ir, k_ri and the root; they are wiped. */
static void
begin_epoch (SppRecordLayer *self,
             guint8         *keys,
             gint64          now)
{
  guint8 *k_ir = keys;
  guint8 *k_ri = keys + SPP_CRYPTO_KEY_SIZE;

  memcpy (get_sending_key (self), self->initiator ? k_ir : k_ri, SPP_CRYPTO_KEY_SIZE);
  memcpy (get_receiving_key (self), self->initiator ? k_ri : k_ir, SPP_CRYPTO_KEY_SIZE);
  memcpy (get_root (self), keys + 2 * SPP_CRYPTO_KEY_SIZE, SPP_CRYPTO_KEY_SIZE);
  spp_secret_wipe (keys, SPP_REKEY_KEYS_SIZE);
  self->epoch_begin = now;
  self->sent = self->received = 0;
  self->epoch_has_message = FALSE;
}

SppRecordLayer *
spp_record_layer_new (gboolean       initiator,
                      SppPrivateKey *own_key,
                      const guint8  *peer_x25519,
                      SppNoise      *noise,
                      gint64         now)
{
  SppRecordLayer *self = g_new0 (SppRecordLayer, 1);
  guint8 keys[SPP_REKEY_KEYS_SIZE];

  self->initiator = initiator;
  self->rekey = spp_rekey_new (initiator, own_key, peer_x25519);
  memcpy (self->channel_binding, spp_noise_get_handshake_hash (noise),
          sizeof self->channel_binding);
  self->keys = spp_secret_new (2 * SPP_CRYPTO_KEY_SIZE);
  self->root = spp_secret_new (SPP_CRYPTO_KEY_SIZE);
  self->epoch_records = EPOCH_RECORDS;
  self->epoch_time = EPOCH_TIME;
  self->begin = now;
  spp_noise_split (noise, keys, SPP_REKEY_N_KEYS);
  begin_epoch (self, keys, now);
  return self;
}

static void
drop_secrets (SppRecordLayer *self)
{
  g_clear_pointer (&self->keys, spp_secret_free);
  g_clear_pointer (&self->root, spp_secret_free);
  g_clear_pointer (&self->rekey, spp_rekey_free);
  /* After a violation nothing is said any more. */
  g_clear_pointer (&self->answer, g_byte_array_unref);
}

void
spp_record_layer_free (SppRecordLayer *self)
{
  drop_secrets (self);
  g_free (self);
}

void
spp_record_layer_agree (SppRecordLayer       *self,
                        const SppRecordTerms *terms)
{
  g_assert (!self->agreed);

  self->agreed = TRUE;
  self->terms = *terms;
  self->limited = terms->max_incoming > 0;
  spp_rekey_set_post_quantum (self->rekey, terms->post_quantum);
}

static gboolean
fail (SppRecordLayer  *self,
      GError         **error,
      SppError         code,
      const char      *message)
{
  drop_secrets (self);
  g_set_error_literal (error, SPP_ERROR, code, message);
  return FALSE;
}

static gboolean
check_usable (SppRecordLayer  *self,
              guint64          records,
              GError         **error)
{
  if (self->keys == NULL)
    return fail (self, error, SPP_ERROR_BAD_RECORD, "The session has failed before");
  if (records >= MAX_EPOCH_RECORDS)
    return fail (self, error, SPP_ERROR_EXHAUSTED,
                 "The keys of this session may protect no more records");
  return TRUE;
}

/* With ML-KEM, nothing that matters goes under keys which it had no part in. */
static gboolean
is_before_kem (SppRecordLayer *self)
{
  return self->terms.post_quantum && self->rekeys == 0;
}

/* Sending */

static void
seal (SppRecordLayer *self,
      SppRecordType   type,
      const guint8   *body,
      gsize           length,
      GByteArray     *output)
{
  spp_record_seal (type, body, length, self->sent++, get_sending_key (self), output);
  spp_crypto_noise_rekey (get_sending_key (self));
}

gboolean
spp_record_layer_may_send (SppRecordLayer *self)
{
  return self->agreed && self->keys != NULL && !self->rekeying
         && !is_before_kem (self) && !self->close_sent;
}

gboolean
spp_record_layer_has_answer (SppRecordLayer *self)
{
  return self->answer != NULL;
}

void
spp_record_layer_take_answer (SppRecordLayer *self,
                              GByteArray     *output)
{
  if (self->answer != NULL)
    g_byte_array_append (output, self->answer->data, self->answer->len);
  g_clear_pointer (&self->answer, g_byte_array_unref);
}

gboolean
spp_record_layer_seal (SppRecordLayer  *self,
                       SppRecordType    type,
                       const guint8    *body,
                       gsize            length,
                       GByteArray      *output,
                       GError         **error)
{
  if (!check_usable (self, self->sent, error))
    return FALSE;
  g_assert (type == SPP_RECORD_HELLO ? !self->agreed : spp_record_layer_may_send (self));

  spp_record_layer_take_answer (self, output);
  seal (self, type, body, length, output);
  if (type == SPP_RECORD_DATA || type == SPP_RECORD_LAST)
    self->epoch_has_message = TRUE;
  else if (type == SPP_RECORD_CLOSE)
    self->close_sent = TRUE;
  return TRUE;
}

/* New keys */

gboolean
spp_record_layer_is_rekey_due (SppRecordLayer *self,
                               gint64          now)
{
  if (!self->initiator || !self->agreed || self->keys == NULL
      || self->rekeying || self->close_sent || self->close_received)
    return FALSE;
  return is_before_kem (self)
         || self->sent + self->received >= self->epoch_records
         || (self->epoch_has_message && now - self->epoch_begin >= self->epoch_time);
}

gint64
spp_record_layer_get_epoch_end (SppRecordLayer *self)
{
  return self->initiator && !self->rekeying ? self->epoch_begin + self->epoch_time : 0;
}

gboolean
spp_record_layer_rekey (SppRecordLayer  *self,
                        GByteArray      *output,
                        GError         **error)
{
  GBytes *body;

  g_assert (self->initiator && !self->rekeying);

  if (!check_usable (self, self->sent, error))
    return FALSE;
  body = spp_rekey_ask (self->rekey, error);
  if (body == NULL)
    {
      drop_secrets (self);
      return FALSE;
    }
  seal (self, SPP_RECORD_REKEY, g_bytes_get_data (body, NULL), g_bytes_get_size (body), output);
  self->rekeying = TRUE;
  return TRUE;
}

gboolean
spp_record_layer_is_rekeying (SppRecordLayer *self)
{
  return self->rekeying;
}

static gboolean
check_rekey_rate (SppRecordLayer  *self,
                  gint64           now,
                  GError         **error)
{
  if (self->sent + self->received >= MIN_EPOCH_RECORDS)
    return TRUE;
  self->needless_rekeys++;
  if (self->needless_rekeys > MAX_NEEDLESS_REKEYS + (now - self->begin) / G_TIME_SPAN_SECOND)
    return fail (self, error, SPP_ERROR_BAD_RECORD, "The peer asks for new keys all the time");
  return TRUE;
}

/* The responder: REKEY_ACK is the last record under the old keys. */
static gboolean
answer_rekey (SppRecordLayer  *self,
              SppRecord       *record,
              gint64           now,
              GError         **error)
{
  g_autoptr (GBytes) body = NULL;
  guint8 keys[SPP_REKEY_KEYS_SIZE];

  if (!check_usable (self, self->sent, error) || !check_rekey_rate (self, now, error))
    return FALSE;
  body = spp_rekey_answer (self->rekey, record->body, get_root (self), keys, error);
  if (body == NULL)
    {
      drop_secrets (self);
      return FALSE;
    }
  if (self->answer == NULL)
    self->answer = g_byte_array_new ();
  seal (self, SPP_RECORD_REKEY_ACK, g_bytes_get_data (body, NULL), g_bytes_get_size (body),
        self->answer);
  begin_epoch (self, keys, now);
  self->rekeys++;
  self->rekeyed_after_close = self->close_sent;
  return TRUE;
}

static gboolean
finish_rekey (SppRecordLayer  *self,
              SppRecord       *record,
              gint64           now,
              GError         **error)
{
  guint8 keys[SPP_REKEY_KEYS_SIZE];

  if (!spp_rekey_finish (self->rekey, record->body, get_root (self), keys, error))
    {
      drop_secrets (self);
      return FALSE;
    }
  begin_epoch (self, keys, now);
  self->rekeying = FALSE;
  self->rekeys++;
  return TRUE;
}

/* Receiving */

void
spp_record_layer_set_max_incoming (SppRecordLayer *self,
                                   guint64         max_incoming)
{
  self->terms.max_incoming = max_incoming;
  self->limited = TRUE;
}

/* Which records may come at all, now; NULL if this one may. */
static const char *
why_out_of_place (SppRecordLayer *self,
                  SppRecordType   type)
{
  if (type < SPP_RECORD_HELLO || type > SPP_RECORD_PAD)
    return "A record has an unknown type";
  if ((type == SPP_RECORD_HELLO) != (self->initiator && !self->agreed))
    return "A HELLO is missing or out of place";
  if (type == (self->initiator ? SPP_RECORD_REKEY : SPP_RECORD_REKEY_ACK))
    return "The peer took a part in new keys that is not its own";
  if (type == SPP_RECORD_REKEY_ACK && !self->rekeying)
    return "The peer answered what it was not asked";
  if (type == SPP_RECORD_HELLO || type == SPP_RECORD_REKEY_ACK)
    return NULL;
  if (is_before_kem (self) && type != SPP_RECORD_REKEY)
    return "The peer did not wait for the keys that ML-KEM has a part in";
  if (self->close_received)
    return "The peer went on after it had closed";
  /* The first may have crossed with our CLOSE; before it got the answer to that it has
   * got the CLOSE. */
  if (type == SPP_RECORD_REKEY && self->rekeyed_after_close)
    return "The peer asked for new keys after it had been told that all is said";
  return NULL;
}

static const char *
why_bad_body (SppRecordLayer *self,
              SppRecord      *record)
{
  switch (record->type)
    {
    case SPP_RECORD_DATA:
      return record->length > 0 ? NULL : "A part of a message is empty";
    case SPP_RECORD_REKEY:
      if (record->length != spp_rekey_get_request_size (self->rekey))
        return "A REKEY has a wrong length";
      return NULL;
    case SPP_RECORD_REKEY_ACK:
      if (record->length != spp_rekey_get_answer_size (self->rekey))
        return "A REKEY_ACK has a wrong length";
      return NULL;
    case SPP_RECORD_CLOSE:
      if (self->in_message)
        return "The peer closed within a message";
      return record->length == 1 ? NULL : "A CLOSE has a wrong length";
    case SPP_RECORD_HELLO:
    case SPP_RECORD_LAST:
    case SPP_RECORD_PAD:
    default:
      return NULL;
    }
}

static gboolean
account_part (SppRecordLayer  *self,
              SppRecord       *record,
              GError         **error)
{
  self->incoming_size += record->length;
  if (self->limited && self->incoming_size > self->terms.max_incoming)
    return fail (self, error, SPP_ERROR_MESSAGE_TOO_LARGE,
                 "The peer sent a message that is larger than allowed");
  self->epoch_has_message = TRUE;
  self->in_message = record->type == SPP_RECORD_DATA;
  if (!self->in_message)
    self->incoming_size = 0;
  return TRUE;
}

gboolean
spp_record_layer_open (SppRecordLayer  *self,
                       SppRecord       *record,
                       guint8          *payload,
                       gsize            length,
                       gint64           now,
                       GError         **error)
{
  const char *why;

  if (!check_usable (self, self->received, error))
    return FALSE;
  if (!spp_record_open (record, payload, length, self->received, get_receiving_key (self),
                        error))
    {
      drop_secrets (self);
      return FALSE;
    }
  self->received++;
  spp_crypto_noise_rekey (get_receiving_key (self));

  why = why_out_of_place (self, record->type);
  if (why == NULL)
    why = why_bad_body (self, record);
  if (why != NULL)
    return fail (self, error, SPP_ERROR_BAD_RECORD, why);

  switch (record->type)
    {
    case SPP_RECORD_DATA:
    case SPP_RECORD_LAST:
      return account_part (self, record, error);
    case SPP_RECORD_REKEY:
      return answer_rekey (self, record, now, error);
    case SPP_RECORD_REKEY_ACK:
      return finish_rekey (self, record, now, error);
    case SPP_RECORD_CLOSE:
      self->close_received = TRUE;
      return TRUE;
    case SPP_RECORD_HELLO:
    case SPP_RECORD_PAD:
    default:
      return TRUE;
    }
}

gboolean
spp_record_layer_is_close_sent (SppRecordLayer *self)
{
  return self->close_sent;
}

gboolean
spp_record_layer_is_close_received (SppRecordLayer *self)
{
  return self->close_received;
}

gboolean
spp_record_layer_is_in_message (SppRecordLayer *self)
{
  return self->in_message;
}

guint
spp_record_layer_get_rekeys (SppRecordLayer *self)
{
  return self->rekeys;
}

const SppRecordTerms *
spp_record_layer_get_terms (SppRecordLayer *self)
{
  return &self->terms;
}

const guint8 *
spp_record_layer_get_channel_binding (SppRecordLayer *self)
{
  return self->channel_binding;
}

void
spp_record_layer_set_epoch (SppRecordLayer *self,
                            guint64         records,
                            gint64          microseconds)
{
  self->epoch_records = records;
  self->epoch_time = microseconds;
}

void
spp_record_layer_set_secrets (SppRecordLayer *self,
                              SppSecret      *ephemeral,
                              SppSecret      *kem_seed)
{
  spp_rekey_set_secrets (self->rekey, ephemeral, kem_seed);
}
