/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-service-private.h"

#include "spp-negotiation-private.h"

/* Handshakes under way. One more replaces another, picked at random, so that
 * who floods cannot keep everybody else out. */
#define MAX_HANDSHAKES 64
#define MAX_HANDSHAKES_OF_ORIGIN 8

/* A handshake under way. */
typedef struct
{
  SppService    *service;       /* NULL once that is gone */
  GCancellable  *cancellable;   /* owned */
  GBytes        *origin;        /* owned, nullable */
  SppPublicKey  *outdated;      /* owned, nullable: a friend who may not speak SPP/1 */
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_object_unref (attempt->cancellable);
  g_clear_pointer (&attempt->origin, g_bytes_unref);
  g_clear_pointer (&attempt->outdated, spp_public_key_unref);
  g_free (attempt);
}

/* Ends without a call back: whoever waits is gone. */
static void
detach_attempt (Attempt *attempt)
{
  attempt->service = NULL;
  g_cancellable_cancel (attempt->cancellable);
}

/* Friends may have changed since the call came in. */
static gboolean
may_speak_spp1 (SppPublicKey *peer,
                gpointer      user_data)
{
  Attempt *attempt = user_data;

  if (attempt->service == NULL || !spp_peer_set_contains (attempt->service->friends, peer))
    return FALSE;
  if (spp_peer_set_get_flags (attempt->service->friends, peer) & SPP_PEER_FLAGS_ALLOW_SPP1)
    return TRUE;
  g_clear_pointer (&attempt->outdated, spp_public_key_unref);
  attempt->outdated = spp_public_key_ref (peer);
  return FALSE;
}

static void
take_session (SppService *self,
              SppSession *session,
              GBytes     *origin)
{
  SppPublicKey *peer = spp_session_get_peer (session);

  /* Once more: the answer may have had to wait for the kernel. */
  if (!spp_peer_set_contains (self->friends, peer))
    return;
  if (spp_session_get_protocol_version (session) > 1)
    spp_peer_set_set_flags (self->friends, peer,
                            spp_peer_set_get_flags (self->friends, peer)
                            & ~SPP_PEER_FLAGS_ALLOW_SPP1);
  spp_peer_set_saw (self->friends, peer, origin);
  spp_service_emit_session (self, session);
}

static void
negotiation_cb (SppSession *session,
                GError     *error,
                gpointer    user_data)
{
  Attempt *attempt = user_data;
  g_autoptr (GBytes) origin = g_steal_pointer (&attempt->origin);
  g_autoptr (SppPublicKey) outdated = g_steal_pointer (&attempt->outdated);
  g_autoptr (SppSession) owned_session = session;
  g_autoptr (GError) owned_error = error;
  g_autoptr (SppService) self = NULL;

  if (attempt->service != NULL)
    {
      self = g_object_ref (attempt->service);
      g_ptr_array_remove_fast (self->attempts, attempt);
    }
  attempt_free (attempt);

  if (session == NULL)
    g_debug ("A call came to nothing: %s", error->message);
  if (self != NULL && session != NULL)
    take_session (self, session, origin);
  else if (self != NULL && outdated != NULL && spp_peer_set_contains (self->friends, outdated))
    spp_service_emit_old_protocol (self, outdated);
}

static gboolean
is_from (Attempt *attempt,
         GBytes  *origin)
{
  return origin != NULL && attempt->origin != NULL && g_bytes_equal (attempt->origin, origin);
}

/* One more may come from @origin (nullable): if there are as many as may be, one
 * of those ends. */
static void
make_room (SppService *self,
           GBytes     *origin)
{
  g_autoptr (GPtrArray) same = g_ptr_array_new ();
  GPtrArray *candidates = NULL;
  Attempt *victim;

  for (guint i = 0; i < self->attempts->len; i++)
    if (is_from (g_ptr_array_index (self->attempts, i), origin))
      g_ptr_array_add (same, g_ptr_array_index (self->attempts, i));
  if (same->len >= MAX_HANDSHAKES_OF_ORIGIN)
    candidates = same;
  else if (self->attempts->len >= MAX_HANDSHAKES)
    candidates = self->attempts;
  if (candidates == NULL)
    return;

  victim = g_ptr_array_index (candidates, g_random_int_range (0, candidates->len));
  /* It counts no longer, whenever its call comes back. */
  g_ptr_array_remove_fast (self->attempts, victim);
  detach_attempt (victim);
}

static GBytes *
get_origin (GIOStream *stream)
{
  g_autoptr (GSocketAddress) address = NULL;

  if (G_IS_SOCKET_CONNECTION (stream))
    address = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (stream), NULL);
  return spp_peer_set_origin_of (address);
}

void
spp_service_answer (SppService *self,
                    GIOStream  *stream)
{
  Attempt *attempt = g_new0 (Attempt, 1);
  SppHandshakeTerms terms = { self->private_key, self->replay_guard, self->max_message_size };

  attempt->service = self;
  attempt->cancellable = g_cancellable_new ();
  attempt->origin = get_origin (stream);
  make_room (self, attempt->origin);
  g_ptr_array_add (self->attempts, attempt);
  spp_negotiation_run (stream,
                       spp_handshake_new_responder (&terms, self->friends, attempt->origin),
                       self->timeout, attempt->cancellable, may_speak_spp1, negotiation_cb,
                       attempt);
}

void
spp_service_clear_attempts (SppService *self)
{
  while (self->attempts->len > 0)
    detach_attempt (g_ptr_array_steal_index_fast (self->attempts, 0));
}
