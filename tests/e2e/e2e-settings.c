/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-settings.h"

static char *
dup_path (const char *folder)
{
  return g_build_filename (folder, "glib-2.0", "settings", "keyfile", NULL);
}

static char *
dup_group (void)
{
  return g_strdelimit (g_strdup (g_getenv ("E2E_APP_ID")), ".", '/');
}

static GKeyFile *
load (const char *path)
{
  GKeyFile *file = g_key_file_new ();

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);

  return file;
}

void
e2e_settings_set (const char *folder,
                  const char *key,
                  const char *value)
{
  g_autofree char *path = dup_path (folder);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GKeyFile) file = load (path);
  g_autofree char *group = dup_group ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_key_file_set_value (file, group, key, value);
  g_key_file_save_to_file (file, path, &error);
  g_assert_no_error (error);
}

char *
e2e_settings_get (const char *folder,
                  const char *key)
{
  g_autofree char *path = dup_path (folder);
  g_autoptr (GKeyFile) file = load (path);
  g_autofree char *group = dup_group ();

  return g_key_file_get_value (file, group, key, NULL);
}
