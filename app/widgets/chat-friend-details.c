/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-friend-details.h"

#include <glib/gi18n.h>
#include <string.h>

void
chat_friend_details_clear (ChatFriendDetails *details)
{
  g_clear_pointer (&details->name, g_free);
  g_clear_pointer (&details->host, g_free);
}

/* A host name or an IP address; what else it takes shows when dialling. */
static const char *
check_host (const char *host)
{
  const char *colon = strchr (host, ':');

  if (strpbrk (host, " \t/@") != NULL)
    return _("An address is a name like “bob.example” or a number like “192.0.2.7”.");
  if (colon != NULL && strchr (colon + 1, ':') == NULL)
    return _("The port goes into its own field.");

  return NULL;
}

static void
set_wrong (ChatFriendDetails *details,
           ChatDetail         wrong,
           const char        *sentence)
{
  if (details->wrong == CHAT_DETAIL_NONE)
    details->wrong = wrong;
  if (details->sentence == NULL && sentence != NULL)
    {
      details->wrong = wrong;
      details->sentence = sentence;
    }
}

void
chat_friend_details_read (ChatFriendDetails *details,
                          const char        *name,
                          const char        *host,
                          const char        *port)
{
  g_autofree char *port_text = g_strstrip (g_strdup (port));
  guint64 number = 0;

  details->name = g_strstrip (g_strdup (name));
  details->host = g_strstrip (g_strdup (host));
  details->port = 0;
  details->wrong = CHAT_DETAIL_NONE;
  details->sentence = NULL;

  if (*details->name == '\0')
    set_wrong (details, CHAT_DETAIL_NAME, NULL);
  if (check_host (details->host) != NULL)
    set_wrong (details, CHAT_DETAIL_HOST, check_host (details->host));

  if (*port_text == '\0')
    {
      if (*details->host != '\0')
        set_wrong (details, CHAT_DETAIL_PORT, NULL);
    }
  else if (g_ascii_string_to_unsigned (port_text, 10, 1, G_MAXUINT16, &number, NULL))
    {
      details->port = (guint16) number;
    }
  else
    {
      set_wrong (details, CHAT_DETAIL_PORT, _("A port is a number from 1 to 65535."));
    }
}
