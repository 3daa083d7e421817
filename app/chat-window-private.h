/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-conversation-view.h"
#include "chat-node.h"
#include "chat-notifier.h"
#include "chat-sidebar.h"
#include "chat-split-view.h"
#include "chat-welcome-page.h"
#include "chat-window.h"

G_BEGIN_DECLS

struct _ChatWindow
{
  AdwApplicationWindow  parent_instance;

  /* Template children */
  AdwToastOverlay      *toast_overlay;
  GtkStack             *stack;
  ChatWelcomePage      *welcome_page;
  AdwStatusPage        *failure_page;
  ChatSplitView        *split_view;
  ChatSidebar          *sidebar;
  GtkStack             *content_stack;
  ChatConversationView *conversation_view;

  /* Owned */
  ChatProfile          *profile;
  ChatNode             *node;          /* once it has started */
  ChatNotifier         *notifier;
  char                 *pending_name;
  GFile                *pending_file;
  gint64                pending_id;
  GSignalGroup         *contact_signals;

  /* Borrowed */
  GtkWidget            *add_friend_window; /* weak */

  /* State */
  gboolean              stopped;
};

void         chat_window_install_actions (GtkWidgetClass *widget_class);
/* Actions are enabled for what there is. */
void         chat_window_update_actions  (ChatWindow     *self);
void         chat_window_show_toast      (ChatWindow     *self,
                                          const char     *sentence);
/* @contact: (nullable): none for no chat */
void         chat_window_show_chat       (ChatWindow     *self,
                                          ChatContact    *contact);
/* Returns: (transfer none) (nullable): the friend whose chat shows */
ChatContact *chat_window_get_contact     (ChatWindow     *self);
void         chat_window_add_friend      (ChatWindow     *self,
                                          GFile          *file);

G_END_DECLS
