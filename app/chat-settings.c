/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-settings.h"

/* The range of the schema: a value outside would not be kept. */
#define MIN_WIDTH 360
#define MIN_HEIGHT 294
#define MAX_SIZE 32767

/* g_settings_new() would end the program if one of them is missing. */
static gboolean
is_complete (GSettingsSchema *schema)
{
  static const char *const keys[] = {
    "notifications", "window-width", "window-height", "window-maximized",
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (!g_settings_schema_has_key (schema, keys[i]))
        return FALSE;
    }

  return TRUE;
}

static GSettings *
create (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, APP_ID, TRUE);

  if (schema == NULL || !is_complete (schema))
    {
      g_message ("The settings schema %s is not installed, so settings are not kept", APP_ID);
      return NULL;
    }

  return g_settings_new_full (schema, NULL, NULL);
}

GSettings *
chat_settings_get (void)
{
  static GSettings *settings = NULL;
  static gsize created = 0;

  if (g_once_init_enter (&created))
    {
      settings = create ();
      g_once_init_leave (&created, 1);
    }

  return settings;
}

ChatNotifications
chat_settings_get_notifications (void)
{
  GSettings *settings = chat_settings_get ();

  if (settings == NULL)
    return CHAT_NOTIFICATIONS_NAME;

  return (ChatNotifications) g_settings_get_enum (settings, "notifications");
}

void
chat_settings_restore_window (GtkWindow *window)
{
  GSettings *settings = chat_settings_get ();

  g_return_if_fail (GTK_IS_WINDOW (window));

  if (settings == NULL)
    return;

  /* What is larger than the screen is made smaller by GTK */
  gtk_window_set_default_size (window, g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (window);
}

void
chat_settings_save_window (GtkWindow *window)
{
  GSettings *settings = chat_settings_get ();
  int width;
  int height;

  g_return_if_fail (GTK_IS_WINDOW (window));

  if (settings == NULL)
    return;

  /* GTK leaves the default size alone while the window is maximized, tiled or
   * fills the screen, so it is always the one to go back to */
  gtk_window_get_default_size (window, &width, &height);
  g_settings_set_int (settings, "window-width", CLAMP (width, MIN_WIDTH, MAX_SIZE));
  g_settings_set_int (settings, "window-height", CLAMP (height, MIN_HEIGHT, MAX_SIZE));
  g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (window));
}
