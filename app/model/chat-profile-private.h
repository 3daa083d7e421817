/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "chat-profile.h"

G_BEGIN_DECLS

#define CHAT_PROFILE_DISPLAY_NAME_SETTING "display-name"
#define CHAT_PROFILE_PORT_SETTING "port"

struct _ChatProfile
{
  GObject        parent_instance;

  /* Owned */
  char          *id;
  GFile         *folder;
  SppPrivateKey *private_key;
  ChatStore     *store;
  char          *display_name;

  /* State */
  guint16        port;
};

/* What the store says; it is not written back. */
void chat_profile_take_settings (ChatProfile *self,
                                 const char  *display_name,
                                 guint16      port);

G_END_DECLS
