/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "chat-contact-list.h"

G_BEGIN_DECLS

#define CHAT_TYPE_NOTIFIER (chat_notifier_get_type ())

/* Tells the desktop of messages that the user has not seen: one notification for
 * each friend, gone once the chat has been read, the friend has been removed or
 * the notifier is disposed of. A click activates app.show-chat with the profile
 * and the contact's number, (sx). */
G_DECLARE_FINAL_TYPE (ChatNotifier, chat_notifier, CHAT, NOTIFIER, GObject)

/* @application: registered, and there for longer than the notifier */
ChatNotifier *chat_notifier_new (GApplication    *application,
                                 const char      *profile,
                                 ChatContactList *contacts);

G_END_DECLS
