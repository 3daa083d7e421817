/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "spp-handshake-private.h"

G_BEGIN_DECLS

/* Runs a handshake over a stream, with a deadline.
 *
 * A responder stays silent towards who is no friend: whatever is wrong with a
 * hello of the right length, the call fails only at the deadline, so that
 * neither an answer nor its time tells anything. The stream is not closed.
 *
 * @handshake is (transfer full); finish gives it back when it is done. */
void          spp_negotiation_run_async  (GIOStream            *stream,
                                          SppHandshake         *handshake,
                                          guint                 timeout,
                                          GCancellable         *cancellable,
                                          GAsyncReadyCallback   callback,
                                          gpointer              user_data);
SppHandshake *spp_negotiation_run_finish (GIOStream            *stream,
                                          GAsyncResult         *result,
                                          GError              **error);

G_END_DECLS
