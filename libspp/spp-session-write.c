/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* From the queue of messages to the kernel. */

#include "spp-session-private.h"

#include "spp-error.h"

/* How much may leave in one turn before others get theirs. */
#define TURN_SIZE (1024 * 1024)

void
spp_session_clear_sending (SppSession *self)
{
  spp_send_queue_clear (&self->sends);
  spp_send_queue_clear (&self->writing);
  spp_send_queue_clear (&self->sent);
  g_clear_pointer (&self->write_buffer, g_byte_array_unref);
}

gboolean
spp_session_has_unwritten (SppSession *self)
{
  return self->write_buffer != NULL && self->write_offset < self->write_buffer->len;
}

gboolean
spp_session_has_unsent (SppSession *self)
{
  return !g_queue_is_empty (&self->sends) || spp_session_has_unwritten (self);
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
  spp_send_queue_return (&self->sent, NULL);
  spp_send_queue_return (&self->writing, copy);
  spp_send_queue_return (&self->sends, copy);
}

/* A failed write ends only this direction: what the peer had sent before it
 * went may still be there to be received. */
void
spp_session_fail_sending (SppSession *self,
                          GError     *error)
{
  if (self->send_error != NULL || self->state == SPP_SESSION_STATE_CLOSED)
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
      spp_send_queue_pop (&self->writing);
      self->messages_sent++;
      self->bytes_sent += send->size;
      /* Also when nobody asked: the counters have changed. */
      g_queue_push_tail_link (&self->sent, &send->link);
      spp_session_schedule_turn (self);
    }
}

/* Our own bound, or that of which the friend told. */
gsize
spp_session_get_max_outgoing (SppSession *self)
{
  guint64 announced = self->layer != NULL ? spp_record_layer_get_terms (self->layer)->max_outgoing
                                          : 0;

  return announced > 0 ? MIN (announced, self->max_message_size) : self->max_message_size;
}

/* The next part of a message that comes from a stream, which is empty at its end. */
static gboolean
seal_part (SppSession  *self,
           SppSend     *send,
           GError     **error)
{
  g_autoptr (GBytes) part = spp_source_take (send->source, error);
  gsize length;
  const guint8 *data;

  if (part == NULL)
    return FALSE;
  data = g_bytes_get_data (part, &length);
  if (length > spp_session_get_max_outgoing (self) - send->size)
    {
      g_set_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE,
                   "A stream that was to be sent has more than the %" G_GSIZE_FORMAT " bytes "
                   "that are allowed", spp_session_get_max_outgoing (self));
      return FALSE;
    }
  send->size += length;
  if (length > 0)
    return spp_record_layer_seal (self->layer, SPP_RECORD_DATA, data, length,
                                  self->write_buffer, error);
  g_clear_pointer (&send->source, spp_source_free);
  send->offset = send->size;
  return spp_record_layer_seal (self->layer, SPP_RECORD_LAST, NULL, 0, self->write_buffer,
                                error);
}

/* The whole of a message, or its next part. */
static gboolean
seal_bytes (SppSession  *self,
            SppSend     *send,
            GError     **error)
{
  const guint8 *data;
  gsize length;
  gboolean last;

  if (send->source != NULL)
    return seal_part (self, send, error);
  if (self->layer == NULL)
    {
      send->offset = send->size;
      return spp_message_cipher_seal (self->cipher, send->payload, self->write_buffer, error);
    }
  data = g_bytes_get_data (send->payload, NULL);
  length = MIN (send->size - send->offset, SPP_RECORD_MAX_BODY_SIZE);
  last = length == send->size - send->offset;
  send->offset += length;
  return spp_record_layer_seal (self->layer, last ? SPP_RECORD_LAST : SPP_RECORD_DATA,
                                length > 0 ? data + send->offset - length : NULL, length,
                                self->write_buffer, error);
}

static gboolean
seal_next (SppSession  *self,
           GError     **error)
{
  SppSend *send = g_queue_peek_head (&self->sends);
  gboolean whole;

  if (!seal_bytes (self, send, error))
    return FALSE;

  spp_send_drop_cancelled (send);
  whole = send->source == NULL && send->offset == send->size;
  if (whole)
    {
      spp_send_queue_pop (&self->sends);
      self->queued_bytes -= send->queued + SPP_SESSION_SEND_OVERHEAD;
      send->end = self->write_buffer->len;
      g_clear_pointer (&send->payload, g_bytes_unref);
      g_queue_push_tail_link (&self->writing, &send->link);
    }
  return TRUE;
}

/* What the next frame would take. */
static gsize
measure_next (SppSession *self)
{
  SppSend *send = g_queue_peek_head (&self->sends);

  if (self->layer == NULL)
    return send->size + SPP_MESSAGE_FRAME_OVERHEAD;
  if (send->source != NULL)
    return spp_record_get_frame_size (SPP_RECORD_MAX_BODY_SIZE);
  return spp_record_get_frame_size (MIN (send->size - send->offset, SPP_RECORD_MAX_BODY_SIZE));
}

/* FALSE while what is to be sent next has to wait: for new keys, or for a stream
 * that the message is read from. */
static gboolean
is_next_ready (SppSession *self)
{
  SppSend *send = g_queue_peek_head (&self->sends);

  if (send == NULL || !spp_session_may_seal (self))
    return FALSE;
  if (send->source != NULL && !spp_source_is_ready (send->source))
    {
      /* That begins to read. */
      g_autoptr (GBytes) nothing = spp_source_take (send->source, NULL);

      return FALSE;
    }
  return TRUE;
}

static gboolean
fill_control (SppSession  *self,
              GError     **error)
{
  return self->layer == NULL || spp_session_seal_control (self, error);
}

/* Sealing has failed. By SPP/1 what is sealed already goes out first, and the next
 * try fails again; by SPP/2 there may be half a message, and nothing goes any more. */
static gboolean
may_write_before (SppSession  *self,
                  GError     **error)
{
  if (self->layer != NULL || !spp_session_has_unwritten (self))
    return FALSE;
  g_clear_error (error);
  return TRUE;
}

/* Seals what waits, as much as one write is to have; FALSE if there is nothing
 * to be written. */
static gboolean
fill_buffer (SppSession  *self,
             GError     **error)
{
  if (spp_session_has_unwritten (self))
    return TRUE;

  /* Idle sessions need no buffer. */
  if (!spp_session_has_control (self) && !is_next_ready (self))
    {
      g_clear_pointer (&self->write_buffer, g_byte_array_unref);
      return FALSE;
    }

  if (self->write_buffer == NULL)
    self->write_buffer = g_byte_array_new ();
  g_byte_array_set_size (self->write_buffer, 0);
  self->write_offset = 0;
  if (!fill_control (self, error))
    return FALSE;
  while (is_next_ready (self)
         && (self->write_buffer->len == 0
             || self->write_buffer->len + measure_next (self) <= SPP_SESSION_WRITE_BUFFER_SIZE))
    {
      if (!seal_next (self, error))
        return may_write_before (self, error);
    }
  /* Now that the messages are in, it may be time to close, or for new keys. */
  return fill_control (self, error) && spp_session_has_unwritten (self);
}

static void
on_writable (gpointer user_data)
{
  SppSession *self = user_data;

  self->blocked = FALSE;
  spp_session_run_sends (self);
}

/* By SPP/2 a message may have begun that will not be finished, and nothing else may
 * follow then. */
static void
fail_sealing (SppSession *self,
              GError     *error)
{
  if (self->layer != NULL)
    spp_session_fail (self, SPP_SESSION_END_CLOSED, error);
  else
    spp_session_fail_sending (self, error);
}

/* Hands to the kernel what it takes. */
void
spp_session_write_out (SppSession *self)
{
  gsize left = TURN_SIZE;

  while (self->state != SPP_SESSION_STATE_CLOSED && self->send_error == NULL && !self->blocked)
    {
      g_autoptr (GError) error = NULL;
      gssize written;

      if (!fill_buffer (self, &error))
        {
          if (error != NULL)
            fail_sealing (self, g_steal_pointer (&error));
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
          spp_session_fail_sending (self, g_steal_pointer (&error));
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
  spp_session_write_out (self);
  if (!g_queue_is_empty (&self->sent))
    {
      spp_session_notify_sent (self);
      spp_send_queue_return (&self->sent, NULL);
    }
  spp_session_check_closing (self);
}

/* A stream is read by the main loop, which does not run meanwhile. */
static gboolean
check_not_streaming (SppSession  *self,
                     GError     **error)
{
  SppSend *send = g_queue_peek_head (&self->sends);

  if (send->source == NULL || spp_source_is_ready (send->source))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PENDING,
                       "A message before this one is still being read from its stream");
  return FALSE;
}

/* Waits for the kernel to take everything, and for new keys where they are due. */
gboolean
spp_session_write_out_blocking (SppSession    *self,
                                GCancellable  *cancellable,
                                GError       **error)
{
  GError *seal_error = NULL;
  gboolean progress = TRUE;

  do
    {
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
        {
          g_propagate_error (error, seal_error);
          return FALSE;
        }
    }
  while (!g_queue_is_empty (&self->sends)
         && (progress = check_not_streaming (self, error)
                        && spp_session_read_blocking (self, cancellable, error)));
  return progress;
}
