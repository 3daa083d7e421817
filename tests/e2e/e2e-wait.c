/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-wait.h"

#define POLL_MS 50
#define DEADLINE_SECONDS 30

static gboolean
poll_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static guint64
get_multiplier (void)
{
  const char *text = g_getenv ("E2E_TIMEOUT_MULTIPLIER");

  return text != NULL ? MAX (g_ascii_strtoull (text, NULL, 10), 1) : 1;
}

gboolean
e2e_wait_seconds (E2eCondition condition,
                  gpointer     user_data,
                  guint        seconds)
{
  gint64 patience = (gint64) (seconds * get_multiplier ()) * G_USEC_PER_SEC;
  gint64 deadline = g_get_monotonic_time () + patience;
  gboolean met = condition (user_data);
  /* A condition outside this process wakes nobody here: look again and again. */
  guint source = g_timeout_add (POLL_MS, poll_cb, NULL);

  while (!met && g_get_monotonic_time () < deadline)
    {
      g_main_context_iteration (NULL, TRUE);
      met = condition (user_data);
    }
  g_source_remove (source);

  return met;
}

gboolean
e2e_wait_until (E2eCondition condition,
                gpointer     user_data)
{
  return e2e_wait_seconds (condition, user_data, DEADLINE_SECONDS);
}
