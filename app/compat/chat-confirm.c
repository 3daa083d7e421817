/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-confirm.h"

#include <adwaita.h>

#if ADW_CHECK_VERSION (1, 5, 0)
# define DIALOG(name) adw_alert_dialog_##name
typedef AdwAlertDialog ConfirmDialog;
#else
# define DIALOG(name) adw_message_dialog_##name
typedef AdwMessageDialog ConfirmDialog;
#endif

static void
release_task (gpointer  data,
              GClosure *closure)
{
  g_object_unref (data);
}

static void
on_response (ConfirmDialog *dialog,
             const char    *response,
             GTask         *task)
{
  /* Closing after an answer may tell once more */
  if (!g_task_get_completed (task) && g_task_get_task_data (task) == NULL)
    {
      g_task_set_task_data (task, task, NULL);
      g_task_return_boolean (task, g_str_equal (response, "accept"));
    }
}

static ConfirmDialog *
create (GtkWindow  *parent,
        const char *heading,
        const char *body)
{
#if ADW_CHECK_VERSION (1, 5, 0)
  return ADW_ALERT_DIALOG (adw_alert_dialog_new (heading, body));
#else
  return ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, heading, body));
#endif
}

static void
show (ConfirmDialog *dialog,
      GtkWindow     *parent)
{
#if ADW_CHECK_VERSION (1, 5, 0)
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (parent));
#else
  gtk_window_present (GTK_WINDOW (dialog));
#endif
}

void
chat_confirm_async (GtkWindow           *parent,
                    const char          *heading,
                    const char          *body,
                    const char          *refuse_label,
                    const char          *accept_label,
                    GCancellable        *cancellable,
                    GAsyncReadyCallback  callback,
                    gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (parent, cancellable, callback, user_data);
  ConfirmDialog *dialog = create (parent, heading, body);

  g_task_set_source_tag (task, chat_confirm_async);

  DIALOG (add_responses) (dialog, "cancel", refuse_label, "accept", accept_label, NULL);
  DIALOG (set_response_appearance) (dialog, "accept", ADW_RESPONSE_DESTRUCTIVE);
  DIALOG (set_default_response) (dialog, "cancel");
  DIALOG (set_close_response) (dialog, "cancel");

  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), g_steal_pointer (&task),
                         release_task, G_CONNECT_DEFAULT);
  show (dialog, parent);
}

gboolean
chat_confirm_finish (GtkWindow     *parent,
                     GAsyncResult  *result,
                     GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, parent), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_confirm_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
