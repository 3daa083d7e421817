/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz-session-world.h"

#include <string.h>

#include "spp-message-cipher-private.h"

/* What a forged frame has that a sealed one has not. */
typedef enum
{
  FORGE_SEQUENCE_NEAR = 1 << 0,
  FORGE_SEQUENCE = 1 << 1,
  FORGE_LENGTH = 1 << 2,
  FORGE_FLIP = 1 << 3,
  FORGE_CUT = 1 << 4,
  FORGE_NONCE = 1 << 5,
} Forge;

static void
push (FuzzWorld    *self,
      const guint8 *data,
      gsize         size)
{
  /* A callback may end the input in between. */
  while (size > 0 && !fuzz_stream_is_input_over (self->stream))
    {
      gsize part = fuzz_chunks_next (&self->chunks, size);

      g_byte_array_append (self->pushed, data, part);
      fuzz_stream_push (self->stream, data, part);
      data += part;
      size -= part;
    }
}

void
fuzz_push_raw (FuzzWorld *self)
{
  FuzzInput raw = fuzz_input_take (&self->input, fuzz_input_take_byte (&self->input));

  push (self, raw.data, raw.size);
}

/* The place of frame @number, counted from 0, among what the session sent. */
static gboolean
find_sent_frame (FuzzWorld *self,
                 guint      number,
                 gsize     *offset,
                 gsize     *size)
{
  GByteArray *written = fuzz_stream_get_written (self->stream);

  *offset = 0;
  for (;;)
    {
      if (written->len - *offset < SPP_MESSAGE_FRAME_OVERHEAD)
        return FALSE;
      *size = SPP_FRAME_HEADER_SIZE + spp_frame_read_header (written->data + *offset);
      if (written->len - *offset < *size)
        return FALSE;
      if (number-- == 0)
        return TRUE;
      *offset += *size;
    }
}

void
fuzz_reflect (FuzzWorld *self)
{
  gsize offset, size;

  if (find_sent_frame (self, fuzz_input_take_byte (&self->input), &offset, &size))
    {
      g_autofree guint8 *copy = NULL;

      copy = g_memdup2 (fuzz_stream_get_written (self->stream)->data + offset, size);
      push (self, copy, size);
    }
}

static void
push_frame (FuzzWorld    *self,
            const guint8  key[32],
            guint64       sequence,
            guint8        forge)
{
  g_autoptr (GBytes) payload = fuzz_take_payload (&self->input);
  gsize length = g_bytes_get_size (payload);
  gsize size = length + SPP_MESSAGE_FRAME_OVERHEAD;
  g_autofree guint8 *frame = g_malloc (size);
  guint8 nonce[SPP_CRYPTO_NONCE_SIZE] = { 0x5a };
  gsize offset, sent_size;

  memcpy (nonce + 4, &self->sequence, sizeof self->sequence);
  if (forge & FORGE_NONCE
      && find_sent_frame (self, fuzz_input_take_byte (&self->input), &offset, &sent_size))
    memcpy (nonce, fuzz_stream_get_written (self->stream)->data + offset + SPP_FRAME_HEADER_SIZE,
            sizeof nonce);
  spp_message_cipher_write_frame (frame, key, nonce, sequence, g_bytes_get_data (payload, NULL),
                                  length);
  if (sequence == self->sequence)
    self->sequence++;

  if (forge & FORGE_LENGTH)
    spp_frame_write_header (frame, size - SPP_FRAME_HEADER_SIZE
                                   + (gint8) fuzz_input_take_byte (&self->input));
  if (forge & FORGE_FLIP)
    {
      gsize place = fuzz_input_take_u16 (&self->input) % size;

      frame[place] ^= fuzz_input_take_byte (&self->input);
    }
  if (forge & FORGE_CUT)
    {
      guint8 cut = fuzz_input_take_byte (&self->input);

      size -= MIN (size, cut);
    }
  push (self, frame, size);
}

void
fuzz_push_sealed (FuzzWorld    *self,
                  const guint8  key[32])
{
  push_frame (self, key, self->sequence, 0);
}

void
fuzz_push_forged (FuzzWorld    *self,
                  const guint8  key[32])
{
  guint8 forge = fuzz_input_take_byte (&self->input);
  guint64 sequence = self->sequence;

  if (forge & FORGE_SEQUENCE_NEAR)
    sequence += (gint8) fuzz_input_take_byte (&self->input);
  if (forge & FORGE_SEQUENCE)
    sequence = fuzz_input_take_u64 (&self->input);
  push_frame (self, key, sequence, forge);
}

void
fuzz_break_input (FuzzWorld *self)
{
  self->input_broken |= !fuzz_stream_is_input_over (self->stream);
  fuzz_stream_break_input (self->stream);
}

void
fuzz_break_output (FuzzWorld *self)
{
  self->output_broken = TRUE;
  fuzz_stream_break_output (self->stream);
}
