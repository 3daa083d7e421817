/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* SPP through the public interface of libspp, as a program in a hurry uses it. */

#include "bench-keys.h"
#include "bench-link.h"
#include "bench-net.h"
#include "spp-client-private.h"
#include "spp-session-private.h"

/* What may be under way at once: enough that the other end never waits, and at
 * least two messages, so that one is sealed while another is written. */
#define WINDOW_MESSAGES 1024
#define WINDOW_BYTES    (512 * 1024)
#define WINDOW_MIN      2
/* The last of a series tells when all of it has been sent. */
#define SERIES_MESSAGES 32
#define SERIES_BYTES    (32 * 1024)

typedef struct
{
  BenchLink   link;
  SppSession *session;
  guint       messages;   /* under way */
  guint       series;     /* of them, those nobody has asked after yet */
} Spp;

typedef struct
{
  Spp   *link;
  guint  messages;
} Series;

static const BenchTransport *transport;
static BenchLinkFunc link_func;

/* Sending */

static void
send_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree Series *series = user_data;
  Spp *self = series->link;
  g_autoptr (GError) error = NULL;

  if (!spp_session_send_finish (self->session, result, &error))
    bench_fail ("%s: cannot send: %s", self->link.transport->name, error->message);
  self->messages -= series->messages;
  self->link.room (&self->link);
}

static gboolean
spp_send (BenchLink          *link,
          const BenchMessage *message)
{
  Spp *self = (Spp *) link;
  Series *series;

  if (self->messages - self->series >= WINDOW_MIN
      && (self->messages >= WINDOW_MESSAGES
          || self->messages * message->size >= WINDOW_BYTES))
    return FALSE;

  self->messages++;
  self->series++;
  if (self->series < SERIES_MESSAGES && self->series * message->size < SERIES_BYTES)
    {
      spp_session_send_async (self->session, message->bytes, NULL, NULL, NULL);
      return TRUE;
    }
  series = g_new (Series, 1);
  series->link = self;
  series->messages = self->series;
  self->series = 0;
  spp_session_send_async (self->session, message->bytes, NULL, send_cb, series);
  return TRUE;
}

/* Receiving */

static void
deliver (Spp    *self,
         GBytes *payload)
{
  BenchMessage message;

  bench_message_from_bytes (&message, payload);
  self->link.message (&self->link, &message);
}

static void
receive_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Spp *self = user_data;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;

  payload = spp_session_receive_finish (self->session, result, &error);
  while (payload != NULL)
    {
      deliver (self, payload);
      g_bytes_unref (payload);
      payload = spp_session_receive_nonblocking (self->session, &error);
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    spp_session_receive_async (self->session, NULL, receive_cb, self);
  else if (g_error_matches (error, SPP_ERROR, SPP_ERROR_CLOSED))
    self->link.ended (&self->link);
  else
    bench_fail ("%s: cannot receive: %s", self->link.transport->name, error->message);
}

static void
take_session (SppSession *session)
{
  Spp *self = g_new0 (Spp, 1);

  self->link.transport = transport;
  self->link.info = g_strdup_printf ("SPP/%u", spp_session_get_protocol_version (session));
  self->session = g_object_ref (session);
  if (transport == &bench_transport_spp2_rekey)
    spp_record_layer_set_epoch (session->layer, G_MAXUINT64, G_TIME_SPAN_SECOND);
  link_func (&self->link);
  spp_session_receive_async (session, NULL, receive_cb, self);
}

/* Both ends */

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  take_session (session);
}

static char *
spp_listen (const BenchTransport *self,
            BenchLinkFunc         func)
{
  g_autoptr (SppPrivateKey) key = bench_private_key (TRUE);
  g_autoptr (SppPublicKey) friend = bench_public_key (FALSE);
  /* Lives as long as the process. */
  SppService *service = spp_service_new (key);
  char *address = bench_net_add_address (G_SOCKET_LISTENER (service));

  transport = self;
  link_func = func;
  spp_service_add_peer (service, friend);
  spp_service_set_peer_flags (service, friend, SPP_PEER_FLAGS_ALLOW_SPP1);
  g_signal_connect (service, "session", G_CALLBACK (on_session), NULL);
  g_socket_service_start (G_SOCKET_SERVICE (service));
  return address;
}

static void
connect_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (SppSession) session = NULL;
  g_autoptr (GError) error = NULL;

  session = spp_client_connect_finish (SPP_CLIENT (source), result, &error);
  if (session == NULL)
    bench_fail ("spp: cannot connect: %s", error->message);
  take_session (session);
}

static void
spp_connect (const BenchTransport *self,
             const char           *address,
             BenchLinkFunc         func)
{
  g_autoptr (SppPrivateKey) key = bench_private_key (FALSE);
  g_autoptr (SppPublicKey) peer = bench_public_key (TRUE);
  g_autoptr (SppClient) client = spp_client_new (key);
  g_autoptr (GSocketAddress) parsed = bench_net_parse (address);

  transport = self;
  link_func = func;
  if (self == &bench_transport_spp1)
    spp_client_speak_only_spp1 (client);
  spp_client_connect_async (client, G_SOCKET_CONNECTABLE (parsed), peer, NULL, connect_cb, NULL);
}

const BenchTransport bench_transport_spp1 =
  {
    .name = "spp1",
    .listen = spp_listen,
    .connect = spp_connect,
    .send = spp_send,
  };

const BenchTransport bench_transport_spp2 =
  {
    .name = "spp2",
    .listen = spp_listen,
    .connect = spp_connect,
    .send = spp_send,
  };

const BenchTransport bench_transport_spp2_rekey =
  {
    .name = "spp2-rekey",
    .listen = spp_listen,
    .connect = spp_connect,
    .send = spp_send,
  };
