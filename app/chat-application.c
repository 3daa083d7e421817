/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "chat-link.h"
#include "chat-profile.h"
#include "chat-settings.h"
#include "chat-window.h"

#define DEFAULT_PROFILE "default"
/* How long the end may take for friends to be told of it. */
#define GOODBYE_SECONDS 1

struct _ChatApplication
{
  AdwApplication  parent_instance;

  /* Owned */
  char           *profile_name;
  ChatProfile    *profile;
  GArray         *signal_sources;

  /* Borrowed */
  ChatWindow     *window; /* weak */
};

G_DEFINE_FINAL_TYPE (ChatApplication, chat_application, ADW_TYPE_APPLICATION)

static const GOptionEntry options[] = {
  /* Translators: NAME stands for what the user writes after the option */
  { "profile", 0, 0, G_OPTION_ARG_STRING, NULL, N_("Use the identity of this name"), N_("NAME") },
  { "open", 0, 0, G_OPTION_ARG_STRING, NULL, N_("Show the chat with this friend"), N_("NAME") },
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version and exit"), NULL },
  { NULL },
};

static ChatWindow *
ensure_window (ChatApplication *self)
{
  if (self->window == NULL)
    {
      GtkWidget *window = chat_window_new (GTK_APPLICATION (self), self->profile);

      g_set_weak_pointer (&self->window, CHAT_WINDOW (window));
    }

  return self->window;
}

static ChatWindow *
present_window (ChatApplication *self)
{
  ChatWindow *window = ensure_window (self);

  gtk_window_present (GTK_WINDOW (window));

  return window;
}

static void
quit_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  g_application_quit (G_APPLICATION (user_data));
}

static void
about_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  GtkApplication *application = GTK_APPLICATION (user_data);

  gtk_show_about_dialog (gtk_application_get_active_window (application),
                         "program-name", _("SPP Chat"),
                         "logo-icon-name", APP_ID,
                         "version", VERSION,
                         "comments", _("Talk with a friend directly, with no server between you"),
                         "copyright", _("© The SPP Chat authors"),
                         "license-type", GTK_LICENSE_GPL_3_0,
                         /* Translators: your name, one person on a line */
                         "translator-credits", _("translator-credits"),
                         NULL);
}

static void
open_chat_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  ChatApplication *self = CHAT_APPLICATION (user_data);

  chat_window_open_named (present_window (self), g_variant_get_string (parameter, NULL));
}

/* In a sandbox the application of the default profile is told of every click. */
static void
pass_on_click (GApplication *application,
               const char   *profile,
               GVariant     *parameter)
{
  GDBusConnection *connection = g_application_get_dbus_connection (application);
  g_autofree char *name = chat_application_dup_profile_id (profile);
  g_autofree char *path = g_strconcat ("/", name, NULL);
  GVariantBuilder parameters;

  if (connection == NULL)
    return;

  g_strdelimit (path, ".", '/');
  g_variant_builder_init (&parameters, G_VARIANT_TYPE ("av"));
  g_variant_builder_add (&parameters, "v", parameter);
  g_dbus_connection_call (connection, name, path, "org.freedesktop.Application",
                          "ActivateAction",
                          g_variant_new ("(sava{sv})", "show-chat", &parameters, NULL), NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

/* Anybody on the bus may send this. */
static void
show_chat_action (GSimpleAction *action,
                  GVariant      *parameter,
                  gpointer       user_data)
{
  ChatApplication *self = CHAT_APPLICATION (user_data);
  const char *profile;
  gint64 id;

  g_variant_get (parameter, "(&sx)", &profile, &id);

  if (g_str_equal (profile, self->profile_name))
    chat_window_open_id (present_window (self), id);
  else if (chat_profile_is_valid_id (profile))
    pass_on_click (G_APPLICATION (self), profile, parameter);
}

static const GActionEntry actions[] = {
  /* What never changes, and tells one installation from another */
  { .name = "folder", .state = "b''" },
  { .name = "quit", .activate = quit_action },
  { .name = "about", .activate = about_action },
  { .name = "open-chat", .activate = open_chat_action, .parameter_type = "s" },
  { .name = "show-chat", .activate = show_chat_action, .parameter_type = "(sx)" },
};

static void
set_accels (GtkApplication *application)
{
  static const struct
  {
    const char *action;
    const char *accels[3];
  } table[] = {
    { "app.quit", { "<Control>q", NULL } },
    { "win.add-friend", { "<Control>n", NULL } },
    { "win.preferences", { "<Control>comma", NULL } },
    { "win.next-chat", { "<Alt>Down", NULL } },
    { "win.previous-chat", { "<Alt>Up", NULL } },
    { "window.close", { "<Control>w", NULL } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    gtk_application_set_accels_for_action (application, table[i].action, table[i].accels);
}

static gboolean
quit_signal_cb (gpointer user_data)
{
  g_application_quit (G_APPLICATION (user_data));

  return G_SOURCE_CONTINUE;
}

static void
ensure_profile (ChatApplication *self)
{
  g_autoptr (GFile) folder = NULL;

  if (self->profile != NULL)
    return;

#ifdef CHAT_DEVELOPMENT
  folder = g_file_new_build_filename (g_get_user_data_dir (), "spp-chat-devel", "profiles", NULL);
#endif
  self->profile = chat_profile_new (self->profile_name, folder);
}

static const char *
get_path (ChatApplication *self)
{
  ensure_profile (self);

  return g_file_peek_path (chat_profile_get_folder (self->profile));
}

/* A sandbox and what is outside have one session bus, but not one profile: who
 * starts the one must not be shown the other. */
static gboolean
is_running_elsewhere (ChatApplication *self)
{
  g_autoptr (GVariant) state = NULL;

  if (!g_application_get_is_remote (G_APPLICATION (self)))
    return FALSE;

  state = g_action_group_get_action_state (G_ACTION_GROUP (self), "folder");
  if (state == NULL || !g_variant_is_of_type (state, G_VARIANT_TYPE_BYTESTRING)
      || g_str_equal (g_variant_get_bytestring (state), get_path (self)))
    return FALSE;

  /* Translators: both are folders */
  g_printerr (_("SPP Chat is running already with its data in %s, not in %s. Quit it first, or "
                "choose another profile with --profile.\n"),
              g_variant_get_bytestring (state), get_path (self));

  return TRUE;
}

static void
chat_application_startup (GApplication *application)
{
  static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
  ChatApplication *self = CHAT_APPLICATION (application);
  GAction *folder;

  G_APPLICATION_CLASS (chat_application_parent_class)->startup (application);

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      guint id = g_unix_signal_add (numbers[i], quit_signal_cb, self);

      g_array_append_val (self->signal_sources, id);
    }

  ensure_profile (self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  folder = g_action_map_lookup_action (G_ACTION_MAP (self), "folder");
  g_simple_action_set_state (G_SIMPLE_ACTION (folder), g_variant_new_bytestring (get_path (self)));
  set_accels (GTK_APPLICATION (self));
  gtk_window_set_default_icon_name (APP_ID);
}

static void
chat_application_activate (GApplication *application)
{
  present_window (CHAT_APPLICATION (application));
}

static void
chat_application_open (GApplication  *application,
                       GFile        **files,
                       int            n_files,
                       const char    *hint)
{
  ChatWindow *window = present_window (CHAT_APPLICATION (application));

  /* One key at a time; over the bus there may be none */
  if (n_files > 0)
    chat_window_add_friend_file (window, files[0]);
}

static gboolean
stop_waiting_cb (gpointer user_data)
{
  gboolean *waiting = user_data;

  *waiting = FALSE;

  return G_SOURCE_CONTINUE;
}

/* Or friends could not tell a good-bye from a lost connection. */
static void
say_goodbye (void)
{
  gboolean waiting = TRUE;
  guint timeout = g_timeout_add_seconds (GOODBYE_SECONDS, stop_waiting_cb, &waiting);

  while (waiting && chat_link_get_n_closing () > 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
}

/* Whichever way the application ends, the window has to put things away. */
static void
chat_application_shutdown (GApplication *application)
{
  ChatApplication *self = CHAT_APPLICATION (application);

  if (self->window != NULL)
    {
      chat_settings_save_window (GTK_WINDOW (self->window));
      chat_window_stop (self->window);
      gtk_window_destroy (GTK_WINDOW (self->window));
    }
  say_goodbye ();

  for (guint i = 0; i < self->signal_sources->len; i++)
    g_source_remove (g_array_index (self->signal_sources, guint, i));
  g_array_set_size (self->signal_sources, 0);

  G_APPLICATION_CLASS (chat_application_parent_class)->shutdown (application);
}

static int
chat_application_handle_local_options (GApplication *application,
                                       GVariantDict *dict)
{
  ChatApplication *self = CHAT_APPLICATION (application);
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;
  const char *profile = NULL;
  const char *name = NULL;

  if (g_variant_dict_contains (dict, "version"))
    {
      g_print ("spp-chat %s\n", VERSION);
      return 0;
    }

  g_variant_dict_lookup (dict, "profile", "&s", &profile);
  g_variant_dict_lookup (dict, "open", "&s", &name);

  if (profile != NULL && !chat_profile_is_valid_id (profile))
    {
      g_printerr (_("“%s” cannot be the name of a profile: use 1 to 32 of the letters A to Z and "
                    "a to z, digits, “-” and “_”.\n"),
                  profile);
      return 1;
    }

  if (profile != NULL)
    {
      g_free (self->profile_name);
      self->profile_name = g_strdup (profile);
    }
  id = chat_application_dup_profile_id (self->profile_name);
  g_application_set_application_id (application, id);

  if (!g_application_register (application, NULL, &error))
    {
      /* Translators: %s says why, in the words of the system */
      g_printerr (_("SPP Chat cannot start: %s\n"), error->message);
      return 1;
    }

  if (is_running_elsewhere (self))
    return 1;

  if (name != NULL)
    g_action_group_activate_action (G_ACTION_GROUP (application), "open-chat",
                                    g_variant_new_string (name));

  return -1;
}

static void
chat_application_dispose (GObject *object)
{
  ChatApplication *self = CHAT_APPLICATION (object);

  g_clear_weak_pointer (&self->window);
  g_clear_object (&self->profile);

  G_OBJECT_CLASS (chat_application_parent_class)->dispose (object);
}

static void
chat_application_finalize (GObject *object)
{
  ChatApplication *self = CHAT_APPLICATION (object);

  g_clear_pointer (&self->profile_name, g_free);
  g_clear_pointer (&self->signal_sources, g_array_unref);

  G_OBJECT_CLASS (chat_application_parent_class)->finalize (object);
}

static void
chat_application_class_init (ChatApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->dispose = chat_application_dispose;
  object_class->finalize = chat_application_finalize;
  application_class->startup = chat_application_startup;
  application_class->activate = chat_application_activate;
  application_class->open = chat_application_open;
  application_class->shutdown = chat_application_shutdown;
  application_class->handle_local_options = chat_application_handle_local_options;
}

static void
chat_application_init (ChatApplication *self)
{
  self->profile_name = g_strdup (DEFAULT_PROFILE);
  self->signal_sources = g_array_new (FALSE, FALSE, sizeof (guint));
  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

ChatApplication *
chat_application_new (void)
{
  return g_object_new (CHAT_TYPE_APPLICATION,
                       "application-id", APP_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN,
                       "resource-base-path", "/org/spproto/Chat",
                       NULL);
}

/* An element of a D-Bus name may not begin with a digit, and a hyphen is not
 * welcome in it; "_" introduces what is written as a number. */
char *
chat_application_dup_profile_id (const char *profile)
{
  GString *id;

  g_return_val_if_fail (profile != NULL, NULL);

  if (g_str_equal (profile, DEFAULT_PROFILE))
    return g_strdup (APP_ID);

  id = g_string_new (APP_ID ".Profile.");
  for (const char *p = profile; *p != '\0'; p++)
    {
      if (g_ascii_isalpha (*p) || (g_ascii_isdigit (*p) && p != profile))
        g_string_append_c (id, *p);
      else
        g_string_append_printf (id, "_%02x", (guint) (guchar) *p);
    }

  return g_string_free (id, FALSE);
}
