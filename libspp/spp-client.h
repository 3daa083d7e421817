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

#define SPP_TYPE_CLIENT (spp_client_get_type ())

SPP_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (SppClient, spp_client, SPP, CLIENT, GObject)

SPP_AVAILABLE_IN_0_1
SppClient *spp_client_new (SppPrivateKey *private_key);
SPP_AVAILABLE_IN_0_1
SppPrivateKey *spp_client_get_private_key (SppClient *self);
SPP_AVAILABLE_IN_0_1
SppReplayGuard *spp_client_get_replay_guard (SppClient *self);
SPP_AVAILABLE_IN_0_1
void spp_client_set_replay_guard (SppClient      *self,
                                  SppReplayGuard *replay_guard);
SPP_AVAILABLE_IN_0_1
guint spp_client_get_timeout (SppClient *self);
SPP_AVAILABLE_IN_0_1
void spp_client_set_timeout (SppClient *self,
                             guint      timeout);
SPP_AVAILABLE_IN_0_1
GProxyResolver *spp_client_get_proxy_resolver (SppClient *self);
SPP_AVAILABLE_IN_0_1
void spp_client_set_proxy_resolver (SppClient      *self,
                                    GProxyResolver *proxy_resolver);
SPP_AVAILABLE_IN_0_1
GSocketAddress *spp_client_get_local_address (SppClient *self);
SPP_AVAILABLE_IN_0_1
void spp_client_set_local_address (SppClient      *self,
                                   GSocketAddress *local_address);
SPP_AVAILABLE_IN_0_1
gsize spp_client_get_max_message_size (SppClient *self);
SPP_AVAILABLE_IN_0_1
void spp_client_set_max_message_size (SppClient *self,
                                      gsize      max_message_size);
SPP_AVAILABLE_IN_0_1
SppPeerFlags spp_client_get_peer_flags (SppClient *self);
SPP_AVAILABLE_IN_0_1
void spp_client_set_peer_flags (SppClient    *self,
                                SppPeerFlags  peer_flags);
SPP_AVAILABLE_IN_0_1
void spp_client_connect_async (SppClient           *self,
                               GSocketConnectable  *address,
                               SppPublicKey        *peer,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data);
SPP_AVAILABLE_IN_0_1
void spp_client_connect_to_host_async (SppClient           *self,
                                       const char          *host,
                                       guint16              port,
                                       SppPublicKey        *peer,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data);
SPP_AVAILABLE_IN_0_1
SppSession *spp_client_connect_finish (SppClient     *self,
                                       GAsyncResult  *result,
                                       GError       **error);
SPP_AVAILABLE_IN_0_1
SppSession *spp_client_connect_to_host_finish (SppClient     *self,
                                               GAsyncResult  *result,
                                               GError       **error);
SPP_AVAILABLE_IN_0_1
void spp_client_negotiate_async (SppClient           *self,
                                 GIOStream           *stream,
                                 SppPublicKey        *peer,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data);
SPP_AVAILABLE_IN_0_1
SppSession *spp_client_negotiate_finish (SppClient     *self,
                                         GAsyncResult  *result,
                                         GError       **error);

G_END_DECLS
