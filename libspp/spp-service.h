/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "spp-peer-flags.h"
#include "spp-private-key.h"
#include "spp-public-key.h"
#include "spp-replay-guard.h"
#include "spp-session.h"
#include "spp-version.h"

G_BEGIN_DECLS

#define SPP_TYPE_SERVICE (spp_service_get_type ())

SPP_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (SppService, spp_service, SPP, SERVICE, GSocketService)

SPP_AVAILABLE_IN_0_1
SppService *spp_service_new (SppPrivateKey *private_key);
SPP_AVAILABLE_IN_0_1
SppPrivateKey *spp_service_get_private_key (SppService *self);
SPP_AVAILABLE_IN_0_1
SppReplayGuard *spp_service_get_replay_guard (SppService *self);
SPP_AVAILABLE_IN_0_1
void spp_service_set_replay_guard (SppService     *self,
                                   SppReplayGuard *replay_guard);
SPP_AVAILABLE_IN_0_1
guint spp_service_get_timeout (SppService *self);
SPP_AVAILABLE_IN_0_1
void spp_service_set_timeout (SppService *self,
                              guint       timeout);
SPP_AVAILABLE_IN_0_1
gboolean spp_service_add_peer (SppService   *self,
                               SppPublicKey *peer);
SPP_AVAILABLE_IN_0_1
gboolean spp_service_remove_peer (SppService   *self,
                                  SppPublicKey *peer);
SPP_AVAILABLE_IN_0_1
gsize spp_service_get_max_message_size (SppService *self);
SPP_AVAILABLE_IN_0_1
void spp_service_set_max_message_size (SppService *self,
                                       gsize       max_message_size);
SPP_AVAILABLE_IN_0_1
gboolean spp_service_has_peer (SppService   *self,
                               SppPublicKey *peer);
SPP_AVAILABLE_IN_0_1
SppPeerFlags spp_service_get_peer_flags (SppService   *self,
                                         SppPublicKey *peer);
SPP_AVAILABLE_IN_0_1
void spp_service_set_peer_flags (SppService   *self,
                                 SppPublicKey *peer,
                                 SppPeerFlags  flags);
SPP_AVAILABLE_IN_0_1
void spp_service_negotiate (SppService *self,
                            GIOStream  *stream);

G_END_DECLS
