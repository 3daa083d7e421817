/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

#include "spp-secret-private.h"

G_BEGIN_DECLS

/* ML-KEM-768 (FIPS 203), where libsodium has it: 1.0.22 and newer. */

#define SPP_KEM_PUBLIC_SIZE     1184
#define SPP_KEM_CIPHERTEXT_SIZE 1088
#define SPP_KEM_SEED_SIZE       64    /* d | z */
#define SPP_KEM_SHARED_SIZE     32

gboolean spp_kem_is_available (void);

/* FALSE from any of these means that the library has no ML-KEM, or that the
 * peer's part is none. */
gboolean spp_kem_get_public   (guint8        public_key[SPP_KEM_PUBLIC_SIZE],
                               SppSecret    *seed) G_GNUC_WARN_UNUSED_RESULT;
gboolean spp_kem_encapsulate  (guint8        ciphertext[SPP_KEM_CIPHERTEXT_SIZE],
                               guint8        shared[SPP_KEM_SHARED_SIZE],
                               const guint8  public_key[SPP_KEM_PUBLIC_SIZE])
                               G_GNUC_WARN_UNUSED_RESULT;
gboolean spp_kem_decapsulate  (guint8        shared[SPP_KEM_SHARED_SIZE],
                               const guint8  ciphertext[SPP_KEM_CIPHERTEXT_SIZE],
                               SppSecret    *seed) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
