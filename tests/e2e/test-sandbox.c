/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The application in its sandbox, and one outside, on one desktop. */

#include "e2e-picture.h"
#include "e2e-steps.h"

#define LEFT 0
#define RIGHT 1050
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

static void
test_chat (Fixture      *fixture,
           gconstpointer user_data)
{
  guint16 port;

  g_test_summary ("Somebody in the sandbox and somebody outside become friends and talk");

  fixture->inside = e2e_app_start_sandboxed ("default", fixture->folder, LEFT);
  fixture->outside = e2e_app_start ("outside", fixture->folder, RIGHT);
  e2e_wait_window (fixture->inside, NULL);
  e2e_wait_window (fixture->outside, NULL);
  e2e_steps_first_start (fixture->inside, "Ida");
  e2e_steps_first_start (fixture->outside, "Oscar");

  e2e_steps_save_key (fixture->inside, fixture->inside_key);
  port = e2e_steps_save_key (fixture->outside, fixture->outside_key);
  e2e_steps_add_friend (fixture->outside, fixture->inside_key, "Ida", 0);
  e2e_steps_add_friend (fixture->inside, fixture->outside_key, "Oscar", port);

  e2e_steps_select (fixture->inside, "Oscar");
  e2e_steps_select (fixture->outside, "Ida");
  e2e_steps_connected (fixture->inside);
  e2e_steps_connected (fixture->outside);
  e2e_steps_send (fixture->outside, FROM_OUTSIDE);
  e2e_steps_sees (fixture->inside, "Oscar", FROM_OUTSIDE);
  e2e_steps_send (fixture->inside, FROM_INSIDE);
  e2e_steps_sees (fixture->outside, "Ida", FROM_INSIDE);
  e2e_picture ("sandbox-chat");
  e2e_app_terminate (fixture->inside);
  e2e_app_terminate (fixture->outside);
}

int
main (int    argc,
      char **argv)
{
  e2e_init (&argc, &argv);

  g_test_add ("/sandbox/with-portals/chat", Fixture, NULL, fixture_set_up, test_chat, fixture_tear_down);

  return g_test_run ();
}
