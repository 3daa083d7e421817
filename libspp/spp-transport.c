/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-transport-private.h"

#include <string.h>

/* What is read or written at once in a stream that cannot be polled. */
#define OPERATION_SIZE (64 * 1024)
/* More than a kernel holds for a socket. */
#define MAX_DISCARDED (16 * 1024 * 1024)

/* Somebody who waits for one of the two directions. */
typedef struct
{
  SppTransport     *transport;   /* borrowed: it owns the source */
  GSource          *source;      /* owned, nullable, attached */
  SppTransportFunc  func;        /* NULL when nobody waits */
  gpointer          user_data;
  GDestroyNotify    destroy;
} Waiter;

/* An asynchronous read or write under way in a stream that cannot be polled, or
 * its result until that is asked for. */
typedef struct
{
  gboolean  pending;
  gboolean  finished;
  guint8   *buffer;              /* owned, nullable */
  gsize     start;               /* of what was read and not yet taken */
  gssize    result;
  GError   *error;               /* owned, nullable */
} Operation;

struct _SppTransport
{
  /* Owned */
  GIOStream             *stream;
  GMainContext          *context;
  GCancellable          *cancellable;
  Waiter                 reader;
  Waiter                 writer;
  Operation             *reading;   /* NULL if the input can be polled */
  Operation             *writing;   /* NULL if the output can be polled */

  /* Borrowed from the stream */
  GInputStream          *input;
  GOutputStream         *output;

  /* State */
  gboolean               closing;
  gboolean               close_started;
  SppTransportFunc       close_func;
  gpointer               close_data;
};

static gboolean
can_poll_input (GInputStream *input)
{
  return G_IS_POLLABLE_INPUT_STREAM (input)
         && g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (input));
}

static gboolean
can_poll_output (GOutputStream *output)
{
  return G_IS_POLLABLE_OUTPUT_STREAM (output)
         && g_pollable_output_stream_can_poll (G_POLLABLE_OUTPUT_STREAM (output));
}

SppTransport *
spp_transport_new (GIOStream *stream)
{
  SppTransport *self = g_rc_box_new0 (SppTransport);

  self->stream = g_object_ref (stream);
  self->context = g_main_context_ref_thread_default ();
  self->input = g_io_stream_get_input_stream (stream);
  self->output = g_io_stream_get_output_stream (stream);
  self->reader.transport = self->writer.transport = self;
  if (!can_poll_input (self->input))
    self->reading = g_new0 (Operation, 1);
  if (!can_poll_output (self->output))
    self->writing = g_new0 (Operation, 1);
  return self;
}

SppTransport *
spp_transport_ref (SppTransport *self)
{
  return g_rc_box_acquire (self);
}

static void
operation_free (Operation *operation)
{
  g_free (operation->buffer);
  g_clear_error (&operation->error);
  g_free (operation);
}

static void
waiter_clear (Waiter *self)
{
  GDestroyNotify destroy = self->destroy;
  gpointer user_data = self->user_data;

  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  self->func = NULL;
  self->destroy = NULL;
  self->user_data = NULL;
  if (destroy != NULL)
    destroy (user_data);
}

static void
transport_clear (SppTransport *self)
{
  waiter_clear (&self->reader);
  waiter_clear (&self->writer);
  g_clear_pointer (&self->reading, operation_free);
  g_clear_pointer (&self->writing, operation_free);
  g_clear_object (&self->cancellable);
  g_main_context_unref (self->context);
  g_object_unref (self->stream);
}

void
spp_transport_unref (SppTransport *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) transport_clear);
}

GIOStream *
spp_transport_get_stream (SppTransport *self)
{
  return self->stream;
}

GMainContext *
spp_transport_get_context (SppTransport *self)
{
  return self->context;
}

static gboolean
fail_would_block (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                       "The stream has to be waited for");
  return FALSE;
}

/* Only operations of streams that cannot be polled need to be cancelled. */
static GCancellable *
get_cancellable (SppTransport *self)
{
  if (self->cancellable == NULL)
    self->cancellable = g_cancellable_new ();
  return self->cancellable;
}

/* Calls whoever waits. That may wait again at once, and then the source stays. */
static gboolean
waiter_call (Waiter *self)
{
  g_autoptr (SppTransport) transport = spp_transport_ref (self->transport);
  SppTransportFunc func = g_steal_pointer (&self->func);
  gpointer user_data = g_steal_pointer (&self->user_data);
  GDestroyNotify destroy = g_steal_pointer (&self->destroy);
  gboolean again;

  if (func != NULL)
    func (user_data);
  again = self->func != NULL;
  if (!again && self->source != NULL)
    {
      g_source_destroy (self->source);
      g_clear_pointer (&self->source, g_source_unref);
    }
  if (destroy != NULL)
    destroy (user_data);
  return again;
}

static gboolean
on_pollable_ready (GObject  *stream,
                   gpointer  user_data)
{
  return waiter_call (user_data) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
on_operation_finished (gpointer user_data)
{
  Waiter *waiter = user_data;

  g_clear_pointer (&waiter->source, g_source_unref);
  waiter_call (waiter);
  return G_SOURCE_REMOVE;
}

/* TRUE if somebody waits from now on who did not before. */
static gboolean
waiter_set (Waiter           *self,
            SppTransportFunc  func,
            gpointer          user_data,
            GDestroyNotify    destroy)
{
  if (self->func != NULL || self->transport->closing)
    {
      if (destroy != NULL)
        destroy (user_data);
      return FALSE;
    }
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  return TRUE;
}

static void
waiter_attach (Waiter  *self,
               GSource *source)
{
  g_source_attach (source, self->transport->context);
  self->source = source;
}

static void start_close (SppTransport *self);

/* An operation has come back; whoever waits may try again. */
static void
operation_finish (Operation *operation,
                  Waiter    *waiter,
                  gssize     result,
                  GError    *error)
{
  SppTransport *transport = waiter->transport;

  operation->pending = FALSE;
  operation->finished = TRUE;
  operation->start = 0;
  operation->result = result;
  operation->error = error;
  waiter_call (waiter);
  if (transport->closing)
    start_close (transport);
}

/* The result of an operation, or -1 with WOULD_BLOCK as long as there is none. */
static gboolean
operation_take_result (Operation  *operation,
                       gssize     *result,
                       GError    **error)
{
  if (!operation->finished)
    {
      *result = -1;
      return fail_would_block (error);
    }
  operation->finished = FALSE;
  *result = operation->result;
  if (operation->error != NULL)
    g_propagate_error (error, g_steal_pointer (&operation->error));
  return *result >= 0;
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (SppTransport) self = user_data;
  GError *error = NULL;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (object), result, &error);

  operation_finish (self->reading, &self->reader, length, error);
}

static void
start_reading (SppTransport *self)
{
  Operation *reading = self->reading;

  if (reading->pending || reading->finished)
    return;
  if (reading->buffer == NULL)
    reading->buffer = g_malloc (OPERATION_SIZE);
  reading->pending = TRUE;
  g_input_stream_read_async (self->input, reading->buffer, OPERATION_SIZE, G_PRIORITY_DEFAULT,
                             get_cancellable (self), read_cb, spp_transport_ref (self));
}

static gssize
read_from_operation (SppTransport  *self,
                     guint8        *buffer,
                     gsize          size,
                     GError       **error)
{
  Operation *reading = self->reading;
  gsize part;

  start_reading (self);
  if (!reading->finished || reading->result <= 0)
    {
      gssize result;

      operation_take_result (reading, &result, error);
      return result;
    }

  part = MIN (size, (gsize) reading->result - reading->start);
  memcpy (buffer, reading->buffer + reading->start, part);
  reading->start += part;
  if (reading->start == (gsize) reading->result)
    reading->finished = FALSE;
  return part;
}

gssize
spp_transport_read (SppTransport  *self,
                    guint8        *buffer,
                    gsize          size,
                    GError       **error)
{
  if (self->reading != NULL)
    return read_from_operation (self, buffer, size, error);
  return g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (self->input),
                                                   buffer, size, NULL, error);
}

static gboolean
on_wait_over (gpointer user_data)
{
  gboolean *over = user_data;

  *over = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
on_input_ready (GObject  *stream,
                gpointer  user_data)
{
  return on_wait_over (user_data);
}

/* Waits in a context of its own, so that nothing else runs meanwhile. */
static gboolean
wait_for_input (SppTransport  *self,
                gint64         deadline,
                GCancellable  *cancellable,
                GError       **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) input = NULL;
  g_autoptr (GSource) timeout = g_timeout_source_new (0);
  gboolean ready = FALSE;
  gboolean late = FALSE;

  input = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (self->input),
                                                 cancellable);
  g_source_set_callback (input, G_SOURCE_FUNC (on_input_ready), &ready, NULL);
  g_source_attach (input, context);
  g_source_set_callback (timeout, on_wait_over, &late, NULL);
  g_source_set_ready_time (timeout, deadline > 0 ? deadline : -1);
  g_source_attach (timeout, context);
  while (!ready && !late)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (input);
  g_source_destroy (timeout);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!ready)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "Nothing has come in time");
  return ready;
}

gssize
spp_transport_read_blocking (SppTransport  *self,
                             guint8        *buffer,
                             gsize          size,
                             gint64         deadline,
                             GCancellable  *cancellable,
                             GError       **error)
{
  /* What an operation has read already comes first. */
  if (self->reading != NULL && self->reading->finished)
    return read_from_operation (self, buffer, size, error);
  if (self->reading != NULL)
    return g_input_stream_read (self->input, buffer, size, cancellable, error);

  while (wait_for_input (self, deadline, cancellable, error))
    {
      g_autoptr (GError) own_error = NULL;
      gssize length = spp_transport_read (self, buffer, size, &own_error);

      if (length >= 0)
        return length;
      if (!g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_propagate_error (error, g_steal_pointer (&own_error));
          return -1;
        }
    }
  return -1;
}

static void
write_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (SppTransport) self = user_data;
  GError *error = NULL;
  gssize length = g_output_stream_write_finish (G_OUTPUT_STREAM (object), result, &error);

  g_clear_pointer (&self->writing->buffer, g_free);
  operation_finish (self->writing, &self->writer, length, error);
}

gssize
spp_transport_write (SppTransport  *self,
                     const guint8  *data,
                     gsize          size,
                     GError       **error)
{
  Operation *writing = self->writing;
  gssize result;

  if (writing == NULL)
    return g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (self->output),
                                                       data, size, NULL, error);

  if (!writing->finished && !writing->pending)
    {
      /* The caller may go away before the stream is done with the bytes. */
      size = MIN (size, OPERATION_SIZE);
      writing->buffer = g_memdup2 (data, size);
      writing->pending = TRUE;
      g_output_stream_write_async (self->output, writing->buffer, size, G_PRIORITY_DEFAULT,
                                   get_cancellable (self), write_cb,
                                   spp_transport_ref (self));
    }
  operation_take_result (writing, &result, error);
  return result;
}

gssize
spp_transport_write_blocking (SppTransport  *self,
                              const guint8  *data,
                              gsize          size,
                              GCancellable  *cancellable,
                              GError       **error)
{
  /* What an operation has written already counts. */
  if (self->writing != NULL && self->writing->finished)
    return spp_transport_write (self, data, size, error);
  return g_output_stream_write (self->output, data, size, cancellable, error);
}

void
spp_transport_wait_readable (SppTransport     *self,
                             SppTransportFunc  func,
                             gpointer          user_data,
                             GDestroyNotify    destroy)
{
  Operation *reading = self->reading;
  GSource *source;

  if (!waiter_set (&self->reader, func, user_data, destroy) || self->reader.source != NULL)
    return;

  if (reading == NULL)
    {
      source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (self->input), NULL);
      g_source_set_callback (source, G_SOURCE_FUNC (on_pollable_ready), &self->reader, NULL);
      waiter_attach (&self->reader, source);
    }
  else if (reading->finished)
    {
      source = g_idle_source_new ();
      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, on_operation_finished, &self->reader, NULL);
      waiter_attach (&self->reader, source);
    }
  else
    {
      start_reading (self);
    }
}

void
spp_transport_forget_readable (SppTransport *self)
{
  waiter_clear (&self->reader);
}

void
spp_transport_wait_writable (SppTransport     *self,
                             SppTransportFunc  func,
                             gpointer          user_data,
                             GDestroyNotify    destroy)
{
  GSource *source;

  if (!waiter_set (&self->writer, func, user_data, destroy) || self->writer.source != NULL)
    return;

  /* An operation calls when it comes back; it is under way, since a write has
   * just said that it would block. */
  if (self->writing != NULL)
    return;
  source = g_pollable_output_stream_create_source (G_POLLABLE_OUTPUT_STREAM (self->output), NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (on_pollable_ready), &self->writer, NULL);
  waiter_attach (&self->writer, source);
}

void
spp_transport_discard_input (SppTransport *self)
{
  g_autofree guint8 *buffer = g_malloc (OPERATION_SIZE);
  gsize left = MAX_DISCARDED;
  gssize length;

  if (self->reading != NULL)
    return;
  do
    {
      length = spp_transport_read (self, buffer, OPERATION_SIZE, NULL);
      left -= MIN (left, (gsize) MAX (length, 0));
    }
  while (length > 0 && left > 0);
}

static void
close_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (SppTransport) self = user_data;
  g_autoptr (GError) error = NULL;

  /* Whether the kernel liked it or not: the connection is gone. */
  if (!g_io_stream_close_finish (G_IO_STREAM (object), result, &error))
    g_debug ("Closing a connection: %s", error->message);
  if (self->close_func != NULL)
    self->close_func (self->close_data);
}

/* A stream cannot be closed under a read or write. */
static void
start_close (SppTransport *self)
{
  if (self->close_started
      || (self->reading != NULL && self->reading->pending)
      || (self->writing != NULL && self->writing->pending))
    return;
  self->close_started = TRUE;
  g_io_stream_close_async (self->stream, G_PRIORITY_DEFAULT, NULL, close_cb,
                           spp_transport_ref (self));
}

void
spp_transport_close (SppTransport     *self,
                     SppTransportFunc  func,
                     gpointer          user_data)
{
  g_autoptr (SppTransport) alive = spp_transport_ref (self);

  g_assert (!self->closing);

  self->closing = TRUE;
  self->close_func = func;
  self->close_data = user_data;
  waiter_clear (&self->reader);
  waiter_clear (&self->writer);
  g_cancellable_cancel (self->cancellable);
  start_close (self);
}
