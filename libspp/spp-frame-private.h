/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

#include "spp-error.h"

G_BEGIN_DECLS

/* A frame is its length (u64, little-endian) and that many bytes. */
#define SPP_FRAME_HEADER_SIZE 8

void     spp_frame_write_header (guint8       header[SPP_FRAME_HEADER_SIZE],
                                 guint64      length);
guint64  spp_frame_read_header  (const guint8 header[SPP_FRAME_HEADER_SIZE]);

/* Cuts a stream that comes in pieces into frames. The length is checked before
 * anything is allocated for it, and memory grows with the bytes that have
 * arrived: to no more than twice of them or SPP_FRAME_READER_SIZE, whatever is
 * announced. It is kept for the next frame until spp_frame_reader_relax(). */
typedef struct
{
  gsize    min_length;
  gsize    max_length;
  SppError too_long;      /* what a frame above that is */

  guint8  *buffer;
  gsize    allocated;
  gsize    start;         /* of the frame that comes next */
  gsize    end;           /* of what has arrived */
} SppFrameReader;

/* Large enough for a few of the frames that a busy peer sends at once. */
#define SPP_FRAME_READER_SIZE (256 * 1024)

void      spp_frame_reader_init     (SppFrameReader  *self,
                                     gsize            min_length,
                                     gsize            max_length,
                                     SppError         too_long);
void      spp_frame_reader_clear    (SppFrameReader  *self);
/* Where the next bytes of the stream are to be put: at least one. To be called
 * only when spp_frame_reader_next() has no frame left. */
guint8   *spp_frame_reader_reserve  (SppFrameReader  *self,
                                     gsize           *room);
/* So many bytes have been put there. */
void      spp_frame_reader_commit   (SppFrameReader  *self,
                                     gsize            size);
/* The body of the next frame, or NULL in @body while it is not whole. The bytes
 * may be used until the next call. FALSE when its length is out of bounds. */
gboolean  spp_frame_reader_next     (SppFrameReader  *self,
                                     guint8         **body,
                                     gsize           *length,
                                     GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* TRUE when spp_frame_reader_next() has a frame or an error. */
gboolean  spp_frame_reader_has_next (SppFrameReader  *self);
/* TRUE between two frames. */
gboolean  spp_frame_reader_is_empty (SppFrameReader  *self);
/* Gives memory back that is not needed while nothing arrives. */
void      spp_frame_reader_relax    (SppFrameReader  *self);

G_END_DECLS
