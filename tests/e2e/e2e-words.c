/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-words.h"

#include <locale.h>
#include <string.h>

#define GTK_DOMAIN "gtk40"

void
e2e_words_init (const char *locale,
                const char *folder)
{
  g_setenv ("LC_ALL", locale, TRUE);
  g_assert_cmpstr (setlocale (LC_ALL, ""), ==, locale);
  bindtextdomain (E2E_DOMAIN, folder);
  bind_textdomain_codeset (E2E_DOMAIN, "UTF-8");
  bind_textdomain_codeset (GTK_DOMAIN, "UTF-8");
}

char *
e2e_words_pattern (const char *format)
{
  GString *pattern = g_string_new (NULL);

  while (*format != '\0')
    {
      if (*format != '%')
        {
          g_string_append_c (pattern, *format++);
          continue;
        }
      g_string_append_c (pattern, '*');
      format += 1 + strspn (format + 1, "0123456789$l");
      g_assert_nonnull (strchr ("sud", *format));
      format++;
    }

  return g_string_free (pattern, FALSE);
}

char *
e2e_words_of_gtk (const char *text)
{
  /* The translation of nothing is the head of the catalogue */
  const char *said = *text != '\0' ? dgettext (GTK_DOMAIN, text) : text;
  g_auto (GStrv) parts = g_strsplit (said, "_", -1);

  return g_strjoinv ("", parts);
}
