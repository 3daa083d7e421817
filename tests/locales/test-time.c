/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Times and days as people write them where they live. */

#include <locale.h>
#include <string.h>

#include "chat-time.h"

/* 3 May 2021, 14:03 */
#define AFTERNOON (G_GINT64_CONSTANT (1620050580) * G_USEC_PER_SEC)

static void
test_clock (gconstpointer user_data)
{
  const char *const *row = user_data;
  g_autofree char *clock = NULL;

  g_test_summary ("The clock has as many hours as in the locale");

  g_assert_nonnull (setlocale (LC_ALL, row[0]));
  clock = chat_time_dup_clock (AFTERNOON);
  g_assert_cmpstr (clock, ==, row[1]);
}

static void
test_days (void)
{
  g_autofree char *day = NULL;

  g_test_summary ("A day long ago is written with the words of the locale");

  g_assert_nonnull (setlocale (LC_ALL, "he_IL.UTF-8"));
  day = chat_time_dup_day (AFTERNOON);
  g_assert_true (g_str_has_prefix (day, "3 "));
  g_assert_true (g_str_has_suffix (day, " 2021"));
  g_assert_null (strstr (day, "May"));
}

int
main (int   argc,
      char *argv[])
{
  static const char *const rows[][2] = {
    { "C", "14:03" },
    { "en_US.UTF-8", "2:03 PM" },
    { "he_IL.UTF-8", "14:03" },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/time/clock/%s", rows[i][0]);

      g_test_add_data_func (path, rows[i], test_clock);
    }
  g_test_add_func ("/time/days", test_days);

  return g_test_run ();
}
