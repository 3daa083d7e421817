/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib-object.h>

#include "spp-version.h"

G_BEGIN_DECLS

#define SPP_TYPE_PEER_FLAGS (spp_peer_flags_get_type ())

/**
 * SppPeerFlags:
 * @SPP_PEER_FLAGS_NONE: SPP/2, as both ends have it
 * @SPP_PEER_FLAGS_ALLOW_SPP1: a friend who speaks no SPP/2 may speak SPP/1. Only
 *   the user can know that this is so; after the first session of SPP/2 it is so no
 *   more, and the flag is to be cleared for good
 * @SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM: sessions have to be protected by ML-KEM
 *   too. To be set for a friend who had it once
 *
 * What holds for one friend.
 *
 * Since: 0.1
 */
typedef enum
{
  SPP_PEER_FLAGS_NONE = 0,
  SPP_PEER_FLAGS_ALLOW_SPP1 = 1 << 0,
  SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM = 1 << 1,
} SppPeerFlags;

SPP_AVAILABLE_IN_0_1
GType spp_peer_flags_get_type (void);

G_END_DECLS
