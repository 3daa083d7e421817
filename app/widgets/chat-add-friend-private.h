/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-add-friend-window.h"

G_BEGIN_DECLS

struct _ChatAddFriendWindow
{
  AdwWindow        parent_instance;

  /* Template children */
  GtkButton       *accept_button;
  AdwToastOverlay *toast_overlay;
  GtkWidget       *key_group;
  GtkEditable     *key_row;
  GtkWidget       *known_key_group;
  GtkLabel        *known_key_label;
  GtkWidget       *result_box;
  GtkLabel        *result_label;
  GtkLabel        *fingerprint_label;
  GtkWidget       *open_chat_button;
  GtkEditable     *name_row;
  GtkEditable     *host_row;
  GtkEditable     *port_row;
  GtkLabel        *hint_label;
  GtkSwitch       *spp1_switch;

  /* Owned */
  ChatNode        *node;
  ChatContact     *contact;    /* the one to change, if any */
  SppPublicKey    *public_key; /* what was recognised, if it may be added */
  ChatContact     *existing;   /* whose key it is already */
  GCancellable    *cancellable;

  /* State */
  gboolean         busy;
};

void     chat_add_friend_window_show_refusal (ChatAddFriendWindow *self,
                                              const char          *sentence);
void     chat_add_friend_window_take_key     (ChatAddFriendWindow *self,
                                              SppPublicKey        *public_key,
                                              ChatContact         *existing,
                                              const GError        *error);
void     chat_add_friend_window_pick_file    (ChatAddFriendWindow *self);

G_END_DECLS
