/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* From the stream to messages. */

#include "spp-session-private.h"

#include "spp-error.h"

/* What a friend may have under way in the kernels of both ends. */
#define IN_FLIGHT (16 * 1024 * 1024)
/* What a message takes besides its bytes. */
#define MESSAGE_OVERHEAD 128
/* How much may be read ahead in one turn before others get theirs. */
#define TURN_SIZE (1024 * 1024)

static GBytes *
pop_inbox (SppSession *self)
{
  GBytes *message = g_queue_pop_head (&self->inbox);

  if (message != NULL)
    self->inbox_size -= g_bytes_get_size (message) + MESSAGE_OVERHEAD;
  return message;
}

void
spp_session_drop_inbox (SppSession *self)
{
  GBytes *message;

  while ((message = pop_inbox (self)) != NULL)
    g_bytes_unref (message);
}

/* What has come and nobody waits for; lost once the session is to be closed. */
static void
keep_message (SppSession *self,
              GBytes     *message)
{
  if (g_queue_is_empty (&self->receives) && !g_queue_is_empty (&self->closes))
    {
      g_bytes_unref (message);
      return;
    }
  self->inbox_size += g_bytes_get_size (message) + MESSAGE_OVERHEAD;
  g_queue_push_tail (&self->inbox, message);
}

/* The stream has ended. */
static void
set_end_error (SppSession  *self,
               GError     **error)
{
  if (!spp_frame_reader_is_empty (&self->frame_reader)
      || (self->layer != NULL && spp_record_layer_is_in_message (self->layer)))
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_TRUNCATED,
                         "The connection ended inside a message");
  else if (self->layer != NULL && !spp_record_layer_is_close_sent (self->layer)
           && !spp_record_layer_is_close_received (self->layer))
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_TRUNCATED,
                         "The connection was cut: the friend did not close it");
  else
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_CLOSED, "The connection has ended");
}

/* Reads once. FALSE with WOULD_BLOCK when nothing is there. */
static gboolean
read_more (SppSession  *self,
           GError     **error)
{
  guint8 *place;
  gsize room;
  gssize length;

  if (self->drained)
    {
      self->drained = FALSE;
      spp_frame_reader_relax (&self->frame_reader);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "No message is here");
      return FALSE;
    }

  place = spp_frame_reader_reserve (&self->frame_reader, &room);
  length = spp_transport_read (self->transport, place, room, error);
  if (length > 0)
    {
      spp_frame_reader_commit (&self->frame_reader, length);
      self->drained = (gsize) length < room;
      return TRUE;
    }
  if (length == 0)
    set_end_error (self, error);
  else
    spp_frame_reader_relax (&self->frame_reader);
  return FALSE;
}

static void
account_received (SppSession *self,
                  GBytes     *message)
{
  self->messages_received++;
  self->bytes_received += g_bytes_get_size (message);
  self->received_unnotified = TRUE;
  spp_session_set_confirmed (self);
}

void
spp_session_tell_received (SppSession *self)
{
  if (self->received_unnotified)
    spp_session_notify_received (self);
  self->received_unnotified = FALSE;
}

/* Takes the next frame, or reads. FALSE with an error, WOULD_BLOCK when nothing is
 * here; often there is no message yet. */
static gboolean
take_step (SppSession  *self,
           GBytes     **message,
           GError     **error)
{
  guint8 *body;
  gsize length;

  *message = NULL;
  if (!spp_frame_reader_next (&self->frame_reader, &body, &length, error))
    return FALSE;
  if (body == NULL)
    return read_more (self, error);
  self->bytes_taken += length;
  if (self->layer != NULL)
    return spp_session_take_record (self, body, length, message, error);
  *message = spp_message_cipher_open (self->cipher, body, length, error);
  return *message != NULL;
}

/* Who waits for a message has to wait for those who read the one before. */
gboolean
spp_session_wants_more (SppSession *self)
{
  if (self->state == SPP_SESSION_STATE_CLOSED)
    return FALSE;
  if (!g_queue_is_empty (&self->receives) && !self->streaming)
    return TRUE;
  if (self->layer == NULL)
    return FALSE;
  /* The answer to a REKEY comes behind what the friend had sent before. */
  if (spp_record_layer_is_rekeying (self->layer))
    return self->inbox_size < self->max_message_size + IN_FLIGHT;
  return self->inbox_size < SPP_SESSION_READ_AHEAD;
}

/* TRUE when the head of those who wait can have something. */
static gboolean
has_beginning (SppSession *self,
               gboolean    as_stream)
{
  return as_stream && self->incoming != NULL;
}

GBytes *
spp_session_take_message (SppSession  *self,
                          gboolean     as_stream,
                          GError     **error)
{
  GBytes *message = pop_inbox (self);
  guint64 limit = self->bytes_taken + TURN_SIZE;

  while (message == NULL && !has_beginning (self, as_stream))
    {
      if (self->layer != NULL && self->bytes_taken >= limit)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                               "Much has come that is no message yet");
          return NULL;
        }
      if (self->streaming && !spp_session_wants_more (self))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                               "The message before is still being read");
          return NULL;
        }
      if (!take_step (self, &message, error))
        return NULL;
    }
  if (message != NULL)
    account_received (self, message);
  return message;
}

gboolean
spp_session_is_would_block (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

SppSessionEnd
spp_session_classify_end (SppSession   *self,
                          const GError *error)
{
  if (g_error_matches (error, SPP_ERROR, SPP_ERROR_CLOSED))
    return g_queue_is_empty (&self->closes) ? SPP_SESSION_END_PEER_CLOSED
                                            : SPP_SESSION_END_CLOSED;
  if (g_error_matches (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE)
      || g_error_matches (error, SPP_ERROR, SPP_ERROR_EXHAUSTED))
    return SPP_SESSION_END_REFUSED;
  /* What the stream did after a goodbye does not matter any more. */
  if (self->layer != NULL && spp_record_layer_is_close_received (self->layer)
      && error->domain != SPP_ERROR)
    return g_queue_is_empty (&self->closes) ? SPP_SESSION_END_PEER_CLOSED
                                            : SPP_SESSION_END_CLOSED;
  if (error->domain != SPP_ERROR
      || g_error_matches (error, SPP_ERROR, SPP_ERROR_TRUNCATED))
    return SPP_SESSION_END_CUT;
  return SPP_SESSION_END_MISBEHAVED;
}

static void
on_readable (gpointer user_data)
{
  g_autoptr (SppSession) self = g_object_ref (user_data);

  self->drained = FALSE;
  self->turn_time = g_get_monotonic_time ();
  spp_session_run_receives (self);
}

void
spp_session_await_message (SppSession *self)
{
  if (self->delivering)
    return;
  if (spp_session_has_control (self))
    spp_session_schedule_turn (self);
  if (!g_queue_is_empty (&self->inbox) && !g_queue_is_empty (&self->receives))
    spp_session_schedule_turn (self);
  else if (!spp_session_wants_more (self))
    spp_transport_forget_readable (self->transport);
  else if (spp_frame_reader_has_next (&self->frame_reader))
    spp_session_schedule_turn (self);
  else
    spp_transport_wait_readable (self->transport, on_readable, self, NULL);
}

void
spp_session_read_ahead (SppSession *self)
{
  guint64 limit = self->bytes_taken + TURN_SIZE;

  while (self->layer != NULL && self->bytes_taken < limit && g_queue_is_empty (&self->receives)
         && spp_session_wants_more (self))
    {
      g_autoptr (GError) error = NULL;
      GBytes *message;

      if (!take_step (self, &message, &error))
        {
          if (!spp_session_is_would_block (error))
            spp_session_fail (self, spp_session_classify_end (self, error), g_error_copy (error));
          return;
        }
      if (message != NULL)
        keep_message (self, message);
    }
}

/* Takes what is there already; FALSE if that ends the session. */
static gboolean
take_all (SppSession  *self,
          GError     **error)
{
  while (self->layer != NULL && spp_frame_reader_has_next (&self->frame_reader))
    {
      g_autoptr (GError) own_error = NULL;
      GBytes *message;

      if (!take_step (self, &message, &own_error))
        {
          spp_session_fail (self, spp_session_classify_end (self, own_error),
                            g_error_copy (own_error));
          g_propagate_error (error, g_steal_pointer (&own_error));
          return FALSE;
        }
      if (message != NULL)
        keep_message (self, message);
    }
  spp_session_await_message (self);
  return TRUE;
}

gboolean
spp_session_read_blocking (SppSession    *self,
                           GCancellable  *cancellable,
                           GError       **error)
{
  g_autoptr (GError) own_error = NULL;
  guint8 *place;
  gsize room;
  gssize length;

  if (self->error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return FALSE;
    }
  if (spp_frame_reader_has_next (&self->frame_reader))
    return take_all (self, error);
  place = spp_frame_reader_reserve (&self->frame_reader, &room);
  length = spp_transport_read_blocking (self->transport, place, room, self->rekey_deadline,
                                        cancellable, &own_error);
  if (length == 0)
    set_end_error (self, &own_error);
  if (length <= 0)
    {
      g_propagate_error (error, g_steal_pointer (&own_error));
      return FALSE;
    }
  spp_frame_reader_commit (&self->frame_reader, length);
  return take_all (self, error);
}
