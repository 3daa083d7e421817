/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a notification about unread messages says, as one line of plain text in
 * which nothing from a friend is hidden. */

/* @name: of the friend */
char *chat_notice_dup_title (const char *name);
/* @preview: (nullable): the newest message in one line; without it only the
 * number is told */
char *chat_notice_dup_body  (guint       n_unread,
                             const char *preview);

G_END_DECLS
