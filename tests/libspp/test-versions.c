/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Which version of SPP two ends come to, and how nobody is led to the older one. */

#include <string.h>

#include "spp-client-private.h"
#include "spp-error.h"
#include "spp-kem-private.h"
#include "spp-test-net.h"
#include "spp-test-pair.h"

/* An end that knows only SPP/1, at an address of its own. */
typedef struct
{
  GSocketListener *listener;
  guint16          port;
  guint            n_calls;
} OldListener;

static void
old_listener_init (OldListener *self)
{
  g_autoptr (GError) error = NULL;

  self->listener = g_socket_listener_new ();
  self->port = g_socket_listener_add_any_inet_port (self->listener, NULL, &error);
  g_assert_no_error (error);
  self->n_calls = 0;
}

static void
old_listener_clear (OldListener *self)
{
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
}

static GSocketConnection *
old_listener_accept (OldListener *self)
{
  g_autoptr (GAsyncResult) accepted = NULL;
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  g_socket_listener_accept_async (self->listener, NULL, spp_test_result_cb, &accepted);
  spp_test_await (&accepted);
  connection = g_socket_listener_accept_finish (self->listener, accepted, NULL, &error);
  g_assert_no_error (error);
  self->n_calls++;
  return connection;
}

static void
call_old (SppTestNet    *net,
          OldListener   *listener,
          GAsyncResult **called)
{
  spp_client_connect_to_host_async (net->client, "127.0.0.1", listener->port,
                                    spp_private_key_get_public_key (net->bob_key), NULL,
                                    spp_test_result_cb, called);
}

/* Bob, as deployed programs are: his hello goes out at once. */
static SppHandshake1 *
say_hello (SppTestNet        *net,
           GSocketConnection *connection)
{
  SppHandshake1 *bob =
    spp_handshake1_new_initiator (net->bob_key, spp_private_key_get_public_key (net->alice_key),
                                  NULL);
  g_autoptr (GBytes) hello = spp_handshake1_take_output (bob);

  spp_test_write (connection, g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
  return bob;
}

static void
read_exactly (GSocketConnection *connection,
              guint8            *data,
              gsize              size)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0;

  g_input_stream_read_all_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), data,
                                 size, G_PRIORITY_DEFAULT, NULL, spp_test_result_cb, &result);
  spp_test_await (&result);
  g_input_stream_read_all_finish (g_io_stream_get_input_stream (G_IO_STREAM (connection)), result,
                                  &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, size);
}

static void
allow_spp1 (SppTestNet *net)
{
  spp_client_set_peer_flags (net->client, SPP_PEER_FLAGS_ALLOW_SPP1);
  spp_service_set_peer_flags (net->service, spp_private_key_get_public_key (net->alice_key),
                              SPP_PEER_FLAGS_ALLOW_SPP1);
}

static void
test_ours (SppTestNet    *net,
           gconstpointer  data)
{
  g_autoptr (GSocketAddress) where = spp_test_net_listen (net, "127.0.0.1", 0);
  SppPublicKey *alice = spp_private_key_get_public_key (net->alice_key);
  g_autoptr (GError) error = NULL;
  SppSession *session;

  g_test_summary ("Two of ours speak SPP/2, whatever is allowed, and the allowance goes");
  if (data != NULL)
    allow_spp1 (net);
  session = spp_test_net_call (net, G_SOCKET_CONNECTABLE (where), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (spp_session_get_protocol_version (session), ==, 2);
  g_assert_cmpuint (spp_session_get_protocol_version (spp_test_net_await_session (net, 1)), ==, 2);
  g_assert_cmpint (spp_service_get_peer_flags (net->service, alice), ==, SPP_PEER_FLAGS_NONE);
  spp_test_net_talk_and_close (session, spp_test_net_await_session (net, 1));
  spp_test_await_finalize (session);
}

static void
test_not_allowed (SppTestNet    *net,
                  gconstpointer  data)
{
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (SppHandshake1) bob = NULL;
  g_autoptr (GAsyncResult) called = NULL;
  g_autoptr (GError) error = NULL;
  OldListener listener;

  g_test_summary ("Who speaks only SPP/1 and is not allowed to is an error of its own");
  old_listener_init (&listener);
  call_old (net, &listener, &called);
  connection = old_listener_accept (&listener);
  bob = say_hello (net, connection);
  spp_test_await (&called);
  g_assert_null (spp_client_connect_finish (net->client, called, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_OLD_PROTOCOL);
  old_listener_clear (&listener);
}

typedef enum
{
  SAYS_HELLO,     /* and is so known for what it is */
  HANGS_UP,       /* since it does not know what it got */
} Habit;

static void
test_allowed (SppTestNet    *net,
              gconstpointer  data)
{
  Habit habit = GPOINTER_TO_INT (data);
  g_autoptr (GSocketConnection) first = NULL;
  g_autoptr (GSocketConnection) second = NULL;
  g_autoptr (SppHandshake1) unused = NULL;
  g_autoptr (SppHandshake1) bob = NULL;
  g_autoptr (GAsyncResult) called = NULL;
  g_autoptr (GError) error = NULL;
  guint8 frame[8 + 32];
  guint8 hello[SPP_HELLO_FRAME_SIZE];
  OldListener listener;
  SppSession *session;

  g_test_summary ("Who speaks only SPP/1 and is allowed to is called once more by that");
  allow_spp1 (net);
  old_listener_init (&listener);
  call_old (net, &listener, &called);
  first = old_listener_accept (&listener);
  read_exactly (first, frame, sizeof frame);
  g_assert_cmpuint (frame[0], ==, 32);
  if (habit == SAYS_HELLO)
    unused = say_hello (net, first);
  else
    g_assert_true (g_io_stream_close (G_IO_STREAM (first), NULL, &error));

  second = old_listener_accept (&listener);
  read_exactly (second, hello, sizeof hello);
  /* That SPP/2 is spoken here is said to those who know what it means. */
  g_assert_cmpuint (hello[sizeof hello - 1] & 0x80, ==, 0x80);
  bob = say_hello (net, second);
  spp_test_await (&called);
  session = spp_client_connect_finish (net->client, called, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (spp_session_get_protocol_version (session), ==, 1);
  g_assert_cmpuint (listener.n_calls, ==, 2);
  g_assert_true (spp_handshake1_feed (bob, hello, 8, NULL));
  g_assert_true (spp_handshake1_feed (bob, hello + 8, sizeof hello - 8, NULL));
  g_assert_true (spp_handshake1_search (bob, 1));
  g_assert_true (spp_handshake1_decide (bob, &error));
  spp_test_close (session);
  spp_test_await_finalize (session);
  old_listener_clear (&listener);
}

static void
test_only_stream (SppTestNet    *net,
                  gconstpointer  data)
{
  g_autoptr (GSocketConnection) near = NULL;
  g_autoptr (GSocketConnection) far = NULL;
  g_autoptr (SppHandshake1) bob = NULL;
  g_autoptr (GAsyncResult) called = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Over a stream of one's own there is no second call");
  allow_spp1 (net);
  spp_test_connection_pair (&near, &far);
  spp_client_negotiate_async (net->client, G_IO_STREAM (near),
                              spp_private_key_get_public_key (net->bob_key), NULL,
                              spp_test_result_cb, &called);
  bob = say_hello (net, far);
  spp_test_await (&called);
  g_assert_null (spp_client_negotiate_finish (net->client, called, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_OLD_PROTOCOL);
}

static void
on_old_protocol (SppService   *service,
                 SppPublicKey *peer,
                 gpointer      user_data)
{
  g_ptr_array_add (user_data, spp_public_key_ref (peer));
}

static void
test_called_by_spp1 (SppTestNet    *net,
                     gconstpointer  data)
{
  g_autoptr (GSocketAddress) where = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GPtrArray) outdated = NULL;
  g_autoptr (SppPrivateKey) stranger_key = spp_private_key_generate ();
  g_autoptr (SppClient) stranger = spp_client_new (stranger_key);
  g_autoptr (GAsyncResult) called = NULL;
  g_autoptr (GError) error = NULL;
  SppPublicKey *alice = spp_private_key_get_public_key (net->alice_key);
  SppSession *session;

  g_test_summary ("A friend who calls by SPP/1 is refused like a stranger, and the program told");
  outdated = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
  g_signal_connect (net->service, "old-protocol", G_CALLBACK (on_old_protocol), outdated);
  spp_service_set_timeout (net->service, 1);
  spp_client_speak_only_spp1 (net->client);
  spp_client_speak_only_spp1 (stranger);

  g_assert_null (spp_test_net_call (net, G_SOCKET_CONNECTABLE (where), &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_cmpuint (outdated->len, ==, 1);
  g_assert_true (spp_public_key_equal (g_ptr_array_index (outdated, 0), alice));

  spp_client_connect_async (stranger, G_SOCKET_CONNECTABLE (where),
                            spp_private_key_get_public_key (net->bob_key), NULL,
                            spp_test_result_cb, &called);
  spp_test_await (&called);
  g_assert_null (spp_client_connect_finish (stranger, called, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_cmpuint (outdated->len, ==, 1);

  spp_service_set_peer_flags (net->service, alice, SPP_PEER_FLAGS_ALLOW_SPP1);
  session = spp_test_net_call (net, G_SOCKET_CONNECTABLE (where), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (spp_session_get_protocol_version (session), ==, 1);
  g_assert_cmpuint (outdated->len, ==, 1);
  g_assert_cmpint (spp_service_get_peer_flags (net->service, alice), ==,
                   SPP_PEER_FLAGS_ALLOW_SPP1);
  spp_test_net_talk_and_close (session, spp_test_net_await_session (net, 1));
  spp_test_await_finalize (session);
}

/* Passes on what one end says to the other, once. */
static void
pass_on (GSocketConnection *from,
         GSocketConnection *to,
         gsize              size)
{
  g_autofree guint8 *data = g_malloc (size);

  read_exactly (from, data, size);
  spp_test_write (to, data, size);
}

static void
test_sentinel (SppTestNet    *net,
               gconstpointer  data)
{
  gboolean client_looks = data == NULL;
  g_autoptr (GSocketAddress) where = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GSocketClient) plain = g_socket_client_new ();
  g_autoptr (GSocketConnection) first = NULL;
  g_autoptr (GSocketConnection) second = NULL;
  g_autoptr (GSocketConnection) onward = NULL;
  g_autoptr (SppHandshake1) decoy = NULL;
  g_autoptr (GAsyncResult) called = NULL;
  g_autoptr (GError) error = NULL;
  OldListener between;

  g_test_summary ("Somebody in between who poses as an old program gets two of ours nowhere");
  allow_spp1 (net);
  spp_service_set_timeout (net->service, 1);
  old_listener_init (&between);
  call_old (net, &between, &called);
  first = old_listener_accept (&between);
  decoy = say_hello (net, first);
  second = old_listener_accept (&between);
  if (client_looks)
    {
      /* As a service that does not look would answer. */
      g_autoptr (SppHandshake1) bob = NULL;
      g_autoptr (GBytes) hello = NULL;

      bob = spp_handshake1_new_initiator (net->bob_key,
                                          spp_private_key_get_public_key (net->alice_key), NULL);
      spp_handshake1_set_sentinel (bob);
      hello = spp_handshake1_take_output (bob);
      spp_test_write (second, g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
      spp_test_await (&called);
      g_assert_null (spp_client_connect_finish (net->client, called, &error));
      g_assert_error (error, SPP_ERROR, SPP_ERROR_DOWNGRADED);
    }
  else
    {
      guint8 byte;

      onward = g_socket_client_connect (plain, G_SOCKET_CONNECTABLE (where), NULL, &error);
      g_assert_no_error (error);
      pass_on (second, onward, SPP_HELLO_FRAME_SIZE);
      /* The service says nothing, and hangs up at the deadline. */
      while (!g_socket_condition_check (g_socket_connection_get_socket (onward), G_IO_IN))
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (g_socket_receive (g_socket_connection_get_socket (onward), (char *) &byte,
                                         1, NULL, NULL), ==, 0);
      g_assert_cmpuint (net->sessions->len, ==, 0);
      g_assert_true (g_io_stream_close (G_IO_STREAM (second), NULL, NULL));
      spp_test_await (&called);
    }
  old_listener_clear (&between);
}

static void
test_post_quantum (SppTestNet    *net,
                   gconstpointer  data)
{
  g_autoptr (GSocketAddress) where = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GError) error = NULL;
  SppSession *session;

  g_test_summary ("A friend who had ML-KEM once must have it");
  spp_client_set_peer_flags (net->client, SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM);
  session = spp_test_net_call (net, G_SOCKET_CONNECTABLE (where), &error);
  if (!spp_kem_is_available ())
    {
      g_assert_null (session);
      g_assert_error (error, SPP_ERROR, SPP_ERROR_DOWNGRADED);
      return;
    }
  g_assert_no_error (error);
  g_assert_true (spp_session_is_post_quantum (session));
  spp_test_net_talk_and_close (session, spp_test_net_await_session (net, 1));
  g_assert_cmpuint (spp_session_get_rekeys (session), >=, 1);
  spp_test_await_finalize (session);
}

static void
assert_code (const char *code)
{
  g_assert_true (g_regex_match_simple ("^[0-9]{3}( [0-9]{3}){5}$", code, 0, 0));
}

static void
test_binding (SppTestNet    *net,
              gconstpointer  data)
{
  g_autoptr (GSocketAddress) where = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autofree char *last = NULL;

  g_test_summary ("Both ends have the same binding and code, and no two sessions have");
  if (data != NULL)
    {
      allow_spp1 (net);
      spp_client_speak_only_spp1 (net->client);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      SppSession *near = spp_test_net_call (net, G_SOCKET_CONNECTABLE (where), &error);
      SppSession *far = spp_test_net_await_session (net, i + 1);
      g_autofree char *near_code = spp_session_dup_code (near);
      g_autofree char *far_code = spp_session_dup_code (far);

      g_assert_cmpuint (spp_session_get_protocol_version (near), ==, data != NULL ? 1 : 2);
      g_assert_cmpuint (g_bytes_get_size (spp_session_get_channel_binding (near)), ==, 32);
      spp_test_assert_bytes (spp_session_get_channel_binding (near),
                             spp_session_get_channel_binding (far));
      assert_code (near_code);
      g_assert_cmpstr (near_code, ==, far_code);
      g_assert_cmpstr (near_code, !=, last);
      g_free (last);
      last = g_steal_pointer (&near_code);
      spp_test_net_talk_and_close (near, far);
      spp_test_await_finalize (near);
    }
}

/* The key with the same X25519 form: the top bit of an Ed25519 key is a sign. */
static SppPublicKey *
negate (SppPublicKey *key)
{
  guint8 raw[SPP_PUBLIC_KEY_SIZE];
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  SppPublicKey *negative;

  memcpy (raw, g_bytes_get_data (spp_public_key_get_bytes (key), NULL), sizeof raw);
  raw[sizeof raw - 1] ^= 0x80;
  bytes = g_bytes_new (raw, sizeof raw);
  negative = spp_public_key_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return negative;
}

static void
test_negative_keys (SppTestNet    *net,
                    gconstpointer  data)
{
  g_autoptr (SppPublicKey) own = negate (spp_private_key_get_public_key (net->bob_key));
  g_autoptr (SppPublicKey) friend = negate (spp_private_key_get_public_key (net->alice_key));
  g_autoptr (SppPublicKey) callee = negate (spp_private_key_get_public_key (net->alice_key));
  g_autoptr (GAsyncResult) called = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("The negative of one's own key, or of a friend's, is no friend's");
  g_assert_false (spp_service_add_peer (net->service, own));
  g_assert_false (spp_service_add_peer (net->service, friend));
  spp_client_connect_to_host_async (net->client, "127.0.0.1", 1, callee, NULL,
                                    spp_test_result_cb, &called);
  spp_test_await (&called);
  g_assert_null (spp_client_connect_finish (net->client, called, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/versions/" path, SppTestNet, data, \
                                          spp_test_net_set_up, func, spp_test_net_tear_down)
  add ("ours", NULL, test_ours);
  add ("ours/allowed", "", test_ours);
  add ("calling/not-allowed", NULL, test_not_allowed);
  add ("calling/allowed/says-hello", GINT_TO_POINTER (SAYS_HELLO), test_allowed);
  add ("calling/allowed/hangs-up", GINT_TO_POINTER (HANGS_UP), test_allowed);
  add ("calling/only-stream", NULL, test_only_stream);
  add ("called", NULL, test_called_by_spp1);
  add ("sentinel/client", NULL, test_sentinel);
  add ("sentinel/service", "", test_sentinel);
  add ("post-quantum", NULL, test_post_quantum);
  add ("binding/spp2", NULL, test_binding);
  add ("binding/spp1", "", test_binding);
  add ("negative-keys", NULL, test_negative_keys);
#undef add

  return g_test_run ();
}
