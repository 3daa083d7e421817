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
  if (length == 0 && spp_frame_reader_is_empty (&self->frame_reader))
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_CLOSED, "The connection has ended");
  else if (length == 0)
    g_set_error_literal (error, SPP_ERROR, SPP_ERROR_TRUNCATED,
                         "The connection ended inside a message");
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

static void
notify_received (SppSession *self)
{
  if (self->received_unnotified)
    spp_session_notify_received (self);
  self->received_unnotified = FALSE;
}

/* The next message that is here, or NULL with an error: WOULD_BLOCK when there
 * is none. */
static GBytes *
take_message (SppSession  *self,
              GError     **error)
{
  do
    {
      guint8 *body;
      gsize length;
      GBytes *message;

      if (!spp_frame_reader_next (&self->frame_reader, &body, &length, error))
        return NULL;
      if (body != NULL)
        {
          message = spp_message_cipher_open (self->cipher, body, length, error);
          if (message != NULL)
            account_received (self, message);
          return message;
        }
    }
  while (read_more (self, error));
  return NULL;
}

static SppSessionEnd
classify (const GError *error)
{
  if (g_error_matches (error, SPP_ERROR, SPP_ERROR_CLOSED))
    return SPP_SESSION_END_PEER_CLOSED;
  if (g_error_matches (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE)
      || g_error_matches (error, SPP_ERROR, SPP_ERROR_EXHAUSTED))
    return SPP_SESSION_END_REFUSED;
  if (error->domain != SPP_ERROR
      || g_error_matches (error, SPP_ERROR, SPP_ERROR_TRUNCATED))
    return SPP_SESSION_END_CUT;
  return SPP_SESSION_END_MISBEHAVED;
}

static gboolean
is_would_block (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
on_readable (gpointer user_data)
{
  g_autoptr (SppSession) self = g_object_ref (user_data);

  self->drained = FALSE;
  spp_session_run_receives (self);
}

/* Makes sure of a turn in which those who wait get what comes. */
static void
await_message (SppSession *self)
{
  if (self->delivering || self->cipher == NULL || g_queue_is_empty (&self->receives))
    return;
  if (spp_frame_reader_has_next (&self->frame_reader))
    spp_session_schedule_turn (self);
  else
    spp_transport_wait_readable (self->transport, on_readable, self, NULL);
}

static void
return_cancelled (SppSession *self,
                  SppReceive *receive)
{
  g_autoptr (GError) error = NULL;

  g_queue_remove (&self->receives, receive);
  if (g_queue_is_empty (&self->receives))
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

  while (self->cipher != NULL && !g_queue_is_empty (&self->receives))
    {
      g_autoptr (GError) error = NULL;
      SppReceive *receive = g_queue_peek_head (&self->receives);
      GBytes *message;

      if (receive->began >= now)
        break;
      /* For him, too, GTask would call back later. */
      if (g_cancellable_is_cancelled (g_task_get_cancellable (receive->task)))
        {
          return_cancelled (self, receive);
          continue;
        }
      message = take_message (self, &error);
      if (is_would_block (error))
        break;
      if (message == NULL)
        {
          spp_session_fail (self, classify (error), g_error_copy (error));
          break;
        }
      g_queue_remove (&self->receives, receive);
      g_task_return_pointer (receive->task, message, (GDestroyNotify) g_bytes_unref);
      receive_free (receive);
    }

  self->delivering = FALSE;
  notify_received (self);
  await_message (self);
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
 * stream is read only while a call waits, so that a program that is slower than
 * its friend slows the friend down rather than fill its memory.
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
  receive->began = get_turn_time ();
  g_queue_push_tail (&self->receives, receive);
  if (cancellable != NULL)
    {
      receive->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (receive->cancelled, G_SOURCE_FUNC (on_receive_cancelled),
                             receive, NULL);
      g_source_attach (receive->cancelled, g_task_get_context (task));
    }
  await_message (self);
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

/**
 * spp_session_receive_nonblocking:
 * @self: a session
 * @error: return location for an error
 *
 * Takes the next message if it is already here.
 *
 * Otherwise, or while a call of [method@Session.receive_async] waits, which
 * comes first, the error is %G_IO_ERROR_WOULD_BLOCK. Other errors are those of
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
  if (self->error != NULL)
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

  message = take_message (self, &own_error);
  if (message != NULL)
    return message;
  notify_received (self);
  if (!is_would_block (own_error))
    spp_session_fail (self, classify (own_error), g_error_copy (own_error));
  g_propagate_error (error, g_steal_pointer (&own_error));
  return NULL;
}
