/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-world.h"

/* Together 5,000 connections, of processes with as many descriptors as most
 * systems allow each without being asked. */
#define N_FLOODERS 5
#define FLOODER_CONNECTIONS 1000
/* When so many calls have come to nothing, it has begun. */
#define BEGUN 300

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
    { "one-address", "127.0.0.2", 1, 8 },
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
                          g_getenv ("SPP_TEST_FLOOD"), port, count, flood->first_source,
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
      g_autoptr (GBytes) line = NULL;
      g_autoptr (GError) error = NULL;

      line = g_input_stream_read_bytes_finish (g_subprocess_get_stdout_pipe (fixture->flooders[i]),
                                               fixture->answers[i], &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_bytes_get_size (line), ==, 1);
      g_output_stream_close (g_subprocess_get_stdin_pipe (fixture->flooders[i]), NULL, &error);
      g_assert_no_error (error);
      g_assert_true (g_subprocess_wait_check (fixture->flooders[i], NULL, &error));
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
      g_autoptr (GError) error = NULL;

      spp_client_connect_to_host_async (fixture->friend, "127.0.0.1", world->service_port,
                                        spp_private_key_get_public_key (world->own_key), NULL,
                                        spp_test_result_cb, &result);
      spp_test_await (&result);
      caller = spp_client_connect_finish (fixture->friend, result, &error);
    }
  called = hostile_world_take_session (world, HOSTILE_SERVICE);
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

  g_test_summary ("While 5,000 connections say nothing, and after, a friend gets a session "
                  "within a second, and descriptors stay bounded");
  hostile_world_set_up (&fixture.world, NULL);
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
  hostile_world_tear_down (&fixture.world, NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      g_autofree char *path = g_strdup_printf ("/spp/hostile/flood/%s", floods[i].name);

      g_test_add_data_func (path, &floods[i], test_flood);
    }

  return g_test_run ();
}
