/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-contact.h"

G_BEGIN_DECLS

#define CHAT_TYPE_CONTACT_LIST (chat_contact_list_get_type ())

/* A GListModel of ChatContact, newest conversation first, then by name; it
 * keeps that order by itself when a contact changes. */
G_DECLARE_FINAL_TYPE (ChatContactList, chat_contact_list, CHAT, CONTACT_LIST, GObject)

ChatContactList *chat_contact_list_new    (void);
void             chat_contact_list_add    (ChatContactList *self,
                                           ChatContact     *contact);
void             chat_contact_list_remove (ChatContactList *self,
                                           ChatContact     *contact);
/* Returns: (transfer none) (nullable) */
ChatContact     *chat_contact_list_find   (ChatContactList *self,
                                           SppPublicKey    *public_key);

G_END_DECLS
