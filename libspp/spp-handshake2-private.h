/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-peer-flags.h"
#include "spp-private-key.h"
#include "spp-record-layer-private.h"

G_BEGIN_DECLS

/* The three messages before the first record, without and with their headers. */
#define SPP_HANDSHAKE2_MESSAGE1_SIZE 32
#define SPP_HANDSHAKE2_MESSAGE2_SIZE 32
#define SPP_HANDSHAKE2_MESSAGE3_SIZE 128

#define SPP_HANDSHAKE2_HELLO_SIZE 64

/* Which friend has this Ed25519 key, of SPP_PUBLIC_KEY_SIZE bytes, and what holds
 * for him; NULL for a stranger (transfer none). */
typedef SppPublicKey *(*SppHandshakeFind) (const guint8 *raw,
                                           SppPeerFlags *flags,
                                           gpointer      user_data);

/* The handshake of SPP/2, Noise_XKlate_25519_ChaChaPoly_SHA256, up to and with the
 * responder's HELLO: bytes in, bytes out. */
typedef struct _SppHandshake2 SppHandshake2;

/* @max_incoming: the largest message that is accepted, in bytes, 0 for any. */
SppHandshake2  *spp_handshake2_new_initiator (SppPrivateKey     *own_key,
                                              SppPublicKey      *peer,
                                              SppPeerFlags       flags,
                                              guint64            max_incoming);
SppHandshake2  *spp_handshake2_new_responder (SppPrivateKey     *own_key,
                                              SppHandshakeFind   find,
                                              gpointer           user_data,
                                              guint64            max_incoming);
void            spp_handshake2_free          (SppHandshake2     *self);

/* A known ephemeral in the place of a fresh one (transfer full). */
void            spp_handshake2_set_ephemeral (SppHandshake2     *self,
                                              SppSecret         *ephemeral);

/* (transfer full) (nullable): what is to be sent now. */
GBytes         *spp_handshake2_take_output   (SppHandshake2     *self);
/* How many more bytes it can take at once; 0 once it is done. */
gsize           spp_handshake2_get_wanted    (SppHandshake2     *self);
/* @length must not be more than was wanted. The first failure is final. */
gboolean        spp_handshake2_feed          (SppHandshake2     *self,
                                              const guint8      *data,
                                              gsize              length,
                                              gint64             now,
                                              GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE before the first byte has been fed. */
gboolean        spp_handshake2_is_untouched  (SppHandshake2     *self);
/* TRUE when the initiator has said who it is, and nothing has come back. */
gboolean        spp_handshake2_is_at_door    (SppHandshake2     *self);
/* Once done: (transfer none), and (transfer full) once. */
SppPublicKey   *spp_handshake2_get_peer      (SppHandshake2     *self);
SppRecordLayer *spp_handshake2_take_layer    (SppHandshake2     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppHandshake2, spp_handshake2_free)

G_END_DECLS
