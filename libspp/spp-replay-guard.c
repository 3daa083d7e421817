/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-replay-guard.h"

#include "spp-crypto-private.h"

/* For each friend; beyond them the oldest is forgotten. */
#define MAX_EPHEMERALS 4096

/**
 * SppReplayGuard:
 *
 * Remembers the ephemeral keys that came in hellos of SPP/1, the last 4,096 of each
 * friend, so that a recorded hello is refused when it is played again.
 *
 * The clients and services of one identity should share a guard. It lives in
 * memory; to remember beyond the end of the program, keep what
 * [signal@ReplayGuard::remembered] tells and hand it to
 * [method@ReplayGuard.remember] at the next start.
 *
 * Since: 0.1
 */
struct _SppReplayGuard
{
  GObject     parent_instance;

  /* Owned */
  GHashTable *peers;   /* SppPublicKey → PeerHistory */
};

typedef struct
{
  GHashTable *known;   /* GBytes, owned by the queue */
  GQueue      in_order;
} PeerHistory;

enum
{
  REMEMBERED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SppReplayGuard, spp_replay_guard, G_TYPE_OBJECT)

static PeerHistory *
peer_history_new (void)
{
  PeerHistory *history = g_new0 (PeerHistory, 1);

  history->known = g_hash_table_new (g_bytes_hash, g_bytes_equal);
  g_queue_init (&history->in_order);
  return history;
}

static void
peer_history_free (PeerHistory *history)
{
  g_hash_table_unref (history->known);
  g_queue_clear_full (&history->in_order, (GDestroyNotify) g_bytes_unref);
  g_free (history);
}

static void
spp_replay_guard_finalize (GObject *object)
{
  SppReplayGuard *self = SPP_REPLAY_GUARD (object);

  g_hash_table_unref (self->peers);

  G_OBJECT_CLASS (spp_replay_guard_parent_class)->finalize (object);
}

static void
spp_replay_guard_class_init (SppReplayGuardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = spp_replay_guard_finalize;

  /**
   * SppReplayGuard::remembered:
   * @self: the guard
   * @peer: the friend
   * @ephemeral: the X25519 public key from the friend's hello, 32 bytes
   *
   * Emitted for each ephemeral key that was not known before.
   *
   * Since: 0.1
   */
  signals[REMEMBERED] =
    g_signal_new ("remembered", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, SPP_TYPE_PUBLIC_KEY, G_TYPE_BYTES);
}

static void
spp_replay_guard_init (SppReplayGuard *self)
{
  self->peers = g_hash_table_new_full (spp_public_key_hash, spp_public_key_equal,
                                       (GDestroyNotify) spp_public_key_unref,
                                       (GDestroyNotify) peer_history_free);
}

/**
 * spp_replay_guard_new:
 *
 * Makes a guard that has seen nothing yet.
 *
 * Returns: (transfer full): the guard
 *
 * Since: 0.1
 */
SppReplayGuard *
spp_replay_guard_new (void)
{
  return g_object_new (SPP_TYPE_REPLAY_GUARD, NULL);
}

/**
 * spp_replay_guard_remember:
 * @self: a guard
 * @peer: a friend
 * @ephemeral: an X25519 public key that this friend signed, 32 bytes
 *
 * Remembers an ephemeral key.
 *
 * Returns: `FALSE` if it has been seen before
 *
 * Since: 0.1
 */
gboolean
spp_replay_guard_remember (SppReplayGuard *self,
                           SppPublicKey   *peer,
                           GBytes         *ephemeral)
{
  PeerHistory *history;

  g_return_val_if_fail (SPP_IS_REPLAY_GUARD (self), FALSE);
  g_return_val_if_fail (peer != NULL, FALSE);
  g_return_val_if_fail (ephemeral != NULL, FALSE);
  g_return_val_if_fail (g_bytes_get_size (ephemeral) == SPP_CRYPTO_X25519_SIZE, FALSE);

  history = g_hash_table_lookup (self->peers, peer);
  if (history == NULL)
    {
      history = peer_history_new ();
      g_hash_table_insert (self->peers, spp_public_key_ref (peer), history);
    }
  if (g_hash_table_contains (history->known, ephemeral))
    return FALSE;

  g_queue_push_tail (&history->in_order, g_bytes_ref (ephemeral));
  g_hash_table_add (history->known, ephemeral);
  if (history->in_order.length > MAX_EPHEMERALS)
    {
      g_autoptr (GBytes) oldest = g_queue_pop_head (&history->in_order);

      g_hash_table_remove (history->known, oldest);
    }
  g_signal_emit (self, signals[REMEMBERED], 0, peer, ephemeral);
  return TRUE;
}

/**
 * spp_replay_guard_forget_peer:
 * @self: a guard
 * @peer: somebody who is no longer a friend
 *
 * Forgets all that came from @peer.
 *
 * Since: 0.1
 */
void
spp_replay_guard_forget_peer (SppReplayGuard *self,
                              SppPublicKey   *peer)
{
  g_return_if_fail (SPP_IS_REPLAY_GUARD (self));
  g_return_if_fail (peer != NULL);

  g_hash_table_remove (self->peers, peer);
}
