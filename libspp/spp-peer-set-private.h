/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "spp-public-key.h"

G_BEGIN_DECLS

/* The friends of a service, and which of them are the likeliest to call. */
typedef struct _SppPeerSet SppPeerSet;

SppPeerSet *spp_peer_set_new        (void);
void        spp_peer_set_free       (SppPeerSet     *self);

gboolean    spp_peer_set_contains   (SppPeerSet     *self,
                                     SppPublicKey   *peer);
/* FALSE if nothing has changed. */
gboolean    spp_peer_set_add        (SppPeerSet     *self,
                                     SppPublicKey   *peer);
gboolean    spp_peer_set_remove     (SppPeerSet     *self,
                                     SppPublicKey   *peer);
/* @peer has called from @origin (nullable). */
void        spp_peer_set_saw        (SppPeerSet     *self,
                                     SppPublicKey   *peer,
                                     GBytes         *origin);

/* SppPublicKey, in arrays that do not change any more (transfer full): all, and
 * a few who called from @origin or called last. */
GPtrArray  *spp_peer_set_dup_all    (SppPeerSet     *self);
GPtrArray  *spp_peer_set_dup_likely (SppPeerSet     *self,
                                     GBytes         *origin);

/* Where a caller comes from, as far as one can be told from another: an IPv4
 * address or the network of an IPv6 address, since one caller has all of that
 * (transfer full) (nullable). @address is (nullable). */
GBytes     *spp_peer_set_origin_of  (GSocketAddress *address);

G_END_DECLS
