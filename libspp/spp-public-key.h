/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib-object.h>

#include "spp-version.h"

G_BEGIN_DECLS

#define SPP_TYPE_PUBLIC_KEY (spp_public_key_get_type ())

/**
 * SPP_PUBLIC_KEY_SIZE:
 *
 * The size of a raw public key, in bytes.
 *
 * Since: 0.1
 */
#define SPP_PUBLIC_KEY_SIZE 32

typedef struct _SppPublicKey SppPublicKey;

SPP_AVAILABLE_IN_0_1
GType spp_public_key_get_type (void) G_GNUC_CONST;

SPP_AVAILABLE_IN_0_1
SppPublicKey *spp_public_key_new_from_bytes (GBytes  *bytes,
                                             GError **error);
SPP_AVAILABLE_IN_0_1
SppPublicKey *spp_public_key_new_from_string (const char  *text,
                                              GError     **error);
SPP_AVAILABLE_IN_0_1
SppPublicKey *spp_public_key_new_from_file_contents (GBytes  *contents,
                                                     GError **error);
SPP_AVAILABLE_IN_0_1
SppPublicKey *spp_public_key_ref (SppPublicKey *self);
SPP_AVAILABLE_IN_0_1
void spp_public_key_unref (SppPublicKey *self);
SPP_AVAILABLE_IN_0_1
GBytes *spp_public_key_get_bytes (SppPublicKey *self);
SPP_AVAILABLE_IN_0_1
const char *spp_public_key_get_string (SppPublicKey *self);
SPP_AVAILABLE_IN_0_1
char *spp_public_key_dup_fingerprint (SppPublicKey *self);
SPP_AVAILABLE_IN_0_1
guint spp_public_key_hash (gconstpointer key);
SPP_AVAILABLE_IN_0_1
gboolean spp_public_key_equal (gconstpointer a,
                               gconstpointer b);
SPP_AVAILABLE_IN_0_1
int spp_public_key_compare (gconstpointer a,
                            gconstpointer b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppPublicKey, spp_public_key_unref)

G_END_DECLS
