/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-node.h"

G_BEGIN_DECLS

#define CHAT_TYPE_PREFERENCES_WINDOW (chat_preferences_window_get_type ())

G_DECLARE_FINAL_TYPE (ChatPreferencesWindow, chat_preferences_window, CHAT, PREFERENCES_WINDOW,
                      AdwWindow)

GtkWidget *chat_preferences_window_new (GtkWindow *parent,
                                        ChatNode  *node);

G_END_DECLS
