/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-contact.h"

G_BEGIN_DECLS

#define CHAT_TYPE_LOCK_BUTTON (chat_lock_button_get_type ())

/* A lock that tells how well the session with a friend is protected, and opens
 * what protects it. */
G_DECLARE_FINAL_TYPE (ChatLockButton, chat_lock_button, CHAT, LOCK_BUTTON, AdwBin)

/* @contact: (nullable) */
void chat_lock_button_set_contact (ChatLockButton *self,
                                   ChatContact    *contact);

G_END_DECLS
