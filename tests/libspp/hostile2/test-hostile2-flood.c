/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile2-world.h"

#define N_FLOODERS 3
#define FLOODER_CONNECTIONS 800
/* When so many calls have come to nothing, it has begun. */
#define BEGUN 300

#define MAX_OF_ADDRESS 8
/* Chance leaves out one of them in fewer than one of 10^16 runs. */
#define TRIES 300

#ifdef HOSTILE_SANITIZED
#define PATIENCE (5 * G_USEC_PER_SEC)
#else
#define PATIENCE (1 * G_USEC_PER_SEC)
#endif

/* Of the service and a friend beside the handshakes under way: one session with
 * both its ends, a few that were just ended and are not closed yet. */
#define OTHER_DESCRIPTORS 12

typedef struct
{
  const char *name;
  const char *first_source;
  guint       n_sources;
  guint       bound;         /* handshakes under way */
} Flood;

static const Flood floods[] =
  {
    { "friends-address", "127.0.0.1", 1, 8 },
    { "few-addresses", "127.0.0.2", 5, 40 },
    { "many-addresses", "127.1.0.1", 250, 64 },
  };

typedef struct
{
  HostileWorld  world;
  SppClient    *friend;
  GSubprocess  *flooders[N_FLOODERS];
  GAsyncResult *answers[N_FLOODERS];
  guint         most_descriptors;
  guint         n_calls;
  gint64        longest_call;
} Fixture;

static void
start_flooders (Fixture     *fixture,
                const Flood *flood)
{
  g_autofree char *port = g_strdup_printf ("%u", fixture->world.service_port);
  g_autofree char *count = g_strdup_printf ("%u", FLOODER_CONNECTIONS);
  g_autofree char *n_sources = g_strdup_printf ("%u", flood->n_sources);

  for (guint i = 0; i < N_FLOODERS; i++)
    {
      g_autoptr (GError) error = NULL;

      fixture->flooders[i] =
        g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                          g_getenv ("SPP_TEST_FLOOD2"), port, count, flood->first_source,
                          n_sources, NULL);
      g_assert_no_error (error);
      g_input_stream_read_bytes_async (g_subprocess_get_stdout_pipe (fixture->flooders[i]), 1,
                                       G_PRIORITY_DEFAULT, NULL,
                                       spp_test_result_cb, &fixture->answers[i]);
    }
}

static gboolean
all_connected (Fixture *fixture)
{
  for (guint i = 0; i < N_FLOODERS; i++)
    if (fixture->answers[i] == NULL)
      return FALSE;
  return TRUE;
}

static void
stop_flooders (Fixture *fixture)
{
  for (guint i = 0; i < N_FLOODERS; i++)
    {
      GSubprocess *flooder = fixture->flooders[i];
      g_autoptr (GBytes) line = NULL;
      g_autoptr (GError) error = NULL;

      line = g_input_stream_read_bytes_finish (g_subprocess_get_stdout_pipe (flooder),
                                               fixture->answers[i], &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_bytes_get_size (line), ==, 1);
      g_output_stream_close (g_subprocess_get_stdin_pipe (flooder), NULL, &error);
      g_assert_no_error (error);
      g_assert_true (g_subprocess_wait_check (flooder, NULL, &error));
      g_clear_object (&fixture->answers[i]);
      g_clear_object (&fixture->flooders[i]);
    }
}

static gboolean
on_tick (gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->most_descriptors = MAX (fixture->most_descriptors, hostile_count_descriptors ());
  return G_SOURCE_CONTINUE;
}

/* As a person would: when a call comes to nothing, call again. */
static void
call_as_friend (Fixture *fixture)
{
  HostileWorld *world = &fixture->world;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (GBytes) greeting = spp_test_payload (10, 1);
  SppSession *caller = NULL;
  SppSession *called;
  gint64 time;

  while (caller == NULL)
    {
      g_autoptr (GAsyncResult) result = NULL;

      spp_client_connect_to_host_async (fixture->friend, "127.0.0.1", world->service_port,
                                        spp_private_key_get_public_key (world->own_key), NULL,
                                        spp_test_result_cb, &result);
      spp_test_await (&result);
      caller = spp_client_connect_finish (fixture->friend, result, NULL);
    }
  called = hostile_world_take_session (world, HOSTILE_SERVICE);
  g_assert_cmpuint (spp_session_get_protocol_version (called), ==, 2);
  spp_session_send_async (caller, greeting, NULL, NULL, NULL);
  hostile_expect_message (called, 10, 1);
  time = g_get_monotonic_time () - start;
  g_assert_cmpint (time, <, PATIENCE);
  fixture->longest_call = MAX (fixture->longest_call, time);
  fixture->n_calls++;
  hostile_finish (caller);
  hostile_finish (called);
}

static void
test_flood (gconstpointer data)
{
  const Flood *flood = data;
  Fixture fixture = { 0 };
  guint descriptors;
  guint source;

  g_test_summary ("While 2,400 connections say message 1 and no more, and after, a friend gets a "
                  "session within a second, and descriptors stay bounded");
  hostile2_set_up (&fixture.world, NULL);
  fixture.friend = spp_client_new (fixture.world.friend_key);
  start_flooders (&fixture, flood);
  descriptors = hostile_count_descriptors ();
  source = g_timeout_add (1, on_tick, &fixture);

  while (fixture.world.refusals->len < BEGUN)
    g_main_context_iteration (NULL, TRUE);
  do
    {
      call_as_friend (&fixture);
      g_main_context_iteration (NULL, TRUE);
    }
  while (!all_connected (&fixture));
  call_as_friend (&fixture);
  g_source_remove (source);

  g_test_message ("%u calls of the friend, the longest took %.3f s; "
                  "at most %u descriptors beside %u", fixture.n_calls,
                  fixture.longest_call / (double) G_USEC_PER_SEC,
                  fixture.most_descriptors - descriptors, descriptors);
  g_assert_cmpuint (fixture.most_descriptors, <=,
                    descriptors + flood->bound + OTHER_DESCRIPTORS);
  /* It did come to that many. */
  g_assert_cmpuint (fixture.most_descriptors, >=, descriptors + flood->bound);
  stop_flooders (&fixture);
  spp_test_await_finalize (fixture.friend);
  hostile2_tear_down (&fixture.world, NULL);
}

/* Who has said message 1 and waits when one more calls from the same address. */
static guint
find_replaced (HostileWorld *world)
{
  Hostile2Peer *peers[MAX_OF_ADDRESS + 1];
  guint replaced = 0;
  guint n_replaced = 0;

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      guint8 first[SPP2_MESSAGE1_FRAME];
      guint8 second[SPP2_MESSAGE2_FRAME];

      peers[i] = hostile2_connect (world, HOSTILE_SERVICE);
      spp2_hand_make_message1 (peers[i]->hand, first);
      hostile_peer_write (peers[i]->wire, first, sizeof first);
      g_assert_cmpuint (hostile_peer_read (peers[i]->wire, second, sizeof second), ==,
                        sizeof second);
    }
  spp_test_settle ();
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      if (hostile_peer_is_cut_off (peers[i]->wire))
        {
          replaced = i;
          n_replaced++;
        }
      hostile_stop (peers[i]->wire, HOSTILE_RESET);
      hostile2_peer_free (peers[i]);
    }
  g_assert_cmpuint (n_replaced, ==, 1);
  return replaced;
}

static void
test_random (HostileWorld  *world,
             gconstpointer  data)
{
  gboolean seen[MAX_OF_ADDRESS + 1] = { FALSE };
  guint n_seen = 0;

  g_test_summary ("One call too many replaces one at random, so that nobody can be thrown out "
                  "on purpose, but not itself");
  for (guint i = 0; i < TRIES && n_seen < MAX_OF_ADDRESS; i++)
    {
      guint replaced = find_replaced (world);

      g_assert_cmpuint (replaced, <, MAX_OF_ADDRESS);
      n_seen += !seen[replaced];
      seen[replaced] = TRUE;
      /* Those before have noticed by then that they were left. */
      while (world->refusals->len < (i + 1) * (MAX_OF_ADDRESS + 1))
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (n_seen, ==, MAX_OF_ADDRESS);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      g_autofree char *path = g_strdup_printf ("/spp/hostile2/flood/%s", floods[i].name);

      g_test_add_data_func (path, &floods[i], test_flood);
    }

  HOSTILE2_ADD ("/spp/hostile2/flood/random", NULL, test_random);

  return g_test_run ();
}
