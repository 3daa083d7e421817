/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-message-view.h"

#include <glib/gi18n.h>

#include "chat-message-row.h"

/* Nearer to the end than this is at the end. */
#define END_DISTANCE 32

struct _ChatMessageView
{
  AdwBin             parent_instance;

  /* Template children */
  GtkScrolledWindow *scroller;
  GtkListView       *list_view;
  GtkWidget         *jump_revealer;
  GtkLabel          *jump_label;
  GtkWidget         *older_spinner;

  /* Owned */
  ChatConversation  *conversation;
  GHashTable        *bound_items;    /* GtkListItem, borrowed while bound */
  GCancellable      *older_cancellable; /* while older messages load */

  /* State */
  gboolean           at_end;
  gboolean           layout_changed;
  guint              settle_id;
  guint              n_missed;
};

G_DEFINE_FINAL_TYPE (ChatMessageView, chat_message_view, ADW_TYPE_BIN)

static GtkAdjustment *
get_adjustment (ChatMessageView *self)
{
  return gtk_scrolled_window_get_vadjustment (self->scroller);
}

static double
get_end (GtkAdjustment *adjustment)
{
  return gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);
}

static guint
count_messages (ChatMessageView *self)
{
  return self->conversation ? g_list_model_get_n_items (G_LIST_MODEL (self->conversation)) : 0;
}

static void
update_jump_button (ChatMessageView *self)
{
  g_autofree char *text = NULL;

  gtk_revealer_set_reveal_child (GTK_REVEALER (self->jump_revealer), !self->at_end);
  gtk_widget_set_can_target (self->jump_revealer, !self->at_end);

  if (self->n_missed > 0)
    /* Translators: on a button that goes down to the newest message */
    text = g_strdup_printf (ngettext ("%u new message", "%u new messages", self->n_missed),
                            self->n_missed);
  gtk_label_set_label (self->jump_label, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->jump_label), text != NULL);
}

static void
set_at_end (ChatMessageView *self,
            gboolean         at_end)
{
  self->at_end = at_end;
  if (at_end)
    self->n_missed = 0;
  update_jump_button (self);
}

static void
load_older_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (ChatMessageView) self = CHAT_MESSAGE_VIEW (user_data);
  g_autoptr (GError) error = NULL;

  chat_conversation_load_older_finish (CHAT_CONVERSATION (object), result, &error);
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_warning ("Loading older messages failed: %s", error->message);

  if (self->conversation != CHAT_CONVERSATION (object))
    return;

  g_clear_object (&self->older_cancellable);
  gtk_widget_set_visible (self->older_spinner, FALSE);
}

static void
maybe_load_older (ChatMessageView *self)
{
  GtkAdjustment *adjustment = get_adjustment (self);

  if (self->conversation == NULL || self->older_cancellable != NULL
      || !chat_conversation_get_has_older (self->conversation)
      || !gtk_widget_get_mapped (GTK_WIDGET (self))
      || gtk_adjustment_get_value (adjustment) > gtk_adjustment_get_page_size (adjustment) / 2)
    return;

  self->older_cancellable = g_cancellable_new ();
  gtk_widget_set_visible (self->older_spinner, TRUE);
  chat_conversation_load_older_async (self->conversation, self->older_cancellable,
                                      load_older_cb, g_object_ref (self));
}

static gboolean
settle_cb (gpointer user_data)
{
  ChatMessageView *self = CHAT_MESSAGE_VIEW (user_data);
  GtkAdjustment *adjustment = get_adjustment (self);

  self->settle_id = 0;
  self->layout_changed = FALSE;

  if (self->at_end && gtk_adjustment_get_value (adjustment) < get_end (adjustment))
    gtk_adjustment_set_value (adjustment, get_end (adjustment));
  maybe_load_older (self);

  return G_SOURCE_REMOVE;
}

static void
queue_settle (ChatMessageView *self)
{
  if (self->settle_id == 0)
    self->settle_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, settle_cb, self, NULL);
}

/* The list only estimates the size of what it does not show, and corrects
 * itself while it goes: such a change is not the user's scrolling. */
static void
on_adjustment_changed (ChatMessageView *self)
{
  self->layout_changed = TRUE;
  queue_settle (self);
}

static void
on_adjustment_value_changed (ChatMessageView *self)
{
  GtkAdjustment *adjustment = get_adjustment (self);

  if (self->layout_changed)
    return;

  set_at_end (self, gtk_adjustment_get_value (adjustment) >= get_end (adjustment) - END_DISTANCE);
  maybe_load_older (self);
}

static void
on_jump_clicked (ChatMessageView *self)
{
  chat_message_view_scroll_to_newest (self);
}

static void
update_context (ChatMessageView *self,
                GtkListItem     *item)
{
  GListModel *model = G_LIST_MODEL (self->conversation);
  GtkWidget *row = gtk_list_item_get_child (item);
  guint position = gtk_list_item_get_position (item);
  g_autoptr (ChatMessage) previous = NULL;
  g_autoptr (ChatMessage) next = NULL;

  if (model == NULL || row == NULL || position == GTK_INVALID_LIST_POSITION)
    return;

  if (position > 0)
    previous = g_list_model_get_item (model, position - 1);
  next = g_list_model_get_item (model, position + 1);
  chat_message_row_set_context (CHAT_MESSAGE_ROW (row), previous, next);
}

static void
on_items_changed (ChatMessageView *self,
                  guint            position,
                  guint            n_removed,
                  guint            n_added)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->bound_items);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    update_context (self, item);

  if (n_added > 0 && position + n_added == count_messages (self))
    {
      g_autoptr (ChatMessage) last = NULL;

      last = g_list_model_get_item (G_LIST_MODEL (self->conversation), position + n_added - 1);
      if (chat_message_is_outgoing (last))
        chat_message_view_scroll_to_newest (self);
      else if (!self->at_end)
        self->n_missed += n_added;
      update_jump_button (self);
    }

  queue_settle (self);
}

static void
on_setup (GtkSignalListItemFactory *factory,
          GtkListItem              *item,
          ChatMessageView          *self)
{
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_selectable (item, FALSE);
  gtk_list_item_set_child (item, chat_message_row_new ());
}

static void
on_bind (GtkSignalListItemFactory *factory,
         GtkListItem              *item,
         ChatMessageView          *self)
{
  ChatContact *contact = chat_conversation_get_contact (self->conversation);

  chat_message_row_set_message (CHAT_MESSAGE_ROW (gtk_list_item_get_child (item)), contact,
                                gtk_list_item_get_item (item));
  g_hash_table_add (self->bound_items, item);
  update_context (self, item);
}

static void
on_unbind (GtkSignalListItemFactory *factory,
           GtkListItem              *item,
           ChatMessageView          *self)
{
  GtkWidget *row = gtk_list_item_get_child (item);

  g_hash_table_remove (self->bound_items, item);
  if (row != NULL)
    chat_message_row_set_message (CHAT_MESSAGE_ROW (row), NULL, NULL);
}

static void
on_map (ChatMessageView *self)
{
  queue_settle (self);
}

static void
chat_message_view_dispose (GObject *object)
{
  ChatMessageView *self = CHAT_MESSAGE_VIEW (object);

  chat_message_view_set_conversation (self, NULL);
  if (self->scroller != NULL)
    g_signal_handlers_disconnect_by_data (get_adjustment (self), self);
  g_clear_handle_id (&self->settle_id, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_MESSAGE_VIEW);

  G_OBJECT_CLASS (chat_message_view_parent_class)->dispose (object);
}

static void
chat_message_view_finalize (GObject *object)
{
  ChatMessageView *self = CHAT_MESSAGE_VIEW (object);

  g_clear_pointer (&self->bound_items, g_hash_table_unref);

  G_OBJECT_CLASS (chat_message_view_parent_class)->finalize (object);
}

static void
chat_message_view_class_init (ChatMessageViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_message_view_dispose;
  object_class->finalize = chat_message_view_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-message-view.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatMessageView, scroller);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageView, list_view);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageView, jump_revealer);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageView, jump_label);
  gtk_widget_class_bind_template_child (widget_class, ChatMessageView, older_spinner);
  gtk_widget_class_bind_template_callback (widget_class, on_setup);
  gtk_widget_class_bind_template_callback (widget_class, on_bind);
  gtk_widget_class_bind_template_callback (widget_class, on_unbind);
  gtk_widget_class_bind_template_callback (widget_class, on_map);
  gtk_widget_class_bind_template_callback (widget_class, on_jump_clicked);
}

static void
chat_message_view_init (ChatMessageView *self)
{
  self->bound_items = g_hash_table_new (NULL, NULL);
  self->at_end = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));

  g_signal_connect_swapped (get_adjustment (self), "changed",
                            G_CALLBACK (on_adjustment_changed), self);
  g_signal_connect_swapped (get_adjustment (self), "value-changed",
                            G_CALLBACK (on_adjustment_value_changed), self);
}

GtkWidget *
chat_message_view_new (void)
{
  return g_object_new (CHAT_TYPE_MESSAGE_VIEW, NULL);
}

void
chat_message_view_set_conversation (ChatMessageView  *self,
                                    ChatConversation *conversation)
{
  g_autoptr (GtkNoSelection) selection = NULL;

  g_return_if_fail (CHAT_IS_MESSAGE_VIEW (self));

  if (self->conversation == conversation)
    return;

  if (self->conversation != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->conversation, self);
      g_cancellable_cancel (self->older_cancellable);
      g_clear_object (&self->older_cancellable);
      gtk_widget_set_visible (self->older_spinner, FALSE);
      /* Unbinds every row while the old conversation is still there */
      gtk_list_view_set_model (self->list_view, NULL);
    }

  g_set_object (&self->conversation, conversation);
  if (conversation == NULL)
    return;

  selection = gtk_no_selection_new (G_LIST_MODEL (g_object_ref (conversation)));
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (selection));
  /* After the list, so that its items know their new places */
  g_signal_connect_swapped (conversation, "items-changed", G_CALLBACK (on_items_changed), self);
  chat_message_view_scroll_to_newest (self);
}

void
chat_message_view_scroll_to_newest (ChatMessageView *self)
{
  guint n_messages;

  g_return_if_fail (CHAT_IS_MESSAGE_VIEW (self));

  set_at_end (self, TRUE);
  n_messages = count_messages (self);
  if (n_messages > 0)
    gtk_widget_activate_action (GTK_WIDGET (self->list_view), "list.scroll-to-item", "u",
                                n_messages - 1);
  queue_settle (self);
}
