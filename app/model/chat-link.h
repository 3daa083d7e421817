/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <spp.h>

#include "chat-contact.h"

G_BEGIN_DECLS

#define CHAT_TYPE_LINK (chat_link_get_type ())

/* Everything about reaching one friend: dials, takes over incoming sessions,
 * receives, sends, and tells the contact's presence and status. Signals:
 *   "up" (): a session is there, queued messages may go out; again whenever
 *     another one takes over;
 *   "down" (): no session is left;
 *   "received" (SppSession *session, GBytes *payload): the next message of
 *     @session is read only after chat_link_receive_next().
 * When both friends dial at the same moment the session whose initiator has
 * the smaller public key (memcmp) is used for sending; the other goes on being
 * read and is closed by its initiator a while later, so that nothing under way
 * in it is lost. */
G_DECLARE_FINAL_TYPE (ChatLink, chat_link, CHAT, LINK, GObject)

ChatLink    *chat_link_new         (ChatContact          *contact,
                                    SppClient            *client);
ChatContact *chat_link_get_contact (ChatLink             *self);
gboolean     chat_link_is_up       (ChatLink             *self);
/* Dials unless a session is there or being made; tells by the contact's
 * presence, status and failed. Without an address it says so. */
void         chat_link_connect     (ChatLink             *self);
/* Takes an incoming session over. */
void         chat_link_take        (ChatLink             *self,
                                    SppSession           *session);
/* Ends all sessions and any attempt under way. */
void         chat_link_close       (ChatLink             *self);
/* The same because of something that went wrong on this side, which @status
 * tells. */
void         chat_link_fail        (ChatLink             *self,
                                    const char           *status);
/* How many sessions of all links are still saying good-bye to their friends. */
guint        chat_link_get_n_closing (void);
/* To be called once what "received" handed out is on disk, so that a friend can
 * send no faster than we store. */
void         chat_link_receive_next (ChatLink            *self,
                                    SppSession           *session);
/* Finishes when @payload has been handed to the network. */
void         chat_link_send_async  (ChatLink             *self,
                                    GBytes               *payload,
                                    GCancellable         *cancellable,
                                    GAsyncReadyCallback   callback,
                                    gpointer              user_data);
gboolean     chat_link_send_finish (ChatLink             *self,
                                    GAsyncResult         *result,
                                    GError              **error);

G_END_DECLS
