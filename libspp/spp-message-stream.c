/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-message-stream-private.h"

#include <string.h>

struct _SppMessageStream
{
  GInputStream                 parent_instance;

  const SppMessageStreamOwner *funcs;
  GObject                     *owner;     /* owned; NULL once nothing more comes */
  GQueue                       parts;     /* GBytes */
  gsize                        offset;    /* in the first of them */
  gboolean                     whole;
  GError                      *error;     /* nullable */
  GQueue                       sources;   /* GSource, that wait for something to read */
};

static void spp_message_stream_iface_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SppMessageStream, spp_message_stream, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      spp_message_stream_iface_init))

static gboolean
is_readable (SppMessageStream *self)
{
  return !g_queue_is_empty (&self->parts) || self->whole || self->error != NULL;
}

static void
wake (SppMessageStream *self)
{
  for (GList *link = self->sources.head; link != NULL; link = link->next)
    g_source_set_ready_time (link->data, 0);
}

static void
drop_owner (SppMessageStream *self)
{
  g_autoptr (GObject) owner = g_steal_pointer (&self->owner);

  if (owner != NULL)
    self->funcs->gone (owner, self);
}

/* Nobody reads what is there. */
static void
drop_parts (SppMessageStream *self)
{
  GBytes *part;

  while ((part = g_queue_pop_head (&self->parts)) != NULL)
    {
      if (self->owner != NULL)
        self->funcs->taken (self->owner, g_bytes_get_size (part) - self->offset);
      self->offset = 0;
      g_bytes_unref (part);
    }
}

static gsize
take (SppMessageStream *self,
      guint8           *buffer,
      gsize             count)
{
  gsize taken = 0;

  while (taken < count && !g_queue_is_empty (&self->parts))
    {
      GBytes *part = g_queue_peek_head (&self->parts);
      gsize size;
      const guint8 *data = g_bytes_get_data (part, &size);
      gsize length = MIN (count - taken, size - self->offset);

      memcpy (buffer + taken, data + self->offset, length);
      taken += length;
      self->offset += length;
      if (self->offset == size)
        {
          g_bytes_unref (g_queue_pop_head (&self->parts));
          self->offset = 0;
        }
    }
  if (self->owner != NULL && taken > 0)
    self->funcs->taken (self->owner, taken);
  return taken;
}

static gssize
spp_message_stream_read_nonblocking (GPollableInputStream  *stream,
                                     void                  *buffer,
                                     gsize                  count,
                                     GError               **error)
{
  SppMessageStream *self = SPP_MESSAGE_STREAM (stream);

  if (!g_queue_is_empty (&self->parts))
    return take (self, buffer, count);
  if (self->whole)
    return 0;
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                         "The next part of the message has not come yet");
  return -1;
}

static gssize
spp_message_stream_read (GInputStream  *stream,
                         void          *buffer,
                         gsize          count,
                         GCancellable  *cancellable,
                         GError       **error)
{
  SppMessageStream *self = SPP_MESSAGE_STREAM (stream);

  while (!is_readable (self))
    if (!self->funcs->wait (self->owner, cancellable, error))
      return -1;
  return spp_message_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), buffer, count,
                                              error);
}

static gboolean
spp_message_stream_close (GInputStream  *stream,
                          GCancellable  *cancellable,
                          GError       **error)
{
  SppMessageStream *self = SPP_MESSAGE_STREAM (stream);

  drop_parts (self);
  drop_owner (self);
  return TRUE;
}

static gboolean
spp_message_stream_is_readable (GPollableInputStream *stream)
{
  return is_readable (SPP_MESSAGE_STREAM (stream));
}

/* A source that is ready when there is something to read. */
typedef struct
{
  GSource           source;
  SppMessageStream *stream;   /* owned */
} StreamSource;

static gboolean
stream_source_dispatch (GSource     *source,
                        GSourceFunc  callback,
                        gpointer     user_data)
{
  StreamSource *self = (StreamSource *) source;

  if (!is_readable (self->stream))
    g_source_set_ready_time (source, -1);
  return G_SOURCE_CONTINUE;
}

static void
stream_source_finalize (GSource *source)
{
  StreamSource *self = (StreamSource *) source;

  g_queue_remove (&self->stream->sources, source);
  g_object_unref (self->stream);
}

static GSource *
spp_message_stream_create_source (GPollableInputStream *stream,
                                  GCancellable         *cancellable)
{
  static GSourceFuncs funcs = {
    .dispatch = stream_source_dispatch,
    .finalize = stream_source_finalize,
  };
  SppMessageStream *self = SPP_MESSAGE_STREAM (stream);
  g_autoptr (GSource) child = g_source_new (&funcs, sizeof (StreamSource));
  GSource *source = g_pollable_source_new (G_OBJECT (stream));

  ((StreamSource *) child)->stream = g_object_ref (self);
  g_queue_push_tail (&self->sources, child);
  if (is_readable (self))
    g_source_set_ready_time (child, 0);
  g_source_add_child_source (source, child);
  if (cancellable != NULL)
    {
      g_autoptr (GSource) cancelled = g_cancellable_source_new (cancellable);

      g_source_set_dummy_callback (cancelled);
      g_source_add_child_source (source, cancelled);
    }
  return source;
}

static void
spp_message_stream_dispose (GObject *object)
{
  SppMessageStream *self = SPP_MESSAGE_STREAM (object);

  drop_parts (self);
  drop_owner (self);

  G_OBJECT_CLASS (spp_message_stream_parent_class)->dispose (object);
}

static void
spp_message_stream_finalize (GObject *object)
{
  SppMessageStream *self = SPP_MESSAGE_STREAM (object);

  g_assert (g_queue_is_empty (&self->sources));
  g_clear_error (&self->error);

  G_OBJECT_CLASS (spp_message_stream_parent_class)->finalize (object);
}

static void
spp_message_stream_class_init (SppMessageStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GInputStreamClass *stream_class = G_INPUT_STREAM_CLASS (klass);

  object_class->dispose = spp_message_stream_dispose;
  object_class->finalize = spp_message_stream_finalize;
  stream_class->read_fn = spp_message_stream_read;
  stream_class->close_fn = spp_message_stream_close;
}

static void
spp_message_stream_iface_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = spp_message_stream_is_readable;
  iface->create_source = spp_message_stream_create_source;
  iface->read_nonblocking = spp_message_stream_read_nonblocking;
}

static void
spp_message_stream_init (SppMessageStream *self)
{
}

SppMessageStream *
spp_message_stream_new (const SppMessageStreamOwner *funcs,
                        GObject                     *owner)
{
  SppMessageStream *self = g_object_new (SPP_TYPE_MESSAGE_STREAM, NULL);

  self->funcs = funcs;
  self->owner = owner;
  return self;
}

void
spp_message_stream_push (SppMessageStream *self,
                         const guint8     *data,
                         gsize             size)
{
  if (size > 0)
    g_queue_push_tail (&self->parts, g_bytes_new (data, size));
  wake (self);
}

void
spp_message_stream_finish (SppMessageStream *self)
{
  self->whole = TRUE;
  wake (self);
}

void
spp_message_stream_fail (SppMessageStream *self,
                         const GError     *error)
{
  if (self->error == NULL && !self->whole)
    self->error = g_error_copy (error);
  wake (self);
}
