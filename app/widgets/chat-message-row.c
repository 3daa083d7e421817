/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-message-row.h"

#include <glib/gi18n.h>

#include "chat-time.h"

/* A longer run without a space is not broken like words: the time that Pango
 * takes for that grows with the square of the length. */
#define MAX_WORD_CHARS 256

struct _ChatMessageRow
{
  AdwBin       parent_instance;

  /* Template children */
  GtkWidget   *body;
  GtkLabel    *day_label;
  GtkWidget   *bubble;
  GtkLabel    *text_label;
  GtkWidget   *copy_button;
  GtkWidget   *meta_box;
  GtkLabel    *time_label;
  GtkImage    *state_icon;

  /* Owned */
  ChatContact *contact;
  ChatMessage *message;
  ChatMessage *previous;
  ChatMessage *next;
};

G_DEFINE_FINAL_TYPE (ChatMessageRow, chat_message_row, ADW_TYPE_BIN)

static void
set_css_class (GtkWidget  *widget,
               const char *css_class,
               gboolean    set)
{
  if (set)
    gtk_widget_add_css_class (widget, css_class);
  else
    gtk_widget_remove_css_class (widget, css_class);
}

/* The same sender in the same minute, and nothing that has to be told apart. */
static gboolean
belong_together (ChatMessage *a,
                 ChatMessage *b)
{
  const gint64 minute = 60 * G_USEC_PER_SEC;

  return a != NULL && b != NULL
         && chat_message_is_outgoing (a) == chat_message_is_outgoing (b)
         && chat_message_get_time (a) / minute == chat_message_get_time (b) / minute;
}

static PangoWrapMode
choose_wrap_mode (const char *text)
{
  guint n_chars = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      n_chars = g_unichar_isspace (g_utf8_get_char (p)) ? 0 : n_chars + 1;
      if (n_chars > MAX_WORD_CHARS)
        return PANGO_WRAP_CHAR;
    }

  return PANGO_WRAP_WORD_CHAR;
}

static char *
dup_state_sentence (ChatMessageRow *self)
{
  switch (chat_message_get_state (self->message))
    {
    case CHAT_MESSAGE_STATE_QUEUED:
      /* Translators: the state of a message; %s is the friend’s name */
      return g_strdup_printf (_("Queued until %s is online"),
                              chat_contact_get_name (self->contact));
    case CHAT_MESSAGE_STATE_SENT:
      /* Translators: the state of a message */
      return g_strdup (_("Sent, not confirmed"));
    case CHAT_MESSAGE_STATE_RECEIVED:
    default:
      return NULL;
    }
}

/* What a screen reader says belongs to the item of the list, which is what gets
 * the focus. */
static void
update_accessible (ChatMessageRow *self)
{
  GtkWidget *item = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *clock = NULL;
  g_autofree char *name = NULL;
  g_autofree char *state = NULL;
  const char *sender;

  if (item == NULL || self->message == NULL)
    return;

  clock = chat_time_dup_clock (chat_message_get_time (self->message));
  state = dup_state_sentence (self);
  /* Translators: who wrote a message */
  sender = chat_message_is_outgoing (self->message) ? C_("sender", "You")
                                                    : chat_contact_get_name (self->contact);
  /* Translators: how a screen reader reads a message: sender, time, text */
  name = g_strdup_printf (_("%s, %s: %s"), sender, clock,
                          chat_message_get_display (self->message));

  gtk_accessible_update_property (GTK_ACCESSIBLE (item),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, state ? state : "",
                                  -1);
}

static void
update_meta (ChatMessageRow *self)
{
  gint64 time = chat_message_get_time (self->message);
  ChatMessageState state = chat_message_get_state (self->message);
  g_autofree char *clock = chat_time_dup_clock (time);
  g_autofree char *full = chat_time_dup_full (time);
  g_autofree char *sentence = dup_state_sentence (self);
  const char *icon = "chat-sent-symbolic";
  gboolean last;

  last = !belong_together (self->message, self->next)
         || chat_message_get_state (self->next) != state;
  gtk_widget_set_visible (self->meta_box, last);
  set_css_class (self->bubble, "last", !belong_together (self->message, self->next));

  gtk_label_set_label (self->time_label, clock);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->time_label), full);

  if (state == CHAT_MESSAGE_STATE_QUEUED)
    icon = "chat-queued-symbolic";

  gtk_widget_set_visible (GTK_WIDGET (self->state_icon), sentence != NULL);
  gtk_image_set_from_icon_name (self->state_icon, icon);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->state_icon), sentence);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->state_icon),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, sentence ? sentence : "", -1);
}

static void
update_day (ChatMessageRow *self)
{
  gint64 time = chat_message_get_time (self->message);
  gboolean new_day = self->previous == NULL
                     || !chat_time_same_day (chat_message_get_time (self->previous), time);

  gtk_widget_set_visible (GTK_WIDGET (self->day_label), new_day);
  if (new_day)
    {
      g_autofree char *day = chat_time_dup_day (time);

      gtk_label_set_label (self->day_label, day);
    }
}

static void
update (ChatMessageRow *self)
{
  gboolean outgoing;
  gboolean first;

  if (self->message == NULL)
    return;

  outgoing = chat_message_is_outgoing (self->message);
  first = !belong_together (self->previous, self->message);

  set_css_class (self->bubble, "outgoing", outgoing);
  set_css_class (self->bubble, "incoming", !outgoing);
  set_css_class (self->bubble, "first", first);
  set_css_class (self->bubble, "notice", chat_message_is_notice (self->message));
  set_css_class (self->body, "first", first);

  gtk_widget_set_halign (self->bubble, outgoing ? GTK_ALIGN_END : GTK_ALIGN_START);
  gtk_widget_set_halign (self->meta_box, outgoing ? GTK_ALIGN_END : GTK_ALIGN_START);
  gtk_widget_set_margin_start (self->body, outgoing ? 48 : 0);
  gtk_widget_set_margin_end (self->body, outgoing ? 0 : 48);

  update_day (self);
  update_meta (self);
  update_accessible (self);
}

static void
on_state_changed (ChatMessage    *message,
                  GParamSpec     *pspec,
                  ChatMessageRow *self)
{
  update (self);
}

/* The state of the next message counts too: it decides where the time shows. */
static void
set_watched (ChatMessageRow  *self,
             ChatMessage    **member,
             ChatMessage     *message)
{
  if (*member == message)
    return;

  if (*member != NULL)
    g_signal_handlers_disconnect_by_func (*member, on_state_changed, self);
  g_set_object (member, message);
  if (message != NULL)
    g_signal_connect (message, "notify::state", G_CALLBACK (on_state_changed), self);
}

static void
copy_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  ChatMessageRow *self = CHAT_MESSAGE_ROW (widget);

  if (self->message != NULL && chat_message_get_text (self->message) != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (widget),
                            chat_message_get_text (self->message));
}

static void
chat_message_row_dispose (GObject *object)
{
  ChatMessageRow *self = CHAT_MESSAGE_ROW (object);

  set_watched (self, &self->message, NULL);
  set_watched (self, &self->next, NULL);
  g_clear_object (&self->contact);
  g_clear_object (&self->previous);

  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_MESSAGE_ROW);

  G_OBJECT_CLASS (chat_message_row_parent_class)->dispose (object);
}

static void
chat_message_row_class_init (ChatMessageRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_message_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-message-row.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatMessageRow, body);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageRow, day_label);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageRow, bubble);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageRow, text_label);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageRow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageRow, meta_box);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageRow, time_label);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageRow, state_icon);

  gtk_widget_class_install_action (widget_class, "message.copy", NULL, copy_action);
  gtk_widget_class_set_css_name (widget_class, "messagerow");
}

static void
chat_message_row_init (ChatMessageRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
chat_message_row_new (void)
{
  return g_object_new (CHAT_TYPE_MESSAGE_ROW, NULL);
}

void
chat_message_row_set_message (ChatMessageRow *self,
                              ChatContact    *contact,
                              ChatMessage    *message)
{
  g_return_if_fail (CHAT_IS_MESSAGE_ROW (self));

  set_watched (self, &self->message, message);
  set_watched (self, &self->next, NULL);
  g_set_object (&self->contact, contact);
  g_clear_object (&self->previous);

  if (message == NULL)
    {
      gtk_label_set_label (self->text_label, "");
      return;
    }

  gtk_label_set_wrap_mode (self->text_label,
                           choose_wrap_mode (chat_message_get_display (message)));
  gtk_label_set_label (self->text_label, chat_message_get_display (message));
  gtk_widget_set_visible (self->copy_button, chat_message_is_cut (message));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "message.copy",
                                 chat_message_get_text (message) != NULL);
  update (self);
}

ChatMessage *
chat_message_row_get_message (ChatMessageRow *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE_ROW (self), NULL);

  return self->message;
}

void
chat_message_row_set_context (ChatMessageRow *self,
                              ChatMessage    *previous,
                              ChatMessage    *next)
{
  g_return_if_fail (CHAT_IS_MESSAGE_ROW (self));

  g_set_object (&self->previous, previous);
  set_watched (self, &self->next, next);
  update (self);
}
