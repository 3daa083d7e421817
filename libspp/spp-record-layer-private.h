/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-noise-private.h"
#include "spp-private-key.h"
#include "spp-record-private.h"

G_BEGIN_DECLS

/* What a session of SPP/2 is after its handshake: the keys of both directions,
 * how they go on, and what may be sent and received when. Bytes in, bytes out;
 * times are those of g_get_monotonic_time().
 *
 * The first failure is final, and its keys are gone by then. */
typedef struct _SppRecordLayer SppRecordLayer;

/* What the two HELLOs agree on. */
typedef struct
{
  gboolean post_quantum;
  guint64  max_incoming;    /* bytes of a message, 0 for no limit */
  guint64  max_outgoing;
} SppRecordTerms;

/* Takes the keys out of the finished handshake, of which nothing else is kept. */
SppRecordLayer       *spp_record_layer_new                 (gboolean               initiator,
                                                            SppPrivateKey         *own_key,
                                                            const guint8          *peer_x25519,
                                                            SppNoise              *noise,
                                                            gint64                 now);
void                  spp_record_layer_free                (SppRecordLayer        *self);

/* After the responder has sealed its HELLO and the initiator has opened it. */
void                  spp_record_layer_agree               (SppRecordLayer        *self,
                                                            const SppRecordTerms  *terms);

/* Appends a frame to @output, after an answer that is due: HELLO, or while
 * spp_record_layer_may_send() DATA, LAST, CLOSE or PAD. */
gboolean              spp_record_layer_seal                (SppRecordLayer        *self,
                                                            SppRecordType          type,
                                                            const guint8          *body,
                                                            gsize                  length,
                                                            GByteArray            *output,
                                                            GError               **error)
                                                            G_GNUC_WARN_UNUSED_RESULT;
/* Opens the payload of a frame where it stands. REKEY and REKEY_ACK are dealt
 * with; the caller learns of them by the type. */
gboolean              spp_record_layer_open                (SppRecordLayer        *self,
                                                            SppRecord             *record,
                                                            guint8                *payload,
                                                            gsize                  length,
                                                            gint64                 now,
                                                            GError               **error)
                                                            G_GNUC_WARN_UNUSED_RESULT;

/* Other than what was agreed on; at least that where the peer is to keep to it. */
void                  spp_record_layer_set_max_incoming    (SppRecordLayer        *self,
                                                            guint64                max_incoming);

/* FALSE while keys are exchanged, and after CLOSE. */
gboolean              spp_record_layer_may_send            (SppRecordLayer        *self);
/* An answer to a REKEY, which is to be written before anything else. */
gboolean              spp_record_layer_has_answer          (SppRecordLayer        *self);
void                  spp_record_layer_take_answer         (SppRecordLayer        *self,
                                                            GByteArray            *output);
/* The initiator's duty, when due. */
gboolean              spp_record_layer_is_rekey_due        (SppRecordLayer        *self,
                                                            gint64                 now);
/* When that may be for the time that has passed, 0 for never. */
gint64                spp_record_layer_get_epoch_end       (SppRecordLayer        *self);
gboolean              spp_record_layer_rekey               (SppRecordLayer        *self,
                                                            GByteArray            *output,
                                                            GError               **error)
                                                            G_GNUC_WARN_UNUSED_RESULT;
/* TRUE from one's own REKEY to its answer. */
gboolean              spp_record_layer_is_rekeying         (SppRecordLayer        *self);

gboolean              spp_record_layer_is_close_sent       (SppRecordLayer        *self);
gboolean              spp_record_layer_is_close_received   (SppRecordLayer        *self);
/* TRUE between the parts of a message that comes. */
gboolean              spp_record_layer_is_in_message       (SppRecordLayer        *self);
guint                 spp_record_layer_get_rekeys          (SppRecordLayer        *self);
/* (transfer none) */
const SppRecordTerms *spp_record_layer_get_terms           (SppRecordLayer        *self);
/* SPP_CRYPTO_DIGEST_SIZE bytes. */
const guint8         *spp_record_layer_get_channel_binding (SppRecordLayer        *self);

/* How many records and how much time are enough for new keys. */
void                  spp_record_layer_set_epoch           (SppRecordLayer        *self,
                                                            guint64                records,
                                                            gint64                 microseconds);
/* Known secrets in the place of fresh ones for the next REKEY (transfer full);
 * @kem_seed (nullable). */
void                  spp_record_layer_set_secrets         (SppRecordLayer        *self,
                                                            SppSecret             *ephemeral,
                                                            SppSecret             *kem_seed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppRecordLayer, spp_record_layer_free)

G_END_DECLS
