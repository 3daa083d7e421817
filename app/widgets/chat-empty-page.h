/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CHAT_TYPE_EMPTY_PAGE (chat_empty_page_get_type ())

/* Shown while there are no friends: what to do. Property "folded": whether it
 * has the whole window. */
G_DECLARE_FINAL_TYPE (ChatEmptyPage, chat_empty_page, CHAT, EMPTY_PAGE, AdwBin)

GtkWidget *chat_empty_page_new (void);

G_END_DECLS
