/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "bench-stream.h"

#include <string.h>

/* u64 length, and in the place of the nonce, the sequence and the tag as many
 * bytes of nothing. */
#define HEADER_SIZE   8
#define FILLER_SIZE   (12 + 8 + 16)
#define OVERHEAD      (HEADER_SIZE + FILLER_SIZE)

#define BUFFER_SIZE   65536
/* A message of this size goes out from where it is, without a copy. */
#define BIG_SIZE      32768

typedef struct
{
  guint8 data[BUFFER_SIZE];
  gsize  size;
} Buffer;

typedef struct
{
  BenchLink      link;
  GIOStream     *stream;

  /* Writing: one buffer is filled while the other is on its way. */
  Buffer        *filling;
  Buffer        *writing;
  guint8         big_header[OVERHEAD];
  GOutputVector  vectors[2];
  GBytes        *big_bytes;
  gboolean       write_pending;

  /* Reading: small frames are taken out of the buffer where they lie, the bytes
   * of big ones are read to their place. */
  guint8        *input;
  gsize          start;
  gsize          end;
  guint8        *body;
  gsize          body_size;   /* 0: none is being read */
  gsize          body_filled;
  gboolean       expect_big;
} Stream;

/* Writing */

static void
write_header (guint8 *header,
              gsize   size)
{
  guint64 length = GUINT64_TO_LE (FILLER_SIZE + size);

  memcpy (header, &length, HEADER_SIZE);
  memset (header + HEADER_SIZE, 0, FILLER_SIZE);
}

static void
end_write (Stream   *self,
           gboolean  written,
           GError   *error)
{
  if (!written)
    bench_fail ("%s: cannot write: %s", self->link.transport->name, error->message);
  g_clear_pointer (&self->big_bytes, g_bytes_unref);
  self->write_pending = FALSE;
  bench_stream_flush (&self->link);
  self->link.room (&self->link);
}

static void
write_all_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Stream *self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean written;

  written = g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error);
  self->writing->size = 0;
  end_write (self, written, error);
}

static void
writev_all_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean written;

  written = g_output_stream_writev_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error);
  end_write (user_data, written, error);
}

static gboolean
send_big (Stream             *self,
          const BenchMessage *message)
{
  if (self->write_pending || self->filling->size > 0)
    return FALSE;

  write_header (self->big_header, message->size);
  self->big_bytes = message->bytes != NULL ? g_bytes_ref (message->bytes) : NULL;
  self->vectors[0].buffer = self->big_header;
  self->vectors[0].size = OVERHEAD;
  self->vectors[1].buffer = message->data;
  self->vectors[1].size = message->size;
  self->write_pending = TRUE;
  g_output_stream_writev_all_async (g_io_stream_get_output_stream (self->stream),
                                    self->vectors, G_N_ELEMENTS (self->vectors),
                                    G_PRIORITY_DEFAULT, NULL, writev_all_cb, self);
  return TRUE;
}

gboolean
bench_stream_send (BenchLink          *link,
                   const BenchMessage *message)
{
  Stream *self = (Stream *) link;
  Buffer *buffer = self->filling;

  if (message->size >= BIG_SIZE)
    return send_big (self, message);
  if (buffer->size + OVERHEAD + message->size > BUFFER_SIZE)
    return FALSE;

  write_header (buffer->data + buffer->size, message->size);
  memcpy (buffer->data + buffer->size + OVERHEAD, message->data, message->size);
  buffer->size += OVERHEAD + message->size;
  return TRUE;
}

void
bench_stream_flush (BenchLink *link)
{
  Stream *self = (Stream *) link;
  Buffer *full = self->filling;

  if (self->write_pending || full->size == 0)
    return;

  self->filling = self->writing;
  self->writing = full;
  self->write_pending = TRUE;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (self->stream),
                                   full->data, full->size,
                                   G_PRIORITY_DEFAULT, NULL, write_all_cb, self);
}

/* Reading */

static void
deliver (Stream       *self,
         const guint8 *body,
         gsize         length)
{
  BenchMessage message = { body + FILLER_SIZE, length - FILLER_SIZE, NULL };

  self->link.message (&self->link, &message);
}

static gsize
read_length (Stream *self)
{
  guint64 length;

  memcpy (&length, self->input + self->start, HEADER_SIZE);
  length = GUINT64_FROM_LE (length);
  if (length <= FILLER_SIZE || length > FILLER_SIZE + BENCH_MAX_SIZE)
    bench_fail ("%s: a frame of %" G_GUINT64_FORMAT " bytes", self->link.transport->name, length);
  return (gsize) length;
}

/* Goes on with a frame that is too long for the buffer in a place of its own. */
static void
begin_body (Stream *self,
            gsize   length)
{
  self->start += HEADER_SIZE;
  self->body_size = length;
  self->body_filled = self->end - self->start;
  memcpy (self->body, self->input + self->start, self->body_filled);
  self->start = self->end = 0;
}

static void
take_frames (Stream *self)
{
  while (self->end - self->start >= HEADER_SIZE)
    {
      gsize length = read_length (self);

      self->expect_big = FALSE;
      if (self->end - self->start >= HEADER_SIZE + length)
        {
          self->start += HEADER_SIZE + length;
          deliver (self, self->input + self->start - length, length);
        }
      else if (HEADER_SIZE + length > BUFFER_SIZE)
        {
          begin_body (self, length);
          return;
        }
      else
        {
          break;
        }
    }
  memmove (self->input, self->input + self->start, self->end - self->start);
  self->end -= self->start;
  self->start = 0;
}

static void
take_body (Stream *self)
{
  gsize length = self->body_size;

  if (self->body_filled < length)
    return;
  /* Where one was big the next is likely to be, too: its header came along, and
   * only what is missing of it is read into the buffer, so that nothing of the
   * body has to be copied. */
  self->end = self->body_filled - length;
  memcpy (self->input, self->body + length, self->end);
  self->body_size = 0;
  self->expect_big = TRUE;
  deliver (self, self->body, length);
  take_frames (self);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data);

static void
read_more (Stream *self)
{
  guint8 *place = self->input + self->end;
  gsize size = (self->expect_big ? HEADER_SIZE : BUFFER_SIZE) - self->end;

  if (self->body_size > 0)
    {
      place = self->body + self->body_filled;
      size = self->body_size + HEADER_SIZE - self->body_filled;
    }
  g_input_stream_read_async (g_io_stream_get_input_stream (self->stream), place, size,
                             G_PRIORITY_DEFAULT, NULL, read_cb, self);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Stream *self = user_data;
  g_autoptr (GError) error = NULL;
  gssize size;

  size = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
  /* The other end ends without ceremony. */
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_EOF))
    size = 0;
  if (size < 0)
    bench_fail ("%s: cannot read: %s", self->link.transport->name, error->message);
  if (size == 0)
    {
      self->link.ended (&self->link);
      return;
    }

  if (self->body_size > 0)
    {
      self->body_filled += (gsize) size;
      take_body (self);
    }
  else
    {
      self->end += (gsize) size;
      take_frames (self);
    }
  read_more (self);
}

BenchLink *
bench_stream_new (const BenchTransport *transport,
                  GIOStream            *stream)
{
  Stream *self = g_new0 (Stream, 1);

  self->link.transport = transport;
  self->stream = g_object_ref (stream);
  self->filling = g_new0 (Buffer, 1);
  self->writing = g_new0 (Buffer, 1);
  self->input = g_malloc (BUFFER_SIZE);
  self->body = g_malloc (FILLER_SIZE + BENCH_MAX_SIZE + HEADER_SIZE);
  read_more (self);
  return &self->link;
}
