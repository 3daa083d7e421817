/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-preferences-window.h"

#include <glib/gi18n.h>

#include "chat-settings.h"

#define MAX_NAME_CHARS 100

struct _ChatPreferencesWindow
{
  AdwWindow    parent_instance;

  /* Template children */
  GtkEditable *name_row;
  GtkLabel    *name_error;
  AdwComboRow *notifications_row;
  GtkEditable *port_row;
  GtkLabel    *port_hint;

  /* Owned */
  ChatNode    *node;
};

G_DEFINE_FINAL_TYPE (ChatPreferencesWindow, chat_preferences_window, ADW_TYPE_WINDOW)

static void
show_sentence (GtkLabel    *label,
               GtkEditable *row,
               const char  *sentence,
               gboolean     wrong)
{
  GtkWidget *widgets[] = { GTK_WIDGET (label), GTK_WIDGET (row) };

  gtk_label_set_label (label, sentence ? sentence : "");
  gtk_widget_set_visible (GTK_WIDGET (label), sentence != NULL);

  for (guint i = 0; i < G_N_ELEMENTS (widgets); i++)
    {
      if (wrong)
        gtk_widget_add_css_class (widgets[i], "error");
      else
        gtk_widget_remove_css_class (widgets[i], "error");
    }
}

/* What is true now: the port really listened on, or why there is none. */
static void
show_port (ChatPreferencesWindow *self)
{
  const char *error = chat_node_get_listen_error (self->node);
  guint16 port = chat_node_get_port (self->node);
  g_autofree char *sentence = NULL;

  if (error == NULL && port != 0)
    sentence = g_strdup_printf (_("Friends reach you on port %u. With 0 the system picks a free "
                                  "port each time."),
                                port);

  show_sentence (self->port_hint, self->port_row, error ? error : sentence, error != NULL);
}

static void
on_name_apply (ChatPreferencesWindow *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->name_row)));

  if (*name == '\0')
    {
      show_sentence (self->name_error, self->name_row, _("Please enter a name."), TRUE);
      return;
    }

  show_sentence (self->name_error, self->name_row, NULL, FALSE);
  chat_profile_set_display_name (chat_node_get_profile (self->node), name);
}

static void
on_port_apply (ChatPreferencesWindow *self)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (self->port_row)));
  g_autoptr (GError) error = NULL;
  guint64 port = 0;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &port, NULL))
    {
      show_sentence (self->port_hint, self->port_row,
                     _("A port is a number from 1 to 65535, or 0 for any free port."), TRUE);
      return;
    }

  if (chat_node_set_port (self->node, (guint16) port, &error))
    show_port (self);
  else
    show_sentence (self->port_hint, self->port_row, error->message, TRUE);
}

/* In the order of the row. */
static const char *const notifications[] = { "none", "name", "text" };

static gboolean
get_notifications (GValue   *selected,
                   GVariant *variant,
                   gpointer  user_data)
{
  for (guint i = 0; i < G_N_ELEMENTS (notifications); i++)
    {
      if (g_str_equal (g_variant_get_string (variant, NULL), notifications[i]))
        {
          g_value_set_uint (selected, i);
          return TRUE;
        }
    }

  return FALSE;
}

static GVariant *
set_notifications (const GValue       *selected,
                   const GVariantType *type,
                   gpointer            user_data)
{
  guint i = g_value_get_uint (selected);

  return i < G_N_ELEMENTS (notifications) ? g_variant_new_string (notifications[i]) : NULL;
}

static void
bind_settings (ChatPreferencesWindow *self)
{
  GSettings *settings = chat_settings_get ();

  if (settings == NULL)
    return;

  /* The row is sensitive as long as the user may change the setting */
  g_settings_bind_with_mapping (settings, "notifications", self->notifications_row, "selected",
                                G_SETTINGS_BIND_DEFAULT, get_notifications, set_notifications,
                                NULL, NULL);
}

static void
chat_preferences_window_dispose (GObject *object)
{
  ChatPreferencesWindow *self = CHAT_PREFERENCES_WINDOW (object);

  g_clear_object (&self->node);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_PREFERENCES_WINDOW);

  G_OBJECT_CLASS (chat_preferences_window_parent_class)->dispose (object);
}

static void
chat_preferences_window_class_init (ChatPreferencesWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_preferences_window_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-preferences-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatPreferencesWindow, name_row);
  gtk_widget_class_bind_template_child (widget_class, ChatPreferencesWindow, name_error);
  gtk_widget_class_bind_template_child (widget_class, ChatPreferencesWindow, notifications_row);
  gtk_widget_class_bind_template_child (widget_class, ChatPreferencesWindow, port_row);
  gtk_widget_class_bind_template_child (widget_class, ChatPreferencesWindow, port_hint);
  gtk_widget_class_bind_template_callback (widget_class, on_name_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_port_apply);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
chat_preferences_window_init (ChatPreferencesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_text_set_max_length (GTK_TEXT (gtk_editable_get_delegate (self->name_row)),
                           MAX_NAME_CHARS);
  gtk_text_set_max_length (GTK_TEXT (gtk_editable_get_delegate (self->port_row)), 5);
  bind_settings (self);
}

GtkWidget *
chat_preferences_window_new (GtkWindow *parent,
                             ChatNode  *node)
{
  ChatPreferencesWindow *self;
  ChatProfile *profile;
  g_autofree char *port = NULL;

  g_return_val_if_fail (CHAT_IS_NODE (node), NULL);

  self = g_object_new (CHAT_TYPE_PREFERENCES_WINDOW, "transient-for", parent, NULL);
  self->node = g_object_ref (node);
  profile = chat_node_get_profile (node);
  port = g_strdup_printf ("%u", chat_profile_get_port (profile));

  /* Text that was just set must not look like an edit that waits for Apply */
  g_object_set (self->name_row, "text", chat_profile_get_display_name (profile),
                "show-apply-button", TRUE, NULL);
  g_object_set (self->port_row, "text", port, "show-apply-button", TRUE, NULL);

  g_signal_connect_object (node, "notify::port", G_CALLBACK (show_port), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (node, "notify::listen-error", G_CALLBACK (show_port), self,
                           G_CONNECT_SWAPPED);
  show_port (self);

  return GTK_WIDGET (self);
}
