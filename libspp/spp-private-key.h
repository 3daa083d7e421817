/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib-object.h>

#include "spp-public-key.h"
#include "spp-version.h"

G_BEGIN_DECLS

#define SPP_TYPE_PRIVATE_KEY (spp_private_key_get_type ())

/**
 * SPP_PRIVATE_KEY_SIZE:
 *
 * The size of a raw private key (an Ed25519 seed, RFC 8032), in bytes.
 *
 * Since: 0.1
 */
#define SPP_PRIVATE_KEY_SIZE 32

typedef struct _SppPrivateKey SppPrivateKey;

SPP_AVAILABLE_IN_0_1
GType spp_private_key_get_type (void) G_GNUC_CONST;

SPP_AVAILABLE_IN_0_1
SppPrivateKey *spp_private_key_generate (void);
SPP_AVAILABLE_IN_0_1
SppPrivateKey *spp_private_key_new_from_seed (const guint8  *seed,
                                              gsize          length,
                                              GError       **error);
SPP_AVAILABLE_IN_0_1
SppPrivateKey *spp_private_key_ref (SppPrivateKey *self);
SPP_AVAILABLE_IN_0_1
void spp_private_key_unref (SppPrivateKey *self);
SPP_AVAILABLE_IN_0_1
const guint8 *spp_private_key_get_seed (SppPrivateKey *self,
                                        gsize         *length);
SPP_AVAILABLE_IN_0_1
SppPublicKey *spp_private_key_get_public_key (SppPrivateKey *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppPrivateKey, spp_private_key_unref)

G_END_DECLS
