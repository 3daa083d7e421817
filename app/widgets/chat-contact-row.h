/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gtk/gtk.h>

#include "chat-contact.h"

G_BEGIN_DECLS

#define CHAT_TYPE_CONTACT_ROW (chat_contact_row_get_type ())

/* A friend in the sidebar. */
G_DECLARE_FINAL_TYPE (ChatContactRow, chat_contact_row, CHAT, CONTACT_ROW, GtkListBoxRow)

GtkWidget   *chat_contact_row_new          (ChatContact    *contact);
ChatContact *chat_contact_row_get_contact  (ChatContactRow *self);
/* Where the row stands among the others. */
guint        chat_contact_row_get_position (ChatContactRow *self);
void         chat_contact_row_set_position (ChatContactRow *self,
                                            guint           position);
/* Times are told in words that depend on today. */
void         chat_contact_row_refresh      (ChatContactRow *self);

G_END_DECLS
