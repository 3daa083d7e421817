/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-profile-private.h"

#include <errno.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "chat-profile-key.h"

#define KEY_FILE "private.key"
#define STORE_FILE "store.sqlite"

/* What the thread pool works on: never the profile itself, whose last reference
 * could then be dropped on another thread. */
typedef struct
{
  char          *folder;
  char          *path;         /* of the key file */
  char          *display_name; /* when making one */
  SppPrivateKey *private_key;
} Work;

static Work *
work_new (ChatProfile *self)
{
  g_autoptr (GFile) file = g_file_get_child (self->folder, KEY_FILE);
  Work *work = g_atomic_rc_box_new0 (Work);

  work->folder = g_file_get_path (self->folder);
  work->path = g_file_get_path (file);

  return work;
}

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->folder, g_free);
  g_clear_pointer (&work->path, g_free);
  g_clear_pointer (&work->display_name, g_free);
  g_clear_pointer (&work->private_key, spp_private_key_unref);
}

static void
work_unref (Work *work)
{
  g_atomic_rc_box_release_full (work, (GDestroyNotify) work_clear);
}

/* Runs @func in the thread pool on the work of @task. */
static void
run_in_thread (GTask               *task,
               GTaskThreadFunc      func,
               GAsyncReadyCallback  callback)
{
  g_autoptr (GTask) step = NULL;

  step = g_task_new (NULL, g_task_get_cancellable (task), callback, g_object_ref (task));
  g_task_set_source_tag (step, run_in_thread);
  g_task_set_task_data (step, g_atomic_rc_box_acquire (g_task_get_task_data (task)),
                        (GDestroyNotify) work_unref);
  g_task_run_in_thread (step, func);
}

/* What failed half-way is as if it had not begun. */
static void
return_failure (GTask  *task,
                GError *error)
{
  ChatProfile *self = g_task_get_source_object (task);

  if (self->store != NULL)
    chat_store_close (self->store);
  g_clear_object (&self->store);
  g_clear_pointer (&self->private_key, spp_private_key_unref);

  g_task_return_error (task, error);
}

/* Loading and making end in the same way: with the settings read. */

static void
get_port_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  ChatProfile *self = g_task_get_source_object (task);
  g_autofree char *value = NULL;
  guint64 port = 0;
  GError *error = NULL;

  value = chat_store_get_setting_finish (CHAT_STORE (object), result, &error);
  if (error != NULL)
    {
      return_failure (task, error);
      return;
    }

  if (value != NULL && g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT16, &port, NULL))
    chat_profile_take_settings (self, self->display_name, (guint16) port);

  g_task_return_boolean (task, TRUE);
}

static void
get_display_name_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  ChatProfile *self = g_task_get_source_object (task);
  g_autofree char *value = NULL;
  GError *error = NULL;

  value = chat_store_get_setting_finish (CHAT_STORE (object), result, &error);
  if (error != NULL)
    {
      return_failure (task, error);
      return;
    }

  chat_profile_take_settings (self, value != NULL ? value : self->id, self->port);
  chat_store_get_setting_async (self->store, CHAT_PROFILE_PORT_SETTING,
                                get_port_cb, g_steal_pointer (&task));
}

static void
read_settings (GTask *task)
{
  ChatProfile *self = g_task_get_source_object (task);

  chat_store_get_setting_async (self->store, CHAT_PROFILE_DISPLAY_NAME_SETTING,
                                get_display_name_cb, g_object_ref (task));
}

static void
open_store (GTask               *task,
            GAsyncReadyCallback  callback)
{
  ChatProfile *self = g_task_get_source_object (task);
  g_autoptr (GFile) file = g_file_get_child (self->folder, STORE_FILE);

  chat_store_open_async (file, g_task_get_cancellable (task), callback, g_object_ref (task));
}

/* Loading: the key, the store, the settings. */

static void
load_store_cb (GObject      *object,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  ChatProfile *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->store = chat_store_open_finish (result, &error);
  if (self->store == NULL)
    {
      return_failure (task, error);
      return;
    }

  read_settings (task);
}

static void
load_key_thread (GTask        *step,
                 gpointer      source_object,
                 gpointer      task_data,
                 GCancellable *cancellable)
{
  Work *work = task_data;
  GError *error = NULL;
  SppPrivateKey *key;

  key = chat_profile_key_load (work->path, &error);
  if (key == NULL)
    {
      g_task_return_error (step, error);
      return;
    }

  g_chmod (work->folder, 0700);
  g_task_return_pointer (step, key, (GDestroyNotify) spp_private_key_unref);
}

static void
load_key_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  ChatProfile *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->private_key = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->private_key == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  open_store (task, load_store_cb);
}

/* Making: the folder, the store with the name, and last the key, with which the
 * profile counts as made. */

static void
save_key_thread (GTask        *step,
                 gpointer      source_object,
                 gpointer      task_data,
                 GCancellable *cancellable)
{
  Work *work = task_data;
  GError *error = NULL;

  if (chat_profile_key_save (work->path, work->private_key, &error))
    g_task_return_boolean (step, TRUE);
  else
    g_task_return_error (step, error);
}

static void
save_key_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  ChatProfile *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      return_failure (task, error);
      return;
    }

  self->private_key = spp_private_key_ref (work->private_key);
  read_settings (task);
}

static void
set_display_name_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  GError *error = NULL;

  if (!chat_store_write_finish (CHAT_STORE (object), result, &error))
    {
      return_failure (task, error);
      return;
    }

  run_in_thread (task, save_key_thread, save_key_cb);
}

static void
create_store_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  ChatProfile *self = g_task_get_source_object (task);
  Work *work = g_task_get_task_data (task);
  GError *error = NULL;

  self->store = chat_store_open_finish (result, &error);
  if (self->store == NULL)
    {
      return_failure (task, error);
      return;
    }

  chat_store_set_setting_async (self->store, CHAT_PROFILE_DISPLAY_NAME_SETTING,
                                work->display_name,
                                set_display_name_cb, g_steal_pointer (&task));
}

static void
make_folder_thread (GTask        *step,
                    gpointer      source_object,
                    gpointer      task_data,
                    GCancellable *cancellable)
{
  Work *work = task_data;

  if (g_mkdir_with_parents (work->folder, 0700) != 0 || g_chmod (work->folder, 0700) != 0)
    {
      int code = errno;

      g_task_return_new_error (step, G_IO_ERROR, g_io_error_from_errno (code),
                               /* Translators: a name, and why, in the words of the system */
                               _("The folder %s cannot be made: %s."),
                               work->folder, g_strerror (code));
      return;
    }

  if (g_file_test (work->path, G_FILE_TEST_EXISTS))
    {
      g_task_return_new_error (step, G_IO_ERROR, G_IO_ERROR_EXISTS,
                               /* Translators: %s is the name of a file */
                               _("There is a private key in %s already. It was left as it is."),
                               work->path);
      return;
    }

  g_task_return_boolean (step, TRUE);
}

static void
make_folder_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }

  open_store (task, create_store_cb);
}

static GTask *
make_task (ChatProfile         *self,
           gpointer             tag,
           GCancellable        *cancellable,
           GAsyncReadyCallback  callback,
           gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, work_new (self), (GDestroyNotify) work_unref);

  return task;
}

void
chat_profile_load_async (ChatProfile         *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CHAT_IS_PROFILE (self));
  g_return_if_fail (self->private_key == NULL);

  task = make_task (self, chat_profile_load_async, cancellable, callback, user_data);
  run_in_thread (task, load_key_thread, load_key_cb);
}

gboolean
chat_profile_load_finish (ChatProfile   *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_profile_load_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
chat_profile_create_async (ChatProfile         *self,
                           const char          *display_name,
                           SppPrivateKey       *private_key,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  Work *work;

  g_return_if_fail (CHAT_IS_PROFILE (self));
  g_return_if_fail (self->private_key == NULL);
  g_return_if_fail (display_name != NULL);

  task = make_task (self, chat_profile_create_async, cancellable, callback, user_data);
  work = g_task_get_task_data (task);
  work->display_name = g_strdup (display_name);
  work->private_key = private_key != NULL ? spp_private_key_ref (private_key)
                                          : spp_private_key_generate ();
  run_in_thread (task, make_folder_thread, make_folder_cb);
}

gboolean
chat_profile_create_finish (ChatProfile   *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_profile_create_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
