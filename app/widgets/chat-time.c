/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-time.h"

#include <glib/gi18n.h>
#include <langinfo.h>
#include <string.h>

static GDateTime *
to_local (gint64 time)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);

  /* Beyond year 9999 there is no date; a clock that far off shows the epoch */
  if (utc == NULL)
    utc = g_date_time_new_from_unix_utc (0);

  return g_date_time_to_local (utc);
}

/* How many midnights lie between @date and now. */
static int
count_days_since (GDateTime *date)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  GDate then_day;
  GDate today;

  g_date_clear (&then_day, 1);
  g_date_clear (&today, 1);
  g_date_set_dmy (&then_day, (GDateDay) g_date_time_get_day_of_month (date),
                  g_date_time_get_month (date), (GDateYear) g_date_time_get_year (date));
  g_date_set_dmy (&today, (GDateDay) g_date_time_get_day_of_month (now),
                  g_date_time_get_month (now), (GDateYear) g_date_time_get_year (now));

  return g_date_days_between (&then_day, &today);
}

static gboolean
is_this_year (GDateTime *date)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  return g_date_time_get_year (date) == g_date_time_get_year (now);
}

/* Whether the day has two halves of twelve hours, where the user lives. */
static gboolean
has_half_days (void)
{
  const char *format = nl_langinfo (T_FMT);

  return *nl_langinfo (AM_STR) != '\0'
         && (strstr (format, "%r") != NULL || strstr (format, "%p") != NULL);
}

char *
chat_time_dup_clock (gint64 time)
{
  g_autoptr (GDateTime) date = to_local (time);

  if (has_half_days ())
    /* Translators: the time of a message where 14:03 is written “2:03 PM” */
    return g_date_time_format (date, _("%-I:%M %p"));

  /* Translators: the time of a message, as hour and minute */
  return g_date_time_format (date, _("%H:%M"));
}

char *
chat_time_dup_short (gint64 time)
{
  g_autoptr (GDateTime) date = to_local (time);
  int days = count_days_since (date);

  if (days == 0)
    return chat_time_dup_clock (time);
  if (days == 1)
    return g_strdup (_("Yesterday"));
  if (days > 1 && days < 7)
    return g_date_time_format (date, "%A");
  if (is_this_year (date))
    /* Translators: a day of this year, short, such as “3 May” */
    return g_date_time_format (date, _("%-d %b"));

  return g_date_time_format (date, "%x");
}

char *
chat_time_dup_day (gint64 time)
{
  g_autoptr (GDateTime) date = to_local (time);
  int days = count_days_since (date);

  if (days == 0)
    return g_strdup (_("Today"));
  if (days == 1)
    return g_strdup (_("Yesterday"));
  if (is_this_year (date))
    /* Translators: a day of this year, such as “Monday, 3 May” */
    return g_date_time_format (date, _("%A, %-d %B"));

  /* Translators: a day of another year, such as “3 May 2021” */
  return g_date_time_format (date, _("%-d %B %Y"));
}

char *
chat_time_dup_full (gint64 time)
{
  g_autoptr (GDateTime) date = to_local (time);

  return g_date_time_format (date, "%c");
}

gboolean
chat_time_same_day (gint64 a,
                    gint64 b)
{
  g_autoptr (GDateTime) date_a = to_local (a);
  g_autoptr (GDateTime) date_b = to_local (b);

  return g_date_time_get_year (date_a) == g_date_time_get_year (date_b)
         && g_date_time_get_day_of_year (date_a) == g_date_time_get_day_of_year (date_b);
}
