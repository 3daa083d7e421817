/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <spp.h>

G_BEGIN_DECLS

/* A friend who has nothing but SPP/1: a process of tests/peers/spp1-peer. */
typedef struct _ChatOldPeer ChatOldPeer;

/* Calls port @port of this machine, or listens when it is 0. @folder: for the
 * files with the keys. */
ChatOldPeer *chat_old_peer_start  (const char    *folder,
                                   SppPrivateKey *key,
                                   SppPublicKey  *friend,
                                   guint16        port);
/* The port at which it listens. */
guint16      chat_old_peer_listen (ChatOldPeer   *self);
/* Waits for the next line that it says, which has to hold @what. */
void         chat_old_peer_await  (ChatOldPeer   *self,
                                   const char    *what);
/* @text: ASCII, without quotes */
void         chat_old_peer_send   (ChatOldPeer   *self,
                                   const char    *text);
/* Has it end, waits for that, and frees it. */
void         chat_old_peer_end    (ChatOldPeer   *self);

G_END_DECLS
