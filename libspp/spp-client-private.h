/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-client.h"

G_BEGIN_DECLS

struct _SppClient
{
  GObject         parent_instance;

  /* Owned */
  SppPrivateKey  *private_key;
  SppReplayGuard *replay_guard;
  GProxyResolver *proxy_resolver;   /* nullable */
  GSocketAddress *local_address;    /* nullable */

  /* State */
  guint           timeout;
  gsize           max_message_size;
  SppPeerFlags    peer_flags;
  gboolean        only_spp1;
};

/* Makes it call as programs do that know no SPP/2, without a word of it. */
void spp_client_speak_only_spp1 (SppClient *self);

G_END_DECLS
