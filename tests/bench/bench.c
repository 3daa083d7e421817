/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Measures all columns side by side: each round goes through every column once, so
 * that what else the machine does meets all of them alike. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench-crypto.h"
#include "bench-figures.h"
#include "bench-process.h"
#include "bench-util.h"

#define SETTLE_SECONDS 10

typedef struct
{
  int rounds;
  int stream;     /* milliseconds of each */
  int echo;
  int crypto;
  int tox_warm_up;
  int tox_stream;
  int sessions;
  int rekey;
} Plan;

/* Tox begins with four messages a second and takes some twelve seconds to find out
 * how fast it can be. It is given that time, once. */
static const Plan whole = { 5, 400, 200, 100, 14000, 3000, 10000, 3000 };
static const Plan quick = { 3, 150, 60, 50, 13000, 1000, 2000, 2200 };
static const Plan smoke = { 1, 30, 10, 5, 0, 100, 100, 50 };

/* Both ends of something. */
typedef struct
{
  BenchProcess *server;
  BenchProcess *client;
} Pair;

static const char *const infos[BENCH_N_COLUMNS] =
  {
    [BENCH_PLAIN] = "the same frames in the clear over GSocketConnection",
    [BENCH_SPP1] = "SppClient and SppService",
    [BENCH_SPP2] = "SppClient and SppService",
    [BENCH_TLS] = "the same frames over GTlsConnection",
    [BENCH_TOX] = "custom lossless packets, tox_iterate() without a pause",
    [BENCH_PYTHON] = "tests/peers/spp1.py",
  };

static char *
peer_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self != NULL ? self : "");

  return g_build_filename (folder, "bench-peer", NULL);
}

static BenchProcess *
start (const char *name,
       const char *address)
{
  g_autofree char *program = peer_program ();
  const char *role = address != NULL ? "client" : "server";
  const char *argv[] = { program, name, role, address, NULL };
  const char *python_argv[] = { BENCH_PYTHON_PROGRAM, BENCH_PYTHON_PEERS, role, address, NULL };

  return bench_process_new (g_str_equal (name, "python") ? python_argv : argv);
}

/* What the process says after "ready", or NULL, and then @why says more. */
static char *
read_ready (BenchProcess *process,
            char        **why)
{
  g_autofree char *line = bench_process_read (process);

  if (g_str_has_prefix (line, "ready "))
    return g_strdup (line + strlen ("ready "));
  if (why == NULL || !g_str_has_prefix (line, "unavailable "))
    bench_fail ("\"%s\" was not to be said", line);
  *why = g_strdup (line + strlen ("unavailable "));
  return NULL;
}

static gboolean
pair_start (Pair        *self,
            const char  *name,
            char       **why)
{
  g_autofree char *address = NULL;

  self->server = start (name, NULL);
  address = read_ready (self->server, why);
  if (address == NULL)
    {
      g_clear_pointer (&self->server, bench_process_free);
      return FALSE;
    }
  self->client = start (name, address);
  return TRUE;
}

/* (transfer full): what it turned out to be */
static char *
pair_await (Pair *self)
{
  return read_ready (self->client, NULL);
}

static void
pair_stop (Pair *self)
{
  g_clear_pointer (&self->client, bench_process_free);
  g_clear_pointer (&self->server, bench_process_free);
}

/* An answer that begins with a number and a time: so much a second. */
static double
parse_rate (const char *answer)
{
  guint64 count, nanoseconds;

  if (sscanf (answer, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &count, &nanoseconds) != 2
      || count == 0 || nanoseconds == 0)
    bench_fail ("\"%s\" is no rate", answer);
  return (double) count * 1e9 / (double) nanoseconds;
}

static double
read_cpu (BenchProcess *process)
{
  g_autofree char *answer = bench_process_ask (process, "cpu");

  return g_ascii_strtod (answer, NULL);
}

static void
measure_cell (BenchCell *cell,
              Pair      *pair,
              gsize      size,
              int        warm_up,
              int        stream_time,
              int        echo_time)
{
  g_autofree char *stream = NULL;
  g_autofree char *echo = NULL;
  double sender, receiver, messages;
  guint64 count, median, tail;

  sender = read_cpu (pair->client);
  receiver = read_cpu (pair->server);
  stream = bench_process_ask (pair->client, "stream %" G_GSIZE_FORMAT " %d %d", size, warm_up,
                              stream_time);
  bench_series_add (cell->rate, parse_rate (stream));
  messages = g_ascii_strtod (stream, NULL);
  if (warm_up == 0)
    {
      bench_series_add (cell->sender, (read_cpu (pair->client) - sender) / messages);
      bench_series_add (cell->receiver, (read_cpu (pair->server) - receiver) / messages);
    }
  echo = bench_process_ask (pair->client, "echo %" G_GSIZE_FORMAT " %d", size, echo_time);
  if (sscanf (echo, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
              &count, &median, &tail) != 3)
    bench_fail ("\"%s\" is no latency", echo);
  bench_series_add (cell->median, (double) median);
  bench_series_add (cell->tail, (double) tail);
}

static void
measure_round (BenchFigures *figures,
               Pair         *pairs,
               Pair         *callers,
               const Plan   *plan)
{
  guint column, size, version;

  for (size = 0; size < BENCH_N_SIZES; size++)
    {
      double rate, cpu;

      rate = bench_crypto_aead (bench_sizes[size], (guint) plan->crypto, &cpu);
      bench_series_add (figures->aead[size], rate);
      bench_series_add (figures->aead_cpu[size], cpu);
      for (column = 0; column < BENCH_N_COLUMNS; column++)
        {
          if (pairs[column].client != NULL && column != BENCH_TOX)
            measure_cell (&figures->cells[column][size], &pairs[column], bench_sizes[size],
                          0, plan->stream, plan->echo);
        }
    }
  for (version = 0; version < 2; version++)
    {
      g_autofree char *answer = NULL;

      bench_series_add (figures->bare_handshakes[version],
                        version == 0 ? bench_crypto_handshakes1 ((guint) plan->crypto)
                                     : bench_crypto_handshakes2 ((guint) plan->crypto));
      answer = bench_process_ask (callers[version].client, "handshakes %d", plan->stream);
      bench_series_add (figures->handshakes[version], parse_rate (answer));
    }
}

/* One after the other, so that what else the machine does is alike for both. */
static void
measure_rekeys (BenchFigures *figures,
                const Plan   *plan)
{
  static const char *const names[] = { "spp2", "spp2-rekey" };
  Pair pairs[G_N_ELEMENTS (names)] = { { NULL, NULL }, };
  guint i;
  int round;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *ready = NULL;

      pair_start (&pairs[i], names[i], NULL);
      ready = pair_await (&pairs[i]);
    }
  for (round = 0; round < plan->rounds; round++)
    for (i = 0; i < G_N_ELEMENTS (names); i++)
      {
        g_autofree char *echo = bench_process_ask (pairs[i].client, "echo %" G_GSIZE_FORMAT " %d",
                                                   bench_sizes[0], plan->rekey);
        guint64 tail;

        if (sscanf (echo, "%*u %*u %*u %" G_GUINT64_FORMAT, &tail) != 1)
          bench_fail ("\"%s\" is no latency", echo);
        bench_series_add (figures->rekey_tails[i], (double) tail);
      }
  for (i = 0; i < G_N_ELEMENTS (names); i++)
    pair_stop (&pairs[i]);
}

static double
read_memory (Pair  *pair,
             guint *links)
{
  g_autofree char *answer = bench_process_ask (pair->server, "memory");
  double bytes;

  if (sscanf (answer, "%u %lf", links, &bytes) != 2)
    bench_fail ("\"%s\" is no size", answer);
  return bytes;
}

/* How many bytes of the server one more of @number links takes. */
static double
measure_memory (const char *name,
                guint       number)
{
  g_autofree char *ready = NULL;
  g_autofree char *first = NULL;
  g_autofree char *more = NULL;
  Pair pair = { NULL, NULL };
  double before, after;
  guint64 end;
  guint links;

  if (!pair_start (&pair, name, NULL))
    return 0;
  ready = pair_await (&pair);
  /* The first one brings what there is once in a process. */
  first = bench_process_ask (pair.client, "open 1");
  before = read_memory (&pair, &links);
  more = bench_process_ask (pair.client, "open %u", number);
  /* The server may be a little behind. */
  end = bench_now () + SETTLE_SECONDS * G_GUINT64_CONSTANT (1000000000);
  do
    {
      after = read_memory (&pair, &links);
      if (bench_now () > end)
        bench_fail ("%s: the server has %u of %u links", name, links, number + 1);
    }
  while (links <= number);
  pair_stop (&pair);
  return (after - before) / number;
}

static void
await_column (BenchFigures *figures,
              BenchColumn   column,
              Pair         *pair)
{
  g_autofree char *info = pair_await (pair);

  figures->infos[column] = g_strdup_printf ("%s%s%s", infos[column], *info != '\0' ? "; " : "",
                                            info);
}

/* Friends who use Tox take about ten seconds to find each other: that goes on while
 * the other columns are measured. */
static void
begin_columns (BenchFigures *figures,
               Pair         *pairs)
{
  guint column;

  for (column = 0; column < BENCH_N_COLUMNS; column++)
    {
      figures->present[column] = pair_start (&pairs[column], bench_column_names[column],
                                             &figures->infos[column]);
      if (figures->present[column] && column != BENCH_TOX)
        await_column (figures, column, &pairs[column]);
    }
}

static void
measure_tox (BenchFigures *figures,
             Pair         *pair,
             const Plan   *plan)
{
  if (!figures->present[BENCH_TOX])
    return;
  await_column (figures, BENCH_TOX, pair);
  /* More than the first size does not fit one of its packets. */
  measure_cell (&figures->cells[BENCH_TOX][0], pair, bench_sizes[0],
                plan->tox_warm_up, plan->tox_stream, plan->tox_stream / 2);
}

static BenchFigures *
measure (const Plan *plan)
{
  static const char *const many_names[] = { "many-spp1", "many-spp2" };
  BenchFigures *figures = bench_figures_new ();
  Pair pairs[BENCH_N_COLUMNS] = { { NULL, NULL }, };
  Pair callers[2] = { { NULL, NULL }, };
  guint column, version;
  int round;

  figures->rounds = (guint) plan->rounds;
  if (getloadavg (&figures->load, 1) != 1)
    figures->load = 0;
  begin_columns (figures, pairs);
  for (version = 0; version < 2; version++)
    {
      g_autofree char *ready = NULL;

      pair_start (&callers[version], many_names[version], NULL);
      ready = pair_await (&callers[version]);
    }

  for (round = 0; round < plan->rounds; round++)
    measure_round (figures, pairs, callers, plan);
  measure_tox (figures, &pairs[BENCH_TOX], plan);

  for (version = 0; version < 2; version++)
    pair_stop (&callers[version]);
  for (column = 0; column < BENCH_N_COLUMNS; column++)
    pair_stop (&pairs[column]);
  figures->sessions = (guint) plan->sessions;
  figures->connection_bytes = measure_memory ("many-plain", figures->sessions);
  for (version = 0; version < 2; version++)
    figures->session_bytes[version] = measure_memory (many_names[version], figures->sessions);
  measure_rekeys (figures, plan);
  return figures;
}

int
main (int    argc,
      char **argv)
{
  gboolean be_quick = FALSE;
  gboolean be_smoke = FALSE;
  g_autofree char *json = NULL;
  const GOptionEntry entries[] =
    {
      { "quick", 0, 0, G_OPTION_ARG_NONE, &be_quick, "Measure for a short time only", NULL },
      { "smoke", 0, 0, G_OPTION_ARG_NONE, &be_smoke, "Only see that everything runs", NULL },
      { "json", 0, 0, G_OPTION_ARG_FILENAME, &json, "Write the figures there, too", "FILE" },
      { NULL },
    };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (BenchFigures) figures = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    bench_fail ("%s", error->message);

  /* How this desktop reaches the network is not what is measured. */
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  bench_crypto_init ();
  figures = measure (be_smoke ? &smoke : be_quick ? &quick : &whole);
  bench_report_print (figures);
  if (json != NULL && !bench_json_write (figures, json, &error))
    bench_fail ("%s", error->message);
  return 0;
}
