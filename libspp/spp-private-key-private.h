/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-crypto-private.h"
#include "spp-private-key.h"
#include "spp-secret-private.h"

G_BEGIN_DECLS

void       spp_private_key_sign       (SppPrivateKey *self,
                                       guint8         signature[SPP_CRYPTO_SIGNATURE_SIZE],
                                       const guint8  *message,
                                       gsize          length);

/* (transfer full): the X25519 form, SPP_CRYPTO_X25519_SIZE bytes. */
SppSecret *spp_private_key_get_x25519 (SppPrivateKey *self);

G_END_DECLS
