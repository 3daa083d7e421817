/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define CHAT_TYPE_MESSAGE_STATE (chat_message_state_get_type ())

typedef enum
{
  CHAT_MESSAGE_STATE_QUEUED,   /* ours, on disk, waits for the friend */
  CHAT_MESSAGE_STATE_SENT,     /* ours, handed to the network, not confirmed */
  CHAT_MESSAGE_STATE_RECEIVED, /* the friend's */
} ChatMessageState;

GType chat_message_state_get_type (void) G_GNUC_CONST;

#define CHAT_TYPE_MESSAGE (chat_message_get_type ())

/* One message. All but "id" and "state" (both with notify) never change. */
G_DECLARE_FINAL_TYPE (ChatMessage, chat_message, CHAT, MESSAGE, GObject)

/* @payload: (nullable): exactly the bytes that travel. */
ChatMessage      *chat_message_new             (gint64            id,
                                                ChatMessageState  state,
                                                gint64            time,
                                                GBytes           *payload);
gint64            chat_message_get_id          (ChatMessage      *self);
void              chat_message_set_id          (ChatMessage      *self,
                                                gint64            id);
ChatMessageState  chat_message_get_state       (ChatMessage      *self);
void              chat_message_set_state       (ChatMessage      *self,
                                                ChatMessageState  state);
gboolean          chat_message_is_outgoing     (ChatMessage      *self);
/* Unix time in microseconds: when written, or when received. */
gint64            chat_message_get_time        (ChatMessage      *self);
GBytes           *chat_message_get_payload     (ChatMessage      *self);
/* The whole text, exactly as it came, for Copy: valid UTF-8 without NUL;
 * NULL when the payload is not text. */
const char       *chat_message_get_text        (ChatMessage      *self);
/* What a bubble shows: always valid UTF-8, bounded, never NULL; see
 * chat_text_dup_display(). A payload that is not text or is empty reads as a
 * sentence that says so, and "is-notice" is TRUE. */
const char       *chat_message_get_display     (ChatMessage      *self);
gboolean          chat_message_is_notice       (ChatMessage      *self);
/* The same in one short line, for lists and notifications. */
char             *chat_message_dup_preview     (ChatMessage      *self);
/* TRUE if the display was cut short. */
gboolean          chat_message_is_cut          (ChatMessage      *self);

G_END_DECLS
