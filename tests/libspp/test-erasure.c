/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-error.h"
#include "spp-test-erasure.h"
#include "spp-test-memory.h"

static void
expect_error (SppTestErasure *fixture,
              int             code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = spp_test_receive (fixture->session, &error);

  g_assert_null (message);
  g_assert_error (error, SPP_ERROR, code);
}

static void
end_by_closing (SppTestErasure *fixture)
{
  spp_test_close (fixture->session);
}

static void
end_by_aborting (SppTestErasure *fixture)
{
  spp_session_abort (fixture->session);
}

static void
end_by_aborting_while_receiving (SppTestErasure *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  spp_session_receive_async (fixture->session, NULL, spp_test_result_cb, &result);
  spp_test_settle ();
  spp_session_abort (fixture->session);
  spp_test_await (&result);
  g_assert_null (spp_session_receive_finish (fixture->session, result, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
}

static void
end_by_peer (SppTestErasure *fixture)
{
  g_clear_object (&fixture->raw);
  expect_error (fixture, SPP_ERROR_CLOSED);
}

static void
end_by_cut (SppTestErasure *fixture)
{
  guint8 frame[SPP_TEST_ERASURE_FRAME_SIZE];

  spp_test_erasure_make_message (fixture, frame);
  spp_test_write (fixture->raw, frame, sizeof frame / 2);
  g_clear_object (&fixture->raw);
  expect_error (fixture, SPP_ERROR_TRUNCATED);
}

static void
end_by_misbehaviour (SppTestErasure *fixture)
{
  guint8 frame[SPP_TEST_ERASURE_FRAME_SIZE];

  spp_test_erasure_make_message (fixture, frame);
  frame[SPP_TEST_ERASURE_FRAME_SIZE - 1] ^= 1;
  spp_test_write (fixture->raw, frame, sizeof frame);
  expect_error (fixture, SPP_ERROR_BAD_TAG);
}

static void
end_by_unref (SppTestErasure *fixture)
{
  spp_test_await_finalize (g_steal_pointer (&fixture->session));
}

typedef struct
{
  const char *name;
  void      (*end) (SppTestErasure *fixture);
} Ending;

static const Ending endings[] =
  {
    { "closed", end_by_closing },
    { "aborted", end_by_aborting },
    { "aborted-while-receiving", end_by_aborting_while_receiving },
    { "peer-closed", end_by_peer },
    { "cut", end_by_cut },
    { "misbehaved", end_by_misbehaviour },
    { "dropped", end_by_unref },
  };

static void
run_session (SppTestErasure *fixture,
             const Ending   *ending)
{
  /* The ephemeral and what it agreed on are no longer needed by now. */
  g_assert_cmpuint (spp_test_erasure_count_random (), >=, 2);
  spp_test_erasure_exchange (fixture);
  spp_test_memory_search ();
  spp_test_memory_assert_found ("session key");
  spp_test_memory_assert_found ("random 2");
  spp_test_memory_assert_gone ("ephemeral");
  spp_test_memory_assert_gone ("shared secret");

  ending->end (fixture);
  if (fixture->session != NULL)
    g_assert_cmpint (spp_session_get_state (fixture->session), ==, SPP_SESSION_STATE_CLOSED);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_initiator (SppTestErasure *fixture,
                gconstpointer   data)
{
  g_test_summary ("The keys of a session are gone with its end, on the side that called");
  spp_test_erasure_begin_as_initiator (fixture);
  run_session (fixture, data);
}

static void
test_responder (SppTestErasure *fixture,
                gconstpointer   data)
{
  g_test_summary ("The keys of a session are gone with its end, on the side that was called");
  spp_test_erasure_begin_as_responder (fixture);
  run_session (fixture, data);
}

static void
test_cancelled (SppTestErasure *fixture,
                gconstpointer   data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  guint8 hello[SPP_HELLO_FRAME_SIZE];

  g_test_summary ("A call that is cancelled before the answer leaves nothing");
  spp_test_erasure_call (fixture, cancellable);
  g_assert_cmpuint (spp_test_erasure_await_bytes (fixture, hello, sizeof hello), ==,
                    sizeof hello);
  spp_test_memory_search ();
  spp_test_memory_assert_found ("ephemeral");

  g_cancellable_cancel (cancellable);
  spp_test_await (&fixture->result);
  g_assert_null (spp_client_negotiate_finish (fixture->client, fixture->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&fixture->result);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_refused (SppTestErasure *fixture,
              gconstpointer   data)
{
  g_autoptr (SppPrivateKey) mallory = spp_test_erasure_make_key ();
  g_autoptr (GError) error = NULL;
  guint8 hello[SPP_HELLO_FRAME_SIZE];

  g_test_summary ("A call that somebody else answers leaves nothing");
  spp_test_erasure_call (fixture, NULL);
  g_assert_cmpuint (spp_test_erasure_await_bytes (fixture, hello, sizeof hello), ==,
                    sizeof hello);
  spp_test_memory_search ();
  spp_test_memory_assert_found ("ephemeral");

  spp_test_erasure_say_hello (fixture, mallory);
  spp_test_await (&fixture->result);
  g_assert_null (spp_client_negotiate_finish (fixture->client, fixture->result, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_BAD_SIGNATURE);
  g_clear_object (&fixture->result);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

/* Leaves no room for an answer of Bob's. */
static void
fill_kernel_buffer (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  char nothing[1024] = { 0 };

  g_socket_set_blocking (socket, FALSE);
  while (g_socket_send (socket, nothing, sizeof nothing, NULL, NULL) > 0)
    ;
  while (g_socket_send (socket, nothing, 1, NULL, NULL) > 0)
    ;
  g_socket_set_blocking (socket, TRUE);
}

static void
test_service_gone (SppTestErasure *fixture,
                   gconstpointer   data)
{
  guint8 bob_ephemeral_public[SPP_CRYPTO_X25519_SIZE];

  g_test_summary ("A service that goes while an answer is under way leaves nothing");
  fill_kernel_buffer (fixture->stream);
  spp_test_erasure_take_call (fixture);
  spp_test_erasure_say_hello (fixture, fixture->alice_key);
  while (spp_test_erasure_count_random () < 2)
    g_main_context_iteration (NULL, TRUE);
  spp_test_settle ();

  /* The answer never comes, so what it would say is worked out here. */
  {
    g_autoptr (SppSecret) ephemeral = spp_secret_new (SPP_CRYPTO_X25519_SIZE);

    spp_test_memory_reveal ("ephemeral", spp_secret_get (ephemeral));
    spp_crypto_x25519_public (bob_ephemeral_public, spp_secret_get (ephemeral));
  }
  spp_test_erasure_learn_keys (fixture, bob_ephemeral_public);
  spp_test_memory_search ();
  spp_test_memory_assert_found ("session key");
  spp_test_memory_assert_found ("random 2");
  spp_test_memory_assert_gone ("ephemeral");

  spp_test_await_finalize (g_steal_pointer (&fixture->service));
  g_assert_null (fixture->session);
  spp_test_settle ();
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_nobody_takes_it (SppTestErasure *fixture,
                      gconstpointer   data)
{
  guint8 hello[SPP_HELLO_FRAME_SIZE];
  guint8 byte;

  g_test_summary ("A session that no handler keeps leaves nothing");
  g_signal_handlers_disconnect_by_data (fixture->service, fixture);
  spp_test_erasure_take_call (fixture);
  spp_test_erasure_say_hello (fixture, fixture->alice_key);
  g_assert_cmpuint (spp_test_erasure_await_bytes (fixture, hello, sizeof hello), ==,
                    sizeof hello);
  g_assert_cmpuint (spp_test_erasure_await_bytes (fixture, &byte, 1), ==, 0);
  spp_test_erasure_learn_keys (fixture, hello + SPP_TEST_ERASURE_EPHEMERAL_AT);
  g_assert_cmpuint (spp_test_erasure_count_random (), >=, 2);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_stranger (SppTestErasure *fixture,
               gconstpointer   data)
{
  g_autoptr (SppPrivateKey) mallory = spp_test_erasure_make_key ();
  guint8 byte;

  g_test_summary ("For a stranger no secret is made at all");
  spp_service_set_timeout (fixture->service, 1);
  spp_test_erasure_take_call (fixture);
  spp_test_erasure_say_hello (fixture, mallory);
  g_assert_cmpuint (spp_test_erasure_await_bytes (fixture, &byte, 1), ==, 0);
  g_assert_cmpuint (spp_test_erasure_count_random (), ==, 0);
}

/* A friend's hello that is refused only after Bob has made an ephemeral: the call
 * stays silent to the deadline, but there is nothing to keep till then. */
static void
expect_nothing_kept (SppTestErasure *fixture)
{
  spp_test_settle ();
  g_assert_cmpuint (spp_test_erasure_count_random (), >=, 1);
  g_assert_null (fixture->session);
  g_assert_false (g_socket_condition_check (g_socket_connection_get_socket (fixture->raw),
                                            G_IO_IN) & G_IO_IN);
  spp_test_memory_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_weak_ephemeral (SppTestErasure *fixture,
                     gconstpointer   data)
{
  static const guint8 weak[SPP_CRYPTO_X25519_SIZE] = { 1 };
  g_autoptr (GBytes) hello = spp_test_erasure_make_hello_with (fixture->alice_key, weak);

  g_test_summary ("A hello with which no secret can be agreed on leaves nothing");
  spp_test_erasure_take_call (fixture);
  spp_test_write (fixture->raw, g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
  expect_nothing_kept (fixture);
}

static void
test_replayed (SppTestErasure *fixture,
               gconstpointer   data)
{
  guint8 ephemeral_public[SPP_CRYPTO_X25519_SIZE];
  g_autoptr (GBytes) seen = NULL;

  g_test_summary ("A hello that was recorded leaves nothing");
  spp_crypto_x25519_public (ephemeral_public, spp_secret_get (fixture->ephemeral));
  seen = g_bytes_new (ephemeral_public, sizeof ephemeral_public);
  spp_replay_guard_remember (spp_service_get_replay_guard (fixture->service),
                             spp_private_key_get_public_key (fixture->alice_key), seen);
  spp_test_erasure_take_call (fixture);
  spp_test_erasure_say_hello (fixture, fixture->alice_key);
  expect_nothing_kept (fixture);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add (path, SppTestErasure, data, \
                                          spp_test_erasure_set_up, func, \
                                          spp_test_erasure_tear_down)
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *initiator = g_strconcat ("/spp/erasure/initiator/",
                                                endings[i].name, NULL);
      g_autofree char *responder = g_strconcat ("/spp/erasure/responder/",
                                                endings[i].name, NULL);

      add (initiator, &endings[i], test_initiator);
      add (responder, &endings[i], test_responder);
    }
  add ("/spp/erasure/cancelled", NULL, test_cancelled);
  add ("/spp/erasure/refused", NULL, test_refused);
  add ("/spp/erasure/service-gone", NULL, test_service_gone);
  add ("/spp/erasure/nobody-takes-it", NULL, test_nobody_takes_it);
  add ("/spp/erasure/stranger", NULL, test_stranger);
  add ("/spp/erasure/weak-ephemeral", NULL, test_weak_ephemeral);
  add ("/spp/erasure/replayed", NULL, test_replayed);
#undef add

  return g_test_run ();
}
