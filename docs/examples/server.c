/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 *
 * Waits for calls of a friend and returns each message.
 *
 *   server PRIVATE-KEY-FILE FRIENDS-PUBLIC-KEY-FILE [PORT]
 */

#include <string.h>

#include <spp.h>

static void receive_cb (GObject      *object,
                        GAsyncResult *result,
                        gpointer      user_data);

static void
send_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  SppSession *session = SPP_SESSION (object);
  g_autoptr (GError) error = NULL;

  if (spp_session_send_finish (session, result, &error))
    spp_session_receive_async (session, NULL, receive_cb, NULL);
  else
    g_printerr ("%s\n", error->message);
}

static void
receive_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  SppSession *session = SPP_SESSION (object);
  g_autoptr (GBytes) message = NULL;
  g_autoptr (GError) error = NULL;

  message = spp_session_receive_finish (session, result, &error);
  if (message != NULL)
    spp_session_send_async (session, message, NULL, send_cb, NULL);
  else if (spp_session_get_end (session) != SPP_SESSION_END_PEER_CLOSED)
    g_printerr ("%s\n", error->message);
}

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  /* What is under way keeps the session alive. */
  spp_session_receive_async (session, NULL, receive_cb, NULL);
}

static SppPrivateKey *
read_private_key (const char  *path,
                  GError     **error)
{
  g_autofree char *seed = NULL;
  SppPrivateKey *key;
  gsize length;

  if (!g_file_get_contents (path, &seed, &length, error))
    return NULL;
  key = spp_private_key_new_from_seed ((const guint8 *) seed, length, error);
  explicit_bzero (seed, length);
  return key;
}

static SppPublicKey *
read_public_key (const char  *path,
                 GError     **error)
{
  g_autoptr (GBytes) contents = NULL;
  char *data;
  gsize length;

  if (!g_file_get_contents (path, &data, &length, error))
    return NULL;
  contents = g_bytes_new_take (data, length);
  return spp_public_key_new_from_file_contents (contents, error);
}

static guint16
listen_at (SppService  *service,
           const char  *port,
           GError     **error)
{
  guint16 number;

  if (port == NULL)
    return g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, error);
  number = g_ascii_strtoull (port, NULL, 10);
  if (!g_socket_listener_add_inet_port (G_SOCKET_LISTENER (service), number, NULL, error))
    return 0;
  return number;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (SppPrivateKey) own = NULL;
  g_autoptr (SppPublicKey) friend = NULL;
  g_autoptr (SppService) service = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  guint16 port = 0;

  if (argc != 3 && argc != 4)
    {
      g_printerr ("Usage: server PRIVATE-KEY-FILE FRIENDS-PUBLIC-KEY-FILE [PORT]\n");
      return 2;
    }

  if ((own = read_private_key (argv[1], &error)) != NULL
      && (friend = read_public_key (argv[2], &error)) != NULL)
    {
      service = spp_service_new (own);
      spp_service_add_peer (service, friend);
      g_signal_connect (service, "session", G_CALLBACK (on_session), NULL);
      port = listen_at (service, argv[3], &error);
    }
  if (port == 0)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  g_print ("Listening at port %u\n", port);
  g_main_loop_run (loop);
  return 0;
}
