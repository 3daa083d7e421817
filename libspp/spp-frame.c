/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-frame-private.h"

#include <string.h>

#include "spp-error.h"

#define FIRST_ALLOCATION (4 * 1024)

void
spp_frame_write_header (guint8  header[SPP_FRAME_HEADER_SIZE],
                        guint64 length)
{
  guint64 little_endian = GUINT64_TO_LE (length);

  memcpy (header, &little_endian, SPP_FRAME_HEADER_SIZE);
}

guint64
spp_frame_read_header (const guint8 header[SPP_FRAME_HEADER_SIZE])
{
  guint64 little_endian;

  memcpy (&little_endian, header, SPP_FRAME_HEADER_SIZE);
  return GUINT64_FROM_LE (little_endian);
}

void
spp_frame_reader_init (SppFrameReader *self,
                       gsize           min_length,
                       gsize           max_length,
                       SppError        too_long)
{
  g_assert (0 < min_length && min_length <= max_length);

  memset (self, 0, sizeof *self);
  self->min_length = min_length;
  self->max_length = max_length;
  self->too_long = too_long;
}

void
spp_frame_reader_clear (SppFrameReader *self)
{
  g_clear_pointer (&self->buffer, g_free);
  self->allocated = self->start = self->end = 0;
}

void
spp_frame_reader_relax (SppFrameReader *self)
{
  if (self->start == self->end)
    spp_frame_reader_clear (self);
}

gboolean
spp_frame_reader_is_empty (SppFrameReader *self)
{
  return self->start == self->end;
}

static gsize
count_available (SppFrameReader *self)
{
  return self->end - self->start;
}

static gboolean
check_length (SppFrameReader  *self,
              guint64          length,
              GError         **error)
{
  if (length < self->min_length)
    {
      g_set_error (error, SPP_ERROR, SPP_ERROR_FRAME_LENGTH,
                   "The peer announced a frame of %" G_GUINT64_FORMAT " bytes, "
                   "which is too short to be a message", length);
      return FALSE;
    }
  if (length > self->max_length)
    {
      g_set_error (error, SPP_ERROR, self->too_long,
                   "The peer announced a frame of %" G_GUINT64_FORMAT " bytes, "
                   "more than the %" G_GSIZE_FORMAT " that are allowed",
                   length, self->max_length);
      return FALSE;
    }
  return TRUE;
}

gboolean
spp_frame_reader_has_next (SppFrameReader *self)
{
  guint64 announced;

  if (count_available (self) < SPP_FRAME_HEADER_SIZE)
    return FALSE;
  announced = spp_frame_read_header (self->buffer + self->start);
  return announced < self->min_length || announced > self->max_length
         || count_available (self) - SPP_FRAME_HEADER_SIZE >= announced;
}

gboolean
spp_frame_reader_next (SppFrameReader  *self,
                       guint8         **body,
                       gsize           *length,
                       GError         **error)
{
  guint64 announced;

  *body = NULL;
  *length = 0;
  if (!spp_frame_reader_has_next (self))
    return TRUE;

  announced = spp_frame_read_header (self->buffer + self->start);
  if (!check_length (self, announced, error))
    return FALSE;
  *body = self->buffer + self->start + SPP_FRAME_HEADER_SIZE;
  *length = announced;
  self->start += SPP_FRAME_HEADER_SIZE + announced;
  return TRUE;
}

/* How many bytes the frame that comes next takes, as far as that is known. */
static gsize
measure_next (SppFrameReader *self)
{
  if (count_available (self) < SPP_FRAME_HEADER_SIZE)
    return SPP_FRAME_HEADER_SIZE;
  return SPP_FRAME_HEADER_SIZE + spp_frame_read_header (self->buffer + self->start);
}

static void
resize (SppFrameReader *self,
        gsize           size)
{
  self->buffer = g_realloc (self->buffer, size);
  self->allocated = size;
}

guint8 *
spp_frame_reader_reserve (SppFrameReader *self,
                          gsize          *room)
{
  gsize available = count_available (self);
  gsize wanted = measure_next (self);

  if (available == 0 || wanted > self->allocated - self->start)
    {
      if (self->start > 0)
        memmove (self->buffer, self->buffer + self->start, available);
      self->start = 0;
      self->end = available;
    }
  if (self->allocated == 0)
    resize (self, FIRST_ALLOCATION);
  else if (self->end == self->allocated)
    resize (self, MIN (self->allocated * 2, MAX (wanted, SPP_FRAME_READER_SIZE)));

  *room = self->allocated - self->end;
  return self->buffer + self->end;
}

void
spp_frame_reader_commit (SppFrameReader *self,
                         gsize           size)
{
  g_assert (size <= self->allocated - self->end);

  self->end += size;
}
