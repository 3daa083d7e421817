/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-my-key-window.h"

#include <glib/gi18n.h>

#include "chat-file-picker.h"

struct _ChatMyKeyWindow
{
  AdwWindow        parent_instance;

  /* Template children */
  AdwToastOverlay *toast_overlay;
  AdwAvatar       *avatar;
  GtkLabel        *name_label;
  GtkLabel        *key_label;
  GtkWidget       *copy_button;
  GtkLabel        *fingerprint_label;
  AdwActionRow    *port_row;

  /* Owned */
  ChatNode        *node;
};

G_DEFINE_FINAL_TYPE (ChatMyKeyWindow, chat_my_key_window, ADW_TYPE_WINDOW)

static SppPublicKey *
get_public_key (ChatMyKeyWindow *self)
{
  return chat_profile_get_public_key (chat_node_get_profile (self->node));
}

static void
show_toast (ChatMyKeyWindow *self,
            const char      *sentence)
{
  g_autofree char *markup = g_markup_escape_text (sentence, -1);

  adw_toast_overlay_add_toast (self->toast_overlay, adw_toast_new (markup));
}

static void
update_port (ChatMyKeyWindow *self)
{
  const char *error = chat_node_get_listen_error (self->node);
  guint16 port = chat_node_get_port (self->node);
  g_autofree char *sentence = NULL;

  if (error != NULL)
    sentence = g_strdup (error);
  else if (port != 0)
    sentence = g_strdup_printf (_("Friends reach you on port %u"), port);
  else
    sentence = g_strdup (_("Friends cannot reach you at the moment"));

  adw_action_row_set_subtitle (self->port_row, sentence);
  if (error != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->port_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->port_row), "error");
}

static void
on_copy_clicked (ChatMyKeyWindow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          spp_public_key_get_string (get_public_key (self)));
  show_toast (self, _("Key copied"));
}

static void
replace_contents_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr (ChatMyKeyWindow) self = CHAT_MY_KEY_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  g_autofree char *sentence = NULL;

  if (self->node == NULL)
    return;

  if (g_file_replace_contents_finish (G_FILE (object), result, NULL, &error))
    sentence = g_strdup (_("Key saved"));
  else
    /* Translators: %s says why, in the words of the system */
    sentence = g_strdup_printf (_("The key was not saved: %s"), error->message);
  show_toast (self, sentence);
}

static void
pick_file_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  ChatMyKeyWindow *self = CHAT_MY_KEY_WINDOW (object);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = chat_file_picker_finish (GTK_WINDOW (self), result, &error);

  if (self->node == NULL)
    return;

  if (file != NULL)
    g_file_replace_contents_bytes_async (file, spp_public_key_get_bytes (get_public_key (self)),
                                         NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                         replace_contents_cb, g_object_ref (self));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_toast (self, error->message);
}

/* The user's name as part of a file name, on whatever file system. */
static char *
dup_file_name (ChatMyKeyWindow *self)
{
  const char *name = chat_profile_get_display_name (chat_node_get_profile (self->node));
  g_autofree char *safe = g_strdup (name);

  g_strdelimit (safe, "/\\:*?\"<>|\n\t", '-');
  g_strstrip (safe);
  if (*safe == '\0' || *safe == '.')
    return g_strdup ("key.pub");

  return g_strconcat (safe, ".pub", NULL);
}

static void
on_save_clicked (ChatMyKeyWindow *self)
{
  g_autofree char *name = dup_file_name (self);

  chat_file_picker_save_async (GTK_WINDOW (self), _("Save Public Key"), name, NULL,
                               pick_file_cb, NULL);
}

/* Not earlier: what has the focus before the window is there makes GTK 4.8 tell
 * assistive technology that the window is a mere filler. */
static void
chat_my_key_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (chat_my_key_window_parent_class)->map (widget);

  gtk_widget_grab_focus (CHAT_MY_KEY_WINDOW (widget)->copy_button);
}

static void
chat_my_key_window_dispose (GObject *object)
{
  ChatMyKeyWindow *self = CHAT_MY_KEY_WINDOW (object);

  g_clear_object (&self->node);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_MY_KEY_WINDOW);

  G_OBJECT_CLASS (chat_my_key_window_parent_class)->dispose (object);
}

static void
chat_my_key_window_class_init (ChatMyKeyWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_my_key_window_dispose;
  widget_class->map = chat_my_key_window_map;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-my-key-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatMyKeyWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, ChatMyKeyWindow, avatar);
  gtk_widget_class_bind_template_child (widget_class, ChatMyKeyWindow, name_label);
  gtk_widget_class_bind_template_child (widget_class, ChatMyKeyWindow, key_label);
  gtk_widget_class_bind_template_child (widget_class, ChatMyKeyWindow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, ChatMyKeyWindow, fingerprint_label);
  gtk_widget_class_bind_template_child (widget_class, ChatMyKeyWindow, port_row);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_save_clicked);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
chat_my_key_window_init (ChatMyKeyWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
chat_my_key_window_new (GtkWindow *parent,
                        ChatNode  *node)
{
  ChatMyKeyWindow *self;
  ChatProfile *profile;
  g_autofree char *fingerprint = NULL;

  g_return_val_if_fail (CHAT_IS_NODE (node), NULL);

  self = g_object_new (CHAT_TYPE_MY_KEY_WINDOW, "transient-for", parent, NULL);
  self->node = g_object_ref (node);
  profile = chat_node_get_profile (node);
  fingerprint = spp_public_key_dup_fingerprint (get_public_key (self));

  gtk_label_set_label (self->key_label, spp_public_key_get_string (get_public_key (self)));
  /* A label takes its text for its accessible name, too */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->key_label),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _("My Public Key"), -1);
  gtk_label_set_label (self->fingerprint_label, fingerprint);
  g_object_bind_property (profile, "display-name", self->avatar, "text", G_BINDING_SYNC_CREATE);
  g_object_bind_property (profile, "display-name", self->name_label, "label",
                          G_BINDING_SYNC_CREATE);

  g_signal_connect_object (node, "notify::port", G_CALLBACK (update_port), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (node, "notify::listen-error", G_CALLBACK (update_port), self,
                           G_CONNECT_SWAPPED);
  update_port (self);

  return GTK_WIDGET (self);
}
