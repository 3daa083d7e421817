/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-flooding.h"

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
  HostileWorld *world;
  guint         n_flooders;
  SppClient    *friend;
  GSubprocess  *flooders[HOSTILE_MAX_FLOODERS];
  GAsyncResult *answers[HOSTILE_MAX_FLOODERS];
  guint         most_descriptors;
  guint         n_calls;
  gint64        longest_call;
} Fixture;

static void
start_flooders (Fixture            *fixture,
                const HostileFlood *flood)
{
  g_autofree char *port = g_strdup_printf ("%u", fixture->world->service_port);
  g_autofree char *count = g_strdup_printf ("%u", flood->n_connections);
  g_autofree char *n_sources = g_strdup_printf ("%u", flood->n_sources);

  for (guint i = 0; i < fixture->n_flooders; i++)
    {
      g_autoptr (GError) error = NULL;

      fixture->flooders[i] =
        g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                          g_getenv ("SPP_TEST_FLOOD"), port, count, flood->first_source,
                          n_sources, flood->says, NULL);
      g_assert_no_error (error);
      g_input_stream_read_bytes_async (g_subprocess_get_stdout_pipe (fixture->flooders[i]), 1,
                                       G_PRIORITY_DEFAULT, NULL,
                                       spp_test_result_cb, &fixture->answers[i]);
    }
}

static gboolean
all_connected (Fixture *fixture)
{
  for (guint i = 0; i < fixture->n_flooders; i++)
    if (fixture->answers[i] == NULL)
      return FALSE;
  return TRUE;
}

static void
stop_flooders (Fixture *fixture)
{
  for (guint i = 0; i < fixture->n_flooders; i++)
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
  HostileWorld *world = fixture->world;
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

void
hostile_flood_run (HostileWorld       *world,
                   const HostileFlood *flood)
{
  Fixture fixture = { .world = world, .n_flooders = flood->n_flooders };
  guint descriptors;
  guint source;

  g_assert_cmpuint (flood->n_flooders, <=, HOSTILE_MAX_FLOODERS);
  fixture.friend = spp_client_new (world->friend_key);
  start_flooders (&fixture, flood);
  descriptors = hostile_count_descriptors ();
  source = g_timeout_add (1, on_tick, &fixture);

  while (world->refusals->len < BEGUN)
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
}
