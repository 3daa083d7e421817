/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-node.h"

G_BEGIN_DECLS

#define CHAT_TYPE_MY_KEY_WINDOW (chat_my_key_window_get_type ())

/* The own public key, to be given to friends, and where they reach us. */
G_DECLARE_FINAL_TYPE (ChatMyKeyWindow, chat_my_key_window, CHAT, MY_KEY_WINDOW, AdwWindow)

GtkWidget *chat_my_key_window_new (GtkWindow *parent,
                                   ChatNode  *node);

G_END_DECLS
