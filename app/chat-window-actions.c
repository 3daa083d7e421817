/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <glib/gi18n.h>

#include "chat-add-friend-window.h"
#include "chat-confirm.h"
#include "chat-my-key-window.h"
#include "chat-preferences-window.h"
#include "chat-window-private.h"

static void
on_open_contact (ChatWindow  *self,
                 ChatContact *contact)
{
  chat_window_show_chat (self, contact);
  chat_conversation_view_focus_composer (self->conversation_view);
}

static GtkWidget *
create_friend_window (ChatWindow  *self,
                      ChatContact *contact)
{
  GtkWidget *window = chat_add_friend_window_new (GTK_WINDOW (self), self->node, contact);

  g_signal_connect_object (window, "open-contact", G_CALLBACK (on_open_contact), self,
                           G_CONNECT_SWAPPED);

  return window;
}

void
chat_window_add_friend (ChatWindow *self,
                        GFile      *file)
{
  ChatAddFriendWindow *window;

  if (self->add_friend_window == NULL)
    g_set_weak_pointer (&self->add_friend_window, create_friend_window (self, NULL));
  window = CHAT_ADD_FRIEND_WINDOW (self->add_friend_window);

  if (file != NULL)
    {
      chat_add_friend_window_reset (window);
      chat_add_friend_window_open_file (window, file);
    }
  gtk_window_present (GTK_WINDOW (window));
}

static void
add_friend_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  chat_window_add_friend (CHAT_WINDOW (widget), NULL);
}

static void
edit_friend_action (GtkWidget  *widget,
                    const char *name,
                    GVariant   *parameter)
{
  ChatWindow *self = CHAT_WINDOW (widget);
  GtkWidget *window = create_friend_window (self, chat_window_get_contact (self));

  gtk_window_present (GTK_WINDOW (window));
}

static void
my_key_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  ChatWindow *self = CHAT_WINDOW (widget);

  gtk_window_present (GTK_WINDOW (chat_my_key_window_new (GTK_WINDOW (self), self->node)));
}

static void
preferences_action (GtkWidget  *widget,
                    const char *name,
                    GVariant   *parameter)
{
  ChatWindow *self = CHAT_WINDOW (widget);

  gtk_window_present (GTK_WINDOW (chat_preferences_window_new (GTK_WINDOW (self), self->node)));
}

typedef struct
{
  ChatWindow  *window;  /* owned */
  ChatContact *contact; /* owned */
} ConfirmData;

static ConfirmData *
confirm_data_new (ChatWindow  *window,
                  ChatContact *contact)
{
  ConfirmData *data = g_new0 (ConfirmData, 1);

  data->window = g_object_ref (window);
  data->contact = g_object_ref (contact);

  return data;
}

static void
confirm_data_free (ConfirmData *data)
{
  g_object_unref (data->window);
  g_object_unref (data->contact);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfirmData, confirm_data_free)

static void
remove_contact_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (ConfirmData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *sentence = NULL;
  const char *name = chat_contact_get_name (data->contact);
  gboolean removed = chat_node_remove_contact_finish (CHAT_NODE (object), result, &error);

  if (data->window->stopped)
    return;

  if (removed)
    /* Translators: %s is the name of a friend who was removed */
    sentence = g_strdup_printf (_("%s was removed"), name);
  else
    /* Translators: the name of a friend, and the sentence that says why */
    sentence = g_strdup_printf (_("%s was not removed: %s"), name, error->message);
  chat_window_show_toast (data->window, sentence);
}

static void
confirm_remove_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (ConfirmData) data = user_data;
  ChatWindow *self = data->window;

  if (!chat_confirm_finish (GTK_WINDOW (object), result, NULL) || self->stopped)
    return;

  if (chat_window_get_contact (self) == data->contact)
    chat_window_show_chat (self, NULL);
  chat_conversation_view_forget (self->conversation_view, data->contact);
  chat_node_remove_contact_async (self->node, data->contact, NULL, remove_contact_cb, data);
  g_steal_pointer (&data);
}

static void
remove_friend_action (GtkWidget  *widget,
                      const char *name,
                      GVariant   *parameter)
{
  ChatWindow *self = CHAT_WINDOW (widget);
  ChatContact *contact = chat_window_get_contact (self);
  g_autofree char *heading = NULL;
  /* Translators: %s is the name of a friend */
  heading = g_strdup_printf (_("Remove %s?"), chat_contact_get_name (contact));
  chat_confirm_async (GTK_WINDOW (self), heading,
                      _("All messages of this chat are deleted from this computer. This cannot be "
                        "taken back."),
                      _("Cancel"), _("Remove"), NULL, confirm_remove_cb,
                      confirm_data_new (self, contact));
}

static void
confirm_old_protocol_cb (GObject      *object,
                         GAsyncResult *result,
                         gpointer      user_data)
{
  g_autoptr (ConfirmData) data = user_data;
  gboolean allowed = chat_confirm_finish (GTK_WINDOW (object), result, NULL);

  if (data->window->stopped)
    return;

  if (allowed)
    chat_node_allow_spp1 (data->window->node, data->contact);
  else
    chat_contact_decline_old_protocol (data->contact);
}

static void
allow_old_protocol_action (GtkWidget  *widget,
                           const char *name,
                           GVariant   *parameter)
{
  ChatWindow *self = CHAT_WINDOW (widget);
  ChatContact *contact = chat_window_get_contact (self);
  const char *friend_name = chat_contact_get_name (contact);
  g_autofree char *heading = NULL;
  g_autofree char *body = NULL;

  /* Translators: %s is the name of a friend */
  heading = g_strdup_printf (_("Allow the old protocol with %s?"), friend_name);
  /* Translators: all three are the name of a friend */
  body = g_strdup_printf (_("SPP/1 protects less: a connection can be cut unnoticed, and %s cannot "
                            "be quite sure that it is you who writes. Allow it only if you know "
                            "that %s has such a program, like spproto. Once %s has SPP Chat, it "
                            "is not used any more."),
                          friend_name, friend_name, friend_name);
  chat_confirm_async (GTK_WINDOW (self), heading, body, _("Don’t Allow"), _("Allow"), NULL,
                      confirm_old_protocol_cb, confirm_data_new (self, contact));
}

/* The next chat of the list in either direction. */
static void
move (ChatWindow *self,
      int         step)
{
  GListModel *contacts = G_LIST_MODEL (chat_node_get_contacts (self->node));
  guint n_contacts = g_list_model_get_n_items (contacts);
  ChatContact *current = chat_window_get_contact (self);
  g_autoptr (ChatContact) next = NULL;
  guint position = step > 0 ? 0 : n_contacts - 1;

  for (guint i = 0; current != NULL && i < n_contacts; i++)
    {
      g_autoptr (ChatContact) contact = g_list_model_get_item (contacts, i);

      /* Before the first the number wraps around, and there is no item */
      if (contact == current)
        position = i + (guint) step;
    }

  next = g_list_model_get_item (contacts, position);
  if (next != NULL)
    on_open_contact (self, next);
}

static void
next_chat_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  move (CHAT_WINDOW (widget), 1);
}

static void
previous_chat_action (GtkWidget  *widget,
                      const char *name,
                      GVariant   *parameter)
{
  move (CHAT_WINDOW (widget), -1);
}

void
chat_window_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.add-friend", NULL, add_friend_action);
  gtk_widget_class_install_action (widget_class, "win.edit-friend", NULL, edit_friend_action);
  gtk_widget_class_install_action (widget_class, "win.remove-friend", NULL,
                                   remove_friend_action);
  gtk_widget_class_install_action (widget_class, "win.allow-old-protocol", NULL,
                                   allow_old_protocol_action);
  gtk_widget_class_install_action (widget_class, "win.my-key", NULL, my_key_action);
  gtk_widget_class_install_action (widget_class, "win.preferences", NULL, preferences_action);
  gtk_widget_class_install_action (widget_class, "win.next-chat", NULL, next_chat_action);
  gtk_widget_class_install_action (widget_class, "win.previous-chat", NULL,
                                   previous_chat_action);
}

void
chat_window_update_actions (ChatWindow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean ready = self->node != NULL;
  gboolean chat = ready && chat_window_get_contact (self) != NULL;
  gboolean friends = FALSE;

  if (ready)
    friends = g_list_model_get_n_items (G_LIST_MODEL (chat_node_get_contacts (self->node))) > 0;

  gtk_widget_action_set_enabled (widget, "win.add-friend", ready);
  gtk_widget_action_set_enabled (widget, "win.my-key", ready);
  gtk_widget_action_set_enabled (widget, "win.preferences", ready);
  gtk_widget_action_set_enabled (widget, "win.edit-friend", chat);
  gtk_widget_action_set_enabled (widget, "win.remove-friend", chat);
  gtk_widget_action_set_enabled (widget, "win.allow-old-protocol", chat);
  gtk_widget_action_set_enabled (widget, "win.next-chat", friends);
  gtk_widget_action_set_enabled (widget, "win.previous-chat", friends);
}
