/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-private-key.h"
#include "spp-record-private.h"
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
typedef struct _SppHandshake SppHandshake;

/* @guard: (nullable) */
SppHandshake *spp_handshake_new_initiator (SppPrivateKey  *own_key,
                                           SppPublicKey   *peer,
                                           SppReplayGuard *guard);
/* SppPublicKey, in arrays which must not change any more: @likely are searched
 * first (nullable), then @friends. */
SppHandshake *spp_handshake_new_responder (SppPrivateKey  *own_key,
                                           GPtrArray      *likely,
                                           GPtrArray      *friends,
                                           SppReplayGuard *guard);
void          spp_handshake_free          (SppHandshake   *self);

/* A known ephemeral in the place of a fresh one (transfer full). */
void          spp_handshake_set_ephemeral (SppHandshake   *self,
                                           SppSecret      *ephemeral);

/* (transfer full) (nullable): what is to be sent now. */
GBytes       *spp_handshake_take_output   (SppHandshake   *self);
/* How many more bytes it can take; 0 once it is done. */
gsize         spp_handshake_get_wanted    (SppHandshake   *self);
/* @length must not be more than was wanted. After a failure it is of no more
 * use. */
gboolean      spp_handshake_feed          (SppHandshake   *self,
                                           const guint8   *data,
                                           gsize           length,
                                           GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE once a hello is whole, until it is decided on. */
gboolean      spp_handshake_is_searching  (SppHandshake   *self);
/* Tries the next @max_checks keys at most; FALSE while there are more. */
gboolean      spp_handshake_search        (SppHandshake   *self,
                                           guint           max_checks);
/* Who was found (transfer none) (nullable), and as if nobody had been. */
SppPublicKey *spp_handshake_get_signer    (SppHandshake   *self);
void          spp_handshake_reject_signer (SppHandshake   *self);
/* To be called when the search is over. FALSE refuses the peer; after that the
 * handshake is of no more use. */
gboolean      spp_handshake_decide        (SppHandshake   *self,
                                           GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE before the first byte has been fed. */
gboolean      spp_handshake_is_untouched  (SppHandshake   *self);
gboolean      spp_handshake_is_initiator  (SppHandshake   *self);
/* Once done: (transfer none), and (transfer full) once. */
SppPublicKey *spp_handshake_get_peer      (SppHandshake   *self);
SppRecord    *spp_handshake_take_record   (SppHandshake   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppHandshake, spp_handshake_free)

G_END_DECLS
