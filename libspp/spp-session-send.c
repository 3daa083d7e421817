/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

#include "spp-error.h"

/* What may wait beyond one message of the largest size. */
#define QUEUE_SLACK (1024 * 1024)

static gboolean
on_send_cancelled (GCancellable *cancellable,
                   gpointer      user_data)
{
  SppSend *send = user_data;
  g_autoptr (SppSession) self = g_object_ref (g_task_get_source_object (send->task));
  g_autoptr (GError) error = NULL;

  g_queue_unlink (&self->sends, &send->link);
  self->queued_bytes -= send->queued + SPP_SESSION_SEND_OVERHEAD;
  g_cancellable_set_error_if_cancelled (cancellable, &error);
  g_task_return_error (send->task, g_steal_pointer (&error));
  spp_send_free (send);
  spp_session_check_closing (self);
  return G_SOURCE_REMOVE;
}

GError *
spp_session_why_not_send (SppSession *self,
                          gsize       size)
{
  if (self->error != NULL)
    return g_error_copy (self->error);
  if (self->send_error != NULL)
    return g_error_copy (self->send_error);
  if (self->state != SPP_SESSION_STATE_OPEN)
    return g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED, "The session is being closed");
  if (size > spp_session_get_max_outgoing (self))
    return g_error_new (SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE,
                        "A message of %" G_GSIZE_FORMAT " bytes is larger than the "
                        "%" G_GSIZE_FORMAT " that are allowed", size,
                        spp_session_get_max_outgoing (self));
  return NULL;
}

static GError *
why_not_queue (SppSession *self,
               gsize       size)
{
  if (self->queued_bytes + size > self->max_message_size + QUEUE_SLACK)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                                "Too much is waiting to be sent");
  return NULL;
}

static void
push_send (SppSession *self,
           SppSend    *send)
{
  send->queued = send->size;
  self->queued_bytes += send->queued + SPP_SESSION_SEND_OVERHEAD;
  g_queue_push_tail_link (&self->sends, &send->link);
}

static gsize
count_queued_frames (SppSession *self)
{
  return self->queued_bytes
         - self->sends.length * (SPP_SESSION_SEND_OVERHEAD - SPP_MESSAGE_FRAME_OVERHEAD);
}

/* What is sent first in a turn leaves at once; what follows is collected. */
static void
write_soon (SppSession *self)
{
  if (self->corked && count_queued_frames (self) < SPP_SESSION_WRITE_BUFFER_SIZE)
    return;
  spp_session_write_out (self);
  self->corked = TRUE;
  spp_session_schedule_turn (self);
}

void
spp_session_queue_send (SppSession *self,
                        SppSend    *send)
{
  g_autoptr (SppSession) alive = g_object_ref (self);
  GCancellable *cancellable = send->task != NULL ? g_task_get_cancellable (send->task) : NULL;
  gboolean waits = spp_session_has_unwritten (self) || !g_queue_is_empty (&self->sends)
                   || !spp_session_may_seal (self);

  push_send (self, send);
  if (cancellable != NULL && waits)
    {
      send->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (send->cancelled, G_SOURCE_FUNC (on_send_cancelled), send, NULL);
      g_source_attach (send->cancelled, g_task_get_context (send->task));
    }
  write_soon (self);
}

/**
 * spp_session_send_async:
 * @self: a session
 * @payload: the message
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when the message has been handed to the network
 * @user_data: data for @callback
 *
 * Sends a message.
 *
 * Any number may be sent without waiting for the ones before; they keep the
 * order of the calls, and small ones leave together. What waits is bounded to
 * [property@Session:max-message-size] and 1 MiB more, where each message counts
 * for 512 bytes more than it has. Beyond that a call fails with
 * %G_IO_ERROR_WOULD_BLOCK: nothing of it is sent, the session goes on, and it
 * may be tried again when an earlier one has been sent.
 *
 * Where many small messages are sent it pays to give no callback but with the
 * last of a series: when that one has been sent, so have the ones before.
 *
 * Cancelling takes a message back that still waits. One that has begun to be
 * written is no longer affected.
 *
 * Since: 0.1
 */
void
spp_session_send_async (SppSession          *self,
                        GBytes              *payload,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error;

  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (payload != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  /* Nobody asks, nothing can be taken back: then a task is a waste. */
  if (callback != NULL || cancellable != NULL)
    {
      task = g_task_new (self, cancellable, callback, user_data);
      g_task_set_source_tag (task, spp_session_send_async);
      if (g_task_return_error_if_cancelled (task))
        return;
      g_task_set_check_cancellable (task, FALSE);
    }

  error = spp_session_why_not_send (self, g_bytes_get_size (payload));
  if (error == NULL)
    error = why_not_queue (self, g_bytes_get_size (payload));
  if (error != NULL)
    {
      if (task != NULL)
        g_task_return_error (task, error);
      else
        g_error_free (error);
      return;
    }

  spp_session_queue_send (self, spp_send_new (task, payload, NULL));
}

/**
 * spp_session_send_finish:
 * @self: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Session.send_async].
 *
 * Success means that the message has been handed to the network, not that the
 * friend has it: there are no receipts.
 *
 * Returns: `TRUE` if it was sent
 *
 * Since: 0.1
 */
gboolean
spp_session_send_finish (SppSession    *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, spp_session_send_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * spp_session_send:
 * @self: a session
 * @payload: the message
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Sends a message and blocks until it, and everything queued before, has been
 * handed to the kernel.
 *
 * No callback is called meanwhile. By SPP/2 it may have to wait for the friend, when
 * keys are due; behind a message that is still being read from its stream the call
 * fails with %G_IO_ERROR_PENDING, since only the main loop reads that.
 *
 * Cancelling takes the message back as long as what was queued before is not sent;
 * after that it ends the session, since the other end could make nothing of half a
 * message. Over a stream that can neither be polled nor has come to the end of what
 * was queued the call fails with %G_IO_ERROR_PENDING.
 *
 * Returns: `TRUE` if it was sent
 *
 * Since: 0.1
 */
gboolean
spp_session_send (SppSession    *self,
                  GBytes        *payload,
                  GCancellable  *cancellable,
                  GError       **error)
{
  g_autoptr (SppSession) alive = NULL;
  GError *own_error = NULL;

  g_return_val_if_fail (SPP_IS_SESSION (self), FALSE);
  g_return_val_if_fail (payload != NULL, FALSE);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), FALSE);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  own_error = spp_session_why_not_send (self, g_bytes_get_size (payload));
  if (own_error != NULL)
    {
      g_propagate_error (error, own_error);
      return FALSE;
    }

  alive = g_object_ref (self);
  if (spp_session_write_out_blocking (self, cancellable, &own_error))
    {
      push_send (self, spp_send_new (NULL, payload, NULL));
      if (spp_session_write_out_blocking (self, cancellable, &own_error))
        return TRUE;
      spp_session_fail_sending (self, g_error_copy (own_error));
    }
  else if (!g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           && !g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_PENDING))
    {
      spp_session_fail_sending (self, g_error_copy (own_error));
    }
  g_propagate_error (error, own_error);
  return FALSE;
}
