/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-error.h"
#include "spp-test-pair.h"

static void
test_properties (SppTestPair   *pair,
                 gconstpointer  data)
{
  g_test_summary ("Both ends know who the other is and which of them called");
  g_assert_true (spp_public_key_equal (spp_session_get_peer (pair->alice),
                                       spp_private_key_get_public_key (pair->bob_key)));
  g_assert_true (spp_public_key_equal (spp_session_get_peer (pair->bob),
                                       spp_private_key_get_public_key (pair->alice_key)));
  g_assert_true (spp_session_is_initiator (pair->alice));
  g_assert_false (spp_session_is_initiator (pair->bob));
  g_assert_cmpuint (spp_session_get_protocol_version (pair->alice), ==, spp_test_get_version ());
  g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_OPEN);
  g_assert_null (spp_session_get_error (pair->alice));
}

static void
test_exchange (SppTestPair   *pair,
               gconstpointer  data)
{
  static const gsize sizes[] = { 0, 1, 44, 1000, 65491, 65492, 65493, 1048576, 0, 3 };

  g_test_summary ("Messages of 0 bytes to 1 MiB go both ways unchanged");
  for (guint i = 0; i < 2 * G_N_ELEMENTS (sizes); i++)
    {
      SppSession *from = i % 2 == 0 ? pair->alice : pair->bob;
      SppSession *to = i % 2 == 0 ? pair->bob : pair->alice;
      g_autoptr (GBytes) payload = spp_test_payload (sizes[i / 2], i);
      g_autoptr (GAsyncResult) sent = NULL;
      g_autoptr (GBytes) received = NULL;
      g_autoptr (GError) error = NULL;

      spp_session_send_async (from, payload, NULL, spp_test_result_cb, &sent);
      received = spp_test_receive (to, &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
      spp_test_await (&sent);
      g_assert_true (spp_session_send_finish (from, sent, &error));
      g_assert_no_error (error);
    }
}

static void
test_confirmed (SppTestPair   *pair,
                gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (3, 1);
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A session is confirmed by the first message, on the end that gets it");
  if (spp_test_get_version () == 2)
    {
      /* There the handshake is enough. */
      g_assert_true (spp_session_is_confirmed (pair->alice));
      g_assert_true (spp_session_is_confirmed (pair->bob));
      return;
    }
  g_assert_false (spp_session_is_confirmed (pair->bob));
  g_assert_true (spp_test_send (pair->alice, payload, &error));
  received = spp_test_receive (pair->bob, &error);
  g_assert_no_error (error);
  g_assert_true (spp_session_is_confirmed (pair->bob));
  g_assert_false (spp_session_is_confirmed (pair->alice));
}

static void
test_many_at_once (SppTestPair   *pair,
                   gconstpointer  data)
{
  enum { COUNT = 500 };
  GAsyncResult *sent[COUNT] = { NULL };
  GAsyncResult *got[COUNT] = { NULL };

  g_test_summary ("Many sends and receives under way keep their order");
  for (guint i = 0; i < COUNT; i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (i * 7, i);

      spp_session_receive_async (pair->bob, NULL, spp_test_result_cb, &got[i]);
      spp_session_send_async (pair->alice, payload, NULL, spp_test_result_cb, &sent[i]);
    }
  for (guint i = 0; i < COUNT; i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (i * 7, i);
      g_autoptr (GBytes) received = NULL;
      g_autoptr (GError) error = NULL;

      spp_test_await (&sent[i]);
      g_assert_true (spp_session_send_finish (pair->alice, sent[i], &error));
      spp_test_await (&got[i]);
      received = spp_session_receive_finish (pair->bob, got[i], &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
      g_object_unref (sent[i]);
      g_object_unref (got[i]);
    }
}

static void
test_cancel_send (SppTestPair   *pair,
                  gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) large = spp_test_payload (8 * 1024 * 1024, 1);
  g_autoptr (GBytes) unwanted = spp_test_payload (10, 2);
  g_autoptr (GBytes) last = spp_test_payload (20, 3);
  GAsyncResult *results[3] = { NULL };
  g_autoptr (GBytes) first_received = NULL;
  g_autoptr (GBytes) second_received = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Cancelling takes a waiting message back and no other");
  spp_session_send_async (pair->alice, large, cancellable, spp_test_result_cb, &results[0]);
  spp_session_send_async (pair->alice, unwanted, cancellable, spp_test_result_cb, &results[1]);
  spp_session_send_async (pair->alice, last, NULL, spp_test_result_cb, &results[2]);
  g_cancellable_cancel (cancellable);
  spp_test_await (&results[1]);
  g_assert_false (spp_session_send_finish (pair->alice, results[1], &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  first_received = spp_test_receive (pair->bob, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (first_received, large);
  second_received = spp_test_receive (pair->bob, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (second_received, last);
  spp_test_await (&results[0]);
  g_assert_true (spp_session_send_finish (pair->alice, results[0], &error));
  spp_test_await (&results[2]);
  g_assert_true (spp_session_send_finish (pair->alice, results[2], &error));
  for (guint i = 0; i < 3; i++)
    g_clear_object (&results[i]);
}

static void
test_cancelled_before (SppTestPair   *pair,
                       gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) payload = spp_test_payload (10, 2);
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Calls with a cancellable that is cancelled already do nothing");
  g_cancellable_cancel (cancellable);
  spp_session_send_async (pair->alice, payload, cancellable, spp_test_result_cb, &sent);
  spp_test_await (&sent);
  g_assert_false (spp_session_send_finish (pair->alice, sent, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  spp_session_receive_async (pair->alice, cancellable, spp_test_result_cb, &got);
  spp_test_await (&got);
  g_assert_null (spp_session_receive_finish (pair->alice, got, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_OPEN);
}

static void
test_cancel_receive (SppTestPair   *pair,
                     gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) payload = spp_test_payload (100, 2);
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Cancelling a receive loses no message");
  spp_session_receive_async (pair->bob, cancellable, spp_test_result_cb, &got);
  spp_test_settle ();
  g_cancellable_cancel (cancellable);
  spp_test_await (&got);
  g_assert_null (spp_session_receive_finish (pair->bob, got, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  g_assert_true (spp_test_send (pair->alice, payload, &error));
  spp_test_settle ();
  received = spp_test_receive (pair->bob, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (received, payload);
}

static void
test_too_large (SppTestPair   *pair,
                gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (1001, 1);
  g_autoptr (GBytes) fitting = spp_test_payload (1000, 1);
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Sending too much fails and the session goes on; receiving it ends it");
  spp_session_set_max_message_size (pair->alice, 1000);
  g_assert_false (spp_test_send (pair->alice, payload, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);
  g_assert_true (spp_test_send (pair->alice, fitting, &error));

  g_assert_true (spp_test_send (pair->bob, payload, &error));
  received = spp_test_receive (pair->alice, &error);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE);
  g_assert_null (received);
  g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_CLOSED);
  g_assert_error (spp_session_get_error (pair->alice), SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE);
}

static void
test_backpressure (SppTestPair   *pair,
                   gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (1024 * 1024, 1);
  GPtrArray *waiting = g_ptr_array_new ();
  gboolean refused = FALSE;
  guint accepted = 0;

  g_test_summary ("A peer that never reads does not fill our memory");
  for (guint i = 0; i < 100 && !refused; i++)
    {
      GAsyncResult **place = g_new0 (GAsyncResult *, 1);

      g_ptr_array_add (waiting, place);
      spp_session_send_async (pair->alice, payload, NULL, spp_test_result_cb, place);
      spp_test_settle ();
      if (*place != NULL)
        {
          g_autoptr (GError) error = NULL;

          if (!spp_session_send_finish (pair->alice, *place, &error))
            {
              g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
              refused = TRUE;
            }
        }
      if (!refused)
        accepted++;
    }
  g_assert_true (refused);
  g_assert_cmpuint (accepted, <=, 16 + 1 + 2);
  g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_OPEN);

  for (guint i = 0; i < accepted; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) received = spp_test_receive (pair->bob, &error);

      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
    }
  for (guint i = 0; i < waiting->len; i++)
    {
      GAsyncResult **place = g_ptr_array_index (waiting, i);

      spp_test_await (place);
      g_object_unref (*place);
      g_free (place);
    }
  g_ptr_array_unref (waiting);
}

static void
test_close_flushes (SppTestPair   *pair,
                    gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (300000, 1);
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) after = NULL;

  g_test_summary ("Closing sends first what is queued; the other end then sees the end");
  for (guint i = 0; i < 5; i++)
    spp_session_send_async (pair->alice, payload, NULL, NULL, NULL);
  spp_session_close_async (pair->alice, NULL, spp_test_result_cb, &closed);
  g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_CLOSING);
  g_assert_false (spp_test_send (pair->alice, payload, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  g_clear_error (&error);

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GBytes) received = spp_test_receive (pair->bob, &error);

      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
    }
  after = spp_test_receive (pair->bob, &error);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  g_assert_null (after);
  spp_test_await (&closed);
  g_assert_true (spp_session_close_finish (pair->alice, closed, NULL));
}

static void
test_close_aborts (SppTestPair   *pair,
                   gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (4 * 1024 * 1024, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A cancelled close cuts at once whatever waits");
  /* The first may be read ahead. */
  spp_session_send_async (pair->alice, payload, NULL, NULL, NULL);
  spp_session_send_async (pair->alice, payload, NULL, spp_test_result_cb, &sent);
  spp_session_receive_async (pair->alice, NULL, spp_test_result_cb, &got);
  spp_session_close_async (pair->alice, cancellable, spp_test_result_cb, &closed);
  spp_test_settle ();
  g_assert_null (closed);
  g_cancellable_cancel (cancellable);
  spp_test_await (&closed);
  spp_test_await (&sent);
  g_assert_false (spp_session_send_finish (pair->alice, sent, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  g_clear_error (&error);
  spp_test_await (&got);
  g_assert_null (spp_session_receive_finish (pair->alice, got, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
}

static void
test_cut (SppTestPair   *pair,
          gconstpointer  data)
{
  /* Only by SPP/2 can that be told from a farewell. */
  int code = spp_test_get_version () == 2 ? SPP_ERROR_TRUNCATED : SPP_ERROR_CLOSED;
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GBytes) payload = spp_test_payload (10, 1);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Dropping the last reference cuts the connection");
  spp_test_settle ();
  spp_session_receive_async (pair->bob, NULL, spp_test_result_cb, &got);
  g_assert_finalize_object (g_steal_pointer (&pair->alice));
  spp_test_await (&got);
  g_assert_null (spp_session_receive_finish (pair->bob, got, &error));
  g_assert_error (error, SPP_ERROR, code);
  g_clear_error (&error);
  g_assert_false (spp_test_send (pair->bob, payload, &error));
  g_assert_error (error, SPP_ERROR, code);
}

static void
test_send_to_gone (SppTestPair   *pair,
                   gconstpointer  data)
{
  g_autoptr (GBytes) farewell = spp_test_payload (50, 9);
  g_autoptr (GBytes) payload = spp_test_payload (1000000, 1);
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GBytes) nothing = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("What the peer had sent before it went is received after a failed send");
  g_assert_true (spp_test_send (pair->alice, farewell, &error));
  spp_test_close (pair->alice);
  g_assert_false (spp_test_send (pair->bob, payload, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_cmpint (spp_session_get_state (pair->bob), ==,
                   spp_test_get_version () == 2 ? SPP_SESSION_STATE_CLOSED
                                                : SPP_SESSION_STATE_CLOSING);
  received = spp_test_receive (pair->bob, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (received, farewell);
  nothing = spp_test_receive (pair->bob, &error);
  g_assert_nonnull (error);
}

/* Callbacks that drop the reference of the test, which is the last one. */
static void
drop_session_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  SppSession **place = user_data;

  g_clear_object (place);
}

static void
test_drop_in_callback (SppTestPair   *pair,
                       gconstpointer  data)
{
  const char *what = data;
  g_autoptr (GBytes) payload = spp_test_payload (100, 1);
  gpointer weak = pair->bob;

  g_test_summary ("A callback may drop the last reference");
  g_object_add_weak_pointer (G_OBJECT (pair->bob), &weak);
  if (g_str_equal (what, "send"))
    {
      spp_session_send_async (pair->bob, payload, NULL, drop_session_cb, &pair->bob);
    }
  else if (g_str_equal (what, "receive"))
    {
      spp_session_receive_async (pair->bob, NULL, drop_session_cb, &pair->bob);
      spp_session_send_async (pair->alice, payload, NULL, NULL, NULL);
    }
  else if (g_str_equal (what, "close"))
    {
      spp_session_close_async (pair->bob, NULL, drop_session_cb, &pair->bob);
    }
  else
    {
      spp_session_receive_async (pair->bob, NULL, drop_session_cb, &pair->bob);
      spp_test_close (pair->alice);
    }
  while (weak != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) \
  g_test_add (path, SppTestPair, data, spp_test_pair_set_up, func, spp_test_pair_tear_down)
  add ("/spp/session/properties", NULL, test_properties);
  add ("/spp/session/exchange", NULL, test_exchange);
  add ("/spp/session/confirmed", NULL, test_confirmed);
  add ("/spp/session/many-at-once", NULL, test_many_at_once);
  add ("/spp/session/cancel/send", NULL, test_cancel_send);
  add ("/spp/session/cancel/receive", NULL, test_cancel_receive);
  add ("/spp/session/cancel/before", NULL, test_cancelled_before);
  add ("/spp/session/too-large", NULL, test_too_large);
  add ("/spp/session/backpressure", NULL, test_backpressure);
  add ("/spp/session/close/flushes", NULL, test_close_flushes);
  add ("/spp/session/close/aborts", NULL, test_close_aborts);
  add ("/spp/session/cut", NULL, test_cut);
  add ("/spp/session/send-to-gone", NULL, test_send_to_gone);
  add ("/spp/session/drop/send", "send", test_drop_in_callback);
  add ("/spp/session/drop/receive", "receive", test_drop_in_callback);
  add ("/spp/session/drop/close", "close", test_drop_in_callback);
  add ("/spp/session/drop/end", "end", test_drop_in_callback);
#undef add

  return g_test_run ();
}
