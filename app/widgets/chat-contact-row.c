/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-contact-row.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "chat-time.h"

#define MAX_SHOWN_UNREAD 99

struct _ChatContactRow
{
  GtkListBoxRow  parent_instance;

  /* Template children */
  AdwAvatar     *avatar;
  GtkWidget     *presence_dot;
  GtkLabel      *name_label;
  GtkLabel      *time_label;
  GtkLabel      *preview_label;
  GtkLabel      *unread_label;

  /* Owned */
  ChatContact   *contact;

  /* State */
  guint          position;
};

G_DEFINE_FINAL_TYPE (ChatContactRow, chat_contact_row, GTK_TYPE_LIST_BOX_ROW)

static void
update_presence (ChatContactRow *self)
{
  ChatPresence presence = chat_contact_get_presence (self->contact);

  gtk_widget_set_visible (self->presence_dot, presence != CHAT_PRESENCE_OFFLINE);
  gtk_widget_set_tooltip_text (self->presence_dot, chat_contact_get_status (self->contact));

  if (presence == CHAT_PRESENCE_CONNECTING)
    gtk_widget_add_css_class (self->presence_dot, "connecting");
  else
    gtk_widget_remove_css_class (self->presence_dot, "connecting");
}

static void
update_preview (ChatContactRow *self)
{
  guint unread = chat_contact_get_unread_count (self->contact);
  gint64 last_activity = chat_contact_get_last_activity (self->contact);
  const char *preview = chat_contact_get_preview (self->contact);
  g_autofree char *time = NULL;
  g_autofree char *count = NULL;

  if (last_activity != 0)
    time = chat_time_dup_short (last_activity);
  gtk_label_set_label (self->time_label, time ? time : "");
  gtk_label_set_label (self->preview_label,
                       preview && *preview ? preview : _("No messages yet"));

  if (unread > MAX_SHOWN_UNREAD)
    count = g_strdup_printf ("%d+", MAX_SHOWN_UNREAD);
  else
    count = g_strdup_printf ("%u", unread);
  gtk_label_set_label (self->unread_label, count);
  gtk_widget_set_visible (GTK_WIDGET (self->unread_label), unread > 0);
  if (unread > 0)
    gtk_widget_add_css_class (GTK_WIDGET (self), "unread");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "unread");
}

static void
update_accessible (ChatContactRow *self)
{
  guint unread = chat_contact_get_unread_count (self->contact);
  const char *status = chat_contact_get_status (self->contact);
  g_autofree char *description = NULL;

  if (unread > 0)
    {
      g_autofree char *count = NULL;

      count = g_strdup_printf (ngettext ("%u unread message", "%u unread messages", unread),
                               unread);
      /* Translators: how a screen reader describes a friend: “3 unread messages”, “Online” */
      description = g_strdup_printf (C_("friend", "%s. %s"), count, status ? status : "");
    }
  else
    {
      description = g_strdup (status ? status : "");
    }

  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  chat_contact_get_name (self->contact),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description,
                                  -1);
}

static void
chat_contact_row_dispose (GObject *object)
{
  ChatContactRow *self = CHAT_CONTACT_ROW (object);

  g_clear_object (&self->contact);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_CONTACT_ROW);

  G_OBJECT_CLASS (chat_contact_row_parent_class)->dispose (object);
}

static void
chat_contact_row_class_init (ChatContactRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_contact_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-contact-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatContactRow, avatar);
  gtk_widget_class_bind_template_child (widget_class, ChatContactRow, presence_dot);
  gtk_widget_class_bind_template_child (widget_class, ChatContactRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, ChatContactRow, time_label);
  gtk_widget_class_bind_template_child (widget_class, ChatContactRow, preview_label);
  gtk_widget_class_bind_template_child (widget_class, ChatContactRow, unread_label);
}

static void
chat_contact_row_init (ChatContactRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
chat_contact_row_new (ChatContact *contact)
{
  ChatContactRow *self = g_object_new (CHAT_TYPE_CONTACT_ROW, NULL);

  self->contact = g_object_ref (contact);
  g_object_bind_property (contact, "name", self->name_label, "label", G_BINDING_SYNC_CREATE);
  g_object_bind_property (contact, "name", self->avatar, "text", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (contact, "notify", G_CALLBACK (chat_contact_row_refresh), self,
                           G_CONNECT_SWAPPED);
  chat_contact_row_refresh (self);

  return GTK_WIDGET (self);
}

ChatContact *
chat_contact_row_get_contact (ChatContactRow *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT_ROW (self), NULL);

  return self->contact;
}

guint
chat_contact_row_get_position (ChatContactRow *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT_ROW (self), 0);

  return self->position;
}

void
chat_contact_row_set_position (ChatContactRow *self,
                               guint           position)
{
  g_return_if_fail (CHAT_IS_CONTACT_ROW (self));

  self->position = position;
}

void
chat_contact_row_refresh (ChatContactRow *self)
{
  g_return_if_fail (CHAT_IS_CONTACT_ROW (self));

  update_presence (self);
  update_preview (self);
  update_accessible (self);
}
