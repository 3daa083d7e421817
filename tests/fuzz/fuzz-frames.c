/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <malloc.h>
#include <string.h>

#include "fuzz.h"
#include "spp-error.h"
#include "spp-message-cipher-private.h"

/* A stream of frames in pieces.
 *
 * Input: u16, the longest frame beyond the shortest; a byte, by how many bits
 * that is shifted left; a byte, of which the lower six bits say how many times
 * 8 KiB of zeros follow the stream; the sizes of the pieces; the stream.
 *
 * What has to come out follows from the stream alone, so it is the same however
 * the stream is cut. */

#define MIN_LENGTH SPP_MESSAGE_BODY_OVERHEAD
#define ZEROS_SIZE (8 * 1024)
/* What the C library may add to an allocation: at most the rest of a page. */
#define ALLOCATOR_SLACK 4096

typedef struct
{
  SppFrameReader reader;
  gsize          max_length;
  FuzzInput      stream;
  gsize          fed;
  gsize          start;     /* of the frame that is due, in the stream */
  gsize          peak;      /* the most that has ever waited in the reader */
} World;

static guint64
get_announced (World *self)
{
  return spp_frame_read_header (self->stream.data + self->start);
}

/* The documented bound, for the memory that is really there. */
static void
check_memory (World *self)
{
  gsize bound = MAX (2 * self->peak, SPP_FRAME_READER_SIZE);

  g_assert_cmpuint (self->reader.allocated, <=, bound);
  if (self->reader.buffer != NULL)
    g_assert_cmpuint (malloc_usable_size (self->reader.buffer), <=, bound + ALLOCATOR_SLACK);
}

static void
check_refused (World  *self,
               GError *error)
{
  g_assert_cmpuint (self->fed - self->start, >=, SPP_FRAME_HEADER_SIZE);
  if (get_announced (self) < MIN_LENGTH)
    {
      g_assert_error (error, SPP_ERROR, SPP_ERROR_FRAME_LENGTH);
      return;
    }
  g_assert_cmpuint (get_announced (self), >, self->max_length);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE);
}

/* Nothing comes out: the frame that is due really is not whole, and as soon as
 * its length is there it is a good one. */
static void
check_waiting (World *self)
{
  gsize arrived = self->fed - self->start;

  g_assert_cmpint (spp_frame_reader_is_empty (&self->reader), ==, arrived == 0);
  if (arrived < SPP_FRAME_HEADER_SIZE)
    return;
  g_assert_cmpuint (get_announced (self), >=, MIN_LENGTH);
  g_assert_cmpuint (get_announced (self), <=, self->max_length);
  g_assert_cmpuint (arrived - SPP_FRAME_HEADER_SIZE, <, get_announced (self));
}

static gboolean
take_frames (World *self)
{
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      gboolean has_next = spp_frame_reader_has_next (&self->reader);
      guint8 *body;
      gsize length;

      if (!spp_frame_reader_next (&self->reader, &body, &length, &error))
        {
          g_assert_true (has_next);
          check_refused (self, error);
          return FALSE;
        }
      g_assert_no_error (error);
      g_assert_cmpint (has_next, ==, body != NULL);
      if (body == NULL)
        break;

      g_assert_cmpuint (self->fed - self->start, >=, SPP_FRAME_HEADER_SIZE + length);
      g_assert_cmpuint (length, ==, get_announced (self));
      g_assert_cmpuint (length, >=, MIN_LENGTH);
      g_assert_cmpuint (length, <=, self->max_length);
      g_assert_cmpmem (body, length,
                       self->stream.data + self->start + SPP_FRAME_HEADER_SIZE, length);
      /* Whoever takes a frame may write into it. */
      memset (body, 0xff, length);
      self->start += SPP_FRAME_HEADER_SIZE + length;
    }
  check_waiting (self);
  return TRUE;
}

static gboolean
feed (World *self,
      gsize  size)
{
  while (size > 0)
    {
      gsize room;
      guint8 *place = spp_frame_reader_reserve (&self->reader, &room);
      gsize part = MIN (size, room);

      g_assert_cmpuint (room, >, 0);
      check_memory (self);
      memcpy (place, self->stream.data + self->fed, part);
      spp_frame_reader_commit (&self->reader, part);
      self->fed += part;
      self->peak = MAX (self->peak, self->fed - self->start);
      size -= part;
      if (!take_frames (self))
        return FALSE;
    }
  return TRUE;
}

/* Between two frames nothing is left of a long one. */
static void
relax (World *self)
{
  spp_frame_reader_relax (&self->reader);
  if (self->fed == self->start)
    {
      self->peak = 0;
      g_assert_cmpuint (self->reader.allocated, ==, 0);
      g_assert_null (self->reader.buffer);
    }
  check_memory (self);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  FuzzInput input = { data, size };
  World world = { .fed = 0 };
  guint64 extra = fuzz_input_take_u16 (&input);
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  guint8 zeros;
  FuzzChunks chunks;

  extra <<= fuzz_input_take_byte (&input) % 17;
  zeros = fuzz_input_take_byte (&input) & 63;
  chunks = fuzz_input_take_chunks (&input);
  world.max_length = MIN_LENGTH + extra;
  g_byte_array_append (stream, input.data, input.size);
  g_byte_array_set_size (stream, input.size + zeros * ZEROS_SIZE);
  if (zeros > 0)
    memset (stream->data + input.size, 0, zeros * ZEROS_SIZE);
  world.stream.data = stream->data;
  world.stream.size = stream->len;
  spp_frame_reader_init (&world.reader, MIN_LENGTH, world.max_length, SPP_ERROR_MESSAGE_TOO_LARGE);

  g_assert_true (spp_frame_reader_is_empty (&world.reader));
  while (world.fed < world.stream.size)
    {
      if (!feed (&world, fuzz_chunks_next (&chunks, world.stream.size - world.fed)))
        break;
      if (chunks.next % 4 == 0)
        relax (&world);
    }
  spp_frame_reader_clear (&world.reader);
  return 0;
}
