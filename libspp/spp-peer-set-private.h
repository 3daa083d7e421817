/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "spp-peer-flags.h"
#include "spp-public-key.h"

G_BEGIN_DECLS

/* The friends of a service, what holds for each, and which of them are the
 * likeliest to call. */
typedef struct _SppPeerSet SppPeerSet;

SppPeerSet   *spp_peer_set_new        (void);
SppPeerSet   *spp_peer_set_ref        (SppPeerSet     *self);
void          spp_peer_set_unref      (SppPeerSet     *self);

gboolean      spp_peer_set_contains   (SppPeerSet     *self,
                                       SppPublicKey   *peer);
/* Who has this key, of SPP_PUBLIC_KEY_SIZE bytes (transfer none) (nullable). */
SppPublicKey *spp_peer_set_find       (SppPeerSet     *self,
                                       const guint8   *raw,
                                       SppPeerFlags   *flags);
/* FALSE if nothing has changed. Two keys with one X25519 form cannot both be in. */
gboolean      spp_peer_set_add        (SppPeerSet     *self,
                                       SppPublicKey   *key);
gboolean      spp_peer_set_remove     (SppPeerSet     *self,
                                       SppPublicKey   *key);
/* None for a stranger; they can be set for friends only. */
SppPeerFlags  spp_peer_set_get_flags  (SppPeerSet     *self,
                                       SppPublicKey   *peer);
void          spp_peer_set_set_flags  (SppPeerSet     *self,
                                       SppPublicKey   *peer,
                                       SppPeerFlags    flags);
/* @peer has called from @origin (nullable). */
void          spp_peer_set_saw        (SppPeerSet     *self,
                                       SppPublicKey   *key,
                                       GBytes         *origin);

/* SppPublicKey, in arrays that do not change any more (transfer full): all, and
 * a few who called from @origin or called last. */
GPtrArray    *spp_peer_set_dup_all    (SppPeerSet     *self);
GPtrArray    *spp_peer_set_dup_likely (SppPeerSet     *self,
                                       GBytes         *origin);

/* Where a caller comes from, as far as one can be told from another: an IPv4
 * address or the network of an IPv6 address, since one caller has all of that
 * (transfer full) (nullable). @address is (nullable). */
GBytes       *spp_peer_set_origin_of  (GSocketAddress *address);

G_END_DECLS
