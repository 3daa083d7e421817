/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A frame is its length (u64, little-endian) and that many bytes. */
#define SPP_FRAME_HEADER_SIZE 8

void     spp_frame_write_header (guint8       header[SPP_FRAME_HEADER_SIZE],
                                 guint64      length);
guint64  spp_frame_read_header  (const guint8 header[SPP_FRAME_HEADER_SIZE]);

/* Puts frames together from a stream that comes in pieces. The length is
 * checked before anything is allocated for it, and memory grows with the bytes
 * that have arrived: never to more than twice of them, whatever is announced. */
typedef struct
{
  gsize   min_length;
  gsize   max_length;

  guint8  header[SPP_FRAME_HEADER_SIZE];
  gsize   header_filled;
  guint8 *body;
  gsize   length;
  gsize   filled;
  gsize   allocated;
} SppFrameReader;

void      spp_frame_reader_init     (SppFrameReader  *self,
                                     gsize            min_length,
                                     gsize            max_length);
void      spp_frame_reader_clear    (SppFrameReader  *self);
/* Takes as much of @data as belongs to the next frame. When that is whole,
 * @frame is set to its body (transfer full), of @length bytes. */
gboolean  spp_frame_reader_feed     (SppFrameReader  *self,
                                     const guint8    *data,
                                     gsize            size,
                                     gsize           *consumed,
                                     guint8         **frame,
                                     gsize           *length,
                                     GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE between two frames. */
gboolean  spp_frame_reader_is_empty (SppFrameReader  *self);

G_END_DECLS
