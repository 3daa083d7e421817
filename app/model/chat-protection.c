/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-protection.h"

G_DEFINE_BOXED_TYPE (ChatProtection, chat_protection, chat_protection_copy, chat_protection_free)

ChatProtection *
chat_protection_new (SppSession *session)
{
  ChatProtection *self;

  g_return_val_if_fail (SPP_IS_SESSION (session), NULL);

  self = g_new0 (ChatProtection, 1);
  self->version = spp_session_get_protocol_version (session);
  self->post_quantum = spp_session_is_post_quantum (session);
  self->since = g_date_time_to_unix (spp_session_get_begin_time (session)) * G_USEC_PER_SEC;
  self->code = spp_session_dup_code (session);

  return self;
}

ChatProtection *
chat_protection_copy (const ChatProtection *self)
{
  ChatProtection *copy = g_memdup2 (self, sizeof *self);

  copy->code = g_strdup (self->code);

  return copy;
}

void
chat_protection_free (ChatProtection *self)
{
  g_free (self->code);
  g_free (self);
}

SppPeerFlags
chat_protection_learn (const ChatProtection *self,
                       SppPeerFlags          flags)
{
  if (self->version < 2)
    return flags;

  flags &= ~SPP_PEER_FLAGS_ALLOW_SPP1;
  if (self->post_quantum)
    flags |= SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM;

  return flags;
}

gboolean
chat_protection_equal (const ChatProtection *a,
                       const ChatProtection *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return a->version == b->version
         && a->post_quantum == b->post_quantum
         && a->since == b->since
         && g_str_equal (a->code, b->code);
}
