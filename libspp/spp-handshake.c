/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-handshake-private.h"

#include <string.h>

struct _SppHandshake
{
  gboolean        initiator;
  gsize           max_message_size;

  /* Owned; the responder has neither of the first two before it knows which. */
  SppHandshake1  *spp1;         /* nullable */
  SppHandshake2  *spp2;         /* nullable */
  SppPrivateKey  *own_key;
  SppReplayGuard *replay_guard; /* nullable */
  SppPeerSet     *friends;      /* nullable */
  GBytes         *origin;       /* nullable */

  guint8          header[SPP_FRAME_HEADER_SIZE];
  gsize           filled;
};

static SppHandshake *
handshake_new (const SppHandshakeTerms *terms,
               gboolean                 initiator)
{
  SppHandshake *self = g_new0 (SppHandshake, 1);

  self->initiator = initiator;
  self->max_message_size = terms->max_message_size;
  if (terms->own_key != NULL)
    self->own_key = spp_private_key_ref (terms->own_key);
  g_set_object (&self->replay_guard, terms->replay_guard);
  return self;
}

/* Both ends speak SPP/2 where both say so here; then somebody in between keeps
 * them from it. */
static SppHandshake1 *
mark (SppHandshake1 *handshake)
{
  spp_handshake1_set_sentinel (handshake);
  return handshake;
}

SppHandshake *
spp_handshake_new_initiator (const SppHandshakeTerms *terms,
                             SppPublicKey            *peer,
                             SppPeerFlags             flags,
                             guint                    version)
{
  SppHandshake *self = handshake_new (terms, TRUE);

  g_assert (version == 2 || (version == 1 && (flags & SPP_PEER_FLAGS_ALLOW_SPP1) != 0));

  if (version == 1)
    self->spp1 = mark (spp_handshake1_new_initiator (terms->own_key, peer,
                                                     terms->replay_guard));
  else
    self->spp2 = spp_handshake2_new_initiator (terms->own_key, peer, flags,
                                               terms->max_message_size);
  return self;
}

SppHandshake *
spp_handshake_new_responder (const SppHandshakeTerms *terms,
                             SppPeerSet              *friends,
                             GBytes                  *origin)
{
  SppHandshake *self = handshake_new (terms, FALSE);

  self->friends = spp_peer_set_ref (friends);
  if (origin != NULL)
    self->origin = g_bytes_ref (origin);
  return self;
}

SppHandshake *
spp_handshake_new_spp1 (SppHandshake1 *handshake,
                        gsize          max_message_size)
{
  SppHandshakeTerms terms = { .max_message_size = max_message_size };
  SppHandshake *self = handshake_new (&terms, spp_handshake1_is_initiator (handshake));

  self->spp1 = handshake;
  return self;
}

void
spp_handshake_free (SppHandshake *self)
{
  g_clear_pointer (&self->spp1, spp_handshake1_free);
  g_clear_pointer (&self->spp2, spp_handshake2_free);
  g_clear_pointer (&self->own_key, spp_private_key_unref);
  g_clear_object (&self->replay_guard);
  g_clear_pointer (&self->friends, spp_peer_set_unref);
  g_clear_pointer (&self->origin, g_bytes_unref);
  g_free (self);
}

GBytes *
spp_handshake_take_output (SppHandshake *self)
{
  if (self->spp2 != NULL)
    return spp_handshake2_take_output (self->spp2);
  return self->spp1 != NULL ? spp_handshake1_take_output (self->spp1) : NULL;
}

gsize
spp_handshake_get_wanted (SppHandshake *self)
{
  if (self->spp2 != NULL)
    return spp_handshake2_get_wanted (self->spp2);
  if (self->spp1 != NULL)
    return spp_handshake1_get_wanted (self->spp1);
  return SPP_FRAME_HEADER_SIZE - self->filled;
}

static SppPublicKey *
find_friend (const guint8 *raw,
             SppPeerFlags *flags,
             gpointer      user_data)
{
  return spp_peer_set_find (user_data, raw, flags);
}

static SppHandshake1 *
new_spp1_responder (SppHandshake *self)
{
  g_autoptr (GPtrArray) likely = spp_peer_set_dup_likely (self->friends, self->origin);
  g_autoptr (GPtrArray) all = spp_peer_set_dup_all (self->friends);

  return mark (spp_handshake1_new_responder (self->own_key, likely, all, self->replay_guard));
}

/* The length of the first frame tells what the caller speaks. */
static gboolean
choose (SppHandshake  *self,
        gint64         now,
        GError       **error)
{
  guint64 length = spp_frame_read_header (self->header);

  if (length == SPP_HELLO_SIZE)
    {
      self->spp1 = new_spp1_responder (self);
      return spp_handshake1_feed (self->spp1, self->header, sizeof self->header, error);
    }
  self->spp2 = spp_handshake2_new_responder (self->own_key, find_friend, self->friends,
                                             self->max_message_size);
  return spp_handshake2_feed (self->spp2, self->header, sizeof self->header, now, error);
}

gboolean
spp_handshake_feed (SppHandshake  *self,
                    const guint8  *data,
                    gsize          length,
                    gint64         now,
                    GError       **error)
{
  g_assert (length <= spp_handshake_get_wanted (self));

  if (self->spp2 != NULL)
    return spp_handshake2_feed (self->spp2, data, length, now, error);
  if (self->spp1 != NULL)
    return spp_handshake1_feed (self->spp1, data, length, error);

  memcpy (self->header + self->filled, data, length);
  self->filled += length;
  return self->filled < SPP_FRAME_HEADER_SIZE || choose (self, now, error);
}

gboolean
spp_handshake_is_searching (SppHandshake *self)
{
  return self->spp1 != NULL && spp_handshake1_is_searching (self->spp1);
}

gboolean
spp_handshake_search (SppHandshake *self,
                      guint         max_checks)
{
  return spp_handshake1_search (self->spp1, max_checks);
}

SppPublicKey *
spp_handshake_get_signer (SppHandshake *self)
{
  return spp_handshake1_get_signer (self->spp1);
}

void
spp_handshake_reject_signer (SppHandshake *self)
{
  spp_handshake1_reject_signer (self->spp1);
}

gboolean
spp_handshake_decide (SppHandshake  *self,
                      GError       **error)
{
  return spp_handshake1_decide (self->spp1, error);
}

gboolean
spp_handshake_is_at_door (SppHandshake *self)
{
  return self->spp2 != NULL && spp_handshake2_is_at_door (self->spp2);
}

gboolean
spp_handshake_is_untouched (SppHandshake *self)
{
  if (self->spp2 != NULL)
    return spp_handshake2_is_untouched (self->spp2);
  if (self->spp1 != NULL)
    return spp_handshake1_is_untouched (self->spp1);
  return self->filled == 0;
}

gboolean
spp_handshake_is_initiator (SppHandshake *self)
{
  return self->initiator;
}

gsize
spp_handshake_get_max_message_size (SppHandshake *self)
{
  return self->max_message_size;
}

SppPublicKey *
spp_handshake_get_peer (SppHandshake *self)
{
  return self->spp2 != NULL ? spp_handshake2_get_peer (self->spp2)
                            : spp_handshake1_get_peer (self->spp1);
}

SppMessageCipher *
spp_handshake_take_cipher (SppHandshake *self)
{
  return self->spp1 != NULL ? spp_handshake1_take_cipher (self->spp1) : NULL;
}

SppRecordLayer *
spp_handshake_take_layer (SppHandshake *self)
{
  return self->spp2 != NULL ? spp_handshake2_take_layer (self->spp2) : NULL;
}

GBytes *
spp_handshake_dup_binding1 (SppHandshake *self)
{
  return spp_handshake1_dup_binding (self->spp1);
}
