/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-kem-private.h"
#include "spp-private-key.h"
#include "spp-record-private.h"

G_BEGIN_DECLS

/* One end's part in new keys for a session of SPP/2: bodies of REKEY and
 * REKEY_ACK in and out. The new keys come from fresh ephemerals and the static
 * keys of both: who took the keys of the session, but no identity, cannot go on. */
typedef struct _SppRekey SppRekey;

/* The key of what the initiator sends, of what the responder sends, and the root. */
#define SPP_REKEY_N_KEYS 3
#define SPP_REKEY_KEYS_SIZE (SPP_REKEY_N_KEYS * SPP_CRYPTO_KEY_SIZE)

SppRekey *spp_rekey_new                  (gboolean        initiator,
                                          SppPrivateKey  *own_key,
                                          const guint8    peer_static[SPP_CRYPTO_X25519_SIZE]);
void      spp_rekey_free                 (SppRekey       *self);

/* Bodies grow by the parts of ML-KEM-768. */
void      spp_rekey_set_post_quantum     (SppRekey       *self,
                                          gboolean        post_quantum);
gsize     spp_rekey_get_request_size     (SppRekey       *self);
gsize     spp_rekey_get_answer_size      (SppRekey       *self);

/* The initiator: the body of REKEY (transfer none), to be kept by nobody. */
GBytes   *spp_rekey_ask                  (SppRekey       *self,
                                          GError        **error);
/* The initiator: what came back, of the right size. @keys may hold @root. */
gboolean  spp_rekey_finish               (SppRekey       *self,
                                          const guint8   *answer,
                                          const guint8    root[SPP_CRYPTO_KEY_SIZE],
                                          guint8          keys[SPP_REKEY_KEYS_SIZE],
                                          GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* The responder: the body of REKEY_ACK (transfer full) for what was asked, of the
 * right size. */
GBytes   *spp_rekey_answer               (SppRekey       *self,
                                          const guint8   *request,
                                          const guint8    root[SPP_CRYPTO_KEY_SIZE],
                                          guint8          keys[SPP_REKEY_KEYS_SIZE],
                                          GError        **error) G_GNUC_WARN_UNUSED_RESULT;

/* Known secrets in the place of fresh ones, for the next time (transfer full);
 * @kem_seed (nullable). */
void      spp_rekey_set_secrets          (SppRekey       *self,
                                          SppSecret      *ephemeral,
                                          SppSecret      *kem_seed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppRekey, spp_rekey_free)

G_END_DECLS
