/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "spp-crypto-private.h"
#include "spp-private-key.h"

G_BEGIN_DECLS

#define HOSTILE_HEADER_SIZE 8
#define HOSTILE_HELLO_SIZE 104
/* header | nonce | sequence | payload | tag */
#define HOSTILE_MESSAGE_SIZE(payload) (8 + 12 + 8 + (payload) + 16)

/* One end of a TCP connection that speaks SPP/1 by hand, from the primitives
 * up, and so can say whatever it likes. */
typedef struct
{
  GSocketConnection *connection;   /* owned */
  SppPrivateKey     *key;          /* owned */
  guint8             ephemeral[SPP_CRYPTO_X25519_SIZE];
  guint8             session_key[SPP_CRYPTO_KEY_SIZE];
  guint64            sent;
  guint64            received;
} HostilePeer;

/* @connection is (transfer full). */
HostilePeer *hostile_peer_new           (GSocketConnection *connection,
                                         SppPrivateKey     *key);
/* From @source, an address of this machine, to 127.0.0.1. */
HostilePeer *hostile_peer_new_calling   (const char        *source,
                                         guint16            port,
                                         SppPrivateKey     *key);
void         hostile_peer_free          (HostilePeer       *self);

void         hostile_peer_make_hello    (HostilePeer       *self,
                                         guint8             hello[HOSTILE_HELLO_SIZE]);
/* Takes the other end's hello, without looking at its signature. */
void         hostile_peer_agree         (HostilePeer       *self,
                                         const guint8       hello[HOSTILE_HELLO_SIZE]);
/* The frame of the next message. */
GByteArray  *hostile_peer_seal          (HostilePeer       *self,
                                         GBytes            *payload);
/* The payload of the other end's next message, which must be whole and right. */
GBytes      *hostile_peer_open          (HostilePeer       *self,
                                         const guint8      *frame,
                                         gsize              size);

void         hostile_peer_write         (HostilePeer       *self,
                                         const guint8      *data,
                                         gsize              size);
void         hostile_peer_write_header  (HostilePeer       *self,
                                         guint64            length);
/* Runs the main context until @size bytes have come or the stream has ended;
 * how many came. */
gsize        hostile_peer_read          (HostilePeer       *self,
                                         guint8            *buffer,
                                         gsize              size);
/* The next frame of the other end, whole with its header. */
GByteArray  *hostile_peer_read_frame    (HostilePeer       *self);
/* TRUE once the other end has closed, whatever it had sent before. */
gboolean     hostile_peer_is_cut_off    (HostilePeer       *self);
/* Sees the stream end, and not a byte before. */
void         hostile_peer_expect_end    (HostilePeer       *self);

/* Three ways to stop. */
void         hostile_peer_half_close    (HostilePeer       *self);
void         hostile_peer_close         (HostilePeer       *self);
void         hostile_peer_reset         (HostilePeer       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostilePeer, hostile_peer_free)

G_END_DECLS
