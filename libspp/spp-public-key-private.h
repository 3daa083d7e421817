/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-crypto-private.h"
#include "spp-public-key.h"

G_BEGIN_DECLS

/* (transfer none): the X25519 form, SPP_CRYPTO_X25519_SIZE bytes. */
const guint8 *spp_public_key_get_x25519   (SppPublicKey  *self);
/* By the X25519 form: a key and its negative have the same, and SPP/2 could not
 * tell one from the other. For hash tables. */
guint         spp_public_key_hash_x25519  (gconstpointer  self);
gboolean      spp_public_key_equal_x25519 (gconstpointer  a,
                                           gconstpointer  b);

G_END_DECLS
