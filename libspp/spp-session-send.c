/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

#include "spp-error.h"

/* Small messages that wait together leave in one write of up to this. */
#define WRITE_BUFFER_SIZE (128 * 1024)
/* How much may leave in one turn before others get theirs. */
#define TURN_SIZE (1024 * 1024)
/* What may wait beyond one message of the largest size. */
#define QUEUE_SLACK (1024 * 1024)
/* What a message takes in the queue besides its bytes, with its task. */
#define SEND_OVERHEAD 512

typedef struct
{
  GList    link;        /* in one of the queues */
  GTask   *task;        /* owned; NULL when nobody asked */
  GBytes  *payload;     /* owned; NULL once sealed */
  GSource *cancelled;   /* owned, nullable; attached while it waits */
  gsize    size;
  gsize    end;         /* in the write buffer */
} SppSend;

static SppSend *
send_new (GTask  *task,
          GBytes *payload)
{
  SppSend *send = g_new0 (SppSend, 1);

  send->link.data = send;
  if (task != NULL)
    send->task = g_object_ref (task);
  send->payload = g_bytes_ref (payload);
  send->size = g_bytes_get_size (payload);
  return send;
}

static void
send_drop_cancelled (SppSend *send)
{
  if (send->cancelled != NULL)
    {
      g_source_destroy (send->cancelled);
      g_clear_pointer (&send->cancelled, g_source_unref);
    }
}

static void
send_free (SppSend *send)
{
  send_drop_cancelled (send);
  g_clear_pointer (&send->payload, g_bytes_unref);
  g_clear_object (&send->task);
  g_free (send);
}

static SppSend *
pop_send (GQueue *queue)
{
  GList *link = g_queue_pop_head_link (queue);

  return link != NULL ? link->data : NULL;
}

static void
clear_queue (GQueue *queue)
{
  SppSend *send;

  while ((send = pop_send (queue)) != NULL)
    send_free (send);
}

void
spp_session_clear_sending (SppSession *self)
{
  clear_queue (&self->sends);
  clear_queue (&self->writing);
  clear_queue (&self->sent);
  g_clear_pointer (&self->write_buffer, g_byte_array_unref);
}

gboolean
spp_session_has_unsent (SppSession *self)
{
  return !g_queue_is_empty (&self->sends) || !g_queue_is_empty (&self->writing);
}

/* The callbacks may do anything, so all is taken out first. */
static void
return_queue (GQueue       *queue,
              const GError *error)
{
  GQueue taken = *queue;
  g_autoptr (GError) copy = error != NULL ? g_error_copy (error) : NULL;
  SppSend *send;

  g_queue_init (queue);
  while ((send = pop_send (&taken)) != NULL)
    {
      if (send->task != NULL && copy != NULL)
        g_task_return_error (send->task, g_error_copy (copy));
      else if (send->task != NULL)
        g_task_return_boolean (send->task, TRUE);
      send_free (send);
    }
}

void
spp_session_fail_sends (SppSession   *self,
                        const GError *error)
{
  g_autoptr (SppSession) alive = g_object_ref (self);
  g_autoptr (GError) copy = g_error_copy (error);

  self->queued_bytes = 0;
  g_clear_pointer (&self->write_buffer, g_byte_array_unref);
  if (!g_queue_is_empty (&self->sent))
    spp_session_notify_sent (self);
  return_queue (&self->sent, NULL);
  return_queue (&self->writing, copy);
  return_queue (&self->sends, copy);
}

/* A failed write ends only this direction: what the peer had sent before it
 * went may still be there to be received. */
static void
fail_sending (SppSession *self,
              GError     *error)
{
  if (self->send_error != NULL)
    {
      g_error_free (error);
      return;
    }
  self->send_error = error;
  if (self->state == SPP_SESSION_STATE_OPEN)
    spp_session_set_state (self, SPP_SESSION_STATE_CLOSING);
  spp_session_fail_sends (self, error);
  spp_session_check_closing (self);
}

/* The kernel has taken more of the buffer. */
static void
account_written (SppSession *self,
                 gsize       written)
{
  self->write_offset += written;
  while (!g_queue_is_empty (&self->writing))
    {
      SppSend *send = g_queue_peek_head (&self->writing);

      if (send->end > self->write_offset)
        break;
      pop_send (&self->writing);
      self->messages_sent++;
      self->bytes_sent += send->size;
      /* Also when nobody asked: the counters have changed. */
      g_queue_push_tail_link (&self->sent, &send->link);
      spp_session_schedule_turn (self);
    }
}

static gboolean
seal_next (SppSession  *self,
           GError     **error)
{
  SppSend *send = g_queue_peek_head (&self->sends);

  if (!spp_message_cipher_seal (self->cipher, send->payload, self->write_buffer, error))
    return FALSE;

  pop_send (&self->sends);
  self->queued_bytes -= send->size + SEND_OVERHEAD;
  send->end = self->write_buffer->len;
  g_clear_pointer (&send->payload, g_bytes_unref);
  send_drop_cancelled (send);
  g_queue_push_tail_link (&self->writing, &send->link);
  return TRUE;
}

static gboolean
has_unwritten (SppSession *self)
{
  return self->write_buffer != NULL && self->write_offset < self->write_buffer->len;
}

/* Seals what waits, as much as one write is to have; FALSE if there is nothing
 * to be written. */
static gboolean
fill_buffer (SppSession  *self,
             GError     **error)
{
  if (has_unwritten (self))
    return TRUE;

  /* Idle sessions need no buffer. */
  if (g_queue_is_empty (&self->sends))
    {
      g_clear_pointer (&self->write_buffer, g_byte_array_unref);
      return FALSE;
    }

  if (self->write_buffer == NULL)
    self->write_buffer = g_byte_array_new ();
  g_byte_array_set_size (self->write_buffer, 0);
  self->write_offset = 0;
  do
    {
      if (!seal_next (self, error))
        break;
    }
  while (!g_queue_is_empty (&self->sends)
         && self->write_buffer->len
            + ((SppSend *) g_queue_peek_head (&self->sends))->size
            + SPP_MESSAGE_FRAME_OVERHEAD <= WRITE_BUFFER_SIZE);
  return has_unwritten (self);
}

static void
on_writable (gpointer user_data)
{
  SppSession *self = user_data;

  self->blocked = FALSE;
  spp_session_run_sends (self);
}

/* Hands to the kernel what it takes. */
static void
write_out (SppSession *self)
{
  gsize left = TURN_SIZE;

  while (self->cipher != NULL && self->send_error == NULL && !self->blocked)
    {
      g_autoptr (GError) error = NULL;
      gssize written;

      if (!fill_buffer (self, &error))
        {
          if (error != NULL)
            fail_sending (self, g_steal_pointer (&error));
          return;
        }
      if (left == 0)
        {
          spp_session_schedule_turn (self);
          return;
        }
      written = spp_transport_write (self->transport,
                                     self->write_buffer->data + self->write_offset,
                                     self->write_buffer->len - self->write_offset, &error);
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          self->blocked = TRUE;
          spp_transport_wait_writable (self->transport, on_writable,
                                       g_object_ref (self), g_object_unref);
          return;
        }
      if (written < 0)
        {
          fail_sending (self, g_steal_pointer (&error));
          return;
        }
      account_written (self, written);
      left -= MIN (left, (gsize) written);
    }
}

void
spp_session_run_sends (SppSession *self)
{
  self->corked = FALSE;
  write_out (self);
  if (!g_queue_is_empty (&self->sent))
    {
      spp_session_notify_sent (self);
      return_queue (&self->sent, NULL);
    }
  spp_session_check_closing (self);
}

static gboolean
on_send_cancelled (GCancellable *cancellable,
                   gpointer      user_data)
{
  SppSend *send = user_data;
  g_autoptr (SppSession) self = g_object_ref (g_task_get_source_object (send->task));
  g_autoptr (GError) error = NULL;

  g_queue_unlink (&self->sends, &send->link);
  self->queued_bytes -= send->size + SEND_OVERHEAD;
  g_cancellable_set_error_if_cancelled (cancellable, &error);
  g_task_return_error (send->task, g_steal_pointer (&error));
  send_free (send);
  spp_session_check_closing (self);
  return G_SOURCE_REMOVE;
}

static GError *
why_not_send (SppSession *self,
              gsize       size)
{
  if (self->error != NULL)
    return g_error_copy (self->error);
  if (self->send_error != NULL)
    return g_error_copy (self->send_error);
  if (self->state != SPP_SESSION_STATE_OPEN)
    return g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED, "The session is being closed");
  if (size > self->max_message_size)
    return g_error_new (SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE,
                        "A message of %" G_GSIZE_FORMAT " bytes is larger than the "
                        "%" G_GSIZE_FORMAT " that are allowed", size, self->max_message_size);
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
  self->queued_bytes += send->size + SEND_OVERHEAD;
  g_queue_push_tail_link (&self->sends, &send->link);
}

static gsize
count_queued_frames (SppSession *self)
{
  return self->queued_bytes
         - self->sends.length * (SEND_OVERHEAD - SPP_MESSAGE_FRAME_OVERHEAD);
}

/* What is sent first in a turn leaves at once; what follows is collected. */
static void
write_soon (SppSession *self)
{
  if (self->corked && count_queued_frames (self) < WRITE_BUFFER_SIZE)
    return;
  write_out (self);
  self->corked = TRUE;
  spp_session_schedule_turn (self);
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
  g_autoptr (SppSession) alive = NULL;
  g_autoptr (GTask) task = NULL;
  GError *error;
  SppSend *send;

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

  error = why_not_send (self, g_bytes_get_size (payload));
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

  alive = g_object_ref (self);
  send = send_new (task, payload);
  push_send (self, send);
  if (cancellable != NULL && has_unwritten (self))
    {
      send->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (send->cancelled, G_SOURCE_FUNC (on_send_cancelled), send, NULL);
      g_source_attach (send->cancelled, g_task_get_context (task));
    }
  write_soon (self);
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
 * friend has it: SPP/1 has no receipts.
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

/* Waits for the kernel to take everything. */
static gboolean
write_out_blocking (SppSession    *self,
                    GCancellable  *cancellable,
                    GError       **error)
{
  GError *seal_error = NULL;

  while (fill_buffer (self, &seal_error))
    {
      gssize written;

      written = spp_transport_write_blocking (self->transport,
                                              self->write_buffer->data + self->write_offset,
                                              self->write_buffer->len - self->write_offset,
                                              cancellable, error);
      if (written < 0)
        return FALSE;
      account_written (self, written);
    }
  if (seal_error != NULL)
    g_propagate_error (error, seal_error);
  return seal_error == NULL;
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
 * No callback is called meanwhile. Cancelling takes the message back as long as
 * what was queued before is not sent; after that it ends the session, since the
 * other end could make nothing of half a message. Over a stream that can
 * neither be polled nor has come to the end of what was queued the call fails
 * with %G_IO_ERROR_PENDING.
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
  own_error = why_not_send (self, g_bytes_get_size (payload));
  if (own_error != NULL)
    {
      g_propagate_error (error, own_error);
      return FALSE;
    }

  alive = g_object_ref (self);
  if (write_out_blocking (self, cancellable, &own_error))
    {
      push_send (self, send_new (NULL, payload));
      if (write_out_blocking (self, cancellable, &own_error))
        return TRUE;
      fail_sending (self, g_error_copy (own_error));
    }
  else if (!g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           && !g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_PENDING))
    {
      fail_sending (self, g_error_copy (own_error));
    }
  g_propagate_error (error, own_error);
  return FALSE;
}
