/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-old-peer.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "chat-test-utils.h"

struct _ChatOldPeer
{
  GSubprocess      *process;
  GDataInputStream *lines;
};

static char *
write_key (const char   *folder,
           const char   *name,
           gconstpointer data)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, data, SPP_PUBLIC_KEY_SIZE, NULL));

  return path;
}

/* A test that fails leaves nobody behind who listens. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

ChatOldPeer *
chat_old_peer_start (const char    *folder,
                     SppPrivateKey *key,
                     SppPublicKey  *friend,
                     guint16        port)
{
  gsize size;
  const guint8 *seed = spp_private_key_get_seed (key, &size);
  g_autofree char *own = write_key (folder, "old.key", seed);
  g_autofree char *other = write_key (folder, "old.pub",
                                      g_bytes_get_data (spp_public_key_get_bytes (friend), NULL));
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", port);
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GError) error = NULL;
  ChatOldPeer *self = g_new0 (ChatOldPeer, 1);

  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
                                        | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                        | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  self->process =
    g_subprocess_launcher_spawn (launcher, &error, g_getenv ("CHAT_OLD_PEER"),
                                 "--control", "--private", own, "--peer-public", other,
                                 port != 0 ? "--connect" : "--listen",
                                 port != 0 ? address : NULL, NULL);
  g_assert_no_error (error);
  self->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));

  return self;
}

static char *
read_line (ChatOldPeer *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, NULL,
                                       chat_take_result, &result);
  chat_await (result != NULL);

  return g_data_input_stream_read_line_finish (self->lines, result, NULL, NULL);
}

guint16
chat_old_peer_listen (ChatOldPeer *self)
{
  g_autofree char *line = read_line (self);
  const char *port = strstr (line, "\"port\": ");

  g_assert_nonnull (port);

  return (guint16) g_ascii_strtoull (port + strlen ("\"port\": "), NULL, 10);
}

void
chat_old_peer_await (ChatOldPeer *self,
                     const char  *what)
{
  g_autofree char *line = read_line (self);

  g_assert_nonnull (line);
  if (strstr (line, what) == NULL)
    g_error ("The old peer said %s, not %s", line, what);
}

void
chat_old_peer_send (ChatOldPeer *self,
                    const char  *text)
{
  g_autofree char *line = g_strdup_printf ("{\"send\": \"%s\"}\n", text);
  GOutputStream *pipe = g_subprocess_get_stdin_pipe (self->process);

  g_assert_true (g_output_stream_write_all (pipe, line, strlen (line), NULL, NULL, NULL));
}

void
chat_old_peer_end (ChatOldPeer *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  /* One that listens still does not read */
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  g_subprocess_send_signal (self->process, SIGTERM);
  g_subprocess_wait_async (self->process, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  g_object_unref (self->lines);
  g_object_unref (self->process);
  g_free (self);
}
