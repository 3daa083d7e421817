/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-contact-list.h"
#include "chat-conversation.h"
#include "chat-profile.h"

G_BEGIN_DECLS

/* Why a key cannot become a friend's. What is not a key at all is an SPP_ERROR
 * (SPP_ERROR_INVALID_KEY, SPP_ERROR_MISTYPED_KEY). */
#define CHAT_KEY_ERROR (chat_key_error_quark ())

typedef enum
{
  CHAT_KEY_ERROR_OWN_KEY,
  CHAT_KEY_ERROR_ALREADY_THERE,
} ChatKeyError;

GQuark chat_key_error_quark (void);

#define CHAT_TYPE_NODE (chat_node_get_type ())

/* A profile at work: listens, knows the friends, keeps a link and a
 * conversation for each. Properties with notify: "port" (uint: the port really
 * listened on, 0 while not listening), "listen-error" (string, nullable: a
 * sentence). */
G_DECLARE_FINAL_TYPE (ChatNode, chat_node, CHAT, NODE, GObject)

ChatNode         *chat_node_new                   (ChatProfile          *profile);
ChatProfile      *chat_node_get_profile           (ChatNode             *self);

/* Loads the friends and starts to listen. A port that is taken is not a
 * failure: it shows in "listen-error", and friends can still be called. */
void              chat_node_start_async           (ChatNode             *self,
                                                   GCancellable         *cancellable,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);
gboolean          chat_node_start_finish          (ChatNode             *self,
                                                   GAsyncResult         *result,
                                                   GError              **error);
/* Closes every session and stops listening; what is queued stays on disk. */
void              chat_node_stop                  (ChatNode             *self);

guint16           chat_node_get_port              (ChatNode             *self);
const char       *chat_node_get_listen_error      (ChatNode             *self);
/* Listens on @port (0: one that the system picks) and keeps it in the profile.
 * On failure everything stays as it was. */
gboolean          chat_node_set_port              (ChatNode             *self,
                                                   guint16               port,
                                                   GError              **error);

ChatContactList  *chat_node_get_contacts          (ChatNode             *self);
/* Returns: (transfer none): the same object each time */
ChatConversation *chat_node_get_conversation      (ChatNode             *self,
                                                   ChatContact          *contact);

/* The key in @text (pasted: any text form, or a link with one) or in the contents
 * of a file (raw 32 bytes or text), if it may become a friend's.
 * @existing: (out) (optional) (nullable) (transfer full): the friend whose key
 *   it is already */
SppPublicKey     *chat_node_recognise_text        (ChatNode             *self,
                                                   const char           *text,
                                                   ChatContact         **existing,
                                                   GError              **error);
SppPublicKey     *chat_node_recognise_contents    (ChatNode             *self,
                                                   GBytes               *contents,
                                                   ChatContact         **existing,
                                                   GError              **error);

/* @host may be empty: the friend can call us. @allow_spp1: a friend who has
 * nothing newer may speak the old protocol. Returns the contact from finish
 * (transfer full) once it is on disk. */
void              chat_node_add_contact_async     (ChatNode             *self,
                                                   SppPublicKey         *public_key,
                                                   const char           *name,
                                                   const char           *host,
                                                   guint16               port,
                                                   gboolean              allow_spp1,
                                                   GCancellable         *cancellable,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);
ChatContact      *chat_node_add_contact_finish    (ChatNode             *self,
                                                   GAsyncResult         *result,
                                                   GError              **error);
void              chat_node_edit_contact_async    (ChatNode             *self,
                                                   ChatContact          *contact,
                                                   const char           *name,
                                                   const char           *host,
                                                   guint16               port,
                                                   gboolean              allow_spp1,
                                                   GCancellable         *cancellable,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);
gboolean          chat_node_edit_contact_finish   (ChatNode             *self,
                                                   GAsyncResult         *result,
                                                   GError              **error);
/* The user's answer to the contact's "asks-old-protocol": yes. */
void              chat_node_allow_spp1            (ChatNode             *self,
                                                   ChatContact          *contact);
/* Removes the friend and the history; closes the session. */
void              chat_node_remove_contact_async  (ChatNode             *self,
                                                   ChatContact          *contact,
                                                   GCancellable         *cancellable,
                                                   GAsyncReadyCallback   callback,
                                                   gpointer              user_data);
gboolean          chat_node_remove_contact_finish (ChatNode             *self,
                                                   GAsyncResult         *result,
                                                   GError              **error);

G_END_DECLS
