/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a notification shows; the values are those of the schema. */
typedef enum
{
  CHAT_NOTIFICATIONS_NONE,
  CHAT_NOTIFICATIONS_NAME,
  CHAT_NOTIFICATIONS_TEXT,
} ChatNotifications;

/* What the user chose for all profiles. A program that was never installed may
 * have no schema: then there are only the defaults, and nothing is kept.
 *
 * Returns: (transfer none) (nullable): the same object each time */
GSettings         *chat_settings_get               (void);
ChatNotifications  chat_settings_get_notifications (void);

/* The size that a window had at the end, and whether it filled the screen. */
void               chat_settings_restore_window    (GtkWindow *window);
void               chat_settings_save_window       (GtkWindow *window);

G_END_DECLS
