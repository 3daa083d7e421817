/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Two people with SPP Chat: from the first start to a conversation that is
 * still there after both have quit.
 */

#include "e2e-picture.h"
#include "e2e-steps.h"

#define LEFT 0
#define RIGHT 1050
#define FROM_BOB "Привет, Alice! 👋"
#define FROM_ALICE "Здравствуй, Bob 🌻"

typedef struct
{
  char *folder;
  char *alice_home;
  char *bob_home;
  char *alice_key;
  char *bob_key;
  E2eApp *alice;
  E2eApp *bob;
} Fixture;

static void
fixture_set_up (Fixture      *fixture,
                gconstpointer user_data)
{
  fixture->folder = e2e_steps_make_folder ();
  fixture->alice_home = g_build_filename (fixture->folder, "alice", NULL);
  fixture->bob_home = g_build_filename (fixture->folder, "bob", NULL);
  fixture->alice_key = g_build_filename (fixture->folder, "alice.pub", NULL);
  fixture->bob_key = g_build_filename (fixture->folder, "bob.pub", NULL);
  g_assert_cmpint (g_mkdir_with_parents (fixture->alice_home, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (fixture->bob_home, 0700), ==, 0);
}

static void
fixture_tear_down (Fixture      *fixture,
                   gconstpointer user_data)
{
  g_free (fixture->alice_home);
  g_free (fixture->bob_home);
  g_free (fixture->alice_key);
  g_free (fixture->bob_key);
  e2e_steps_drop_folder (fixture->folder);
}

static void
start_both (Fixture *fixture)
{
  fixture->alice = e2e_app_start ("alice", fixture->alice_home, LEFT);
  fixture->bob = e2e_app_start ("bob", fixture->bob_home, RIGHT);
  e2e_wait_window (fixture->alice, NULL);
  e2e_wait_window (fixture->bob, NULL);
}

static void
become_friends (Fixture *fixture)
{
  guint16 port;

  e2e_wait_shown (fixture->alice, NULL, E2E_FIELD, "Your Name");
  e2e_wait_shown (fixture->bob, NULL, E2E_FIELD, "Your Name");
  e2e_picture ("01-first-start");
  e2e_steps_first_start (fixture->alice, "Alice");
  e2e_steps_first_start (fixture->bob, "Bob");
  e2e_picture ("02-no-friends-yet");

  port = e2e_steps_save_key (fixture->alice, fixture->alice_key);
  e2e_steps_save_key (fixture->bob, fixture->bob_key);
  /* Where Alice listens must be the same after a restart. */
  e2e_steps_set_port (fixture->alice, port);

  e2e_steps_add_friend (fixture->alice, fixture->bob_key, "Bob", 0);
  e2e_steps_add_friend (fixture->bob, fixture->alice_key, "Alice", port);
  e2e_picture ("03-friends");
}

static void
open_conversation (Fixture *fixture)
{
  e2e_steps_select (fixture->alice, "Bob");
  e2e_steps_select (fixture->bob, "Alice");
  e2e_steps_connected (fixture->bob);
  e2e_steps_connected (fixture->alice);
}

static void
write_by_keyboard (E2eApp *app)
{
  e2e_click (app, NULL, E2E_FIELD, "Message");
  e2e_key (app, NULL, NULL, "h");
  e2e_key (app, NULL, NULL, "i");
  e2e_key (app, NULL, "Shift_L", "Return");
  e2e_wait_text (app, NULL, E2E_FIELD, "Message", "hi\n");
  e2e_key (app, NULL, NULL, "o");
  e2e_key (app, NULL, NULL, "k");
  e2e_key (app, NULL, NULL, "Return");
  e2e_steps_sees (app, "You", "hi*ok");
}

static void
expect_history (Fixture *fixture)
{
  e2e_steps_sees (fixture->alice, "Bob", FROM_BOB);
  e2e_steps_sees (fixture->alice, "You", FROM_ALICE);
  e2e_steps_sees (fixture->bob, "You", FROM_BOB);
  e2e_steps_sees (fixture->bob, "Alice", FROM_ALICE);
}

static void
quit_both (Fixture *fixture)
{
  /* The two ways in which an application is told to end. */
  e2e_app_terminate (fixture->alice);
  e2e_wait_shown (fixture->bob, NULL, E2E_LABEL, "Went offline");
  e2e_close_window (fixture->bob, NULL);
  e2e_app_end (fixture->bob);
}

static void
test_two_friends (Fixture      *fixture,
                  gconstpointer user_data)
{
  g_test_summary ("Two people become friends and talk, before and after a restart");

  start_both (fixture);
  become_friends (fixture);

  open_conversation (fixture);
  e2e_steps_send (fixture->bob, FROM_BOB);
  e2e_steps_sees (fixture->alice, "Bob", FROM_BOB);
  e2e_steps_send (fixture->alice, FROM_ALICE);
  e2e_steps_sees (fixture->bob, "Alice", FROM_ALICE);
  e2e_wait_shown (fixture->alice, NULL, E2E_LABEL, "Online");
  e2e_wait_shown (fixture->bob, NULL, E2E_LABEL, "Online");
  write_by_keyboard (fixture->bob);
  e2e_steps_sees (fixture->alice, "Bob", "hi*ok");
  e2e_picture ("04-conversation");
  e2e_steps_lock (fixture->alice, "Protected by SPP/2", "SPP/2", "06-lock");
  e2e_steps_lock (fixture->bob, "Protected by SPP/2", "SPP/2", NULL);
  quit_both (fixture);

  start_both (fixture);
  open_conversation (fixture);
  expect_history (fixture);
  e2e_steps_lock (fixture->alice, "Protected by SPP/2", "SPP/2", NULL);
  e2e_steps_send (fixture->alice, "And again");
  e2e_steps_sees (fixture->bob, "Alice", "And again");
  e2e_picture ("05-after-restart");
  quit_both (fixture);
}

int
main (int   argc,
      char *argv[])
{
  e2e_init (&argc, &argv);
  g_test_add ("/e2e/chat/two-friends", Fixture, NULL, fixture_set_up, test_two_friends,
              fixture_tear_down);

  return g_test_run ();
}
