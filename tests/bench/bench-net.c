/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "bench-net.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "bench-link.h"

/* As many calls may come at once. */
#define BACKLOG 256

typedef struct
{
  BenchConnectionFunc func;
} Call;

static void
prepare (GSocketConnection *connection)
{
  g_socket_set_option (g_socket_connection_get_socket (connection),
                       IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
}

char *
bench_net_add_address (GSocketListener *listener)
{
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) effective = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_set_backlog (listener, BACKLOG);
  if (!g_socket_listener_add_address (listener, wanted, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &effective, &error))
    bench_fail ("Cannot listen: %s", error->message);
  return g_strdup_printf ("%u",
                          g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective)));
}

GSocketAddress *
bench_net_parse (const char *address)
{
  return g_inet_socket_address_new_from_string ("127.0.0.1",
                                                (guint) g_ascii_strtoull (address, NULL, 10));
}

static gboolean
on_incoming (GSocketService    *service,
             GSocketConnection *connection,
             GObject           *source_object,
             gpointer           user_data)
{
  Call *call = user_data;

  prepare (connection);
  call->func (connection);
  return TRUE;
}

char *
bench_net_listen (BenchConnectionFunc func)
{
  /* Both live as long as the process. */
  GSocketService *service = g_socket_service_new ();
  Call *call = g_new0 (Call, 1);
  char *address = bench_net_add_address (G_SOCKET_LISTENER (service));

  call->func = func;
  g_signal_connect (service, "incoming", G_CALLBACK (on_incoming), call);
  g_socket_service_start (service);
  return address;
}

static void
connect_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autofree Call *call = user_data;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  if (connection == NULL)
    bench_fail ("Cannot connect: %s", error->message);
  prepare (connection);
  call->func (connection);
}

void
bench_net_connect (const char          *address,
                   BenchConnectionFunc  func)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) parsed = bench_net_parse (address);
  Call *call = g_new0 (Call, 1);

  call->func = func;
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (parsed), NULL, connect_cb, call);
}
