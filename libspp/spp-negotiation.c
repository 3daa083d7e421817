/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-negotiation-private.h"

#include "spp-error.h"

typedef struct
{
  SppHandshake *handshake;         /* owned */
  GCancellable *cancellable;       /* owned, ended by the caller's and the deadline */
  GCancellable *caller;            /* owned, nullable */
  gulong        caller_handler;
  GSource      *deadline;          /* owned, attached */
  GSource      *silence;           /* owned, attached; set while silent */
  guint         timeout;           /* seconds */
  gboolean      timed_out;
  GBytes       *output;            /* owned, being written */
  guint8        input[SPP_HELLO_FRAME_SIZE];
  GError       *verdict;           /* owned; kept to the deadline while silent */
} Negotiation;

static void read_more (GTask *task);

static void
negotiation_free (Negotiation *self)
{
  g_clear_pointer (&self->handshake, spp_handshake_free);
  g_cancellable_disconnect (self->caller, self->caller_handler);
  g_clear_object (&self->caller);
  g_clear_object (&self->cancellable);
  g_source_destroy (self->deadline);
  g_source_unref (self->deadline);
  g_clear_pointer (&self->silence, g_source_unref);
  g_clear_pointer (&self->output, g_bytes_unref);
  g_clear_error (&self->verdict);
  g_free (self);
}

/* Takes the task: after this nothing of the negotiation may be touched. */
static void
fail (GTask  *task,
      GError *error)
{
  Negotiation *self = g_task_get_task_data (task);

  g_source_destroy (self->deadline);
  if (self->silence != NULL)
    g_source_destroy (self->silence);
  if (self->timed_out && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                           "The handshake took longer than %u seconds", self->timeout);
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
on_deadline (gpointer user_data)
{
  GTask *task = user_data;
  Negotiation *self = g_task_get_task_data (task);

  self->timed_out = TRUE;
  if (self->verdict != NULL)
    fail (task, g_steal_pointer (&self->verdict));
  else
    g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled_while_silent (GCancellable *cancellable,
                           gpointer      user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  g_cancellable_set_error_if_cancelled (cancellable, &error);
  fail (task, error);
  return G_SOURCE_REMOVE;
}

/* Nothing is read, written or closed until the deadline or the caller ends it. */
static void
stay_silent (GTask  *task,
             GError *verdict)
{
  Negotiation *self = g_task_get_task_data (task);

  self->verdict = verdict;
  self->silence = g_cancellable_source_new (self->cancellable);
  g_source_set_callback (self->silence, G_SOURCE_FUNC (on_cancelled_while_silent), task, NULL);
  g_source_attach (self->silence, g_task_get_context (task));
}

static void
refuse (GTask  *task,
        GError *error)
{
  Negotiation *self = g_task_get_task_data (task);

  /* A wrong length depends on no secret, so there is nothing to hide. */
  if (spp_handshake_is_initiator (self->handshake)
      || g_error_matches (error, SPP_ERROR, SPP_ERROR_FRAME_LENGTH))
    fail (task, error);
  else
    stay_silent (task, error);
}

static void
succeed (GTask *task)
{
  Negotiation *self = g_task_get_task_data (task);

  g_source_destroy (self->deadline);
  g_task_return_pointer (task, g_steal_pointer (&self->handshake),
                         (GDestroyNotify) spp_handshake_free);
  g_object_unref (task);
}

static void
write_all_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  GTask *task = user_data;
  Negotiation *self = g_task_get_task_data (task);
  GError *error = NULL;

  g_clear_pointer (&self->output, g_bytes_unref);
  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (object), result, NULL, &error))
    fail (task, error);
  else
    read_more (task);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  GTask *task = user_data;
  Negotiation *self = g_task_get_task_data (task);
  GError *error = NULL;
  gssize length;

  length = g_input_stream_read_finish (G_INPUT_STREAM (object), result, &error);
  if (length < 0)
    {
      fail (task, error);
    }
  else if (length == 0)
    {
      gboolean untouched = spp_handshake_is_untouched (self->handshake);

      fail (task, g_error_new (SPP_ERROR, untouched ? SPP_ERROR_CLOSED : SPP_ERROR_TRUNCATED,
                               untouched ? "The peer closed the connection without a hello"
                                         : "The stream ended inside the hello"));
    }
  else if (!spp_handshake_feed (self->handshake, self->input, length, &error))
    {
      refuse (task, error);
    }
  else
    {
      read_more (task);
    }
}

/* What is to be sent goes first; then what is still wanted is read, and not a
 * byte more: the rest of the stream belongs to the session. */
static void
read_more (GTask *task)
{
  Negotiation *self = g_task_get_task_data (task);
  GIOStream *stream = g_task_get_source_object (task);
  gsize wanted = spp_handshake_get_wanted (self->handshake);

  self->output = spp_handshake_take_output (self->handshake);
  if (self->output != NULL)
    g_output_stream_write_all_async (g_io_stream_get_output_stream (stream),
                                     g_bytes_get_data (self->output, NULL),
                                     g_bytes_get_size (self->output),
                                     G_PRIORITY_DEFAULT, self->cancellable,
                                     write_all_cb, task);
  else if (wanted > 0)
    g_input_stream_read_async (g_io_stream_get_input_stream (stream),
                               self->input, wanted,
                               G_PRIORITY_DEFAULT, self->cancellable,
                               read_cb, task);
  else
    succeed (task);
}

static void
on_caller_cancelled (GCancellable *caller,
                     gpointer      user_data)
{
  g_cancellable_cancel (user_data);
}

void
spp_negotiation_run_async (GIOStream           *stream,
                           SppHandshake        *handshake,
                           guint                timeout,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  Negotiation *self = g_new0 (Negotiation, 1);
  GTask *task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_source_tag (task, spp_negotiation_run_async);
  g_task_set_check_cancellable (task, FALSE);
  self->handshake = handshake;
  self->timeout = timeout;
  self->cancellable = g_cancellable_new ();
  g_task_set_task_data (task, self, (GDestroyNotify) negotiation_free);

  self->deadline = g_timeout_source_new (timeout * 1000);
  g_source_set_callback (self->deadline, on_deadline, task, NULL);
  g_source_attach (self->deadline, g_task_get_context (task));

  if (cancellable != NULL)
    {
      self->caller = g_object_ref (cancellable);
      self->caller_handler = g_cancellable_connect (cancellable,
                                                    G_CALLBACK (on_caller_cancelled),
                                                    g_object_ref (self->cancellable),
                                                    g_object_unref);
    }
  read_more (task);
}

SppHandshake *
spp_negotiation_run_finish (GIOStream     *stream,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_assert (g_task_is_valid (result, stream));
  g_assert (g_async_result_is_tagged (result, spp_negotiation_run_async));

  return g_task_propagate_pointer (G_TASK (result), error);
}
