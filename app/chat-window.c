/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-window-private.h"

#include <glib/gi18n.h>

#include "chat-empty-page.h"
#include "chat-settings.h"

G_DEFINE_FINAL_TYPE (ChatWindow, chat_window, ADW_TYPE_APPLICATION_WINDOW)

static void
show_failure (ChatWindow   *self,
              const GError *error)
{
  g_autofree char *markup = g_markup_escape_text (error->message, -1);

  adw_status_page_set_description (self->failure_page, markup);
  gtk_stack_set_visible_child_name (self->stack, "failure");
}

/* Without friends the page that tells what to do takes the place of a chat. */
static void
update_content (ChatWindow *self)
{
  guint n_contacts = g_list_model_get_n_items (G_LIST_MODEL (chat_node_get_contacts (self->node)));

  if (n_contacts == 0)
    {
      chat_window_show_chat (self, NULL);
      gtk_stack_set_visible_child_name (self->content_stack, "empty");
      chat_split_view_set_show_content (self->split_view, TRUE);
    }
  else if (g_str_equal (gtk_stack_get_visible_child_name (self->content_stack), "empty"))
    {
      gtk_stack_set_visible_child_name (self->content_stack, "none");
      chat_split_view_set_show_content (self->split_view, FALSE);
    }

  chat_window_update_actions (self);
}

static void
do_pending (ChatWindow *self)
{
  g_autofree char *name = g_steal_pointer (&self->pending_name);
  g_autoptr (GFile) file = g_steal_pointer (&self->pending_file);

  if (name != NULL)
    chat_window_open_named (self, name);
  if (self->pending_id != 0)
    chat_window_open_id (self, self->pending_id);
  if (file != NULL)
    chat_window_add_friend_file (self, file);
}

static void
start_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (ChatWindow) self = CHAT_WINDOW (user_data);
  ChatNode *node = CHAT_NODE (object);
  g_autoptr (GError) error = NULL;
  gboolean started = chat_node_start_finish (node, result, &error);
  GApplication *application;

  if (self->stopped)
    {
      chat_node_stop (node);
      return;
    }
  if (!started)
    {
      show_failure (self, error);
      return;
    }

  self->node = g_object_ref (node);
  application = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
  self->notifier = chat_notifier_new (application, chat_profile_get_id (self->profile),
                                      chat_node_get_contacts (node));
  chat_sidebar_set_contacts (self->sidebar, chat_node_get_contacts (node));
  g_signal_connect_object (chat_node_get_contacts (node), "items-changed",
                           G_CALLBACK (update_content), self, G_CONNECT_SWAPPED);
  update_content (self);
  gtk_stack_set_visible_child_name (self->stack, "main");
  do_pending (self);
}

static void
start_node (ChatWindow *self)
{
  g_autoptr (ChatNode) node = chat_node_new (self->profile);

  chat_node_start_async (node, NULL, start_cb, g_object_ref (self));
}

static void
load_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (ChatWindow) self = CHAT_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  gboolean loaded = chat_profile_load_finish (CHAT_PROFILE (object), result, &error);

  if (self->stopped)
    return;

  if (loaded)
    {
      start_node (self);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      gtk_stack_set_visible_child_name (self->stack, "welcome");
      gtk_widget_grab_focus (GTK_WIDGET (self->welcome_page));
    }
  else
    {
      show_failure (self, error);
    }
}

static void
load (ChatWindow *self)
{
  gtk_stack_set_visible_child_name (self->stack, "loading");
  chat_profile_load_async (self->profile, NULL, load_cb, g_object_ref (self));
}

static void
create_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (ChatWindow) self = CHAT_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  gboolean created = chat_profile_create_finish (CHAT_PROFILE (object), result, &error);

  if (self->stopped)
    return;

  chat_welcome_page_set_busy (self->welcome_page, FALSE);
  if (created)
    start_node (self);
  else
    chat_welcome_page_fail (self->welcome_page, error->message);
}

static void
on_create (ChatWindow    *self,
           const char    *name,
           SppPrivateKey *private_key)
{
  chat_welcome_page_set_busy (self->welcome_page, TRUE);
  chat_profile_create_async (self->profile, name, private_key, NULL, create_cb,
                             g_object_ref (self));
}

static void
on_retry_clicked (ChatWindow *self)
{
  load (self);
}

static void
on_open_contact (ChatWindow  *self,
                 ChatContact *contact,
                 gboolean     activated)
{
  chat_window_show_chat (self, contact);
  if (activated)
    chat_conversation_view_focus_composer (self->conversation_view);
}

static gboolean
chat_window_close_request (GtkWindow *window)
{
  chat_settings_save_window (window);

  return GTK_WINDOW_CLASS (chat_window_parent_class)->close_request (window);
}

/* The demo waits for this line of the log. */
static void
on_activity (ChatContact *contact)
{
  g_info ("The chat that shows has a new message");
}

static void
chat_window_dispose (GObject *object)
{
  ChatWindow *self = CHAT_WINDOW (object);

  chat_window_stop (self);
  g_clear_object (&self->contact_signals);
  g_clear_object (&self->node);
  g_clear_object (&self->profile);
  g_clear_object (&self->pending_file);
  g_clear_pointer (&self->pending_name, g_free);
  g_clear_weak_pointer (&self->add_friend_window);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_WINDOW);

  G_OBJECT_CLASS (chat_window_parent_class)->dispose (object);
}

static void
chat_window_class_init (ChatWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GtkWindowClass *window_class = GTK_WINDOW_CLASS (klass);

  object_class->dispose = chat_window_dispose;
  window_class->close_request = chat_window_close_request;

  g_type_ensure (CHAT_TYPE_CONVERSATION_VIEW);
  g_type_ensure (CHAT_TYPE_EMPTY_PAGE);
  g_type_ensure (CHAT_TYPE_SIDEBAR);
  g_type_ensure (CHAT_TYPE_SPLIT_VIEW);
  g_type_ensure (CHAT_TYPE_WELCOME_PAGE);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/spproto/Chat/ui/chat-window.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatWindow, toast_overlay);
  gtk_widget_class_bind_template_child (widget_class, ChatWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, ChatWindow, welcome_page);
  gtk_widget_class_bind_template_child (widget_class, ChatWindow, failure_page);
  gtk_widget_class_bind_template_child (widget_class, ChatWindow, split_view);
  gtk_widget_class_bind_template_child (widget_class, ChatWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, ChatWindow, content_stack);
  gtk_widget_class_bind_template_child (widget_class, ChatWindow, conversation_view);
  gtk_widget_class_bind_template_callback (widget_class, on_create);
  gtk_widget_class_bind_template_callback (widget_class, on_retry_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_open_contact);

  chat_window_install_actions (widget_class);
}

static void
chat_window_init (ChatWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->contact_signals = g_signal_group_new (CHAT_TYPE_CONTACT);
  g_signal_group_connect (self->contact_signals, "notify::last-activity",
                          G_CALLBACK (on_activity), NULL);
  chat_window_update_actions (self);
}

GtkWidget *
chat_window_new (GtkApplication *application,
                 ChatProfile    *profile)
{
  ChatWindow *self = g_object_new (CHAT_TYPE_WINDOW, "application", application, NULL);

  self->profile = g_object_ref (profile);
  /* Not before it is constructed, which takes the maximized state back */
  chat_settings_restore_window (GTK_WINDOW (self));
#ifdef CHAT_DEVELOPMENT
  gtk_widget_add_css_class (GTK_WIDGET (self), "devel");
#endif
  /* Who has several identities must see which one this is */
  if (!g_str_equal (chat_profile_get_id (profile), "default"))
    g_object_bind_property (profile, "display-name", self->sidebar, "subtitle",
                            G_BINDING_SYNC_CREATE);
  load (self);

  return GTK_WIDGET (self);
}

void
chat_window_show_toast (ChatWindow *self,
                        const char *sentence)
{
  g_autofree char *markup = g_markup_escape_text (sentence, -1);

  adw_toast_overlay_add_toast (self->toast_overlay, adw_toast_new (markup));
}

ChatContact *
chat_window_get_contact (ChatWindow *self)
{
  ChatConversation *conversation;

  conversation = chat_conversation_view_get_conversation (self->conversation_view);
  return conversation ? chat_conversation_get_contact (conversation) : NULL;
}

void
chat_window_show_chat (ChatWindow  *self,
                       ChatContact *contact)
{
  ChatConversation *conversation = NULL;

  if (contact != NULL)
    conversation = chat_node_get_conversation (self->node, contact);

  chat_conversation_view_set_conversation (self->conversation_view, conversation);
  gtk_stack_set_visible_child_name (self->content_stack, conversation ? "conversation" : "none");
  chat_split_view_set_show_content (self->split_view, conversation != NULL);
  chat_sidebar_select (self->sidebar, contact);
  g_signal_group_set_target (self->contact_signals, contact);
  chat_window_update_actions (self);

  if (conversation != NULL)
    chat_link_connect (chat_conversation_get_link (conversation));
}

void
chat_window_open_named (ChatWindow *self,
                        const char *name)
{
  GListModel *contacts;
  g_autofree char *sentence = NULL;

  g_return_if_fail (CHAT_IS_WINDOW (self));
  g_return_if_fail (name != NULL);

  if (self->node == NULL)
    {
      g_free (self->pending_name);
      self->pending_name = g_strdup (name);
      return;
    }

  contacts = G_LIST_MODEL (chat_node_get_contacts (self->node));
  for (guint i = 0; i < g_list_model_get_n_items (contacts); i++)
    {
      g_autoptr (ChatContact) contact = g_list_model_get_item (contacts, i);

      if (g_str_equal (chat_contact_get_name (contact), name))
        {
          on_open_contact (self, contact, TRUE);
          return;
        }
    }

  /* Translators: a name from the command line */
  sentence = g_strdup_printf (_("There is no friend named “%s”."), name);
  chat_window_show_toast (self, sentence);
}

void
chat_window_open_id (ChatWindow *self,
                     gint64      id)
{
  GListModel *contacts;

  g_return_if_fail (CHAT_IS_WINDOW (self));

  if (self->node == NULL)
    {
      self->pending_id = id;
      return;
    }

  contacts = G_LIST_MODEL (chat_node_get_contacts (self->node));
  for (guint i = 0; i < g_list_model_get_n_items (contacts); i++)
    {
      g_autoptr (ChatContact) contact = g_list_model_get_item (contacts, i);

      if (chat_contact_get_id (contact) == id)
        {
          on_open_contact (self, contact, TRUE);
          return;
        }
    }
}

void
chat_window_add_friend_file (ChatWindow *self,
                             GFile      *file)
{
  g_return_if_fail (CHAT_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  if (self->node == NULL)
    g_set_object (&self->pending_file, file);
  else
    chat_window_add_friend (self, file);
}

void
chat_window_stop (ChatWindow *self)
{
  ChatStore *store;

  g_return_if_fail (CHAT_IS_WINDOW (self));

  if (self->stopped)
    return;
  self->stopped = TRUE;

  /* Nobody is there any more for a click on a notification */
  g_clear_object (&self->notifier);
  if (self->node != NULL)
    chat_node_stop (self->node);

  store = self->profile ? chat_profile_get_store (self->profile) : NULL;
  if (store != NULL)
    chat_store_close (store);
}
