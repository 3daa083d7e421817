/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "spp-handshake-private.h"
#include "spp-session.h"

G_BEGIN_DECLS

/* Either @session or @error is there, both (transfer full). */
typedef void (*SppNegotiationFunc) (SppSession *session,
                                    GError     *error,
                                    gpointer    user_data);

/* Whether a caller by SPP/1 who was found is to be answered. */
typedef gboolean (*SppNegotiationCheck) (SppPublicKey *peer,
                                         gpointer      user_data);

/* Runs a handshake over a stream, with a deadline in seconds.
 *
 * A responder stays silent towards who is no friend: whatever is wrong with a
 * hello of the right length, the stream is closed only at the deadline, so that
 * neither an answer nor its time tells anything. The search for the caller
 * among many friends goes on in a thread.
 *
 * @handshake is (transfer full). @check (nullable) is asked before a caller by SPP/1
 * gets an answer. @func is called once, in the thread-default main context of the
 * call, and perhaps before it returns; where there is no session, the stream is being
 * closed by then. */
void spp_negotiation_run (GIOStream           *stream,
                          SppHandshake        *handshake,
                          guint                timeout,
                          GCancellable        *cancellable,
                          SppNegotiationCheck  check,
                          SppNegotiationFunc   func,
                          gpointer             user_data);

G_END_DECLS
