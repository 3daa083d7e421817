/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-bech32-private.h"

#include <string.h>

#define CHECKSUM_LENGTH 6
#define MAX_DATA_SIZE 64
#define MAX_DATA_LENGTH ((MAX_DATA_SIZE * 8 + 4) / 5)

/* The constant that sets Bech32m apart from Bech32 (BIP 350). */
#define BECH32M_CONSTANT 0x2bc830a3u

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* One step of the BCH code over GF(32) of BIP 173. */
static guint32
checksum_step (guint32 checksum,
               guint8  value)
{
  static const guint32 generator[] = {
    0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3,
  };
  guint8 top = checksum >> 25;

  checksum = (checksum & 0x1ffffff) << 5 ^ value;
  for (guint i = 0; i < G_N_ELEMENTS (generator); i++)
    if (top >> i & 1)
      checksum ^= generator[i];
  return checksum;
}

static guint32
checksum_start (const char *prefix)
{
  guint32 checksum = 1;

  for (const char *c = prefix; *c != '\0'; c++)
    checksum = checksum_step (checksum, (guint8) *c >> 5);
  checksum = checksum_step (checksum, 0);
  for (const char *c = prefix; *c != '\0'; c++)
    checksum = checksum_step (checksum, *c & 31);
  return checksum;
}

char *
spp_bech32_encode (const char   *prefix,
                   const guint8 *bytes,
                   gsize         size)
{
  GString *text = g_string_new (prefix);
  guint32 checksum = checksum_start (prefix);
  guint bits = 0;
  guint held = 0;

  g_assert (size <= MAX_DATA_SIZE);

  g_string_append_c (text, '1');
  for (gsize i = 0; i < size || held > 0; )
    {
      guint8 value;

      if (held < 5 && i < size)
        {
          bits = (bits << 8 | bytes[i++]) & 0xfff;
          held += 8;
        }
      if (held < 5)
        {
          bits <<= 5 - held;
          held = 5;
        }
      held -= 5;
      value = bits >> held & 31;
      checksum = checksum_step (checksum, value);
      g_string_append_c (text, charset[value]);
    }

  for (guint i = 0; i < CHECKSUM_LENGTH; i++)
    checksum = checksum_step (checksum, 0);
  checksum ^= BECH32M_CONSTANT;
  for (guint i = 0; i < CHECKSUM_LENGTH; i++)
    g_string_append_c (text, charset[checksum >> 5 * (CHECKSUM_LENGTH - 1 - i) & 31]);

  return g_string_free (text, FALSE);
}

static gboolean
has_mixed_case (const char *text)
{
  gboolean upper = FALSE, lower = FALSE;

  for (const char *c = text; *c != '\0'; c++)
    {
      upper |= g_ascii_isupper (*c);
      lower |= g_ascii_islower (*c);
    }
  return upper && lower;
}

/* Packs 5-bit values into @size bytes; the bits left over have to be zero. */
static gboolean
pack_values (guint8       *bytes,
             gsize         size,
             const guint8 *values,
             gsize         length)
{
  guint bits = 0;
  guint held = 0;
  gsize filled = 0;

  for (gsize i = 0; i < length; i++)
    {
      bits = (bits << 5 | values[i]) & 0xfff;
      held += 5;
      if (held >= 8 && filled < size)
        {
          held -= 8;
          bytes[filled++] = bits >> held & 0xff;
        }
    }
  return filled == size && (bits & ((1u << held) - 1)) == 0;
}

SppBech32Result
spp_bech32_decode (guint8     *bytes,
                   gsize       size,
                   const char *prefix,
                   const char *text)
{
  guint8 values[MAX_DATA_LENGTH + CHECKSUM_LENGTH];
  gsize prefix_length = strlen (prefix);
  gsize length = (size * 8 + 4) / 5 + CHECKSUM_LENGTH;
  guint32 checksum = checksum_start (prefix);

  g_assert (size <= MAX_DATA_SIZE);

  if (g_ascii_strncasecmp (text, prefix, prefix_length) != 0 || text[prefix_length] != '1')
    return SPP_BECH32_NOT;
  if (strlen (text) != prefix_length + 1 + length || has_mixed_case (text))
    return SPP_BECH32_MISTYPED;

  for (gsize i = 0; i < length; i++)
    {
      const char *found = strchr (charset, g_ascii_tolower (text[prefix_length + 1 + i]));

      if (found == NULL)
        return SPP_BECH32_MISTYPED;
      values[i] = found - charset;
      checksum = checksum_step (checksum, values[i]);
    }

  if (checksum != BECH32M_CONSTANT
      || !pack_values (bytes, size, values, length - CHECKSUM_LENGTH))
    return SPP_BECH32_MISTYPED;
  return SPP_BECH32_OK;
}
