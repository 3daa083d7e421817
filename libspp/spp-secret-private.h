/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SPP_SECRET_MAX_SIZE 64

/* Bytes of a key in memory that is locked, fenced by guard pages, left out of
 * core dumps and wiped when freed (libsodium's sodium_malloc()). To be used
 * from any thread. */
typedef struct _SppSecret SppSecret;

/* @size is at most SPP_SECRET_MAX_SIZE. */
SppSecret    *spp_secret_new        (gsize         size);
SppSecret    *spp_secret_new_random (gsize         size);
SppSecret    *spp_secret_new_copy   (const guint8 *bytes,
                                     gsize         size);
guint8       *spp_secret_get        (SppSecret    *self);
void          spp_secret_free       (SppSecret    *self);

/* Wipes memory that is not a SppSecret. */
void          spp_secret_wipe       (void         *memory,
                                     gsize         size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppSecret, spp_secret_free)

G_END_DECLS
