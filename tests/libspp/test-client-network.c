/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "spp-error.h"
#include "spp-test-net.h"
#include "spp-test-routes.h"

/* Longer than any test may take. */
#define LONG_TIMEOUT 600

static GSocketAddress *
address_at (const char *address,
            guint16     port)
{
  return g_inet_socket_address_new_from_string (address, port);
}

static gboolean
have_ipv6 (void)
{
  g_autoptr (GSocketAddress) address = address_at ("::1", 0);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_TCP, NULL);

  if (socket != NULL && g_socket_bind (socket, address, FALSE, NULL))
    return TRUE;
  g_test_skip ("No IPv6 here");
  return FALSE;
}

/* Alice calls, and Bob sees her come from @remote. */
static void
expect_session_from (SppTestNet         *net,
                     GSocketConnectable *where,
                     const char         *remote)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *seen = NULL;
  guint count = net->sessions->len;
  SppSession *alice = spp_test_net_call (net, where, &error);
  SppSession *bob;

  g_assert_no_error (error);
  bob = spp_test_net_await_session (net, count + 1);
  if (remote != NULL)
    {
      seen = spp_test_net_get_remote (bob);
      g_assert_cmpstr (seen, ==, remote);
    }
  spp_test_net_talk_and_close (alice, bob);
  spp_test_await_finalize (alice);
}

static void
test_address (SppTestNet    *net,
              gconstpointer  data)
{
  const char *host = data;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocketConnectable) host_and_port = NULL;

  g_test_summary ("A friend is called at an address of either family");
  if (g_str_equal (host, "::1") && !have_ipv6 ())
    return;
  address = spp_test_net_listen (net, host, 0);
  expect_session_from (net, G_SOCKET_CONNECTABLE (address), host);
  host_and_port = g_network_address_new (host, spp_test_net_get_port (address));
  expect_session_from (net, host_and_port, host);
}

static void
test_unix_socket (SppTestNet    *net,
                  gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("spp-test-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_test_summary ("A friend is called at a socket in the file system");
  g_assert_no_error (error);
  g_socket_listener_add_address (G_SOCKET_LISTENER (net->service), address,
                                 G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL,
                                 NULL, &error);
  g_assert_no_error (error);
  expect_session_from (net, G_SOCKET_CONNECTABLE (address), NULL);
  g_assert_no_errno (g_unlink (path));
  g_assert_no_errno (g_rmdir (folder));
}

static void
test_local_address (SppTestNet    *net,
                    gconstpointer  data)
{
  g_autoptr (GSocketAddress) address = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GSocketAddress) local = address_at ("127.0.0.2", 0);
  g_autoptr (GSocketAddress) got = NULL;

  g_test_summary ("A call is made from the address that was asked for");
  g_assert_null (spp_client_get_local_address (net->client));
  spp_client_set_local_address (net->client, local);
  g_object_get (net->client, "local-address", &got, NULL);
  g_assert_true (got == local);
  expect_session_from (net, G_SOCKET_CONNECTABLE (address), "127.0.0.2");

  g_object_set (net->client, "local-address", NULL, NULL);
  g_assert_null (spp_client_get_local_address (net->client));
  expect_session_from (net, G_SOCKET_CONNECTABLE (address), "127.0.0.1");
}

static void
test_local_address_not_here (SppTestNet    *net,
                             gconstpointer  data)
{
  g_autoptr (GSocketAddress) address = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GSocketAddress) local = address_at ("192.0.2.1", 0);
  g_autoptr (GError) error = NULL;

  g_test_summary ("An address that this machine does not have is an error, not ignored");
  spp_client_set_local_address (net->client, local);
  g_assert_null (spp_test_net_call (net, G_SOCKET_CONNECTABLE (address), &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == G_IO_ERROR);
}

static gboolean
on_too_late (gpointer user_data)
{
  g_error ("The second address was not tried while the first one stayed silent");
  return G_SOURCE_REMOVE;
}

/* The time limit of the client is far beyond that of the test: an address that
 * does not answer is not waited for. */
static void
expect_no_waiting (SppTestNet         *net,
                   GSocketConnectable *where,
                   const char         *remote)
{
  guint watchdog = g_timeout_add_seconds (LONG_TIMEOUT / 10, on_too_late, NULL);

  spp_client_set_timeout (net->client, LONG_TIMEOUT);
  expect_session_from (net, where, remote);
  g_source_remove (watchdog);
}

static void
test_several_addresses (SppTestNet    *net,
                        gconstpointer  data)
{
  const char *silent = data;
  g_autoptr (SppTestPlaces) places = spp_test_places_new ();
  g_autoptr (GSocketAddress) good = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GSocketAddress) refusing = NULL;
  g_autoptr (GSocketAddress) hole = NULL;
  g_autoptr (GPtrArray) blackhole = NULL;
  g_autoptr (GSocket) gone = spp_test_silent_new ("127.0.0.1", 0);

  g_test_summary ("Addresses that do not answer or refuse do not keep from the one that works");
  if (g_str_equal (silent, "::1") && !have_ipv6 ())
    return;
  blackhole = spp_test_blackhole_new (silent, 0);
  hole = spp_test_socket_get_address (g_ptr_array_index (blackhole, 0));
  refusing = spp_test_socket_get_address (gone);
  g_socket_close (gone, NULL);

  spp_test_places_add (places, refusing);
  spp_test_places_add (places, hole);
  spp_test_places_add (places, good);
  expect_no_waiting (net, G_SOCKET_CONNECTABLE (places), "127.0.0.1");
  g_assert_cmpuint (net->sessions->len, ==, 1);
}

static void
test_host_of_both_families (SppTestNet    *net,
                            gconstpointer  data)
{
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (SppTestResolver) resolver = spp_test_resolver_new ();
  g_autoptr (GSocketAddress) good = NULL;
  g_autoptr (GPtrArray) blackhole = NULL;
  g_autoptr (GSocketConnectable) host = NULL;
  guint16 port;

  g_test_summary ("A host whose IPv6 address does not answer is reached at the other one");
  if (!have_ipv6 ())
    return;
  spp_test_resolver_add (resolver, "both.example", "::1");
  spp_test_resolver_add (resolver, "both.example", "127.0.0.1");
  g_resolver_set_default (G_RESOLVER (resolver));
  good = spp_test_net_listen (net, "127.0.0.1", 0);
  port = spp_test_net_get_port (good);
  blackhole = spp_test_blackhole_new ("::1", port);

  host = g_network_address_new ("both.example", port);
  expect_no_waiting (net, host, "127.0.0.1");
  g_assert_cmpuint (spp_test_resolver_get_lookups (resolver), >=, 1);
  g_resolver_set_default (usual);
}

static void
test_host_with_one_family (SppTestNet    *net,
                           gconstpointer  data)
{
  const char *address = data;
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (SppTestResolver) resolver = spp_test_resolver_new ();
  g_autoptr (GSocketAddress) good = NULL;
  g_autoptr (GSocketConnectable) host = NULL;

  g_test_summary ("A host that has an address of one family only is reached there");
  if (g_str_equal (address, "::1") && !have_ipv6 ())
    return;
  spp_test_resolver_add (resolver, "one.example", address);
  g_resolver_set_default (G_RESOLVER (resolver));
  good = spp_test_net_listen (net, address, 0);
  host = g_network_address_new ("one.example", spp_test_net_get_port (good));
  expect_session_from (net, host, address);
  g_resolver_set_default (usual);
}

static void
test_unknown_host (SppTestNet    *net,
                   gconstpointer  data)
{
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (SppTestResolver) resolver = spp_test_resolver_new ();
  g_autoptr (GSocketConnectable) host = g_network_address_new ("nobody.example", 1);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A name that nobody has keeps the resolver's error");
  g_resolver_set_default (G_RESOLVER (resolver));
  g_assert_null (spp_test_net_call (net, host, &error));
  g_assert_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);
  g_resolver_set_default (usual);
}

static void
test_silent_host (SppTestNet    *net,
                  gconstpointer  data)
{
  g_autoptr (GSocket) silent = spp_test_silent_new ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = spp_test_socket_get_address (silent);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A host that takes the call and says nothing is given up on in time");
  spp_client_set_timeout (net->client, 1);
  g_assert_null (spp_test_net_call (net, G_SOCKET_CONNECTABLE (address), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
test_unreachable_host (SppTestNet    *net,
                       gconstpointer  data)
{
  g_autoptr (GPtrArray) blackhole = spp_test_blackhole_new ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A host that does not take the call is given up on in time");
  address = spp_test_socket_get_address (g_ptr_array_index (blackhole, 0));
  spp_client_set_timeout (net->client, 1);
  g_assert_null (spp_test_net_call (net, G_SOCKET_CONNECTABLE (address), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
test_own_key (SppTestNet    *net,
              gconstpointer  data)
{
  g_autoptr (GSocketAddress) address = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GSocketConnection) other = NULL;
  SppPublicKey *own = spp_private_key_get_public_key (net->alice_key);

  g_test_summary ("One's own key cannot be called, neither at an address nor over a stream");
  spp_test_connection_pair (&stream, &other);
  for (guint way = 0; way < 3; way++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      SppSession *session;

      if (way == 0)
        spp_client_connect_async (net->client, G_SOCKET_CONNECTABLE (address), own, NULL,
                                  spp_test_result_cb, &result);
      else if (way == 1)
        spp_client_connect_to_host_async (net->client, "127.0.0.1",
                                          spp_test_net_get_port (address), own, NULL,
                                          spp_test_result_cb, &result);
      else
        spp_client_negotiate_async (net->client, G_IO_STREAM (stream), own, NULL,
                                    spp_test_result_cb, &result);
      spp_test_await (&result);
      if (way < 2)
        session = spp_client_connect_finish (net->client, result, &error);
      else
        session = spp_client_negotiate_finish (net->client, result, &error);
      g_assert_null (session);
      g_assert_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
    }
}

/* What a call is at when it is cancelled. */
typedef enum
{
  STAGE_NOTHING,
  STAGE_NAME,
  STAGE_CONNECTING,
  STAGE_PROXY,
  STAGE_HELLO,
} Stage;

static const char *const stage_names[] = { "nothing", "name", "connecting", "proxy", "hello" };

static GSocketAddress *
await_connection (GSocket            *listening,
                  GSocketConnection **connection)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GAsyncResult) accepted = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_socket_listener_add_socket (listener, listening, NULL, &error));
  g_socket_listener_accept_async (listener, NULL, spp_test_result_cb, &accepted);
  spp_test_await (&accepted);
  *connection = g_socket_listener_accept_finish (listener, accepted, NULL, &error);
  g_assert_no_error (error);
  return g_socket_connection_get_remote_address (*connection, NULL);
}

static void
test_cancelled (SppTestNet    *net,
                gconstpointer  data)
{
  Stage stage = GPOINTER_TO_UINT (data);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (SppTestResolver) resolver = spp_test_resolver_new ();
  g_autoptr (GPtrArray) blackhole = spp_test_blackhole_new ("127.0.0.1", 0);
  g_autoptr (GSocket) silent = spp_test_silent_new ("127.0.0.1", 0);
  g_autoptr (GSocketConnectable) where = NULL;
  g_autoptr (GSocketConnection) accepted = NULL;
  g_autoptr (GSocketAddress) remote = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A call can be cancelled whatever it waits for");
  g_resolver_set_default (G_RESOLVER (resolver));
  spp_client_set_timeout (net->client, LONG_TIMEOUT);
  if (stage == STAGE_NAME)
    where = g_network_address_new (SPP_TEST_SILENT_NAME, 1);
  else if (stage == STAGE_CONNECTING)
    where = G_SOCKET_CONNECTABLE (
      spp_test_socket_get_address (g_ptr_array_index (blackhole, 0)));
  else
    where = G_SOCKET_CONNECTABLE (spp_test_socket_get_address (silent));
  if (stage == STAGE_PROXY)
    {
      g_autofree char *uri = g_socket_connectable_to_string (where);
      g_autofree char *full = g_strconcat ("socks5://", uri, NULL);
      g_autoptr (GProxyResolver) proxy = g_simple_proxy_resolver_new (full, NULL);

      spp_client_set_proxy_resolver (net->client, proxy);
    }
  if (stage == STAGE_NOTHING)
    g_cancellable_cancel (cancellable);

  spp_client_connect_async (net->client, where, spp_private_key_get_public_key (net->bob_key),
                            cancellable, spp_test_result_cb, &result);
  while (stage == STAGE_NAME && spp_test_resolver_get_lookups (resolver) == 0)
    g_main_context_iteration (NULL, TRUE);
  if (stage == STAGE_PROXY || stage == STAGE_HELLO)
    {
      guint8 byte;

      remote = await_connection (silent, &accepted);
      /* Something has come: the call has got there. */
      g_assert_cmpint (g_socket_receive (g_socket_connection_get_socket (accepted),
                                         (char *) &byte, 1, NULL, NULL), ==, 1);
      g_assert_cmpuint (byte, ==, stage == STAGE_PROXY ? 5
                                                    : SPP_HANDSHAKE2_MESSAGE1_SIZE);
    }
  spp_test_settle ();
  g_assert_true (result == NULL || stage == STAGE_NOTHING);
  g_cancellable_cancel (cancellable);
  spp_test_await (&result);
  g_assert_null (spp_client_connect_finish (net->client, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_resolver_set_default (usual);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/client-network/" path, SppTestNet, data, \
                                          spp_test_net_set_up, func, spp_test_net_tear_down)
  add ("address/ipv4", "127.0.0.1", test_address);
  add ("address/ipv6", "::1", test_address);
  add ("address/unix", NULL, test_unix_socket);
  add ("local-address", NULL, test_local_address);
  add ("local-address/not-here", NULL, test_local_address_not_here);
  add ("several-addresses/ipv6-silent", "::1", test_several_addresses);
  add ("several-addresses/ipv4-silent", "127.0.0.1", test_several_addresses);
  add ("host/both-families", NULL, test_host_of_both_families);
  add ("host/ipv4", "127.0.0.1", test_host_with_one_family);
  add ("host/ipv6", "::1", test_host_with_one_family);
  add ("host/unknown", NULL, test_unknown_host);
  add ("timeout/silent", NULL, test_silent_host);
  add ("timeout/unreachable", NULL, test_unreachable_host);
  add ("own-key", NULL, test_own_key);
#undef add
  for (guint stage = STAGE_NOTHING; stage <= STAGE_HELLO; stage++)
    {
      g_autofree char *path = g_strconcat ("/spp/client-network/cancelled/",
                                           stage_names[stage], NULL);

      g_test_add (path, SppTestNet, GUINT_TO_POINTER (stage),
                  spp_test_net_set_up, test_cancelled, spp_test_net_tear_down);
    }

  return g_test_run ();
}
