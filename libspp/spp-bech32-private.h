/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bech32m (BIP 350): PREFIX 1 DATA CHECKSUM, for up to 64 bytes of data. Up to
 * four wrong characters are always noticed. */
typedef enum
{
  SPP_BECH32_OK,
  SPP_BECH32_NOT,      /* not of this form, prefix or length at all */
  SPP_BECH32_MISTYPED, /* of this form, but at least one character is wrong */
} SppBech32Result;

char            *spp_bech32_encode (const char   *prefix,
                                    const guint8 *bytes,
                                    gsize         size);
SppBech32Result  spp_bech32_decode (guint8       *bytes,
                                    gsize         size,
                                    const char   *prefix,
                                    const char   *text);

G_END_DECLS
