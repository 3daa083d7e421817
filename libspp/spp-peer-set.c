/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-peer-set-private.h"

/* Of those who called from one origin, and of those who called last. */
#define MAX_LIKELY 8
/* An IPv6 network is what the first half of the address tells. */
#define IPV6_NETWORK_SIZE 8

struct _SppPeerSet
{
  /* Owned */
  GHashTable *peers;       /* SppPublicKey → GBytes, the last origin, or NULL */
  GHashTable *at_origin;   /* GBytes → GPtrArray of SppPublicKey, last first */
  GPtrArray  *recent;      /* SppPublicKey, last first */
  GPtrArray  *all;         /* nullable: made when it is asked for */
};

static void
bytes_unref_if_any (gpointer bytes)
{
  if (bytes != NULL)
    g_bytes_unref (bytes);
}

static GPtrArray *
key_array_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
}

SppPeerSet *
spp_peer_set_new (void)
{
  SppPeerSet *self = g_new0 (SppPeerSet, 1);

  self->peers = g_hash_table_new_full (spp_public_key_hash, spp_public_key_equal,
                                       (GDestroyNotify) spp_public_key_unref,
                                       bytes_unref_if_any);
  self->at_origin = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                           (GDestroyNotify) g_bytes_unref,
                                           (GDestroyNotify) g_ptr_array_unref);
  self->recent = key_array_new ();
  return self;
}

void
spp_peer_set_free (SppPeerSet *self)
{
  g_hash_table_unref (self->peers);
  g_hash_table_unref (self->at_origin);
  g_ptr_array_unref (self->recent);
  g_clear_pointer (&self->all, g_ptr_array_unref);
  g_free (self);
}

gboolean
spp_peer_set_contains (SppPeerSet   *self,
                       SppPublicKey *peer)
{
  return g_hash_table_contains (self->peers, peer);
}

gboolean
spp_peer_set_add (SppPeerSet   *self,
                  SppPublicKey *peer)
{
  if (spp_peer_set_contains (self, peer))
    return FALSE;
  g_hash_table_insert (self->peers, spp_public_key_ref (peer), NULL);
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
forget_origin (SppPeerSet   *self,
               SppPublicKey *peer)
{
  GBytes *origin = g_hash_table_lookup (self->peers, peer);
  GPtrArray *keys;

  if (origin == NULL)
    return;
  keys = g_hash_table_lookup (self->at_origin, origin);
  if (keys == NULL)
    return;
  remove_key (keys, peer);
  if (keys->len == 0)
    g_hash_table_remove (self->at_origin, origin);
}

gboolean
spp_peer_set_remove (SppPeerSet   *self,
                     SppPublicKey *peer)
{
  if (!spp_peer_set_contains (self, peer))
    return FALSE;
  remove_key (self->recent, peer);
  forget_origin (self, peer);
  g_hash_table_remove (self->peers, peer);
  g_clear_pointer (&self->all, g_ptr_array_unref);
  return TRUE;
}

void
spp_peer_set_saw (SppPeerSet   *self,
                  SppPublicKey *peer,
                  GBytes       *origin)
{
  GPtrArray *keys;

  g_assert (spp_peer_set_contains (self, peer));

  put_first (self->recent, peer);
  if (origin == NULL)
    return;
  forget_origin (self, peer);
  g_hash_table_insert (self->peers, spp_public_key_ref (peer), g_bytes_ref (origin));
  keys = g_hash_table_lookup (self->at_origin, origin);
  if (keys == NULL)
    {
      keys = key_array_new ();
      g_hash_table_insert (self->at_origin, g_bytes_ref (origin), keys);
    }
  put_first (keys, peer);
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
  gpointer key;

  if (self->all == NULL)
    {
      self->all = key_array_new ();
      g_hash_table_iter_init (&iter, self->peers);
      while (g_hash_table_iter_next (&iter, &key, NULL))
        g_ptr_array_add (self->all, spp_public_key_ref (key));
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
