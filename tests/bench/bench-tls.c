/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* The same frames over TLS 1.3 with the cipher of SPP, as GIO has it. */

#include <string.h>

#include "bench-certificate.h"
#include "bench-net.h"
#include "bench-stream.h"

#define PRIORITY "NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305:-VERS-ALL:+VERS-TLS1.3"

static BenchLinkFunc link_func;

/* The priority has to be there before the first use of the backend. */
static char *
tls_check (void)
{
  g_setenv ("G_TLS_GNUTLS_PRIORITY", PRIORITY, TRUE);
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return g_strdup ("GIO has no TLS here (glib-networking)");
  return NULL;
}

static gboolean
on_accept_certificate (GTlsConnection       *connection,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors,
                       gpointer              user_data)
{
  return TRUE;
}

static void
handshake_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  GTlsConnection *connection = G_TLS_CONNECTION (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *cipher = NULL;
  BenchLink *link;

  if (!g_tls_connection_handshake_finish (connection, result, &error))
    bench_fail ("tls: no handshake: %s", error->message);
  cipher = g_tls_connection_get_ciphersuite_name (connection);
  if (g_tls_connection_get_protocol_version (connection) != G_TLS_PROTOCOL_VERSION_TLS_1_3
      || strstr (cipher, "CHACHA20") == NULL)
    bench_fail ("tls: it is not TLS 1.3 with ChaCha20-Poly1305 but %s", cipher);

  link = bench_stream_new (&bench_transport_tls, G_IO_STREAM (connection));
  link->info = g_steal_pointer (&cipher);
  link_func (link);
}

/* The callback keeps the stream alive until the handshake is over. */
static void
begin (GIOStream *stream,
       GError    *error)
{
  if (stream == NULL)
    bench_fail ("tls: %s", error->message);
  g_signal_connect (stream, "accept-certificate", G_CALLBACK (on_accept_certificate), NULL);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (stream), G_PRIORITY_DEFAULT, NULL,
                                    handshake_cb, NULL);
}

static void
on_incoming (GSocketConnection *connection)
{
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  certificate = g_tls_certificate_new_from_pem (BENCH_CERTIFICATE, -1, &error);
  if (certificate == NULL)
    bench_fail ("tls: %s", error->message);
  stream = g_tls_server_connection_new (G_IO_STREAM (connection), certificate, &error);
  begin (stream, error);
}

static void
on_outgoing (GSocketConnection *connection)
{
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  stream = g_tls_client_connection_new (G_IO_STREAM (connection), NULL, &error);
  begin (stream, error);
}

static char *
tls_listen (const BenchTransport *self,
            BenchLinkFunc         func)
{
  link_func = func;
  return bench_net_listen (on_incoming);
}

static void
tls_connect (const BenchTransport *self,
             const char           *address,
             BenchLinkFunc         func)
{
  link_func = func;
  bench_net_connect (address, on_outgoing);
}

const BenchTransport bench_transport_tls =
  {
    .name = "tls",
    .check = tls_check,
    .listen = tls_listen,
    .connect = tls_connect,
    .send = bench_stream_send,
    .flush = bench_stream_flush,
  };
