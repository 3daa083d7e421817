/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-peer.h"

#include <gio/gio.h>

#include "e2e-wait.h"

struct _E2ePeer
{
  GSubprocess *process;
  GDataInputStream *lines;
  GQueue *events;
  gboolean ended;
};

static const char *
get_program (const char *variable)
{
  const char *program = g_getenv (variable);

  g_assert_nonnull (program);

  return program;
}

void
e2e_peer_generate (const char *private_path,
                   const char *public_path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
    g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, get_program ("E2E_PEER"), "--generate",
                      private_path, public_path, NULL);

  g_assert_no_error (error);
  g_subprocess_wait_check (process, NULL, &error);
  g_assert_no_error (error);
}

static void
read_line_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  E2ePeer *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line =
    g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, &error);
  JsonNode *node;

  g_assert_no_error (error);
  if (line == NULL)
    {
      self->ended = TRUE;
      return;
    }
  node = json_from_string (line, &error);
  g_assert_no_error (error);
  g_queue_push_tail (self->events, node);
  g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, NULL, read_line_cb, self);
}

static E2ePeer *
start (const char *program,
       const char *private_path,
       const char *friend_path,
       const char *address)
{
  g_autoptr (GError) error = NULL;
  E2ePeer *self = g_new0 (E2ePeer, 1);

  self->events = g_queue_new ();
  self->process =
    g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                      program, "--control", "--private", private_path, "--peer-public",
                      friend_path, address != NULL ? "--connect" : "--listen", address, NULL);
  g_assert_no_error (error);
  self->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, NULL, read_line_cb, self);

  return self;
}

E2ePeer *
e2e_peer_start (const char *private_path,
                const char *friend_path,
                const char *address)
{
  return start (get_program ("E2E_PEER"), private_path, friend_path, address);
}

E2ePeer *
e2e_peer_start_spp2 (const char *private_path,
                     const char *friend_path,
                     const char *address)
{
  return start (get_program ("E2E_SPP2_PEER"), private_path, friend_path, address);
}

static gboolean
has_event (gpointer user_data)
{
  E2ePeer *self = user_data;

  return !g_queue_is_empty (self->events) || self->ended;
}

JsonObject *
e2e_peer_next (E2ePeer    *self,
               const char *event)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;

  g_assert_true (e2e_wait_until (has_event, self));
  node = g_queue_pop_head (self->events);
  g_assert_nonnull (node);
  object = json_node_get_object (node);
  g_assert_cmpstr (json_object_get_string_member (object, "event"), ==, event);

  return json_object_ref (object);
}

guint16
e2e_peer_wait_port (E2ePeer *self)
{
  g_autoptr (JsonObject) event = e2e_peer_next (self, "listening");

  return (guint16) json_object_get_int_member (event, "port");
}

void
e2e_peer_expect_text (E2ePeer    *self,
                      const char *text)
{
  g_autoptr (JsonObject) event = e2e_peer_next (self, "message");

  g_assert_cmpstr (json_object_get_string_member_with_default (event, "utf8", NULL), ==, text);
}

void
e2e_peer_command (E2ePeer    *self,
                  const char *json)
{
  g_autofree char *line = g_strconcat (json, "\n", NULL);
  g_autoptr (GError) error = NULL;
  GOutputStream *pipe = g_subprocess_get_stdin_pipe (self->process);

  g_output_stream_write_all (pipe, line, strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
}

void
e2e_peer_send (E2ePeer    *self,
               const char *text)
{
  g_autoptr (JsonNode) node = json_node_alloc ();
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *json = NULL;

  json_object_set_string_member (object, "send", text);
  json_node_init_object (node, object);
  json = json_to_string (node, FALSE);
  e2e_peer_command (self, json);
}

static gboolean
has_ended (gpointer user_data)
{
  E2ePeer *self = user_data;

  return self->ended;
}

void
e2e_peer_close (E2ePeer *self)
{
  /* The end of its input closes it too, and comes through when it has gone already. */
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  g_assert_true (e2e_wait_until (has_ended, self));
  g_subprocess_wait (self->process, NULL, NULL);

  g_queue_free_full (self->events, (GDestroyNotify) json_node_unref);
  g_object_unref (self->lines);
  g_object_unref (self->process);
  g_free (self);
}
