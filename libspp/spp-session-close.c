/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

#include "spp-error.h"

static gboolean
on_turn (gpointer user_data)
{
  g_autoptr (SppSession) self = g_object_ref (user_data);

  g_clear_pointer (&self->turn, g_source_unref);
  self->turn_time = g_get_monotonic_time ();
  spp_session_run_control (self);
  spp_session_run_sends (self);
  spp_session_run_receives (self);
  spp_session_check_closing (self);
  return G_SOURCE_REMOVE;
}

void
spp_session_schedule_turn (SppSession *self)
{
  if (self->turn != NULL)
    return;
  self->turn = g_idle_source_new ();
  g_source_set_priority (self->turn, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->turn, "[spp] session");
  g_source_set_callback (self->turn, on_turn, g_object_ref (self), g_object_unref);
  g_source_attach (self->turn, spp_transport_get_context (self->transport));
}

void
spp_session_clear_turn (SppSession *self)
{
  if (self->turn != NULL)
    g_source_destroy (self->turn);
  g_clear_pointer (&self->turn, g_source_unref);
}

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
return_closes (gpointer user_data)
{
  g_autoptr (SppSession) self = user_data;
  GTask *task;

  self->stream_closed = TRUE;
  while ((task = g_queue_pop_head (&self->closes)) != NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

/* Everything has been said that was to be. */
static gboolean
is_all_said (SppSession *self)
{
  return !spp_session_has_unsent (self) && spp_session_is_close_done (self);
}

void
spp_session_check_closing (SppSession *self)
{
  gboolean asked = !g_queue_is_empty (&self->closes);
  gboolean farewell = self->layer != NULL && spp_record_layer_is_close_received (self->layer);

  if (self->state != SPP_SESSION_STATE_CLOSING || (!asked && !farewell))
    return;
  if (self->send_error != NULL && asked)
    {
      spp_session_fail (self, SPP_SESSION_END_CUT, g_error_copy (self->send_error));
    }
  else if (self->send_error != NULL || is_all_said (self))
    {
      spp_transport_discard_input (self->transport);
      spp_session_fail (self, asked ? SPP_SESSION_END_CLOSED : SPP_SESSION_END_PEER_CLOSED,
                        g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                             asked ? "The session was closed on this side"
                                                   : "The friend closed the session"));
    }
}

void
spp_session_fail (SppSession    *self,
                  SppSessionEnd  end,
                  GError        *error)
{
  g_autoptr (GError) owned = error;
  g_autoptr (SppSession) alive = g_object_ref (self);

  if (self->state == SPP_SESSION_STATE_CLOSED)
    return;

  g_debug ("Session ended: %s", error->message);
  self->error = g_steal_pointer (&owned);
  self->end = end;
  g_clear_pointer (&self->cipher, spp_message_cipher_free);
  g_clear_pointer (&self->layer, spp_record_layer_free);
  g_clear_pointer (&self->incoming, g_byte_array_unref);
  if (self->stream != NULL)
    spp_message_stream_fail (g_steal_pointer (&self->stream), self->error);
  spp_session_clear_timer (self);
  spp_transport_close (self->transport, return_closes, g_object_ref (self));
  g_object_freeze_notify (G_OBJECT (self));
  spp_session_set_state (self, SPP_SESSION_STATE_CLOSED);
  spp_session_notify_end (self);
  g_object_thaw_notify (G_OBJECT (self));
  spp_session_fail_sends (self, self->error);
  if (g_queue_is_empty (&self->inbox))
    spp_session_fail_receives (self, self->error);
}

static gboolean
on_close_cancelled (GCancellable *cancellable,
                    gpointer      user_data)
{
  GTask *task = user_data;

  spp_session_abort (g_task_get_source_object (task));
  return G_SOURCE_REMOVE;
}

/**
 * spp_session_close_async:
 * @self: a session
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when the session is closed
 * @user_data: data for @callback
 *
 * Sends what is queued and then closes the session and its connection. In SPP/2
 * the friend is told, and has 10 seconds to say what is still to be said.
 *
 * Messages that have not been received by then are lost, and calls to receive
 * that still wait fail with %SPP_ERROR_CLOSED. When @cancellable is or becomes
 * cancelled the session is aborted, as by [method@Session.abort].
 *
 * Since: 0.1
 */
void
spp_session_close_async (SppSession          *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (SppSession) alive = NULL;
  GTask *task;

  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  alive = g_object_ref (self);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, spp_session_close_async);
  g_task_set_check_cancellable (task, FALSE);

  if (self->stream_closed)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  g_queue_push_tail (&self->closes, task);
  if (self->state == SPP_SESSION_STATE_OPEN)
    spp_session_set_state (self, SPP_SESSION_STATE_CLOSING);
  spp_session_drop_inbox (self);
  if (self->layer != NULL)
    spp_session_schedule_turn (self);
  if (g_cancellable_is_cancelled (cancellable))
    {
      spp_session_abort (self);
    }
  else if (cancellable != NULL)
    {
      GSource *source = g_cancellable_source_new (cancellable);

      g_source_set_callback (source, G_SOURCE_FUNC (on_close_cancelled), task, NULL);
      g_source_attach (source, g_task_get_context (task));
      g_task_set_task_data (task, source, destroy_source);
    }
  spp_session_check_closing (self);
}

/**
 * spp_session_close_finish:
 * @self: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Session.close_async].
 *
 * Returns: `TRUE`; the session is closed
 *
 * Since: 0.1
 */
gboolean
spp_session_close_finish (SppSession    *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, spp_session_close_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * spp_session_abort:
 * @self: a session
 *
 * Ends the session at once: what is queued is not sent, and everything that
 * waits fails with %SPP_ERROR_CLOSED.
 *
 * Since: 0.1
 */
void
spp_session_abort (SppSession *self)
{
  g_return_if_fail (SPP_IS_SESSION (self));

  spp_session_drop_inbox (self);
  spp_session_fail (self, SPP_SESSION_END_CLOSED,
                    g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                         "The session was aborted on this side"));
}
