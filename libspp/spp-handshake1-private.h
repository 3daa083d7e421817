/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-private-key.h"
#include "spp-message-cipher-private.h"
#include "spp-replay-guard.h"

G_BEGIN_DECLS

/* signature | X25519 public key */
#define SPP_HELLO_SIZE (SPP_CRYPTO_SIGNATURE_SIZE + SPP_CRYPTO_X25519_SIZE)
#define SPP_HELLO_FRAME_SIZE (SPP_FRAME_HEADER_SIZE + SPP_HELLO_SIZE)

/* The handshake of SPP/1 as a state machine: bytes in, bytes out.
 *
 * The initiator has output at once; the responder only after the hello of one
 * of its friends has been verified. Whose hello came is searched in a step of
 * its own, since that may take long: it may run on another thread, as long as
 * nothing else touches the handshake. */
typedef struct _SppHandshake1 SppHandshake1;

/* @guard: (nullable) */
SppHandshake1    *spp_handshake1_new_initiator (SppPrivateKey   *own_key,
                                                SppPublicKey    *peer,
                                                SppReplayGuard  *guard);
/* SppPublicKey, in arrays which must not change any more: @likely are searched
 * first (nullable), then @friends. */
SppHandshake1    *spp_handshake1_new_responder (SppPrivateKey   *own_key,
                                                GPtrArray       *likely,
                                                GPtrArray       *friends,
                                                SppReplayGuard  *guard);
void              spp_handshake1_free          (SppHandshake1   *self);

/* Tells a peer who looks for it that SPP/2 is spoken here, and refuses one who says
 * so. To be called first. */
void              spp_handshake1_set_sentinel  (SppHandshake1   *self);
/* A known ephemeral in the place of a fresh one (transfer full). */
void              spp_handshake1_set_ephemeral (SppHandshake1   *self,
                                                SppSecret       *ephemeral);

/* (transfer full) (nullable): what is to be sent now. */
GBytes           *spp_handshake1_take_output   (SppHandshake1   *self);
/* How many more bytes it can take; 0 once it is done. */
gsize             spp_handshake1_get_wanted    (SppHandshake1   *self);
/* @length must not be more than was wanted. After a failure it is of no more
 * use. */
gboolean          spp_handshake1_feed          (SppHandshake1   *self,
                                                const guint8    *data,
                                                gsize            length,
                                                GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE once a hello is whole, until it is decided on. */
gboolean          spp_handshake1_is_searching  (SppHandshake1   *self);
/* Tries the next @max_checks keys at most; FALSE while there are more. */
gboolean          spp_handshake1_search        (SppHandshake1   *self,
                                                guint            max_checks);
/* Who was found (transfer none) (nullable), and as if nobody had been. */
SppPublicKey     *spp_handshake1_get_signer    (SppHandshake1   *self);
void              spp_handshake1_reject_signer (SppHandshake1   *self);
/* To be called when the search is over. FALSE refuses the peer; after that the
 * handshake is of no more use. */
gboolean          spp_handshake1_decide        (SppHandshake1   *self,
                                                GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE before the first byte has been fed. */
gboolean          spp_handshake1_is_untouched  (SppHandshake1   *self);
gboolean          spp_handshake1_is_initiator  (SppHandshake1   *self);
/* Once done: (transfer none), and (transfer full) once. */
SppPublicKey     *spp_handshake1_get_peer      (SppHandshake1   *self);
SppMessageCipher *spp_handshake1_take_cipher   (SppHandshake1   *self);
/* (transfer full): what both ends share and no other session has. */
GBytes           *spp_handshake1_dup_binding   (SppHandshake1   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppHandshake1, spp_handshake1_free)

G_END_DECLS
