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
};

G_END_DECLS
