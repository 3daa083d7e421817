/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 *
 * Calls a friend, sends one message and shows the answer.
 *
 *   client PRIVATE-KEY-FILE FRIENDS-PUBLIC-KEY-FILE HOST PORT TEXT
 */

#include <stdio.h>
#include <string.h>

#include <spp.h>

typedef struct
{
  GMainLoop *loop;
  GBytes    *message;
  int        status;
} Call;

static void
fail (Call   *call,
      GError *error)
{
  g_printerr ("%s\n", error->message);
  g_error_free (error);
  call->status = 1;
  g_main_loop_quit (call->loop);
}

static void
close_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Call *call = user_data;

  spp_session_close_finish (SPP_SESSION (object), result, NULL);
  g_main_loop_quit (call->loop);
}

static void
receive_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  SppSession *session = SPP_SESSION (object);
  Call *call = user_data;
  g_autoptr (GBytes) message = NULL;
  GError *error = NULL;
  const char *data;
  gsize size;

  message = spp_session_receive_finish (session, result, &error);
  if (message == NULL)
    {
      fail (call, error);
      return;
    }

  data = g_bytes_get_data (message, &size);
  fwrite (data, 1, size, stdout);
  putchar ('\n');
  spp_session_close_async (session, NULL, close_cb, call);
}

static void
send_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  SppSession *session = SPP_SESSION (object);
  Call *call = user_data;
  GError *error = NULL;

  if (spp_session_send_finish (session, result, &error))
    spp_session_receive_async (session, NULL, receive_cb, call);
  else
    fail (call, error);
}

static void
connect_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Call *call = user_data;
  g_autoptr (SppSession) session = NULL;
  GError *error = NULL;

  session = spp_client_connect_to_host_finish (SPP_CLIENT (object), result, &error);
  if (session != NULL)
    spp_session_send_async (session, call->message, NULL, send_cb, call);
  else
    fail (call, error);
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

int
main (int   argc,
      char *argv[])
{
  g_autoptr (SppPrivateKey) own = NULL;
  g_autoptr (SppPublicKey) friend = NULL;
  g_autoptr (SppClient) client = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GBytes) message = NULL;
  g_autoptr (GError) error = NULL;
  Call call = { .loop = loop };

  if (argc != 6)
    {
      g_printerr ("Usage: client PRIVATE-KEY-FILE FRIENDS-PUBLIC-KEY-FILE HOST PORT TEXT\n");
      return 2;
    }
  if ((own = read_private_key (argv[1], &error)) == NULL
      || (friend = read_public_key (argv[2], &error)) == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  message = g_bytes_new_static (argv[5], strlen (argv[5]));
  call.message = message;
  client = spp_client_new (own);
  spp_client_connect_to_host_async (client, argv[3], g_ascii_strtoull (argv[4], NULL, 10),
                                    friend, NULL, connect_cb, &call);
  g_main_loop_run (loop);
  return call.status;
}
