/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz-stream.h"

#include <string.h>

#include "fuzz-operation.h"

#define FUZZ_TYPE_INPUT (fuzz_input_stream_get_type ())
G_DECLARE_FINAL_TYPE (FuzzInputStream, fuzz_input_stream, FUZZ, INPUT_STREAM, GInputStream)

struct _FuzzInputStream
{
  GInputStream  parent_instance;

  GByteArray   *waiting;    /* owned */
  gsize         taken;
  gsize         limit;
  guint         n_limited;  /* reads that are still to be limited */
  gboolean      can_poll;
  gboolean      ended;
  gboolean      broken;
  FuzzOperation operation;
};

#define FUZZ_TYPE_OUTPUT (fuzz_output_stream_get_type ())
G_DECLARE_FINAL_TYPE (FuzzOutputStream, fuzz_output_stream, FUZZ, OUTPUT_STREAM, GOutputStream)

struct _FuzzOutputStream
{
  GOutputStream  parent_instance;

  GByteArray    *written;   /* owned */
  gsize          room;
  gboolean       can_poll;
  gboolean       broken;
  FuzzOperation  operation;
};

struct _FuzzStream
{
  GIOStream         parent_instance;

  FuzzInputStream  *input;    /* owned */
  FuzzOutputStream *output;   /* owned */
};

static void fuzz_input_stream_pollable_init (GPollableInputStreamInterface *iface);
static void fuzz_output_stream_pollable_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FuzzInputStream, fuzz_input_stream, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      fuzz_input_stream_pollable_init))
G_DEFINE_FINAL_TYPE_WITH_CODE (FuzzOutputStream, fuzz_output_stream, G_TYPE_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      fuzz_output_stream_pollable_init))
G_DEFINE_FINAL_TYPE (FuzzStream, fuzz_stream, G_TYPE_IO_STREAM)

/* ## Input */

static gssize
fail_broken (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "The stream is broken");
  return -1;
}

static gboolean
is_readable (gpointer stream)
{
  FuzzInputStream *self = stream;

  return self->taken < self->waiting->len || self->ended || self->broken;
}

static gssize
fuzz_input_stream_read (GInputStream  *stream,
                        void          *buffer,
                        gsize          count,
                        GCancellable  *cancellable,
                        GError       **error)
{
  FuzzInputStream *self = FUZZ_INPUT_STREAM (stream);
  gsize part = MIN (count, self->waiting->len - self->taken);

  /* Nobody else runs who could end the wait of a read that blocks. */
  g_assert_true (is_readable (self));
  if (part == 0 && count > 0 && self->broken)
    return fail_broken (error);
  if (self->limit > 0 && self->n_limited > 0)
    {
      part = MIN (part, self->limit);
      self->n_limited--;
    }
  if (part > 0)
    memcpy (buffer, self->waiting->data + self->taken, part);
  self->taken += part;
  return part;
}

static void
try_read (FuzzInputStream *self)
{
  GError *error = NULL;
  gssize size;

  if (self->operation.task == NULL || !is_readable (self))
    return;
  size = fuzz_input_stream_read (G_INPUT_STREAM (self), self->operation.buffer,
                                 self->operation.size, NULL, &error);
  fuzz_operation_return (&self->operation, size, error);
}

static void
fuzz_input_stream_read_async (GInputStream        *stream,
                              void                *buffer,
                              gsize                count,
                              int                  io_priority,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  FuzzInputStream *self = FUZZ_INPUT_STREAM (stream);

  if (self->can_poll)
    {
      G_INPUT_STREAM_CLASS (fuzz_input_stream_parent_class)->read_async (
        stream, buffer, count, io_priority, cancellable, callback, user_data);
      return;
    }
  fuzz_operation_begin (&self->operation, g_task_new (self, cancellable, callback, user_data),
                   buffer, count);
  try_read (self);
}

static gssize
fuzz_input_stream_read_finish (GInputStream  *stream,
                               GAsyncResult  *result,
                               GError       **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

static gboolean
fuzz_input_stream_can_poll (GPollableInputStream *stream)
{
  return FUZZ_INPUT_STREAM (stream)->can_poll;
}

static gboolean
fuzz_input_stream_is_readable (GPollableInputStream *stream)
{
  return is_readable (stream);
}

static GSource *
fuzz_input_stream_create_source (GPollableInputStream *stream,
                                 GCancellable         *cancellable)
{
  return fuzz_source_new (stream, is_readable, cancellable);
}

static void
fuzz_input_stream_finalize (GObject *object)
{
  FuzzInputStream *self = FUZZ_INPUT_STREAM (object);

  g_assert_null (self->operation.task);
  g_byte_array_unref (self->waiting);
  G_OBJECT_CLASS (fuzz_input_stream_parent_class)->finalize (object);
}

static void
fuzz_input_stream_class_init (FuzzInputStreamClass *klass)
{
  GInputStreamClass *stream_class = G_INPUT_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fuzz_input_stream_finalize;
  stream_class->read_fn = fuzz_input_stream_read;
  stream_class->read_async = fuzz_input_stream_read_async;
  stream_class->read_finish = fuzz_input_stream_read_finish;
}

static void
fuzz_input_stream_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->can_poll = fuzz_input_stream_can_poll;
  iface->is_readable = fuzz_input_stream_is_readable;
  iface->create_source = fuzz_input_stream_create_source;
}

static void
fuzz_input_stream_init (FuzzInputStream *self)
{
  self->waiting = g_byte_array_new ();
}

/* ## Output */

static gboolean
is_writable (gpointer stream)
{
  FuzzOutputStream *self = stream;

  return self->room > 0 || self->broken;
}

static gssize
fuzz_output_stream_write (GOutputStream  *stream,
                          const void     *buffer,
                          gsize           count,
                          GCancellable   *cancellable,
                          GError        **error)
{
  FuzzOutputStream *self = FUZZ_OUTPUT_STREAM (stream);
  gsize part;

  if (self->broken)
    return fail_broken (error);
  if (self->room == 0)
    self->room = G_MAXSIZE;
  part = MIN (count, self->room);
  g_byte_array_append (self->written, buffer, part);
  if (self->room != G_MAXSIZE)
    self->room -= part;
  return part;
}

static void
try_write (FuzzOutputStream *self)
{
  GError *error = NULL;
  gssize size;

  if (self->operation.task == NULL || !is_writable (self))
    return;
  size = fuzz_output_stream_write (G_OUTPUT_STREAM (self), self->operation.buffer,
                                   self->operation.size, NULL, &error);
  fuzz_operation_return (&self->operation, size, error);
}

static void
fuzz_output_stream_write_async (GOutputStream       *stream,
                                const void          *buffer,
                                gsize                count,
                                int                  io_priority,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  FuzzOutputStream *self = FUZZ_OUTPUT_STREAM (stream);

  if (self->can_poll)
    {
      G_OUTPUT_STREAM_CLASS (fuzz_output_stream_parent_class)->write_async (
        stream, buffer, count, io_priority, cancellable, callback, user_data);
      return;
    }
  fuzz_operation_begin (&self->operation, g_task_new (self, cancellable, callback, user_data),
                   (guint8 *) buffer, count);
  try_write (self);
}

static gssize
fuzz_output_stream_write_finish (GOutputStream  *stream,
                                 GAsyncResult   *result,
                                 GError        **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

static gboolean
fuzz_output_stream_can_poll (GPollableOutputStream *stream)
{
  return FUZZ_OUTPUT_STREAM (stream)->can_poll;
}

static gboolean
fuzz_output_stream_is_writable (GPollableOutputStream *stream)
{
  return is_writable (stream);
}

static GSource *
fuzz_output_stream_create_source (GPollableOutputStream *stream,
                                  GCancellable          *cancellable)
{
  return fuzz_source_new (stream, is_writable, cancellable);
}

static void
fuzz_output_stream_finalize (GObject *object)
{
  FuzzOutputStream *self = FUZZ_OUTPUT_STREAM (object);

  g_assert_null (self->operation.task);
  g_byte_array_unref (self->written);
  G_OBJECT_CLASS (fuzz_output_stream_parent_class)->finalize (object);
}

static void
fuzz_output_stream_class_init (FuzzOutputStreamClass *klass)
{
  GOutputStreamClass *stream_class = G_OUTPUT_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fuzz_output_stream_finalize;
  stream_class->write_fn = fuzz_output_stream_write;
  stream_class->write_async = fuzz_output_stream_write_async;
  stream_class->write_finish = fuzz_output_stream_write_finish;
}

static void
fuzz_output_stream_pollable_init (GPollableOutputStreamInterface *iface)
{
  iface->can_poll = fuzz_output_stream_can_poll;
  iface->is_writable = fuzz_output_stream_is_writable;
  iface->create_source = fuzz_output_stream_create_source;
}

static void
fuzz_output_stream_init (FuzzOutputStream *self)
{
  self->written = g_byte_array_new ();
  self->room = G_MAXSIZE;
}

/* ## Both together */

static GInputStream *
fuzz_stream_get_input_stream (GIOStream *stream)
{
  return G_INPUT_STREAM (FUZZ_STREAM (stream)->input);
}

static GOutputStream *
fuzz_stream_get_output_stream (GIOStream *stream)
{
  return G_OUTPUT_STREAM (FUZZ_STREAM (stream)->output);
}

static void
fuzz_stream_close_async (GIOStream           *stream,
                         int                  io_priority,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);
  GError *error = NULL;

  if (G_IO_STREAM_CLASS (fuzz_stream_parent_class)->close_fn (stream, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
fuzz_stream_close_finish (GIOStream     *stream,
                          GAsyncResult  *result,
                          GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
fuzz_stream_finalize (GObject *object)
{
  FuzzStream *self = FUZZ_STREAM (object);

  /* The parent closes a stream that is still open. */
  G_OBJECT_CLASS (fuzz_stream_parent_class)->finalize (object);
  g_object_unref (self->input);
  g_object_unref (self->output);
}

static void
fuzz_stream_class_init (FuzzStreamClass *klass)
{
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fuzz_stream_finalize;
  stream_class->get_input_stream = fuzz_stream_get_input_stream;
  stream_class->get_output_stream = fuzz_stream_get_output_stream;
  stream_class->close_async = fuzz_stream_close_async;
  stream_class->close_finish = fuzz_stream_close_finish;
}

static void
fuzz_stream_init (FuzzStream *self)
{
  self->input = g_object_new (FUZZ_TYPE_INPUT, NULL);
  self->output = g_object_new (FUZZ_TYPE_OUTPUT, NULL);
}

FuzzStream *
fuzz_stream_new (gboolean can_poll)
{
  FuzzStream *self = g_object_new (FUZZ_TYPE_STREAM, NULL);

  self->input->can_poll = can_poll;
  self->output->can_poll = can_poll;
  return self;
}

void
fuzz_stream_push (FuzzStream   *self,
                  const guint8 *data,
                  gsize         size)
{
  g_assert_false (fuzz_stream_is_input_over (self));
  g_byte_array_append (self->input->waiting, data, size);
  try_read (self->input);
}

void
fuzz_stream_end_input (FuzzStream *self)
{
  self->input->ended |= !self->input->broken;
  try_read (self->input);
}

void
fuzz_stream_break_input (FuzzStream *self)
{
  self->input->broken |= !self->input->ended;
  try_read (self->input);
}

gboolean
fuzz_stream_is_input_over (FuzzStream *self)
{
  return self->input->ended || self->input->broken;
}

void
fuzz_stream_limit_reads (FuzzStream *self,
                         gsize       limit)
{
  self->input->limit = limit;
  self->input->n_limited = 100;
}

GByteArray *
fuzz_stream_get_written (FuzzStream *self)
{
  return self->output->written;
}

void
fuzz_stream_set_room (FuzzStream *self,
                      gsize       room)
{
  self->output->room = room;
  try_write (self->output);
}

void
fuzz_stream_break_output (FuzzStream *self)
{
  self->output->broken = TRUE;
  try_write (self->output);
}
