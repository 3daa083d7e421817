/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Takes the pictures of SPP Chat that software centres show:
 *
 *   tests/e2e/with-display take-screenshots FOLDER
 *
 * The friends are made up, the application and the sessions are not.
 */

#include "e2e-peer.h"
#include "e2e-picture.h"
#include "e2e-screenshot.h"
#include "e2e-steps.h"
#include "e2e-wait.h"
#include "e2e-x11.h"
#include "screenshot-friends.h"

/* With the shadow, pictures are about 80 wider and higher, and must not be larger
 * than 1000 by 700. */
#define WIDTH 912
#define HEIGHT 580
#define DIALOG_WIDTH 560
#define DIALOG_HEIGHT 500
#define NARROW_WIDTH 360
#define NARROW_HEIGHT 600

typedef struct
{
  char       *folder;
  const char *pictures;
  guint16     port;
  GPtrArray  *peers;
  E2eApp     *app;
} Session;

static void
session_begin (Session    *self,
               const char *pictures)
{
  g_autoptr (GError) error = NULL;

  self->pictures = pictures;
  self->folder = e2e_steps_make_folder ();
  self->peers = g_ptr_array_new_with_free_func ((GDestroyNotify) e2e_peer_close);
  self->port = screenshot_friends_make (self->folder, self->folder, &error);
  g_assert_no_error (error);
  g_assert_cmpint (self->port, >, 0);
}

static void
session_end (Session *self)
{
  g_ptr_array_unref (self->peers);
  e2e_app_terminate (self->app);
  e2e_steps_drop_folder (self->folder);
}

static char *
get_path (Session    *self,
          const char *name,
          const char *suffix)
{
  g_autofree char *file_name = g_strconcat (name, suffix, NULL);

  return g_build_filename (self->folder, file_name, NULL);
}

/* A command to the program that runs already: it shows the chat. */
static void
open_chat (Session    *self,
           const char *name)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", self->folder, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("E2E_PROGRAM"), "--profile",
                                         SCREENSHOT_PROFILE, "--open", name, NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check (process, NULL, &error);
  g_assert_no_error (error);
  e2e_wait_shown (self->app, NULL, E2E_FIELD, "Message");
}

static void
let_friends_call (Session *self)
{
  g_autofree char *own = get_path (self, SCREENSHOT_PROFILE, ".pub");
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", self->port);
  const char *const *online = screenshot_friends_get_online ();

  for (gsize i = 0; online[i] != NULL; i++)
    {
      g_autofree char *key = get_path (self, online[i], ".key");
      E2ePeer *peer = e2e_peer_start_spp2 (key, own, address);

      g_ptr_array_add (self->peers, peer);
      json_object_unref (e2e_peer_next (peer, "connected"));
    }
}

static gboolean
is_on_display (gpointer user_data)
{
  return e2e_x11_raise (e2e_app_get_pid (user_data), NULL, 0);
}

static void
start (Session *self)
{
  self->app = e2e_app_start (SCREENSHOT_PROFILE, self->folder, 0);
  /* libatspi waits for itself when a window that it asks about becomes active. */
  if (!e2e_wait_until (is_on_display, self->app))
    e2e_app_fail (self->app, "no window is shown");
  e2e_picture_settle ();
  e2e_wait_window (self->app, NULL);
  e2e_wait_shown (self->app, NULL, E2E_ROW, SCREENSHOT_FRIEND);
  let_friends_call (self);
  open_chat (self, SCREENSHOT_FRIEND);
  e2e_steps_connected (self->app);
}

static void
take (Session    *self,
      const char *window,
      int         width,
      int         height,
      const char *name)
{
  g_autofree char *file_name = g_strconcat (name, ".png", NULL);
  g_autofree char *path = g_build_filename (self->pictures, file_name, NULL);

  e2e_screenshot (self->app, window, width, height, path);
}

static void
take_light (Session *self)
{
  g_autofree char *key = screenshot_friends_make_key ();

  start (self);
  take (self, NULL, WIDTH, HEIGHT, "conversation");

  e2e_press (self->app, NULL, "Add Friend");
  e2e_wait_window (self->app, "Add Friend");
  e2e_set_text (self->app, "Add Friend", "Friend’s Key", key);
  e2e_set_text (self->app, "Add Friend", "Name", SCREENSHOT_NEW_FRIEND);
  e2e_set_text (self->app, "Add Friend", "Address", SCREENSHOT_NEW_ADDRESS);
  e2e_set_text (self->app, "Add Friend", "Port", SCREENSHOT_NEW_PORT);
  take (self, "Add Friend", DIALOG_WIDTH, DIALOG_HEIGHT, "add-friend");
  e2e_close_window (self->app, "Add Friend");
  e2e_wait_no_window (self->app, "Add Friend");

  take (self, NULL, NARROW_WIDTH, NARROW_HEIGHT, "narrow");
}

static void
take_dark (Session *self)
{
  start (self);
  open_chat (self, SCREENSHOT_OTHER_FRIEND);
  take (self, NULL, WIDTH, HEIGHT, "dark");
}

int
main (int   argc,
      char *argv[])
{
  Session light = { NULL, };
  Session dark = { NULL, };

  if (argc != 2)
    g_error ("usage: take-screenshots FOLDER");

  session_begin (&light, argv[1]);
  session_begin (&dark, argv[1]);

  e2e_init (&argc, &argv);
  e2e_screenshot_prepare ();

  take_light (&light);
  session_end (&light);

  g_setenv ("ADW_DEBUG_COLOR_SCHEME", "prefer-dark", TRUE);
  take_dark (&dark);
  session_end (&dark);

  return 0;
}
