/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>
#include <spp.h>

G_BEGIN_DECLS

/* The file that holds a profile's private key. Both block on the disk. */

/* Fails with G_IO_ERROR_NOT_FOUND when there is none. */
SppPrivateKey *chat_profile_key_load (const char     *path,
                                      GError        **error);
/* Puts the whole file at @path or none, never over another
 * (G_IO_ERROR_EXISTS); once it returns the key is on the disk. */
gboolean       chat_profile_key_save (const char     *path,
                                      SppPrivateKey  *key,
                                      GError        **error);

G_END_DECLS
