/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-bech32-private.h"
#include "spp-test-vectors.h"

static void
test_vectors (void)
{
  g_autoptr (JsonParser) parser = spp_test_vectors_load ("spp1.json");
  JsonArray *keys = spp_test_vectors_get (parser, "keys");

  g_test_summary ("A private key has the public key that the reference derives");
  for (guint i = 0; i < json_array_get_length (keys); i++)
    {
      JsonObject *vector = json_array_get_object_element (keys, i);
      g_autoptr (SppPrivateKey) private_key = spp_test_vector_private_key (vector, "private");
      g_autoptr (SppPublicKey) public_key = spp_test_vector_public_key (vector, "public");
      g_autoptr (GBytes) seed = spp_test_vector_bytes (vector, "private");
      const guint8 *kept;
      gsize length;

      g_assert_true (spp_public_key_equal (spp_private_key_get_public_key (private_key),
                                           public_key));
      kept = spp_private_key_get_seed (private_key, &length);
      g_assert_cmpmem (kept, length, g_bytes_get_data (seed, NULL), g_bytes_get_size (seed));
    }
}

static void
test_bech32m_known_answer (void)
{
  g_autoptr (GBytes) data = spp_test_bytes_from_hex ("ffbbcdeb38bdab49ca307b9ac5a928398a418820");
  g_autofree char *text = NULL;

  g_test_summary ("A valid string of BIP 350 is what its data encodes to");
  text = spp_bech32_encode ("abcdef", g_bytes_get_data (data, NULL), g_bytes_get_size (data));
  g_assert_cmpstr (text, ==, "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx");
}

static void
test_bech32m_sizes (void)
{
  g_test_summary ("Data of every size comes back, and only as that size");
  for (gsize size = 1; size <= 64; size++)
    {
      g_autoptr (GBytes) data = spp_test_payload (size, size);
      g_autofree char *text = spp_bech32_encode ("spp", g_bytes_get_data (data, NULL), size);
      guint8 back[64];

      g_assert_cmpint (spp_bech32_decode (back, size, "spp", text), ==, SPP_BECH32_OK);
      g_assert_cmpmem (back, size, g_bytes_get_data (data, NULL), size);
      if (size > 1)
        g_assert_cmpint (spp_bech32_decode (back, size - 1, "spp", text), ==,
                         SPP_BECH32_MISTYPED);
    }
}

static void
assert_refused (const char *text,
                int         code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SppPublicKey) key = spp_public_key_new_from_string (text, &error);

  g_assert_error (error, SPP_ERROR, code);
  g_assert_null (key);
}

static void
test_text_round_trip (void)
{
  g_test_summary ("A key comes back from its text in either case and with blanks in it");
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (SppPrivateKey) private_key = spp_private_key_generate ();
      SppPublicKey *key = spp_private_key_get_public_key (private_key);
      const char *text = spp_public_key_get_string (key);
      g_autofree char *upper = g_ascii_strup (text, -1);
      g_autofree char *spread = g_strdup_printf ("  %.20s\n %.20s\t%s \r\n", text, text + 20,
                                                 text + 40);
      const char *spellings[] = { text, upper, spread };

      g_assert_cmpuint (strlen (text), ==, 62);
      g_assert_true (g_str_has_prefix (text, "spp1"));
      for (guint j = 0; j < G_N_ELEMENTS (spellings); j++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (SppPublicKey) back = spp_public_key_new_from_string (spellings[j], &error);

          g_assert_no_error (error);
          g_assert_true (spp_public_key_equal (key, back));
        }
    }
}

static void
test_text_mistyped (void)
{
  static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  g_autoptr (SppPrivateKey) private_key = spp_private_key_generate ();
  const char *text = spp_public_key_get_string (spp_private_key_get_public_key (private_key));
  gsize length = strlen (text);

  g_test_summary ("Every wrong character, swap and missing character is called mistyped");
  for (gsize i = 4; i < length; i++)
    {
      g_autofree char *changed = g_strdup (text);
      g_autofree char *shorter = g_strdup_printf ("%.*s%s", (int) i, text, text + i + 1);

      assert_refused (shorter, SPP_ERROR_MISTYPED_KEY);
      for (const char *c = charset; *c != '\0'; c++)
        if (*c != text[i])
          {
            changed[i] = *c;
            assert_refused (changed, SPP_ERROR_MISTYPED_KEY);
          }
      changed[i] = 'b';
      assert_refused (changed, SPP_ERROR_MISTYPED_KEY);
      if (i + 1 < length && text[i] != text[i + 1])
        {
          changed[i] = text[i + 1];
          changed[i + 1] = text[i];
          assert_refused (changed, SPP_ERROR_MISTYPED_KEY);
        }
    }
}

static void
test_text_mixed_case (void)
{
  g_autoptr (SppPrivateKey) private_key = spp_private_key_generate ();
  g_autofree char *text = NULL;

  text = g_strdup (spp_public_key_get_string (spp_private_key_get_public_key (private_key)));
  text[0] = 'S';
  assert_refused (text, SPP_ERROR_MISTYPED_KEY);
}

static void
test_other_notations (void)
{
  g_autoptr (JsonParser) parser = spp_test_vectors_load ("spp1.json");
  JsonObject *vector;
  const char *hex;
  g_autoptr (GBytes) raw = NULL;
  g_autoptr (SppPublicKey) key = NULL;
  g_autofree char *base64 = NULL;
  g_autofree char *unpadded = NULL;
  g_autofree char *upper = NULL;

  g_test_summary ("Hexadecimal digits and base64 are read too");
  vector = json_array_get_object_element (spp_test_vectors_get (parser, "keys"), 0);
  hex = json_object_get_string_member (vector, "public");
  key = spp_test_vector_public_key (vector, "public");
  raw = spp_test_bytes_from_hex (hex);
  base64 = g_base64_encode (g_bytes_get_data (raw, NULL), g_bytes_get_size (raw));
  unpadded = g_strndup (base64, strlen (base64) - 1);
  upper = g_ascii_strup (hex, -1);

  for (guint i = 0; i < 4; i++)
    {
      const char *texts[] = { hex, upper, base64, unpadded };
      g_autoptr (GError) error = NULL;
      g_autoptr (SppPublicKey) back = spp_public_key_new_from_string (texts[i], &error);

      g_assert_no_error (error);
      g_assert_true (spp_public_key_equal (key, back));
    }
}

static void
test_not_keys (void)
{
  g_autofree char *long_text = g_strnfill (100000, 'a');
  static const char *texts[] = {
    "", " ", "hello", "spp", "0daecfe0", "spq1qqqq",
    "0daecfe0a6b0efcd39ac4ffed9f4c86f3a10d1ae7e63958fec6aeac0bfc64e0",
    "0daecfe0a6b0efcd39ac4ffed9f4c86f3a10d1ae7e63958fec6aeac0bfc64e0b0b",
    "zdaecfe0a6b0efcd39ac4ffed9f4c86f3a10d1ae7e63958fec6aeac0bfc64e0b",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGk", "\xff\xfe\xfd",
    /* Bytes that libsodium takes for digits of base64. */
    "Da7P4Kaw7805rE\x80+2fTIbzoQ0a5+Y5WP7GrqwL\x80GTgs=",
  };

  g_test_summary ("What is not a key is refused");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_refused (texts[i], SPP_ERROR_INVALID_KEY);
  assert_refused (long_text, SPP_ERROR_INVALID_KEY);
}

static void
test_weak_keys (void)
{
  static const char *points[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0200000000000000000000000000000000000000000000000000000000000000",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  };

  g_test_summary ("Points of small order, off the curve or not canonical are no keys");
  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    assert_refused (points[i], SPP_ERROR_INVALID_KEY);
}

static void
test_file_contents (void)
{
  g_autoptr (SppPrivateKey) private_key = spp_private_key_generate ();
  SppPublicKey *key = spp_private_key_get_public_key (private_key);
  g_autofree char *line = g_strconcat (spp_public_key_get_string (key), "\n", NULL);
  g_autoptr (GBytes) text = g_bytes_new (line, strlen (line));

  g_test_summary ("A file holds the raw key or its text; any other size is refused");
  for (gsize size = 0; size < 100; size++)
    {
      g_autoptr (GBytes) junk = spp_test_payload (size, 7);
      g_autoptr (GError) error = NULL;
      g_autoptr (SppPublicKey) refused = NULL;

      if (size == SPP_PUBLIC_KEY_SIZE)
        continue;
      refused = spp_public_key_new_from_file_contents (junk, &error);
      g_assert_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
    }
  for (guint i = 0; i < 2; i++)
    {
      GBytes *forms[] = { text, spp_public_key_get_bytes (key) };
      g_autoptr (GError) error = NULL;
      g_autoptr (SppPublicKey) back = spp_public_key_new_from_file_contents (forms[i], &error);

      g_assert_no_error (error);
      g_assert_true (spp_public_key_equal (key, back));
    }
}

static void
test_sizes (void)
{
  guint8 seed[64] = { 0 };

  g_test_summary ("Raw keys of any size but 32 are refused");
  for (gsize size = 0; size <= sizeof seed; size++)
    {
      g_autoptr (GError) private_error = NULL;
      g_autoptr (GError) public_error = NULL;
      g_autoptr (GBytes) bytes = g_bytes_new (seed, size);
      g_autoptr (SppPrivateKey) private_key = NULL;
      g_autoptr (SppPublicKey) public_key = NULL;

      if (size == 32)
        continue;
      private_key = spp_private_key_new_from_seed (seed, size, &private_error);
      g_assert_error (private_error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
      public_key = spp_public_key_new_from_bytes (bytes, &public_error);
      g_assert_error (public_error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
    }
}

static void
test_fingerprint (void)
{
  g_autoptr (JsonParser) parser = spp_test_vectors_load ("spp1.json");
  JsonObject *vector;
  g_autoptr (SppPublicKey) key = NULL;
  g_autoptr (GBytes) raw = NULL;
  g_autofree char *fingerprint = NULL;
  g_autofree char *digest = NULL;
  g_auto (GStrv) groups = NULL;
  g_autofree char *joined = NULL;

  g_test_summary ("A fingerprint is the first half of SHA-256 in eight groups");
  vector = json_array_get_object_element (spp_test_vectors_get (parser, "keys"), 1);
  key = spp_test_vector_public_key (vector, "public");
  fingerprint = spp_public_key_dup_fingerprint (key);
  groups = g_strsplit (fingerprint, " ", -1);
  g_assert_cmpuint (g_strv_length (groups), ==, 8);
  joined = g_strjoinv (NULL, groups);
  raw = spp_test_vector_bytes (vector, "public");
  digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, raw);
  digest[32] = '\0';
  g_assert_cmpstr (joined, ==, digest);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/spp/keys/vectors", test_vectors);
  g_test_add_func ("/spp/keys/bech32m/known-answer", test_bech32m_known_answer);
  g_test_add_func ("/spp/keys/bech32m/sizes", test_bech32m_sizes);
  g_test_add_func ("/spp/keys/text/round-trip", test_text_round_trip);
  g_test_add_func ("/spp/keys/text/mistyped", test_text_mistyped);
  g_test_add_func ("/spp/keys/text/mixed-case", test_text_mixed_case);
  g_test_add_func ("/spp/keys/text/other-notations", test_other_notations);
  g_test_add_func ("/spp/keys/text/not-keys", test_not_keys);
  g_test_add_func ("/spp/keys/weak", test_weak_keys);
  g_test_add_func ("/spp/keys/file-contents", test_file_contents);
  g_test_add_func ("/spp/keys/sizes", test_sizes);
  g_test_add_func ("/spp/keys/fingerprint", test_fingerprint);

  return g_test_run ();
}
