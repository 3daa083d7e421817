/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* What a session of SPP/2 does beside messages. */

#include "spp-session-private.h"

#include "spp-error.h"

#define REKEY_TIMEOUT (60 * G_TIME_SPAN_SECOND)
#define CLOSE_TIMEOUT (10 * G_TIME_SPAN_SECOND)

/* Deadlines */

static gboolean
on_timer (gpointer user_data)
{
  g_autoptr (SppSession) self = g_object_ref (user_data);
  gint64 now = g_get_monotonic_time ();

  self->turn_time = now;
  g_source_set_ready_time (self->timer, -1);
  if (self->close_deadline > 0 && now >= self->close_deadline)
    {
      spp_transport_discard_input (self->transport);
      spp_session_fail (self, SPP_SESSION_END_CLOSED,
                        g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                             "The session was closed on this side, and the "
                                             "friend did not answer"));
    }
  else if (self->rekey_deadline > 0 && now >= self->rekey_deadline)
    {
      spp_session_fail (self, SPP_SESSION_END_CUT,
                        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                             "The friend did not answer when new keys were due"));
    }
  else
    {
      /* Time for new keys, perhaps. */
      spp_session_schedule_turn (self);
      spp_session_update_timer (self);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_timer (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
  return callback (user_data);
}

void
spp_session_update_timer (SppSession *self)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_timer };
  gint64 epoch_end = spp_record_layer_get_epoch_end (self->layer);
  gint64 next = G_MAXINT64;

  /* Once that has passed, the next message makes new keys due. */
  if (epoch_end > self->turn_time)
    next = epoch_end;
  if (self->rekey_deadline > 0)
    next = MIN (next, self->rekey_deadline);
  if (self->close_deadline > 0)
    next = MIN (next, self->close_deadline);
  if (self->timer == NULL)
    {
      self->timer = g_source_new (&funcs, sizeof (GSource));
      g_source_set_static_name (self->timer, "[spp] deadline");
      g_source_set_callback (self->timer, on_timer, self, NULL);
      g_source_attach (self->timer, spp_transport_get_context (self->transport));
    }
  g_source_set_ready_time (self->timer, next < G_MAXINT64 ? next : -1);
}

void
spp_session_clear_timer (SppSession *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

/* Sending */

/* New keys can wait a little for a program that does not take what has come: their
 * answer could only be read past all that. */
static gboolean
is_rekey_due (SppSession *self)
{
  return self->inbox_size < SPP_SESSION_READ_AHEAD
         && spp_record_layer_is_rekey_due (self->layer, self->turn_time);
}

gboolean
spp_session_may_seal (SppSession *self)
{
  return self->layer == NULL
         || (spp_record_layer_may_send (self->layer) && !is_rekey_due (self));
}

static gboolean
is_close_due (SppSession *self)
{
  return self->state == SPP_SESSION_STATE_CLOSING && g_queue_is_empty (&self->sends)
         && spp_record_layer_may_send (self->layer);
}

gboolean
spp_session_has_control (SppSession *self)
{
  return self->layer != NULL
         && (spp_record_layer_has_answer (self->layer)
             || is_rekey_due (self)
             || is_close_due (self));
}

gboolean
spp_session_seal_control (SppSession  *self,
                          GError     **error)
{
  static const guint8 reason = 0;

  spp_record_layer_take_answer (self->layer, self->write_buffer);
  if (is_rekey_due (self))
    {
      if (!spp_record_layer_rekey (self->layer, self->write_buffer, error))
        return FALSE;
      self->rekey_deadline = g_get_monotonic_time () + REKEY_TIMEOUT;
      spp_session_update_timer (self);
      /* The answer has to be read past what nobody has asked for yet. */
      spp_session_schedule_turn (self);
    }
  else if (is_close_due (self))
    {
      if (!spp_record_layer_seal (self->layer, SPP_RECORD_CLOSE, &reason, sizeof reason,
                                  self->write_buffer, error))
        return FALSE;
      self->close_deadline = g_get_monotonic_time () + CLOSE_TIMEOUT;
      spp_session_update_timer (self);
    }
  return TRUE;
}

gboolean
spp_session_is_close_done (SppSession *self)
{
  return self->layer == NULL
         || (spp_record_layer_is_close_sent (self->layer)
             && spp_record_layer_is_close_received (self->layer));
}

/* Receiving */

static GBytes *
finish_message (SppSession *self,
                SppRecord  *record)
{
  if (self->incoming == NULL)
    return g_bytes_new (record->body, record->length);
  g_byte_array_append (self->incoming, record->body, record->length);
  return g_byte_array_free_to_bytes (g_steal_pointer (&self->incoming));
}

static void
take_part (SppSession  *self,
           SppRecord   *record,
           GBytes     **message)
{
  gboolean last = record->type == SPP_RECORD_LAST;

  if (self->streaming)
    {
      spp_session_push_stream (self, record->body, record->length, last);
    }
  else if (last)
    {
      *message = finish_message (self, record);
    }
  else
    {
      if (self->incoming == NULL)
        self->incoming = g_byte_array_new ();
      g_byte_array_append (self->incoming, record->body, record->length);
    }
}

gboolean
spp_session_take_record (SppSession  *self,
                         guint8      *payload,
                         gsize        length,
                         GBytes     **message,
                         GError     **error)
{
  SppRecord record;

  if (!spp_record_layer_open (self->layer, &record, payload, length, self->turn_time, error))
    return FALSE;

  switch (record.type)
    {
    case SPP_RECORD_DATA:
    case SPP_RECORD_LAST:
      take_part (self, &record, message);
      break;
    case SPP_RECORD_REKEY:
    case SPP_RECORD_REKEY_ACK:
      self->rekey_deadline = 0;
      spp_session_update_timer (self);
      spp_session_schedule_turn (self);
      break;
    case SPP_RECORD_CLOSE:
      spp_session_schedule_turn (self);
      break;
    case SPP_RECORD_HELLO:
    case SPP_RECORD_PAD:
    default:
      break;
    }
  if (is_rekey_due (self))
    spp_session_schedule_turn (self);
  return TRUE;
}

void
spp_session_run_control (SppSession *self)
{
  if (self->layer != NULL && self->rekeys != spp_record_layer_get_rekeys (self->layer))
    {
      self->rekeys = spp_record_layer_get_rekeys (self->layer);
      spp_session_notify_rekeys (self);
    }
  if (self->layer != NULL && spp_record_layer_is_close_received (self->layer)
      && self->state == SPP_SESSION_STATE_OPEN)
    spp_session_set_state (self, SPP_SESSION_STATE_CLOSING);
}
