/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What SPP Chat refuses, and what it says when a friend cannot be reached. */

#include <gio/gio.h>

#include "e2e-peer.h"
#include "e2e-picture.h"
#include "e2e-steps.h"

typedef struct
{
  char *folder;
  char *own_key;
  char *friend_private;
  char *friend_key;
  E2eApp *app;
} Fixture;

static void
fixture_set_up (Fixture      *fixture,
                gconstpointer user_data)
{
  fixture->folder = e2e_steps_make_folder ();
  fixture->own_key = g_build_filename (fixture->folder, "alice.pub", NULL);
  fixture->friend_private = g_build_filename (fixture->folder, "friend.key", NULL);
  fixture->friend_key = g_build_filename (fixture->folder, "friend.pub", NULL);
  e2e_peer_generate (fixture->friend_private, fixture->friend_key);

  fixture->app = e2e_app_start ("alice", fixture->folder, 0);
  e2e_steps_first_start (fixture->app, "Alice");
}

static void
fixture_tear_down (Fixture      *fixture,
                   gconstpointer user_data)
{
  e2e_app_terminate (fixture->app);
  g_free (fixture->own_key);
  g_free (fixture->friend_private);
  g_free (fixture->friend_key);
  e2e_steps_drop_folder (fixture->folder);
}

static char *
read_own_key_text (E2eApp *app)
{
  char *text;

  e2e_press (app, NULL, "My Key");
  e2e_wait_window (app, "My Key");
  text = e2e_get_text (app, "My Key", E2E_ANY, "My Public Key");
  e2e_close_window (app, "My Key");
  e2e_wait_no_window (app, "My Key");
  g_assert_true (g_str_has_prefix (text, "spp1"));

  return text;
}

/* Pastes a key, and expects a sentence and no way to add it. */
static void
expect_refusal (E2eApp     *app,
                const char *key,
                const char *sentence)
{
  g_autofree char *said = NULL;

  e2e_set_text (app, "Add Friend", "Friend’s Key", key);
  said = e2e_wait_matching (app, "Add Friend", E2E_LABEL, sentence);
  g_test_message ("it says: %s", said);
  e2e_wait_sensitive (app, "Add Friend", E2E_BUTTON, "Add", FALSE);
}

static char *
dup_mistyped (const char *key)
{
  char *text = g_strdup (key);
  char *last = text + strlen (text) - 1;

  *last = *last == 'q' ? 'p' : 'q';

  return text;
}

static char *
read_as_hex (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *raw = NULL;
  GString *text = g_string_new (NULL);
  gsize length;

  g_file_get_contents (path, &raw, &length, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", (guint8) raw[i]);

  return g_string_free (text, FALSE);
}

static void
test_add_friend (Fixture      *fixture,
                 gconstpointer user_data)
{
  g_autofree char *own = read_own_key_text (fixture->app);
  g_autofree char *mistyped = dup_mistyped (own);
  g_autofree char *known = read_as_hex (fixture->friend_key);

  g_test_summary ("What cannot become a friend is refused with the reason");

  e2e_steps_add_friend (fixture->app, fixture->friend_key, "Bob", 0);
  e2e_press (fixture->app, NULL, "Add Friend");
  e2e_wait_window (fixture->app, "Add Friend");
  e2e_set_text (fixture->app, "Add Friend", "Name", "Somebody");

  expect_refusal (fixture->app, "good morning", "*not a key*");
  e2e_picture ("20-not-a-key");
  expect_refusal (fixture->app, own, "*your own key*");
  e2e_picture ("21-own-key");
  expect_refusal (fixture->app, known, "*Bob*already*");
  e2e_picture ("22-already-there");
  expect_refusal (fixture->app, mistyped, "*mistyped*");
  e2e_picture ("23-mistyped");

  e2e_close_window (fixture->app, "Add Friend");
  e2e_wait_no_window (fixture->app, "Add Friend");
}

/* A port at which nobody listens: one that was free a moment ago. */
static guint16
find_closed_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, &error);

  g_assert_no_error (error);
  g_socket_listener_close (listener);

  return port;
}

static void
test_connection_refused (Fixture      *fixture,
                         gconstpointer user_data)
{
  g_autofree char *said = NULL;

  g_test_summary ("A friend who cannot be reached gives a sentence and a way to try again");

  e2e_steps_add_friend (fixture->app, fixture->friend_key, "Bob", find_closed_port ());
  e2e_steps_select (fixture->app, "Bob");
  said = e2e_wait_matching (fixture->app, NULL, E2E_LABEL, "Cannot reach *connection refused*");
  e2e_picture ("24-connection-refused");
  e2e_press (fixture->app, NULL, "Retry");
  g_clear_pointer (&said, g_free);
  said = e2e_wait_matching (fixture->app, NULL, E2E_LABEL, "Cannot reach *connection refused*");
  e2e_wait_shown (fixture->app, NULL, E2E_BUTTON, "Retry");
}

int
main (int   argc,
      char *argv[])
{
  e2e_init (&argc, &argv);
  g_test_add ("/e2e/refusals/add-friend", Fixture, NULL, fixture_set_up, test_add_friend,
              fixture_tear_down);
  g_test_add ("/e2e/refusals/connection", Fixture, NULL, fixture_set_up, test_connection_refused,
              fixture_tear_down);

  return g_test_run ();
}
