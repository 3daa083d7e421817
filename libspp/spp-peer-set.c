/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-peer-set-private.h"

#include <string.h>

#include "spp-public-key-private.h"

/* Of those who called from one origin, and of those who called last. */
#define MAX_LIKELY 8
/* An IPv6 network is what the first half of the address tells. */
#define IPV6_NETWORK_SIZE 8

typedef struct
{
  SppPublicKey *key;      /* owned */
  GBytes       *origin;   /* owned, nullable: the last one */
  SppPeerFlags  flags;
} Peer;

struct _SppPeerSet
{
  /* Owned */
  GHashTable *peers;       /* raw key, borrowed from its peer → Peer */
  GHashTable *x25519;      /* SppPublicKey, by its X25519 form */
  GHashTable *at_origin;   /* GBytes → GPtrArray of SppPublicKey, last first */
  GPtrArray  *recent;      /* SppPublicKey, last first */
  GPtrArray  *all;         /* nullable: made when it is asked for */
};

static gconstpointer
get_raw (SppPublicKey *key)
{
  return g_bytes_get_data (spp_public_key_get_bytes (key), NULL);
}

static guint
hash_raw (gconstpointer raw)
{
  guint hash;

  memcpy (&hash, raw, sizeof hash);
  return hash;
}

static gboolean
equal_raw (gconstpointer a,
           gconstpointer b)
{
  return memcmp (a, b, SPP_PUBLIC_KEY_SIZE) == 0;
}

static void
peer_free (gpointer data)
{
  Peer *peer = data;

  spp_public_key_unref (peer->key);
  g_clear_pointer (&peer->origin, g_bytes_unref);
  g_free (peer);
}

static Peer *
lookup (SppPeerSet   *self,
        SppPublicKey *key)
{
  return g_hash_table_lookup (self->peers, get_raw (key));
}

static GPtrArray *
key_array_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
}

SppPeerSet *
spp_peer_set_new (void)
{
  SppPeerSet *self = g_rc_box_new0 (SppPeerSet);

  self->peers = g_hash_table_new_full (hash_raw, equal_raw, NULL, peer_free);
  self->x25519 = g_hash_table_new (spp_public_key_hash_x25519, spp_public_key_equal_x25519);
  self->at_origin = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                           (GDestroyNotify) g_bytes_unref,
                                           (GDestroyNotify) g_ptr_array_unref);
  self->recent = key_array_new ();
  return self;
}

SppPeerSet *
spp_peer_set_ref (SppPeerSet *self)
{
  return g_rc_box_acquire (self);
}

static void
peer_set_clear (gpointer data)
{
  SppPeerSet *self = data;

  g_hash_table_unref (self->x25519);
  g_hash_table_unref (self->peers);
  g_hash_table_unref (self->at_origin);
  g_ptr_array_unref (self->recent);
  g_clear_pointer (&self->all, g_ptr_array_unref);
}

void
spp_peer_set_unref (SppPeerSet *self)
{
  g_rc_box_release_full (self, peer_set_clear);
}

gboolean
spp_peer_set_contains (SppPeerSet   *self,
                       SppPublicKey *peer)
{
  return lookup (self, peer) != NULL;
}

SppPublicKey *
spp_peer_set_find (SppPeerSet   *self,
                   const guint8 *raw,
                   SppPeerFlags *flags)
{
  Peer *peer = g_hash_table_lookup (self->peers, raw);

  if (peer == NULL)
    return NULL;
  *flags = peer->flags;
  return peer->key;
}

SppPeerFlags
spp_peer_set_get_flags (SppPeerSet   *self,
                        SppPublicKey *peer)
{
  Peer *found = lookup (self, peer);

  return found != NULL ? found->flags : SPP_PEER_FLAGS_NONE;
}

void
spp_peer_set_set_flags (SppPeerSet   *self,
                        SppPublicKey *peer,
                        SppPeerFlags  flags)
{
  Peer *found = lookup (self, peer);

  g_assert (found != NULL);

  found->flags = flags;
}

gboolean
spp_peer_set_add (SppPeerSet   *self,
                  SppPublicKey *key)
{
  Peer *peer;

  if (g_hash_table_contains (self->x25519, key))
    return FALSE;
  peer = g_new0 (Peer, 1);
  peer->key = spp_public_key_ref (key);
  g_hash_table_insert (self->peers, (gpointer) get_raw (peer->key), peer);
  g_hash_table_add (self->x25519, peer->key);
  g_clear_pointer (&self->all, g_ptr_array_unref);
  return TRUE;
}

static void
remove_key (GPtrArray    *keys,
            SppPublicKey *key)
{
  guint index;

  if (g_ptr_array_find_with_equal_func (keys, key, spp_public_key_equal, &index))
    g_ptr_array_remove_index (keys, index);
}

static void
put_first (GPtrArray    *keys,
           SppPublicKey *key)
{
  remove_key (keys, key);
  g_ptr_array_insert (keys, 0, spp_public_key_ref (key));
  if (keys->len > MAX_LIKELY)
    g_ptr_array_set_size (keys, MAX_LIKELY);
}

static void
forget_origin (SppPeerSet *self,
               Peer       *peer)
{
  g_autoptr (GBytes) origin = g_steal_pointer (&peer->origin);
  GPtrArray *keys;

  if (origin == NULL)
    return;
  keys = g_hash_table_lookup (self->at_origin, origin);
  if (keys == NULL)
    return;
  remove_key (keys, peer->key);
  if (keys->len == 0)
    g_hash_table_remove (self->at_origin, origin);
}

gboolean
spp_peer_set_remove (SppPeerSet   *self,
                     SppPublicKey *key)
{
  Peer *peer = lookup (self, key);

  if (peer == NULL)
    return FALSE;
  remove_key (self->recent, key);
  forget_origin (self, peer);
  g_hash_table_remove (self->x25519, peer->key);
  g_hash_table_remove (self->peers, get_raw (peer->key));
  g_clear_pointer (&self->all, g_ptr_array_unref);
  return TRUE;
}

void
spp_peer_set_saw (SppPeerSet   *self,
                  SppPublicKey *key,
                  GBytes       *origin)
{
  Peer *peer = lookup (self, key);
  GPtrArray *keys;

  g_assert (peer != NULL);

  put_first (self->recent, key);
  if (origin == NULL)
    return;
  forget_origin (self, peer);
  peer->origin = g_bytes_ref (origin);
  keys = g_hash_table_lookup (self->at_origin, origin);
  if (keys == NULL)
    {
      keys = key_array_new ();
      g_hash_table_insert (self->at_origin, g_bytes_ref (origin), keys);
    }
  put_first (keys, key);
}

static void
append_keys (GPtrArray *keys,
             GPtrArray *more)
{
  for (guint i = 0; more != NULL && i < more->len; i++)
    {
      SppPublicKey *key = g_ptr_array_index (more, i);

      if (!g_ptr_array_find_with_equal_func (keys, key, spp_public_key_equal, NULL))
        g_ptr_array_add (keys, spp_public_key_ref (key));
    }
}

GPtrArray *
spp_peer_set_dup_likely (SppPeerSet *self,
                         GBytes     *origin)
{
  GPtrArray *keys = key_array_new ();

  if (origin != NULL)
    append_keys (keys, g_hash_table_lookup (self->at_origin, origin));
  append_keys (keys, self->recent);
  return keys;
}

GPtrArray *
spp_peer_set_dup_all (SppPeerSet *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->all == NULL)
    {
      self->all = key_array_new ();
      g_hash_table_iter_init (&iter, self->peers);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        g_ptr_array_add (self->all, spp_public_key_ref (((Peer *) value)->key));
    }
  return g_ptr_array_ref (self->all);
}

GBytes *
spp_peer_set_origin_of (GSocketAddress *socket_address)
{
  GInetAddress *address;
  gsize size;

  if (!G_IS_INET_SOCKET_ADDRESS (socket_address))
    return NULL;
  address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (socket_address));
  size = g_inet_address_get_native_size (address);
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6)
    size = IPV6_NETWORK_SIZE;
  return g_bytes_new (g_inet_address_to_bytes (address), size);
}
