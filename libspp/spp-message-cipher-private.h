/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

#include "spp-crypto-private.h"
#include "spp-frame-private.h"
#include "spp-secret-private.h"

G_BEGIN_DECLS

#define SPP_MESSAGE_SEQUENCE_SIZE 8
/* What a message frame has besides the payload, without and with its header. */
#define SPP_MESSAGE_BODY_OVERHEAD \
  (SPP_CRYPTO_NONCE_SIZE + SPP_MESSAGE_SEQUENCE_SIZE + SPP_CRYPTO_TAG_SIZE)
#define SPP_MESSAGE_FRAME_OVERHEAD (SPP_FRAME_HEADER_SIZE + SPP_MESSAGE_BODY_OVERHEAD)

/* The message cipher of SPP/1, both directions: bytes in, bytes out. Its first
 * failure is final. */
typedef struct _SppMessageCipher SppMessageCipher;

/* The size of the secret of a SppMessageCipher: its key, and room for that of nonces. */
#define SPP_MESSAGE_SECRET_SIZE (SPP_CRYPTO_KEY_SIZE + SPP_CRYPTO_NONCE_KEY_SIZE)

/* @secret is (transfer full) and has SPP_MESSAGE_SECRET_SIZE bytes, the first
 * SPP_CRYPTO_KEY_SIZE of which are the key of the session. */
SppMessageCipher *spp_message_cipher_new         (SppSecret         *secret);
void              spp_message_cipher_free        (SppMessageCipher  *self);

/* Appends the next message frame to @output. */
gboolean          spp_message_cipher_seal        (SppMessageCipher  *self,
                                                  GBytes            *payload,
                                                  GByteArray        *output,
                                                  GError           **error)
                                                  G_GNUC_WARN_UNUSED_RESULT;
/* The payload of a message frame's @body. */
GBytes           *spp_message_cipher_open        (SppMessageCipher  *self,
                                                  const guint8      *body,
                                                  gsize              length,
                                                  GError           **error)
                                                  G_GNUC_WARN_UNUSED_RESULT;

/* One frame of @length + SPP_MESSAGE_FRAME_OVERHEAD bytes. */
void              spp_message_cipher_write_frame (guint8            *frame,
                                                  const guint8       key[SPP_CRYPTO_KEY_SIZE],
                                                  const guint8       nonce[SPP_CRYPTO_NONCE_SIZE],
                                                  guint64            sequence,
                                                  const guint8      *payload,
                                                  gsize              length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppMessageCipher, spp_message_cipher_free)

G_END_DECLS
