/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-handshake1-private.h"
#include "spp-handshake2-private.h"
#include "spp-peer-set-private.h"

G_BEGIN_DECLS

/* The handshake of a connection, whatever version of SPP it comes to: bytes in,
 * bytes out. A responder learns the version from the length of the first frame; an
 * initiator has to choose one.
 *
 * In SPP/1 a hello names nobody. Whose it is is searched in a step of its own,
 * since that may take long: it may run on another thread, as long as nothing else
 * touches the handshake. */
typedef struct _SppHandshake SppHandshake;

/* What one side brings to each of its handshakes. */
typedef struct
{
  SppPrivateKey  *own_key;
  SppReplayGuard *replay_guard;        /* nullable */
  gsize           max_message_size;
} SppHandshakeTerms;

SppHandshake     *spp_handshake_new_initiator        (const SppHandshakeTerms  *terms,
                                                      SppPublicKey             *peer,
                                                      SppPeerFlags              flags,
                                                      guint                     version);
/* @origin: (nullable): where the caller comes from */
SppHandshake     *spp_handshake_new_responder        (const SppHandshakeTerms  *terms,
                                                      SppPeerSet               *friends,
                                                      GBytes                   *origin);
/* One of SPP/1 that is there already (transfer full). */
SppHandshake     *spp_handshake_new_spp1             (SppHandshake1            *handshake,
                                                      gsize                     max_message_size);
void              spp_handshake_free                 (SppHandshake             *self);

/* (transfer full) (nullable): what is to be sent now. */
GBytes           *spp_handshake_take_output          (SppHandshake             *self);
/* How many more bytes it can take at once; 0 once it is done. */
gsize             spp_handshake_get_wanted           (SppHandshake             *self);
/* @length must not be more than was wanted. After a failure it is of no more use. */
gboolean          spp_handshake_feed                 (SppHandshake             *self,
                                                      const guint8             *data,
                                                      gsize                     length,
                                                      gint64                    now,
                                                      GError                  **error)
                                                      G_GNUC_WARN_UNUSED_RESULT;

/* TRUE once a hello of SPP/1 is whole, until it is decided on. */
gboolean          spp_handshake_is_searching         (SppHandshake             *self);
/* Tries the next @max_checks keys at most; FALSE while there are more. */
gboolean          spp_handshake_search               (SppHandshake             *self,
                                                      guint                     max_checks);
/* Who was found (transfer none) (nullable), and as if nobody had been. */
SppPublicKey     *spp_handshake_get_signer           (SppHandshake             *self);
void              spp_handshake_reject_signer        (SppHandshake             *self);
/* To be called when the search is over. FALSE refuses the peer; after that the
 * handshake is of no more use. */
gboolean          spp_handshake_decide               (SppHandshake             *self,
                                                      GError                  **error)
                                                      G_GNUC_WARN_UNUSED_RESULT;

/* TRUE before the first byte has been fed. */
gboolean          spp_handshake_is_untouched         (SppHandshake             *self);
/* TRUE when the initiator has said by SPP/2 who it is, and nothing has come back. */
gboolean          spp_handshake_is_at_door           (SppHandshake             *self);
gboolean          spp_handshake_is_initiator         (SppHandshake             *self);
gsize             spp_handshake_get_max_message_size (SppHandshake             *self);
/* Once done: (transfer none), and (transfer full) once: the one of the version. */
SppPublicKey     *spp_handshake_get_peer             (SppHandshake             *self);
SppMessageCipher *spp_handshake_take_cipher          (SppHandshake             *self);
SppRecordLayer   *spp_handshake_take_layer           (SppHandshake             *self);
/* (transfer full): the channel binding of a session of SPP/1. */
GBytes           *spp_handshake_dup_binding1         (SppHandshake             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppHandshake, spp_handshake_free)

G_END_DECLS
