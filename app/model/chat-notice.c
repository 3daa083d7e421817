/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-notice.h"

#include <glib/gi18n-lib.h>

#include "chat-text.h"

/* The bus takes nothing but valid UTF-8. */
static char *
dup_line (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  return chat_text_dup_preview (valid);
}

char *
chat_notice_dup_title (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return dup_line (name);
}

char *
chat_notice_dup_body (guint       n_unread,
                      const char *preview)
{
  g_autofree char *line = preview != NULL ? dup_line (preview) : NULL;

  /* A message may be empty, or nothing but blanks */
  if (line != NULL && *line != '\0')
    return g_steal_pointer (&line);

  /* Translators: what a notification says below the name of a friend */
  return g_strdup_printf (ngettext ("New message", "%u new messages", n_unread),
                          n_unread);
}
