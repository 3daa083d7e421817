/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "hostile-world.h"
#include "spp2-hand.h"

G_BEGIN_DECLS

/* The other end of a connection of a HostileWorld, whose service and client speak
 * nothing but SPP/2. */
typedef struct
{
  HostilePeer *wire;   /* owned: the connection; nothing of SPP/1 in it is used */
  Spp2Hand    *hand;   /* owned */
} Hostile2Peer;

/* @data: not used. */
void          hostile2_set_up         (HostileWorld   *world,
                                       gconstpointer   data);
void          hostile2_tear_down      (HostileWorld   *world,
                                       gconstpointer   data);

/* @wire (transfer full). @role is that of libspp. */
Hostile2Peer *hostile2_peer_new       (HostileWorld   *world,
                                       HostileRole     role,
                                       HostilePeer    *wire);
void          hostile2_peer_free      (Hostile2Peer   *self);

/* Connected, and nothing said by the peer. */
Hostile2Peer *hostile2_connect        (HostileWorld   *world,
                                       HostileRole     role);
/* The first two messages are said; where the client calls, so is the third. */
Hostile2Peer *hostile2_approach       (HostileWorld   *world,
                                       HostileRole     role);
/* All of the handshake; @session (transfer full). */
Hostile2Peer *hostile2_meet           (HostileWorld   *world,
                                       HostileRole     role,
                                       SppSession    **session);
/* From message 2 on: says the third, or HELLO. */
SppSession   *hostile2_finish_meeting (HostileWorld   *world,
                                       HostileRole     role,
                                       Hostile2Peer   *self);

/* Everything below may stand in one write: frames are (transfer full). */
void          hostile2_write          (Hostile2Peer   *self,
                                       GByteArray     *frame);
GByteArray   *hostile2_join           (GByteArray     *first,
                                       GByteArray     *second);
/* LAST without padding, of spp_test_payload (@size, @seed). */
GByteArray   *hostile2_message        (Hostile2Peer   *self,
                                       gsize           size,
                                       guint           seed);
/* A record without padding. */
GByteArray   *hostile2_record         (Hostile2Peer   *self,
                                       SppRecordType   type);

/* Reads the next record of the session; its body (transfer full). */
GBytes       *hostile2_expect_record  (Hostile2Peer   *self,
                                       SppRecordType   type);
/* Nothing may have come, and nothing come any more but the end. */
void          hostile2_expect_nothing (Hostile2Peer   *self);
void          hostile2_expect_refusal (HostileWorld   *world,
                                       HostileRole     role,
                                       GQuark          domain,
                                       int             code);
/* Without waiting for a CLOSE that does not come. */
void          hostile2_finish         (SppSession     *session);
/* Makes the session, which is the initiator's, ask for new keys, and reads
 * REKEY; its body (transfer full). */
GBytes       *hostile2_provoke_rekey  (Hostile2Peer   *self,
                                       SppSession     *session);
/* New keys of the peer's or of the session's asking. */
void          hostile2_renew_keys     (Hostile2Peer   *self,
                                       SppSession     *session);

void          hostile2_add_for_roles  (const char     *path,
                                       void          (*func) (HostileWorld  *world,
                                                              gconstpointer  role));
#define HOSTILE2_ADD(path, data, func) \
  g_test_add ((path), HostileWorld, (data), hostile2_set_up, (func), hostile2_tear_down)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hostile2Peer, hostile2_peer_free)

G_END_DECLS
