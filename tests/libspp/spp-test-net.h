/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-test-pair.h"

G_BEGIN_DECLS

/* Bob listens, Alice calls. */
typedef struct
{
  SppPrivateKey *alice_key;
  SppPrivateKey *bob_key;
  SppClient     *client;      /* Alice's */
  SppService    *service;     /* Bob's, who knows Alice */
  GPtrArray     *sessions;    /* of the service, as they came */
} SppTestNet;

void            spp_test_net_set_up         (SppTestNet         *self,
                                             gconstpointer       data);
void            spp_test_net_tear_down      (SppTestNet         *self,
                                             gconstpointer       data);

/* Where the service then listens; port 0 is any. */
GSocketAddress *spp_test_net_listen         (SppTestNet         *self,
                                             const char         *address,
                                             guint16             port);
/* Alice calls Bob. */
SppSession     *spp_test_net_call           (SppTestNet         *self,
                                             GSocketConnectable *address,
                                             GError            **error);
/* The same over a stream; both get their sessions, and the service keeps Bob's. */
void            spp_test_net_connect        (SppTestNet         *self,
                                             GIOStream          *a,
                                             GIOStream          *b,
                                             SppSession        **alice,
                                             SppSession        **bob);
/* The session number @count of the service, from 1 on. */
SppSession     *spp_test_net_await_session  (SppTestNet         *self,
                                             guint               count);
/* One message each way, and then both ends are closed: @a first. */
void            spp_test_net_talk_and_close (SppSession         *a,
                                             SppSession         *b);

/* The peer's address of a session over a socket, as text. */
char           *spp_test_net_get_remote     (SppSession         *session);
guint16         spp_test_net_get_port       (GSocketAddress     *address);

G_END_DECLS
