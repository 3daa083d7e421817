/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-source-private.h"

struct _SppSource
{
  grefcount        ref_count;     /* one for the owner, one for a read under way */
  GInputStream    *stream;        /* owned */
  GCancellable    *cancellable;   /* owned */
  gsize            part_size;
  SppSourceFunc    func;          /* NULL once the owner has gone */
  gpointer         user_data;
  gboolean         reading;
  GBytes          *part;          /* owned, nullable */
  GError          *error;         /* owned, nullable */
};

SppSource *
spp_source_new (GInputStream  *stream,
                gsize          part_size,
                SppSourceFunc  func,
                gpointer       user_data)
{
  SppSource *self = g_new0 (SppSource, 1);

  g_ref_count_init (&self->ref_count);
  self->stream = g_object_ref (stream);
  self->cancellable = g_cancellable_new ();
  self->part_size = part_size;
  self->func = func;
  self->user_data = user_data;
  return self;
}

static void
source_unref (SppSource *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_object_unref (self->stream);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->part, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self);
}

void
spp_source_free (SppSource *self)
{
  self->func = NULL;
  g_cancellable_cancel (self->cancellable);
  source_unref (self);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  SppSource *self = user_data;

  self->reading = FALSE;
  self->part = g_input_stream_read_bytes_finish (G_INPUT_STREAM (object), result, &self->error);
  if (self->func != NULL)
    self->func (self->user_data);
  source_unref (self);
}

GBytes *
spp_source_take (SppSource  *self,
                 GError    **error)
{
  if (self->part != NULL)
    return g_steal_pointer (&self->part);
  if (self->error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return NULL;
    }
  if (!self->reading)
    {
      self->reading = TRUE;
      g_ref_count_inc (&self->ref_count);
      g_input_stream_read_bytes_async (self->stream, self->part_size, G_PRIORITY_DEFAULT,
                                       self->cancellable, read_cb, self);
    }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                       "The next part of the message is still being read");
  return NULL;
}

gboolean
spp_source_is_ready (SppSource *self)
{
  return self->part != NULL || self->error != NULL;
}
