/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz-records-path.h"

#include <string.h>

#include "spp-error.h"

static void
clear_record (gpointer data)
{
  FuzzRecord *record = data;

  g_clear_pointer (&record->body, g_bytes_unref);
}

void
fuzz_path_init (FuzzPath       *self,
                SppRecordLayer *receiver,
                guint64         limit)
{
  memset (self, 0, sizeof *self);
  self->receiver = receiver;
  self->limit = limit;
  self->sent = g_array_new (FALSE, FALSE, sizeof (FuzzRecord));
  g_array_set_clear_func (self->sent, clear_record);
  self->stream = g_byte_array_new ();
  self->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_queue_init (&self->line);
  spp_frame_reader_init (&self->reader, SPP_RECORD_MIN_PAYLOAD_SIZE,
                         SPP_RECORD_MAX_PAYLOAD_SIZE, SPP_ERROR_FRAME_LENGTH);
}

void
fuzz_path_clear (FuzzPath *self)
{
  g_array_unref (self->sent);
  g_byte_array_unref (self->stream);
  g_ptr_array_unref (self->frames);
  g_queue_clear_full (&self->line, (GDestroyNotify) g_bytes_unref);
  spp_frame_reader_clear (&self->reader);
}

/* ## Sending */

static void
add_record (FuzzPath      *self,
            const guint8  *frame,
            gsize          size,
            SppRecordType  type,
            GBytes        *body)
{
  FuzzRecord record = { type, body != NULL ? g_bytes_ref (body) : NULL, FALSE, 0 };

  if (type == SPP_RECORD_DATA || type == SPP_RECORD_LAST)
    {
      self->part_sizes += g_bytes_get_size (body);
      record.too_large = self->limit > 0 && self->part_sizes > self->limit;
      self->in_message = type == SPP_RECORD_DATA;
      if (!self->in_message)
        self->part_sizes = 0;
    }
  g_byte_array_append (self->stream, frame, size);
  record.end = self->stream->len;
  g_array_append_val (self->sent, record);
  g_ptr_array_add (self->frames, g_bytes_new (frame, size));
  g_queue_push_tail (&self->line, g_bytes_ref (self->frames->pdata[self->frames->len - 1]));
}

void
fuzz_path_send (FuzzPath      *self,
                const guint8  *frames,
                gsize          size,
                SppRecordType  type,
                GBytes        *body)
{
  gsize first = SPP_FRAME_HEADER_SIZE + spp_frame_read_header (frames);

  g_assert_cmpuint (first, <=, size);
  if (first < size)
    {
      add_record (self, frames, first, SPP_RECORD_REKEY_ACK, NULL);
      frames += first;
      size -= first;
    }
  g_assert_cmpuint (SPP_FRAME_HEADER_SIZE + spp_frame_read_header (frames), ==, size);
  if (body != NULL)
    g_assert_cmpuint (size, ==, spp_record_get_frame_size (g_bytes_get_size (body)));
  add_record (self, frames, size, type, body);
}

/* ## Arriving */

/* How much of the stream is as it was sent. */
static void
compare (FuzzPath     *self,
         const guint8 *bytes,
         gsize         size)
{
  while (!self->differs && size > 0)
    {
      if (self->arrived == self->stream->len || self->stream->data[self->arrived] != *bytes)
        {
          self->differs = TRUE;
          return;
        }
      self->arrived++;
      bytes++;
      size--;
    }
}

static void
check_taken (FuzzPath         *self,
             const FuzzRecord *expected,
             const SppRecord  *record)
{
  g_assert_cmpuint (record->type, ==, expected->type);
  if (expected->body != NULL)
    g_assert_cmpmem (record->body, record->length, g_bytes_get_data (expected->body, NULL),
                     g_bytes_get_size (expected->body));
  g_assert_false (self->closed && record->type != SPP_RECORD_REKEY_ACK);
  if (record->type == SPP_RECORD_DATA || record->type == SPP_RECORD_LAST)
    self->receiving = record->type == SPP_RECORD_DATA;
  self->closed = self->closed || record->type == SPP_RECORD_CLOSE;
  g_assert_cmpint (spp_record_layer_is_in_message (self->receiver), ==, self->receiving);
  g_assert_cmpint (spp_record_layer_is_close_received (self->receiver), ==, self->closed);
}

static void
open_record (FuzzPath *self,
             guint8   *payload,
             gsize     length,
             gint64    now)
{
  const FuzzRecord *expected = NULL;
  /* Of exactly this size, so that a sanitizer sees what goes beyond it. */
  g_autofree guint8 *exact = g_memdup2 (payload, length);
  g_autoptr (GError) error = NULL;
  SppRecord record;
  gboolean taken;

  if (self->opened < self->sent->len)
    expected = &g_array_index (self->sent, FuzzRecord, self->opened);
  if (expected != NULL && expected->end > self->arrived)
    expected = NULL;

  taken = spp_record_layer_open (self->receiver, &record, exact, length, now, &error);
  if (self->failed || expected == NULL || expected->too_large)
    {
      g_assert_false (taken);
      g_assert_nonnull (error);
      g_assert_true (error->domain == SPP_ERROR);
      if (!self->failed && expected != NULL)
        g_assert_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE);
      self->failed = TRUE;
      return;
    }
  g_assert_no_error (error);
  g_assert_true (taken);
  check_taken (self, expected, &record);
  self->opened++;
}

static void
take_frames (FuzzPath *self,
             gint64    now)
{
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      guint8 *body;
      gsize length;

      if (!spp_frame_reader_next (&self->reader, &body, &length, &error))
        {
          g_assert_true (self->differs);
          self->failed = TRUE;
          return;
        }
      if (body == NULL)
        return;
      open_record (self, body, length, now);
    }
}

void
fuzz_path_deliver (FuzzPath   *self,
                   FuzzChunks *chunks,
                   gint64      now)
{
  g_autoptr (GBytes) bytes = g_queue_pop_head (&self->line);
  gsize size = 0;
  const guint8 *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  while (size > 0)
    {
      gsize room;
      guint8 *place;
      gsize part = fuzz_chunks_next (chunks, size);

      /* A length out of bounds is the end: nobody reads on. */
      if (spp_frame_reader_has_next (&self->reader))
        break;
      place = spp_frame_reader_reserve (&self->reader, &room);
      part = MIN (part, room);
      memcpy (place, data, part);
      spp_frame_reader_commit (&self->reader, part);
      compare (self, data, part);
      data += part;
      size -= part;
      take_frames (self, now);
    }
}

/* ## Interference */

static void
put_first (FuzzPath     *self,
           const guint8 *data,
           gsize         size)
{
  g_queue_push_head (&self->line, g_bytes_new (data, size));
}

static void
replay (FuzzPath  *self,
        FuzzPath  *from,
        FuzzInput *input)
{
  guint16 number = fuzz_input_take_u16 (input);

  if (from->frames->len > 0)
    g_queue_push_head (&self->line,
                       g_bytes_ref (from->frames->pdata[number % from->frames->len]));
}

/* The first one, with something done to it. */
static void
change (FuzzPath  *self,
        guint8     how,
        FuzzInput *input)
{
  g_autoptr (GBytes) first = g_queue_pop_head (&self->line);
  gsize place = fuzz_input_take_u16 (input);
  guint8 bits = fuzz_input_take_byte (input);
  gsize size;
  g_autofree guint8 *data = NULL;

  if (first == NULL || g_bytes_get_size (first) == 0)
    return;
  size = g_bytes_get_size (first);
  data = g_memdup2 (g_bytes_get_data (first, NULL), size);
  place %= size;
  if (how == 0)
    data[place] ^= bits;
  else
    size = place;
  /* Cut with a header that does not say so, or does. */
  if (how == 2 && size >= SPP_FRAME_HEADER_SIZE)
    spp_frame_write_header (data, size - SPP_FRAME_HEADER_SIZE);
  put_first (self, data, size);
}

static void
put_raw (FuzzPath  *self,
         FuzzInput *input)
{
  FuzzInput raw = fuzz_input_take (input, fuzz_input_take_byte (input));

  if (raw.size > 0)
    put_first (self, raw.data, raw.size);
}

void
fuzz_path_interfere (FuzzPath  *self,
                     FuzzPath  *other,
                     FuzzInput *input)
{
  guint8 how = fuzz_input_take_byte (input) % 9;
  GBytes *first = g_queue_peek_head (&self->line);

  self->touched = TRUE;
  if (how < 3)
    change (self, how, input);
  else if (how == 3 && first != NULL)
    g_bytes_unref (g_queue_pop_head (&self->line));
  else if (how == 4 && first != NULL)
    g_queue_push_head (&self->line, g_bytes_ref (first));
  else if (how == 5 && first != NULL)
    g_queue_push_nth (&self->line, g_queue_pop_head (&self->line),
                      1 + fuzz_input_take_byte (input) % 4);
  else if (how == 6)
    replay (self, self, input);
  else if (how == 7)
    replay (self, other, input);
  else if (how == 8)
    put_raw (self, input);
}
