/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CHAT_TYPE_NOTIFICATION_SERVER (chat_notification_server_get_type ())

/* Who shows what g_application_send_notification() is given: the portal of a
 * sandbox, GNOME, or any server of org.freedesktop.Notifications.
 *
 * GLib tells neither. It hands the last of the three a body without escaping it,
 * although many such servers read markup there, and prints a warning when there
 * is no server. Property with notify: "ready" boolean. */
G_DECLARE_FINAL_TYPE (ChatNotificationServer, chat_notification_server, CHAT,
                      NOTIFICATION_SERVER, GObject)

/* @connection: (nullable): the session bus, if there is one */
ChatNotificationServer *chat_notification_server_new         (GDBusConnection        *connection);
/* Whether somebody is there to show a notification. */
gboolean                chat_notification_server_is_ready    (ChatNotificationServer *self);
/* Looks for a server that is not ready, and has the bus start one; what comes of
 * it shows in "ready". */
void                    chat_notification_server_wake        (ChatNotificationServer *self);
/* @text as the server takes it for plain text; only while it is ready. */
char                   *chat_notification_server_dup_escaped (ChatNotificationServer *self,
                                                              const char             *text);

G_END_DECLS
