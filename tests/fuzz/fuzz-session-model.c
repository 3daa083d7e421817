/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz-session-model.h"

#include <sodium.h>
#include <string.h>

#include "spp-error.h"
#include "spp-message-cipher-private.h"

/* A frame somewhere in bytes, without its header. */
typedef struct
{
  const guint8 *body;
  gsize         length;
} Frame;

void
fuzz_send_free (FuzzSend *self)
{
  g_bytes_unref (self->payload);
  g_object_unref (self->cancellable);
  g_clear_error (&self->error);
  g_free (self);
}

/* FALSE if there is no whole frame at @offset, which is moved behind it. */
static gboolean
next_frame (GByteArray *bytes,
            gsize      *offset,
            Frame      *frame)
{
  gsize left = bytes->len - *offset;
  guint64 length;

  if (left < SPP_FRAME_HEADER_SIZE)
    return FALSE;
  length = spp_frame_read_header (bytes->data + *offset);
  if (left - SPP_FRAME_HEADER_SIZE < length)
    return FALSE;
  frame->body = bytes->data + *offset + SPP_FRAME_HEADER_SIZE;
  frame->length = length;
  *offset += SPP_FRAME_HEADER_SIZE + length;
  return TRUE;
}

/* The payload, or NULL if it was not sealed with @key. */
static GBytes *
open_frame (const guint8  key[32],
            const Frame  *frame,
            guint64      *sequence)
{
  gsize length = frame->length - SPP_CRYPTO_NONCE_SIZE - SPP_CRYPTO_TAG_SIZE;
  g_autofree guint8 *plain = g_malloc (length);

  if (crypto_aead_chacha20poly1305_ietf_decrypt (plain, NULL, NULL,
                                                 frame->body + SPP_CRYPTO_NONCE_SIZE,
                                                 frame->length - SPP_CRYPTO_NONCE_SIZE,
                                                 NULL, 0, frame->body, key) != 0)
    return NULL;
  memcpy (sequence, plain, sizeof *sequence);
  *sequence = GUINT64_FROM_LE (*sequence);
  return g_bytes_new (plain + SPP_MESSAGE_SEQUENCE_SIZE, length - SPP_MESSAGE_SEQUENCE_SIZE);
}

/* Whether this is a nonce of the frame of that number that the session sent. */
static gboolean
is_nonce_of (GByteArray   *written,
             guint         number,
             const guint8 *nonce)
{
  gsize offset = 0;
  Frame frame;

  for (guint i = 1; next_frame (written, &offset, &frame); i++)
    if (i == number)
      return memcmp (frame.body, nonce, SPP_CRYPTO_NONCE_SIZE) == 0;
  return FALSE;
}

static guint
find_length_fault (gsize       max_message_size,
                   GByteArray *received,
                   gsize       offset)
{
  guint64 length;

  if (received->len - offset < SPP_FRAME_HEADER_SIZE)
    return 0;
  length = spp_frame_read_header (received->data + offset);
  if (length < SPP_MESSAGE_BODY_OVERHEAD)
    return 1 << SPP_ERROR_FRAME_LENGTH;
  if (length > max_message_size + SPP_MESSAGE_BODY_OVERHEAD)
    return 1 << SPP_ERROR_MESSAGE_TOO_LARGE;
  return 0;
}

void
fuzz_verdict_init (FuzzVerdict  *self,
                   const guint8  key[32],
                   gsize         max_message_size,
                   GByteArray   *received,
                   GByteArray   *written)
{
  gsize offset = 0;
  Frame frame;

  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->faults = find_length_fault (max_message_size, received, offset);
  while (self->faults == 0 && next_frame (received, &offset, &frame))
    {
      guint64 due = self->messages->len + 1;
      guint64 sequence = 0;
      g_autoptr (GBytes) payload = open_frame (key, &frame, &sequence);

      if (is_nonce_of (written, due, frame.body))
        self->faults |= 1 << SPP_ERROR_REFLECTED;
      if (payload == NULL)
        self->faults |= 1 << SPP_ERROR_BAD_TAG;
      else if (sequence != due)
        self->faults |= 1 << SPP_ERROR_BAD_SEQUENCE;
      if (self->faults != 0)
        break;
      g_ptr_array_add (self->messages, g_steal_pointer (&payload));
      self->faults = find_length_fault (max_message_size, received, offset);
    }
  self->partial = offset < received->len;
}

void
fuzz_verdict_clear (FuzzVerdict *self)
{
  g_ptr_array_unref (self->messages);
}

/* Whether a frame of this message may not, or need not, be in what was written. */
static gboolean
was_not_sent (FuzzSend *send)
{
  return send->unasked || !send->done || send->error != NULL;
}

static gboolean
may_be_sent (FuzzSend *send)
{
  return !(send->too_large
           || g_error_matches (send->error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           || g_error_matches (send->error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)
           || g_error_matches (send->error, G_IO_ERROR, G_IO_ERROR_PENDING));
}

guint64
fuzz_check_written (const guint8  key[32],
                    GByteArray   *written,
                    GPtrArray    *sends,
                    guint64      *n_bytes)
{
  gsize offset = 0;
  guint next = 0;
  guint64 count = 0;
  Frame frame;

  *n_bytes = 0;
  while (next_frame (written, &offset, &frame))
    {
      guint64 sequence = 0;
      g_autoptr (GBytes) payload = open_frame (key, &frame, &sequence);

      count++;
      g_assert_nonnull (payload);
      g_assert_cmpuint (sequence, ==, count);
      *n_bytes += g_bytes_get_size (payload);
      for (;; next++)
        {
          FuzzSend *send;

          g_assert_cmpuint (next, <, sends->len);
          send = g_ptr_array_index (sends, next);
          if (may_be_sent (send) && g_bytes_equal (send->payload, payload))
            break;
          g_assert_true (was_not_sent (send));
        }
      next++;
    }
  for (; next < sends->len; next++)
    g_assert_true (was_not_sent (g_ptr_array_index (sends, next)));
  return count;
}
