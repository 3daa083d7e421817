/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A stream in memory whose other end the caller plays by hand, in the same
 * thread. It can be polled like a socket, or else it has asynchronous operations
 * only, like a stream of somebody else's making. Nothing in it needs a thread. */
#define FUZZ_TYPE_STREAM (fuzz_stream_get_type ())
G_DECLARE_FINAL_TYPE (FuzzStream, fuzz_stream, FUZZ, STREAM, GIOStream)

FuzzStream *fuzz_stream_new           (gboolean      can_poll);

/* What can be read. After the last byte comes the end, or an error, if either
 * was asked for (the first call counts), and otherwise nothing yet. */
void        fuzz_stream_push          (FuzzStream   *self,
                                       const guint8 *data,
                                       gsize         size);
void        fuzz_stream_end_input     (FuzzStream   *self);
void        fuzz_stream_break_input   (FuzzStream   *self);
gboolean    fuzz_stream_is_input_over (FuzzStream   *self);
/* So many bytes at most are read at once, in the next hundred reads; 0 for any
 * number. */
void        fuzz_stream_limit_reads   (FuzzStream   *self,
                                       gsize         limit);

/* What was written. The other end takes no more than there is room for, except
 * from who blocks: for them it reads on. */
GByteArray *fuzz_stream_get_written   (FuzzStream   *self);
void        fuzz_stream_set_room      (FuzzStream   *self,
                                       gsize         room);
void        fuzz_stream_break_output  (FuzzStream   *self);

G_END_DECLS
