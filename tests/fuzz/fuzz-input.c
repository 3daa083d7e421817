/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* More pieces teach nothing and take time. */
#define MAX_CHUNKS 400

/* libFuzzer notices abort(), but not the trap that GLib ends with. */
static void
handle_message (const char     *domain,
                GLogLevelFlags  level,
                const char     *message,
                gpointer        user_data)
{
  if (level & G_LOG_LEVEL_DEBUG)
    return;
  g_log_default_handler (domain, level & ~G_LOG_FLAG_FATAL, message, NULL);
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
    abort ();
}

int
LLVMFuzzerInitialize (int    *argc,
                      char ***argv)
{
  g_log_set_default_handler (handle_message, NULL);
  return 0;
}

FuzzInput
fuzz_input_take (FuzzInput *self,
                 gsize      size)
{
  FuzzInput taken = { self->data, MIN (size, self->size) };

  self->data += taken.size;
  self->size -= taken.size;
  return taken;
}

void
fuzz_input_fill (FuzzInput *self,
                 guint8    *bytes,
                 gsize      size)
{
  FuzzInput taken = fuzz_input_take (self, size);

  memset (bytes, 0, size);
  if (taken.size > 0)
    memcpy (bytes, taken.data, taken.size);
}

guint8
fuzz_input_take_byte (FuzzInput *self)
{
  guint8 byte;

  fuzz_input_fill (self, &byte, sizeof byte);
  return byte;
}

guint16
fuzz_input_take_u16 (FuzzInput *self)
{
  guint16 number;

  fuzz_input_fill (self, (guint8 *) &number, sizeof number);
  return GUINT16_FROM_LE (number);
}

guint64
fuzz_input_take_u64 (FuzzInput *self)
{
  guint64 number;

  fuzz_input_fill (self, (guint8 *) &number, sizeof number);
  return GUINT64_FROM_LE (number);
}

FuzzChunks
fuzz_input_take_chunks (FuzzInput *self)
{
  FuzzChunks chunks = { { NULL, 0 }, 0 };

  chunks.sizes = fuzz_input_take (self, fuzz_input_take_byte (self) & 15);
  return chunks;
}

gsize
fuzz_chunks_next (FuzzChunks *self,
                  gsize       left)
{
  gsize size = 0;

  if (self->sizes.size > 0 && self->next < MAX_CHUNKS)
    size = self->sizes.data[self->next++ % self->sizes.size];
  return size == 0 ? left : MIN (size, left);
}
