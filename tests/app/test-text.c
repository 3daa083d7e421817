/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-message.h>
#include <chat-text.h>
#include <string.h>

typedef struct
{
  const char *name;
  const char *text;
  const char *display;
  const char *preview;
  gboolean    cut;
} Case;

static const Case cases[] = {
  { "plain", "hello", "hello", "hello" },
  { "nothing", "", "", "" },
  { "emoji-cyrillic",
    "Привет 👩‍❤️‍👨 🎉",
    "Привет 👩‍❤️‍👨 🎉",
    "Привет 👩‍❤️‍👨 🎉" },
  { "markup", "<b>&amp;</b>", "<b>&amp;</b>", "<b>&amp;</b>" },
  { "lines", "a\nb\tc", "a\nb\tc", "a b c" },
  { "crlf", "a\r\nb", "a\nb", "a b" },
  { "lone-cr", "a\rb", "a\xe2\x90\x8d" "b", "a\xe2\x90\x8d" "b" },
  { "separators", "a\xe2\x80\xa8" "b\xe2\x80\xa9" "c", "a\nb\nc", "a b c" },
  { "controls", "\x01\x1b[31m\x7f", "\xe2\x90\x81\xe2\x90\x9b[31m\xe2\x90\xa1",
    "\xe2\x90\x81\xe2\x90\x9b[31m\xe2\x90\xa1" },
  { "c1", "\xc2\x9b" "31m", "[U+009B]31m", "[U+009B]31m" },
  { "override", "abc\xe2\x80\xae" "fed", "abc[U+202E]fed", "abc[U+202E]fed" },
  { "isolate", "\xe2\x81\xa6x\xe2\x81\xa9", "[U+2066]x[U+2069]", "[U+2066]x[U+2069]" },
  { "some-marks", "e\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81" },
  { "nine-marks",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81x",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81x",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81x…", TRUE },
  /* A zero-width joiner does not let the pile grow */
  { "joined-marks",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xe2\x80\x8d\xcc\x81",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xe2\x80\x8d",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xe2\x80\x8d…", TRUE },
};

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  gboolean cut = !row->cut;
  g_autofree char *display = chat_text_dup_display (row->text, &cut);
  g_autofree char *preview = chat_text_dup_preview (row->text);

  g_assert_cmpstr (display, ==, row->display);
  g_assert_cmpint (cut, ==, row->cut);
  g_assert_cmpstr (preview, ==, row->preview);
}

static char *
repeat (const char *unit,
        guint       n)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append (text, unit);

  return g_string_free (text, FALSE);
}

static void
test_bounds (void)
{
  static const char *const units[] = {
    "a", "\n", "\xcc\x81", "e\xcc\x81", "\xe2\x80\xae", "\x01", "я", "🎉", "\xe2\x80\x8d", "\r\n",
    "a\xe2\x80\x8d\xcc\x81",
  };

  g_test_summary ("Whatever 1 MiB is made of, what shows is small, valid and marked as cut");

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autofree char *text = repeat (units[i], 1024 * 1024 / strlen (units[i]));
      gboolean cut = FALSE;
      g_autofree char *display = chat_text_dup_display (text, &cut);
      g_autofree char *preview = chat_text_dup_preview (text);
      guint n_lines = 1;

      for (const char *p = display; *p != '\0'; p++)
        n_lines += *p == '\n';

      g_assert_true (cut);
      g_assert_true (g_utf8_validate (display, -1, NULL));
      g_assert_cmpint (g_utf8_strlen (display, -1), <=, CHAT_TEXT_MAX_DISPLAY_CHARS);
      g_assert_cmpuint (n_lines, <=, CHAT_TEXT_MAX_DISPLAY_LINES);
      g_assert_true (g_utf8_validate (preview, -1, NULL));
      g_assert_cmpint (g_utf8_strlen (preview, -1), <=, 200);
      g_assert_null (strpbrk (preview, "\n\t\r"));
    }
}

static void
test_exact_bounds (void)
{
  g_autofree char *most = repeat ("a", CHAT_TEXT_MAX_DISPLAY_CHARS);
  g_autofree char *more = repeat ("a", CHAT_TEXT_MAX_DISPLAY_CHARS + 1);
  g_autofree char *lines = repeat ("\n", CHAT_TEXT_MAX_DISPLAY_LINES - 1);
  g_autofree char *more_lines = repeat ("\n", CHAT_TEXT_MAX_DISPLAY_LINES);
  gboolean cut;

  g_free (chat_text_dup_display (most, &cut));
  g_assert_false (cut);
  g_free (chat_text_dup_display (more, &cut));
  g_assert_true (cut);
  g_free (chat_text_dup_display (lines, &cut));
  g_assert_false (cut);
  g_free (chat_text_dup_display (more_lines, &cut));
  g_assert_true (cut);
}

static void
test_payload (void)
{
  g_autoptr (GBytes) good = g_bytes_new_static ("да", strlen ("да"));
  g_autoptr (GBytes) none = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) nul = g_bytes_new_static ("a\0b", 3);
  g_autoptr (GBytes) invalid = g_bytes_new_static ("a\xff", 2);
  g_autoptr (GBytes) half = g_bytes_new_static ("\xd0", 1);
  g_autoptr (GBytes) surrogate = g_bytes_new_static ("\xed\xa0\x80", 3);
  g_autofree char *text = chat_text_dup_from_payload (good);
  g_autofree char *empty = chat_text_dup_from_payload (none);

  g_assert_cmpstr (text, ==, "да");
  g_assert_cmpstr (empty, ==, "");
  g_assert_null (chat_text_dup_from_payload (nul));
  g_assert_null (chat_text_dup_from_payload (invalid));
  g_assert_null (chat_text_dup_from_payload (half));
  g_assert_null (chat_text_dup_from_payload (surrogate));
}

static void
on_notify (ChatMessage *message,
           GParamSpec  *pspec,
           guint       *n)
{
  (*n)++;
}

static void
test_message (void)
{
  g_autoptr (GBytes) invalid = g_bytes_new_static ("\xff\xfe", 2);
  g_autoptr (GBytes) hello = g_bytes_new_static ("hello\r\n", 7);
  ChatMessage *empty = chat_message_new (1, CHAT_MESSAGE_STATE_RECEIVED, 0, NULL);
  ChatMessage *bytes = chat_message_new (2, CHAT_MESSAGE_STATE_RECEIVED, 0, invalid);
  ChatMessage *text = chat_message_new (3, CHAT_MESSAGE_STATE_QUEUED, 5, hello);
  g_autofree char *preview = NULL;
  guint n = 0;

  g_assert_true (chat_message_is_notice (empty));
  g_assert_cmpstr (chat_message_get_display (empty), ==, "Empty message");

  g_assert_true (chat_message_is_notice (bytes));
  g_assert_null (chat_message_get_text (bytes));
  g_assert_cmpstr (chat_message_get_display (bytes), ==,
                   "This message is not text and cannot be shown (2 bytes).");

  g_assert_false (chat_message_is_notice (text));
  g_assert_true (chat_message_is_outgoing (text));
  g_assert_cmpstr (chat_message_get_text (text), ==, "hello\r\n");
  g_assert_cmpstr (chat_message_get_display (text), ==, "hello\n");
  preview = chat_message_dup_preview (text);
  g_assert_cmpstr (preview, ==, "hello");

  g_signal_connect (text, "notify::state", G_CALLBACK (on_notify), &n);
  chat_message_set_state (text, CHAT_MESSAGE_STATE_SENT);
  chat_message_set_state (text, CHAT_MESSAGE_STATE_SENT);
  g_assert_cmpuint (n, ==, 1);

  g_assert_finalize_object (empty);
  g_assert_finalize_object (bytes);
  g_assert_finalize_object (text);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/text/display/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/text/bounds", test_bounds);
  g_test_add_func ("/text/exact-bounds", test_exact_bounds);
  g_test_add_func ("/text/payload", test_payload);
  g_test_add_func ("/text/message", test_message);

  return g_test_run ();
}
