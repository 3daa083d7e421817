/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-peer-set-private.h"
#include "spp-service.h"
#include "spp-session.h"

G_BEGIN_DECLS

struct _SppService
{
  GSocketService  parent_instance;

  /* Owned */
  SppPrivateKey  *private_key;
  SppReplayGuard *replay_guard;
  SppPeerSet     *friends;
  GPtrArray      *attempts;     /* Attempt, owned by their calls */

  /* State */
  guint           timeout;
  gsize           max_message_size;
};

/* Finds out which friend calls over @stream. */
void spp_service_answer            (SppService   *self,
                                    GIOStream    *stream);
/* Ends what is under way without a call back. */
void spp_service_clear_attempts    (SppService   *self);

void spp_service_emit_session      (SppService   *self,
                                    SppSession   *session);
void spp_service_emit_old_protocol (SppService   *self,
                                    SppPublicKey *peer);

G_END_DECLS
