/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

#include "spp-error.h"

#define INPUT_SIZE (64 * 1024)

typedef struct
{
  GTask   *task;        /* owned */
  GSource *cancelled;   /* owned, nullable, attached */
} SppReceive;

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
spp_session_init_receiving (SppSession *self)
{
  g_queue_init (&self->receives);
  spp_frame_reader_init (&self->frame_reader, SPP_RECORD_BODY_OVERHEAD,
                         self->max_message_size + SPP_RECORD_BODY_OVERHEAD);
}

void
spp_session_finalize_receiving (SppSession *self)
{
  /* Each receive holds a reference on the session. */
  g_assert (g_queue_is_empty (&self->receives));
  spp_frame_reader_clear (&self->frame_reader);
  g_free (self->input);
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

/* The next message of what has been read already: (nullable) in any case. */
static GBytes *
take_message (SppSession  *self,
              GError     **error)
{
  while (self->input_start < self->input_end)
    {
      guint8 *body;
      gsize length;
      gsize consumed;

      if (!spp_frame_reader_feed (&self->frame_reader, self->input + self->input_start,
                                  self->input_end - self->input_start,
                                  &consumed, &body, &length, error))
        return NULL;
      self->input_start += consumed;
      if (body != NULL)
        return spp_record_open (self->record, body, length, error);
    }
  return NULL;
}

static void start_read (SppSession *self);

/* Gives messages to those who wait. Their callbacks may do anything, this
 * included, so the outermost call does all the work. */
static void
deliver (SppSession *self)
{
  if (self->delivering)
    return;
  self->delivering = TRUE;

  while (self->record != NULL && !g_queue_is_empty (&self->receives))
    {
      g_autoptr (GError) error = NULL;
      GBytes *message = take_message (self, &error);
      SppReceive *receive;

      if (error != NULL)
        {
          spp_session_end (self, g_steal_pointer (&error));
          break;
        }
      if (message == NULL)
        {
          start_read (self);
          break;
        }
      receive = g_queue_pop_head (&self->receives);
      spp_session_set_confirmed (self);
      g_task_return_pointer (receive->task, message, (GDestroyNotify) g_bytes_unref);
      receive_free (receive);
    }

  self->delivering = FALSE;
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (SppSession) self = user_data;
  g_autoptr (GError) error = NULL;
  gssize length;

  length = g_input_stream_read_finish (G_INPUT_STREAM (object), result, &error);
  self->read_pending = FALSE;

  if (length > 0)
    {
      self->input_start = 0;
      self->input_end = length;
    }
  else if (length < 0)
    {
      spp_session_end (self, g_steal_pointer (&error));
    }
  else if (spp_frame_reader_is_empty (&self->frame_reader))
    {
      spp_session_end (self, g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                                  "The connection has ended"));
    }
  else
    {
      spp_session_end (self, g_error_new_literal (SPP_ERROR, SPP_ERROR_TRUNCATED,
                                                  "The connection ended inside a message"));
    }

  deliver (self);
  spp_session_check_closing (self);
}

static void
start_read (SppSession *self)
{
  if (self->read_pending)
    return;
  self->read_pending = TRUE;
  if (self->input == NULL)
    self->input = g_malloc (INPUT_SIZE);
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)),
                             self->input, INPUT_SIZE,
                             G_PRIORITY_DEFAULT, self->cancellable,
                             read_cb, g_object_ref (self));
}

static gboolean
on_receive_cancelled (GCancellable *cancellable,
                      gpointer      user_data)
{
  SppReceive *receive = user_data;
  SppSession *self = g_task_get_source_object (receive->task);
  g_autoptr (GError) error = NULL;

  g_queue_remove (&self->receives, receive);
  g_cancellable_set_error_if_cancelled (cancellable, &error);
  g_task_return_error (receive->task, g_steal_pointer (&error));
  receive_free (receive);
  return G_SOURCE_REMOVE;
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
 * Several calls may wait; they get the messages in the order of the calls. The
 * connection is read only while a call waits, so that a program that is slower
 * than its friend slows the friend down rather than fill its memory.
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
  g_autoptr (GTask) task = NULL;
  g_autoptr (SppSession) alive = NULL;
  SppReceive *receive;

  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  alive = g_object_ref (self);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, spp_session_receive_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  /* From here on a message that has been taken out for it counts. */
  g_task_set_check_cancellable (task, FALSE);

  if (self->error != NULL)
    {
      g_task_return_error (task, g_error_copy (self->error));
      return;
    }

  receive = g_new0 (SppReceive, 1);
  receive->task = g_object_ref (task);
  g_queue_push_tail (&self->receives, receive);
  if (cancellable != NULL)
    {
      receive->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (receive->cancelled, G_SOURCE_FUNC (on_receive_cancelled),
                             receive, NULL);
      g_source_attach (receive->cancelled, g_task_get_context (task));
    }
  deliver (self);
}

/**
 * spp_session_receive_finish:
 * @self: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Session.receive_async].
 *
 * The end of the connection is the error %SPP_ERROR_CLOSED, or
 * %SPP_ERROR_TRUNCATED within a message.
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
