/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-crypto-private.h"
#include "spp-private-key.h"
#include "spp-record-private.h"

G_BEGIN_DECLS

#define SPP2_MESSAGE1_FRAME 40
#define SPP2_MESSAGE2_FRAME 40
#define SPP2_MESSAGE3_FRAME 136
#define SPP2_HELLO_SIZE 64
/* A record as short as it may be. */
#define SPP2_BARE_FRAME(length) (SPP_FRAME_HEADER_SIZE + SPP_RECORD_HEADER_SIZE + (length) \
                                 + SPP_CRYPTO_TAG_SIZE)
/* All points of small order, with and without the top bit, which X25519 ignores. */
#define SPP2_N_WEAK 14

/* A key that cannot be found where it is kept. */
typedef struct
{
  guint64 mask[SPP_CRYPTO_KEY_SIZE / 8];
  guint64 masked[SPP_CRYPTO_KEY_SIZE / 8];
} Spp2Hidden;

/* @name is there for good. */
typedef void (*Spp2Learn) (const char   *name,
                           const guint8 *secret,
                           gsize         size);

/* One end of SPP/2 by hand, from the primitives up and with all of its keys at
 * hand, so that it can say whatever it likes. Bytes in, bytes out. */
typedef struct
{
  gboolean       initiator;
  SppPrivateKey *key;             /* owned */
  Spp2Learn      learn;           /* nullable: is told each secret that is derived */

  /* May be changed before they are used */
  guint8         hello[SPP2_HELLO_SIZE];
  guint8         static_public[SPP_CRYPTO_X25519_SIZE];
  guint8         ephemeral_public[SPP_CRYPTO_X25519_SIZE];

  guint8         peer_static[SPP_CRYPTO_X25519_SIZE];
  guint8         peer_ephemeral[SPP_CRYPTO_X25519_SIZE];
  guint8         peer_hello[SPP2_HELLO_SIZE];
  Spp2Hidden     static_secret;
  Spp2Hidden     ephemeral;

  guint8         h[SPP_CRYPTO_DIGEST_SIZE];
  Spp2Hidden     ck;
  Spp2Hidden     k;

  guint          epoch;
  Spp2Hidden     root;
  Spp2Hidden     sending;
  Spp2Hidden     receiving;
  guint64        sent;            /* in this epoch */
  guint64        received;
  guint8         request[SPP_CRYPTO_X25519_SIZE];
} Spp2Hand;

extern const guint8 spp2_weak[SPP2_N_WEAK][SPP_CRYPTO_X25519_SIZE];

/* @peer: who is called, and for a responder who is expected. */
Spp2Hand   *spp2_hand_new_initiator  (SppPrivateKey *key,
                                      SppPublicKey  *peer);
Spp2Hand   *spp2_hand_new_responder  (SppPrivateKey *key);
void        spp2_hand_free           (Spp2Hand      *self);

/* Whole frames, with their headers. */
void        spp2_hand_make_message1  (Spp2Hand      *self,
                                      guint8         frame[SPP2_MESSAGE1_FRAME]);
void        spp2_hand_take_message1  (Spp2Hand      *self,
                                      const guint8   frame[SPP2_MESSAGE1_FRAME]);
void        spp2_hand_make_message2  (Spp2Hand      *self,
                                      guint8         frame[SPP2_MESSAGE2_FRAME]);
void        spp2_hand_take_message2  (Spp2Hand      *self,
                                      const guint8   frame[SPP2_MESSAGE2_FRAME]);
void        spp2_hand_make_message3  (Spp2Hand      *self,
                                      guint8         frame[SPP2_MESSAGE3_FRAME]);
/* FALSE if it does not decrypt. */
gboolean    spp2_hand_take_message3  (Spp2Hand      *self,
                                      const guint8   frame[SPP2_MESSAGE3_FRAME]);

/* The next record of any type, with @padding zeros behind it. */
GByteArray *spp2_hand_seal           (Spp2Hand      *self,
                                      guint          type,
                                      const guint8  *body,
                                      gsize          length,
                                      gsize          padding);
/* The same of any plaintext. */
GByteArray *spp2_hand_seal_plain     (Spp2Hand      *self,
                                      const guint8  *plain,
                                      gsize          size);
/* (nullable): the body of the next record, which is opened in a copy. */
GBytes     *spp2_hand_open           (Spp2Hand      *self,
                                      const guint8  *frame,
                                      gsize          size,
                                      SppRecordType *type);

/* The initiator's part in new keys: REKEY without padding, from
 * @ephemeral (nullable) if that is not to be a fresh one; and the answer. */
GByteArray *spp2_hand_ask            (Spp2Hand      *self,
                                      const guint8  *ephemeral_public);
void        spp2_hand_take_answer    (Spp2Hand      *self,
                                      GBytes        *body);
/* The responder's. */
GByteArray *spp2_hand_answer         (Spp2Hand      *self,
                                      GBytes        *body,
                                      const guint8  *ephemeral_public);

/* Wipes what any of these has left on the stack, whose caller calls this, too. */
void        spp2_hand_scrub          (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Spp2Hand, spp2_hand_free)

G_END_DECLS
