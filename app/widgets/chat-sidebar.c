/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-sidebar.h"

#include "chat-contact-row.h"

struct _ChatSidebar
{
  AdwBin          parent_instance;

  /* Template children */
  AdwWindowTitle *title;
  GtkListBox     *list_box;

  /* Owned */
  GListModel     *contacts;
  GHashTable     *rows;     /* ChatContact -> ChatContactRow, both borrowed */
  ChatContact    *selected;

  /* State */
  gboolean        folded;
};

typedef enum
{
  PROP_FOLDED = 1,
  PROP_SUBTITLE,
} ChatSidebarProperty;

static GParamSpec *props[PROP_SUBTITLE + 1];

enum
{
  SIGNAL_OPEN_CONTACT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ChatSidebar, chat_sidebar, ADW_TYPE_BIN)

static void
update_selection (ChatSidebar *self)
{
  GtkListBoxRow *row = NULL;

  if (self->selected != NULL && !self->folded)
    row = g_hash_table_lookup (self->rows, self->selected);

  gtk_list_box_select_row (self->list_box, row);
}

static int
compare_rows (GtkListBoxRow *a,
              GtkListBoxRow *b,
              gpointer       user_data)
{
  guint position_a = chat_contact_row_get_position (CHAT_CONTACT_ROW (a));
  guint position_b = chat_contact_row_get_position (CHAT_CONTACT_ROW (b));

  return position_a < position_b ? -1 : position_a > position_b;
}

static void
remove_missing_rows (ChatSidebar *self,
                     GHashTable  *present)
{
  GHashTableIter iter;
  gpointer contact;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &contact, &row))
    {
      if (g_hash_table_contains (present, contact))
        continue;

      g_hash_table_iter_remove (&iter);
      gtk_list_box_remove (self->list_box, row);
    }
}

/* Rows stay when friends change places, so that focus and scrolling do too;
 * gtk_list_box_bind_model() would make new ones. */
static void
on_items_changed (ChatSidebar *self)
{
  g_autoptr (GHashTable) present = g_hash_table_new (NULL, NULL);
  guint n_items = self->contacts ? g_list_model_get_n_items (self->contacts) : 0;

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (ChatContact) contact = g_list_model_get_item (self->contacts, i);
      ChatContactRow *row = g_hash_table_lookup (self->rows, contact);

      g_hash_table_add (present, contact);
      if (row == NULL)
        {
          row = CHAT_CONTACT_ROW (chat_contact_row_new (contact));
          chat_contact_row_set_position (row, i);
          g_hash_table_insert (self->rows, contact, row);
          gtk_list_box_append (self->list_box, GTK_WIDGET (row));
        }
      chat_contact_row_set_position (row, i);
    }

  remove_missing_rows (self, present);
  gtk_list_box_invalidate_sort (self->list_box);
  update_selection (self);
}

static void
open_row (ChatSidebar   *self,
          GtkListBoxRow *row,
          gboolean       activated)
{
  g_signal_emit (self, signals[SIGNAL_OPEN_CONTACT], 0,
                 chat_contact_row_get_contact (CHAT_CONTACT_ROW (row)), activated);
}

static void
on_row_activated (ChatSidebar   *self,
                  GtkListBoxRow *row)
{
  open_row (self, row, TRUE);
}

/* Moving through the list by keyboard opens chats where they show beside it. */
static void
on_row_selected (ChatSidebar   *self,
                 GtkListBoxRow *row)
{
  if (row == NULL || self->folded)
    return;
  if (chat_contact_row_get_contact (CHAT_CONTACT_ROW (row)) != self->selected)
    open_row (self, row, FALSE);
}

static void
set_folded (ChatSidebar *self,
            gboolean     folded)
{
  if (self->folded == folded)
    return;

  self->folded = folded;
  gtk_list_box_set_selection_mode (self->list_box,
                                   folded ? GTK_SELECTION_NONE : GTK_SELECTION_SINGLE);
  update_selection (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FOLDED]);
}

static void
set_subtitle (ChatSidebar *self,
              const char  *subtitle)
{
  adw_window_title_set_subtitle (self->title, subtitle ? subtitle : "");
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SUBTITLE]);
}

static void
chat_sidebar_map (GtkWidget *widget)
{
  ChatSidebar *self = CHAT_SIDEBAR (widget);
  GHashTableIter iter;
  gpointer row;

  /* The words for days may be old by now */
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    chat_contact_row_refresh (row);

  GTK_WIDGET_CLASS (chat_sidebar_parent_class)->map (widget);
}

static gboolean
chat_sidebar_grab_focus (GtkWidget *widget)
{
  ChatSidebar *self = CHAT_SIDEBAR (widget);
  GtkWidget *row = NULL;

  if (self->selected != NULL)
    row = g_hash_table_lookup (self->rows, self->selected);

  return gtk_widget_grab_focus (row ? row : GTK_WIDGET (self->list_box));
}

static void
chat_sidebar_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  ChatSidebar *self = CHAT_SIDEBAR (object);

  switch ((ChatSidebarProperty) prop_id)
    {
    case PROP_FOLDED:
      g_value_set_boolean (value, self->folded);
      break;
    case PROP_SUBTITLE:
      g_value_set_string (value, adw_window_title_get_subtitle (self->title));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_sidebar_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  ChatSidebar *self = CHAT_SIDEBAR (object);

  switch ((ChatSidebarProperty) prop_id)
    {
    case PROP_FOLDED:
      set_folded (self, g_value_get_boolean (value));
      break;
    case PROP_SUBTITLE:
      set_subtitle (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_sidebar_dispose (GObject *object)
{
  ChatSidebar *self = CHAT_SIDEBAR (object);

  if (self->contacts != NULL)
    g_signal_handlers_disconnect_by_data (self->contacts, self);
  g_clear_object (&self->contacts);
  g_clear_object (&self->selected);
  g_hash_table_remove_all (self->rows);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_SIDEBAR);

  G_OBJECT_CLASS (chat_sidebar_parent_class)->dispose (object);
}

static void
chat_sidebar_finalize (GObject *object)
{
  ChatSidebar *self = CHAT_SIDEBAR (object);

  g_clear_pointer (&self->rows, g_hash_table_unref);

  G_OBJECT_CLASS (chat_sidebar_parent_class)->finalize (object);
}

static void
chat_sidebar_class_init (ChatSidebarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = chat_sidebar_get_property;
  object_class->set_property = chat_sidebar_set_property;
  object_class->dispose = chat_sidebar_dispose;
  object_class->finalize = chat_sidebar_finalize;
  widget_class->map = chat_sidebar_map;
  widget_class->grab_focus = chat_sidebar_grab_focus;

  props[PROP_FOLDED] =
    g_param_spec_boolean ("folded", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  props[PROP_SUBTITLE] =
    g_param_spec_string ("subtitle", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  signals[SIGNAL_OPEN_CONTACT] =
    g_signal_new ("open-contact", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                  NULL, G_TYPE_NONE, 2, CHAT_TYPE_CONTACT, G_TYPE_BOOLEAN);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatSidebar, list_box);
  gtk_widget_class_bind_template_child (widget_class, ChatSidebar, title);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_row_selected);
}

static void
chat_sidebar_init (ChatSidebar *self)
{
  self->rows = g_hash_table_new (NULL, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_sort_func (self->list_box, compare_rows, NULL, NULL);
}

GtkWidget *
chat_sidebar_new (void)
{
  return g_object_new (CHAT_TYPE_SIDEBAR, NULL);
}

void
chat_sidebar_set_contacts (ChatSidebar     *self,
                           ChatContactList *contacts)
{
  g_return_if_fail (CHAT_IS_SIDEBAR (self));

  if (self->contacts != NULL)
    g_signal_handlers_disconnect_by_data (self->contacts, self);

  g_set_object (&self->contacts, (GListModel *) contacts);
  if (contacts != NULL)
    g_signal_connect_swapped (contacts, "items-changed", G_CALLBACK (on_items_changed), self);
  on_items_changed (self);
}

void
chat_sidebar_select (ChatSidebar *self,
                     ChatContact *contact)
{
  g_return_if_fail (CHAT_IS_SIDEBAR (self));

  g_set_object (&self->selected, contact);
  update_selection (self);
}
