/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-handshake-private.h"

G_BEGIN_DECLS

/* The search of a handshake for the signer of its hello, in a thread that all
 * searches take turns in, so that a long one does not hold up a short one. */
typedef struct _SppSearch SppSearch;

typedef void (*SppSearchFunc) (SppHandshake *handshake,
                               gpointer      user_data);

/* Takes the handshake (transfer full) and gives it back to @func, in the
 * thread-default main context of this call. */
SppSearch *spp_search_start  (SppHandshake *handshake,
                              SppSearchFunc  func,
                              gpointer       user_data);
/* Ends the search; @func is not called any more. */
void       spp_search_cancel (SppSearch     *self);

G_END_DECLS
