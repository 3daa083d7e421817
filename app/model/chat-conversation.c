/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-conversation-private.h"

#include <glib/gi18n-lib.h>

#define PAGE_SIZE 50
/* What is kept in memory of what comes in while nobody scrolls; the rest is on
 * disk and comes back on request. */
#define MAX_LOADED_MESSAGES 5000
#define MAX_LOADED_BYTES (32 * 1024 * 1024)

typedef enum
{
  PROP_CONTACT = 1,
  PROP_HAS_OLDER,
} ChatConversationProperty;

static GParamSpec *props[PROP_HAS_OLDER + 1];

static void chat_conversation_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ChatConversation, chat_conversation, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      chat_conversation_iface_init))

static gsize
message_size (ChatMessage *message)
{
  return g_bytes_get_size (chat_message_get_payload (message));
}

static void
set_has_older (ChatConversation *self,
               gboolean          has_older)
{
  if (self->has_older == has_older)
    return;

  self->has_older = has_older;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_HAS_OLDER]);
}

/* The newest end of the list. */

/* Neither a flood nor large messages fill the memory. */
static void
trim (ChatConversation *self)
{
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (self->messages));
  gsize bytes = self->loaded_bytes;
  guint n = 0;

  if (self->loading
      || (n_items <= MAX_LOADED_MESSAGES && self->loaded_bytes <= MAX_LOADED_BYTES))
    return;

  /* Half of what is allowed stays, so that this is rare */
  while (n + 1 < n_items
         && (n_items - n > MAX_LOADED_MESSAGES / 2 || bytes > MAX_LOADED_BYTES / 2))
    {
      g_autoptr (ChatMessage) message = g_list_model_get_item (G_LIST_MODEL (self->messages), n);

      bytes -= message_size (message);
      n++;
    }

  self->loaded_bytes = bytes;
  g_list_store_splice (self->messages, 0, n, NULL, 0);
  set_has_older (self, TRUE);
}

void
chat_conversation_append (ChatConversation *self,
                          ChatMessage      *message)
{
  g_autofree char *preview = chat_message_dup_preview (message);

  self->loaded_bytes += message_size (message);
  g_list_store_append (self->messages, message);
  chat_contact_set_preview (self->contact, preview, chat_message_get_time (message));
  trim (self);
}

typedef struct
{
  ChatConversation *self;        /* owned */
  SppSession       *session;     /* owned */
  GBytes           *payload;     /* owned */
  gint64            time;
  gboolean          read;
  guint             n_activated;
} Received;

static void
received_free (Received *received)
{
  g_clear_object (&received->self);
  g_clear_object (&received->session);
  g_clear_pointer (&received->payload, g_bytes_unref);
  g_free (received);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Received, received_free)

static void
add_received_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (Received) received = user_data;
  ChatConversation *self = received->self;
  g_autoptr (ChatMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id;

  id = chat_store_insert_finish (CHAT_STORE (object), result, &error);
  if (error != NULL)
    {
      g_autofree char *status = NULL;

      /* Whatever came after it would be lost in the same way */

      /* Translators: the name of a friend, and the sentence that says why */
      status = g_strdup_printf (_("A message from %s could not be kept, so the connection was "
                                  "closed. %s"),
                                chat_contact_get_name (self->contact), error->message);
      chat_link_fail (self->link, status);
      return;
    }

  message = chat_message_new (id, CHAT_MESSAGE_STATE_RECEIVED, received->time, received->payload);
  chat_conversation_append (self, message);

  /* Unless it was marked as read while it was on its way to the disk */
  if (!received->read && received->n_activated == self->n_activated)
    chat_contact_set_unread_count (self->contact,
                                   chat_contact_get_unread_count (self->contact) + 1);

  chat_link_receive_next (self->link, received->session);
}

static void
on_received (ChatLink         *link,
             SppSession       *session,
             GBytes           *payload,
             ChatConversation *self)
{
  Received *received = g_new0 (Received, 1);

  received->self = g_object_ref (self);
  received->session = g_object_ref (session);
  received->payload = g_bytes_ref (payload);
  received->time = g_get_real_time ();
  received->read = self->active;
  received->n_activated = self->n_activated;

  chat_store_add_message_async (self->store, chat_contact_get_id (self->contact),
                                CHAT_MESSAGE_STATE_RECEIVED, received->time, received->read,
                                payload, add_received_cb, received);
}

/* Pages. */

/* A message that is still to go out is one object in list and outbox. */
static ChatMessage *
message_for_record (ChatConversation  *self,
                    ChatMessageRecord *record)
{
  if (record->state == CHAT_MESSAGE_STATE_QUEUED)
    {
      for (GList *link = self->outbox.head; link != NULL; link = link->next)
        {
          if (chat_message_get_id (link->data) == record->id)
            return g_object_ref (link->data);
        }
    }

  return chat_message_new (record->id, record->state, record->time, record->payload);
}

static void
prepend_page (ChatConversation *self,
              GPtrArray        *records)
{
  g_autoptr (GPtrArray) page = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean has_older = records->len > PAGE_SIZE;
  gsize n_bytes = 0;

  /* One more was asked for, to know whether there is one */
  for (guint i = has_older ? 1 : 0; i < records->len; i++)
    {
      ChatMessageRecord *record = g_ptr_array_index (records, i);

      n_bytes += g_bytes_get_size (record->payload);
      g_ptr_array_add (page, message_for_record (self, record));
    }

  self->loaded_bytes += n_bytes;
  g_list_store_splice (self->messages, 0, 0, page->pdata, page->len);
  set_has_older (self, has_older || n_bytes >= CHAT_STORE_MAX_PAGE_BYTES);
}

static void
list_messages_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (ChatConversation) self = g_object_ref (g_task_get_source_object (task));
  g_autoptr (GPtrArray) records = NULL;
  GError *error = NULL;

  records = chat_store_list_finish (CHAT_STORE (object), result, &error);
  self->loading = FALSE;

  if (records == NULL)
    {
      set_has_older (self, TRUE);
      g_task_return_error (task, error);
      return;
    }

  prepend_page (self, records);
  g_task_return_boolean (task, TRUE);
}

static void
mark_read_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (!chat_store_write_finish (CHAT_STORE (object), result, &error))
    g_message ("Messages could not be marked as read: %s", error->message);
}

static void
on_messages_changed (GListModel       *messages,
                     guint             position,
                     guint             removed,
                     guint             added,
                     ChatConversation *self)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static GType
chat_conversation_get_item_type (GListModel *model)
{
  return CHAT_TYPE_MESSAGE;
}

static guint
chat_conversation_get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (G_LIST_MODEL (CHAT_CONVERSATION (model)->messages));
}

static gpointer
chat_conversation_get_item (GListModel *model,
                            guint       position)
{
  return g_list_model_get_item (G_LIST_MODEL (CHAT_CONVERSATION (model)->messages), position);
}

static void
chat_conversation_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = chat_conversation_get_item_type;
  iface->get_n_items = chat_conversation_get_n_items;
  iface->get_item = chat_conversation_get_item;
}

static void
chat_conversation_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  ChatConversation *self = CHAT_CONVERSATION (object);

  switch ((ChatConversationProperty) prop_id)
    {
    case PROP_CONTACT:
      g_value_set_object (value, self->contact);
      break;
    case PROP_HAS_OLDER:
      g_value_set_boolean (value, self->has_older);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_conversation_dispose (GObject *object)
{
  ChatConversation *self = CHAT_CONVERSATION (object);

  if (self->link != NULL)
    g_signal_handlers_disconnect_by_data (self->link, self);
  if (self->messages != NULL)
    g_signal_handlers_disconnect_by_data (self->messages, self);
  g_queue_clear_full (&self->outbox, g_object_unref);
  g_clear_object (&self->contact);
  g_clear_object (&self->link);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (chat_conversation_parent_class)->dispose (object);
}

static void
chat_conversation_finalize (GObject *object)
{
  ChatConversation *self = CHAT_CONVERSATION (object);

  /* Views may still ask for items while all is taken down */
  g_clear_object (&self->messages);

  G_OBJECT_CLASS (chat_conversation_parent_class)->finalize (object);
}

static void
chat_conversation_class_init (ChatConversationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = chat_conversation_get_property;
  object_class->dispose = chat_conversation_dispose;
  object_class->finalize = chat_conversation_finalize;

  props[PROP_CONTACT] =
    g_param_spec_object ("contact", NULL, NULL, CHAT_TYPE_CONTACT,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_HAS_OLDER] =
    g_param_spec_boolean ("has-older", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
chat_conversation_init (ChatConversation *self)
{
  g_queue_init (&self->outbox);
  self->messages = g_list_store_new (CHAT_TYPE_MESSAGE);
  g_signal_connect (self->messages, "items-changed", G_CALLBACK (on_messages_changed), self);
}

ChatConversation *
chat_conversation_new (ChatContact *contact,
                       ChatLink    *link,
                       ChatStore   *store)
{
  ChatConversation *self;

  g_return_val_if_fail (CHAT_IS_CONTACT (contact), NULL);
  g_return_val_if_fail (CHAT_IS_LINK (link), NULL);
  g_return_val_if_fail (CHAT_IS_STORE (store), NULL);

  self = g_object_new (CHAT_TYPE_CONVERSATION, NULL);
  self->contact = g_object_ref (contact);
  self->link = g_object_ref (link);
  self->store = g_object_ref (store);

  g_signal_connect (link, "up", G_CALLBACK (chat_conversation_on_up), self);
  g_signal_connect (link, "received", G_CALLBACK (on_received), self);

  /* The store answers in this order, so whatever is added later comes after
   * both; and the outbox is there when the page looks for its messages. */
  chat_conversation_load_outbox (self);
  chat_conversation_load_older_async (self, NULL, NULL, NULL);

  return self;
}

ChatContact *
chat_conversation_get_contact (ChatConversation *self)
{
  g_return_val_if_fail (CHAT_IS_CONVERSATION (self), NULL);

  return self->contact;
}

ChatLink *
chat_conversation_get_link (ChatConversation *self)
{
  g_return_val_if_fail (CHAT_IS_CONVERSATION (self), NULL);

  return self->link;
}

void
chat_conversation_load_older_async (ChatConversation    *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (ChatMessage) oldest = NULL;

  g_return_if_fail (CHAT_IS_CONVERSATION (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, chat_conversation_load_older_async);

  if (self->loading)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PENDING,
                               "%s", _("Older messages are on their way already."));
      return;
    }

  self->loading = TRUE;
  oldest = g_list_model_get_item (G_LIST_MODEL (self->messages), 0);
  chat_store_list_messages_async (self->store, chat_contact_get_id (self->contact),
                                  oldest != NULL ? chat_message_get_id (oldest) : 0,
                                  PAGE_SIZE + 1, list_messages_cb, g_steal_pointer (&task));
}

gboolean
chat_conversation_load_older_finish (ChatConversation  *self,
                                     GAsyncResult      *result,
                                     GError           **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_conversation_load_older_async),
                        FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
chat_conversation_get_has_older (ChatConversation *self)
{
  g_return_val_if_fail (CHAT_IS_CONVERSATION (self), FALSE);

  return self->has_older;
}

void
chat_conversation_set_active (ChatConversation *self,
                              gboolean          active)
{
  g_return_if_fail (CHAT_IS_CONVERSATION (self));

  active = !!active;
  if (self->active == active)
    return;

  self->active = active;
  if (!active)
    return;

  self->n_activated++;
  chat_contact_set_unread_count (self->contact, 0);
  chat_store_mark_read_async (self->store, chat_contact_get_id (self->contact),
                              mark_read_cb, NULL);
}
