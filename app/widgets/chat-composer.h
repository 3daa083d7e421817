/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CHAT_TYPE_COMPOSER (chat_composer_get_type ())

/* Where messages are written. Signal "send" (string): the text to send, which
 * has left the composer. */
G_DECLARE_FINAL_TYPE (ChatComposer, chat_composer, CHAT, COMPOSER, AdwBin)

GtkWidget *chat_composer_new       (void);
char      *chat_composer_dup_text  (ChatComposer *self);
void       chat_composer_set_text  (ChatComposer *self,
                                    const char   *text);
/* Puts text that could not be sent back, before what was written since. */
void       chat_composer_give_back (ChatComposer *self,
                                    const char   *text);

G_END_DECLS
