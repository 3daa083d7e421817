/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-client-private.h"
#include "spp-error.h"
#include "spp-test-pair.h"

typedef struct
{
  SppPrivateKey *alice_key;
  SppPrivateKey *bob_key;
  SppClient     *client;       /* Alice's */
  SppService    *service;      /* Bob's */
  guint16        port;
  GPtrArray     *sessions;     /* of the service */
} Fixture;

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  Fixture *fixture = user_data;

  g_ptr_array_add (fixture->sessions, g_object_ref (session));
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocketAddress) effective = NULL;

  fixture->alice_key = spp_private_key_generate ();
  fixture->bob_key = spp_private_key_generate ();
  fixture->client = spp_client_new (fixture->alice_key);
  fixture->service = spp_service_new (fixture->bob_key);
  fixture->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (fixture->service, "session", G_CALLBACK (on_session), fixture);
  address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_socket_listener_add_address (G_SOCKET_LISTENER (fixture->service), address,
                                 G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                 &effective, &error);
  g_assert_no_error (error);
  fixture->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  spp_service_add_peer (fixture->service, spp_private_key_get_public_key (fixture->alice_key));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  for (guint i = 0; i < fixture->sessions->len; i++)
    spp_test_close (g_ptr_array_index (fixture->sessions, i));
  g_ptr_array_unref (fixture->sessions);
  g_socket_service_stop (G_SOCKET_SERVICE (fixture->service));
  g_socket_listener_close (G_SOCKET_LISTENER (fixture->service));
  spp_test_settle ();
  spp_test_await_finalize (fixture->service);
  spp_test_await_finalize (fixture->client);
  spp_private_key_unref (fixture->alice_key);
  spp_private_key_unref (fixture->bob_key);
}

static SppSession *
call (Fixture        *fixture,
      SppClient      *client,
      SppPrivateKey  *whom,
      GError        **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  spp_client_connect_to_host_async (client, "127.0.0.1", fixture->port,
                                    spp_private_key_get_public_key (whom), NULL,
                                    spp_test_result_cb, &result);
  spp_test_await (&result);
  return spp_client_connect_finish (client, result, error);
}

static SppSession *
await_incoming (Fixture *fixture,
                guint    count)
{
  while (fixture->sessions->len < count)
    g_main_context_iteration (NULL, TRUE);
  return g_ptr_array_index (fixture->sessions, count - 1);
}

/* @from: (nullable): an address of this machine */
static GSocketConnection *
connect_raw_from (Fixture    *fixture,
                  const char *from)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  if (from != NULL)
    {
      g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (from, 0);

      g_socket_client_set_local_address (client, local);
    }
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", fixture->port, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static GSocketConnection *
connect_raw (Fixture *fixture)
{
  return connect_raw_from (fixture, NULL);
}

/* Runs the main context until @raw can be read; how much came, 0 at its end. */
static gssize
read_raw (GSocketConnection *raw,
          guint8            *buffer,
          gsize              size)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (raw)), buffer, size,
                             G_PRIORITY_DEFAULT, NULL, spp_test_result_cb, &result);
  spp_test_await (&result);
  return g_input_stream_read_finish (g_io_stream_get_input_stream (G_IO_STREAM (raw)),
                                     result, NULL);
}

static void
test_call (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  SppSession *alice = call (fixture, fixture->client, fixture->bob_key, &error);
  SppSession *bob;

  g_test_summary ("A friend calls over TCP and both talk");
  g_assert_no_error (error);
  bob = await_incoming (fixture, 1);
  g_assert_true (spp_public_key_equal (spp_session_get_peer (bob),
                                       spp_private_key_get_public_key (fixture->alice_key)));
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (i * 100, i);
      g_autoptr (GBytes) received = NULL;

      g_assert_true (spp_test_send (i % 2 == 0 ? alice : bob, payload, &error));
      received = spp_test_receive (i % 2 == 0 ? bob : alice, &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
    }
  spp_test_close (alice);
  spp_test_await_finalize (alice);
}

static void
test_which_friend (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol_key = spp_private_key_generate ();
  g_autoptr (SppClient) carol = spp_client_new (carol_key);
  SppPrivateKey *order[] = { fixture->alice_key, carol_key, carol_key, fixture->alice_key };

  g_test_summary ("Each of several friends is recognised, in any order");
  spp_service_add_peer (fixture->service, spp_private_key_get_public_key (carol_key));
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_autoptr (GError) error = NULL;
      SppClient *client = order[i] == carol_key ? carol : fixture->client;
      SppSession *session = call (fixture, client, fixture->bob_key, &error);

      g_assert_no_error (error);
      g_assert_true (spp_public_key_equal (spp_session_get_peer (await_incoming (fixture, i + 1)),
                                           spp_private_key_get_public_key (order[i])));
      spp_test_close (session);
      spp_test_await_finalize (session);
    }
}

static void
test_wrong_answer (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (SppPrivateKey) mallory = spp_private_key_generate ();
  g_autoptr (SppHandshake1) handshake = NULL;
  g_autoptr (GBytes) hello = NULL;
  g_autoptr (GAsyncResult) called = NULL;
  g_autoptr (GAsyncResult) accepted = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, &error);

  g_test_summary ("Somebody else at the friend's address is refused at once");
  spp_client_speak_only_spp1 (fixture->client);
  spp_client_connect_to_host_async (fixture->client, "127.0.0.1", port,
                                    spp_private_key_get_public_key (fixture->bob_key), NULL,
                                    spp_test_result_cb, &called);
  g_socket_listener_accept_async (listener, NULL, spp_test_result_cb, &accepted);
  spp_test_await (&accepted);
  connection = g_socket_listener_accept_finish (listener, accepted, NULL, &error);
  handshake = spp_handshake1_new_initiator (mallory,
                                            spp_private_key_get_public_key (fixture->alice_key),
                                            NULL);
  hello = spp_handshake1_take_output (handshake);
  spp_test_write (connection, g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
  spp_test_await (&called);
  g_assert_null (spp_client_connect_finish (fixture->client, called, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_BAD_SIGNATURE);
}

static void
test_own_key (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Nobody is one's own friend");
  g_assert_null (call (fixture, fixture->client, fixture->alice_key, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
  g_assert_false (spp_service_add_peer (fixture->service,
                                        spp_private_key_get_public_key (fixture->bob_key)));
}

static void
test_stranger (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol_key = spp_private_key_generate ();
  g_autoptr (SppClient) carol = spp_client_new (carol_key);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A stranger, and a friend no longer, get silence until the deadline");
  spp_service_set_timeout (fixture->service, 1);
  g_assert_null (call (fixture, carol, fixture->bob_key, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_NOT_ADMITTED);
  g_clear_error (&error);

  g_assert_true (spp_service_remove_peer (fixture->service,
                                          spp_private_key_get_public_key (fixture->alice_key)));
  g_assert_false (spp_service_remove_peer (fixture->service,
                                           spp_private_key_get_public_key (fixture->alice_key)));
  g_assert_null (call (fixture, fixture->client, fixture->bob_key, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_NOT_ADMITTED);
  g_assert_cmpuint (fixture->sessions->len, ==, 0);
}

static void
test_replay (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (SppHandshake1) alice = NULL;
  g_autoptr (GBytes) hello = NULL;

  g_test_summary ("A recorded hello is answered once and then no more");
  spp_service_set_peer_flags (fixture->service,
                              spp_private_key_get_public_key (fixture->alice_key),
                              SPP_PEER_FLAGS_ALLOW_SPP1);
  spp_service_set_timeout (fixture->service, 1);
  alice = spp_handshake1_new_initiator (fixture->alice_key,
                                        spp_private_key_get_public_key (fixture->bob_key), NULL);
  hello = spp_handshake1_take_output (alice);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GSocketConnection) raw = connect_raw (fixture);
      guint8 answer[SPP_HELLO_FRAME_SIZE];
      gssize length;

      spp_test_write (raw, g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
      length = read_raw (raw, answer, sizeof answer);
      if (i == 0)
        g_assert_cmpint (length, ==, SPP_HELLO_FRAME_SIZE);
      else
        g_assert_cmpint (length, <=, 0);
    }
}

static gboolean
is_open (GSocketConnection *raw)
{
  GSocket *socket = g_socket_connection_get_socket (raw);
  char byte;

  g_socket_set_blocking (socket, FALSE);
  return g_socket_receive (socket, &byte, 1, NULL, NULL) < 0;
}

static void
test_flood (Fixture       *fixture,
            gconstpointer  data)
{
  guint addresses = GPOINTER_TO_UINT (data);
  guint bound = addresses == 1 ? 8 : 64;
  g_autoptr (GPtrArray) raw = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  SppSession *alice;
  guint open = 0;

  g_test_summary ("Only so many say nothing at once, of one address and in all; "
                  "a friend gets through");
  for (guint i = 0; i < 96; i++)
    {
      g_autofree char *from = g_strdup_printf ("127.0.0.%u", 2 + i % addresses);

      g_ptr_array_add (raw, connect_raw_from (fixture, from));
      spp_test_settle ();
    }
  alice = call (fixture, fixture->client, fixture->bob_key, &error);
  g_assert_no_error (error);
  await_incoming (fixture, 1);
  spp_test_settle ();

  for (guint i = 0; i < raw->len; i++)
    open += is_open (g_ptr_array_index (raw, i));
  g_assert_cmpuint (open, <=, bound);
  g_assert_cmpuint (open, >=, bound - 1);
  spp_test_close (alice);
  spp_test_await_finalize (alice);
}

static void
test_removed_meanwhile (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (GSocketConnection) raw = connect_raw (fixture);
  g_autoptr (SppHandshake1) alice = NULL;
  g_autoptr (GBytes) hello = NULL;
  const guint8 *bytes;
  guint8 answer[2 * SPP_HELLO_FRAME_SIZE];

  g_test_summary ("Who stops being a friend during the handshake gets silence and no session");
  spp_service_set_timeout (fixture->service, 1);
  alice = spp_handshake1_new_initiator (fixture->alice_key,
                                        spp_private_key_get_public_key (fixture->bob_key), NULL);
  hello = spp_handshake1_take_output (alice);
  bytes = g_bytes_get_data (hello, NULL);
  spp_test_write (raw, bytes, 50);
  spp_test_settle ();
  spp_service_remove_peer (fixture->service, spp_private_key_get_public_key (fixture->alice_key));
  spp_test_write (raw, bytes + 50, SPP_HELLO_FRAME_SIZE - 50);
  g_assert_cmpint (read_raw (raw, answer, sizeof answer), ==, 0);
  g_assert_cmpuint (fixture->sessions->len, ==, 0);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  guint cancelled = 0;
  guint finished = 0;

  g_test_summary ("A call can be cancelled at each step, and the next one gets through");
  for (guint steps = 0; finished < 3; steps++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (SppSession) session = NULL;

      spp_client_connect_to_host_async (fixture->client, "127.0.0.1", fixture->port,
                                        spp_private_key_get_public_key (fixture->bob_key),
                                        cancellable, spp_test_result_cb, &result);
      for (guint step = 0; step < steps && result == NULL; step++)
        g_main_context_iteration (NULL, TRUE);
      if (result == NULL)
        g_cancellable_cancel (cancellable);
      spp_test_await (&result);
      session = spp_client_connect_finish (fixture->client, result, &error);
      if (session != NULL)
        {
          finished++;
          continue;
        }
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      cancelled++;
    }
  g_assert_cmpuint (cancelled, >, 3);
}

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, &error);
  g_autoptr (GAsyncResult) result = NULL;

  g_test_summary ("A transport error keeps its domain");
  g_socket_listener_close (listener);
  spp_client_connect_to_host_async (fixture->client, "127.0.0.1", port,
                                    spp_private_key_get_public_key (fixture->bob_key), NULL,
                                    spp_test_result_cb, &result);
  spp_test_await (&result);
  g_assert_null (spp_client_connect_finish (fixture->client, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
test_dispose (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GSocketConnection) raw = connect_raw (fixture);
  guint8 byte;

  g_test_summary ("A service that goes ends the handshakes under way");
  spp_test_settle ();
  g_socket_service_stop (G_SOCKET_SERVICE (fixture->service));
  g_socket_listener_close (G_SOCKET_LISTENER (fixture->service));
  spp_test_await_finalize (fixture->service);
  g_assert_cmpint (read_raw (raw, &byte, 1), <=, 0);
  fixture->service = spp_service_new (fixture->bob_key);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add (path, Fixture, data, set_up, func, tear_down)
  add ("/spp/client-service/call", NULL, test_call);
  add ("/spp/client-service/which-friend", NULL, test_which_friend);
  add ("/spp/client-service/wrong-answer", NULL, test_wrong_answer);
  add ("/spp/client-service/own-key", NULL, test_own_key);
  add ("/spp/client-service/stranger", NULL, test_stranger);
  add ("/spp/client-service/replay", NULL, test_replay);
  add ("/spp/client-service/removed-meanwhile", NULL, test_removed_meanwhile);
  add ("/spp/client-service/flood/one-address", GUINT_TO_POINTER (1), test_flood);
  add ("/spp/client-service/flood/many-addresses", GUINT_TO_POINTER (12), test_flood);
  add ("/spp/client-service/cancelled", NULL, test_cancelled);
  add ("/spp/client-service/refused", NULL, test_refused);
  add ("/spp/client-service/dispose", NULL, test_dispose);
#undef add

  return g_test_run ();
}
