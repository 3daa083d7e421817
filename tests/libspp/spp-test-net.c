/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-test-net.h"

#include "spp-error.h"

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  SppTestNet *self = user_data;

  g_ptr_array_add (self->sessions, g_object_ref (session));
}

void
spp_test_net_set_up (SppTestNet    *self,
                     gconstpointer  data)
{
  self->alice_key = spp_private_key_generate ();
  self->bob_key = spp_private_key_generate ();
  self->client = spp_client_new (self->alice_key);
  self->service = spp_service_new (self->bob_key);
  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  spp_service_add_peer (self->service, spp_private_key_get_public_key (self->alice_key));
  g_signal_connect (self->service, "session", G_CALLBACK (on_session), self);
}

void
spp_test_net_tear_down (SppTestNet    *self,
                        gconstpointer  data)
{
  for (guint i = 0; i < self->sessions->len; i++)
    spp_test_close (g_ptr_array_index (self->sessions, i));
  g_ptr_array_unref (self->sessions);
  g_socket_service_stop (G_SOCKET_SERVICE (self->service));
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  spp_test_settle ();
  spp_test_await_finalize (self->service);
  spp_test_await_finalize (self->client);
  spp_private_key_unref (self->alice_key);
  spp_private_key_unref (self->bob_key);
}

GSocketAddress *
spp_test_net_listen (SppTestNet *self,
                     const char *address,
                     guint16     port)
{
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GError) error = NULL;
  GSocketAddress *effective = NULL;

  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), wanted,
                                 G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                 &effective, &error);
  g_assert_no_error (error);
  return effective;
}

SppSession *
spp_test_net_call (SppTestNet          *self,
                   GSocketConnectable  *address,
                   GError             **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  spp_client_connect_async (self->client, address,
                            spp_private_key_get_public_key (self->bob_key), NULL,
                            spp_test_result_cb, &result);
  spp_test_await (&result);
  return spp_client_connect_finish (self->client, result, error);
}

SppSession *
spp_test_net_await_session (SppTestNet *self,
                            guint       count)
{
  while (self->sessions->len < count)
    g_main_context_iteration (NULL, TRUE);
  return g_ptr_array_index (self->sessions, count - 1);
}

void
spp_test_net_connect (SppTestNet  *self,
                      GIOStream   *a,
                      GIOStream   *b,
                      SppSession **alice,
                      SppSession **bob)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint count = self->sessions->len;

  spp_client_negotiate_async (self->client, a, spp_private_key_get_public_key (self->bob_key),
                              NULL, spp_test_result_cb, &result);
  spp_service_negotiate (self->service, b);
  spp_test_await (&result);
  *alice = spp_client_negotiate_finish (self->client, result, &error);
  g_assert_no_error (error);
  *bob = spp_test_net_await_session (self, count + 1);
  g_assert_true (spp_session_get_stream (*alice) == a);
  g_assert_true (spp_session_get_stream (*bob) == b);
}

static void
say (SppSession *from,
     SppSession *to)
{
  g_autoptr (GBytes) payload = spp_test_payload (100, 1);
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (spp_test_send (from, payload, &error));
  received = spp_test_receive (to, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (received, payload);
}

void
spp_test_net_talk_and_close (SppSession *a,
                             SppSession *b)
{
  g_autoptr (GBytes) nothing = NULL;
  g_autoptr (GError) error = NULL;

  say (a, b);
  say (b, a);
  spp_test_close (a);
  nothing = spp_test_receive (b, &error);
  g_assert_null (nothing);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  spp_test_close (b);
}

char *
spp_test_net_get_remote (SppSession *session)
{
  GIOStream *stream = spp_session_get_stream (session);
  g_autoptr (GSocketAddress) remote = NULL;
  g_autoptr (GError) error = NULL;
  GInetAddress *address;

  g_assert_true (G_IS_SOCKET_CONNECTION (stream));
  remote = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (stream), &error);
  g_assert_no_error (error);
  address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote));
  return g_inet_address_to_string (address);
}

guint16
spp_test_net_get_port (GSocketAddress *address)
{
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}
