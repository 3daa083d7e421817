/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>
#include <spp.h>

G_BEGIN_DECLS

#define CHAT_TYPE_WELCOME_PAGE (chat_welcome_page_get_type ())

/* The first start: a name, and a key. Signal "create" (string name,
 * SppPrivateKey key or NULL for a new one). */
G_DECLARE_FINAL_TYPE (ChatWelcomePage, chat_welcome_page, CHAT, WELCOME_PAGE, AdwBin)

GtkWidget *chat_welcome_page_new      (void);
/* While the profile is made nothing can be pressed. */
void       chat_welcome_page_set_busy (ChatWelcomePage *self,
                                       gboolean         busy);
/* @sentence: (nullable): why it did not work */
void       chat_welcome_page_fail     (ChatWelcomePage *self,
                                       const char      *sentence);

G_END_DECLS
