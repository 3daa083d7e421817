/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Messages that nobody holds whole. */

#include "spp-session-private.h"

static void
on_taken (gpointer owner,
          gsize    size)
{
  SppSession *self = owner;

  self->inbox_size -= size;
  if (self->state != SPP_SESSION_STATE_CLOSED)
    spp_session_schedule_turn (self);
}

static gboolean
wait_for_part (gpointer       owner,
               GCancellable  *cancellable,
               GError       **error)
{
  return spp_session_read_blocking (owner, cancellable, error);
}

static void
on_gone (gpointer          owner,
         SppMessageStream *stream)
{
  SppSession *self = owner;

  if (self->stream == stream)
    self->stream = NULL;
}

GInputStream *
spp_session_begin_stream (SppSession *self)
{
  static const SppMessageStreamOwner funcs = { on_taken, wait_for_part, on_gone };
  g_autoptr (GByteArray) incoming = g_steal_pointer (&self->incoming);

  self->streaming = TRUE;
  self->stream = spp_message_stream_new (&funcs, g_object_ref (G_OBJECT (self)));
  spp_session_push_stream (self, incoming->data, incoming->len, FALSE);
  return G_INPUT_STREAM (self->stream);
}

void
spp_session_push_stream (SppSession   *self,
                         const guint8 *data,
                         gsize         size,
                         gboolean      last)
{
  self->bytes_received += size;
  if (self->stream != NULL)
    {
      self->inbox_size += size;
      spp_message_stream_push (self->stream, data, size);
    }
  if (!last)
    return;
  self->messages_received++;
  self->received_unnotified = TRUE;
  self->streaming = FALSE;
  if (self->stream != NULL)
    spp_message_stream_finish (g_steal_pointer (&self->stream));
}

static void
on_source_ready (gpointer user_data)
{
  SppSession *self = user_data;

  spp_session_schedule_turn (self);
}

/**
 * spp_session_send_stream_async:
 * @self: a session
 * @stream: where the message is to be read from
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when the message has been handed to the network
 * @user_data: data for @callback
 *
 * Sends a message that is read from a stream while it is sent, in parts of up to
 * 65516 bytes: it need not fit into memory, nor is its size needed beforehand.
 *
 * It keeps its place among the messages that are sent; those after it wait until it
 * is through. Once it has begun it cannot be taken back: when reading fails, or yields
 * more than may be sent, the session ends, since the friend could make nothing of half
 * a message.
 *
 * That takes SPP/2; by SPP/1 the call fails with %G_IO_ERROR_NOT_SUPPORTED.
 *
 * Since: 0.1
 */
void
spp_session_send_stream_async (SppSession          *self,
                               GInputStream        *stream,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error;

  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (G_IS_INPUT_STREAM (stream));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, spp_session_send_stream_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_set_check_cancellable (task, FALSE);

  error = spp_session_why_not_send (self, 0);
  if (error == NULL && self->version == 1)
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                 "SPP/1 has no messages in parts");
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  spp_session_queue_send (self, spp_send_new (task, NULL,
                                              spp_source_new (stream, SPP_RECORD_MAX_BODY_SIZE,
                                                              on_source_ready, self)));
}

/**
 * spp_session_send_stream_finish:
 * @self: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Session.send_stream_async].
 *
 * Returns: `TRUE` if the message was sent, to the end of the stream
 *
 * Since: 0.1
 */
gboolean
spp_session_send_stream_finish (SppSession    *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, spp_session_send_stream_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * spp_session_receive_stream_async:
 * @self: a session
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when a message has begun to come
 * @user_data: data for @callback
 *
 * Waits for the next message, to be read while it comes.
 *
 * Calls of this and of [method@Session.receive_async] may be mixed; they get the
 * messages in the order of the calls. Whoever waits for the message after waits until
 * this one has come whole, so read the stream or close it, which drops the rest.
 *
 * Small messages, and those of SPP/1, are there whole.
 *
 * Since: 0.1
 */
void
spp_session_receive_stream_async (SppSession          *self,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  spp_session_queue_receive (self, TRUE, spp_session_receive_stream_async, cancellable, callback,
                             user_data);
}

/**
 * spp_session_receive_stream_finish:
 * @self: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Session.receive_stream_async].
 *
 * The stream is a [iface@Gio.PollableInputStream]. It ends when the message has come
 * whole, and fails, after what has come, when it never will: with %SPP_ERROR_TRUNCATED
 * where the connection was cut. Errors of this call are those of
 * [method@Session.receive_finish].
 *
 * Returns: (transfer full): the message
 *
 * Since: 0.1
 */
GInputStream *
spp_session_receive_stream_finish (SppSession    *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, spp_session_receive_stream_async),
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
