/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-error.h"
#include "spp-test-net.h"
#include "spp-test-routes.h"

/* A way to write 127.0.0.1 that GIO takes for a name which nobody has, and that
 * the C library, asked by the proxy, understands. */
#define NAME_FOR_THE_PROXY "127.1"

static void
set_proxy (SppTestNet *net,
           const char *credentials,
           guint16     port)
{
  g_autofree char *uri = g_strdup_printf ("socks5://%s" SPP_TEST_PROXY_AT ":%u",
                                          credentials, port);
  g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (uri, NULL);

  spp_client_set_proxy_resolver (net->client, resolver);
}

static gboolean
is_missing (GSubprocess *proxy)
{
  if (proxy == NULL)
    g_test_skip ("microsocks is not installed");
  return proxy == NULL;
}

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
  seen = spp_test_net_get_remote (bob);
  g_assert_cmpstr (seen, ==, remote);
  spp_test_net_talk_and_close (alice, bob);
  spp_test_await_finalize (alice);
}

static void
expect_error (SppTestNet         *net,
              GSocketConnectable *where,
              int                 code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (spp_test_net_call (net, where, &error));
  g_assert_error (error, G_IO_ERROR, code);
  g_test_message ("The error is: %s", error->message);
  g_assert_nonnull (strstr (error->message, "SOCKS") != NULL
                    ? error->message : strstr (error->message, "proxy"));
}

static void
test_property (SppTestNet    *net,
               gconstpointer  data)
{
  g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (NULL, NULL);
  g_autoptr (GProxyResolver) got = NULL;

  g_test_summary ("Which proxy is used can be set and set back");
  g_object_set (net->client, "proxy-resolver", resolver, NULL);
  g_object_get (net->client, "proxy-resolver", &got, NULL);
  g_assert_true (got == resolver);
  g_assert_true (spp_client_get_proxy_resolver (net->client) == resolver);
  spp_client_set_proxy_resolver (net->client, NULL);
  g_assert_true (spp_client_get_proxy_resolver (net->client) != resolver);
}

static void
test_through_proxy (SppTestNet    *net,
                    gconstpointer  data)
{
  g_autoptr (GSocketAddress) address = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GSocketConnectable) name = NULL;
  g_autoptr (GError) error = NULL;
  guint16 port;
  GSubprocess *proxy = spp_test_proxy_start (NULL, NULL, &port);

  g_test_summary ("With a proxy the friend sees it call, and it is the proxy that looks "
                  "names up");
  if (is_missing (proxy))
    return;
  name = g_network_address_new (NAME_FOR_THE_PROXY, spp_test_net_get_port (address));
  g_assert_null (spp_test_net_call (net, name, &error));
  g_assert_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);

  set_proxy (net, "", port);
  expect_session_from (net, name, SPP_TEST_PROXY_FROM);
  expect_session_from (net, G_SOCKET_CONNECTABLE (address), SPP_TEST_PROXY_FROM);

  spp_client_set_proxy_resolver (net->client, NULL);
  expect_session_from (net, G_SOCKET_CONNECTABLE (address), "127.0.0.1");
  spp_test_proxy_stop (proxy);
}

static void
test_password (SppTestNet    *net,
               gconstpointer  data)
{
  g_autoptr (GSocketAddress) address = spp_test_net_listen (net, "127.0.0.1", 0);
  GSocketConnectable *where = G_SOCKET_CONNECTABLE (address);
  guint16 port;
  GSubprocess *proxy = spp_test_proxy_start ("alice", "secret", &port);

  g_test_summary ("A proxy that asks for a password gets it, and the error tells when it "
                  "is wrong or missing");
  if (is_missing (proxy))
    return;
  set_proxy (net, "alice:secret@", port);
  expect_session_from (net, where, SPP_TEST_PROXY_FROM);
  set_proxy (net, "alice:guess@", port);
  expect_error (net, where, G_IO_ERROR_PROXY_AUTH_FAILED);
  set_proxy (net, "", port);
  expect_error (net, where, G_IO_ERROR_PROXY_NEED_AUTH);
  g_assert_cmpuint (net->sessions->len, ==, 1);
  spp_test_proxy_stop (proxy);
}

static void
test_target_refuses (SppTestNet    *net,
                     gconstpointer  data)
{
  g_autoptr (GSocket) gone = spp_test_silent_new ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = spp_test_socket_get_address (gone);
  guint16 port;
  GSubprocess *proxy = spp_test_proxy_start (NULL, NULL, &port);

  g_test_summary ("What the proxy cannot reach is refused, with what the proxy said");
  if (is_missing (proxy))
    return;
  g_socket_close (gone, NULL);
  set_proxy (net, "", port);
  expect_error (net, G_SOCKET_CONNECTABLE (address), G_IO_ERROR_CONNECTION_REFUSED);
  spp_test_proxy_stop (proxy);
}

static void
test_proxy_down (SppTestNet    *net,
                 gconstpointer  data)
{
  g_autoptr (GSocketAddress) address = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GSocket) gone = spp_test_silent_new (SPP_TEST_PROXY_AT, 0);
  g_autoptr (GSocketAddress) proxy = spp_test_socket_get_address (gone);

  g_test_summary ("With a proxy that is down nothing is sent past it");
  g_socket_close (gone, NULL);
  set_proxy (net, "", spp_test_net_get_port (proxy));
  expect_error (net, G_SOCKET_CONNECTABLE (address), G_IO_ERROR_CONNECTION_REFUSED);
  g_assert_cmpuint (net->sessions->len, ==, 0);
}

static void
test_silent_proxy (SppTestNet    *net,
                   gconstpointer  data)
{
  g_autoptr (GSocketAddress) address = spp_test_net_listen (net, "127.0.0.1", 0);
  g_autoptr (GSocket) silent = spp_test_silent_new (SPP_TEST_PROXY_AT, 0);
  g_autoptr (GSocketAddress) proxy = spp_test_socket_get_address (silent);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A proxy that says nothing is given up on in time");
  set_proxy (net, "", spp_test_net_get_port (proxy));
  spp_client_set_timeout (net->client, 1);
  g_assert_null (spp_test_net_call (net, G_SOCKET_CONNECTABLE (address), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func) g_test_add ("/spp/client-proxy/" path, SppTestNet, NULL, \
                                    spp_test_net_set_up, func, spp_test_net_tear_down)
  add ("property", test_property);
  add ("through", test_through_proxy);
  add ("password", test_password);
  add ("target-refuses", test_target_refuses);
  add ("down", test_proxy_down);
  add ("silent", test_silent_proxy);
#undef add

  return g_test_run ();
}
