/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How much of a message a bubble shows at most: neither a line breaker nor a
 * shaper is ever given more. */
#define CHAT_TEXT_MAX_DISPLAY_CHARS 4000
#define CHAT_TEXT_MAX_DISPLAY_LINES 100
/* How many combining marks may stand on one base character. */
#define CHAT_TEXT_MAX_MARKS 8

/* The text of @payload: valid UTF-8 without NUL, else NULL. */
char *chat_text_dup_from_payload (GBytes     *payload);

/* @text made harmless to look at: at most the bounds above (@cut is set when
 * something was left out), no more than CHAT_TEXT_MAX_MARKS marks in a row,
 * control characters and the bidi embeddings, overrides and isolates
 * (U+202A-202E, U+2066-2069) replaced by something visible. */
char *chat_text_dup_display      (const char *text,
                                  gboolean   *cut);

/* The same in one short line, for lists and notifications. */
char *chat_text_dup_preview      (const char *text);

G_END_DECLS
