/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-handshake2-private.h"

G_BEGIN_DECLS

/* The X25519 public keys of low order that libsodium knows. Each is one with the
 * top bit set, too. */
#define SPP_TEST_N_LOW_ORDER 7
extern const guint8 spp_test_low_order[SPP_TEST_N_LOW_ORDER][SPP_CRYPTO_X25519_SIZE];

/* One end of SPP/2 by hand, on libsodium alone and after the letter of docs/spp2.md,
 * to say what none of ours would say: whatever a test puts into the first members,
 * or into a record. It refuses nothing itself. */
typedef struct
{
  /* What is said; the agreements are those that the peer comes to. */
  guint8    ephemeral_public[SPP_CRYPTO_X25519_SIZE];
  guint8    static_public[SPP_CRYPTO_X25519_SIZE];
  guint8    hello[SPP_HANDSHAKE2_HELLO_SIZE];

  gboolean  initiator;
  guint8    ephemeral[SPP_CRYPTO_X25519_SIZE];
  guint8    static_secret[SPP_CRYPTO_X25519_SIZE];

  /* What was heard; an initiator knows the first beforehand. */
  guint8    peer_static[SPP_CRYPTO_X25519_SIZE];
  guint8    peer_ephemeral[SPP_CRYPTO_X25519_SIZE];
  guint8    peer_hello[SPP_HANDSHAKE2_HELLO_SIZE];

  /* The handshake */
  guint8    h[SPP_CRYPTO_DIGEST_SIZE];
  guint8    keys[3 * SPP_CRYPTO_KEY_SIZE];     /* ck, k; in the end k_ir, k_ri, root */
  guint8    last_ck[SPP_CRYPTO_KEY_SIZE];

  /* The records */
  guint8    sending_key[SPP_CRYPTO_KEY_SIZE];
  guint8    receiving_key[SPP_CRYPTO_KEY_SIZE];
  guint64   sent;
  guint64   received;
} SppTestManual;

/* @peer is the responder; NULL to be one. */
void      spp_test_manual_init            (SppTestManual  *self,
                                           SppPrivateKey  *own_key,
                                           SppPublicKey   *peer);
void      spp_test_manual_set_hello       (SppTestManual  *self,
                                           const guint8   *raw,
                                           guint64         features,
                                           guint64         max_message_size);

/* Frames of the handshake. After message 3 the keys are there. */
GBytes   *spp_test_manual_write_ephemeral (SppTestManual  *self);
void      spp_test_manual_read_ephemeral  (SppTestManual  *self,
                                           GBytes         *frame);
GBytes   *spp_test_manual_write_message3  (SppTestManual  *self);
gboolean  spp_test_manual_read_message3   (SppTestManual  *self,
                                           GBytes         *frame);

/* Frames of records: with any plaintext, or with a right one. */
GBytes   *spp_test_manual_seal_plain      (SppTestManual  *self,
                                           const guint8   *plain,
                                           gsize           size);
GBytes   *spp_test_manual_seal            (SppTestManual  *self,
                                           guint8          type,
                                           const void     *body,
                                           gsize           length);
/* The plaintext with its padding, or the body; NULL if the frame does not decrypt. */
GBytes   *spp_test_manual_open_plain      (SppTestManual  *self,
                                           GBytes         *frame);
GBytes   *spp_test_manual_open            (SppTestManual  *self,
                                           GBytes         *frame,
                                           guint8         *type);

/* The keys after a REKEY and its answer, of which these are the bodies;
 * @kem_shared is (nullable). */
void      spp_test_manual_rekey           (SppTestManual  *self,
                                           const guint8   *ephemeral,
                                           GBytes         *request,
                                           GBytes         *answer,
                                           const guint8   *kem_shared);

/* Feeds @data in the pieces that the handshake wants, or in pieces of one byte;
 * how much it took. */
gsize     spp_test_handshake2_feed        (SppHandshake2  *handshake,
                                           const guint8   *data,
                                           gsize           size,
                                           gboolean        bytewise,
                                           GError        **error);

G_END_DECLS
