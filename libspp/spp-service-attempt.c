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
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_object_unref (attempt->cancellable);
  g_clear_pointer (&attempt->origin, g_bytes_unref);
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
is_still_friend (SppPublicKey *peer,
                 gpointer      user_data)
{
  Attempt *attempt = user_data;

  return attempt->service != NULL && spp_peer_set_contains (attempt->service->friends, peer);
}

static void
negotiation_cb (SppSession *session,
                GError     *error,
                gpointer    user_data)
{
  Attempt *attempt = user_data;
  g_autoptr (GBytes) origin = g_steal_pointer (&attempt->origin);
  g_autoptr (SppSession) owned_session = session;
  g_autoptr (GError) owned_error = error;
  g_autoptr (SppService) self = NULL;
  SppPublicKey *peer;

  if (attempt->service != NULL)
    {
      self = g_object_ref (attempt->service);
      g_ptr_array_remove_fast (self->attempts, attempt);
    }
  attempt_free (attempt);

  if (session == NULL)
    {
      g_debug ("A call came to nothing: %s", error->message);
      return;
    }
  /* Once more: the answer may have had to wait for the kernel. */
  peer = spp_session_get_peer (session);
  if (self == NULL || !spp_peer_set_contains (self->friends, peer))
    return;

  spp_peer_set_saw (self->friends, peer, origin);
  spp_service_emit_session (self, session);
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
  g_autoptr (GPtrArray) likely = NULL;
  g_autoptr (GPtrArray) all = NULL;

  attempt->service = self;
  attempt->cancellable = g_cancellable_new ();
  attempt->origin = get_origin (stream);
  make_room (self, attempt->origin);
  g_ptr_array_add (self->attempts, attempt);

  likely = spp_peer_set_dup_likely (self->friends, attempt->origin);
  all = spp_peer_set_dup_all (self->friends);
  spp_negotiation_run (stream,
                       spp_handshake1_new_responder (self->private_key, likely, all,
                                                     self->replay_guard),
                       self->timeout, attempt->cancellable, is_still_friend, negotiation_cb,
                       attempt);
}

void
spp_service_clear_attempts (SppService *self)
{
  while (self->attempts->len > 0)
    detach_attempt (g_ptr_array_steal_index_fast (self->attempts, 0));
}
