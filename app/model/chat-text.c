/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-text.h"

#define MAX_PREVIEW_CHARS 120

/* How much is looked at, so that text of which nearly all is left out (marks
 * on marks) costs no more than any other. */
#define MAX_SCANNED_CHARS (16 * CHAT_TEXT_MAX_DISPLAY_CHARS)

static gboolean
is_bidi_control (gunichar c)
{
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static gboolean
is_line_break (gunichar c)
{
  return c == '\n' || c == 0x2028 || c == 0x2029;
}

/* Writes what stands for @c into @out, which holds 16 bytes; returns the number
 * of characters. */
static guint
spell (gunichar  c,
       char     *out)
{
  if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
    {
      gunichar picture = c == 0x7f ? 0x2421 : 0x2400 + c;

      out[g_unichar_to_utf8 (picture, out)] = '\0';
      return 1;
    }

  if (is_bidi_control (c) || (c >= 0x80 && c < 0xa0))
    return (guint) g_snprintf (out, 16, "[U+%04X]", (guint) c);

  out[g_unichar_to_utf8 (c, out)] = '\0';
  return 1;
}

char *
chat_text_dup_from_payload (GBytes *payload)
{
  gsize size;
  const char *data;

  g_return_val_if_fail (payload != NULL, NULL);

  data = g_bytes_get_data (payload, &size);

  if (size == 0)
    return g_strdup ("");

  /* This refuses NUL too */
  if (!g_utf8_validate_len (data, size, NULL))
    return NULL;

  return g_strndup (data, size);
}

/* One pass over @text in which every step takes a bounded time. */
static char *
clean (const char *text,
       guint       max_chars,
       guint       max_lines,
       gboolean   *cut)
{
  GString *out = g_string_new (NULL);
  guint n_scanned = 0;
  guint n_chars = 0;
  guint n_lines = 1;
  guint n_marks = 0;

  *cut = FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      char spelled[16];
      guint length;

      if (c == '\r' && p[1] == '\n')
        continue;

      if (is_line_break (c))
        c = '\n';

      /* Format characters draw nothing, so marks after one pile up on what
       * stands before it. */
      if (g_unichar_ismark (c))
        n_marks++;
      else if (g_unichar_type (c) != G_UNICODE_FORMAT)
        n_marks = 0;

      if (n_marks > CHAT_TEXT_MAX_MARKS && g_unichar_ismark (c))
        {
          *cut = TRUE;
          if (++n_scanned >= MAX_SCANNED_CHARS)
            break;
          continue;
        }

      length = spell (c, spelled);
      if (n_chars + length > max_chars
          || (c == '\n' && n_lines == max_lines)
          || ++n_scanned >= MAX_SCANNED_CHARS)
        {
          *cut = TRUE;
          break;
        }

      g_string_append (out, spelled);
      n_chars += length;
      if (c == '\n')
        n_lines++;
    }

  return g_string_free (out, FALSE);
}

char *
chat_text_dup_display (const char *text,
                       gboolean   *cut)
{
  gboolean was_cut;
  char *display;

  g_return_val_if_fail (text != NULL, NULL);

  display = clean (text, CHAT_TEXT_MAX_DISPLAY_CHARS, CHAT_TEXT_MAX_DISPLAY_LINES, &was_cut);
  if (cut != NULL)
    *cut = was_cut;

  return display;
}

char *
chat_text_dup_preview (const char *text)
{
  g_autofree char *cleaned = NULL;
  GString *line;
  gboolean cut;
  gboolean space = FALSE;

  g_return_val_if_fail (text != NULL, NULL);

  while (g_ascii_isspace (*text))
    text++;

  cleaned = clean (text, MAX_PREVIEW_CHARS, MAX_PREVIEW_CHARS, &cut);
  line = g_string_new (NULL);

  for (const char *p = cleaned; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n' || c == '\t' || c == ' ')
        {
          space = TRUE;
          continue;
        }

      if (space && line->len > 0)
        g_string_append_c (line, ' ');
      space = FALSE;
      g_string_append_unichar (line, c);
    }

  if (cut && line->len > 0)
    g_string_append (line, "…");

  return g_string_free (line, FALSE);
}
