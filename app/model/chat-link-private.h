/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-link.h"

G_BEGIN_DECLS

/* One session with the friend. */
typedef struct
{
  ChatLink   *link;         /* which owns this */
  SppSession *session;      /* owned */
  gulong      confirmed_id;
  guint       close_id;
  gint64      began;        /* monotonic */
  /* A newcomer beside a session that works: it takes over only once a message
   * in it has shown that it is not a recording. */
  gboolean    on_trial;
} ChatLinkLeg;

struct _ChatLink
{
  GObject       parent_instance;

  /* Owned */
  ChatContact  *contact;
  SppClient    *client;
  GPtrArray    *legs;
  GCancellable *dial; /* of the attempt under way, or NULL */

  /* Borrowed */
  ChatLinkLeg  *current; /* used for sending, one of the legs */

  /* State */
  gboolean      old_protocol_allowed;
};

/* chat-link.c: what the contact shows. */
void         chat_link_set_offline    (ChatLink    *self);
/* The friend has said good-bye. */
void         chat_link_set_gone       (ChatLink    *self);
void         chat_link_set_failed     (ChatLink    *self,
                                       const char  *status);
void         chat_link_set_connecting (ChatLink    *self);
void         chat_link_set_connected  (ChatLink    *self);
/* For callbacks that must not keep the link alive; taking frees. */
GWeakRef    *chat_link_weak_new       (ChatLink    *self);
ChatLink    *chat_link_weak_take      (GWeakRef    *weak);

/* chat-link-legs.c: the sessions. */
void         chat_link_leg_free       (ChatLinkLeg *leg);
ChatLinkLeg *chat_link_find_leg       (ChatLink    *self,
                                       SppSession  *session);
/* FALSE: it is not taken, being of SPP/1 */
gboolean     chat_link_add_leg        (ChatLink    *self,
                                       SppSession  *session);
/* Those of SPP/1 are allowed no more. */
void         chat_link_end_old_legs   (ChatLink    *self);
void         chat_link_close_session  (SppSession  *session);

G_END_DECLS
