/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

G_BEGIN_DECLS

/* What each target defines. It aborts when an invariant is broken. */
int            LLVMFuzzerTestOneInput (const uint8_t *data,
                                       size_t         size);
/* The same for all targets: messages that say that a program is wrong abort. */
int            LLVMFuzzerInitialize   (int           *argc,
                                       char        ***argv);

/* What is left of an input. Beyond its end there are zeros, so that every input
 * means something. */
typedef struct
{
  const guint8 *data;
  gsize         size;
} FuzzInput;

guint8         fuzz_input_take_byte   (FuzzInput     *self);
/* Little-endian numbers. */
guint16        fuzz_input_take_u16    (FuzzInput     *self);
guint64        fuzz_input_take_u64    (FuzzInput     *self);
/* Copies @size bytes out. */
void           fuzz_input_fill        (FuzzInput     *self,
                                       guint8        *bytes,
                                       gsize          size);
/* Up to @size bytes, not copied. */
FuzzInput      fuzz_input_take        (FuzzInput     *self,
                                       gsize          size);

/* Sizes of pieces, to be gone through again and again, up to some hundred pieces. */
typedef struct
{
  FuzzInput     sizes;
  gsize         next;
} FuzzChunks;

/* A count, of which the lower four bits matter, and as many sizes: 0 stands for
 * all there is. */
FuzzChunks     fuzz_input_take_chunks (FuzzInput     *self);
/* The size of the next piece of something that still has @left bytes. */
gsize          fuzz_chunks_next       (FuzzChunks    *self,
                                       gsize          left);

G_END_DECLS
