/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-conversation-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#define MAX_TEXT_BYTES (1024 * 1024)

/* The sender: one message at a time, in order. It takes the next one only when
 * the store knows that the last one went out. */

static void send_next (ChatConversation *self);

static void
set_sent_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (ChatConversation) self = user_data;
  g_autoptr (ChatMessage) message = g_queue_pop_head (&self->outbox);
  g_autoptr (GError) error = NULL;

  if (!chat_store_write_finish (CHAT_STORE (object), result, &error))
    g_message ("A message went out, but that could not be noted: %s", error->message);

  self->sending = FALSE;
  chat_message_set_state (message, CHAT_MESSAGE_STATE_SENT);
  send_next (self);
}

static void
send_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (ChatConversation) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!chat_link_send_finish (CHAT_LINK (object), result, &error))
    {
      g_debug ("A message stays queued: %s", error->message);
      self->sending = FALSE;
      /* Without a new session another attempt would meet the same error */
      if (self->came_up)
        send_next (self);
      return;
    }

  chat_store_set_message_state_async (self->store,
                                      chat_message_get_id (g_queue_peek_head (&self->outbox)),
                                      CHAT_MESSAGE_STATE_SENT,
                                      set_sent_cb, g_object_ref (self));
}

static void
send_next (ChatConversation *self)
{
  ChatMessage *message = g_queue_peek_head (&self->outbox);

  if (self->sending || !self->outbox_loaded || message == NULL || !chat_link_is_up (self->link))
    return;

  self->sending = TRUE;
  self->came_up = FALSE;
  chat_link_send_async (self->link, chat_message_get_payload (message), NULL,
                        send_cb, g_object_ref (self));
}

void
chat_conversation_on_up (ChatLink         *link,
                         ChatConversation *self)
{
  self->came_up = TRUE;
  send_next (self);
}

static void
list_queued_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (ChatConversation) self = user_data;
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (GError) error = NULL;

  records = chat_store_list_finish (CHAT_STORE (object), result, &error);
  if (records == NULL)
    {
      /* Sending on would break the order: nothing goes out until a restart */
      g_message ("The queued messages could not be read: %s", error->message);
      return;
    }

  for (guint i = 0; i < records->len; i++)
    {
      ChatMessageRecord *record = g_ptr_array_index (records, i);

      g_queue_push_tail (&self->outbox, chat_message_new (record->id, record->state,
                                                          record->time, record->payload));
    }

  self->outbox_loaded = TRUE;
  send_next (self);
}

void
chat_conversation_load_outbox (ChatConversation *self)
{
  chat_store_list_queued_async (self->store, chat_contact_get_id (self->contact),
                                list_queued_cb, g_object_ref (self));
}

typedef struct
{
  GBytes *payload;
  gint64  time;
} SendData;

static void
send_data_free (SendData *data)
{
  g_clear_pointer (&data->payload, g_bytes_unref);
  g_free (data);
}

static void
add_own_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (ChatConversation) self = g_object_ref (g_task_get_source_object (task));
  SendData *data = g_task_get_task_data (task);
  g_autoptr (ChatMessage) message = NULL;
  GError *error = NULL;
  gint64 id;

  id = chat_store_insert_finish (CHAT_STORE (object), result, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  message = chat_message_new (id, CHAT_MESSAGE_STATE_QUEUED, data->time, data->payload);
  g_queue_push_tail (&self->outbox, g_object_ref (message));
  chat_conversation_append (self, message);

  if (chat_link_is_up (self->link))
    send_next (self);
  else if (*chat_contact_get_host (self->contact) != '\0')
    chat_link_connect (self->link);

  g_task_return_boolean (task, TRUE);
}

void
chat_conversation_send_async (ChatConversation    *self,
                              const char          *text,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  SendData *data;
  gsize length;

  g_return_if_fail (CHAT_IS_CONVERSATION (self));
  g_return_if_fail (text != NULL);
  g_return_if_fail (g_utf8_validate (text, -1, NULL));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, chat_conversation_send_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  /* From here on it is on its way to the disk, and the answer tells the truth */
  g_task_set_check_cancellable (task, FALSE);

  length = strlen (text);
  if (length == 0)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                               "%s", _("There is nothing to send."));
      return;
    }
  if (length > MAX_TEXT_BYTES)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                               "%s", _("This text is too long for one message. Send it in "
                                       "parts."));
      return;
    }

  data = g_new0 (SendData, 1);
  data->payload = g_bytes_new (text, length);
  data->time = g_get_real_time ();
  g_task_set_task_data (task, data, (GDestroyNotify) send_data_free);

  chat_store_add_message_async (self->store, chat_contact_get_id (self->contact),
                                CHAT_MESSAGE_STATE_QUEUED, data->time, TRUE, data->payload,
                                add_own_cb, g_steal_pointer (&task));
}

gboolean
chat_conversation_send_finish (ChatConversation  *self,
                               GAsyncResult      *result,
                               GError           **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_conversation_send_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
