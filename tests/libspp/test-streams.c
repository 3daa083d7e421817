/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <sys/socket.h>

#include "spp-error.h"
#include "spp-test-net.h"
#include "spp-test-stream.h"

/* Makes two ends that are connected. */
typedef void (*PairFunc) (GIOStream **a,
                          GIOStream **b);

typedef struct
{
  const char *name;
  PairFunc    make;
  gsize       max_size;    /* of a message, so that slow streams do not take all day */
} Kind;

static void
make_sockets (GIOStream **a,
              GIOStream **b)
{
  spp_test_connection_pair ((GSocketConnection **) a, (GSocketConnection **) b);
}

/* GIO asks whether a pipe has room and then writes all it has: only one that
 * does not block takes just what fits. */
static GIOStream *
stream_of_pipes (int in,
                 int out)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (in, TRUE);
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (out, TRUE);

  g_assert_true (g_unix_set_fd_nonblocking (out, TRUE, NULL));
  return g_simple_io_stream_new (input, output);
}

static void
make_pipes (GIOStream **a,
            GIOStream **b)
{
  int there[2], back[2];

  g_assert_true (g_unix_open_pipe (there, FD_CLOEXEC, NULL));
  g_assert_true (g_unix_open_pipe (back, FD_CLOEXEC, NULL));
  *a = stream_of_pipes (back[0], there[1]);
  *b = stream_of_pipes (there[0], back[1]);
}

static void
make_threaded (GIOStream **a,
               GIOStream **b)
{
  spp_test_stream_pair (a, b, FALSE, 0);
}

static void
make_pollable (GIOStream **a,
               GIOStream **b)
{
  spp_test_stream_pair (a, b, TRUE, 0);
}

static void
make_bytewise (GIOStream **a,
               GIOStream **b)
{
  spp_test_stream_pair (a, b, TRUE, 1);
}

static void
make_bytewise_threaded (GIOStream **a,
                        GIOStream **b)
{
  spp_test_stream_pair (a, b, FALSE, 1);
}

/* One end can be polled, and the other cannot. */
static void
make_mixed (GIOStream **a,
            GIOStream **b)
{
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  *a = spp_test_stream_new (fds[0], TRUE, 1000);
  *b = spp_test_stream_new (fds[1], FALSE, 0);
}

static const Kind kinds[] =
  {
    { "sockets", make_sockets, 1 << 20 },
    { "pipes", make_pipes, 1 << 20 },
    { "pollable", make_pollable, 1 << 20 },
    { "threaded", make_threaded, 1 << 20 },
    { "mixed", make_mixed, 1 << 20 },
    { "bytewise", make_bytewise, 70000 },
    { "bytewise-threaded", make_bytewise_threaded, 1000 },
  };

static void
connect_kind (SppTestNet  *net,
              const Kind  *kind,
              SppSession **alice,
              SppSession **bob)
{
  g_autoptr (GIOStream) a = NULL;
  g_autoptr (GIOStream) b = NULL;

  kind->make (&a, &b);
  spp_test_net_connect (net, a, b, alice, bob);
}

static void
drop (SppSession *alice)
{
  spp_test_close (alice);
  spp_test_await_finalize (alice);
}

static const gsize sizes[] =
  { 0, 1, 2, 35, 36, 37, 1000, 4096, 65535, 65536, 70000, 1 << 20, 0, 3 };

static void
send_all (SppSession    *session,
          gsize          max_size,
          guint          seed,
          GAsyncResult **results)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (MIN (sizes[i], max_size), seed + i);

      spp_session_send_async (session, payload, NULL, spp_test_result_cb, &results[i]);
    }
}

static gsize
receive_all (SppSession *session,
             gsize       max_size,
             guint       seed)
{
  gsize total = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (MIN (sizes[i], max_size), seed + i);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) received = spp_test_receive (session, &error);

      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
      total += g_bytes_get_size (payload);
    }
  return total;
}

static void
finish_all (SppSession    *session,
            GAsyncResult **results)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) error = NULL;

      spp_test_await (&results[i]);
      g_assert_true (spp_session_send_finish (session, results[i], &error));
      g_assert_no_error (error);
      g_object_unref (results[i]);
    }
}

static void
check_counters (SppSession *session,
                gsize       total)
{
  g_assert_cmpuint (spp_session_get_messages_sent (session), ==, G_N_ELEMENTS (sizes));
  g_assert_cmpuint (spp_session_get_messages_received (session), ==, G_N_ELEMENTS (sizes));
  g_assert_cmpuint (spp_session_get_bytes_sent (session), ==, total);
  g_assert_cmpuint (spp_session_get_bytes_received (session), ==, total);
}

static void
test_exchange (SppTestNet    *net,
               gconstpointer  data)
{
  const Kind *kind = data;
  GAsyncResult *alice_results[G_N_ELEMENTS (sizes)] = { NULL };
  GAsyncResult *bob_results[G_N_ELEMENTS (sizes)] = { NULL };
  SppSession *alice, *bob;
  gsize total;

  g_test_summary ("Messages of all sizes pass both ways at once over any stream");
  connect_kind (net, kind, &alice, &bob);
  send_all (alice, kind->max_size, 100, alice_results);
  send_all (bob, kind->max_size, 200, bob_results);
  total = receive_all (bob, kind->max_size, 100);
  g_assert_cmpuint (receive_all (alice, kind->max_size, 200), ==, total);
  finish_all (alice, alice_results);
  finish_all (bob, bob_results);
  check_counters (alice, total);
  check_counters (bob, total);
  drop (alice);
}

static void
expect_end (SppSession    *session,
            SppSessionEnd  end,
            GQuark         domain,
            int            code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = spp_test_receive (session, &error);

  g_assert_null (message);
  g_assert_error (error, domain, code);
  g_assert_cmpint (spp_session_get_end (session), ==, end);
  g_assert_error (spp_session_get_error (session), domain, code);
}

static void
test_close (SppTestNet    *net,
            gconstpointer  data)
{
  const Kind *kind = data;
  GAsyncResult *results[G_N_ELEMENTS (sizes)] = { NULL };
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GError) error = NULL;
  SppSession *alice, *bob;
  GIOStream *stream;

  g_test_summary ("Closing sends first what is queued, then closes the stream");
  connect_kind (net, kind, &alice, &bob);
  stream = spp_session_get_stream (alice);
  send_all (alice, kind->max_size, 1, results);
  spp_session_close_async (alice, NULL, spp_test_result_cb, &closed);
  receive_all (bob, kind->max_size, 1);
  finish_all (alice, results);
  expect_end (bob, SPP_SESSION_END_PEER_CLOSED, SPP_ERROR, SPP_ERROR_CLOSED);
  spp_test_await (&closed);
  g_assert_true (spp_session_close_finish (alice, closed, &error));
  g_assert_cmpint (spp_session_get_end (alice), ==, SPP_SESSION_END_CLOSED);
  g_assert_true (g_io_stream_is_closed (stream));
  g_clear_object (&closed);
  spp_test_await_finalize (alice);
}

static void
test_abort (SppTestNet    *net,
            gconstpointer  data)
{
  const Kind *kind = data;
  GAsyncResult *results[G_N_ELEMENTS (sizes)] = { NULL };
  g_autoptr (GAsyncResult) receiving = NULL;
  g_autoptr (GError) error = NULL;
  SppSession *alice, *bob;
  guint messages = 0;
  guint failed = 0;

  g_test_summary ("Aborting ends everything at once, and what was queued is not sent");
  connect_kind (net, kind, &alice, &bob);
  spp_session_receive_async (alice, NULL, spp_test_result_cb, &receiving);
  spp_test_settle ();
  send_all (alice, 1 << 20, 1, results);
  spp_session_abort (alice);
  g_assert_cmpint (spp_session_get_state (alice), ==, SPP_SESSION_STATE_CLOSED);
  g_assert_cmpint (spp_session_get_end (alice), ==, SPP_SESSION_END_CLOSED);
  spp_test_await (&receiving);
  g_assert_null (spp_session_receive_finish (alice, receiving, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) send_error = NULL;

      spp_test_await (&results[i]);
      if (!spp_session_send_finish (alice, results[i], &send_error))
        {
          g_assert_error (send_error, SPP_ERROR, SPP_ERROR_CLOSED);
          failed++;
        }
      g_object_unref (results[i]);
    }
  /* The message of 1 MiB is more than any kernel takes at once here. */
  g_assert_cmpuint (failed, >=, 3);

  /* What a thread was writing may have got there all the same. */
  for (;; messages++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (sizes[messages], 1 + messages);
      g_autoptr (GBytes) message = spp_test_receive (bob, NULL);

      if (message == NULL)
        break;
      spp_test_assert_bytes (message, payload);
    }
  g_assert_cmpuint (messages, <=, G_N_ELEMENTS (sizes) - 3);
  g_assert_true (spp_session_get_end (bob) == SPP_SESSION_END_CUT
                 || spp_session_get_end (bob) == SPP_SESSION_END_PEER_CLOSED);
  g_clear_object (&receiving);
  drop (alice);
}

static void
add_for_each (const char       *path,
              void (*func) (SppTestNet *net, gconstpointer data))
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *full = g_strconcat ("/spp/streams/", path, "/", kinds[i].name, NULL);

      g_test_add (full, SppTestNet, &kinds[i], spp_test_net_set_up, func,
                  spp_test_net_tear_down);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_for_each ("exchange", test_exchange);
  add_for_each ("close", test_close);
  add_for_each ("abort", test_abort);

  return g_test_run ();
}
