/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-world.h"

#define N_OTHERS 200
#define N_STEPS 40

/* How much of a hello is there when something happens. */
static const gsize stages[] = { 0, 1, 8, 9, 50, 103 };

static void
test_removed (HostileWorld  *world,
              gconstpointer  data)
{
  SppPublicKey *friend = spp_private_key_get_public_key (world->friend_key);
  HostilePeer *peers[G_N_ELEMENTS (stages)];
  guint8 hellos[G_N_ELEMENTS (stages)][HOSTILE_HELLO_SIZE];
  g_autoptr (HostilePeer) later = NULL;
  gint64 start = g_get_monotonic_time ();
  SppSession *session;

  g_test_summary ("Who stops being a friend during the handshake is a stranger, who gets "
                  "silence; who is one again gets a session");
  hostile_world_set_timeout (world, HOSTILE_NEAR);
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      peers[i] = hostile_world_connect (world, HOSTILE_SERVICE);
      hostile_peer_make_hello (peers[i], hellos[i]);
      hostile_peer_write (peers[i], hellos[i], stages[i]);
    }
  spp_test_settle ();
  g_assert_true (spp_service_remove_peer (world->service, friend));
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    hostile_peer_write (peers[i], hellos[i] + stages[i], HOSTILE_HELLO_SIZE - stages[i]);
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      hostile_peer_expect_end (peers[i]);
      hostile_peer_free (peers[i]);
    }
  g_assert_cmpint (g_get_monotonic_time () - start, >=, HOSTILE_SHORTEST_SILENCE);
  g_assert_cmpuint (world->sessions->len, ==, 0);

  g_assert_true (spp_service_add_peer (world->service, friend));
  spp_service_set_peer_flags (world->service, friend, SPP_PEER_FLAGS_ALLOW_SPP1);
  later = hostile_world_meet (world, HOSTILE_SERVICE, &session);
  hostile_finish (session);
}

static GPtrArray *
make_strangers (void)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);

  for (guint i = 0; i < N_OTHERS; i++)
    {
      g_autoptr (SppPrivateKey) key = spp_private_key_generate ();

      g_ptr_array_add (keys, spp_test_public_key (key));
    }
  return keys;
}

static HostilePeer *
connect_saying (HostileWorld  *world,
                SppPrivateKey *key,
                gsize          length)
{
  HostilePeer *peer = hostile_peer_new_calling ("127.0.0.1", world->service_port, key);
  guint8 hello[HOSTILE_HELLO_SIZE];

  hostile_peer_make_hello (peer, hello);
  hostile_peer_write (peer, hello, length);
  return peer;
}

static void
test_disposed (HostileWorld  *world,
               gconstpointer  data)
{
  g_autoptr (GPtrArray) peers = NULL;
  g_autoptr (SppPrivateKey) stranger = spp_private_key_generate ();

  g_test_summary ("A service that goes ends the handshakes under way, at whatever stage");
  peers = g_ptr_array_new_with_free_func ((GDestroyNotify) hostile_peer_free);
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    g_ptr_array_add (peers, connect_saying (world, world->friend_key, stages[i]));
  /* This one is being kept waiting for the deadline. */
  g_ptr_array_add (peers, connect_saying (world, stranger, HOSTILE_HELLO_SIZE));
  spp_test_settle ();
  hostile_world_stop_service (world);
  for (guint i = 0; i < peers->len; i++)
    hostile_peer_expect_end (g_ptr_array_index (peers, i));
  g_assert_cmpuint (world->sessions->len, ==, 0);
}

/* With as many friends as make the search for the caller take its time. */
static void
test_disposed_stepwise (HostileWorld  *world,
                        gconstpointer  data)
{
  g_autoptr (GPtrArray) others = make_strangers ();
  g_autoptr (SppPrivateKey) stranger = spp_private_key_generate ();

  g_test_summary ("A service may go after any turn of the main loop");
  for (guint steps = 0; steps < N_STEPS; steps++)
    {
      g_autoptr (HostilePeer) a = NULL;
      g_autoptr (HostilePeer) b = NULL;

      hostile_world_renew_service (world);
      for (guint i = 0; i < others->len; i++)
        spp_service_add_peer (world->service, g_ptr_array_index (others, i));
      spp_service_remove_peer (world->service, spp_private_key_get_public_key (world->friend_key));
      spp_service_add_peer (world->service, spp_private_key_get_public_key (world->friend_key));
      spp_service_set_peer_flags (world->service,
                                  spp_private_key_get_public_key (world->friend_key),
                                  SPP_PEER_FLAGS_ALLOW_SPP1);
      a = connect_saying (world, stranger, HOSTILE_HELLO_SIZE);
      b = connect_saying (world, world->friend_key, HOSTILE_HELLO_SIZE);
      for (guint step = 0; step < steps; step++)
        g_main_context_iteration (NULL, FALSE);
      hostile_world_stop_service (world);
      hostile_peer_expect_end (a);
      g_ptr_array_set_size (world->sessions, 0);
      while (!hostile_peer_is_cut_off (b))
        g_main_context_iteration (NULL, TRUE);
    }
}

static void
expect_cancelled (HostileWorld *world)
{
  hostile_world_expect_refusal (world, HOSTILE_CLIENT, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancelled (HostileWorld  *world,
                gconstpointer  data)
{
  g_test_summary ("A call that is cancelled, however much of the answer is there, ends at once");
  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (HostilePeer) peer = NULL;
      guint8 hello[HOSTILE_HELLO_SIZE];

      hostile_world_start_call (world, cancellable);
      peer = hostile_world_accept (world);
      g_assert_cmpuint (hostile_peer_read (peer, hello, sizeof hello), ==, sizeof hello);
      hostile_peer_make_hello (peer, hello);
      hostile_peer_write (peer, hello, stages[i]);
      spp_test_settle ();
      g_assert_null (world->called);
      g_cancellable_cancel (cancellable);
      expect_cancelled (world);
      hostile_peer_expect_end (peer);
    }
}

static void
test_cancelled_before (HostileWorld  *world,
                       gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("A call that is cancelled before it begins, or before it is connected, ends");
  hostile_world_start_call (world, cancellable);
  g_cancellable_cancel (cancellable);
  expect_cancelled (world);
  hostile_world_start_call (world, cancellable);
  expect_cancelled (world);
}

/* The kernel connects by itself, and the peer has said its hello before the
 * client looks: so each turn does something. */
static void
test_cancelled_stepwise (HostileWorld  *world,
                         gconstpointer  data)
{
  guint n_cancelled = 0;
  guint n_sessions = 0;

  g_test_summary ("A call may be cancelled after any turn of the main loop");
  spp_client_set_timeout (world->client, HOSTILE_FAR);
  for (guint steps = 0; n_sessions < 3; steps++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (HostilePeer) peer = NULL;
      g_autoptr (GError) error = NULL;
      SppSession *session;
      guint8 hello[HOSTILE_HELLO_SIZE];

      hostile_world_start_call (world, cancellable);
      peer = hostile_world_accept (world);
      hostile_peer_make_hello (peer, hello);
      hostile_peer_write (peer, hello, sizeof hello);
      for (guint step = 0; step < steps && world->called == NULL; step++)
        g_main_context_iteration (NULL, TRUE);
      if (world->called == NULL)
        g_cancellable_cancel (cancellable);
      spp_test_await (&world->called);
      session = spp_client_connect_finish (world->client, world->called, &error);
      if (session != NULL)
        {
          n_sessions++;
          hostile_finish (session);
        }
      else
        {
          n_cancelled++;
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        }
      while (!hostile_peer_is_cut_off (peer))
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (n_cancelled, >, 0);
}

static void
test_client_gone (HostileWorld  *world,
                  gconstpointer  data)
{
  g_autoptr (HostilePeer) peer = hostile_world_connect (world, HOSTILE_CLIENT);
  SppClient *client = world->client;
  g_autoptr (GError) error = NULL;
  guint8 hello[HOSTILE_HELLO_SIZE];
  SppSession *session;

  g_test_summary ("A call goes on when nobody else keeps the client");
  world->client = spp_client_new (world->own_key);
  g_object_unref (client);
  g_assert_cmpuint (hostile_peer_read (peer, hello, sizeof hello), ==, sizeof hello);
  hostile_peer_make_hello (peer, hello);
  hostile_peer_write (peer, hello, sizeof hello);
  spp_test_await (&world->called);
  session = spp_client_connect_finish (client, world->called, &error);
  g_assert_no_error (error);
  hostile_finish (session);
}

static void
on_session_add (SppService *service,
                SppSession *session,
                gpointer    user_data)
{
  HostileWorld *world = user_data;

  g_ptr_array_set_size (world->sessions, 0);
}

static void
test_unwanted (HostileWorld  *world,
               gconstpointer  data)
{
  g_autoptr (HostilePeer) peer = NULL;
  guint8 hello[HOSTILE_HELLO_SIZE];

  g_test_summary ("A session that nobody keeps is cut");
  g_signal_connect (world->service, "session", G_CALLBACK (on_session_add), world);
  peer = connect_saying (world, world->friend_key, HOSTILE_HELLO_SIZE);
  g_assert_cmpuint (hostile_peer_read (peer, hello, sizeof hello), ==, sizeof hello);
  hostile_peer_expect_end (peer);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  HOSTILE_ADD ("/spp/hostile/lifetime/friend-removed", test_removed);
  HOSTILE_ADD ("/spp/hostile/lifetime/service-disposed", test_disposed);
  HOSTILE_ADD ("/spp/hostile/lifetime/service-disposed-stepwise", test_disposed_stepwise);
  HOSTILE_ADD ("/spp/hostile/lifetime/session-unwanted", test_unwanted);
  HOSTILE_ADD ("/spp/hostile/lifetime/call-cancelled", test_cancelled);
  HOSTILE_ADD ("/spp/hostile/lifetime/call-cancelled-before", test_cancelled_before);
  HOSTILE_ADD ("/spp/hostile/lifetime/call-cancelled-stepwise", test_cancelled_stepwise);
  HOSTILE_ADD ("/spp/hostile/lifetime/client-gone", test_client_gone);

  return g_test_run ();
}
