/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#define SPP_INSIDE

#include "spp-client.h"
#include "spp-error.h"
#include "spp-peer-flags.h"
#include "spp-private-key.h"
#include "spp-public-key.h"
#include "spp-replay-guard.h"
#include "spp-service.h"
#include "spp-session.h"
#include "spp-version.h"

#undef SPP_INSIDE
