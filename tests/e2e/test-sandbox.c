/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The application in its sandbox, and one outside, on one desktop. Which of the
 * tests can pass depends on the portals that are there.
 */

#include <gio/gio.h>

#include "e2e-notifications.h"
#include "e2e-picture.h"
#include "e2e-steps.h"
#include "e2e-wait.h"

#define LEFT 0
#define RIGHT 1050
#define NARROW 360
#define KEPT 800
#define FROM_OUTSIDE "Is it tight in there? 👋"
#define FROM_INSIDE "Cosy 🏖"

typedef struct
{
  char *folder;
  char *inside_key;
  char *outside_key;
  E2eApp *inside;
  E2eApp *outside;
} Fixture;

static void
fixture_set_up (Fixture      *fixture,
                gconstpointer user_data)
{
  fixture->folder = e2e_steps_make_folder ();
  fixture->inside_key = g_build_filename (fixture->folder, "inside.pub", NULL);
  fixture->outside_key = g_build_filename (fixture->folder, "outside.pub", NULL);
}

static void
fixture_tear_down (Fixture      *fixture,
                   gconstpointer user_data)
{
  g_free (fixture->inside_key);
  g_free (fixture->outside_key);
  e2e_steps_drop_folder (fixture->folder);
}

/* Each test has profiles of its own: what is kept in the sandbox outlives it. */
static void
start_inside (Fixture    *fixture,
              const char *profile)
{
  fixture->inside = e2e_app_start_sandboxed (profile, fixture->folder, LEFT);
  e2e_wait_window (fixture->inside, NULL);
}

static void
start_outside (Fixture *fixture)
{
  fixture->outside = e2e_app_start ("outside", fixture->folder, RIGHT);
  e2e_wait_window (fixture->outside, NULL);
}

static void
open_conversations (Fixture *fixture)
{
  e2e_steps_select (fixture->inside, "Oscar");
  e2e_steps_select (fixture->outside, "Ida");
  e2e_steps_connected (fixture->inside);
  e2e_steps_connected (fixture->outside);
}

static void
talk (Fixture *fixture)
{
  e2e_steps_send (fixture->outside, FROM_OUTSIDE);
  e2e_steps_sees (fixture->inside, "Oscar", FROM_OUTSIDE);
  e2e_steps_send (fixture->inside, FROM_INSIDE);
  e2e_steps_sees (fixture->outside, "Ida", FROM_INSIDE);
}

static void
quit_both (Fixture *fixture)
{
  e2e_app_terminate (fixture->inside);
  e2e_app_terminate (fixture->outside);
}

/* Where the application keeps its settings, as seen from outside. */
static gboolean
is_width_kept (gpointer user_data)
{
  g_autofree char *path = g_build_filename (g_get_home_dir (), ".var", "app", "org.spproto.Chat",
                                            "config", "glib-2.0", "settings", "keyfile", NULL);
  g_autoptr (GKeyFile) settings = g_key_file_new ();

  return g_key_file_load_from_file (settings, path, G_KEY_FILE_NONE, NULL)
         && g_key_file_get_integer (settings, "org/spproto/Chat", "window-width", NULL) == KEPT;
}

/* What fits outside has to fit with the toolkit inside. */
static void
take_pictures (Fixture *fixture)
{
  e2e_picture ("sandbox-wide");
  e2e_set_width (fixture->inside, NULL, NARROW);
  e2e_picture ("sandbox-narrow");
  e2e_set_width (fixture->inside, NULL, KEPT);
}

static void
test_chat (Fixture      *fixture,
           gconstpointer user_data)
{
  guint16 port;

  g_test_summary ("One in the sandbox and one outside become friends by files, and talk, before "
                  "and after a restart");

  start_inside (fixture, "default");
  start_outside (fixture);
  e2e_steps_first_start (fixture->inside, "Ida");
  e2e_steps_first_start (fixture->outside, "Oscar");
  e2e_steps_save_key (fixture->inside, fixture->inside_key);
  port = e2e_steps_save_key (fixture->outside, fixture->outside_key);
  /* The sandbox calls out, to where somebody is after a restart, too. */
  e2e_steps_set_port (fixture->outside, port);
  e2e_steps_add_friend (fixture->outside, fixture->inside_key, "Ida", 0);
  e2e_steps_add_friend (fixture->inside, fixture->outside_key, "Oscar", port);
  open_conversations (fixture);
  talk (fixture);
  e2e_steps_lock (fixture->inside, "Protected by SPP/2", "SPP/2", "sandbox-lock");
  take_pictures (fixture);
  quit_both (fixture);
  g_assert_true (e2e_wait_until (is_width_kept, NULL));

  start_outside (fixture);
  start_inside (fixture, "default");
  open_conversations (fixture);
  e2e_steps_sees (fixture->inside, "Oscar", FROM_OUTSIDE);
  e2e_steps_sees (fixture->inside, "You", FROM_INSIDE);
  talk (fixture);
  quit_both (fixture);
}

/* Both know each other by the text of their keys; who is inside is called. */
static void
become_friends (Fixture    *fixture,
                const char *profile)
{
  g_autofree char *inside_key = NULL;
  g_autofree char *outside_key = NULL;
  guint16 inside_port, outside_port;

  start_inside (fixture, profile);
  start_outside (fixture);
  e2e_steps_first_start (fixture->inside, "Ida");
  e2e_steps_first_start (fixture->outside, "Oscar");
  inside_key = e2e_steps_copy_key (fixture->inside, &inside_port);
  outside_key = e2e_steps_copy_key (fixture->outside, &outside_port);
  e2e_steps_add_friend_by_text (fixture->inside, outside_key, "Oscar", 0);
  e2e_steps_add_friend_by_text (fixture->outside, inside_key, "Ida", inside_port);
  open_conversations (fixture);
}

static void
test_called (Fixture      *fixture,
             gconstpointer user_data)
{
  g_test_summary ("One in the sandbox is called from outside");

  become_friends (fixture, "called");
  talk (fixture);
  quit_both (fixture);
}

static void
test_notification (Fixture      *fixture,
                   gconstpointer user_data)
{
  E2eNotifications *server = e2e_notifications_new (TRUE);
  const E2eNotification *shown;

  g_test_summary ("A message that comes while the user looks elsewhere shows as a notification, "
                  "until it has been read");

  become_friends (fixture, "notified");
  e2e_wait_window (fixture->outside, NULL);
  e2e_steps_send (fixture->outside, FROM_OUTSIDE);
  shown = e2e_notifications_wait (server, "Oscar", "New message");
  g_assert_cmpuint (e2e_notifications_count (server), ==, 1);
  g_assert_true (shown->has_default_action);
  e2e_wait_window (fixture->inside, NULL);
  e2e_notifications_wait_none (server);
  quit_both (fixture);
  e2e_notifications_free (server);
}

static void
test_post_quantum (Fixture      *fixture,
                   gconstpointer user_data)
{
  g_autofree char *left_key = NULL;
  g_autofree char *right_key = NULL;
  guint16 left_port, right_port;
  E2eApp *left, *right;

  g_test_summary ("Two in sandboxes have a libsodium with ML-KEM, and use it");

  left = e2e_app_start_sandboxed ("left", fixture->folder, LEFT);
  e2e_wait_window (left, NULL);
  right = e2e_app_start_sandboxed ("right", fixture->folder, RIGHT);
  e2e_wait_window (right, NULL);
  e2e_steps_first_start (left, "Lea");
  e2e_steps_first_start (right, "Rita");
  left_key = e2e_steps_copy_key (left, &left_port);
  right_key = e2e_steps_copy_key (right, &right_port);
  e2e_steps_add_friend_by_text (left, right_key, "Rita", 0);
  e2e_steps_add_friend_by_text (right, left_key, "Lea", left_port);
  e2e_steps_select (right, "Lea");
  e2e_steps_select (left, "Rita");
  e2e_steps_connected (right);
  e2e_steps_send (right, "Quantum?");
  e2e_steps_sees (left, "Rita", "Quantum?");
  e2e_steps_send (left, "Post-quantum.");
  e2e_steps_sees (right, "Lea", "Post-quantum.");
  e2e_steps_lock (left, "Protected by SPP/2", "Yes, by ML-KEM", "sandbox-post-quantum");
  e2e_steps_lock (right, "Protected by SPP/2", "Yes, by ML-KEM", NULL);
  e2e_app_terminate (left);
  e2e_app_terminate (right);
}

static void
test_port_taken (Fixture      *fixture,
                 gconstpointer user_data)
{
  g_autofree char *key = NULL;
  g_autofree char *text = NULL;
  g_autofree char *sentence = NULL;
  guint16 taken, before, after;

  g_test_summary ("A port that somebody outside has is refused with a sentence, and the old one "
                  "goes on");

  start_outside (fixture);
  e2e_steps_first_start (fixture->outside, "Oscar");
  g_free (e2e_steps_copy_key (fixture->outside, &taken));
  start_inside (fixture, "port");
  e2e_steps_first_start (fixture->inside, "Ida");
  g_free (e2e_steps_copy_key (fixture->inside, &before));

  text = g_strdup_printf ("%u", taken);
  sentence = g_strdup_printf ("Port %u is in use by another program. Choose another one.", taken);
  e2e_key (fixture->inside, NULL, "Control_L", "comma");
  e2e_wait_window (fixture->inside, "Preferences");
  e2e_click (fixture->inside, "Preferences", E2E_FIELD, "Listening Port");
  e2e_set_text (fixture->inside, "Preferences", "Listening Port", text);
  e2e_key (fixture->inside, "Preferences", NULL, "Return");
  e2e_wait_shown (fixture->inside, "Preferences", E2E_LABEL, sentence);
  e2e_picture ("sandbox-port-taken");
  e2e_close_window (fixture->inside, "Preferences");
  e2e_wait_no_window (fixture->inside, "Preferences");
  g_free (e2e_steps_copy_key (fixture->inside, &after));
  g_assert_cmpuint (after, ==, before);
  quit_both (fixture);
}

/* Starts what is in the sandbox while the one outside has the name on the bus. */
static void
expect_refusal (void)
{
  g_autofree char *command = g_strdup_printf ("%s --profile same", g_getenv ("E2E_SANDBOXED"));
  g_autofree char *messages = NULL;
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_spawn_command_line_sync (command, NULL, &messages, &status, &error);
  g_assert_no_error (error);
  g_assert_false (g_spawn_check_wait_status (status, NULL));
  g_test_message ("%s", messages);
  g_assert_nonnull (strstr (messages, "SPP Chat is running already with its data in "));
}

static void
test_own_profile (Fixture      *fixture,
                  gconstpointer user_data)
{
  g_autofree char *outside_key = NULL;
  g_autofree char *inside_key = NULL;
  guint16 port;

  g_test_summary ("Of a profile of the same name outside nothing is seen in the sandbox, and "
                  "nothing is changed");

  fixture->outside = e2e_app_start ("same", fixture->folder, RIGHT);
  e2e_steps_first_start (fixture->outside, "Oscar");
  outside_key = e2e_steps_copy_key (fixture->outside, &port);
  expect_refusal ();
  e2e_app_terminate (fixture->outside);

  start_inside (fixture, "same");
  e2e_steps_first_start (fixture->inside, "Ida");
  inside_key = e2e_steps_copy_key (fixture->inside, &port);
  g_assert_cmpstr (inside_key, !=, outside_key);
  e2e_app_terminate (fixture->inside);

  g_clear_pointer (&inside_key, g_free);
  fixture->outside = e2e_app_start ("same", fixture->folder, RIGHT);
  e2e_wait_window (fixture->outside, NULL);
  inside_key = e2e_steps_copy_key (fixture->outside, &port);
  g_assert_cmpstr (inside_key, ==, outside_key);
  e2e_app_terminate (fixture->outside);
}

static void
test_cannot_save (Fixture      *fixture,
                  gconstpointer user_data)
{
  g_test_summary ("Where files cannot be handed to the sandbox, saving says so and nothing else "
                  "suffers");

  start_inside (fixture, "files");
  e2e_steps_first_start (fixture->inside, "Ida");
  e2e_press (fixture->inside, NULL, "My Key");
  e2e_wait_window (fixture->inside, "My Key");
  e2e_press (fixture->inside, "My Key", "Save Public Key…");
  e2e_save_as (fixture->inside, fixture->inside_key);
  g_free (e2e_wait_matching (fixture->inside, "My Key", E2E_LABEL, "The key was not saved: *"));
  e2e_picture_now ("sandbox-cannot-save");
  g_assert_false (g_file_test (fixture->inside_key, G_FILE_TEST_EXISTS));
  e2e_close_window (fixture->inside, "My Key");
  e2e_wait_no_window (fixture->inside, "My Key");
  e2e_app_terminate (fixture->inside);
}

int
main (int    argc,
      char **argv)
{
  e2e_init (&argc, &argv);

#define ADD(path, test) \
  g_test_add ("/sandbox/" path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)
  ADD ("with-portals/chat", test_chat);
  ADD ("with-portals/notification", test_notification);
  ADD ("with-portals/post-quantum", test_post_quantum);
  ADD ("with-portals/port-taken", test_port_taken);
  ADD ("with-portals/own-profile", test_own_profile);
  ADD ("without-portals/called", test_called);
  ADD ("with-lost-documents/cannot-save", test_cannot_save);
  ADD ("without-documents/called", test_called);
#undef ADD

  return g_test_run ();
}
