/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-error.h"
#include "spp-test-pair.h"

static void
send_many (SppSession *session,
           guint       first,
           guint       count)
{
  for (guint i = first; i < first + count; i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (i * 13 % 700, i);

      spp_session_send_async (session, payload, NULL, NULL, NULL);
    }
  spp_test_settle ();
}

static void
assert_message (GBytes *message,
                guint   number)
{
  g_autoptr (GBytes) expected = spp_test_payload (number * 13 % 700, number);

  g_assert_nonnull (message);
  spp_test_assert_bytes (message, expected);
}

static void
assert_would_block (SppSession *session)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = spp_session_receive_nonblocking (session, &error);

  g_assert_null (message);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
test_nonblocking (SppTestPair   *pair,
                  gconstpointer  data)
{
  enum { COUNT = 2000 };

  g_test_summary ("What is here is taken without the main loop, in order, and no more");
  assert_would_block (pair->bob);
  for (guint round = 0; round < 3; round++)
    {
      send_many (pair->alice, round * COUNT, COUNT);
      for (guint i = 0; i < COUNT; i++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (GBytes) message = spp_session_receive_nonblocking (pair->bob, &error);

          /* The kernel may hold less than was sent. */
          if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            {
              spp_test_settle ();
              i--;
              continue;
            }
          g_assert_no_error (error);
          assert_message (message, round * COUNT + i);
        }
      assert_would_block (pair->bob);
    }
  g_assert_true (spp_session_is_confirmed (pair->bob));
}

static void
test_waiting_comes_first (SppTestPair   *pair,
                          gconstpointer  data)
{
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A call that waits gets the next message, whoever asks meanwhile");
  spp_session_receive_async (pair->bob, NULL, spp_test_result_cb, &got);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (i * 13, i);

      g_assert_true (spp_session_send (pair->alice, payload, NULL, &error));
      g_assert_no_error (error);
    }
  assert_would_block (pair->bob);
  spp_test_await (&got);
  first = spp_session_receive_finish (pair->bob, got, &error);
  g_assert_no_error (error);
  assert_message (first, 0);
  second = spp_session_receive_nonblocking (pair->bob, &error);
  g_assert_no_error (error);
  assert_message (second, 1);
}

/* Takes what is here and waits again, as a busy program does. */
typedef struct
{
  SppSession *session;
  guint       received;
} Taker;

static void
take_all_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  Taker *taker = user_data;
  g_autoptr (GError) error = NULL;
  GBytes *message = spp_session_receive_finish (taker->session, result, &error);

  /* Two wait from now on, and others may ask in between. */
  while (message != NULL)
    {
      assert_message (message, taker->received++);
      g_bytes_unref (message);
      if (taker->received % 7 == 0)
        break;
      message = spp_session_receive_nonblocking (taker->session, NULL);
    }
  if (error == NULL)
    spp_session_receive_async (taker->session, NULL, take_all_cb, taker);
}

static void
test_mixed (SppTestPair   *pair,
            gconstpointer  data)
{
  enum { COUNT = 5000 };
  Taker taker = { pair->bob, 0 };

  g_test_summary ("No message passes another, in whatever way they are received");
  spp_session_receive_async (pair->bob, NULL, take_all_cb, &taker);
  spp_session_receive_async (pair->bob, NULL, take_all_cb, &taker);
  for (guint i = 0; i < COUNT; i += 50)
    send_many (pair->alice, i, 50);
  while (taker.received < COUNT)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (spp_session_get_messages_received (pair->bob), ==, COUNT);
  spp_session_abort (pair->bob);
  spp_test_settle ();
}

static gpointer
read_slowly (gpointer data)
{
  GSocketConnection *connection = data;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  gsize *total = g_new0 (gsize, 1);
  guint8 buffer[5000];
  gssize length;

  while ((length = g_input_stream_read (input, buffer, sizeof buffer, NULL, NULL)) > 0)
    *total += length;
  return total;
}

static void
test_blocking_send (void)
{
  g_autoptr (GSocketConnection) raw = NULL;
  SppMessageCipher *cipher;
  SppSession *session = spp_test_scripted_peer (&raw, &cipher);
  g_autoptr (GBytes) large = spp_test_payload (3 * 1024 * 1024, 1);
  g_autoptr (GBytes) small = spp_test_payload (10, 2);
  g_autoptr (GAsyncResult) queued = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gsize *total = NULL;
  GThread *thread;
  gsize expected;

  g_test_summary ("A blocking send returns when everything has been handed over");
  spp_session_send_async (session, large, NULL, spp_test_result_cb, &queued);
  g_assert_cmpuint (spp_session_get_messages_sent (session), ==, 0);
  thread = g_thread_new ("reader", read_slowly, raw);
  g_assert_true (spp_session_send (session, small, NULL, &error));
  g_assert_no_error (error);
  /* Without the main loop's help. */
  g_assert_null (queued);
  g_assert_cmpuint (spp_session_get_messages_sent (session), ==, 2);
  g_assert_true (spp_session_send (session, large, NULL, &error));
  g_assert_cmpuint (spp_session_get_bytes_sent (session), ==, 2 * 3 * 1024 * 1024 + 10);
  spp_test_await (&queued);
  g_assert_true (spp_session_send_finish (session, queued, &error));

  spp_test_close (session);
  total = g_thread_join (thread);
  expected = 2 * 3 * 1024 * 1024 + 10 + 3 * SPP_MESSAGE_FRAME_OVERHEAD;
  g_assert_cmpuint (*total, ==, expected);
  g_assert_false (spp_session_send (session, small, NULL, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  g_clear_object (&queued);
  spp_test_await_finalize (session);
  spp_message_cipher_free (cipher);
}

static gpointer
cancel_when_full (gpointer data)
{
  GCancellable *cancellable = data;

  /* There is nothing to wait for but time: the kernel is full in far less. */
  g_usleep (200 * 1000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_blocking_send_cancelled (SppTestPair   *pair,
                              gconstpointer  data)
{
  gboolean begun = GPOINTER_TO_INT (data);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) large = spp_test_payload (8 * 1024 * 1024, 1);
  g_autoptr (GBytes) small = spp_test_payload (10, 2);
  g_autoptr (GAsyncResult) queued = NULL;
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_new ("canceller", cancel_when_full, cancellable);

  g_test_summary ("Cancelling takes a blocked message back, or ends the session if it has begun");
  if (!begun)
    spp_session_send_async (pair->alice, large, NULL, spp_test_result_cb, &queued);
  g_assert_false (spp_session_send (pair->alice, begun ? large : small, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);

  if (begun)
    {
      g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_CLOSING);
    }
  else
    {
      g_autoptr (GBytes) first = NULL;
      g_autoptr (GBytes) second = NULL;

      g_clear_error (&error);
      g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_OPEN);
      first = spp_test_receive (pair->bob, &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (first, large);
      spp_test_await (&queued);
      g_assert_true (spp_session_send_finish (pair->alice, queued, NULL));
      spp_session_send_async (pair->alice, large, NULL, NULL, NULL);
      second = spp_test_receive (pair->bob, &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (second, large);
    }
}

static void
test_abort (SppTestPair   *pair,
            gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (4 * 1024 * 1024, 1);
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Aborting ends everything at once");
  spp_session_send_async (pair->alice, payload, NULL, spp_test_result_cb, &sent);
  spp_session_receive_async (pair->alice, NULL, spp_test_result_cb, &got);
  spp_session_abort (pair->alice);
  g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_CLOSED);
  g_assert_cmpint (spp_session_get_end (pair->alice), ==, SPP_SESSION_END_CLOSED);
  spp_test_await (&sent);
  g_assert_false (spp_session_send_finish (pair->alice, sent, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  g_clear_error (&error);
  spp_test_await (&got);
  g_assert_null (spp_session_receive_finish (pair->alice, got, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  g_clear_error (&error);

  g_assert_null (spp_test_receive (pair->bob, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_TRUNCATED);
  g_assert_cmpint (spp_session_get_end (pair->bob), ==, SPP_SESSION_END_CUT);
  spp_session_abort (pair->bob);
  g_assert_cmpint (spp_session_get_end (pair->bob), ==, SPP_SESSION_END_CUT);
}

static void
on_notify (GObject    *object,
           GParamSpec *pspec,
           gpointer    user_data)
{
  GHashTable *seen = user_data;
  const char *name = g_param_spec_get_name (pspec);

  g_hash_table_insert (seen, (gpointer) name,
                       GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (seen, name)) + 1));
}

static guint
count_notified (GHashTable *seen,
                const char *name)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (seen, name));
}

static void
test_statistics (SppTestPair   *pair,
                 gconstpointer  data)
{
  enum { COUNT = 500 };
  g_autoptr (GHashTable) alice_seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) bob_seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  guint64 bytes = 0;

  g_test_summary ("A session counts what goes each way and tells of it now and then");
  g_signal_connect (pair->alice, "notify", G_CALLBACK (on_notify), alice_seen);
  g_signal_connect (pair->bob, "notify", G_CALLBACK (on_notify), bob_seen);
  g_assert_cmpint (g_date_time_difference (now, spp_session_get_begin_time (pair->alice)),
                   >=, 0);
  g_assert_cmpint (g_date_time_difference (now, spp_session_get_begin_time (pair->alice)),
                   <, 60 * G_TIME_SPAN_SECOND);
  for (guint i = 0; i < COUNT; i++)
    bytes += i * 13 % 700;

  send_many (pair->alice, 0, COUNT);
  for (guint i = 0; i < COUNT; i++)
    {
      g_autoptr (GBytes) message = spp_test_receive (pair->bob, NULL);

      assert_message (message, i);
      g_assert_cmpuint (spp_session_get_messages_received (pair->bob), ==, i + 1);
    }
  spp_test_settle ();
  g_assert_cmpuint (spp_session_get_messages_sent (pair->alice), ==, COUNT);
  g_assert_cmpuint (spp_session_get_bytes_sent (pair->alice), ==, bytes);
  g_assert_cmpuint (spp_session_get_bytes_received (pair->bob), ==, bytes);
  g_assert_cmpuint (spp_session_get_messages_received (pair->alice), ==, 0);
  g_assert_cmpuint (spp_session_get_messages_sent (pair->bob), ==, 0);

  g_assert_cmpuint (count_notified (alice_seen, "messages-sent"), >, 0);
  g_assert_cmpuint (count_notified (alice_seen, "messages-sent"), <, COUNT / 4);
  g_assert_cmpuint (count_notified (alice_seen, "messages-received"), ==, 0);
  g_assert_cmpuint (count_notified (bob_seen, "messages-received"), >, 0);
  g_assert_cmpuint (count_notified (bob_seen, "bytes-received"), >, 0);
  g_assert_cmpuint (count_notified (bob_seen, "confirmed"), ==,
                    spp_test_get_version () == 1 ? 1 : 0);
  spp_test_close (pair->alice);
  g_assert_cmpuint (count_notified (alice_seen, "end"), ==, 1);
  g_signal_handlers_disconnect_by_data (pair->alice, alice_seen);
  g_signal_handlers_disconnect_by_data (pair->bob, bob_seen);
}

static void
test_ends (SppTestPair   *pair,
           gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Each end says how it came about");
  g_assert_cmpint (spp_session_get_end (pair->alice), ==, SPP_SESSION_END_NONE);
  spp_test_close (pair->alice);
  g_assert_cmpint (spp_session_get_end (pair->alice), ==, SPP_SESSION_END_CLOSED);
  /* By SPP/2 the end is heard whether anybody asks for messages or not. */
  g_assert_cmpint (spp_session_get_end (pair->bob), ==,
                   spp_test_get_version () == 1 ? SPP_SESSION_END_NONE
                                                : SPP_SESSION_END_PEER_CLOSED);
  g_assert_null (spp_test_receive (pair->bob, &error));
  g_assert_cmpint (spp_session_get_end (pair->bob), ==, SPP_SESSION_END_PEER_CLOSED);
  g_clear_error (&error);
  g_assert_null (spp_session_receive_nonblocking (pair->bob, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
}

static void
test_refused (SppTestPair   *pair,
              gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (1001, 1);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A message that is too large for this side is a refusal");
  spp_session_set_max_message_size (pair->bob, 1000);
  g_assert_true (spp_session_send (pair->alice, payload, NULL, &error));
  g_assert_null (spp_session_receive_nonblocking (pair->bob, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE);
  g_assert_cmpint (spp_session_get_end (pair->bob), ==, SPP_SESSION_END_REFUSED);
  g_clear_error (&error);
  g_assert_false (spp_session_send (pair->bob, payload, NULL, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE);
}

static void
test_blocked_by_keys (SppTestPair   *pair,
                      gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (10, 1);
  g_autoptr (GError) error = NULL;

  if (spp_test_get_version () == 1)
    {
      g_test_skip ("SPP/1 has no new keys");
      return;
    }
  g_test_summary ("A call that blocks gives up when nobody answers for new keys");
  spp_test_settle ();
  /* The message is one; in the first epoch HELLO was another. */
  spp_record_layer_set_epoch (pair->alice->layer,
                              spp_session_is_post_quantum (pair->alice) ? 1 : 2,
                              G_TIME_SPAN_HOUR);
  g_assert_true (spp_session_send (pair->alice, payload, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (spp_record_layer_is_rekeying (pair->alice->layer));
  pair->alice->rekey_deadline = g_get_monotonic_time () + G_TIME_SPAN_SECOND / 10;
  g_assert_false (spp_session_send (pair->alice, payload, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
test_close_with_unread (SppTestPair   *pair,
                        gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (1000, 1);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Closing with messages unread takes nothing from the other end");
  g_assert_true (spp_session_send (pair->bob, payload, NULL, &error));
  g_assert_true (spp_session_send (pair->alice, payload, NULL, &error));
  spp_test_close (pair->alice);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GBytes) message = spp_test_receive (pair->bob, &error);

      if (i == 0)
        spp_test_assert_bytes (message, payload);
      else
        g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
    }
  g_assert_cmpint (spp_session_get_end (pair->bob), ==, SPP_SESSION_END_PEER_CLOSED);
}

static void
test_few_writes (void)
{
  enum { COUNT = 300 };
  g_autoptr (GSocketConnection) raw = NULL;
  SppMessageCipher *cipher;
  SppSession *session = spp_test_scripted_peer (&raw, &cipher);
  g_autoptr (GBytes) payload = spp_test_payload (20, 1);
  GSocket *socket = g_socket_connection_get_socket (raw);
  g_autofree char *buffer = g_malloc (1024 * 1024);
  gsize frame = 20 + SPP_MESSAGE_FRAME_OVERHEAD;
  gssize length;

  g_test_summary ("The first of many small messages leaves at once, the others together");
  for (guint i = 0; i < COUNT; i++)
    spp_session_send_async (session, payload, NULL, NULL, NULL);
  length = g_socket_receive (socket, buffer, 1024 * 1024, NULL, NULL);
  g_assert_cmpint (length, ==, frame);
  g_assert_cmpuint (spp_session_get_messages_sent (session), ==, 1);
  spp_test_settle ();
  g_assert_cmpuint (spp_session_get_messages_sent (session), ==, COUNT);
  length = g_socket_get_available_bytes (socket);
  g_assert_cmpint (length, ==, (COUNT - 1) * frame);
  spp_test_close (session);
  spp_test_await_finalize (session);
  spp_message_cipher_free (cipher);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) \
  g_test_add (path, SppTestPair, data, spp_test_pair_set_up, func, spp_test_pair_tear_down)
  add ("/spp/session/nonblocking/all", NULL, test_nonblocking);
  add ("/spp/session/nonblocking/waiting-first", NULL, test_waiting_comes_first);
  add ("/spp/session/nonblocking/mixed", NULL, test_mixed);
  g_test_add_func ("/spp/session/blocking/send", test_blocking_send);
  add ("/spp/session/blocking/taken-back", GINT_TO_POINTER (FALSE), test_blocking_send_cancelled);
  add ("/spp/session/blocking/cancelled", GINT_TO_POINTER (TRUE), test_blocking_send_cancelled);
  g_test_add_func ("/spp/session/few-writes", test_few_writes);
  add ("/spp/session/abort", NULL, test_abort);
  add ("/spp/session/statistics", NULL, test_statistics);
  add ("/spp/session/end/closed", NULL, test_ends);
  add ("/spp/session/end/refused", NULL, test_refused);
  add ("/spp/session/send/keys", NULL, test_blocked_by_keys);
  add ("/spp/session/close/unread", NULL, test_close_with_unread);
#undef add

  return g_test_run ();
}
