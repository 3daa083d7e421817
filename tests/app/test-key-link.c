/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-key-link.h>
#include <spp.h>

/* One key in its three forms. */
#define KEY_HEX "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define KEY_BASE64 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define KEY_BASE64_ESCAPED "11qYAYKxCrfVS%2F7TyWQHOg7hcvPapiMlrwIaaPcHURo%3D"

/* What begins with a link and what the key reader is given then. */
typedef struct
{
  const char *name;
  const char *text;
  const char *key;
  gboolean    is_link;
} Case;

static const Case cases[] = {
  { "lower-case", "spp:abc", "abc", TRUE },
  { "upper-case", "SPP:ABC", "ABC", TRUE },
  { "mixed-case", "sPp:aBc", "aBc", TRUE },
  { "blanks", " \n\tspp:abc \n", "abc \n", TRUE },
  { "no-link", " abc", " abc", FALSE },
  { "nothing", "", "", FALSE },
  { "bech32-has-no-colon", "spp1abc", "spp1abc", FALSE },
  { "other-scheme", "sppx:abc", "sppx:abc", FALSE },
  { "half-a-scheme", "spp", "spp", FALSE },
  { "empty", "spp:", "", TRUE },
  { "link-in-a-link", "spp:spp:abc", "spp:abc", TRUE },
  { "escaped", "spp:a%2fb%3D", "a/b=", TRUE },
  { "escaped-once", "spp:%2541", "%41", TRUE },
  { "plus-is-no-blank", "spp:a+b", "a+b", TRUE },
  { "no-escape-outside", "a%2fb", "a%2fb", FALSE },
  { "escaped-colon", "spp%3aabc", "spp%3aabc", FALSE },
  { "half-an-escape", "spp:ab%4", "ab%4", TRUE },
  { "lone-percent", "spp:ab%", "ab%", TRUE },
  { "no-hexadecimal", "spp:ab%zz", "ab%zz", TRUE },
  { "escaped-nul", "spp:ab%00cd", "ab%00cd", TRUE },
  { "invalid-utf8", "spp:ab%ff", "ab%ff", TRUE },
  { "half-a-character", "spp:ab%e2%82", "ab%e2%82", TRUE },
  { "one-broken-escape", "spp:%41%00", "%41%00", TRUE },
};

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  g_autofree char *key = chat_key_link_dup_key (row->text);

  g_assert_cmpint (chat_key_link_is_link (row->text), ==, row->is_link);
  g_assert_cmpstr (key, ==, row->key);
}

static SppPublicKey *
read_link (const char  *text,
           GError     **error)
{
  g_autofree char *key = chat_key_link_dup_key (text);

  return spp_public_key_new_from_string (key, error);
}

static void
test_forms (void)
{
  static const char *const links[] = {
    "spp:" KEY_HEX, "SPP:" KEY_HEX, "spp:" KEY_BASE64, "spp:" KEY_BASE64_ESCAPED,
  };
  g_autoptr (SppPublicKey) expected = spp_public_key_new_from_string (KEY_HEX, NULL);
  g_autofree char *bech32 = g_strconcat ("spp:", spp_public_key_get_string (expected), NULL);
  g_autofree char *shouted = g_ascii_strup (bech32, -1);

  g_test_summary ("A link carries the key in any text form");

  g_assert_nonnull (expected);
  for (guint i = 0; i < G_N_ELEMENTS (links) + 2; i++)
    {
      const char *text = i < G_N_ELEMENTS (links) ? links[i] : i % 2 == 0 ? bech32 : shouted;
      g_autoptr (GError) error = NULL;
      g_autoptr (SppPublicKey) key = read_link (text, &error);

      g_assert_no_error (error);
      g_assert_true (spp_public_key_equal (key, expected));
    }
}

static void
test_refusals (void)
{
  static const char *const links[] = {
    "spp:", "spp: ", "spp://" KEY_HEX, "spp:" KEY_HEX "?name=Bob", "spp:" KEY_HEX "#Bob",
    "spp:" KEY_HEX "%00", "spp:" KEY_HEX "%ff", "spp:" KEY_HEX "%4", "spp:spp:" KEY_HEX,
    "spp:\xff\xfe", "spp:%d7%5a%98%01",
  };

  g_test_summary ("What is no key is refused as such, whatever it is made of");

  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_link (links[i], &error));
      g_assert_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

static void
test_mistyped (void)
{
  g_autoptr (SppPublicKey) key = spp_public_key_new_from_string (KEY_HEX, NULL);
  g_autofree char *link = g_strconcat ("spp:", spp_public_key_get_string (key), NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A mistyped character in a link is told like one in a key");

  link[20] = link[20] == 'q' ? 'p' : 'q';
  g_assert_null (read_link (link, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_MISTYPED_KEY);
}

static void
test_long (void)
{
  static const char *const units[] = { "a", "%41", "%", "%00", "%ff", " ", "spp:", "\xd0\x96" };

  g_test_summary ("A very long link is refused, whatever it is made of");

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      GString *text = g_string_new ("spp:");
      g_autoptr (GError) error = NULL;

      while (text->len < 4 * 1024 * 1024)
        g_string_append (text, units[i]);
      g_assert_null (read_link (text->str, &error));
      g_assert_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
      g_string_free (text, TRUE);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/key-link/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/key-link/forms", test_forms);
  g_test_add_func ("/key-link/refusals", test_refusals);
  g_test_add_func ("/key-link/mistyped", test_mistyped);
  g_test_add_func ("/key-link/long", test_long);

  return g_test_run ();
}
