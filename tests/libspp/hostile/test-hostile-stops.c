/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-world.h"

#define PAYLOAD_SIZE 20
#define MESSAGE_SIZE HOSTILE_MESSAGE_SIZE (PAYLOAD_SIZE)
/* Ten times the deadline would be needed for a hello. */
#define TRICKLE_INTERVAL (HOSTILE_NEAR * 100)

typedef struct
{
  HostileRole role;
  HostileStop how;
} Case;

static void
stop_in_hello (HostileWorld *world,
               HostileRole   role,
               HostileStop   how,
               gsize         length)
{
  g_autoptr (HostilePeer) peer = hostile_world_connect (world, role);
  guint8 own[HOSTILE_HELLO_SIZE];
  guint8 theirs[HOSTILE_HELLO_SIZE];

  /* Unread bytes would turn a close into a reset. */
  if (role == HOSTILE_CLIENT)
    g_assert_cmpuint (hostile_peer_read (peer, theirs, sizeof theirs), ==, sizeof theirs);
  hostile_peer_make_hello (peer, own);
  hostile_peer_write (peer, own, length);
  hostile_stop (peer, how);

  if (how == HOSTILE_RESET)
    hostile_world_expect_refusal (world, role, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  else
    hostile_world_expect_refusal (world, role, SPP_ERROR,
                                  length == 0 ? SPP_ERROR_CLOSED : SPP_ERROR_TRUNCATED);
  if (how == HOSTILE_HALF_CLOSE)
    hostile_peer_expect_end (peer);
}

static void
test_hello (gconstpointer data)
{
  const Case *self = data;
  HostileWorld world;

  g_test_summary ("A peer that stops after any byte of its hello ends the handshake "
                  "with that reason, without an answer");
  hostile_world_set_up (&world, NULL);
  for (gsize length = 0; length < HOSTILE_HELLO_SIZE; length++)
    {
      stop_in_hello (&world, self->role, self->how, length);
      g_ptr_array_set_size (world.refusals, 0);
    }
  hostile_world_tear_down (&world, NULL);
}

static void
stop_in_message (HostileWorld *world,
                 HostileRole   role,
                 HostileStop   how,
                 gsize         length)
{
  g_autoptr (HostilePeer) peer = NULL;
  g_autoptr (GBytes) payload = spp_test_payload (PAYLOAD_SIZE, 1);
  g_autoptr (GByteArray) whole = NULL;
  g_autoptr (GByteArray) broken = NULL;
  SppSession *session;

  peer = hostile_world_meet (world, role, &session);
  whole = hostile_peer_seal (peer, payload);
  broken = hostile_peer_seal (peer, payload);
  hostile_peer_write (peer, whole->data, whole->len);
  hostile_peer_write (peer, broken->data, length);
  hostile_stop (peer, how);

  hostile_expect_message (session, PAYLOAD_SIZE, 1);
  if (how == HOSTILE_RESET)
    hostile_expect_end (session, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, SPP_SESSION_END_CUT);
  else if (length == 0)
    hostile_expect_end (session, SPP_ERROR, SPP_ERROR_CLOSED, SPP_SESSION_END_PEER_CLOSED);
  else
    hostile_expect_end (session, SPP_ERROR, SPP_ERROR_TRUNCATED, SPP_SESSION_END_CUT);
  g_assert_cmpuint (spp_session_get_messages_received (session), ==, 1);
  if (how == HOSTILE_HALF_CLOSE)
    hostile_peer_expect_end (peer);
  hostile_finish (session);
}

static void
test_message (gconstpointer data)
{
  const Case *self = data;
  HostileWorld world;

  g_test_summary ("A friend that stops after any byte of a message ends the session with "
                  "that reason; what it had sent before is received");
  hostile_world_set_up (&world, NULL);
  for (gsize length = 0; length < MESSAGE_SIZE; length++)
    stop_in_message (&world, self->role, self->how, length);
  hostile_world_tear_down (&world, NULL);
}

typedef struct
{
  HostilePeer *peer;
  guint8       hello[HOSTILE_HELLO_SIZE];
  gsize        said;
} Trickle;

/* All but the last byte, which would be an end. */
static gboolean
on_trickle (gpointer user_data)
{
  Trickle *self = user_data;

  if (self->said == HOSTILE_HELLO_SIZE - 1 || hostile_peer_is_cut_off (self->peer))
    return G_SOURCE_CONTINUE;
  hostile_peer_write (self->peer, self->hello + self->said, 1);
  self->said++;
  return G_SOURCE_CONTINUE;
}

static void
test_trickle (HostileWorld  *world,
              gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  Trickle trickle = { NULL };
  g_autoptr (HostilePeer) peer = NULL;
  guint source;

  g_test_summary ("The bytes of a hello that come one by one do not put the deadline off");
  hostile_world_set_timeout (world, HOSTILE_NEAR);
  peer = trickle.peer = hostile_world_connect (world, role);
  hostile_peer_make_hello (peer, trickle.hello);
  source = g_timeout_add (TRICKLE_INTERVAL, on_trickle, &trickle);
  hostile_world_expect_refusal (world, role, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_source_remove (source);
  g_assert_cmpuint (trickle.said, <, HOSTILE_HELLO_SIZE - 1);
  while (!hostile_peer_is_cut_off (peer))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_mute (HostileWorld  *world,
           gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  g_autoptr (HostilePeer) peer = NULL;
  guint8 hello[HOSTILE_HELLO_SIZE];

  g_test_summary ("A peer that says nothing is left at the deadline");
  hostile_world_set_timeout (world, HOSTILE_NEAR);
  peer = hostile_world_connect (world, role);
  hostile_world_expect_refusal (world, role, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  if (role == HOSTILE_CLIENT)
    g_assert_cmpuint (hostile_peer_read (peer, hello, sizeof hello), ==, sizeof hello);
  hostile_peer_expect_end (peer);
}

/* A session has no deadline: who has proved to be a friend may take its time. */
static void
test_slow_message (HostileWorld  *world,
                   gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  g_autoptr (HostilePeer) peer = NULL;
  g_autoptr (GBytes) payload = spp_test_payload (PAYLOAD_SIZE, 1);
  g_autoptr (GAsyncResult) received = NULL;
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (GBytes) message = NULL;
  g_autoptr (GError) error = NULL;
  SppSession *session;

  g_test_summary ("A message that comes byte by byte is received when it is whole");
  peer = hostile_world_meet (world, role, &session);
  frame = hostile_peer_seal (peer, payload);
  spp_session_receive_async (session, NULL, spp_test_result_cb, &received);
  for (guint i = 0; i < frame->len; i++)
    {
      g_assert_null (received);
      hostile_peer_write (peer, frame->data + i, 1);
      spp_test_settle ();
    }
  spp_test_await (&received);
  message = spp_session_receive_finish (session, received, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (message, payload);
  g_clear_object (&received);
  hostile_finish (session);
}

static void
add_cases (const char    *path,
           GTestDataFunc  func)
{
  for (HostileRole role = HOSTILE_SERVICE; role <= HOSTILE_CLIENT; role++)
    {
      for (HostileStop how = HOSTILE_HALF_CLOSE; how <= HOSTILE_RESET; how++)
        {
          g_autofree char *full = NULL;
          Case *self = g_new0 (Case, 1);

          self->role = role;
          self->how = how;
          full = g_strdup_printf ("%s/%s/%s", path, HOSTILE_ROLE_NAME (role),
                                  hostile_stop_names[how]);
          g_test_add_data_func_full (full, self, func, g_free);
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_cases ("/spp/hostile/stops/hello", test_hello);
  add_cases ("/spp/hostile/stops/message", test_message);
  hostile_add_for_roles ("/spp/hostile/stops/trickle", test_trickle);
  hostile_add_for_roles ("/spp/hostile/stops/mute", test_mute);
  hostile_add_for_roles ("/spp/hostile/stops/slow-message", test_slow_message);

  return g_test_run ();
}
