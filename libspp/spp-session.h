/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "spp-public-key.h"
#include "spp-version.h"

G_BEGIN_DECLS

#define SPP_TYPE_SESSION_STATE (spp_session_state_get_type ())

/**
 * SppSessionState:
 * @SPP_SESSION_STATE_OPEN: messages can be sent and received
 * @SPP_SESSION_STATE_CLOSING: what was queued is still being sent, nothing more
 *   is taken: this side closes it, or by SPP/2 the friend has said goodbye
 * @SPP_SESSION_STATE_CLOSED: the session is over and its keys are wiped
 *
 * The states of a session, each of which is only ever followed by a later one.
 *
 * Since: 0.1
 */
typedef enum
{
  SPP_SESSION_STATE_OPEN,
  SPP_SESSION_STATE_CLOSING,
  SPP_SESSION_STATE_CLOSED,
} SppSessionState;

SPP_AVAILABLE_IN_0_1
GType spp_session_state_get_type (void) G_GNUC_CONST;

#define SPP_TYPE_SESSION_END (spp_session_end_get_type ())

/**
 * SppSessionEnd:
 * @SPP_SESSION_END_NONE: it goes on
 * @SPP_SESSION_END_CLOSED: this side closed or aborted it, or could not finish a
 *   message that it had begun
 * @SPP_SESSION_END_PEER_CLOSED: by SPP/2 the friend said goodbye; by SPP/1 the stream
 *   ended between two messages, and nothing proves that the friend wanted it so
 * @SPP_SESSION_END_CUT: the stream failed, or ended inside a message; by SPP/2 also
 *   when it ended without a goodbye, or nobody answered when keys were due
 * @SPP_SESSION_END_REFUSED: a message was due that this side does not take: it
 *   is larger than [property@Session:max-message-size], or the key may protect
 *   no more
 * @SPP_SESSION_END_MISBEHAVED: the other end, or somebody in between, broke the
 *   protocol: what came was changed, repeated, left out or sent back
 *
 * How a session ended. [method@Session.get_error] has the details.
 *
 * Since: 0.1
 */
typedef enum
{
  SPP_SESSION_END_NONE,
  SPP_SESSION_END_CLOSED,
  SPP_SESSION_END_PEER_CLOSED,
  SPP_SESSION_END_CUT,
  SPP_SESSION_END_REFUSED,
  SPP_SESSION_END_MISBEHAVED,
} SppSessionEnd;

SPP_AVAILABLE_IN_0_1
GType spp_session_end_get_type (void) G_GNUC_CONST;

#define SPP_TYPE_SESSION (spp_session_get_type ())

SPP_AVAILABLE_IN_0_1
G_DECLARE_FINAL_TYPE (SppSession, spp_session, SPP, SESSION, GObject)

SPP_AVAILABLE_IN_0_1
void spp_session_send_async (SppSession          *self,
                             GBytes              *payload,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data);
SPP_AVAILABLE_IN_0_1
gboolean spp_session_send_finish (SppSession    *self,
                                  GAsyncResult  *result,
                                  GError       **error);
SPP_AVAILABLE_IN_0_1
gboolean spp_session_send (SppSession    *self,
                           GBytes        *payload,
                           GCancellable  *cancellable,
                           GError       **error);
SPP_AVAILABLE_IN_0_1
void spp_session_receive_async (SppSession          *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data);
SPP_AVAILABLE_IN_0_1
GBytes *spp_session_receive_finish (SppSession    *self,
                                    GAsyncResult  *result,
                                    GError       **error);
SPP_AVAILABLE_IN_0_1
GBytes *spp_session_receive_nonblocking (SppSession  *self,
                                         GError     **error);
SPP_AVAILABLE_IN_0_1
void spp_session_send_stream_async (SppSession          *self,
                                    GInputStream        *stream,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data);
SPP_AVAILABLE_IN_0_1
gboolean spp_session_send_stream_finish (SppSession    *self,
                                         GAsyncResult  *result,
                                         GError       **error);
SPP_AVAILABLE_IN_0_1
void spp_session_receive_stream_async (SppSession          *self,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data);
SPP_AVAILABLE_IN_0_1
GInputStream *spp_session_receive_stream_finish (SppSession    *self,
                                                 GAsyncResult  *result,
                                                 GError       **error);
SPP_AVAILABLE_IN_0_1
void spp_session_close_async (SppSession          *self,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data);
SPP_AVAILABLE_IN_0_1
gboolean spp_session_close_finish (SppSession    *self,
                                   GAsyncResult  *result,
                                   GError       **error);
SPP_AVAILABLE_IN_0_1
void spp_session_abort (SppSession *self);
SPP_AVAILABLE_IN_0_1
GIOStream *spp_session_get_stream (SppSession *self);
SPP_AVAILABLE_IN_0_1
SppPublicKey *spp_session_get_peer (SppSession *self);
SPP_AVAILABLE_IN_0_1
guint spp_session_get_protocol_version (SppSession *self);
SPP_AVAILABLE_IN_0_1
gboolean spp_session_is_post_quantum (SppSession *self);
SPP_AVAILABLE_IN_0_1
guint spp_session_get_rekeys (SppSession *self);
SPP_AVAILABLE_IN_0_1
GBytes *spp_session_get_channel_binding (SppSession *self);
SPP_AVAILABLE_IN_0_1
char *spp_session_dup_code (SppSession *self);
SPP_AVAILABLE_IN_0_1
gboolean spp_session_is_initiator (SppSession *self);
SPP_AVAILABLE_IN_0_1
SppSessionState spp_session_get_state (SppSession *self);
SPP_AVAILABLE_IN_0_1
gboolean spp_session_is_confirmed (SppSession *self);
SPP_AVAILABLE_IN_0_1
SppSessionEnd spp_session_get_end (SppSession *self);
SPP_AVAILABLE_IN_0_1
const GError *spp_session_get_error (SppSession *self);
SPP_AVAILABLE_IN_0_1
GDateTime *spp_session_get_begin_time (SppSession *self);
SPP_AVAILABLE_IN_0_1
guint64 spp_session_get_messages_sent (SppSession *self);
SPP_AVAILABLE_IN_0_1
guint64 spp_session_get_messages_received (SppSession *self);
SPP_AVAILABLE_IN_0_1
guint64 spp_session_get_bytes_sent (SppSession *self);
SPP_AVAILABLE_IN_0_1
guint64 spp_session_get_bytes_received (SppSession *self);
SPP_AVAILABLE_IN_0_1
gsize spp_session_get_max_message_size (SppSession *self);
SPP_AVAILABLE_IN_0_1
void spp_session_set_max_message_size (SppSession *self,
                                       gsize       max_message_size);

G_END_DECLS
