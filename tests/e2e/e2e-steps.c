/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-steps.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "e2e-picture.h"
#include "e2e-wait.h"

#define KEY_SIZE 32
#define PORT_LABEL "Friends reach you on port "

void
e2e_steps_first_start (E2eApp     *app,
                       const char *name)
{
  e2e_wait_shown (app, NULL, E2E_FIELD, "Your Name");
  e2e_wait_window (app, NULL);
  e2e_set_text (app, NULL, "Your Name", name);
  e2e_press (app, NULL, "Create Key");
  e2e_wait_shown (app, NULL, E2E_BUTTON, "Add a Friend");
  e2e_wait_shown (app, NULL, E2E_BUTTON, "Show My Key");
}

static gboolean
is_key_file (gpointer user_data)
{
  GStatBuf status;

  return g_stat (user_data, &status) == 0 && status.st_size == KEY_SIZE;
}

guint16
e2e_steps_save_key (E2eApp     *app,
                    const char *path)
{
  g_autofree char *label = NULL;
  guint64 port = 0;

  e2e_press (app, NULL, "My Key");
  e2e_wait_window (app, "My Key");
  label = e2e_wait_matching (app, "My Key", E2E_ANY, PORT_LABEL "*");
  g_assert_true (g_ascii_string_to_unsigned (label + strlen (PORT_LABEL), 10, 1, G_MAXUINT16,
                                             &port, NULL));
  e2e_press (app, "My Key", "Save Public Key…");
  e2e_save_as (app, path);
  if (!e2e_wait_until (is_key_file, (gpointer) path))
    e2e_app_fail (app, "the public key is not saved as raw bytes");
  e2e_close_window (app, "My Key");
  e2e_wait_no_window (app, "My Key");

  return (guint16) port;
}

void
e2e_steps_set_port (E2eApp *app,
                    guint16 port)
{
  g_autofree char *text = g_strdup_printf ("%u", port);
  g_autofree char *label = g_strconcat (PORT_LABEL, text, NULL);

  e2e_key (app, NULL, "Control_L", "comma");
  e2e_wait_window (app, "Preferences");
  e2e_click (app, "Preferences", E2E_FIELD, "Listening Port");
  e2e_set_text (app, "Preferences", "Listening Port", text);
  e2e_key (app, "Preferences", NULL, "Return");
  e2e_close_window (app, "Preferences");
  e2e_wait_no_window (app, "Preferences");

  e2e_press (app, NULL, "My Key");
  e2e_wait_window (app, "My Key");
  e2e_wait_shown (app, "My Key", E2E_ANY, label);
  e2e_close_window (app, "My Key");
  e2e_wait_no_window (app, "My Key");
}

static void
add_friend (E2eApp     *app,
            const char *key_path,
            const char *name,
            guint16     port,
            gboolean    old)
{
  g_autofree char *port_text = g_strdup_printf ("%u", port);

  e2e_press (app, NULL, "Add Friend");
  e2e_wait_window (app, "Add Friend");
  e2e_press (app, "Add Friend", "Open File…");
  e2e_open_file (app, key_path);
  e2e_set_text (app, "Add Friend", "Name", name);
  if (port != 0)
    {
      e2e_set_text (app, "Add Friend", "Address", "127.0.0.1");
      e2e_set_text (app, "Add Friend", "Port", port_text);
    }
  if (old)
    e2e_press (app, "Add Friend", "Compatible with spproto (SPP/1)");
  e2e_press (app, "Add Friend", "Add");
  e2e_wait_no_window (app, "Add Friend");
  e2e_wait_shown (app, NULL, E2E_ROW, name);
}

void
e2e_steps_add_friend (E2eApp     *app,
                      const char *key_path,
                      const char *name,
                      guint16     port)
{
  add_friend (app, key_path, name, port, FALSE);
}

void
e2e_steps_add_old_friend (E2eApp     *app,
                          const char *key_path,
                          const char *name,
                          guint16     port)
{
  add_friend (app, key_path, name, port, TRUE);
}

void
e2e_steps_lock (E2eApp     *app,
                const char *title,
                const char *protocol,
                const char *picture)
{
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
  e2e_wait_shown (app, NULL, E2E_FIELD, "Message");
}

static gboolean
is_connected (gpointer user_data)
{
  return e2e_is_shown (user_data, NULL, E2E_LABEL, "Online") ||
         e2e_is_matching (user_data, NULL, E2E_LABEL, "Connected. *");
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
  e2e_set_text (app, NULL, "Message", text);
  e2e_press (app, NULL, "Send");
  e2e_steps_sees (app, "You", text);
  e2e_wait_text (app, NULL, E2E_FIELD, "Message", "");
}

void
e2e_steps_sees (E2eApp     *app,
                const char *sender,
                const char *text)
{
  g_autofree char *pattern = g_strdup_printf ("%s, *: %s", sender, text);
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
