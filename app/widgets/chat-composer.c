/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-composer.h"

#define MAX_LINES 6

struct _ChatComposer
{
  AdwBin             parent_instance;

  /* Template children */
  GtkScrolledWindow *scroller;
  GtkTextView       *text_view;
  GtkWidget         *placeholder;
  GtkWidget         *send_button;

  /* State */
  gboolean           composing;
};

enum
{
  SIGNAL_SEND,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ChatComposer, chat_composer, ADW_TYPE_BIN)

static gboolean
is_blank (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (!g_unichar_isspace (g_utf8_get_char (p)))
        return FALSE;
    }

  return TRUE;
}

static void
update (ChatComposer *self)
{
  g_autofree char *text = chat_composer_dup_text (self);

  gtk_widget_set_visible (self->placeholder, *text == '\0' && !self->composing);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "composer.send", !is_blank (text));
}

/* Six lines of whatever font size the user has. */
static void
update_height (ChatComposer *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self->text_view));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int line = pango_font_metrics_get_height (metrics);
  int margins = gtk_text_view_get_top_margin (self->text_view)
                + gtk_text_view_get_bottom_margin (self->text_view);

  gtk_scrolled_window_set_max_content_height (self->scroller,
                                              PANGO_PIXELS_CEIL (line) * MAX_LINES + margins);
  pango_font_metrics_unref (metrics);
}

static void
send_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  ChatComposer *self = CHAT_COMPOSER (widget);
  g_autofree char *text = chat_composer_dup_text (self);

  if (is_blank (text))
    return;

  chat_composer_set_text (self, "");
  g_signal_emit (self, signals[SIGNAL_SEND], 0, text);
}

static void
on_emoji_clicked (ChatComposer *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
  g_signal_emit_by_name (self->text_view, "insert-emoji");
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                ChatComposer          *self)
{
  GdkEvent *event;

  if (keyval != GDK_KEY_Return && keyval != GDK_KEY_KP_Enter && keyval != GDK_KEY_ISO_Enter)
    return GDK_EVENT_PROPAGATE;
  if (state & GDK_SHIFT_MASK)
    return GDK_EVENT_PROPAGATE;

  /* While an input method composes, Enter is an answer to it */
  event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller));
  if (!gtk_text_view_im_context_filter_keypress (self->text_view, event))
    gtk_widget_activate_action (GTK_WIDGET (self), "composer.send", NULL);

  return GDK_EVENT_STOP;
}

static void
on_preedit_changed (ChatComposer *self,
                    const char   *preedit)
{
  self->composing = *preedit != '\0';
  update (self);
}

static gboolean
chat_composer_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (CHAT_COMPOSER (widget)->text_view));
}

static void
chat_composer_realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (chat_composer_parent_class)->realize (widget);

  update_height (CHAT_COMPOSER (widget));
}

static void
chat_composer_system_setting_changed (GtkWidget        *widget,
                                      GtkSystemSetting  setting)
{
  GTK_WIDGET_CLASS (chat_composer_parent_class)->system_setting_changed (widget, setting);

  if (setting != GTK_SYSTEM_SETTING_ICON_THEME)
    update_height (CHAT_COMPOSER (widget));
}

static void
chat_composer_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), CHAT_TYPE_COMPOSER);

  G_OBJECT_CLASS (chat_composer_parent_class)->dispose (object);
}

static void
chat_composer_class_init (ChatComposerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_composer_dispose;
  widget_class->grab_focus = chat_composer_grab_focus;
  widget_class->realize = chat_composer_realize;
  widget_class->system_setting_changed = chat_composer_system_setting_changed;

  signals[SIGNAL_SEND] = g_signal_new ("send", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-composer.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatComposer, scroller);
  gtk_widget_class_bind_template_child (widget_class, ChatComposer, text_view);
  gtk_widget_class_bind_template_child (widget_class, ChatComposer, placeholder);
  gtk_widget_class_bind_template_child (widget_class, ChatComposer, send_button);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_emoji_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_key_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_preedit_changed);

  gtk_widget_class_install_action (widget_class, "composer.send", NULL, send_action);
}

static void
chat_composer_init (ChatComposer *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update (self);
}

GtkWidget *
chat_composer_new (void)
{
  return g_object_new (CHAT_TYPE_COMPOSER, NULL);
}

char *
chat_composer_dup_text (ChatComposer *self)
{
  GtkTextBuffer *buffer;
  char *text;

  g_return_val_if_fail (CHAT_IS_COMPOSER (self), NULL);

  buffer = gtk_text_view_get_buffer (self->text_view);
  g_object_get (buffer, "text", &text, NULL);

  return text;
}

void
chat_composer_set_text (ChatComposer *self,
                        const char   *text)
{
  g_return_if_fail (CHAT_IS_COMPOSER (self));

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text_view), text ? text : "", -1);
}

void
chat_composer_give_back (ChatComposer *self,
                         const char   *text)
{
  GtkTextBuffer *buffer;
  GtkTextIter start;

  g_return_if_fail (CHAT_IS_COMPOSER (self));

  buffer = gtk_text_view_get_buffer (self->text_view);
  if (gtk_text_buffer_get_char_count (buffer) > 0)
    {
      gtk_text_buffer_get_start_iter (buffer, &start);
      gtk_text_buffer_insert (buffer, &start, "\n", -1);
    }
  gtk_text_buffer_get_start_iter (buffer, &start);
  gtk_text_buffer_insert (buffer, &start, text, -1);
}
