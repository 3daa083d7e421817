/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "hostile-peer.h"
#include "spp-error.h"
#include "spp-test-pair.h"

G_BEGIN_DECLS

/* A deadline that no test waits for, and the shortest that there is. */
#define HOSTILE_FAR 600
#define HOSTILE_NEAR 1
/* A deadline may be moved to a full second with others, but not this far. */
#define HOSTILE_SHORTEST_SILENCE (G_USEC_PER_SEC * HOSTILE_NEAR * 7 / 10)

/* Which side of the connection is libspp. */
typedef enum
{
  HOSTILE_SERVICE,
  HOSTILE_CLIENT,
} HostileRole;

#define HOSTILE_ROLE_NAME(role) ((role) == HOSTILE_SERVICE ? "service" : "client")

/* How a peer stops. */
typedef enum
{
  HOSTILE_HALF_CLOSE,
  HOSTILE_CLOSE,
  HOSTILE_RESET,
} HostileStop;

extern const char *hostile_stop_names[3];

/* A service and a client of one key, and a place for the client to call, all
 * on loopback. The peer has the key of their only friend. */
typedef struct
{
  SppPrivateKey   *own_key;
  SppPrivateKey   *friend_key;
  SppService      *service;
  guint16          service_port;
  GPtrArray       *sessions;      /* of the service, owned */
  SppClient       *client;
  GSocketListener *listener;
  guint16          listener_port;
  GAsyncResult    *called;        /* what the client's call came to */
  GPtrArray       *refusals;      /* what the service says of calls that came to nothing */
  guint            log_handler;
  guint            watchdog;
} HostileWorld;

/* @data: not used. Both deadlines are far. */
void         hostile_world_set_up         (HostileWorld  *self,
                                           gconstpointer  data);
void         hostile_world_tear_down      (HostileWorld  *self,
                                           gconstpointer  data);
/* With keys of one's own in the place of fresh ones (transfer full). */
void         hostile_world_set_up_keys    (HostileWorld  *self,
                                           SppPrivateKey *own_key,
                                           SppPrivateKey *friend_key);
void         hostile_world_set_timeout    (HostileWorld  *self,
                                           guint          timeout);
/* A service in the place of the one before, at a port of its own. */
void         hostile_world_renew_service  (HostileWorld  *self);
void         hostile_world_stop_service   (HostileWorld  *self);

/* A peer that is connected to the service or to the client and has not said
 * anything; the client has begun to call. */
HostilePeer *hostile_world_connect        (HostileWorld  *self,
                                           HostileRole    role);
void         hostile_world_start_call     (HostileWorld  *self,
                                           GCancellable  *cancellable);
HostilePeer *hostile_world_accept         (HostileWorld  *self);
/* The same, after both hellos, and the session (transfer full). */
HostilePeer *hostile_world_meet           (HostileWorld  *self,
                                           HostileRole    role,
                                           SppSession   **session);
/* The session to come, once @peer has said its hello, of which the other end
 * took something. */
SppSession  *hostile_world_take_session   (HostileWorld  *self,
                                           HostileRole    role);
/* Runs the main context until a handshake has failed, and sees that it did so
 * with @code of @domain. */
void         hostile_world_expect_refusal (HostileWorld  *self,
                                           HostileRole    role,
                                           GQuark         domain,
                                           int            code);

void         hostile_stop                 (HostilePeer   *peer,
                                           HostileStop    how);

/* Sees that the next receive fails, and the session has ended so. */
void         hostile_expect_end           (SppSession    *session,
                                           GQuark         domain,
                                           int            code,
                                           SppSessionEnd  end);
/* Sees a message of spp_test_payload (@size, @seed) received. */
void         hostile_expect_message       (SppSession    *session,
                                           gsize          size,
                                           guint          seed);
/* Closes it and sees it finalised. */
void         hostile_finish               (SppSession    *session);

/* The bytes that are allocated in the heap now. */
gsize        hostile_heap_size            (void);
guint        hostile_count_descriptors    (void);

/* Adds a test case for each role, called PATH/service and PATH/client. */
void         hostile_add_for_roles        (const char    *path,
                                           void         (*func) (HostileWorld  *world,
                                                                 gconstpointer  role));
#define HOSTILE_ADD(path, func) \
  g_test_add ((path), HostileWorld, NULL, hostile_world_set_up, (func), hostile_world_tear_down)

G_END_DECLS
