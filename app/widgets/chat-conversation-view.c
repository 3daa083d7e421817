/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-conversation-view.h"

#include <glib/gi18n.h>

#include "chat-composer.h"
#include "chat-lock-button.h"
#include "chat-message-view.h"

struct _ChatConversationView
{
  AdwBin            parent_instance;

  /* Template children */
  GtkLabel         *name_label;
  GtkLabel         *presence_label;
  AdwAvatar        *avatar;
  ChatLockButton   *lock_button;
  GtkWidget        *error_revealer;
  GtkLabel         *error_label;
  GtkWidget        *allow_button;
  GtkWidget        *retry_button;
  AdwToastOverlay  *toast_overlay;
  ChatMessageView  *message_view;
  ChatComposer     *composer;

  /* Owned */
  ChatConversation *conversation;
  GBindingGroup    *contact_bindings;
  GSignalGroup     *contact_signals;
  GHashTable       *drafts;          /* ChatConversation (owned) -> text (owned) */

  /* Borrowed */
  GtkWindow        *window;

  /* State */
  gboolean          folded;
};

typedef enum
{
  PROP_FOLDED = 1,
} ChatConversationViewProperty;

static GParamSpec *props[PROP_FOLDED + 1];

G_DEFINE_FINAL_TYPE (ChatConversationView, chat_conversation_view, ADW_TYPE_BIN)

typedef struct
{
  ChatConversationView *view; /* owned */
  char                 *text; /* owned */
} SendData;

static void
send_data_free (SendData *data)
{
  g_object_unref (data->view);
  g_free (data->text);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SendData, send_data_free)

static void
show_toast (ChatConversationView *self,
            const char           *sentence)
{
  g_autofree char *markup = g_markup_escape_text (sentence, -1);

  adw_toast_overlay_add_toast (self->toast_overlay, adw_toast_new (markup));
}

/* The text was taken from the composer; nothing that the user wrote is lost. */
static void
give_back (ChatConversationView *self,
           ChatConversation     *conversation,
           const char           *text)
{
  const char *draft;

  if (conversation == self->conversation)
    {
      chat_composer_give_back (self->composer, text);
      return;
    }

  draft = g_hash_table_lookup (self->drafts, conversation);
  g_hash_table_insert (self->drafts, g_object_ref (conversation),
                       draft ? g_strconcat (text, "\n", draft, NULL) : g_strdup (text));
}

static void
send_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (SendData) data = user_data;
  ChatConversation *conversation = CHAT_CONVERSATION (object);
  g_autoptr (GError) error = NULL;

  if (chat_conversation_send_finish (conversation, result, &error))
    return;

  if (data->view->drafts == NULL)
    return;

  give_back (data->view, conversation, data->text);
  show_toast (data->view, error->message);
}

static void
on_send (ChatConversationView *self,
         const char           *text)
{
  SendData *data;

  if (self->conversation == NULL)
    return;

  data = g_new0 (SendData, 1);
  data->view = g_object_ref (self);
  data->text = g_strdup (text);
  chat_conversation_send_async (self->conversation, text, NULL, send_cb, data);
}

static void
on_retry_clicked (ChatConversationView *self)
{
  if (self->conversation != NULL)
    chat_link_connect (chat_conversation_get_link (self->conversation));
}

/* Why there is no connection, with the one thing that can be done about it. */
static void
update_error (ChatConversationView *self)
{
  ChatContact *contact = chat_conversation_get_contact (self->conversation);
  gboolean failed = chat_contact_get_failed (contact);
  gboolean asks = chat_contact_get_asks_old_protocol (contact);
  g_autofree char *question = NULL;

  if (asks)
    /* Translators: %s is the name of a friend */
    question = g_strdup_printf (_("%s speaks only an old protocol, which protects less."),
                                chat_contact_get_name (contact));

  if (asks || failed)
    {
      gtk_label_set_label (self->error_label,
                           asks ? question : chat_contact_get_status (contact));
      gtk_widget_set_visible (self->allow_button, asks);
      gtk_widget_set_visible (self->retry_button, !asks);
      gtk_widget_set_visible (self->error_revealer, TRUE);
    }
  else
    {
      gtk_label_set_label (self->error_label, "");
    }
  gtk_revealer_set_reveal_child (GTK_REVEALER (self->error_revealer), asks || failed);
}

static void
update_presence (ChatConversationView *self)
{
  ChatContact *contact = chat_conversation_get_contact (self->conversation);
  gboolean failed = chat_contact_get_failed (contact);
  const char *status = chat_contact_get_status (contact);

  /* The bar below says why, in full */
  gtk_label_set_label (self->presence_label,
                       failed || status == NULL ? _("Not connected") : status);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->presence_label), status);
  update_error (self);
}

static void
on_error_child_revealed (ChatConversationView *self)
{
  GtkRevealer *revealer = GTK_REVEALER (self->error_revealer);

  /* What is closed must not be found by keyboard or screen reader */
  gtk_widget_set_visible (self->error_revealer, gtk_revealer_get_reveal_child (revealer)
                                                || gtk_revealer_get_child_revealed (revealer));
}

/* What comes in counts as read while the user can see it. */
static void
update_active (ChatConversationView *self)
{
  gboolean active = self->window != NULL && gtk_window_is_active (self->window)
                    && gtk_widget_get_mapped (GTK_WIDGET (self));

  if (self->conversation != NULL)
    chat_conversation_set_active (self->conversation, active);
}

static void
chat_conversation_view_root (GtkWidget *widget)
{
  ChatConversationView *self = CHAT_CONVERSATION_VIEW (widget);
  GtkRoot *root;

  GTK_WIDGET_CLASS (chat_conversation_view_parent_class)->root (widget);

  root = gtk_widget_get_root (widget);
  if (GTK_IS_WINDOW (root))
    {
      self->window = GTK_WINDOW (root);
      g_signal_connect_swapped (self->window, "notify::is-active", G_CALLBACK (update_active),
                                self);
    }
}

static void
chat_conversation_view_unroot (GtkWidget *widget)
{
  ChatConversationView *self = CHAT_CONVERSATION_VIEW (widget);

  if (self->window != NULL)
    g_signal_handlers_disconnect_by_data (self->window, self);
  self->window = NULL;
  update_active (self);

  GTK_WIDGET_CLASS (chat_conversation_view_parent_class)->unroot (widget);
}

static void
chat_conversation_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (chat_conversation_view_parent_class)->map (widget);

  update_active (CHAT_CONVERSATION_VIEW (widget));
}

static void
chat_conversation_view_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (chat_conversation_view_parent_class)->unmap (widget);

  update_active (CHAT_CONVERSATION_VIEW (widget));
}

static void
chat_conversation_view_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  ChatConversationView *self = CHAT_CONVERSATION_VIEW (object);

  switch ((ChatConversationViewProperty) prop_id)
    {
    case PROP_FOLDED:
      g_value_set_boolean (value, self->folded);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_conversation_view_set_property (GObject      *object,
                                     guint         prop_id,
                                     const GValue *value,
                                     GParamSpec   *pspec)
{
  ChatConversationView *self = CHAT_CONVERSATION_VIEW (object);

  switch ((ChatConversationViewProperty) prop_id)
    {
    case PROP_FOLDED:
      if (self->folded != g_value_get_boolean (value))
        {
          self->folded = g_value_get_boolean (value);
          g_object_notify_by_pspec (object, pspec);
        }
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_conversation_view_dispose (GObject *object)
{
  ChatConversationView *self = CHAT_CONVERSATION_VIEW (object);

  if (self->conversation != NULL)
    chat_conversation_view_set_conversation (self, NULL);
  g_clear_object (&self->contact_bindings);
  g_clear_object (&self->contact_signals);
  g_clear_pointer (&self->drafts, g_hash_table_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_CONVERSATION_VIEW);

  G_OBJECT_CLASS (chat_conversation_view_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (
    widget_class, "/org/spproto/Chat/ui/chat-conversation-view.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, avatar);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, name_label);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, presence_label);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, lock_button);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, error_revealer);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, error_label);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, allow_button);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, retry_button);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, message_view);
  gtk_widget_class_bind_template_child (widget_class, ChatConversationView, composer);
  gtk_widget_class_bind_template_callback (widget_class, on_send);
  gtk_widget_class_bind_template_callback (widget_class, on_retry_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_error_child_revealed);
}

static void
chat_conversation_view_class_init (ChatConversationViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = chat_conversation_view_get_property;
  object_class->set_property = chat_conversation_view_set_property;
  object_class->dispose = chat_conversation_view_dispose;
  widget_class->root = chat_conversation_view_root;
  widget_class->unroot = chat_conversation_view_unroot;
  widget_class->map = chat_conversation_view_map;
  widget_class->unmap = chat_conversation_view_unmap;

  props[PROP_FOLDED] =
    g_param_spec_boolean ("folded", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  g_type_ensure (CHAT_TYPE_MESSAGE_VIEW);
  g_type_ensure (CHAT_TYPE_COMPOSER);
  g_type_ensure (CHAT_TYPE_LOCK_BUTTON);
  bind_template (widget_class);
}

static void
chat_conversation_view_init (ChatConversationView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->drafts = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);

  self->contact_bindings = g_binding_group_new ();
  g_binding_group_bind (self->contact_bindings, "name", self->name_label, "label",
                        G_BINDING_SYNC_CREATE);
  g_binding_group_bind (self->contact_bindings, "name", self->avatar, "text",
                        G_BINDING_SYNC_CREATE);

  self->contact_signals = g_signal_group_new (CHAT_TYPE_CONTACT);
  g_signal_group_connect_swapped (self->contact_signals, "notify::status",
                                  G_CALLBACK (update_presence), self);
  g_signal_group_connect_swapped (self->contact_signals, "notify::failed",
                                  G_CALLBACK (update_presence), self);
  g_signal_group_connect_swapped (self->contact_signals, "notify::asks-old-protocol",
                                  G_CALLBACK (update_presence), self);
}

GtkWidget *
chat_conversation_view_new (void)
{
  return g_object_new (CHAT_TYPE_CONVERSATION_VIEW, NULL);
}

static void
keep_draft (ChatConversationView *self)
{
  g_autofree char *text = chat_composer_dup_text (self->composer);

  if (*text != '\0')
    g_hash_table_insert (self->drafts, g_object_ref (self->conversation),
                         g_steal_pointer (&text));
  else
    g_hash_table_remove (self->drafts, self->conversation);
}

void
chat_conversation_view_set_conversation (ChatConversationView *self,
                                         ChatConversation     *conversation)
{
  ChatContact *contact;

  g_return_if_fail (CHAT_IS_CONVERSATION_VIEW (self));

  if (self->conversation == conversation)
    return;

  if (self->conversation != NULL)
    {
      chat_conversation_set_active (self->conversation, FALSE);
      keep_draft (self);
    }

  g_set_object (&self->conversation, conversation);
  contact = conversation ? chat_conversation_get_contact (conversation) : NULL;

  g_binding_group_set_source (self->contact_bindings, contact);
  g_signal_group_set_target (self->contact_signals, contact);
  chat_lock_button_set_contact (self->lock_button, contact);
  chat_message_view_set_conversation (self->message_view, conversation);
  if (conversation == NULL)
    return;

  chat_composer_set_text (self->composer, g_hash_table_lookup (self->drafts, conversation));
  update_presence (self);
  update_active (self);
}

ChatConversation *
chat_conversation_view_get_conversation (ChatConversationView *self)
{
  g_return_val_if_fail (CHAT_IS_CONVERSATION_VIEW (self), NULL);

  return self->conversation;
}

void
chat_conversation_view_forget (ChatConversationView *self,
                               ChatContact          *contact)
{
  GHashTableIter iter;
  gpointer conversation;

  g_return_if_fail (CHAT_IS_CONVERSATION_VIEW (self));

  g_hash_table_iter_init (&iter, self->drafts);
  while (g_hash_table_iter_next (&iter, &conversation, NULL))
    {
      if (chat_conversation_get_contact (conversation) == contact)
        g_hash_table_iter_remove (&iter);
    }
}

void
chat_conversation_view_focus_composer (ChatConversationView *self)
{
  g_return_if_fail (CHAT_IS_CONVERSATION_VIEW (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->composer));
}
