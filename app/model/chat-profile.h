/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>
#include <spp.h>

#include "chat-store.h"

G_BEGIN_DECLS

#define CHAT_TYPE_PROFILE (chat_profile_get_type ())

/* One identity on this machine: a folder that holds its private key (mode
 * 0600, the raw 32-byte Ed25519 seed) and its store. */
G_DECLARE_FINAL_TYPE (ChatProfile, chat_profile, CHAT, PROFILE, GObject)

/* A profile name becomes a folder name and part of a D-Bus name: 1 to 32 of
 * [A-Za-z0-9_-]. */
gboolean       chat_profile_is_valid_id        (const char           *id);

/* @folder: (nullable): where profiles live; by default
 * $XDG_DATA_HOME/spp-chat/profiles. Touches no disk. */
ChatProfile   *chat_profile_new                (const char           *id,
                                                GFile                *folder);
const char    *chat_profile_get_id             (ChatProfile          *self);
GFile         *chat_profile_get_folder         (ChatProfile          *self);

/* Opens an existing profile. Fails with G_IO_ERROR_NOT_FOUND when there is no
 * private key yet (first start), G_IO_ERROR_BUSY when another process has it
 * open, and with a sentence that names the file for anything damaged, which
 * is left as it was. */
void           chat_profile_load_async         (ChatProfile          *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
gboolean       chat_profile_load_finish        (ChatProfile          *self,
                                                GAsyncResult         *result,
                                                GError              **error);

/* Makes the profile: folder (0700), key file (0600), store, display name. An
 * existing key file is never overwritten.
 * @private_key: (nullable): a key to use; a new one is made by default. */
void           chat_profile_create_async       (ChatProfile          *self,
                                                const char           *display_name,
                                                SppPrivateKey        *private_key,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
gboolean       chat_profile_create_finish      (ChatProfile          *self,
                                                GAsyncResult         *result,
                                                GError              **error);

/* The following are there once loaded or created. Properties with notify:
 * "display-name" (written through to the store), "port" (the port to listen
 * on that the user chose; 0 lets the system pick one). */
SppPrivateKey *chat_profile_get_private_key    (ChatProfile          *self);
SppPublicKey  *chat_profile_get_public_key     (ChatProfile          *self);
ChatStore     *chat_profile_get_store          (ChatProfile          *self);
const char    *chat_profile_get_display_name   (ChatProfile          *self);
void           chat_profile_set_display_name   (ChatProfile          *self,
                                                const char           *display_name);
guint16        chat_profile_get_port           (ChatProfile          *self);
void           chat_profile_set_port           (ChatProfile          *self,
                                                guint16               port);

/* A private key from a file of the Python package (raw 32 bytes). The copy in
 * memory is wiped. */
SppPrivateKey *chat_profile_read_private_key   (GFile                *file,
                                                GError              **error);

G_END_DECLS
