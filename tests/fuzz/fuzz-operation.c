/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz-operation.h"

typedef struct
{
  GSource   source;
  gpointer  stream;                  /* owned */
  gboolean  (*is_ready) (gpointer);
} ReadySource;

static gboolean
ready_source_prepare (GSource *source,
                      int     *timeout)
{
  ReadySource *self = (ReadySource *) source;

  *timeout = -1;
  return self->is_ready (self->stream);
}

static gboolean
ready_source_check (GSource *source)
{
  ReadySource *self = (ReadySource *) source;

  return self->is_ready (self->stream);
}

static gboolean
ready_source_dispatch (GSource     *source,
                       GSourceFunc  callback,
                       gpointer     user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
ready_source_finalize (GSource *source)
{
  ReadySource *self = (ReadySource *) source;

  g_object_unref (self->stream);
}

static gboolean
ready_source_closure_callback (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs ready_source_funcs =
  {
    .prepare = ready_source_prepare,
    .check = ready_source_check,
    .dispatch = ready_source_dispatch,
    .finalize = ready_source_finalize,
    .closure_callback = (GSourceFunc) ready_source_closure_callback,
  };

GSource *
fuzz_source_new (gpointer       stream,
                 gboolean     (*is_ready) (gpointer),
                 GCancellable  *cancellable)
{
  g_autoptr (GSource) child = g_source_new (&ready_source_funcs, sizeof (ReadySource));
  ReadySource *ready = (ReadySource *) child;

  ready->stream = g_object_ref (stream);
  ready->is_ready = is_ready;
  return g_pollable_source_new_full (stream, child, cancellable);
}

static GTask *
take_task (FuzzOperation *self)
{
  if (self->cancelled != NULL)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  return g_steal_pointer (&self->task);
}

static gboolean
on_cancelled (GCancellable *cancellable,
              gpointer      user_data)
{
  g_autoptr (GTask) task = take_task (user_data);

  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
  return G_SOURCE_REMOVE;
}

void
fuzz_operation_begin (FuzzOperation *self,
                      GTask         *task,
                      guint8        *buffer,
                      gsize          size)
{
  GCancellable *cancellable = g_task_get_cancellable (task);

  g_assert_null (self->task);
  g_task_set_check_cancellable (task, FALSE);
  self->task = task;
  self->buffer = buffer;
  self->size = size;
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), self, NULL);
      g_source_attach (self->cancelled, g_task_get_context (task));
    }
}

void
fuzz_operation_return (FuzzOperation *self,
                       gssize         size,
                       GError        *error)
{
  g_autoptr (GTask) task = take_task (self);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, size);
}
