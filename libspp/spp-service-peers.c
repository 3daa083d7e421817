/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-service-private.h"

#include "spp-public-key-private.h"

/**
 * spp_service_has_peer:
 * @self: a service
 * @peer: a public key
 *
 * Tells whether @peer is one of the friends.
 *
 * Returns: `TRUE` if it is
 *
 * Since: 0.1
 */
gboolean
spp_service_has_peer (SppService   *self,
                      SppPublicKey *peer)
{
  g_return_val_if_fail (SPP_IS_SERVICE (self), FALSE);
  g_return_val_if_fail (peer != NULL, FALSE);

  return spp_peer_set_contains (self->friends, peer);
}

/**
 * spp_service_add_peer:
 * @self: a service
 * @peer: a friend's public key
 *
 * Lets a friend call from now on, by SPP/2; for other flags see
 * [method@Service.set_peer_flags].
 *
 * Returns: `FALSE` if nothing changed: @peer is a friend already, or a key that
 *   cannot be one beside those that are: one's own, or the negative of it or of a
 *   friend's, which SPP/2 could not tell from it
 *
 * Since: 0.1
 */
gboolean
spp_service_add_peer (SppService   *self,
                      SppPublicKey *peer)
{
  g_return_val_if_fail (SPP_IS_SERVICE (self), FALSE);
  g_return_val_if_fail (peer != NULL, FALSE);

  if (spp_public_key_equal_x25519 (peer, spp_private_key_get_public_key (self->private_key)))
    return FALSE;
  return spp_peer_set_add (self->friends, peer);
}

/**
 * spp_service_remove_peer:
 * @self: a service
 * @peer: a friend's public key
 *
 * Lets somebody call no longer. Sessions that exist are not touched.
 *
 * Returns: `FALSE` if @peer was no friend
 *
 * Since: 0.1
 */
gboolean
spp_service_remove_peer (SppService   *self,
                         SppPublicKey *peer)
{
  g_return_val_if_fail (SPP_IS_SERVICE (self), FALSE);
  g_return_val_if_fail (peer != NULL, FALSE);

  return spp_peer_set_remove (self->friends, peer);
}

/**
 * spp_service_get_peer_flags:
 * @self: a service
 * @peer: a friend's public key
 *
 * Gets what holds for a friend. A session of SPP/2 clears
 * %SPP_PEER_FLAGS_ALLOW_SPP1.
 *
 * Returns: the flags, none for who is no friend
 *
 * Since: 0.1
 */
SppPeerFlags
spp_service_get_peer_flags (SppService   *self,
                            SppPublicKey *peer)
{
  g_return_val_if_fail (SPP_IS_SERVICE (self), SPP_PEER_FLAGS_NONE);
  g_return_val_if_fail (peer != NULL, SPP_PEER_FLAGS_NONE);

  return spp_peer_set_get_flags (self->friends, peer);
}

/**
 * spp_service_set_peer_flags:
 * @self: a service
 * @peer: a friend's public key
 * @flags: what is to hold for the friend from now on
 *
 * Sets what holds for a friend. Sessions that exist are not touched.
 *
 * Since: 0.1
 */
void
spp_service_set_peer_flags (SppService   *self,
                            SppPublicKey *peer,
                            SppPeerFlags  flags)
{
  g_return_if_fail (SPP_IS_SERVICE (self));
  g_return_if_fail (peer != NULL);
  g_return_if_fail (spp_peer_set_contains (self->friends, peer));

  spp_peer_set_set_flags (self->friends, peer, flags);
}
