/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Asks for a file to read, or for one to write. @parent is the window that
 * asks. Finish returns NULL with G_IO_ERROR_CANCELLED when the user chose
 * none. */
void   chat_file_picker_open_async (GtkWindow            *parent,
                                    const char           *title,
                                    GCancellable         *cancellable,
                                    GAsyncReadyCallback   callback,
                                    gpointer              user_data);
void   chat_file_picker_save_async (GtkWindow            *parent,
                                    const char           *title,
                                    const char           *name,
                                    GCancellable         *cancellable,
                                    GAsyncReadyCallback   callback,
                                    gpointer              user_data);
GFile *chat_file_picker_finish     (GtkWindow            *parent,
                                    GAsyncResult         *result,
                                    GError              **error);

G_END_DECLS
