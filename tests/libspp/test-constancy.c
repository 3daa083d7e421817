/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-test-net.h"

/* Sessions before the first look, and between that and the last. */
#define WARM_UP 100
#ifdef __SANITIZE_ADDRESS__
# define SESSIONS 400
#else
# define SESSIONS 10000
#endif
/* How often the guard forgets all, so that what it remembers does not show. */
#define SESSIONS_A_GUARD 50
/* It keeps that many ephemerals of a friend. */
#define REMEMBERED 4096
/* 6.5 bytes a session: less than the smallest allocation takes. */
#define SLACK_KIB 64

typedef struct
{
  guint64 resident;      /* KiB */
  guint64 anonymous;     /* KiB, the part of it that comes from no file */
  guint64 locked;        /* KiB */
  guint   descriptors;
  guint   mappings;
} Usage;

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint count = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static char *
read_proc (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static guint64
get_field (const char *text,
           const char *field)
{
  const char *at = strstr (text, field);

  g_assert_nonnull (at);
  return g_ascii_strtoull (at + strlen (field), NULL, 10);
}

/* Counted from the lines, since a mapping has no other number. */
static guint
count_lines (const char *text)
{
  guint lines = 0;

  for (; *text != '\0'; text++)
    lines += *text == '\n';
  return lines;
}

static Usage
measure (const char *when)
{
  g_autofree char *rollup = read_proc ("/proc/self/smaps_rollup");
  g_autofree char *maps = read_proc ("/proc/self/maps");
  Usage usage;

  usage.resident = get_field (rollup, "\nRss:");
  usage.anonymous = get_field (rollup, "\nAnonymous:") + get_field (rollup, "\nSwap:");
  usage.locked = get_field (rollup, "\nLocked:");
  usage.descriptors = count_entries ("/proc/self/fd");
  usage.mappings = count_lines (maps);
  g_test_message ("%s: %" G_GUINT64_FORMAT " KiB resident, %" G_GUINT64_FORMAT
                  " KiB of them anonymous, %" G_GUINT64_FORMAT " KiB locked, "
                  "%u descriptors, %u mappings", when, usage.resident,
                  usage.anonymous, usage.locked, usage.descriptors, usage.mappings);
  return usage;
}

static void
run_session (SppTestNet         *net,
             GSocketConnectable *address,
             gboolean            alice_closes)
{
  g_autoptr (GError) error = NULL;
  SppSession *alice = spp_test_net_call (net, address, &error);
  SppSession *bob;

  g_assert_no_error (error);
  bob = g_object_ref (spp_test_net_await_session (net, 1));
  g_ptr_array_set_size (net->sessions, 0);
  if (alice_closes)
    spp_test_net_talk_and_close (alice, bob);
  else
    spp_test_net_talk_and_close (bob, alice);
  spp_test_await_finalize (alice);
  spp_test_await_finalize (bob);
}

static void
run_sessions (SppTestNet         *net,
              GSocketConnectable *address,
              guint               count)
{
  for (guint i = 0; i < count; i++)
    {
      if (i % SESSIONS_A_GUARD == 0)
        {
          g_autoptr (SppReplayGuard) guard = spp_replay_guard_new ();

          spp_client_set_replay_guard (net->client, guard);
          spp_service_set_replay_guard (net->service, guard);
        }
      run_session (net, address, i % 2 == 0);
    }
}

static void
test_sessions (SppTestNet    *net,
               gconstpointer  data)
{
  g_autoptr (GSocketAddress) address = spp_test_net_listen (net, "127.0.0.1", 0);
  gint64 begin;
  Usage before, after;

  g_test_summary ("Ten thousand sessions take no more memory and descriptors than a hundred");
  run_sessions (net, G_SOCKET_CONNECTABLE (address), WARM_UP);
  before = measure ("After the first ones");
  begin = g_get_monotonic_time ();
  run_sessions (net, G_SOCKET_CONNECTABLE (address), SESSIONS);
  g_test_message ("%u sessions in %.1f s", SESSIONS,
                  (g_get_monotonic_time () - begin) / (double) G_USEC_PER_SEC);
  after = measure ("At the end");

  g_assert_cmpuint (after.descriptors, ==, before.descriptors);
#ifndef __SANITIZE_ADDRESS__
  /* A sanitizer keeps what was freed for a while. */
  g_assert_cmpuint (after.anonymous, <=, before.anonymous + SLACK_KIB);
  g_assert_cmpuint (after.locked, <=, before.locked);
  g_assert_cmpuint (after.mappings, <=, before.mappings + 8);
#endif
}

static void
remember (SppReplayGuard *guard,
          SppPublicKey   *friend,
          guint           first,
          guint           count)
{
  for (guint i = first; i < first + count; i++)
    {
      guint8 bytes[SPP_CRYPTO_X25519_SIZE] = { i & 0xff, i >> 8 & 0xff, i >> 16 };
      g_autoptr (GBytes) ephemeral = g_bytes_new (bytes, sizeof bytes);

      g_assert_true (spp_replay_guard_remember (guard, friend, ephemeral));
    }
}

static void
test_guard (void)
{
  g_autoptr (SppReplayGuard) guard = spp_replay_guard_new ();
  g_autoptr (SppPrivateKey) key = spp_private_key_generate ();
  SppPublicKey *friend = spp_private_key_get_public_key (key);
  Usage before, after;

  g_test_summary ("What is remembered of a friend's hellos is bounded");
  remember (guard, friend, 0, 2 * REMEMBERED);
  before = measure ("With a full guard");
  remember (guard, friend, 2 * REMEMBERED, 10 * REMEMBERED);
  after = measure ("After ten times as many");
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpuint (after.anonymous, <=, before.anonymous + SLACK_KIB);
#else
  g_assert_cmpuint (after.descriptors, ==, before.descriptors);
#endif
}

/* Tens of thousands of lines would say the same. */
static void
drop_message (const char     *domain,
              GLogLevelFlags  level,
              const char     *message,
              gpointer        user_data)
{
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_log_set_handler ("spp", G_LOG_LEVEL_DEBUG, drop_message, NULL);
  g_log_set_handler ("GLib-GIO", G_LOG_LEVEL_DEBUG, drop_message, NULL);
  g_test_add_func ("/spp/constancy/guard", test_guard);
  g_test_add ("/spp/constancy/sessions", SppTestNet, NULL,
              spp_test_net_set_up, test_sessions, spp_test_net_tear_down);

  return g_test_run ();
}
