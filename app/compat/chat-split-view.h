/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define CHAT_TYPE_SPLIT_VIEW (chat_split_view_get_type ())

/* Two panes side by side; one of them at a time where both do not fit.
 * Properties: "sidebar", "content" (widgets), "folded" (read-only),
 * "show-content": which pane shows while folded. The action "split-view.back"
 * (Escape, Alt+Left) returns to the sidebar. */
G_DECLARE_FINAL_TYPE (ChatSplitView, chat_split_view, CHAT, SPLIT_VIEW, GtkWidget)

GtkWidget *chat_split_view_new              (void);
void       chat_split_view_set_sidebar      (ChatSplitView *self,
                                             GtkWidget     *sidebar);
void       chat_split_view_set_content      (ChatSplitView *self,
                                             GtkWidget     *content);
gboolean   chat_split_view_get_folded       (ChatSplitView *self);
gboolean   chat_split_view_get_show_content (ChatSplitView *self);
void       chat_split_view_set_show_content (ChatSplitView *self,
                                             gboolean       show_content);

G_END_DECLS
