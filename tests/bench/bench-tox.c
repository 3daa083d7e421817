/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* libtoxcore over UDP: two friends who bootstrap to each other. Messages are
 * custom lossless packets, which it carries faster than messages to a friend. */

#include <stdio.h>
#include <string.h>
#include <tox/tox.h>

#include "bench-link.h"
#include "bench-roles.h"

#define START_PORT 33500
#define END_PORT   33900
/* It has to be asked to do its work. Asked without a pause it is at its fastest,
 * and keeps a core busy: that is for while messages go, and a while longer. */
#define BUSY_NANOSECONDS (300 * G_GUINT64_CONSTANT (1000000))

typedef struct
{
  BenchLink      link;
  Tox           *tox;
  guint32        friend;
  BenchLinkFunc  func;      /* NULL once it has been called */
  GBytes        *waiting;   /* taken from the sender, not yet by Tox */
  guint64        busy_until;
} ToxLink;

static void schedule (ToxLink *self);

static void
on_packet (Tox           *tox,
           uint32_t       friend_number,
           const uint8_t *data,
           size_t         length,
           void          *user_data)
{
  ToxLink *self = user_data;
  BenchMessage message = { data, length, NULL };

  self->busy_until = bench_now () + BUSY_NANOSECONDS;
  if (self->func == NULL)
    self->link.message (&self->link, &message);
}

static void
on_friend_status (Tox            *tox,
                  uint32_t        friend_number,
                  Tox_Connection  status,
                  void           *user_data)
{
  ToxLink *self = user_data;
  BenchLinkFunc func = self->func;

  if (status == TOX_CONNECTION_NONE)
    bench_fail ("tox: the friend has gone");
  if (func == NULL)
    return;
  self->func = NULL;
  self->link.info = g_strdup (status == TOX_CONNECTION_UDP ? "UDP" : "TCP");
  func (&self->link);
}

/* FALSE: Tox is sending as fast as it dares. */
static gboolean
send_now (ToxLink      *self,
          const guint8 *data,
          gsize         size)
{
  Tox_Err_Friend_Custom_Packet error;

  if (tox_friend_send_lossless_packet (self->tox, self->friend, data, size, &error))
    return TRUE;
  if (error != TOX_ERR_FRIEND_CUSTOM_PACKET_SENDQ)
    bench_fail ("tox: cannot send (%d)", (int) error);
  return FALSE;
}

static gboolean
tox_send (BenchLink          *link,
          const BenchMessage *message)
{
  ToxLink *self = (ToxLink *) link;

  self->busy_until = bench_now () + BUSY_NANOSECONDS;
  if (self->waiting != NULL)
    return FALSE;
  if (!send_now (self, message->data, message->size))
    self->waiting = g_bytes_new (message->data, message->size);
  return TRUE;
}

static void
send_waiting (ToxLink *self)
{
  gsize size;
  const guint8 *data;

  if (self->waiting != NULL)
    {
      data = g_bytes_get_data (self->waiting, &size);
      if (!send_now (self, data, size))
        return;
      g_clear_pointer (&self->waiting, g_bytes_unref);
    }
  self->link.room (&self->link);
}

static gboolean
iterate_cb (gpointer user_data)
{
  ToxLink *self = user_data;

  tox_iterate (self->tox, self);
  if (self->func == NULL)
    send_waiting (self);
  schedule (self);
  return G_SOURCE_REMOVE;
}

static void
schedule (ToxLink *self)
{
  if (bench_now () < self->busy_until)
    g_idle_add_full (G_PRIORITY_DEFAULT, iterate_cb, self, NULL);
  else
    g_timeout_add (tox_iteration_interval (self->tox), iterate_cb, self);
}

static void
secret_key (guint8   key[TOX_SECRET_KEY_SIZE],
            gboolean server)
{
  memset (key, server ? 's' : 'c', TOX_SECRET_KEY_SIZE);
}

static Tox *
make_tox (gboolean server)
{
  guint8 key[TOX_SECRET_KEY_SIZE];
  struct Tox_Options *options = tox_options_new (NULL);
  Tox *tox;

  secret_key (key, server);
  tox_options_set_ipv6_enabled (options, false);
  tox_options_set_local_discovery_enabled (options, false);
  tox_options_set_start_port (options, START_PORT);
  tox_options_set_end_port (options, END_PORT);
  tox_options_set_savedata_type (options, TOX_SAVEDATA_TYPE_SECRET_KEY);
  tox_options_set_savedata_data (options, key, sizeof key);
  tox = tox_new (options, NULL);
  tox_options_free (options);
  if (tox == NULL)
    bench_fail ("tox: it does not begin");
  return tox;
}

static void
add_friend (ToxLink  *self,
            gboolean  server)
{
  guint8 key[TOX_PUBLIC_KEY_SIZE];
  Tox *friend = make_tox (!server);

  tox_self_get_public_key (friend, key);
  tox_kill (friend);
  self->friend = tox_friend_add_norequest (self->tox, key, NULL);
  if (self->friend == UINT32_MAX)
    bench_fail ("tox: the friend cannot be added");
}

static ToxLink *
begin (gboolean      server,
       BenchLinkFunc func)
{
  ToxLink *self = g_new0 (ToxLink, 1);

  self->link.transport = &bench_transport_tox;
  self->func = func;
  self->tox = make_tox (server);
  add_friend (self, server);
  tox_callback_friend_connection_status (self->tox, on_friend_status);
  tox_callback_friend_lossless_packet (self->tox, on_packet);
  schedule (self);
  return self;
}

/* The address is the port, and the key of the bootstrap node in hexadecimal. */
static char *
tox_listen (const BenchTransport *transport,
            BenchLinkFunc         func)
{
  ToxLink *self = begin (TRUE, func);
  guint8 key[TOX_PUBLIC_KEY_SIZE];
  GString *address = g_string_new (NULL);
  gsize i;

  tox_self_get_dht_id (self->tox, key);
  g_string_printf (address, "%u:", tox_self_get_udp_port (self->tox, NULL));
  for (i = 0; i < sizeof key; i++)
    g_string_append_printf (address, "%02x", key[i]);
  return g_string_free (address, FALSE);
}

static void
tox_connect (const BenchTransport *transport,
             const char           *address,
             BenchLinkFunc         func)
{
  ToxLink *self = begin (FALSE, func);
  guint8 key[TOX_PUBLIC_KEY_SIZE] = { 0, };
  const char *hex = strchr (address, ':');
  gsize i;

  for (i = 0; hex != NULL && i < sizeof key && hex[1 + 2 * i] != '\0'; i++)
    key[i] = (guint8) (g_ascii_xdigit_value (hex[1 + 2 * i]) * 16
                       + g_ascii_xdigit_value (hex[2 + 2 * i]));
  if (!tox_bootstrap (self->tox, "127.0.0.1", (guint16) g_ascii_strtoull (address, NULL, 10),
                      key, NULL))
    bench_fail ("tox: cannot bootstrap");
}

const BenchTransport bench_transport_tox =
  {
    .name = "tox",
    .listen = tox_listen,
    .connect = tox_connect,
    .send = tox_send,
  };
