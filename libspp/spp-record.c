/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-record-private.h"

#include <string.h>

#include "spp-error.h"

/* No record is smaller, so short texts cannot be told from one another. */
#define MIN_PADDED_SIZE 256

gsize
spp_record_pad (gsize length)
{
  gsize size = SPP_RECORD_HEADER_SIZE + length;
  gsize exponent, mask;

  g_assert (length <= SPP_RECORD_MAX_BODY_SIZE);

  if (size <= MIN_PADDED_SIZE)
    return MIN_PADDED_SIZE;

  /* Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
   * Communication with PURBs"): the larger the size, the fewer of its lower bits
   * may be set. */
  exponent = g_bit_storage (size) - 1;
  mask = ((gsize) 1 << (exponent - (g_bit_storage (exponent) - 1) - 1)) - 1;
  return MIN ((size + mask) & ~mask, SPP_RECORD_MAX_PLAIN_SIZE);
}

gsize
spp_record_get_frame_size (gsize length)
{
  return SPP_FRAME_HEADER_SIZE + spp_record_pad (length) + SPP_CRYPTO_TAG_SIZE;
}

void
spp_record_seal (SppRecordType  type,
                 const guint8  *body,
                 gsize          length,
                 guint64        counter,
                 const guint8   key[SPP_CRYPTO_KEY_SIZE],
                 GByteArray    *output)
{
  gsize padded = spp_record_pad (length);
  guint start = output->len;
  guint8 *plain;

  g_byte_array_set_size (output, start + SPP_FRAME_HEADER_SIZE + padded + SPP_CRYPTO_TAG_SIZE);
  spp_frame_write_header (output->data + start, padded + SPP_CRYPTO_TAG_SIZE);
  plain = output->data + start + SPP_FRAME_HEADER_SIZE;
  plain[0] = type;
  plain[1] = length & 0xff;
  plain[2] = length >> 8;
  if (length > 0)
    memcpy (plain + SPP_RECORD_HEADER_SIZE, body, length);
  memset (plain + SPP_RECORD_HEADER_SIZE + length, 0, padded - SPP_RECORD_HEADER_SIZE - length);
  spp_crypto_noise_seal (plain, plain, padded, NULL, 0, counter, key);
}

static gboolean
fail (GError     **error,
      SppError     code,
      const char  *message)
{
  g_set_error_literal (error, SPP_ERROR, code, message);
  return FALSE;
}

/* How long it takes tells nothing that the peer does not know. */
static gboolean
is_zero (const guint8 *bytes,
         gsize         length)
{
  return length == 0 || (bytes[0] == 0 && memcmp (bytes, bytes + 1, length - 1) == 0);
}

gboolean
spp_record_open (SppRecord     *record,
                 guint8        *payload,
                 gsize          length,
                 guint64        counter,
                 const guint8   key[SPP_CRYPTO_KEY_SIZE],
                 GError       **error)
{
  gsize plain_size;

  if (length < SPP_RECORD_MIN_PAYLOAD_SIZE || length > SPP_RECORD_MAX_PAYLOAD_SIZE)
    return fail (error, SPP_ERROR_FRAME_LENGTH, "A frame has a length that no record has");
  if (!spp_crypto_noise_open (payload, payload, length, NULL, 0, counter, key))
    return fail (error, SPP_ERROR_BAD_TAG,
                 "A record does not decrypt: it was changed, left out, repeated or reordered "
                 "on the way, or not sealed by the peer");

  plain_size = length - SPP_CRYPTO_TAG_SIZE;
  record->type = payload[0];
  record->length = payload[1] | (gsize) payload[2] << 8;
  record->body = payload + SPP_RECORD_HEADER_SIZE;
  if (record->length > plain_size - SPP_RECORD_HEADER_SIZE)
    return fail (error, SPP_ERROR_BAD_RECORD, "A record is shorter than its body");
  if (!is_zero (record->body + record->length,
                plain_size - SPP_RECORD_HEADER_SIZE - record->length))
    return fail (error, SPP_ERROR_BAD_RECORD, "The padding of a record is not zero");
  return TRUE;
}
