/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-notice.h>
#include <string.h>

static void
test_title (void)
{
  static const struct
  {
    const char *name;
    const char *title;
  } cases[] = {
    { "Bob", "Bob" },
    { "<b>%s&</b>", "<b>%s&</b>" },
    { "Bob\xe2\x80\xae" "ecilA", "Bob[U+202E]ecilA" },
    { "Bob\nAlice\x07", "Bob Alice\xe2\x90\x87" },
    { "Bob\xff", "Bob\xef\xbf\xbd" },
    { "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
  };

  g_test_summary ("A name is one line of valid text in which nothing is hidden");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *title = chat_notice_dup_title (cases[i].name);

      g_assert_cmpstr (title, ==, cases[i].title);
    }
}

static void
test_number (void)
{
  static const struct
  {
    guint       n_unread;
    const char *body;
  } cases[] = {
    { 1, "New message" },
    { 2, "2 new messages" },
    { G_MAXUINT, "4294967295 new messages" },
  };

  g_test_summary ("Without a text the number of messages is told");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *body = chat_notice_dup_body (cases[i].n_unread, NULL);

      g_assert_cmpstr (body, ==, cases[i].body);
    }
}

static void
test_text (void)
{
  g_autofree char *plain = chat_notice_dup_body (3, "Hello <b>you</b> & me");
  g_autofree char *lines = chat_notice_dup_body (1, "a\nb\xe2\x80\xae");
  g_autofree char *empty = chat_notice_dup_body (1, "");
  g_autofree char *blank = chat_notice_dup_body (2, " \n ");
  g_autofree char *large = g_strnfill (1024 * 1024, 'a');
  g_autofree char *cut = chat_notice_dup_body (1, large);
  g_autofree char *again = chat_notice_dup_body (1, cut);

  g_test_summary ("A text is one short line; without one there is still something to say");

  g_assert_cmpstr (plain, ==, "Hello <b>you</b> & me");
  g_assert_cmpstr (lines, ==, "a b[U+202E]");
  g_assert_cmpstr (empty, ==, "New message");
  g_assert_cmpstr (blank, ==, "2 new messages");
  g_assert_cmpint (strlen (cut), <, 200);
  g_assert_true (g_str_has_suffix (cut, "a…"));
  g_assert_cmpstr (again, ==, cut);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notice/title", test_title);
  g_test_add_func ("/notice/number", test_number);
  g_test_add_func ("/notice/text", test_text);

  return g_test_run ();
}
