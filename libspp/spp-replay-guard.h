/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib-object.h>

#include "spp-public-key.h"
#include "spp-version.h"

G_BEGIN_DECLS

#define SPP_TYPE_REPLAY_GUARD (spp_replay_guard_get_type ())

SPP_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (SppReplayGuard, spp_replay_guard, SPP, REPLAY_GUARD, GObject)

SPP_AVAILABLE_IN_0_1
SppReplayGuard *spp_replay_guard_new (void);
SPP_AVAILABLE_IN_0_1
gboolean spp_replay_guard_remember (SppReplayGuard *self,
                                    SppPublicKey   *peer,
                                    GBytes         *ephemeral);
SPP_AVAILABLE_IN_0_1
void spp_replay_guard_forget_peer (SppReplayGuard *self,
                                   SppPublicKey   *peer);

G_END_DECLS
