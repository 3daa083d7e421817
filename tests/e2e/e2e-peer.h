/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The Python peers of tests/peers, driven by lines of JSON. */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct _E2ePeer E2ePeer;

/* Makes a key pair in two raw files. */
void        e2e_peer_generate    (const char *private_path,
                                  const char *public_path);
/* One that has nothing but SPP/1. @address is `HOST:PORT`, %NULL to listen. */
E2ePeer    *e2e_peer_start       (const char *private_path,
                                  const char *friend_path,
                                  const char *address);
/* The same with SPP/2. */
E2ePeer    *e2e_peer_start_spp2  (const char *private_path,
                                  const char *friend_path,
                                  const char *address);
/* Waits for the next event, which must be @event. */
JsonObject *e2e_peer_next        (E2ePeer    *self,
                                  const char *event);
guint16     e2e_peer_wait_port   (E2ePeer    *self);
void        e2e_peer_expect_text (E2ePeer    *self,
                                  const char *text);
void        e2e_peer_send        (E2ePeer    *self,
                                  const char *text);
/* One command as JSON, without the end of the line. */
void        e2e_peer_command     (E2ePeer    *self,
                                  const char *json);
/* Lets it close, waits for its end and frees it. */
void        e2e_peer_close       (E2ePeer    *self);

G_END_DECLS
