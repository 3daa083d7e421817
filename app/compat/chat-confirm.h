/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A question before something that cannot be taken back, or does harm. @heading
 * and @body are plain text; @accept_label names the destructive answer, and
 * @refuse_label the other one. Finish returns FALSE without an error when the
 * user does not want it. */
void     chat_confirm_async  (GtkWindow            *parent,
                              const char           *heading,
                              const char           *body,
                              const char           *refuse_label,
                              const char           *accept_label,
                              GCancellable         *cancellable,
                              GAsyncReadyCallback   callback,
                              gpointer              user_data);
gboolean chat_confirm_finish (GtkWindow            *parent,
                              GAsyncResult         *result,
                              GError              **error);

G_END_DECLS
