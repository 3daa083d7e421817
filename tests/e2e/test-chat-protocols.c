/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Friends with other programs: one who speaks SPP/2 as we do, and one who has
 * nothing but SPP/1, which nobody has allowed yet.
 */

#include "e2e-peer.h"
#include "e2e-picture.h"
#include "e2e-steps.h"

#define QUESTION "Bob speaks only an old protocol, which protects less."
#define HEADING "Allow the old protocol with Bob?"

typedef struct
{
  char *folder;
  char *app_key;
  char *peer_private;
  char *peer_key;
  char *address;
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
  fixture->address =
    g_strdup_printf ("127.0.0.1:%u", e2e_steps_save_key (fixture->app, fixture->app_key));
}

static void
fixture_tear_down (Fixture      *fixture,
                   gconstpointer user_data)
{
  e2e_app_terminate (fixture->app);
  g_free (fixture->app_key);
  g_free (fixture->peer_private);
  g_free (fixture->peer_key);
  g_free (fixture->address);
  e2e_steps_drop_folder (fixture->folder);
}

static void
talk (Fixture *fixture,
      E2ePeer *peer)
{
  json_object_unref (e2e_peer_next (peer, "connected"));
  e2e_steps_connected (fixture->app);
  e2e_peer_send (peer, "Привет из Python 🐍");
  e2e_steps_sees (fixture->app, "Bob", "Привет из Python 🐍");
  e2e_steps_send (fixture->app, "И тебе привет 🙂");
  e2e_peer_expect_text (peer, "И тебе привет 🙂");
}

static void
test_spp2_calls (Fixture      *fixture,
                 gconstpointer user_data)
{
  E2ePeer *peer;

  g_test_summary ("Another program calls by SPP/2, talks, and says good-bye");

  e2e_steps_add_friend (fixture->app, fixture->peer_key, "Bob", 0);
  e2e_steps_select (fixture->app, "Bob");
  peer = e2e_peer_start_spp2 (fixture->peer_private, fixture->app_key, fixture->address);
  talk (fixture, peer);
  e2e_steps_lock (fixture->app, "Protected by SPP/2", "SPP/2", NULL);
  e2e_peer_close (peer);
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, "Went offline");
  e2e_wait_shown (fixture->app, NULL, E2E_BUTTON, "No Connection");
  e2e_picture ("40-went-offline");
}

static void
test_spp2_listens (Fixture      *fixture,
                   gconstpointer user_data)
{
  E2ePeer *peer;

  g_test_summary ("Another program is called by SPP/2, and is cut off");

  peer = e2e_peer_start_spp2 (fixture->peer_private, fixture->app_key, NULL);
  e2e_steps_add_friend (fixture->app, fixture->peer_key, "Bob", e2e_peer_wait_port (peer));
  e2e_steps_select (fixture->app, "Bob");
  talk (fixture, peer);
  e2e_steps_lock (fixture->app, "Protected by SPP/2", "SPP/2", NULL);
  e2e_peer_command (peer, "{\"cut\":true}");
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, "The connection to Bob was lost.");
  e2e_peer_close (peer);
}

/* What the window of a friend says about SPP/1. */
static void
expect_allowed (Fixture *fixture,
                gboolean allowed)
{
  e2e_activate (fixture->app, NULL, "win.edit-friend");
  e2e_wait_window (fixture->app, "Edit Friend");
  e2e_wait_checked (fixture->app, "Edit Friend", "Compatible with spproto (SPP/1)", allowed);
  e2e_picture (allowed ? "43-edit-allowed" : "45-edit-refused");
  e2e_close_window (fixture->app, "Edit Friend");
  e2e_wait_no_window (fixture->app, "Edit Friend");
}

static void
test_allowed (Fixture      *fixture,
              gconstpointer user_data)
{
  E2ePeer *peer;

  g_test_summary ("Calling an old program asks; when that is allowed they talk");

  peer = e2e_peer_start (fixture->peer_private, fixture->app_key, NULL);
  e2e_steps_add_friend (fixture->app, fixture->peer_key, "Bob", e2e_peer_wait_port (peer));
  e2e_steps_select (fixture->app, "Bob");
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, QUESTION);
  e2e_picture ("41-old-protocol");

  e2e_press (fixture->app, NULL, "Allow…");
  e2e_wait_window (fixture->app, HEADING);
  e2e_picture ("42-allow");
  e2e_answer (fixture->app, HEADING, "Allow");
  talk (fixture, peer);
  e2e_steps_lock (fixture->app, "Protected Less, by SPP/1", "SPP/1", NULL);
  e2e_wait_gone (fixture->app, NULL, E2E_LABEL, QUESTION);
  expect_allowed (fixture, TRUE);
  e2e_peer_close (peer);
}

static void
be_refused (Fixture *fixture)
{
  E2ePeer *peer = e2e_peer_start (fixture->peer_private, fixture->app_key, fixture->address);

  json_object_unref (e2e_peer_next (peer, "closed"));
  e2e_peer_close (peer);
}

static void
test_refused (Fixture      *fixture,
              gconstpointer user_data)
{
  g_test_summary ("An old program that calls asks once; when that is refused it stays so");

  e2e_steps_add_friend (fixture->app, fixture->peer_key, "Bob", 0);
  e2e_steps_select (fixture->app, "Bob");
  be_refused (fixture);
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, QUESTION);
  e2e_picture ("44-old-protocol-called");

  e2e_press (fixture->app, NULL, "Allow…");
  e2e_wait_window (fixture->app, HEADING);
  e2e_answer (fixture->app, HEADING, "Don’t Allow");
  e2e_wait_gone (fixture->app, NULL, E2E_LABEL, QUESTION);
  be_refused (fixture);
  g_assert_false (e2e_is_shown (fixture->app, NULL, E2E_LABEL, QUESTION));
  expect_allowed (fixture, FALSE);
}

int
main (int   argc,
      char *argv[])
{
  e2e_init (&argc, &argv);
#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("/e2e/protocols/spp2-calls", test_spp2_calls);
  ADD ("/e2e/protocols/spp2-listens", test_spp2_listens);
  ADD ("/e2e/protocols/allowed", test_allowed);
  ADD ("/e2e/protocols/refused", test_refused);

  return g_test_run ();
}
