/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-peer-flags.h"

G_DEFINE_FLAGS_TYPE (SppPeerFlags, spp_peer_flags,
                     G_DEFINE_ENUM_VALUE (SPP_PEER_FLAGS_NONE, "none"),
                     G_DEFINE_ENUM_VALUE (SPP_PEER_FLAGS_ALLOW_SPP1, "allow-spp1"),
                     G_DEFINE_ENUM_VALUE (SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM,
                                          "require-post-quantum"))
