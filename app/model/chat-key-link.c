/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-key-link.h"

#include <string.h>

#define PREFIX "spp:"

/* A link is pasted with blanks around it. */
static const char *
skip_blanks (const char *text)
{
  while (g_ascii_isspace (*text))
    text++;

  return text;
}

gboolean
chat_key_link_is_link (const char *text)
{
  g_return_val_if_fail (text != NULL, FALSE);

  return g_ascii_strncasecmp (skip_blanks (text), PREFIX, strlen (PREFIX)) == 0;
}

char *
chat_key_link_dup_key (const char *text)
{
  g_autofree char *key = NULL;
  const char *rest;

  g_return_val_if_fail (text != NULL, NULL);

  if (!chat_key_link_is_link (text))
    return g_strdup (text);

  /* This refuses an escaped NUL too */
  rest = skip_blanks (text) + strlen (PREFIX);
  key = g_uri_unescape_string (rest, NULL);
  if (key == NULL || !g_utf8_validate (key, -1, NULL))
    return g_strdup (rest);

  return g_steal_pointer (&key);
}
