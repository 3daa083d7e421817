/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

#include "spp-error.h"

typedef struct
{
  GTask   *task;        /* owned */
  GSource *cancelled;   /* owned, nullable, attached */
  gint64   began;       /* the time of the turn, 0 outside of any */
  gboolean as_stream;   /* the beginning of a message is enough */
} SppReceive;

static gint64
get_turn_time (void)
{
  GSource *source = g_main_current_source ();

  return source != NULL ? g_source_get_time (source) : 0;
}

static void
receive_free (SppReceive *receive)
{
  if (receive->cancelled != NULL)
    {
      g_source_destroy (receive->cancelled);
      g_source_unref (receive->cancelled);
    }
  g_object_unref (receive->task);
  g_free (receive);
}

void
spp_session_clear_receiving (SppSession *self)
{
  /* Each receive holds a reference on the session. */
  g_assert (g_queue_is_empty (&self->receives));
  spp_session_drop_inbox (self);
  g_clear_pointer (&self->incoming, g_byte_array_unref);
  spp_frame_reader_clear (&self->frame_reader);
}

void
spp_session_fail_receives (SppSession   *self,
                           const GError *error)
{
  GQueue taken = self->receives;
  g_autoptr (GError) copy = g_error_copy (error);
  SppReceive *receive;

  g_queue_init (&self->receives);
  while ((receive = g_queue_pop_head (&taken)) != NULL)
    {
      g_task_return_error (receive->task, g_error_copy (copy));
      receive_free (receive);
    }
}

static void
return_cancelled (SppSession *self,
                  SppReceive *receive)
{
  g_autoptr (GError) error = NULL;

  g_queue_remove (&self->receives, receive);
  if (!spp_session_wants_more (self))
    spp_transport_forget_readable (self->transport);
  g_cancellable_set_error_if_cancelled (g_task_get_cancellable (receive->task), &error);
  g_task_return_error (receive->task, g_steal_pointer (&error));
  receive_free (receive);
}

static gboolean
on_receive_cancelled (GCancellable *cancellable,
                      gpointer      user_data)
{
  SppReceive *receive = user_data;
  g_autoptr (SppSession) self = g_object_ref (g_task_get_source_object (receive->task));

  return_cancelled (self, receive);
  return G_SOURCE_REMOVE;
}

/* @message is (transfer full). */
static void
return_message (SppReceive *receive,
                GBytes     *message)
{
  if (!receive->as_stream)
    {
      g_task_return_pointer (receive->task, message, (GDestroyNotify) g_bytes_unref);
      return;
    }
  g_task_return_pointer (receive->task, g_memory_input_stream_new_from_bytes (message),
                         g_object_unref);
  g_bytes_unref (message);
}

/* Gives messages to those who wait. Their callbacks may do anything; who waits
 * only since this turn gets the next one: GTask would call back later, and his
 * message would be passed by another. */
void
spp_session_run_receives (SppSession *self)
{
  gint64 now = get_turn_time ();

  if (self->delivering)
    return;
  self->delivering = TRUE;

  while ((self->state != SPP_SESSION_STATE_CLOSED || !g_queue_is_empty (&self->inbox))
         && !g_queue_is_empty (&self->receives))
    {
      g_autoptr (GError) error = NULL;
      SppReceive *receive = g_queue_peek_head (&self->receives);
      GBytes *message;
      gboolean begun;

      if (receive->began >= now)
        break;
      /* For him, too, GTask would call back later. */
      if (g_cancellable_is_cancelled (g_task_get_cancellable (receive->task)))
        {
          return_cancelled (self, receive);
          continue;
        }
      message = spp_session_take_message (self, receive->as_stream, &error);
      begun = message == NULL && error == NULL;
      if (spp_session_is_would_block (error))
        break;
      if (message == NULL && !begun)
        {
          spp_session_fail (self, spp_session_classify_end (self, error), g_error_copy (error));
          break;
        }
      g_queue_remove (&self->receives, receive);
      if (begun)
        g_task_return_pointer (receive->task, spp_session_begin_stream (self), g_object_unref);
      else
        return_message (receive, message);
      receive_free (receive);
    }

  spp_session_read_ahead (self);
  self->delivering = FALSE;
  if (self->state == SPP_SESSION_STATE_CLOSED && g_queue_is_empty (&self->inbox)
      && !g_queue_is_empty (&self->receives))
    spp_session_fail_receives (self, self->error);
  spp_session_tell_received (self);
  spp_session_await_message (self);
}

void
spp_session_queue_receive (SppSession          *self,
                           gboolean             as_stream,
                           gpointer             source_tag,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_autoptr (SppSession) alive = g_object_ref (self);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  SppReceive *receive;

  g_task_set_source_tag (task, source_tag);
  if (g_task_return_error_if_cancelled (task))
    return;
  /* From here on a message that has been taken out for it counts. */
  g_task_set_check_cancellable (task, FALSE);

  if (self->error != NULL && g_queue_is_empty (&self->inbox))
    {
      g_task_return_error (task, g_error_copy (self->error));
      return;
    }

  receive = g_new0 (SppReceive, 1);
  receive->task = g_object_ref (task);
  receive->began = get_turn_time ();
  receive->as_stream = as_stream;
  g_queue_push_tail (&self->receives, receive);
  if (cancellable != NULL)
    {
      receive->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (receive->cancelled, G_SOURCE_FUNC (on_receive_cancelled),
                             receive, NULL);
      g_source_attach (receive->cancelled, g_task_get_context (task));
    }
  spp_session_await_message (self);
}

/**
 * spp_session_receive_async:
 * @self: a session
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when a message has come
 * @user_data: data for @callback
 *
 * Waits for the next message.
 *
 * Several calls may wait; they get the messages in the order of the calls. By SPP/1
 * the stream is read only while a call waits, by SPP/2 a little further, so that a
 * program that is slower than its friend slows the friend down rather than fill its
 * memory.
 *
 * Where many messages come, take those that are already here with
 * [method@Session.receive_nonblocking] after each one that was waited for.
 *
 * Cancelling loses nothing: the next call gets the message.
 *
 * Since: 0.1
 */
void
spp_session_receive_async (SppSession          *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  spp_session_queue_receive (self, FALSE, spp_session_receive_async, cancellable, callback,
                             user_data);
}

/**
 * spp_session_receive_finish:
 * @self: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Session.receive_async].
 *
 * The end of the session is the error %SPP_ERROR_CLOSED, or %SPP_ERROR_TRUNCATED where
 * the connection ended within a message, or by SPP/2 without a goodbye.
 *
 * Returns: (transfer full): the message
 *
 * Since: 0.1
 */
GBytes *
spp_session_receive_finish (SppSession    *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, spp_session_receive_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * spp_session_receive_nonblocking:
 * @self: a session
 * @error: return location for an error
 *
 * Takes the next message if it is already here.
 *
 * Otherwise, or while a call of [method@Session.receive_async] waits, which
 * comes first, or while the message before is still read as a stream, the error is
 * %G_IO_ERROR_WOULD_BLOCK. Other errors are those of
 * [method@Session.receive_finish].
 *
 * A program that calls this until nothing is left should stop now and then: a
 * busy friend may send as fast as it takes.
 *
 * Returns: (transfer full): the message
 *
 * Since: 0.1
 */
GBytes *
spp_session_receive_nonblocking (SppSession  *self,
                                 GError     **error)
{
  g_autoptr (SppSession) alive = NULL;
  g_autoptr (GError) own_error = NULL;
  GBytes *message;

  g_return_val_if_fail (SPP_IS_SESSION (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  alive = g_object_ref (self);
  if (self->error != NULL && g_queue_is_empty (&self->inbox))
    {
      g_propagate_error (error, g_error_copy (self->error));
      return NULL;
    }
  if (!g_queue_is_empty (&self->receives))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                           "Somebody waits for the next message");
      return NULL;
    }

  message = spp_session_take_message (self, FALSE, &own_error);
  if (self->layer != NULL)
    spp_session_await_message (self);
  if (message != NULL)
    return message;
  spp_session_tell_received (self);
  if (!spp_session_is_would_block (own_error))
    spp_session_fail (self, spp_session_classify_end (self, own_error), g_error_copy (own_error));
  g_propagate_error (error, g_steal_pointer (&own_error));
  return NULL;
}
