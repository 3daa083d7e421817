/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-test-pair.h"

G_BEGIN_DECLS

#define SPP_TEST_ERASURE_PAYLOAD_SIZE 100
#define SPP_TEST_ERASURE_FRAME_SIZE (SPP_TEST_ERASURE_PAYLOAD_SIZE + SPP_MESSAGE_FRAME_OVERHEAD)
/* Where a hello has the X25519 public key. */
#define SPP_TEST_ERASURE_EPHEMERAL_AT (SPP_HELLO_FRAME_SIZE - SPP_CRYPTO_X25519_SIZE)

/* Bob is the library, and Alice the test: she does everything by hand, and keeps
 * no secret of a session where it could be found.
 *
 * While it is collected, whatever the library makes of random bytes is added to
 * what is searched in memory, as "ephemeral" first and then as "random 2" and so
 * on; programs have to be linked so that spp_crypto_random() can be replaced.
 * What both sides agree on is added as "shared secret" and "session key". */
typedef struct
{
  SppPrivateKey     *alice_key;
  SppPrivateKey     *bob_key;
  SppClient         *client;      /* Bob's, as all that follows if nothing is said */
  SppService        *service;
  GSocketConnection *stream;
  GSocketConnection *raw;         /* Alice's end */
  SppSecret         *ephemeral;   /* Alice's */
  SppSession        *session;
  GAsyncResult      *result;      /* of the call */
  guint              sent;        /* by Alice */
} SppTestErasure;

void           spp_test_erasure_set_up             (SppTestErasure *self,
                                                    gconstpointer   data);
void           spp_test_erasure_tear_down          (SppTestErasure *self,
                                                    gconstpointer   data);

void           spp_test_erasure_collect            (gboolean        collect);
guint          spp_test_erasure_count_random       (void);
/* A key that is not collected. */
SppPrivateKey *spp_test_erasure_make_key           (void);

/* Bob's part: calls, or is called. */
void           spp_test_erasure_call               (SppTestErasure *self,
                                                    GCancellable   *cancellable);
void           spp_test_erasure_take_call          (SppTestErasure *self);

/* Alice's part. The first runs the main context until that much has come, or
 * less at the end. */
gsize          spp_test_erasure_await_bytes        (SppTestErasure *self,
                                                    guint8         *bytes,
                                                    gsize           size);
GBytes        *spp_test_erasure_make_hello_with    (SppPrivateKey  *signer,
                                                    const guint8   *ephemeral_public);
GBytes        *spp_test_erasure_make_hello         (SppTestErasure *self,
                                                    SppPrivateKey  *signer);
void           spp_test_erasure_say_hello          (SppTestErasure *self,
                                                    SppPrivateKey  *signer);
void           spp_test_erasure_learn_keys         (SppTestErasure *self,
                                                    const guint8   *bob_ephemeral_public);
/* The next message, in SPP_TEST_ERASURE_FRAME_SIZE bytes. */
void           spp_test_erasure_make_message       (SppTestErasure *self,
                                                    guint8         *frame);

/* Both: all of the handshake, and some messages each way. */
void           spp_test_erasure_begin_as_initiator (SppTestErasure *self);
void           spp_test_erasure_begin_as_responder (SppTestErasure *self);
void           spp_test_erasure_exchange           (SppTestErasure *self);

G_END_DECLS
