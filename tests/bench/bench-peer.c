/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* One end of what is measured: a process that takes orders on standard input.
 *
 *   bench-peer TRANSPORT server            prints "ready ADDRESS"
 *   bench-peer TRANSPORT client ADDRESS    prints "ready [WHAT IT IS]"
 *
 * or "unavailable WHY". "cpu" is answered by the nanoseconds of processor time so far,
 * other orders are those of its role. It ends with its standard input. */

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <unistd.h>

#include "bench-many.h"
#include "bench-roles.h"

static const BenchTransport *const transports[] =
  {
    &bench_transport_plain,
    &bench_transport_spp1,
    &bench_transport_spp2,
    &bench_transport_spp2_rekey,
    &bench_transport_tls,
#ifdef HAVE_TOX
    &bench_transport_tox,
#endif
  };

static GMainLoop *loop;

static const BenchTransport *
find_transport (const char *name)
{
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (transports); i++)
    {
      if (g_str_equal (transports[i]->name, name))
        return transports[i];
    }
  return NULL;
}

static gboolean
obey (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  if (g_str_equal (line, "cpu"))
    {
      bench_reply ("%" G_GUINT64_FORMAT, bench_cpu ());
      return TRUE;
    }
  return words[0] != NULL && (bench_client_command (words) || bench_many_command (words));
}

static void
read_line_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  GDataInputStream *orders = G_DATA_INPUT_STREAM (source);
  g_autofree char *line = NULL;

  line = g_data_input_stream_read_line_finish (orders, result, NULL, NULL);
  if (line == NULL)
    {
      g_main_loop_quit (loop);
      return;
    }
  if (!obey (line))
    bench_fail ("\"%s\" cannot be done", line);
  g_data_input_stream_read_line_async (orders, G_PRIORITY_DEFAULT, NULL, read_line_cb, NULL);
}

static gboolean
begin_transport (const BenchTransport *transport,
                 const char           *connect_to)
{
  g_autofree char *hindrance = transport->check != NULL ? transport->check () : NULL;
  g_autofree char *address = NULL;

  if (hindrance != NULL)
    {
      bench_reply ("unavailable %s", hindrance);
      return FALSE;
    }
  if (connect_to != NULL)
    {
      transport->connect (transport, connect_to, bench_client_set_link);
      return TRUE;
    }
  address = transport->listen (transport, bench_server_add_link);
  bench_reply ("ready %s", address);
  return TRUE;
}

static gboolean
begin (const char *name,
       const char *connect_to)
{
  const BenchTransport *transport = find_transport (name);

  if (transport != NULL)
    return begin_transport (transport, connect_to);
  if (bench_many_begin (name, connect_to))
    return TRUE;
  bench_reply ("unavailable %s was not built in", name);
  return FALSE;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GInputStream) input = NULL;
  g_autoptr (GDataInputStream) orders = NULL;

  if (argc < 3 || argc != (g_str_equal (argv[2], "server") ? 3 : 4))
    bench_fail ("Usage: %s TRANSPORT server | TRANSPORT client ADDRESS", argv[0]);

  loop = g_main_loop_new (NULL, FALSE);
  if (!begin (argv[1], argv[3]))
    return 0;

  input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  orders = g_data_input_stream_new (input);
  g_data_input_stream_read_line_async (orders, G_PRIORITY_DEFAULT, NULL, read_line_cb, NULL);
  g_main_loop_run (loop);
  /* Everything goes down with the process; nothing of it is worth the time. */
  _exit (0);
}
