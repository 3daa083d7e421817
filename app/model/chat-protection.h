/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <spp.h>

G_BEGIN_DECLS

#define CHAT_TYPE_PROTECTION (chat_protection_get_type ())

/* What protects the session with a friend, as it was when the session began. */
typedef struct
{
  guint     version;      /* of SPP */
  gboolean  post_quantum;
  gint64    since;        /* unix time in microseconds */
  char     *code;         /* 18 digits in groups, the same at both ends */
} ChatProtection;

GType           chat_protection_get_type (void) G_GNUC_CONST;
ChatProtection *chat_protection_new      (SppSession           *session);
ChatProtection *chat_protection_copy     (const ChatProtection *self);
void            chat_protection_free     (ChatProtection       *self);
/* What @flags of the friend are after such a session, for good: whoever speaks
 * SPP/2 needs SPP/1 no more, and whoever has ML-KEM is to have it always. */
SppPeerFlags    chat_protection_learn    (const ChatProtection *self,
                                          SppPeerFlags          flags);
/* Both may be NULL, for no session. */
gboolean        chat_protection_equal    (const ChatProtection *a,
                                          const ChatProtection *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ChatProtection, chat_protection_free)

G_END_DECLS
