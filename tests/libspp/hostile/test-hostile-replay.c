/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-world.h"
#include "spp-client-private.h"

#define N_MESSAGES 5
#define MESSAGE_SIZE 100

/* One direction of somebody on the wire. */
typedef struct
{
  GSocketConnection *from;
  GSocketConnection *to;
  GByteArray        *recording;
  guint8             buffer[4096];
  gboolean           ended;
} Leg;

static void pump (Leg *leg);

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Leg *leg = user_data;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (object), result, NULL);

  if (length <= 0)
    {
      g_socket_shutdown (g_socket_connection_get_socket (leg->to), FALSE, TRUE, NULL);
      leg->ended = TRUE;
      return;
    }
  g_byte_array_append (leg->recording, leg->buffer, length);
  spp_test_write (leg->to, leg->buffer, length);
  pump (leg);
}

static void
pump (Leg *leg)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (leg->from)),
                             leg->buffer, sizeof leg->buffer, G_PRIORITY_DEFAULT, NULL,
                             read_cb, leg);
}

static void
exchange (SppSession *from,
          SppSession *to,
          guint       seed)
{
  g_autoptr (GBytes) payload = spp_test_payload (MESSAGE_SIZE, seed);
  g_autoptr (GError) error = NULL;

  g_assert_true (spp_test_send (from, payload, &error));
  g_assert_no_error (error);
  hostile_expect_message (to, MESSAGE_SIZE, seed);
}

/* An honest conversation from @client, who calls the listener of the world, to
 * @service at @port, and all that was said in each direction. */
static void
record (HostileWorld  *world,
        SppClient     *client,
        SppPublicKey  *whom,
        guint16        port,
        GPtrArray     *sessions,
        GByteArray   **asked,
        GByteArray   **answered)
{
  g_autoptr (GAsyncResult) called = NULL;
  g_autoptr (HostilePeer) caller = NULL;
  g_autoptr (HostilePeer) callee = NULL;
  g_autoptr (GError) error = NULL;
  Leg there = { NULL };
  Leg back = { NULL };
  SppSession *a, *b;

  spp_client_connect_to_host_async (client, "127.0.0.1", world->listener_port, whom, NULL,
                                    spp_test_result_cb, &called);
  caller = hostile_world_accept (world);
  callee = hostile_peer_new_calling ("127.0.0.1", port, world->friend_key);
  there.from = back.to = caller->connection;
  there.to = back.from = callee->connection;
  there.recording = *asked = g_byte_array_new ();
  back.recording = *answered = g_byte_array_new ();
  pump (&there);
  pump (&back);

  spp_test_await (&called);
  a = spp_client_connect_finish (client, called, &error);
  g_assert_no_error (error);
  while (sessions->len == 0)
    g_main_context_iteration (NULL, TRUE);
  b = g_ptr_array_steal_index (sessions, 0);
  for (guint i = 0; i < N_MESSAGES; i++)
    {
      exchange (a, b, 2 * i);
      exchange (b, a, 2 * i + 1);
    }
  hostile_finish (a);
  hostile_expect_end (b, SPP_ERROR, SPP_ERROR_CLOSED, SPP_SESSION_END_PEER_CLOSED);
  hostile_finish (b);
  while (!there.ended || !back.ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint ((*asked)->len, ==,
                    HOSTILE_HELLO_SIZE + N_MESSAGES * HOSTILE_MESSAGE_SIZE (MESSAGE_SIZE));
  g_assert_cmpuint ((*answered)->len, ==, (*asked)->len);
}

/* The friend calls the service of the world. */
static GByteArray *
record_call (HostileWorld *world)
{
  g_autoptr (SppClient) friend = spp_client_new (world->friend_key);
  g_autoptr (GByteArray) answered = NULL;
  GByteArray *asked;

  spp_client_speak_only_spp1 (friend);
  record (world, friend, spp_private_key_get_public_key (world->own_key), world->service_port,
          world->sessions, &asked, &answered);
  return asked;
}

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  g_ptr_array_add (user_data, g_object_ref (session));
}

/* The client of the world calls the friend. */
static GByteArray *
record_answer (HostileWorld *world)
{
  g_autoptr (SppService) friend = spp_service_new (world->friend_key);
  g_autoptr (GPtrArray) sessions = g_ptr_array_new ();
  g_autoptr (GByteArray) asked = NULL;
  g_autoptr (GError) error = NULL;
  GByteArray *answered;
  guint16 port;

  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (friend), NULL, &error);
  g_assert_no_error (error);
  spp_service_add_peer (friend, spp_private_key_get_public_key (world->own_key));
  spp_service_set_peer_flags (friend, spp_private_key_get_public_key (world->own_key),
                              SPP_PEER_FLAGS_ALLOW_SPP1);
  g_signal_connect (friend, "session", G_CALLBACK (on_session), sessions);
  record (world, world->client, spp_private_key_get_public_key (world->friend_key), port,
          sessions, &asked, &answered);
  g_socket_service_stop (G_SOCKET_SERVICE (friend));
  g_socket_listener_close (G_SOCKET_LISTENER (friend));
  return answered;
}

static void
expect_silence (HostileWorld *world,
                GByteArray   *recording)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (HostilePeer) attacker = hostile_world_connect (world, HOSTILE_SERVICE);

  hostile_world_set_timeout (world, HOSTILE_NEAR);
  hostile_peer_write (attacker, recording->data, recording->len);
  hostile_world_expect_refusal (world, HOSTILE_SERVICE, SPP_ERROR, SPP_ERROR_REPLAYED);
  hostile_peer_expect_end (attacker);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, HOSTILE_SHORTEST_SILENCE);
}

static void
test_service (HostileWorld  *world,
              gconstpointer  data)
{
  g_autoptr (GByteArray) recording = record_call (world);

  g_test_summary ("A recorded call that is played again gets silence");
  expect_silence (world, recording);
}

static void
on_remembered (SppReplayGuard *guard,
               SppPublicKey   *peer,
               GBytes         *ephemeral,
               gpointer        user_data)
{
  g_ptr_array_add (user_data, g_bytes_ref (ephemeral));
}

static void
test_restarted (HostileWorld  *world,
                gconstpointer  data)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (SppReplayGuard) guard = spp_replay_guard_new ();
  g_autoptr (GByteArray) recording = NULL;

  g_test_summary ("A service that starts again with what it knew refuses the old recording");
  g_signal_connect (spp_service_get_replay_guard (world->service), "remembered",
                    G_CALLBACK (on_remembered), kept);
  recording = record_call (world);
  g_assert_cmpuint (kept->len, ==, 1);

  hostile_world_renew_service (world);
  g_assert_true (spp_replay_guard_remember (guard,
                                            spp_private_key_get_public_key (world->friend_key),
                                            g_ptr_array_index (kept, 0)));
  spp_service_set_replay_guard (world->service, guard);
  expect_silence (world, recording);
}

static void
test_forgetful (HostileWorld  *world,
                gconstpointer  data)
{
  g_autoptr (GByteArray) recording = record_call (world);
  g_autoptr (HostilePeer) attacker = NULL;
  guint8 answer[HOSTILE_HELLO_SIZE];
  SppSession *session;

  g_test_summary ("Even a service that forgot everything takes none of the old messages");
  hostile_world_renew_service (world);
  attacker = hostile_world_connect (world, HOSTILE_SERVICE);
  hostile_peer_write (attacker, recording->data, recording->len);
  session = hostile_world_take_session (world, HOSTILE_SERVICE);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_BAD_TAG, SPP_SESSION_END_MISBEHAVED);
  g_assert_false (spp_session_is_confirmed (session));
  g_assert_cmpuint (hostile_peer_read (attacker, answer, sizeof answer), ==, sizeof answer);
  hostile_peer_expect_end (attacker);
  hostile_finish (session);
}

static void
test_client (HostileWorld  *world,
             gconstpointer  data)
{
  g_autoptr (GByteArray) recording = record_answer (world);
  g_autoptr (HostilePeer) attacker = hostile_world_connect (world, HOSTILE_CLIENT);
  guint8 hello[HOSTILE_HELLO_SIZE];

  g_test_summary ("A recorded answer that is played to a later call is refused");
  g_assert_cmpuint (hostile_peer_read (attacker, hello, sizeof hello), ==, sizeof hello);
  hostile_peer_write (attacker, recording->data, recording->len);
  hostile_world_expect_refusal (world, HOSTILE_CLIENT, SPP_ERROR, SPP_ERROR_REPLAYED);
  hostile_peer_expect_end (attacker);
}

static void
test_other_role (HostileWorld  *world,
                 gconstpointer  data)
{
  g_autoptr (GByteArray) recording = g_byte_array_new ();
  g_autoptr (HostilePeer) friend = NULL;
  guint8 hello[HOSTILE_HELLO_SIZE];
  guint8 theirs[HOSTILE_HELLO_SIZE];
  SppSession *session;

  g_test_summary ("With a guard for both, what the friend answered once is no call");
  spp_service_set_replay_guard (world->service, spp_client_get_replay_guard (world->client));
  friend = hostile_world_connect (world, HOSTILE_CLIENT);
  hostile_peer_make_hello (friend, hello);
  hostile_peer_write (friend, hello, sizeof hello);
  g_assert_cmpuint (hostile_peer_read (friend, theirs, sizeof theirs), ==, sizeof theirs);
  session = hostile_world_take_session (world, HOSTILE_CLIENT);
  hostile_finish (session);
  g_byte_array_append (recording, hello, sizeof hello);
  expect_silence (world, recording);
}

static void
test_at_once (HostileWorld  *world,
              gconstpointer  data)
{
  HostilePeer *attackers[6];
  guint8 hello[HOSTILE_HELLO_SIZE];

  g_test_summary ("Of several copies of one hello at once only one is answered");
  hostile_world_set_timeout (world, HOSTILE_NEAR);
  for (guint i = 0; i < G_N_ELEMENTS (attackers); i++)
    {
      attackers[i] = hostile_world_connect (world, HOSTILE_SERVICE);
      if (i == 0)
        hostile_peer_make_hello (attackers[0], hello);
      hostile_peer_write (attackers[i], hello, sizeof hello - 1);
      spp_test_settle ();
    }
  for (guint i = 0; i < G_N_ELEMENTS (attackers); i++)
    hostile_peer_write (attackers[i], hello + sizeof hello - 1, 1);
  while (world->refusals->len < G_N_ELEMENTS (attackers) - 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (world->sessions->len, ==, 1);
  hostile_finish (g_ptr_array_steal_index (world->sessions, 0));
  while (world->refusals->len > 0)
    hostile_world_expect_refusal (world, HOSTILE_SERVICE, SPP_ERROR, SPP_ERROR_REPLAYED);
  for (guint i = 0; i < G_N_ELEMENTS (attackers); i++)
    hostile_peer_free (attackers[i]);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  HOSTILE_ADD ("/spp/hostile/replay/service", test_service);
  HOSTILE_ADD ("/spp/hostile/replay/service-restarted", test_restarted);
  HOSTILE_ADD ("/spp/hostile/replay/service-forgetful", test_forgetful);
  HOSTILE_ADD ("/spp/hostile/replay/client", test_client);
  HOSTILE_ADD ("/spp/hostile/replay/other-role", test_other_role);
  HOSTILE_ADD ("/spp/hostile/replay/at-once", test_at_once);

  return g_test_run ();
}
