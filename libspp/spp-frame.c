/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-frame-private.h"

#include <string.h>

#include "spp-error.h"

#define FIRST_ALLOCATION 512

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
                       gsize           max_length)
{
  g_assert (0 < min_length && min_length <= max_length);

  memset (self, 0, sizeof *self);
  self->min_length = min_length;
  self->max_length = max_length;
}

static void
start_over (SppFrameReader *self)
{
  self->header_filled = 0;
  self->body = NULL;
  self->length = self->filled = self->allocated = 0;
}

void
spp_frame_reader_clear (SppFrameReader *self)
{
  g_free (self->body);
  start_over (self);
}

gboolean
spp_frame_reader_is_empty (SppFrameReader *self)
{
  return self->header_filled == 0;
}

static gboolean
check_header (SppFrameReader  *self,
              GError         **error)
{
  guint64 length = spp_frame_read_header (self->header);

  if (length < self->min_length)
    {
      g_set_error (error, SPP_ERROR, SPP_ERROR_FRAME_LENGTH,
                   "The peer announced a frame of %" G_GUINT64_FORMAT " bytes, "
                   "which is too short to be a message", length);
      return FALSE;
    }
  if (length > self->max_length)
    {
      g_set_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE,
                   "The peer announced a frame of %" G_GUINT64_FORMAT " bytes, "
                   "more than the %" G_GSIZE_FORMAT " that are allowed",
                   length, self->max_length);
      return FALSE;
    }
  self->length = length;
  return TRUE;
}

/* Room for what is at hand, at least doubled, never beyond the frame. */
static void
make_room (SppFrameReader *self,
           gsize           size)
{
  gsize wanted = self->filled + size;

  if (wanted <= self->allocated)
    return;
  wanted = MAX (wanted, self->allocated == 0 ? FIRST_ALLOCATION : self->allocated * 2);
  self->allocated = MIN (wanted, self->length);
  self->body = g_realloc (self->body, self->allocated);
}

gboolean
spp_frame_reader_feed (SppFrameReader  *self,
                       const guint8    *data,
                       gsize            size,
                       gsize           *consumed,
                       guint8         **frame,
                       gsize           *length,
                       GError         **error)
{
  gsize part;

  *frame = NULL;
  *length = 0;
  *consumed = 0;

  if (self->header_filled < SPP_FRAME_HEADER_SIZE)
    {
      part = MIN (size, SPP_FRAME_HEADER_SIZE - self->header_filled);
      memcpy (self->header + self->header_filled, data, part);
      self->header_filled += part;
      *consumed = part;
      if (self->header_filled < SPP_FRAME_HEADER_SIZE)
        return TRUE;
      if (!check_header (self, error))
        return FALSE;
    }

  part = MIN (size - *consumed, self->length - self->filled);
  if (part > 0)
    {
      make_room (self, part);
      memcpy (self->body + self->filled, data + *consumed, part);
      self->filled += part;
      *consumed += part;
    }

  if (self->filled == self->length)
    {
      *frame = self->body;
      *length = self->length;
      start_over (self);
    }
  return TRUE;
}
