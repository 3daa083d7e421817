/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* SPP Chat and the Python peer: who calls is tried both ways, and what the
 * peer may send to do harm.
 */

#include "e2e-peer.h"
#include "e2e-picture.h"
#include "e2e-steps.h"

#define MEBIBYTE (1024 * 1024)

typedef struct
{
  char *folder;
  char *app_key;
  char *peer_private;
  char *peer_key;
  guint16 port;
  E2eApp *app;
} Fixture;

static void
fixture_set_up (Fixture      *fixture,
                gconstpointer user_data)
{
  fixture->folder = e2e_steps_make_folder ();
  fixture->app_key = g_build_filename (fixture->folder, "alice.pub", NULL);
  fixture->peer_private = g_build_filename (fixture->folder, "peer.key", NULL);
  fixture->peer_key = g_build_filename (fixture->folder, "peer.pub", NULL);
  e2e_peer_generate (fixture->peer_private, fixture->peer_key);

  fixture->app = e2e_app_start ("alice", fixture->folder, 0);
  e2e_steps_first_start (fixture->app, "Alice");
  fixture->port = e2e_steps_save_key (fixture->app, fixture->app_key);
}

static void
fixture_tear_down (Fixture      *fixture,
                   gconstpointer user_data)
{
  e2e_app_terminate (fixture->app);
  g_free (fixture->app_key);
  g_free (fixture->peer_private);
  g_free (fixture->peer_key);
  e2e_steps_drop_folder (fixture->folder);
}

static E2ePeer *
start_caller (Fixture *fixture)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  E2ePeer *peer = e2e_peer_start (fixture->peer_private, fixture->app_key, address);
  g_autoptr (JsonObject) event = e2e_peer_next (peer, "connected");

  g_assert_nonnull (event);

  return peer;
}

static void
talk (Fixture    *fixture,
      E2ePeer    *peer,
      const char *picture)
{
  e2e_steps_connected (fixture->app);
  e2e_peer_send (peer, "Привет из Python 🐍");
  e2e_steps_sees (fixture->app, "Bob", "Привет из Python 🐍");
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, "Online");
  e2e_steps_send (fixture->app, "И тебе привет 🙂");
  e2e_peer_expect_text (peer, "И тебе привет 🙂");
  e2e_picture (picture);
}

static void
test_peer_calls (Fixture      *fixture,
                 gconstpointer user_data)
{
  E2ePeer *peer;

  g_test_summary ("The Python peer calls SPP Chat and they talk");

  e2e_steps_add_old_friend (fixture->app, fixture->peer_key, "Bob", 0);
  e2e_steps_select (fixture->app, "Bob");
  peer = start_caller (fixture);
  talk (fixture, peer, "10-peer-called");
  e2e_steps_lock (fixture->app, "Protected Less, by SPP/1", "SPP/1", "15-old-lock");
  e2e_peer_close (peer);
  e2e_wait_gone (fixture->app, NULL, E2E_LABEL, "Online");
  e2e_wait_shown (fixture->app, NULL, E2E_BUTTON, "No Connection");
}

static void
test_peer_listens (Fixture      *fixture,
                   gconstpointer user_data)
{
  E2ePeer *peer;
  guint16 port;

  g_test_summary ("SPP Chat calls the Python peer and they talk");

  peer = e2e_peer_start (fixture->peer_private, fixture->app_key, NULL);
  port = e2e_peer_wait_port (peer);
  e2e_steps_add_old_friend (fixture->app, fixture->peer_key, "Bob", port);
  e2e_steps_select (fixture->app, "Bob");
  json_object_unref (e2e_peer_next (peer, "connected"));
  talk (fixture, peer, "11-peer-listened");
  e2e_peer_close (peer);
}

/* A text of @count times @unit, as a command of the peer. */
static void
send_repeated (E2ePeer    *peer,
               const char *unit,
               gsize       count)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < count; i++)
    g_string_append (text, unit);
  e2e_peer_send (peer, text->str);
  g_string_free (text, TRUE);
}

static void
send_hostile_texts (Fixture *fixture,
                    E2ePeer *peer)
{
  static const char *const commands[] = {
    "{\"send_hex\":\"fffe80c0af\"}",
    "{\"send_hex\":\"eda080\"}",
    "{\"send_hex\":\"6100620063\"}",
    "{\"send_hex\":\"\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *after = g_strdup_printf ("after %" G_GSIZE_FORMAT, i);

      e2e_peer_command (peer, commands[i]);
      e2e_peer_send (peer, after);
      e2e_steps_sees (fixture->app, "Bob", after);
    }

  e2e_peer_send (peer, "<b>markup</b>&amp;");
  e2e_steps_sees (fixture->app, "Bob", "<b>markup</b>&amp;");
  e2e_peer_send (peer, "\u202Edcba\u202C \u2066x\u2069\u200F");
  send_repeated (peer, "\u0301", 2000);
  e2e_peer_send (peer, "after the marks");
  e2e_steps_sees (fixture->app, "Bob", "after the marks");
}

static void
test_hostile_texts (Fixture      *fixture,
                    gconstpointer user_data)
{
  g_autofree char *zeros = g_strdup_printf ("{\"send_zeros\":%d}", MEBIBYTE);
  E2ePeer *peer;

  g_test_summary ("No text of a friend keeps SPP Chat from answering");

  e2e_steps_add_old_friend (fixture->app, fixture->peer_key, "Bob", 0);
  e2e_steps_select (fixture->app, "Bob");
  peer = start_caller (fixture);
  e2e_steps_connected (fixture->app);

  send_hostile_texts (fixture, peer);
  e2e_picture ("12-hostile-texts");
  e2e_peer_command (peer, zeros);
  send_repeated (peer, "W", MEBIBYTE);
  send_repeated (peer, "a\n", MEBIBYTE / 2);
  e2e_peer_send (peer, "after the large ones");
  e2e_steps_sees (fixture->app, "Bob", "after the large ones");

  e2e_steps_send (fixture->app, "Still here");
  e2e_peer_expect_text (peer, "Still here");
  e2e_picture ("13-large-texts");
  e2e_peer_close (peer);
}

static void
test_stranger (Fixture      *fixture,
               gconstpointer user_data)
{
  g_autofree char *private_path = g_build_filename (fixture->folder, "stranger.key", NULL);
  g_autofree char *public_path = g_build_filename (fixture->folder, "stranger.pub", NULL);
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  E2ePeer *stranger, *peer;

  g_test_summary ("Somebody who is no friend gets nothing, and a friend still gets through");

  e2e_peer_generate (private_path, public_path);
  e2e_steps_add_old_friend (fixture->app, fixture->peer_key, "Bob", 0);
  e2e_steps_select (fixture->app, "Bob");

  stranger = e2e_peer_start (private_path, fixture->app_key, address);
  peer = start_caller (fixture);
  talk (fixture, peer, "14-beside-a-stranger");
  json_object_unref (e2e_peer_next (stranger, "closed"));
  e2e_peer_close (stranger);
  e2e_peer_close (peer);
}

int
main (int   argc,
      char *argv[])
{
  e2e_init (&argc, &argv);
  g_test_add ("/e2e/peer/calls", Fixture, NULL, fixture_set_up, test_peer_calls,
              fixture_tear_down);
  g_test_add ("/e2e/peer/listens", Fixture, NULL, fixture_set_up, test_peer_listens,
              fixture_tear_down);
  g_test_add ("/e2e/peer/hostile-texts", Fixture, NULL, fixture_set_up, test_hostile_texts,
              fixture_tear_down);
  g_test_add ("/e2e/peer/stranger", Fixture, NULL, fixture_set_up, test_stranger,
              fixture_tear_down);

  return g_test_run ();
}
