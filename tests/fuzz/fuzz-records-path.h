/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "fuzz.h"
#include "spp-record-layer-private.h"

G_BEGIN_DECLS

/* What the receiver makes of a record that arrives as it was sent. */
typedef struct
{
  SppRecordType  type;
  GBytes        *body;        /* NULL for those that the core makes itself */
  gboolean       too_large;   /* beyond the receiver's limit */
  gsize          end;         /* in the stream */
} FuzzRecord;

/* One direction of a session: what was sent, what is on its way, and what has
 * arrived.
 *
 * The receiver has to take exactly those records that have arrived as a beginning
 * of what was sent, byte for byte; how the stream came to differ does not matter. */
typedef struct
{
  SppRecordLayer *receiver;   /* borrowed */
  guint64         limit;      /* of its messages */

  GArray         *sent;       /* FuzzRecord */
  GByteArray     *stream;     /* all that was sent */
  GPtrArray      *frames;     /* GBytes, each frame of it */
  guint64         part_sizes; /* of the message that goes */
  gboolean        in_message;

  GQueue          line;       /* GBytes: frames, or what became of them */
  gboolean        touched;    /* by somebody on the way, perhaps without effect */

  SppFrameReader  reader;
  gsize           arrived;    /* of the stream, before the first byte that differs */
  gboolean        differs;
  guint           opened;     /* records */
  gboolean        receiving;  /* a message of several parts */
  gboolean        closed;
  gboolean        failed;
} FuzzPath;

void     fuzz_path_init      (FuzzPath        *self,
                              SppRecordLayer  *receiver,
                              guint64          limit);
void     fuzz_path_clear     (FuzzPath        *self);

/* The sender's frames: the last one has this type and body, and one before it is
 * an answer that was due. */
void     fuzz_path_send      (FuzzPath        *self,
                              const guint8    *frames,
                              gsize            size,
                              SppRecordType    type,
                              GBytes          *body);
/* The first on the line arrives, in these pieces. */
void     fuzz_path_deliver   (FuzzPath        *self,
                              FuzzChunks      *chunks,
                              gint64           now);

/* What somebody on the way does. */
void     fuzz_path_interfere (FuzzPath        *self,
                              FuzzPath        *other,
                              FuzzInput       *input);

G_END_DECLS
