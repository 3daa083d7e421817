/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

#include "chat-contact.h"
#include "chat-message.h"

G_BEGIN_DECLS

#define CHAT_TYPE_MESSAGE_ROW (chat_message_row_get_type ())

/* One message as a bubble. Rows are used again for other messages. */
G_DECLARE_FINAL_TYPE (ChatMessageRow, chat_message_row, CHAT, MESSAGE_ROW, AdwBin)

GtkWidget   *chat_message_row_new         (void);
/* @contact: (nullable) @message: (nullable) */
void         chat_message_row_set_message (ChatMessageRow *self,
                                           ChatContact    *contact,
                                           ChatMessage    *message);
ChatMessage *chat_message_row_get_message (ChatMessageRow *self);
/* The messages before and after decide where a day begins and what belongs
 * together. */
void         chat_message_row_set_context (ChatMessageRow *self,
                                           ChatMessage    *previous,
                                           ChatMessage    *next);

G_END_DECLS
