/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-store.h"

#include <glib/gi18n-lib.h>

#include "chat-store-sql.h"

struct _ChatStore
{
  GObject      parent_instance;

  /* Owned */
  GThread     *thread;
  GAsyncQueue *jobs;
};

/* What the thread has; never the ChatStore itself, which could otherwise be
 * finalised on the thread that it waits for. */
typedef struct
{
  ChatStoreSql *sql;
  GAsyncQueue  *jobs;
} Worker;

typedef struct
{
  GTask         *task; /* touched in the caller's context only */
  GMainContext  *context;
  ChatStoreFunc  func; /* NULL ends the thread */
  ChatStoreCall *call;
  GError        *error;
} Job;

G_DEFINE_FINAL_TYPE (ChatStore, chat_store, G_TYPE_OBJECT)

static void
job_free (Job *job)
{
  g_clear_object (&job->task);
  g_clear_pointer (&job->context, g_main_context_unref);
  g_clear_pointer (&job->call, chat_store_call_free);
  g_clear_error (&job->error);
  g_free (job);
}

static gboolean
return_job_cb (gpointer user_data)
{
  Job *job = user_data;

  if (job->error != NULL)
    g_task_return_error (job->task, g_steal_pointer (&job->error));
  else
    g_task_return_pointer (job->task, g_steal_pointer (&job->call),
                           (GDestroyNotify) chat_store_call_free);

  return G_SOURCE_REMOVE;
}

static gpointer
work (gpointer user_data)
{
  Worker *worker = user_data;

  while (TRUE)
    {
      Job *job = g_async_queue_pop (worker->jobs);
      g_autoptr (GSource) source = NULL;

      if (job->func == NULL)
        {
          job_free (job);
          break;
        }

      job->func (worker->sql, job->call, &job->error);

      source = g_idle_source_new ();
      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_static_name (source, "[chat] return_job_cb");
      g_source_set_callback (source, return_job_cb, job, (GDestroyNotify) job_free);
      g_source_attach (source, job->context);
    }

  chat_store_sql_close (worker->sql);
  g_async_queue_unref (worker->jobs);
  g_free (worker);

  return NULL;
}

/* @kind is the finish function of its answer. Takes @call over. */
static void
push (ChatStore           *self,
      gpointer             kind,
      ChatStoreFunc        func,
      ChatStoreCall       *call,
      GAsyncReadyCallback  callback,
      gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Job *job;

  g_task_set_source_tag (task, kind);

  if (self->thread == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED,
                               "%s", _("The store is closed."));
      chat_store_call_free (call);
      return;
    }

  job = g_new0 (Job, 1);
  job->context = g_main_context_ref (g_task_get_context (task));
  job->task = g_steal_pointer (&task);
  job->func = func;
  job->call = call;
  g_async_queue_push (self->jobs, job);
}

static ChatStoreCall *
finish (ChatStore     *self,
        GAsyncResult  *result,
        gpointer       kind,
        GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, kind), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
open_thread (GTask        *task,
             gpointer      source_object,
             gpointer      task_data,
             GCancellable *cancellable)
{
  const char *path = task_data;
  g_autoptr (ChatStore) self = NULL;
  ChatStoreSql *sql;
  Worker *worker;
  GError *error = NULL;

  sql = chat_store_sql_open (path, &error);
  if (sql == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  self = g_object_new (CHAT_TYPE_STORE, NULL);
  worker = g_new0 (Worker, 1);
  worker->sql = sql;
  worker->jobs = g_async_queue_ref (self->jobs);
  self->thread = g_thread_new ("chat-store", work, worker);

  g_task_return_pointer (task, g_steal_pointer (&self), g_object_unref);
}

static void
chat_store_dispose (GObject *object)
{
  chat_store_close (CHAT_STORE (object));

  G_OBJECT_CLASS (chat_store_parent_class)->dispose (object);
}

static void
chat_store_finalize (GObject *object)
{
  ChatStore *self = CHAT_STORE (object);

  g_clear_pointer (&self->jobs, g_async_queue_unref);

  G_OBJECT_CLASS (chat_store_parent_class)->finalize (object);
}

static void
chat_store_class_init (ChatStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = chat_store_dispose;
  object_class->finalize = chat_store_finalize;
}

static void
chat_store_init (ChatStore *self)
{
  self->jobs = g_async_queue_new_full ((GDestroyNotify) job_free);
}

void
chat_store_open_async (GFile               *file,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  char *path;

  g_return_if_fail (G_IS_FILE (file));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, chat_store_open_async);

  path = g_file_get_path (file);
  if (path == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                               "%s", _("The store must be on this machine."));
      return;
    }

  g_task_set_task_data (task, path, g_free);
  g_task_run_in_thread (task, open_thread);
}

ChatStore *
chat_store_open_finish (GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_store_open_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
chat_store_close (ChatStore *self)
{
  g_return_if_fail (CHAT_IS_STORE (self));

  if (self->thread == NULL)
    return;

  g_async_queue_push (self->jobs, g_new0 (Job, 1));
  g_thread_join (g_steal_pointer (&self->thread));
}

gboolean
chat_store_write_finish (ChatStore     *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_autoptr (ChatStoreCall) call = finish (self, result, chat_store_write_finish, error);

  return call != NULL;
}

gint64
chat_store_insert_finish (ChatStore     *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_autoptr (ChatStoreCall) call = finish (self, result, chat_store_insert_finish, error);

  return call != NULL ? call->answer_id : 0;
}

GPtrArray *
chat_store_list_finish (ChatStore     *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_autoptr (ChatStoreCall) call = finish (self, result, chat_store_list_finish, error);

  return call != NULL ? g_steal_pointer (&call->answer_list) : NULL;
}

char *
chat_store_get_setting_finish (ChatStore     *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_autoptr (ChatStoreCall) call = finish (self, result, chat_store_get_setting_finish, error);

  return call != NULL ? g_steal_pointer (&call->answer_text) : NULL;
}

void
chat_store_get_setting_async (ChatStore           *self,
                              const char          *key,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));
  g_return_if_fail (key != NULL);

  call = g_new0 (ChatStoreCall, 1);
  call->name = g_strdup (key);

  push (self, chat_store_get_setting_finish, chat_store_sql_get_setting, call,
        callback, user_data);
}

void
chat_store_set_setting_async (ChatStore           *self,
                              const char          *key,
                              const char          *value,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));
  g_return_if_fail (key != NULL);
  g_return_if_fail (value != NULL);

  call = g_new0 (ChatStoreCall, 1);
  call->name = g_strdup (key);
  call->text = g_strdup (value);

  push (self, chat_store_write_finish, chat_store_sql_set_setting, call, callback, user_data);
}

void
chat_store_list_contacts_async (ChatStore           *self,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (CHAT_IS_STORE (self));

  push (self, chat_store_list_finish, chat_store_sql_list_contacts, g_new0 (ChatStoreCall, 1),
        callback, user_data);
}

void
chat_store_add_contact_async (ChatStore           *self,
                              GBytes              *public_key,
                              const char          *name,
                              const char          *host,
                              guint16              port,
                              guint                flags,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));
  g_return_if_fail (public_key != NULL);
  g_return_if_fail (name != NULL);
  g_return_if_fail (host != NULL);

  call = g_new0 (ChatStoreCall, 1);
  call->key = g_bytes_ref (public_key);
  call->name = g_strdup (name);
  call->text = g_strdup (host);
  call->port = port;
  call->flags = flags;

  push (self, chat_store_insert_finish, chat_store_sql_add_contact, call, callback, user_data);
}

void
chat_store_update_contact_async (ChatStore           *self,
                                 gint64               id,
                                 const char          *name,
                                 const char          *host,
                                 guint16              port,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (host != NULL);

  call = g_new0 (ChatStoreCall, 1);
  call->id = id;
  call->name = g_strdup (name);
  call->text = g_strdup (host);
  call->port = port;

  push (self, chat_store_write_finish, chat_store_sql_update_contact, call, callback, user_data);
}

void
chat_store_set_flags_async (ChatStore           *self,
                            gint64               id,
                            guint                flags,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));

  call = g_new0 (ChatStoreCall, 1);
  call->id = id;
  call->flags = flags;

  push (self, chat_store_write_finish, chat_store_sql_set_flags, call, callback, user_data);
}

void
chat_store_remove_contact_async (ChatStore           *self,
                                 gint64               id,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));

  call = g_new0 (ChatStoreCall, 1);
  call->id = id;

  push (self, chat_store_write_finish, chat_store_sql_remove_contact, call, callback, user_data);
}

void
chat_store_add_message_async (ChatStore           *self,
                              gint64               contact_id,
                              ChatMessageState     state,
                              gint64               time,
                              gboolean             read,
                              GBytes              *payload,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));
  g_return_if_fail (payload != NULL);

  call = g_new0 (ChatStoreCall, 1);
  call->id = contact_id;
  call->state = state;
  call->time = time;
  call->read = read;
  call->payload = g_bytes_ref (payload);

  push (self, chat_store_insert_finish, chat_store_sql_add_message, call, callback, user_data);
}

void
chat_store_set_message_state_async (ChatStore           *self,
                                    gint64               id,
                                    ChatMessageState     state,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));

  call = g_new0 (ChatStoreCall, 1);
  call->id = id;
  call->state = state;

  push (self, chat_store_write_finish, chat_store_sql_set_message_state, call,
        callback, user_data);
}

void
chat_store_mark_read_async (ChatStore           *self,
                            gint64               contact_id,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));

  call = g_new0 (ChatStoreCall, 1);
  call->id = contact_id;

  push (self, chat_store_write_finish, chat_store_sql_mark_read, call, callback, user_data);
}

void
chat_store_list_messages_async (ChatStore           *self,
                                gint64               contact_id,
                                gint64               before_id,
                                guint                limit,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));

  call = g_new0 (ChatStoreCall, 1);
  call->id = contact_id;
  call->before_id = before_id;
  call->limit = limit;

  push (self, chat_store_list_finish, chat_store_sql_list_messages, call, callback, user_data);
}

void
chat_store_list_queued_async (ChatStore           *self,
                              gint64               contact_id,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));

  call = g_new0 (ChatStoreCall, 1);
  call->id = contact_id;

  push (self, chat_store_list_finish, chat_store_sql_list_queued, call, callback, user_data);
}

void
chat_store_list_ephemerals_async (ChatStore           *self,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (CHAT_IS_STORE (self));

  push (self, chat_store_list_finish, chat_store_sql_list_ephemerals, g_new0 (ChatStoreCall, 1),
        callback, user_data);
}

void
chat_store_add_ephemeral_async (ChatStore           *self,
                                GBytes              *peer,
                                GBytes              *ephemeral,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  ChatStoreCall *call;

  g_return_if_fail (CHAT_IS_STORE (self));
  g_return_if_fail (peer != NULL);
  g_return_if_fail (ephemeral != NULL);

  call = g_new0 (ChatStoreCall, 1);
  call->key = g_bytes_ref (peer);
  call->payload = g_bytes_ref (ephemeral);

  push (self, chat_store_write_finish, chat_store_sql_add_ephemeral, call, callback, user_data);
}
