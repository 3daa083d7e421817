/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-add-friend-window.h"

#include <glib/gi18n.h>

#include "chat-add-friend-private.h"
#include "chat-friend-details.h"

/* No text form of a key comes near this. */
#define MAX_KEY_CHARS 4096
#define MAX_NAME_CHARS 100
#define MAX_HOST_CHARS 253

enum
{
  SIGNAL_OPEN_CONTACT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ChatAddFriendWindow, chat_add_friend_window, ADW_TYPE_WINDOW)

static void
set_error_class (gpointer row,
                 gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
}

static void
read_details (ChatAddFriendWindow *self,
              ChatFriendDetails   *details)
{
  chat_friend_details_read (details, gtk_editable_get_text (self->name_row),
                            gtk_editable_get_text (self->host_row),
                            gtk_editable_get_text (self->port_row));
}

static void
update (ChatAddFriendWindow *self)
{
  g_auto (ChatFriendDetails) details = { NULL, };
  const char *hint = NULL;

  read_details (self, &details);

  if (details.sentence != NULL)
    hint = details.sentence;
  else if (*details.host == '\0')
    hint = _("Without an address the friend can still call you.");
  else if (details.wrong == CHAT_DETAIL_PORT)
    hint = _("Ask your friend for the port, too.");

  gtk_label_set_label (self->hint_label, hint ? hint : "");
  gtk_widget_set_visible (GTK_WIDGET (self->hint_label), hint != NULL);
  set_error_class (self->hint_label, details.sentence != NULL);
  set_error_class (self->host_row, details.sentence && details.wrong == CHAT_DETAIL_HOST);
  set_error_class (self->port_row, details.sentence && details.wrong == CHAT_DETAIL_PORT);

  gtk_widget_set_sensitive (GTK_WIDGET (self->accept_button),
                            !self->busy && details.wrong == CHAT_DETAIL_NONE
                            && (self->contact != NULL || self->public_key != NULL));
}

void
chat_add_friend_window_show_refusal (ChatAddFriendWindow *self,
                                     const char          *sentence)
{
  gtk_label_set_label (self->result_label, sentence);
  set_error_class (self->result_label, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->fingerprint_label), FALSE);
  gtk_widget_set_visible (self->result_box, TRUE);
}

/* Takes what became of the text or the file. */
void
chat_add_friend_window_take_key (ChatAddFriendWindow *self,
                                 SppPublicKey        *public_key,
                                 ChatContact         *existing,
                                 const GError        *error)
{
  g_clear_pointer (&self->public_key, spp_public_key_unref);
  g_set_object (&self->existing, existing);

  gtk_widget_set_visible (self->open_chat_button, existing != NULL);
  set_error_class (self->key_row, public_key == NULL);

  if (public_key != NULL)
    {
      g_autofree char *fingerprint = spp_public_key_dup_fingerprint (public_key);

      self->public_key = spp_public_key_ref (public_key);
      gtk_label_set_label (self->result_label, _("This is a key. Compare its fingerprint:"));
      set_error_class (self->result_label, FALSE);
      gtk_label_set_label (self->fingerprint_label, fingerprint);
      gtk_widget_set_visible (GTK_WIDGET (self->fingerprint_label), TRUE);
      gtk_widget_set_visible (self->result_box, TRUE);
    }
  else
    {
      chat_add_friend_window_show_refusal (self, error->message);
    }

  update (self);
}

static void
on_key_changed (ChatAddFriendWindow *self)
{
  const char *text = gtk_editable_get_text (self->key_row);
  g_autoptr (SppPublicKey) public_key = NULL;
  g_autoptr (ChatContact) existing = NULL;
  g_autoptr (GError) error = NULL;

  if (self->node == NULL)
    return;

  /* A file that is still being read is out of date now */
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);

  if (*text == '\0')
    {
      g_clear_pointer (&self->public_key, spp_public_key_unref);
      gtk_widget_set_visible (self->result_box, FALSE);
      set_error_class (self->key_row, FALSE);
      update (self);
      return;
    }

  public_key = chat_node_recognise_text (self->node, text, &existing, &error);
  chat_add_friend_window_take_key (self, public_key, existing, error);
}

static void
on_open_chat_clicked (ChatAddFriendWindow *self)
{
  g_autoptr (ChatContact) existing = g_object_ref (self->existing);

  g_signal_emit (self, signals[SIGNAL_OPEN_CONTACT], 0, existing);
  gtk_window_close (GTK_WINDOW (self));
}

static void
set_busy (ChatAddFriendWindow *self,
          gboolean             busy)
{
  self->busy = busy;
  update (self);
}

static void
finish (ChatAddFriendWindow *self,
        ChatContact         *contact,
        const GError        *error)
{
  if (self->node == NULL)
    return;

  if (error != NULL)
    {
      g_autofree char *markup = g_markup_escape_text (error->message, -1);

      adw_toast_overlay_add_toast (self->toast_overlay, adw_toast_new (markup));
      set_busy (self, FALSE);
      return;
    }

  /* After a change, too: a new address is there to be tried */
  g_signal_emit (self, signals[SIGNAL_OPEN_CONTACT], 0, contact);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
add_contact_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (ChatAddFriendWindow) self = CHAT_ADD_FRIEND_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (ChatContact) contact = NULL;

  contact = chat_node_add_contact_finish (CHAT_NODE (object), result, &error);
  finish (self, contact, error);
}

static void
edit_contact_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (ChatAddFriendWindow) self = CHAT_ADD_FRIEND_WINDOW (user_data);
  g_autoptr (GError) error = NULL;

  chat_node_edit_contact_finish (CHAT_NODE (object), result, &error);
  finish (self, self->contact, error);
}

static void
on_accept_clicked (ChatAddFriendWindow *self)
{
  g_auto (ChatFriendDetails) details = { NULL, };

  read_details (self, &details);
  if (self->busy || details.wrong != CHAT_DETAIL_NONE)
    return;

  set_busy (self, TRUE);
  if (self->contact != NULL)
    chat_node_edit_contact_async (self->node, self->contact, details.name, details.host,
                                  details.port, gtk_switch_get_active (self->spp1_switch), NULL,
                                  edit_contact_cb, g_object_ref (self));
  else
    chat_node_add_contact_async (self->node, self->public_key, details.name, details.host,
                                 details.port, gtk_switch_get_active (self->spp1_switch), NULL,
                                 add_contact_cb, g_object_ref (self));
}

static gboolean
on_drop (GtkDropTarget       *target,
         const GValue        *value,
         double               x,
         double               y,
         ChatAddFriendWindow *self)
{
  g_autoptr (GSList) files = NULL;

  if (self->contact != NULL || self->busy)
    return FALSE;

  files = gdk_file_list_get_files (g_value_get_boxed (value));
  if (files == NULL)
    return FALSE;

  chat_add_friend_window_open_file (self, files->data);
  return TRUE;
}

/* Not earlier: what has the focus before the window is there makes GTK 4.8 tell
 * assistive technology that the window is a mere filler. */
static void
chat_add_friend_window_map (GtkWidget *widget)
{
  ChatAddFriendWindow *self = CHAT_ADD_FRIEND_WINDOW (widget);

  GTK_WIDGET_CLASS (chat_add_friend_window_parent_class)->map (widget);

  gtk_widget_grab_focus (GTK_WIDGET (self->contact ? self->name_row : self->key_row));
}

static void
chat_add_friend_window_dispose (GObject *object)
{
  ChatAddFriendWindow *self = CHAT_ADD_FRIEND_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->node);
  g_clear_object (&self->contact);
  g_clear_object (&self->existing);
  g_clear_pointer (&self->public_key, spp_public_key_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_ADD_FRIEND_WINDOW);

  G_OBJECT_CLASS (chat_add_friend_window_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/spproto/Chat/ui/chat-add-friend-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, accept_button);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, key_group);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, key_row);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, known_key_group);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, known_key_label);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, result_box);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, result_label);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, fingerprint_label);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, open_chat_button);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, name_row);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, host_row);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, port_row);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, hint_label);
  gtk_widget_class_bind_template_child (widget_class, ChatAddFriendWindow, spp1_switch);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_key_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_open_chat_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_accept_clicked);
  gtk_widget_class_bind_template_callback (widget_class, chat_add_friend_window_pick_file);
}

static void
chat_add_friend_window_class_init (ChatAddFriendWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_add_friend_window_dispose;
  widget_class->map = chat_add_friend_window_map;

  signals[SIGNAL_OPEN_CONTACT] =
    g_signal_new ("open-contact", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 1, CHAT_TYPE_CONTACT);

  bind_template (widget_class);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
limit (GtkEditable *row,
       int          max_chars)
{
  gtk_text_set_max_length (GTK_TEXT (gtk_editable_get_delegate (row)), max_chars);
}

static void
chat_add_friend_window_init (ChatAddFriendWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));

  limit (self->key_row, MAX_KEY_CHARS);
  limit (self->name_row, MAX_NAME_CHARS);
  limit (self->host_row, MAX_HOST_CHARS);
  limit (self->port_row, 5);

  g_signal_connect (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/* A session may end what was allowed at any time. */
static void
show_flags (ChatAddFriendWindow *self)
{
  SppPeerFlags flags = chat_contact_get_flags (self->contact);

  gtk_switch_set_active (self->spp1_switch, (flags & SPP_PEER_FLAGS_ALLOW_SPP1) != 0);
}

static void
show_contact (ChatAddFriendWindow *self)
{
  SppPublicKey *public_key = chat_contact_get_public_key (self->contact);
  guint16 port = chat_contact_get_port (self->contact);
  g_autofree char *port_text = port > 0 ? g_strdup_printf ("%u", port) : g_strdup ("");

  gtk_window_set_title (GTK_WINDOW (self), _("Edit Friend"));
  gtk_button_set_label (self->accept_button, _("Save"));
  gtk_widget_set_visible (self->key_group, FALSE);
  gtk_widget_set_visible (self->known_key_group, TRUE);
  gtk_label_set_label (self->known_key_label, spp_public_key_get_string (public_key));
  /* A label takes its text for its accessible name, too */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->known_key_label),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _("Friend’s Public Key"), -1);
  gtk_editable_set_text (self->name_row, chat_contact_get_name (self->contact));
  gtk_editable_set_text (self->host_row, chat_contact_get_host (self->contact));
  gtk_editable_set_text (self->port_row, port_text);
  g_signal_connect_object (self->contact, "notify::flags", G_CALLBACK (show_flags), self,
                           G_CONNECT_SWAPPED);
  show_flags (self);
}

GtkWidget *
chat_add_friend_window_new (GtkWindow   *parent,
                            ChatNode    *node,
                            ChatContact *contact)
{
  ChatAddFriendWindow *self;

  g_return_val_if_fail (CHAT_IS_NODE (node), NULL);

  self = g_object_new (CHAT_TYPE_ADD_FRIEND_WINDOW, "transient-for", parent, NULL);
  self->node = g_object_ref (node);
  g_set_object (&self->contact, contact);

  if (contact != NULL)
    show_contact (self);
  update (self);

  return GTK_WIDGET (self);
}

void
chat_add_friend_window_reset (ChatAddFriendWindow *self)
{
  GtkEditable *rows[] = { self->key_row, self->name_row, self->host_row, self->port_row };

  g_return_if_fail (CHAT_IS_ADD_FRIEND_WINDOW (self));

  if (*gtk_editable_get_text (self->key_row) == '\0')
    return;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    gtk_editable_set_text (rows[i], "");
  gtk_switch_set_active (self->spp1_switch, FALSE);
}
