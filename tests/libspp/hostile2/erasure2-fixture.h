/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-test-erasure.h"
#include "spp2-hand.h"

G_BEGIN_DECLS

#define ERASURE2_PAYLOAD_SIZE 10

/* Bob is the library, and Alice a hand; whatever both derive is learnt from her and
 * added to what is searched in memory. */
typedef struct
{
  SppTestErasure  base;
  Spp2Hand       *alice;      /* nullable before the first message */
  gboolean        initiator;  /* which Bob is */
} Erasure2;

void        erasure2_set_up                (Erasure2      *self,
                                            gconstpointer  data);
void        erasure2_tear_down             (Erasure2      *self,
                                            gconstpointer  data);

/* Alice, with a key of hers or of somebody else's. */
void        erasure2_begin_hand            (Erasure2      *self,
                                            gboolean       bob_calls,
                                            SppPrivateKey *key);
void        erasure2_say                   (Erasure2      *self,
                                            const guint8  *frame,
                                            gsize          size);
/* @frame is (transfer full). */
void        erasure2_say_frame             (Erasure2      *self,
                                            GByteArray    *frame);
void        erasure2_hear                  (Erasure2      *self,
                                            guint8        *frame,
                                            gsize          size);
GBytes     *erasure2_hear_record           (Erasure2      *self,
                                            SppRecordType  type);
GByteArray *erasure2_make_record           (Erasure2      *self,
                                            SppRecordType  type);

/* Searches memory, in which nothing of Alice's doing is left; what Bob has left on
 * the stack is looked for elsewhere (test-erasure2-stack). */
void        erasure2_search                (void);
/* Of the last search: the key that a direction has by now is there, once, and none
 * of those before it. */
void        erasure2_expect_record_keys    (Erasure2      *self);
void        erasure2_expect_handshake_gone (void);

/* The handshake as far as message 3 of Bob's, or message 2, with a look into memory
 * wherever Bob waits. */
void        erasure2_begin_as_initiator    (Erasure2      *self);
void        erasure2_begin_as_responder    (Erasure2      *self);

G_END_DECLS
