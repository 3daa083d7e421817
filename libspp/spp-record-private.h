/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

#include "spp-crypto-private.h"
#include "spp-frame-private.h"

G_BEGIN_DECLS

/* The records of SPP/2, one at a time (docs/spp2.md).
 *
 * The plaintext is a type, the length of the body (u16, little-endian), the body
 * and zeros; a frame has it sealed under a key that is used once. */

typedef enum
{
  SPP_RECORD_HELLO = 1,
  SPP_RECORD_DATA,        /* a part of a message, more follows */
  SPP_RECORD_LAST,        /* the last part, or the only one */
  SPP_RECORD_REKEY,
  SPP_RECORD_REKEY_ACK,
  SPP_RECORD_CLOSE,
  SPP_RECORD_PAD,
} SppRecordType;

#define SPP_RECORD_HEADER_SIZE 3
#define SPP_RECORD_MAX_PAYLOAD_SIZE 65535
#define SPP_RECORD_MIN_PAYLOAD_SIZE (SPP_RECORD_HEADER_SIZE + SPP_CRYPTO_TAG_SIZE)
#define SPP_RECORD_MAX_PLAIN_SIZE (SPP_RECORD_MAX_PAYLOAD_SIZE - SPP_CRYPTO_TAG_SIZE)
#define SPP_RECORD_MAX_BODY_SIZE (SPP_RECORD_MAX_PLAIN_SIZE - SPP_RECORD_HEADER_SIZE)

typedef struct
{
  SppRecordType  type;
  const guint8  *body;    /* in the memory that was opened */
  gsize          length;
} SppRecord;

/* The size of the plaintext of a record with a body of @length bytes. */
gsize    spp_record_pad            (gsize          length);
/* The size of its frame. */
gsize    spp_record_get_frame_size (gsize          length);

/* Appends a frame with the record to @output, sealed as number @counter. */
void     spp_record_seal           (SppRecordType  type,
                                    const guint8  *body,
                                    gsize          length,
                                    guint64        counter,
                                    const guint8   key[SPP_CRYPTO_KEY_SIZE],
                                    GByteArray    *output);
/* Opens the payload of a frame where it stands. */
gboolean spp_record_open           (SppRecord     *record,
                                    guint8        *payload,
                                    gsize          length,
                                    guint64        counter,
                                    const guint8   key[SPP_CRYPTO_KEY_SIZE],
                                    GError       **error)
                                    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
