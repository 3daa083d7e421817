/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <sodium.h>
#include <string.h>

#include "fuzz.h"
#include "spp-error.h"
#include "spp-public-key.h"

/* The key of a friend, as pasted text and as a file: the input is either.
 *
 * What parses is exactly one of the spellings of the key that comes out, and
 * each of these parses back to the same key. */

#define RAW_SIZE SPP_PUBLIC_KEY_SIZE

static const int variants[] = {
  sodium_base64_VARIANT_ORIGINAL,
  sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
  sodium_base64_VARIANT_URLSAFE,
  sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

static char *
make_text (const guint8 *data,
           gsize         size)
{
  return g_strndup (size > 0 ? (const char *) data : "", size);
}

/* Blanks do not count, and text ends at the first zero. */
static char *
strip (const char *text)
{
  GString *stripped = g_string_new (NULL);

  for (; *text != '\0'; text++)
    if (strchr (" \t\n\v\f\r", *text) == NULL)
      g_string_append_c (stripped, *text);
  return g_string_free (stripped, FALSE);
}

static char *
make_hex (const guint8 raw[RAW_SIZE])
{
  char *hex = g_malloc (2 * RAW_SIZE + 1);

  return sodium_bin2hex (hex, 2 * RAW_SIZE + 1, raw, RAW_SIZE);
}

static char *
make_base64 (const guint8 raw[RAW_SIZE],
             int          variant)
{
  gsize size = sodium_base64_encoded_len (RAW_SIZE, variant);

  return sodium_bin2base64 (g_malloc (size), size, raw, RAW_SIZE, variant);
}

static void
check_parses_to (SppPublicKey *key,
                 const char   *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SppPublicKey) again = spp_public_key_new_from_string (text, &error);

  g_assert_no_error (error);
  g_assert_true (spp_public_key_equal (again, key));
  g_assert_cmpstr (spp_public_key_get_string (again), ==, spp_public_key_get_string (key));
}

static void
check_spellings (SppPublicKey *key,
                 const guint8  raw[RAW_SIZE])
{
  g_autofree char *hex = make_hex (raw);
  g_autofree char *upper = g_ascii_strup (spp_public_key_get_string (key), -1);
  g_autoptr (GBytes) file = g_bytes_new (raw, RAW_SIZE);
  g_autoptr (SppPublicKey) from_file = spp_public_key_new_from_file_contents (file, NULL);

  g_assert_nonnull (from_file);
  g_assert_true (spp_public_key_equal (from_file, key));
  check_parses_to (key, spp_public_key_get_string (key));
  check_parses_to (key, upper);
  check_parses_to (key, hex);
  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *base64 = make_base64 (raw, variants[i]);

      check_parses_to (key, base64);
    }
}

static void
check_key (SppPublicKey *key,
           guint8        raw[RAW_SIZE])
{
  GBytes *bytes = spp_public_key_get_bytes (key);
  g_autofree char *fingerprint = spp_public_key_dup_fingerprint (key);

  g_assert_cmpuint (g_bytes_get_size (bytes), ==, RAW_SIZE);
  memcpy (raw, g_bytes_get_data (bytes, NULL), RAW_SIZE);
  g_assert_cmpint (crypto_core_ed25519_is_valid_point (raw), ==, 1);
  g_assert_cmpuint (strlen (fingerprint), ==, 8 * 4 + 7);
  check_spellings (key, raw);
}

static gboolean
is_spelling (SppPublicKey *key,
             const guint8  raw[RAW_SIZE],
             const char   *stripped)
{
  g_autofree char *hex = make_hex (raw);
  g_autofree char *upper = g_ascii_strup (spp_public_key_get_string (key), -1);

  if (g_str_equal (stripped, spp_public_key_get_string (key)) || g_str_equal (stripped, upper)
      || g_ascii_strcasecmp (stripped, hex) == 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *base64 = make_base64 (raw, variants[i]);

      if (g_str_equal (stripped, base64))
        return TRUE;
    }
  return FALSE;
}

static void
check_refused (GError     *error,
               const char *stripped)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == SPP_ERROR);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (error->code == SPP_ERROR_MISTYPED_KEY)
    g_assert_cmpint (g_ascii_strncasecmp (stripped, "spp1", 4), ==, 0);
  else
    g_assert_cmpint (error->code, ==, SPP_ERROR_INVALID_KEY);
}

static void
check_text (const guint8 *data,
            gsize         size)
{
  g_autofree char *text = make_text (data, size);
  g_autofree char *stripped = strip (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (SppPublicKey) key = spp_public_key_new_from_string (text, &error);
  guint8 raw[RAW_SIZE];

  if (key == NULL)
    {
      check_refused (error, stripped);
      return;
    }
  g_assert_no_error (error);
  check_key (key, raw);
  g_assert_true (is_spelling (key, raw, stripped));
}

static void
check_file (const guint8 *data,
            gsize         size)
{
  /* Nothing follows the contents of a file, not even a zero. */
  g_autoptr (GBytes) contents = g_bytes_new (data, size);
  g_autofree char *text = make_text (data, size);
  g_autofree char *stripped = strip (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (SppPublicKey) key = spp_public_key_new_from_file_contents (contents, &error);
  guint8 raw[RAW_SIZE];

  if (key == NULL)
    {
      check_refused (error, stripped);
      if (size == RAW_SIZE)
        g_assert_cmpint (crypto_core_ed25519_is_valid_point (data), !=, 1);
      return;
    }
  g_assert_no_error (error);
  check_key (key, raw);
  if (size == RAW_SIZE)
    g_assert_cmpmem (raw, RAW_SIZE, data, size);
  else
    g_assert_true (is_spelling (key, raw, stripped));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_assert_cmpint (sodium_init (), >=, 0);
  check_text (data, size);
  check_file (data, size);
  return 0;
}
