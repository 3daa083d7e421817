/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "bench-many.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench-keys.h"
#include "bench-net.h"
#include "bench-roles.h"
#include "spp-client-private.h"

/* A service takes no more handshakes than eight from one address at once. */
#define IN_FLIGHT 6
#define MAX_FILES 65536

static struct
{
  gboolean    plain;
  gboolean    only_spp1;
  GPtrArray  *links;       /* GObject: all that are open */

  /* Of the client */
  char       *address;
  SppClient  *client;
  SppPublicKey *peer;
  gboolean    keep;        /* what has been made */
  guint       in_flight;
  guint64     count;
  guint64     wanted;
  guint64     begin;
  guint64     end;         /* when to stop, 0 for never */
} many;

static void call_more (void);

/* So many files may be open. Where that is not allowed, opening them fails. */
static void
allow_files (void)
{
  struct rlimit limit = { MAX_FILES, MAX_FILES };

  if (setrlimit (RLIMIT_NOFILE, &limit) < 0 && getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

/* The server */

static void
receive_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  SppSession *session = SPP_SESSION (source);
  g_autoptr (GBytes) payload = NULL;

  /* Nobody says anything: it is the end. */
  payload = spp_session_receive_finish (session, result, NULL);
  g_ptr_array_remove_fast (many.links, session);
}

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  g_ptr_array_add (many.links, g_object_ref (session));
  spp_session_receive_async (session, NULL, receive_cb, NULL);
}

static char *
listen_spp (void)
{
  g_autoptr (SppPrivateKey) key = bench_private_key (TRUE);
  g_autoptr (SppPublicKey) friend = bench_public_key (FALSE);
  /* Lives as long as the process. */
  SppService *service = spp_service_new (key);
  char *address = bench_net_add_address (G_SOCKET_LISTENER (service));

  spp_service_add_peer (service, friend);
  if (many.only_spp1)
    spp_service_set_peer_flags (service, friend, SPP_PEER_FLAGS_ALLOW_SPP1);
  g_signal_connect (service, "session", G_CALLBACK (on_session), NULL);
  g_socket_service_start (G_SOCKET_SERVICE (service));
  return address;
}

static void
on_incoming (GSocketConnection *connection)
{
  g_ptr_array_add (many.links, g_object_ref (connection));
}

static gsize
resident_bytes (void)
{
  g_autofree char *text = NULL;
  unsigned long size, resident;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL)
      || sscanf (text, "%lu %lu", &size, &resident) != 2)
    bench_fail ("The memory in use cannot be read");
  return (gsize) resident * (gsize) sysconf (_SC_PAGESIZE);
}

/* The client */

static void
take (GObject *link)
{
  many.in_flight--;
  many.count++;
  if (many.keep)
    g_ptr_array_add (many.links, g_object_ref (link));
  else if (SPP_IS_SESSION (link))
    spp_session_abort (SPP_SESSION (link));
  call_more ();
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
    bench_fail ("many: cannot connect: %s", error->message);
  take (G_OBJECT (session));
}

static void
on_outgoing (GSocketConnection *connection)
{
  take (G_OBJECT (connection));
}

static void
call_one (void)
{
  g_autoptr (GSocketAddress) address = NULL;

  many.in_flight++;
  if (many.plain)
    {
      bench_net_connect (many.address, on_outgoing);
      return;
    }
  address = bench_net_parse (many.address);
  spp_client_connect_async (many.client, G_SOCKET_CONNECTABLE (address), many.peer, NULL,
                            connect_cb, NULL);
}

static void
call_more (void)
{
  while (many.in_flight < IN_FLIGHT && many.count + many.in_flight < many.wanted
         && (many.end == 0 || bench_now () < many.end))
    call_one ();
  if (many.in_flight == 0)
    bench_reply ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, many.count,
                 bench_now () - many.begin);
}

static void
prepare_client (const char *address)
{
  g_autoptr (SppPrivateKey) key = bench_private_key (FALSE);

  many.address = g_strdup (address);
  many.client = spp_client_new (key);
  if (many.only_spp1)
    spp_client_speak_only_spp1 (many.client);
  many.peer = bench_public_key (TRUE);
}

gboolean
bench_many_begin (const char *name,
                  const char *connect_to)
{
  g_autofree char *address = NULL;

  many.plain = g_str_equal (name, "many-plain");
  many.only_spp1 = g_str_equal (name, "many-spp1");
  if (!many.plain && !many.only_spp1 && !g_str_equal (name, "many-spp2"))
    return FALSE;

  allow_files ();
  many.links = g_ptr_array_new_with_free_func (g_object_unref);
  if (connect_to != NULL)
    {
      prepare_client (connect_to);
      bench_reply ("ready ");
      return TRUE;
    }
  address = many.plain ? bench_net_listen (on_incoming) : listen_spp ();
  bench_reply ("ready %s", address);
  return TRUE;
}

gboolean
bench_many_command (char **words)
{
  if (many.links == NULL)
    return FALSE;

  if (g_str_equal (words[0], "memory"))
    {
      bench_reply ("%u %" G_GSIZE_FORMAT, many.links->len, resident_bytes ());
      return TRUE;
    }
  if (many.address == NULL || words[1] == NULL)
    return FALSE;

  many.count = 0;
  many.begin = bench_now ();
  many.keep = g_str_equal (words[0], "open");
  many.wanted = many.keep ? g_ascii_strtoull (words[1], NULL, 10) : G_MAXUINT64;
  many.end = many.keep ? 0 : many.begin + g_ascii_strtoull (words[1], NULL, 10) * 1000000;
  call_more ();
  return TRUE;
}
