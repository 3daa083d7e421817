/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <signal.h>

#include <sys/socket.h>

#include "spp-error.h"
#include "spp-test-net.h"
#include "spp-test-stream.h"

static void
drop (SppSession *alice)
{
  spp_test_close (alice);
  spp_test_await_finalize (alice);
}

/* What a short message takes on the wire of SPP/2, and what the initiator of a
 * handshake reads and writes. */
#define SHORT_RECORD_SIZE 280
#define HANDSHAKE_READ_SIZE (8 + 32 + SHORT_RECORD_SIZE)
#define HANDSHAKE_WRITTEN_SIZE (8 + 32 + 8 + 128)

static const gsize sizes[] =
  { 0, 1, 2, 35, 36, 37, 1000, 4096, 65535, 65536, 70000, 1 << 20, 0, 3 };

static void
send_all (SppSession    *session,
          GAsyncResult **results)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (sizes[i], 1 + i);

      spp_session_send_async (session, payload, NULL, spp_test_result_cb, &results[i]);
    }
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

/* A stream that breaks in the handshake, however far that got. */
static void
test_breaks_in_handshake (SppTestNet    *net,
                          gconstpointer  data)
{
  gboolean pollable = GPOINTER_TO_INT (data);

  g_test_summary ("A stream that breaks in the handshake keeps its error, and there is no session");
  for (gsize length = 0; length < HANDSHAKE_WRITTEN_SIZE; length += 13)
    for (guint writing = 0; writing < 2; writing++)
      {
        g_autoptr (GIOStream) a = NULL;
        g_autoptr (GIOStream) b = NULL;
        g_autoptr (GAsyncResult) result = NULL;
        g_autoptr (GError) error = NULL;

        spp_test_stream_pair (&a, &b, pollable, 0);
        spp_test_stream_fail_after (SPP_TEST_STREAM (a), writing ? G_MAXSIZE : length,
                                    writing ? length : G_MAXSIZE);
        spp_client_negotiate_async (net->client, a,
                                    spp_private_key_get_public_key (net->bob_key),
                                    NULL, spp_test_result_cb, &result);
        spp_service_negotiate (net->service, b);
        spp_test_await (&result);
        g_assert_null (spp_client_negotiate_finish (net->client, result, &error));
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
      }
}

static void
test_breaks_while_receiving (SppTestNet    *net,
                             gconstpointer  data)
{
  gboolean pollable = GPOINTER_TO_INT (data);
  g_autoptr (GBytes) payload = spp_test_payload (50, 1);

  g_test_summary ("A session whose stream can no longer be read is cut, with the stream's error");
  for (gsize length = 0; length < SHORT_RECORD_SIZE; length += 17)
    {
      g_autoptr (GIOStream) a = NULL;
      g_autoptr (GIOStream) b = NULL;
      SppSession *alice, *bob;

      spp_test_stream_pair (&a, &b, pollable, 0);
      spp_test_stream_fail_after (SPP_TEST_STREAM (a), HANDSHAKE_READ_SIZE + length, G_MAXSIZE);
      spp_test_net_connect (net, a, b, &alice, &bob);
      g_assert_true (spp_test_send (bob, payload, NULL));
      expect_end (alice, SPP_SESSION_END_CUT, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
      drop (alice);
    }
}

static void
test_breaks_while_sending (SppTestNet    *net,
                           gconstpointer  data)
{
  gboolean pollable = GPOINTER_TO_INT (data);
  g_autoptr (GBytes) payload = spp_test_payload (50, 1);

  g_test_summary ("A session whose stream can no longer be written can still be read");
  for (gsize length = 0; length < SHORT_RECORD_SIZE; length += 17)
    {
      g_autoptr (GIOStream) a = NULL;
      g_autoptr (GIOStream) b = NULL;
      g_autoptr (GBytes) received = NULL;
      g_autoptr (GError) error = NULL;
      SppSession *alice, *bob;

      spp_test_stream_pair (&a, &b, pollable, 0);
      spp_test_stream_fail_after (SPP_TEST_STREAM (a), G_MAXSIZE,
                                  HANDSHAKE_WRITTEN_SIZE + length);
      spp_test_net_connect (net, a, b, &alice, &bob);
      g_assert_true (spp_test_send (bob, payload, NULL));
      g_assert_false (spp_test_send (alice, payload, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
      g_clear_error (&error);
      received = spp_test_receive (alice, &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
      g_assert_false (spp_test_send (alice, payload, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
      g_assert_cmpuint (spp_session_get_messages_sent (alice), ==, 0);
      drop (alice);
    }
}

/* Takes in what a blocking sender sends. */
typedef struct
{
  GIOStream        *stream;
  SppMessageCipher *cipher;
  guint             wanted;
  GPtrArray        *messages;
} Reader;

static gpointer
run_reader (gpointer data)
{
  Reader *reader = data;
  GInputStream *input = g_io_stream_get_input_stream (reader->stream);

  while (reader->messages->len < reader->wanted)
    {
      g_autofree guint8 *body = NULL;
      g_autoptr (GError) error = NULL;
      guint8 header[SPP_FRAME_HEADER_SIZE];
      GBytes *message;
      gsize length;

      g_assert_true (g_input_stream_read_all (input, header, sizeof header, &length,
                                              NULL, &error));
      g_assert_cmpuint (length, ==, sizeof header);
      length = spp_frame_read_header (header);
      body = g_malloc (length);
      g_assert_true (g_input_stream_read_all (input, body, length, NULL, NULL, &error));
      message = spp_message_cipher_open (reader->cipher, body, length, &error);
      g_assert_no_error (error);
      g_ptr_array_add (reader->messages, message);
    }
  return NULL;
}

static void
shrink_buffer (SppSession *session)
{
  GSocketConnection *connection = G_SOCKET_CONNECTION (spp_session_get_stream (session));

  g_assert_true (g_socket_set_option (g_socket_connection_get_socket (connection),
                                      SOL_SOCKET, SO_SNDBUF, 1, NULL));
}

static void
test_blocking_send (void)
{
  GSocketConnection *raw;
  SppMessageCipher *cipher;
  SppSession *session = spp_test_scripted_peer (&raw, &cipher);
  g_autoptr (GPtrArray) messages = NULL;
  GAsyncResult *results[G_N_ELEMENTS (sizes)] = { NULL };
  Reader reader;
  GThread *thread;

  g_test_summary ("A blocking call sends whatever the kernel's buffer holds, and after what "
                  "was queued");
  shrink_buffer (session);
  messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  reader = (Reader) { G_IO_STREAM (raw), cipher, 2 * G_N_ELEMENTS (sizes), messages };
  send_all (session, results);
  thread = g_thread_new ("reader", run_reader, &reader);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (sizes[i], 100 + i);
      g_autoptr (GError) error = NULL;

      g_assert_true (spp_session_send (session, payload, NULL, &error));
      g_assert_no_error (error);
    }
  g_thread_join (thread);
  g_assert_cmpuint (spp_session_get_messages_sent (session), ==, messages->len);
  finish_all (session, results);
  for (guint i = 0; i < messages->len; i++)
    {
      guint number = i % G_N_ELEMENTS (sizes);
      guint seed = i < G_N_ELEMENTS (sizes) ? 1 : 100;
      g_autoptr (GBytes) payload = spp_test_payload (sizes[number], seed + number);

      spp_test_assert_bytes ((GBytes *) g_ptr_array_index (messages, i), payload);
    }
  drop (session);
  spp_message_cipher_free (cipher);
  g_object_unref (raw);
}

static void
test_blocking_send_threaded (SppTestNet    *net,
                             gconstpointer  data)
{
  g_autoptr (GIOStream) a = NULL;
  g_autoptr (GIOStream) b = NULL;
  g_autoptr (GBytes) payload = spp_test_payload (1000, 1);
  SppSession *alice, *bob;

  g_test_summary ("A blocking call works over a stream that cannot be polled, between two others");
  spp_test_stream_pair (&a, &b, FALSE, 0);
  spp_test_net_connect (net, a, b, &alice, &bob);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) received = NULL;

      if (i % 2 == 0)
        g_assert_true (spp_session_send (alice, payload, NULL, &error));
      else
        g_assert_true (spp_test_send (alice, payload, &error));
      g_assert_no_error (error);
      received = spp_test_receive (bob, &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
    }
  drop (alice);
}

static gpointer
run_canceller (gpointer data)
{
  GCancellable *cancellable = data;

  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_blocking_send_cancelled (void)
{
  GSocketConnection *raw;
  SppMessageCipher *cipher;
  SppSession *session = spp_test_scripted_peer (&raw, &cipher);
  g_autoptr (GBytes) payload = spp_test_payload (1 << 20, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;

  g_test_summary ("A blocking call that nobody reads can be cancelled from another thread");
  g_cancellable_cancel (cancelled);
  g_assert_false (spp_session_send (session, payload, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (spp_session_get_state (session), ==, SPP_SESSION_STATE_OPEN);
  g_clear_error (&error);

  shrink_buffer (session);
  thread = g_thread_new ("canceller", run_canceller, cancellable);
  g_assert_false (spp_session_send (session, payload, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  drop (session);
  spp_message_cipher_free (cipher);
  g_object_unref (raw);
}

int
main (int   argc,
      char *argv[])
{
  /* A broken pipe is an error, as that of a socket is. */
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/streams/" path, SppTestNet, data, \
                                          spp_test_net_set_up, func, spp_test_net_tear_down)
  add ("breaks/handshake/pollable", GINT_TO_POINTER (TRUE), test_breaks_in_handshake);
  add ("breaks/handshake/threaded", GINT_TO_POINTER (FALSE), test_breaks_in_handshake);
  add ("breaks/receiving/pollable", GINT_TO_POINTER (TRUE), test_breaks_while_receiving);
  add ("breaks/receiving/threaded", GINT_TO_POINTER (FALSE), test_breaks_while_receiving);
  add ("breaks/sending/pollable", GINT_TO_POINTER (TRUE), test_breaks_while_sending);
  add ("breaks/sending/threaded", GINT_TO_POINTER (FALSE), test_breaks_while_sending);
  add ("blocking-send/threaded", NULL, test_blocking_send_threaded);
#undef add
  g_test_add_func ("/spp/streams/blocking-send/small-buffer", test_blocking_send);
  g_test_add_func ("/spp/streams/blocking-send/cancelled", test_blocking_send_cancelled);

  return g_test_run ();
}
