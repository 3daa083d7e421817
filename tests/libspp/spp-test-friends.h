/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-test-manual.h"
#include "spp-test-utils.h"

G_BEGIN_DECLS

/* Alice, who calls, and Bob, who is called, without a stream between them. One of
 * them can be done by hand. */
typedef struct
{
  SppPrivateKey  *alice_key;
  SppPrivateKey  *bob_key;
  GPtrArray      *friends;    /* SppPublicKey: Bob's, of whom Alice is the first */
  SppPeerFlags    flags;      /* of each of them */
  guint           asked;      /* how often Bob looked for a friend */

  /* Once they have met; NULL for who is done by hand */
  SppRecordLayer *alice;
  SppRecordLayer *bob;
  SppTestManual   manual;
} SppTestFriends;

void            spp_test_friends_set_up       (SppTestFriends  *self,
                                               gconstpointer    data);
void            spp_test_friends_tear_down    (SppTestFriends  *self,
                                               gconstpointer    data);

SppHandshake2  *spp_test_friends_new_alice    (SppTestFriends  *self,
                                               guint64          max_incoming);
SppHandshake2  *spp_test_friends_new_bob      (SppTestFriends  *self,
                                               guint64          max_incoming);
/* Whole handshakes; what has been before is dropped. Features are those of who is
 * done by hand, the limit is that of ours. */
void            spp_test_friends_meet         (SppTestFriends  *self);
void            spp_test_friends_meet_one     (SppTestFriends  *self,
                                               gboolean         initiator,
                                               guint64          features,
                                               guint64          max_incoming);
/* The one that is not done by hand. */
SppRecordLayer *spp_test_friends_get_ours     (SppTestFriends  *self);

/* Feeds all of @frame, which is taken; what comes out then (nullable). */
GBytes         *spp_test_handshake2_exchange  (SppHandshake2   *handshake,
                                               GBytes          *frame);
/* Nothing is left after a failure. */
void            spp_test_handshake2_assert_dead (SppHandshake2 *handshake,
                                                 gboolean       initiator);

/* Frames of a record layer, at the time 0. */
GBytes         *spp_test_layer_seal           (SppRecordLayer  *layer,
                                               SppRecordType    type,
                                               const void      *body,
                                               gsize            length);
GBytes         *spp_test_layer_rekey          (SppRecordLayer  *layer);
GBytes         *spp_test_layer_take_answer    (SppRecordLayer  *layer);
/* The body, or NULL with an error. */
GBytes         *spp_test_layer_open           (SppRecordLayer  *layer,
                                               GBytes          *frame,
                                               gint64           now,
                                               SppRecordType   *type,
                                               GError         **error);
/* It is opened and it is this, or it is refused and the layer is dead. */
void            spp_test_layer_expect         (SppRecordLayer  *layer,
                                               GBytes          *frame,
                                               SppRecordType    type,
                                               const void      *body,
                                               gsize            length);
void            spp_test_layer_refuse         (SppRecordLayer  *layer,
                                               GBytes          *frame,
                                               int              code);
void            spp_test_layer_assert_dead    (SppRecordLayer  *layer);
/* A text goes from one to the other. */
void            spp_test_layer_talk           (SppRecordLayer  *from,
                                               SppRecordLayer  *to);
/* A whole rekey. */
void            spp_test_layer_renew          (SppRecordLayer  *initiator,
                                               SppRecordLayer  *responder,
                                               gint64           now);

/* A frame with one byte changed. */
GBytes         *spp_test_frame_flip           (GBytes          *frame,
                                               gsize            place,
                                               guint8           bits);
/* A frame with its payload cut, or with zeros behind it. */
GBytes         *spp_test_frame_resize         (GBytes          *frame,
                                               gsize            payload_size);

G_END_DECLS
