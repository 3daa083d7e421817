/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* How the desktop starts and calls SPP Chat, and what stays after a restart. */

#include <gio/gio.h>
#include <signal.h>

#include "e2e-bus.h"
#include "e2e-peer.h"
#include "e2e-settings.h"
#include "e2e-steps.h"
#include "e2e-wait.h"
#include "e2e-x11.h"

#define ALICE "alice"
#define WIDTH 700
#define HEIGHT 500
#define KEY_IS_RECOGNISED "This is a key. Compare its fingerprint:"

typedef struct
{
  char *folder;
  char *bob_private;
  char *bob_key;
  char *bob_link;
  char *alice_id;
  const char *app_id;
  E2eApp *app;
} Fixture;

static char *
read_as_link (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *raw = NULL;
  GString *text = g_string_new ("spp:");
  gsize length;

  g_file_get_contents (path, &raw, &length, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", (guint8) raw[i]);

  return g_string_free (text, FALSE);
}

static void
fixture_set_up (Fixture      *fixture,
                gconstpointer user_data)
{
  fixture->folder = e2e_steps_make_folder ();
  fixture->bob_private = g_build_filename (fixture->folder, "bob.key", NULL);
  fixture->bob_key = g_build_filename (fixture->folder, "bob.pub", NULL);
  e2e_peer_generate (fixture->bob_private, fixture->bob_key);
  fixture->bob_link = read_as_link (fixture->bob_key);
  fixture->app_id = g_getenv ("E2E_APP_ID");
  g_assert_nonnull (fixture->app_id);
  fixture->alice_id = g_strconcat (fixture->app_id, ".Profile." ALICE, NULL);
}

static void
fixture_tear_down (Fixture      *fixture,
                   gconstpointer user_data)
{
  if (fixture->app != NULL)
    e2e_app_terminate (fixture->app);
  g_free (fixture->bob_private);
  g_free (fixture->bob_key);
  g_free (fixture->bob_link);
  g_free (fixture->alice_id);
  e2e_steps_drop_folder (fixture->folder);
}

static void
start_alice (Fixture *fixture)
{
  fixture->app = e2e_app_start (ALICE, fixture->folder, 0);
  e2e_wait_window (fixture->app, NULL);
}

/* As the desktop's launcher does: another process, which hands it on. */
static void
open_on_command_line (Fixture    *fixture,
                      const char *link)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) process = NULL;

  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", fixture->folder, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("E2E_PROGRAM"), "--profile",
                                         ALICE, link, NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check (process, NULL, &error);
  g_assert_no_error (error);
}

static void
open_on_bus (Fixture    *fixture,
             const char *uri,
             const char *other)
{
  const char *const uris[] = { uri, other, NULL };

  e2e_bus_call (fixture->alice_id, "Open",
                g_variant_new ("(@asa{sv})", g_variant_new_strv (uris, -1), NULL));
}

static void
expect_one_window (Fixture *fixture)
{
  g_assert_cmpuint (e2e_x11_count (e2e_app_get_pid (fixture->app), "Add Friend"), ==, 1);
}

static void
test_links (Fixture      *fixture,
            gconstpointer user_data)
{
  g_autofree char *shouted = g_ascii_strup (fixture->bob_link, -1);
  g_autofree char *file = g_filename_to_uri (fixture->bob_key, NULL, NULL);
  g_autofree char *said = NULL;

  g_test_summary ("A link opens Add Friend with its key, in the window that is open");

  start_alice (fixture);
  e2e_steps_first_start (fixture->app, "Alice");

  open_on_command_line (fixture, fixture->bob_link);
  e2e_wait_window (fixture->app, "Add Friend");
  e2e_wait_shown (fixture->app, "Add Friend", E2E_LABEL, KEY_IS_RECOGNISED);
  e2e_set_text (fixture->app, "Add Friend", "Name", "Somebody Else");

  /* Of several the first, and the name was for another key */
  open_on_bus (fixture, "spp:good%00morning", fixture->bob_link);
  said = e2e_wait_matching (fixture->app, "Add Friend", E2E_LABEL, "*not a key*");
  e2e_wait_text (fixture->app, "Add Friend", E2E_FIELD, "Name", "");
  e2e_wait_sensitive (fixture->app, "Add Friend", E2E_BUTTON, "Add", FALSE);
  expect_one_window (fixture);

  open_on_bus (fixture, shouted, NULL);
  e2e_wait_shown (fixture->app, "Add Friend", E2E_LABEL, KEY_IS_RECOGNISED);
  expect_one_window (fixture);

  open_on_bus (fixture, NULL, NULL);
  open_on_bus (fixture, file, NULL);
  e2e_wait_text (fixture->app, "Add Friend", E2E_FIELD, "Friend’s Key", "spp1*");
  e2e_wait_shown (fixture->app, "Add Friend", E2E_LABEL, KEY_IS_RECOGNISED);
  expect_one_window (fixture);

  /* Pasting is not another thing than opening */
  e2e_set_text (fixture->app, "Add Friend", "Friend’s Key", fixture->bob_link);
  e2e_wait_shown (fixture->app, "Add Friend", E2E_LABEL, KEY_IS_RECOGNISED);
  e2e_set_text (fixture->app, "Add Friend", "Name", "Bob");
  e2e_press (fixture->app, "Add Friend", "Add");
  e2e_wait_no_window (fixture->app, "Add Friend");
  e2e_wait_shown (fixture->app, NULL, E2E_ROW, "Bob");

  /* And a new window once that one has gone */
  open_on_bus (fixture, fixture->bob_link, NULL);
  e2e_wait_window (fixture->app, "Add Friend");
  g_clear_pointer (&said, g_free);
  said = e2e_wait_matching (fixture->app, "Add Friend", E2E_LABEL, "*Bob*already*");
}

static void
test_link_first (Fixture      *fixture,
                 gconstpointer user_data)
{
  g_test_summary ("A link that is there before the profile waits for it");

  start_alice (fixture);
  e2e_wait_shown (fixture->app, NULL, E2E_FIELD, "Your Name");
  open_on_bus (fixture, fixture->bob_link, NULL);
  e2e_set_text (fixture->app, NULL, "Your Name", "Alice");
  e2e_press (fixture->app, NULL, "Create Key");
  e2e_wait_window (fixture->app, "Add Friend");
  e2e_wait_shown (fixture->app, "Add Friend", E2E_LABEL, KEY_IS_RECOGNISED);
}

static void
show_chat (const char *name,
           const char *profile,
           gint64      id)
{
  GVariantBuilder parameters;

  g_variant_builder_init (&parameters, G_VARIANT_TYPE ("av"));
  g_variant_builder_add (&parameters, "v", g_variant_new ("(sx)", profile, id));
  e2e_bus_call (name, "ActivateAction",
                g_variant_new ("(sava{sv})", "show-chat", &parameters, NULL));
}

/* Each chat has its friend's name above it, beside the one in the list. */
static void
expect_chat (Fixture    *fixture,
             const char *name)
{
  g_autofree char *title = g_strdup_printf ("Remove %s?", name);

  e2e_activate (fixture->app, NULL, "win.remove-friend");
  e2e_wait_window (fixture->app, title);
  e2e_answer (fixture->app, title, "Cancel");
  e2e_wait_window (fixture->app, NULL);
}

static void
test_service (Fixture      *fixture,
              gconstpointer user_data)
{
  g_autofree char *messages = g_build_filename (fixture->folder, "messages-service", NULL);
  g_autofree char *text = NULL;
  g_autofree char *command =
    g_strdup_printf ("/bin/sh -c \"exec '%s' --gapplication-service 2>>'%s'\"",
                     g_getenv ("E2E_PROGRAM"), messages);
  const char *const no_uris[] = { NULL };
  GPid pid;

  g_test_summary ("The bus starts the service, which hands on what is for another profile, "
                  "ends when nobody wants it, and shows itself when activated");

  start_alice (fixture);
  e2e_steps_first_start (fixture->app, "Alice");
  e2e_steps_add_friend (fixture->app, fixture->bob_key, "Bob", 0);
  e2e_peer_generate (fixture->bob_private, fixture->bob_key);
  e2e_steps_add_friend (fixture->app, fixture->bob_key, "Carol", 0);
  e2e_bus_add_service (fixture->app_id, command);

  show_chat (fixture->alice_id, ALICE, 1);
  expect_chat (fixture, "Bob");
  show_chat (fixture->alice_id, ALICE, 77);
  show_chat (fixture->alice_id, ALICE, -1);
  show_chat (fixture->alice_id, "no such profile", 2);
  show_chat (fixture->alice_id, "nobody", 2);
  expect_chat (fixture, "Bob");

  show_chat (fixture->app_id, ALICE, 2);
  pid = e2e_bus_get_pid (fixture->app_id);
  g_assert_cmpint (pid, !=, 0);
  expect_chat (fixture, "Carol");
  e2e_bus_wait_no_name (fixture->app_id);
  g_assert_cmpuint (e2e_x11_count (pid, NULL), ==, 0);

  e2e_bus_call (fixture->app_id, "Open",
                g_variant_new ("(@asa{sv})", g_variant_new_strv (no_uris, -1), NULL));
  e2e_bus_call (fixture->app_id, "Activate", g_variant_new ("(a{sv})", NULL));
  pid = e2e_bus_get_pid (fixture->app_id);
  while (e2e_x11_count (pid, NULL) == 0)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (kill (pid, SIGTERM), ==, 0);
  e2e_bus_wait_no_name (fixture->app_id);

  g_file_get_contents (messages, &text, NULL, NULL);
  g_assert_null (strstr (text, "WARNING"));
  g_assert_null (strstr (text, "CRITICAL"));
}

typedef struct
{
  E2eApp *app;
  int width;
  int height;
} Size;

static gboolean
has_size (gpointer user_data)
{
  Size *size = user_data;
  AtspiAccessible *application = e2e_app_get_accessible (size->app);
  g_autoptr (AtspiAccessible) window = NULL;
  g_autoptr (AtspiComponent) component = NULL;
  g_autofree AtspiRect *place = NULL;

  window = application != NULL ? e2e_tree_window (application, NULL) : NULL;
  component = window != NULL ? atspi_accessible_get_component_iface (window) : NULL;
  if (component != NULL)
    place = atspi_component_get_extents (component, ATSPI_COORD_TYPE_WINDOW, NULL);

  return place != NULL && place->width == size->width && place->height == size->height;
}

static void
expect_size (Fixture *fixture,
             int      width,
             int      height)
{
  Size size = { fixture->app, width, height };

  if (!e2e_wait_until (has_size, &size))
    e2e_app_fail (fixture->app, "the window is not %d pixels wide and %d high", width, height);
}

static gboolean
is_resized (gpointer user_data)
{
  Size *size = user_data;

  return e2e_x11_resize (e2e_app_get_pid (size->app), NULL, size->width, size->height);
}

static void
resize (Fixture *fixture,
        int      width,
        int      height)
{
  Size size = { fixture->app, width, height };

  g_assert_true (e2e_wait_until (is_resized, &size));
  expect_size (fixture, width, height);
}

static void
expect_setting (Fixture    *fixture,
                const char *key,
                const char *value)
{
  g_autofree char *kept = e2e_settings_get (fixture->folder, key);

  g_assert_cmpstr (kept, ==, value);
}

static void
test_size (Fixture      *fixture,
           gconstpointer user_data)
{
  g_test_summary ("The window has the size that it had, whichever way it was closed");

  e2e_x11_pretend_compositor ();
  e2e_settings_set (fixture->folder, "window-width", G_STRINGIFY (WIDTH));
  e2e_settings_set (fixture->folder, "window-height", G_STRINGIFY (HEIGHT));
  start_alice (fixture);
  e2e_steps_first_start (fixture->app, "Alice");
  expect_size (fixture, WIDTH, HEIGHT);
  resize (fixture, WIDTH + 50, HEIGHT + 60);
  e2e_app_terminate (fixture->app);
  expect_setting (fixture, "window-width", "750");
  expect_setting (fixture, "window-height", "560");

  start_alice (fixture);
  expect_size (fixture, WIDTH + 50, HEIGHT + 60);
  resize (fixture, WIDTH, HEIGHT);
  e2e_close_window (fixture->app, NULL);
  e2e_app_end (g_steal_pointer (&fixture->app));
  expect_setting (fixture, "window-width", "700");

  /* The size to go back to stays while the window fills the screen */
  e2e_settings_set (fixture->folder, "window-maximized", "true");
  start_alice (fixture);
  e2e_app_terminate (g_steal_pointer (&fixture->app));
  expect_setting (fixture, "window-maximized", "true");
  expect_setting (fixture, "window-width", "700");
  e2e_settings_set (fixture->folder, "window-maximized", "false");

  /* What somebody wrote there by hand */
  e2e_settings_set (fixture->folder, "window-width", "-5");
  e2e_settings_set (fixture->folder, "window-height", "'high'");
  start_alice (fixture);
  expect_size (fixture, 1000, 680);
}

static gboolean
is_text_kept (gpointer user_data)
{
  g_autofree char *kept = e2e_settings_get (user_data, "notifications");

  return g_strcmp0 (kept, "'text'") == 0;
}

static void
test_preferences (Fixture      *fixture,
                  gconstpointer user_data)
{
  g_test_summary ("What notifications show is chosen by the keyboard, and kept");

  start_alice (fixture);
  e2e_steps_first_start (fixture->app, "Alice");
  e2e_key (fixture->app, NULL, "Control_L", "comma");
  e2e_wait_window (fixture->app, "Preferences");
  e2e_click (fixture->app, "Preferences", E2E_FIELD, "Your Name");
  e2e_key (fixture->app, "Preferences", NULL, "Tab");
  e2e_key (fixture->app, "Preferences", NULL, "space");
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, "Nothing");
  /* To raise the window would close what is open in front of it */
  e2e_x11_key (NULL, "Down");
  e2e_x11_key (NULL, "Down");
  e2e_x11_key (NULL, "Return");
  if (!e2e_wait_until (is_text_kept, fixture->folder))
    e2e_app_fail (fixture->app, "the choice is not kept");
}

int
main (int   argc,
      char *argv[])
{
  e2e_init (&argc, &argv);
  g_test_add ("/e2e/desktop-start/links", Fixture, NULL, fixture_set_up, test_links,
              fixture_tear_down);
  g_test_add ("/e2e/desktop-start/link-first", Fixture, NULL, fixture_set_up, test_link_first,
              fixture_tear_down);
  g_test_add ("/e2e/desktop-start/service", Fixture, NULL, fixture_set_up, test_service,
              fixture_tear_down);
  g_test_add ("/e2e/desktop-start/size", Fixture, NULL, fixture_set_up, test_size,
              fixture_tear_down);
  g_test_add ("/e2e/desktop-start/preferences", Fixture, NULL, fixture_set_up, test_preferences,
              fixture_tear_down);

  return g_test_run ();
}
