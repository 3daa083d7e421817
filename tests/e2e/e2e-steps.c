/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-steps.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "e2e-picture.h"
#include "e2e-wait.h"
#include "e2e-words.h"

#define KEY_SIZE 32

void
e2e_steps_first_start (E2eApp     *app,
                       const char *name)
{
  e2e_wait_shown (app, NULL, E2E_FIELD, T ("Your Name"));
  e2e_wait_window (app, NULL);
  e2e_set_text (app, NULL, T ("Your Name"), name);
  e2e_press (app, NULL, T ("Create Key"));
  e2e_wait_shown (app, NULL, E2E_BUTTON, T ("Add a Friend"));
  e2e_wait_shown (app, NULL, E2E_BUTTON, T ("Show My Key"));
}

static gboolean
is_key_file (gpointer user_data)
{
  GStatBuf status;

  return g_stat (user_data, &status) == 0 && status.st_size == KEY_SIZE;
}

/* Opens My Key, and gives the port that it shows. */
static guint16
open_my_key (E2eApp *app)
{
  g_autofree char *pattern = e2e_words_pattern (T ("Friends reach you on port %u"));
  g_autofree char *label = NULL;
  guint64 port;

  e2e_press (app, NULL, T ("My Key"));
  e2e_wait_window (app, T ("My Key"));
  label = e2e_wait_matching (app, T ("My Key"), E2E_ANY, pattern);
  port = g_ascii_strtoull (label + strcspn (label, "0123456789"), NULL, 10);
  g_assert_cmpuint (port, >, 0);

  return (guint16) port;
}

static void
close_my_key (E2eApp *app)
{
  e2e_close_window (app, T ("My Key"));
  e2e_wait_no_window (app, T ("My Key"));
}

guint16
e2e_steps_save_key (E2eApp     *app,
                    const char *path)
{
  guint16 port = open_my_key (app);

  e2e_press (app, T ("My Key"), T ("Save Public Key…"));
  e2e_save_as (app, path);
  if (!e2e_wait_until (is_key_file, (gpointer) path))
    e2e_app_fail (app, "the public key is not saved as raw bytes");
  close_my_key (app);

  return port;
}

void
e2e_steps_set_port (E2eApp *app,
                    guint16 port)
{
  g_autofree char *text = g_strdup_printf ("%u", port);
  g_autofree char *label = g_strdup_printf (T ("Friends reach you on port %u"), port);

  e2e_key (app, NULL, "Control_L", "comma");
  e2e_wait_window (app, T ("Preferences"));
  e2e_click (app, T ("Preferences"), E2E_FIELD, T ("Listening Port"));
  e2e_set_text (app, T ("Preferences"), T ("Listening Port"), text);
  e2e_key (app, T ("Preferences"), NULL, "Return");
  e2e_close_window (app, T ("Preferences"));
  e2e_wait_no_window (app, T ("Preferences"));

  e2e_press (app, NULL, T ("My Key"));
  e2e_wait_window (app, T ("My Key"));
  e2e_wait_shown (app, T ("My Key"), E2E_ANY, label);
  e2e_close_window (app, T ("My Key"));
  e2e_wait_no_window (app, T ("My Key"));
}

char *
e2e_steps_copy_key (E2eApp  *app,
                    guint16 *port)
{
  char *key;

  *port = open_my_key (app);
  key = e2e_get_text (app, T ("My Key"), E2E_LABEL, T ("My Public Key"));
  close_my_key (app);

  return key;
}

/* With the key in the window already. */
static void
finish_friend (E2eApp     *app,
               const char *name,
               guint16     port)
{
  g_autofree char *port_text = g_strdup_printf ("%u", port);

  e2e_set_text (app, T ("Add Friend"), T ("Name"), name);
  if (port != 0)
    {
      e2e_set_text (app, T ("Add Friend"), T ("Address"), "127.0.0.1");
      e2e_set_text (app, T ("Add Friend"), T ("Port"), port_text);
    }
  e2e_press (app, T ("Add Friend"), T ("Add"));
  e2e_wait_no_window (app, T ("Add Friend"));
  e2e_wait_shown (app, NULL, E2E_ROW, name);
}

static void
open_key_file (E2eApp     *app,
               const char *path)
{
  e2e_press (app, NULL, T ("Add Friend"));
  e2e_wait_window (app, T ("Add Friend"));
  e2e_press (app, T ("Add Friend"), T ("Open File…"));
  e2e_open_file (app, path);
}

void
e2e_steps_add_friend (E2eApp     *app,
                      const char *key_path,
                      const char *name,
                      guint16     port)
{
  open_key_file (app, key_path);
  finish_friend (app, name, port);
}

void
e2e_steps_add_friend_by_text (E2eApp     *app,
                              const char *key,
                              const char *name,
                              guint16     port)
{
  e2e_press (app, NULL, T ("Add Friend"));
  e2e_wait_window (app, T ("Add Friend"));
  e2e_set_text (app, T ("Add Friend"), T ("Friend’s Key"), key);
  finish_friend (app, name, port);
}

void
e2e_steps_add_old_friend (E2eApp     *app,
                          const char *key_path,
                          const char *name,
                          guint16     port)
{
  open_key_file (app, key_path);
  e2e_press (app, T ("Add Friend"), T ("Compatible with spproto (SPP/1)"));
  finish_friend (app, name, port);
}

void
e2e_steps_lock (E2eApp     *app,
                const char *title,
                const char *protocol,
                const char *picture)
{
  /* GTK 4.8 has no action for a menu button; newer ones are some pixels wrong about
   * where it is. */
  if (e2e_app_get_portal (app) != NULL)
    e2e_press (app, NULL, title);
  else
    e2e_click (app, NULL, E2E_BUTTON, title);
  e2e_wait_shown (app, NULL, E2E_LABEL, title);
  e2e_wait_shown (app, NULL, E2E_LABEL, protocol);
  if (picture != NULL)
    e2e_picture (picture);
  e2e_key (app, NULL, NULL, "Escape");
  e2e_wait_gone (app, NULL, E2E_LABEL, title);
}

void
e2e_steps_select (E2eApp     *app,
                  const char *name)
{
  e2e_click (app, NULL, E2E_ROW, name);
  e2e_wait_shown (app, NULL, E2E_FIELD, T ("Message"));
}

static gboolean
is_connected (gpointer user_data)
{
  g_autofree char *pattern = e2e_words_pattern (T ("Connected. Nothing has come from %s yet."));

  return e2e_is_shown (user_data, NULL, E2E_LABEL, T ("Online")) ||
         e2e_is_matching (user_data, NULL, E2E_LABEL, pattern);
}

void
e2e_steps_connected (E2eApp *app)
{
  if (!e2e_wait_until (is_connected, app))
    e2e_app_fail (app, "the friend is not connected");
}

void
e2e_steps_send (E2eApp     *app,
                const char *text)
{
  e2e_set_text (app, NULL, T ("Message"), text);
  e2e_press (app, NULL, T ("Send"));
  e2e_steps_sees (app, CT ("sender", "You"), text);
  e2e_wait_text (app, NULL, E2E_FIELD, T ("Message"), "");
}

void
e2e_steps_sees (E2eApp     *app,
                const char *sender,
                const char *text)
{
  g_autofree char *pattern = g_strdup_printf (T ("%s, %s: %s"), sender, "*", text);
  g_autofree char *name = e2e_wait_matching (app, NULL, E2E_ROW, pattern);

  g_assert_nonnull (name);
}

char *
e2e_steps_make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp ("spp-e2e-test-XXXXXX", &error);

  g_assert_no_error (error);

  return path;
}

static void
delete (GFile *file)
{
  g_autoptr (GFileEnumerator) children =
    g_file_enumerate_children (file, G_FILE_ATTRIBUTE_STANDARD_NAME,
                               G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFile *child;

  while (children != NULL &&
         g_file_enumerator_iterate (children, NULL, &child, NULL, NULL) && child != NULL)
    delete (child);
  g_file_delete (file, NULL, NULL);
}

void
e2e_steps_drop_folder (char *path)
{
  g_autoptr (GFile) folder = g_file_new_for_path (path);

  delete (folder);
  g_free (path);
}
