/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "bench-figures.h"

/* The goals */
#define LIMIT_BIG       0.9
#define LIMIT_SMALL     0.5
#define TIMES_PYTHON    15.0
#define TIMES_TOX       5.0
#define ECHO_RATIO      1.3
#define HANDSHAKE_RATIO 0.8
#define SESSION_BYTES   4096.0
/* SPP/2 to SPP/1 */
#define SPP2_BIG        0.9
#define SPP2_SMALL      0.3
/* With new keys each second to without */
#define REKEY_RATIO     2.0

const gsize bench_sizes[BENCH_N_SIZES] = { 64, 1024, 65536, 4194304 };
const char *const bench_size_titles[BENCH_N_SIZES] = { "64 B", "1 KiB", "64 KiB", "4 MiB" };

const char *const bench_column_names[BENCH_N_COLUMNS] =
  {
    [BENCH_PLAIN] = "plain",
    [BENCH_SPP1] = "spp1",
    [BENCH_SPP2] = "spp2",
    [BENCH_TLS] = "tls",
    [BENCH_TOX] = "tox",
    [BENCH_PYTHON] = "python",
  };

const char *const bench_column_titles[BENCH_N_COLUMNS] =
  {
    [BENCH_PLAIN] = "unencrypted",
    [BENCH_SPP1] = "SPP/1",
    [BENCH_SPP2] = "SPP/2",
    [BENCH_TLS] = "TLS 1.3",
    [BENCH_TOX] = "libtoxcore",
    [BENCH_PYTHON] = "Python SPP/1",
  };

static BenchSeries *
series_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (double));
}

BenchFigures *
bench_figures_new (void)
{
  BenchFigures *self = g_new0 (BenchFigures, 1);
  guint column, size, version;

  for (version = 0; version < 2; version++)
    {
      self->handshakes[version] = series_new ();
      self->bare_handshakes[version] = series_new ();
      self->rekey_tails[version] = series_new ();
    }
  for (size = 0; size < BENCH_N_SIZES; size++)
    {
      self->aead[size] = series_new ();
      self->aead_cpu[size] = series_new ();
      for (column = 0; column < BENCH_N_COLUMNS; column++)
        {
          self->cells[column][size].rate = series_new ();
          self->cells[column][size].sender = series_new ();
          self->cells[column][size].receiver = series_new ();
          self->cells[column][size].median = series_new ();
          self->cells[column][size].tail = series_new ();
        }
    }
  return self;
}

void
bench_figures_free (BenchFigures *self)
{
  guint column, size, version;

  for (size = 0; size < BENCH_N_SIZES; size++)
    {
      g_array_unref (self->aead[size]);
      g_array_unref (self->aead_cpu[size]);
      for (column = 0; column < BENCH_N_COLUMNS; column++)
        {
          g_array_unref (self->cells[column][size].rate);
          g_array_unref (self->cells[column][size].sender);
          g_array_unref (self->cells[column][size].receiver);
          g_array_unref (self->cells[column][size].median);
          g_array_unref (self->cells[column][size].tail);
        }
    }
  for (column = 0; column < BENCH_N_COLUMNS; column++)
    g_free (self->infos[column]);
  for (version = 0; version < 2; version++)
    {
      g_array_unref (self->handshakes[version]);
      g_array_unref (self->bare_handshakes[version]);
      g_array_unref (self->rekey_tails[version]);
    }
  g_free (self);
}

void
bench_series_add (BenchSeries *series,
                  double       value)
{
  g_array_append_val (series, value);
}

static int
compare_doubles (gconstpointer a,
                 gconstpointer b)
{
  double first = *(const double *) a;
  double second = *(const double *) b;

  return first < second ? -1 : first > second;
}

double
bench_series_median (BenchSeries *series)
{
  g_autoptr (GArray) sorted = g_array_copy (series);
  guint half = sorted->len / 2;

  if (sorted->len == 0)
    return 0;
  g_array_sort (sorted, compare_doubles);
  if (sorted->len % 2 == 1)
    return g_array_index (sorted, double, half);
  return (g_array_index (sorted, double, half - 1) + g_array_index (sorted, double, half)) / 2;
}

gboolean
bench_figures_has (BenchFigures *self,
                   BenchColumn   column,
                   guint         size)
{
  return self->cells[column][size].rate->len > 0;
}

double
bench_figures_rate (BenchFigures *self,
                    BenchColumn   column,
                    guint         size)
{
  return bench_series_median (self->cells[column][size].rate);
}

double
bench_figures_limit (BenchFigures *self,
                     guint         size)
{
  return 1 / (1 / bench_series_median (self->aead[size])
              + 1 / bench_figures_rate (self, BENCH_PLAIN, size));
}

static double
busier_end (BenchCell *cell)
{
  return MAX (bench_series_median (cell->sender), bench_series_median (cell->receiver));
}

double
bench_figures_cpu_ratio (BenchFigures *self,
                         guint         size)
{
  return (bench_series_median (self->aead_cpu[size])
          + busier_end (&self->cells[BENCH_PLAIN][size]))
         / busier_end (&self->cells[BENCH_SPP1][size]);
}

/* The goals */

static void
goal_free (BenchGoal *self)
{
  g_free (self->name);
  g_free (self);
}

/* @name: (transfer full) */
static void
add_goal (GPtrArray *goals,
          char      *name,
          double     value,
          double     bound,
          gboolean   at_most)
{
  BenchGoal *goal = g_new0 (BenchGoal, 1);

  goal->name = name;
  goal->value = value;
  goal->goal = bound;
  goal->at_most = at_most;
  goal->met = at_most ? value <= bound : value >= bound;
  g_ptr_array_add (goals, goal);
}

/* @size: of the row
 * @times: how much faster than @column SPP/1 is to be */
static void
add_comparison (GPtrArray    *goals,
                BenchFigures *self,
                BenchColumn   column,
                guint         size,
                double        times)
{
  if (!bench_figures_has (self, column, size))
    return;
  add_goal (goals,
            g_strdup_printf ("%s, SPP/1 to %s", bench_size_titles[size],
                             bench_column_titles[column]),
            bench_figures_rate (self, BENCH_SPP1, size) / bench_figures_rate (self, column, size),
            times, FALSE);
}

GPtrArray *
bench_figures_get_goals (BenchFigures *self)
{
  GPtrArray *goals = g_ptr_array_new_with_free_func ((GDestroyNotify) goal_free);
  guint size, version;

  for (size = 0; size < BENCH_N_SIZES; size++)
    {
      /* The second row is on neither side of what is asked. */
      if (bench_sizes[size] != 1024)
        add_goal (goals,
                  g_strdup_printf ("%s, SPP/1 to the limit", bench_size_titles[size]),
                  bench_figures_rate (self, BENCH_SPP1, size) / bench_figures_limit (self, size),
                  size == 0 ? LIMIT_SMALL : LIMIT_BIG, FALSE);
    }
  for (size = 0; size < BENCH_N_SIZES; size++)
    add_comparison (goals, self, BENCH_TLS, size, 1.0);
  add_comparison (goals, self, BENCH_TOX, 0, TIMES_TOX);
  add_comparison (goals, self, BENCH_PYTHON, 0, TIMES_PYTHON);
  add_goal (goals, g_strdup ("64 B, echo of SPP/1 to unencrypted"),
            bench_series_median (self->cells[BENCH_SPP1][0].median)
            / bench_series_median (self->cells[BENCH_PLAIN][0].median),
            ECHO_RATIO, TRUE);
  for (size = 0; size < BENCH_N_SIZES; size++)
    if (bench_sizes[size] != 1024)
      add_goal (goals, g_strdup_printf ("%s, SPP/2 to SPP/1", bench_size_titles[size]),
                bench_figures_rate (self, BENCH_SPP2, size)
                / bench_figures_rate (self, BENCH_SPP1, size),
                size == 0 ? SPP2_SMALL : SPP2_BIG, FALSE);
  add_goal (goals, g_strdup ("echo of SPP/2 with new keys, to without"),
            bench_series_median (self->rekey_tails[1])
            / bench_series_median (self->rekey_tails[0]),
            REKEY_RATIO, TRUE);
  for (version = 0; version < 2; version++)
    {
      add_goal (goals, g_strdup_printf ("handshakes of SPP/%u to the bare calls", version + 1),
                bench_series_median (self->handshakes[version])
                / bench_series_median (self->bare_handshakes[version]),
                HANDSHAKE_RATIO, FALSE);
      add_goal (goals, g_strdup_printf ("bytes of an idle session of SPP/%u", version + 1),
                self->session_bytes[version] - self->connection_bytes, SESSION_BYTES, TRUE);
    }
  return goals;
}
