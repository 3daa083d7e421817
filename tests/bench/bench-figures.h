/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  BENCH_PLAIN,
  BENCH_SPP1,
  BENCH_SPP2,
  BENCH_TLS,
  BENCH_TOX,
  BENCH_PYTHON,
  BENCH_N_COLUMNS,
} BenchColumn;

#define BENCH_N_SIZES 4

extern const gsize       bench_sizes[BENCH_N_SIZES];
extern const char *const bench_size_titles[BENCH_N_SIZES];
extern const char *const bench_column_names[BENCH_N_COLUMNS];
extern const char *const bench_column_titles[BENCH_N_COLUMNS];

/* What one quantity was in each round, as double. */
typedef GArray BenchSeries;

typedef struct
{
  BenchSeries *rate;    /* messages a second */
  BenchSeries *sender;  /* processor time of a message, in nanoseconds */
  BenchSeries *receiver;
  BenchSeries *median;  /* of the echoes, in nanoseconds */
  BenchSeries *tail;    /* the 99th percentile of them */
} BenchCell;

typedef struct
{
  guint        rounds;
  double       load;                      /* of the machine, before */
  char        *infos[BENCH_N_COLUMNS];    /* what it is, or why there is nothing */
  gboolean     present[BENCH_N_COLUMNS];
  BenchSeries *aead[BENCH_N_SIZES];       /* messages a second */
  BenchSeries *aead_cpu[BENCH_N_SIZES];   /* nanoseconds */
  BenchCell    cells[BENCH_N_COLUMNS][BENCH_N_SIZES];
  BenchSeries *handshakes[2];             /* a second: SPP/1, SPP/2 */
  BenchSeries *bare_handshakes[2];
  BenchSeries *rekey_tails[2];            /* the 99.9th percentile of echoes by SPP/2, in
                                             nanoseconds: as usual, new keys each second */
  guint        sessions;
  double       session_bytes[2];          /* of one session with its socket */
  double       connection_bytes;          /* of one bare connection */
} BenchFigures;

/* What is asked of the figures. */
typedef struct
{
  char     *name;
  double    value;
  double    goal;
  gboolean  at_most;    /* else at least */
  gboolean  met;
} BenchGoal;

BenchFigures *bench_figures_new       (void);
void          bench_figures_free      (BenchFigures *self);
void          bench_series_add        (BenchSeries  *series,
                                       double        value);
/* 0 when there is none. */
double        bench_series_median     (BenchSeries  *series);

gboolean      bench_figures_has       (BenchFigures *self,
                                       BenchColumn   column,
                                       guint         size);
double        bench_figures_rate      (BenchFigures *self,
                                       BenchColumn   column,
                                       guint         size);
/* What would be left of both rates if one core did the one after the other. */
double        bench_figures_limit     (BenchFigures *self,
                                       guint         size);
/* SPP/1 to the limit by the processor time of the busier end: what the ratio of the
 * rates comes to where both ends have a core for themselves. */
double        bench_figures_cpu_ratio (BenchFigures *self,
                                       guint         size);
/* (transfer full) (element-type BenchGoal): those that can be judged */
GPtrArray    *bench_figures_get_goals (BenchFigures *self);

void          bench_report_print      (BenchFigures *self);
gboolean      bench_json_write        (BenchFigures *self,
                                       const char   *path,
                                       GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchFigures, bench_figures_free)

G_END_DECLS
