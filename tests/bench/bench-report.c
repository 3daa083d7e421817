/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <stdio.h>

#include "bench-figures.h"

#define FIRST_WIDTH 8
#define WIDTH       20

static G_GNUC_PRINTF (1, 2) void
print_cell (const char *format,
            ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  printf ("%*s", WIDTH, text);
}

static void
print_head (const char *title)
{
  guint column;

  printf ("\n%s\n%-*s", title, FIRST_WIDTH, "");
  for (column = 0; column < BENCH_N_COLUMNS; column++)
    print_cell ("%s", bench_column_titles[column]);
}

static void
print_rate (guint  size,
            double rate)
{
  double mebibytes = rate * (double) bench_sizes[size] / (1024 * 1024);

  print_cell ("%.*f | %.*f", rate < 100 ? 1 : 0, rate, mebibytes < 10 ? 1 : 0, mebibytes);
}

static void
print_rates (BenchFigures *self)
{
  guint column, size;

  print_head ("One way, messages a second | MiB/s");
  putchar ('\n');
  for (size = 0; size < BENCH_N_SIZES; size++)
    {
      printf ("%-*s", FIRST_WIDTH, bench_size_titles[size]);
      for (column = 0; column < BENCH_N_COLUMNS; column++)
        {
          if (bench_figures_has (self, column, size))
            print_rate (size, bench_figures_rate (self, column, size));
          else
            print_cell ("-");
        }
      putchar ('\n');
    }
}

static void
print_limits (BenchFigures *self)
{
  guint size;

  printf ("\nThe limit: 1 / (1 / AEAD + 1 / unencrypted)\n%-*s", FIRST_WIDTH, "");
  print_cell ("AEAD on one core");
  print_cell ("limit");
  print_cell ("SPP/1");
  print_cell ("SPP/1 to the limit");
  print_cell ("by processor time");
  putchar ('\n');
  for (size = 0; size < BENCH_N_SIZES; size++)
    {
      double rate = bench_figures_rate (self, BENCH_SPP1, size);
      double limit = bench_figures_limit (self, size);

      printf ("%-*s", FIRST_WIDTH, bench_size_titles[size]);
      print_rate (size, bench_series_median (self->aead[size]));
      print_rate (size, limit);
      print_rate (size, rate);
      print_cell ("%.2f", rate / limit);
      print_cell ("%.2f", bench_figures_cpu_ratio (self, size));
      putchar ('\n');
    }
}

static void
print_cpu (BenchFigures *self)
{
  guint column, size;

  print_head ("Processor time of a message, nanoseconds: sender | receiver");
  print_cell ("AEAD");
  putchar ('\n');
  for (size = 0; size < BENCH_N_SIZES; size++)
    {
      printf ("%-*s", FIRST_WIDTH, bench_size_titles[size]);
      for (column = 0; column < BENCH_N_COLUMNS; column++)
        {
          BenchCell *cell = &self->cells[column][size];

          if (cell->sender->len > 0)
            print_cell ("%.0f | %.0f", bench_series_median (cell->sender),
                        bench_series_median (cell->receiver));
          else
            print_cell ("-");
        }
      print_cell ("%.0f", bench_series_median (self->aead_cpu[size]));
      putchar ('\n');
    }
}

static void
print_echoes (BenchFigures *self)
{
  guint column, size;

  print_head ("There and back, one message under way: median | 99th percentile, microseconds");
  putchar ('\n');
  for (size = 0; size < BENCH_N_SIZES; size++)
    {
      printf ("%-*s", FIRST_WIDTH, bench_size_titles[size]);
      for (column = 0; column < BENCH_N_COLUMNS; column++)
        {
          BenchCell *cell = &self->cells[column][size];

          if (bench_figures_has (self, column, size))
            print_cell ("%.1f | %.1f", bench_series_median (cell->median) / 1000,
                        bench_series_median (cell->tail) / 1000);
          else
            print_cell ("-");
        }
      putchar ('\n');
    }
}

static void
print_goals (BenchFigures *self)
{
  g_autoptr (GPtrArray) goals = bench_figures_get_goals (self);
  guint i;

  printf ("\nGoals\n");
  for (i = 0; i < goals->len; i++)
    {
      BenchGoal *goal = g_ptr_array_index (goals, i);
      int decimals = goal->goal >= 100 ? 0 : 2;

      printf ("%-36s %9.*f  %s %-7.*f %s\n", goal->name, decimals, goal->value,
              goal->at_most ? "<=" : ">=", decimals == 0 ? 0 : 1, goal->goal,
              goal->met ? "met" : "MISSED");
    }
}

void
bench_report_print (BenchFigures *self)
{
  guint column, version;

  printf ("Two processes over loopback; medians of %u rounds. Load before: %.2f of %u cores.\n",
          self->rounds, self->load, g_get_num_processors ());
  printf ("Where something else keeps the cores busy, processor time is to be believed.\n");
  for (column = 0; column < BENCH_N_COLUMNS; column++)
    printf ("%-14s %s\n", bench_column_titles[column], self->infos[column]);
  print_rates (self);
  print_limits (self);
  print_cpu (self);
  print_echoes (self);
  if (self->present[BENCH_TOX])
    printf ("One way through libtoxcore (half of there and back): %.1f microseconds\n",
            bench_series_median (self->cells[BENCH_TOX][0].median) / 2000);

  printf ("\n");
  for (version = 0; version < 2; version++)
    printf ("SPP/%u: %.0f handshakes a second, where the bare calls of both ends on one core "
            "are %.0f\n", version + 1, bench_series_median (self->handshakes[version]),
            bench_series_median (self->bare_handshakes[version]));
  printf ("Memory of one of %u idle sessions: SPP/1 %.0f bytes, SPP/2 %.0f; of one bare "
          "connection %.0f\n", self->sessions, self->session_bytes[0], self->session_bytes[1],
          self->connection_bytes);
  printf ("Echo of 64 B by SPP/2, 99.9th percentile: %.0f microseconds; with new keys each "
          "second %.0f\n", bench_series_median (self->rekey_tails[0]) / 1000,
          bench_series_median (self->rekey_tails[1]) / 1000);
  print_goals (self);
}
