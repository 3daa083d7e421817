/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

#include "spp-error.h"

/* Small messages that wait together leave in one write of up to this. */
#define WRITE_BUFFER_SIZE (64 * 1024)
/* What may wait beyond one message of the largest size. */
#define QUEUE_SLACK (1024 * 1024)

typedef struct
{
  GTask   *task;        /* owned */
  GBytes  *payload;     /* owned; NULL once sealed */
  GSource *cancelled;   /* owned, nullable; attached while it waits */
  gsize    size;
  gsize    end;         /* in the write buffer */
} SppSend;

static void
send_free (SppSend *send)
{
  if (send->cancelled != NULL)
    {
      g_source_destroy (send->cancelled);
      g_source_unref (send->cancelled);
    }
  g_clear_pointer (&send->payload, g_bytes_unref);
  g_object_unref (send->task);
  g_free (send);
}

void
spp_session_init_sending (SppSession *self)
{
  g_queue_init (&self->sends);
  g_queue_init (&self->writing);
  self->write_buffer = g_byte_array_new ();
}

void
spp_session_finalize_sending (SppSession *self)
{
  /* Each send holds a reference on the session. */
  g_assert (g_queue_is_empty (&self->sends));
  g_assert (g_queue_is_empty (&self->writing));
  g_byte_array_unref (self->write_buffer);
}

gboolean
spp_session_has_unsent (SppSession *self)
{
  return !g_queue_is_empty (&self->sends) || !g_queue_is_empty (&self->writing);
}

/* The callbacks may do anything, so all is taken out first. */
static void
fail_queue (GQueue       *queue,
            const GError *error)
{
  GQueue taken = *queue;
  SppSend *send;

  g_queue_init (queue);
  while ((send = g_queue_pop_head (&taken)) != NULL)
    {
      g_task_return_error (send->task, g_error_copy (error));
      send_free (send);
    }
}

void
spp_session_fail_sends (SppSession   *self,
                        const GError *error)
{
  g_autoptr (GError) copy = g_error_copy (error);

  /* What is being written gets its answer when that write comes back: it may
   * well have been handed over whole. */
  self->queued_bytes = 0;
  fail_queue (&self->sends, copy);
}

static void start_write (SppSession *self);

/* A failed write ends only this direction: what the peer had sent before it
 * went may still be there to be received. */
static void
fail_sending (SppSession   *self,
              const GError *error)
{
  if (self->send_error == NULL)
    self->send_error = g_error_copy (error);
  if (self->state == SPP_SESSION_STATE_OPEN)
    spp_session_set_state (self, SPP_SESSION_STATE_CLOSING);
  spp_session_fail_sends (self, error);
}

static void
write_all_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (SppSession) self = user_data;
  g_autoptr (GError) error = NULL;
  GQueue taken = self->writing;
  SppSend *send;
  gsize written = 0;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (object), result, &written, &error);
  self->write_pending = FALSE;
  g_queue_init (&self->writing);

  while ((send = g_queue_pop_head (&taken)) != NULL)
    {
      if (send->end <= written)
        g_task_return_boolean (send->task, TRUE);
      else
        g_task_return_error (send->task,
                             g_error_copy (self->error != NULL ? self->error : error));
      send_free (send);
    }

  if (error != NULL)
    fail_sending (self, error);
  start_write (self);
  spp_session_check_closing (self);
}

static gboolean
seal_next (SppSession  *self,
           GError     **error)
{
  SppSend *send = g_queue_peek_head (&self->sends);

  if (!spp_record_seal (self->record, send->payload, self->write_buffer, error))
    return FALSE;

  g_queue_pop_head (&self->sends);
  self->queued_bytes -= send->size;
  send->end = self->write_buffer->len;
  g_clear_pointer (&send->payload, g_bytes_unref);
  if (send->cancelled != NULL)
    g_source_destroy (send->cancelled);
  g_queue_push_tail (&self->writing, send);
  return TRUE;
}

static void
start_write (SppSession *self)
{
  g_autoptr (GError) error = NULL;

  if (self->write_pending || self->record == NULL || g_queue_is_empty (&self->sends))
    return;

  /* One large message must not keep its memory for the rest of the session. */
  if (self->write_buffer->len > WRITE_BUFFER_SIZE)
    {
      g_byte_array_unref (self->write_buffer);
      self->write_buffer = g_byte_array_new ();
    }
  g_byte_array_set_size (self->write_buffer, 0);

  do
    {
      if (!seal_next (self, &error))
        break;
    }
  while (!g_queue_is_empty (&self->sends)
         && self->write_buffer->len
            + ((SppSend *) g_queue_peek_head (&self->sends))->size
            + SPP_RECORD_FRAME_OVERHEAD <= WRITE_BUFFER_SIZE);

  if (!g_queue_is_empty (&self->writing))
    {
      self->write_pending = TRUE;
      g_output_stream_write_all_async (
        g_io_stream_get_output_stream (G_IO_STREAM (self->connection)),
        self->write_buffer->data, self->write_buffer->len,
        G_PRIORITY_DEFAULT, self->cancellable, write_all_cb, g_object_ref (self));
    }
  if (error != NULL)
    fail_sending (self, error);
}

static gboolean
on_send_cancelled (GCancellable *cancellable,
                   gpointer      user_data)
{
  SppSend *send = user_data;
  g_autoptr (SppSession) self = g_object_ref (g_task_get_source_object (send->task));
  g_autoptr (GError) error = NULL;

  g_queue_remove (&self->sends, send);
  self->queued_bytes -= send->size;
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
  if (self->queued_bytes + size > self->max_message_size + QUEUE_SLACK)
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                                "Too much is waiting to be sent");
  return NULL;
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
 * order of the calls. What waits is bounded: when the peer does not read, a
 * call fails with %G_IO_ERROR_WOULD_BLOCK, nothing of it is sent, and the
 * session goes on.
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
  SppSend *send;

  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (payload != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, spp_session_send_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_set_check_cancellable (task, FALSE);

  error = why_not_send (self, g_bytes_get_size (payload));
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  send = g_new0 (SppSend, 1);
  send->task = g_object_ref (task);
  send->payload = g_bytes_ref (payload);
  send->size = g_bytes_get_size (payload);
  self->queued_bytes += send->size;
  g_queue_push_tail (&self->sends, send);
  if (cancellable != NULL && self->write_pending)
    {
      send->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (send->cancelled, G_SOURCE_FUNC (on_send_cancelled), send, NULL);
      g_source_attach (send->cancelled, g_task_get_context (task));
    }
  start_write (self);
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
