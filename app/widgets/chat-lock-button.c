/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-lock-button.h"

#include <glib/gi18n.h>

#include "chat-time.h"

struct _ChatLockButton
{
  AdwBin         parent_instance;

  /* The child; bound, the template would drop it before its parent does */
  GtkMenuButton *button;

  /* Template children */
  GtkWidget     *popover;
  GtkLabel      *title_label;
  GtkLabel      *description_label;
  GtkWidget     *session_box;
  GtkLabel      *protocol_label;
  GtkLabel      *post_quantum_label;
  GtkLabel      *since_label;
  GtkWidget     *code_box;
  GtkLabel      *code_label;
  GtkLabel      *code_hint_label;
  GtkLabel      *key_title_label;
  GtkLabel      *key_label;

  /* Owned */
  ChatContact   *contact;
  GSignalGroup  *contact_signals;
};

G_DEFINE_FINAL_TYPE (ChatLockButton, chat_lock_button, ADW_TYPE_BIN)

static void
set_name (gpointer    widget,
          const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* @description takes the friend's name */
static void
show_level (ChatLockButton *self,
            const char     *icon_name,
            const char     *title,
            char           *description)
{
  g_autofree char *owned = description;

  gtk_menu_button_set_icon_name (self->button, icon_name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), title);
  set_name (self->button, title);
  gtk_label_set_label (self->title_label, title);
  gtk_label_set_label (self->description_label, description);
  set_name (self->popover, title);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->popover),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static void
show_summary (ChatLockButton       *self,
              const ChatProtection *protection)
{
  const char *name = chat_contact_get_name (self->contact);

  if (protection == NULL)
    show_level (self, "chat-lock-open-symbolic", _("No Connection"),
                /* Translators: %s is the name of a friend */
                g_strdup_printf (_("What you write is kept on this computer until %s is "
                                   "connected."), name));
  else if (protection->version < 2)
    show_level (self, "chat-lock-weak-symbolic", _("Protected Less, by SPP/1"),
                /* Translators: both are the name of a friend */
                g_strdup_printf (_("Nobody else can read your messages. But with the old protocol "
                                   "of %s a connection can be cut unnoticed, and %s cannot be "
                                   "quite sure that it is you who writes."), name, name));
  else
    show_level (self, "chat-lock-symbolic", _("Protected by SPP/2"),
                /* Translators: both are the name of a friend */
                g_strdup_printf (_("Only you and %s can read your messages. What comes from %s, "
                                   "and the end of the connection, is proved to be genuine."),
                                 name, name));

  if (protection != NULL && protection->version < 2)
    gtk_widget_add_css_class (GTK_WIDGET (self), "warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "warning");
}

static char *
dup_since (gint64 since)
{
  g_autofree char *day = chat_time_dup_day (since);
  g_autofree char *clock = chat_time_dup_clock (since);

  /* Translators: a day and a time, such as “Today, 14:03” */
  return g_strdup_printf (_("%s, %s"), day, clock);
}

static void
show_session (ChatLockButton       *self,
              const ChatProtection *protection)
{
  gboolean old = protection != NULL && protection->version < 2;
  g_autofree char *protocol = NULL;
  g_autofree char *since = NULL;
  g_autofree char *hint = NULL;

  gtk_widget_set_visible (self->session_box, protection != NULL);
  gtk_widget_set_visible (self->code_box, old);
  if (protection == NULL)
    return;

  protocol = g_strdup_printf ("SPP/%u", protection->version);
  gtk_label_set_label (self->protocol_label, protocol);
  gtk_label_set_label (self->post_quantum_label,
                       protection->post_quantum
                       /* Translators: the messages are protected against quantum computers */
                       ? C_("protected", "Yes, by ML-KEM")
                       /* Translators: the messages are not protected against quantum computers */
                       : C_("protected", "No"));
  since = dup_since (protection->since);
  gtk_label_set_label (self->since_label, since);
  if (!old)
    return;

  gtk_label_set_label (self->code_label, protection->code);
  set_name (self->code_label, _("Session Code"));
  /* Translators: %s is the name of a friend */
  hint = g_strdup_printf (_("If the program of %s shows a code, too, compare the two by voice: "
                            "where they are the same, nobody sits in between."),
                          chat_contact_get_name (self->contact));
  gtk_label_set_label (self->code_hint_label, hint);
}

static void
update (ChatLockButton *self)
{
  const ChatProtection *protection;
  g_autofree char *fingerprint = NULL;
  g_autofree char *key_title = NULL;

  if (self->contact == NULL)
    return;

  protection = chat_contact_get_protection (self->contact);
  show_summary (self, protection);
  show_session (self, protection);

  fingerprint = spp_public_key_dup_fingerprint (chat_contact_get_public_key (self->contact));
  /* Translators: %s is the name of a friend */
  key_title = g_strdup_printf (_("Fingerprint of %s’s key"), chat_contact_get_name (self->contact));
  gtk_label_set_label (self->key_title_label, key_title);
  gtk_label_set_label (self->key_label, fingerprint);
  /* A label takes its text for its accessible name, too */
  set_name (self->key_label, key_title);
}

/* Or the first label that can be selected has the focus, and is selected. */
static void
on_popover_show (ChatLockButton *self)
{
  gtk_label_select_region (self->code_label, 0, 0);
  gtk_label_select_region (self->key_label, 0, 0);
  gtk_widget_grab_focus (self->popover);
}

static void
chat_lock_button_dispose (GObject *object)
{
  ChatLockButton *self = CHAT_LOCK_BUTTON (object);

  g_clear_object (&self->contact);
  g_clear_object (&self->contact_signals);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_LOCK_BUTTON);

  G_OBJECT_CLASS (chat_lock_button_parent_class)->dispose (object);
}

static void
chat_lock_button_class_init (ChatLockButtonClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_lock_button_dispose;

  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/spproto/Chat/ui/chat-lock-button.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, popover);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, title_label);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, description_label);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, session_box);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, protocol_label);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, post_quantum_label);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, since_label);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, code_box);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, code_label);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, code_hint_label);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, key_title_label);
  gtk_widget_class_bind_template_child (widget_class, ChatLockButton, key_label);
  gtk_widget_class_bind_template_callback (widget_class, on_popover_show);
}

static void
chat_lock_button_init (ChatLockButton *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->button = GTK_MENU_BUTTON (adw_bin_get_child (ADW_BIN (self)));

  self->contact_signals = g_signal_group_new (CHAT_TYPE_CONTACT);
  g_signal_group_connect_swapped (self->contact_signals, "notify::protection",
                                  G_CALLBACK (update), self);
  g_signal_group_connect_swapped (self->contact_signals, "notify::name",
                                  G_CALLBACK (update), self);
}

void
chat_lock_button_set_contact (ChatLockButton *self,
                              ChatContact    *contact)
{
  g_return_if_fail (CHAT_IS_LOCK_BUTTON (self));
  g_return_if_fail (contact == NULL || CHAT_IS_CONTACT (contact));

  g_set_object (&self->contact, contact);
  g_signal_group_set_target (self->contact_signals, contact);
  gtk_menu_button_popdown (self->button);
  update (self);
}
