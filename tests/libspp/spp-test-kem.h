/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-kem-private.h"

G_BEGIN_DECLS

/* A toy in the place of ML-KEM-768, for where libsodium has none: of the same sizes
 * and rules, and of no secrecy. It comes in between the calls of all functions of
 * spp-kem-private.h, for which a program has to be linked with --wrap.
 *
 * A public key or a ciphertext whose first byte has its top bit set is refused. Any
 * other ciphertext gives some secret. */

/* FALSE at first. */
void spp_test_kem_set_available (gboolean      available);
/* Whether there is one, but it does not work. */
void spp_test_kem_set_broken    (gboolean      broken);
/* What both have in the end. */
void spp_test_kem_share         (guint8        shared[SPP_KEM_SHARED_SIZE],
                                 const guint8  public_key[SPP_KEM_PUBLIC_SIZE],
                                 const guint8  ciphertext[SPP_KEM_CIPHERTEXT_SIZE]);

G_END_DECLS
