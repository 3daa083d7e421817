/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <glib/gi18n.h>

#include "chat-add-friend-private.h"
#include "chat-file-picker.h"
#include "chat-key-link.h"

/* A file that holds a key is small in every form; one byte more tells. */
#define MAX_FILE_SIZE 4096

typedef struct
{
  ChatAddFriendWindow *window; /* owned */
  GFile               *file;   /* owned */
  guint8               buffer[MAX_FILE_SIZE + 1];
} ReadData;

static void
read_data_free (ReadData *data)
{
  g_object_unref (data->window);
  g_object_unref (data->file);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReadData, read_data_free)

/* People name such a file after whose key it is. */
static void
suggest_name (ChatAddFriendWindow *self,
              GFile               *file)
{
  g_autofree char *base = g_file_get_basename (file);
  g_autofree char *name = NULL;
  char *dot;

  if (base == NULL || *gtk_editable_get_text (self->name_row) != '\0')
    return;

  name = g_filename_display_name (base);
  dot = strrchr (name, '.');
  if (dot != NULL && dot != name)
    *dot = '\0';
  gtk_editable_set_text (self->name_row, name);
  gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
}

static void
fail (ChatAddFriendWindow *self,
      const GError        *error)
{
  g_autofree char *sentence = NULL;

  if (self->node == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  gtk_editable_set_text (self->key_row, "");
  /* Translators: %s says why, in the words of the system */
  sentence = g_strdup_printf (_("The file cannot be read: %s"), error->message);
  chat_add_friend_window_show_refusal (self, sentence);
}

static void
take_contents (ChatAddFriendWindow *self,
               GFile               *file,
               GBytes              *contents)
{
  g_autoptr (SppPublicKey) public_key = NULL;
  g_autoptr (ChatContact) existing = NULL;
  g_autoptr (GError) error = NULL;

  public_key = chat_node_recognise_contents (self->node, contents, &existing, &error);

  /* The text form says what is in the entry; what a file was refused for has to
   * be told after the entry is empty. */
  gtk_editable_set_text (self->key_row,
                         public_key ? spp_public_key_get_string (public_key) : "");
  if (public_key == NULL)
    chat_add_friend_window_take_key (self, NULL, existing, error);
  else
    suggest_name (self, file);
}

static void
read_all_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (ReadData) data = user_data;
  g_autoptr (GBytes) contents = NULL;
  g_autoptr (GError) error = NULL;
  gsize size = 0;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (object), result, &size, &error))
    {
      fail (data->window, error);
      return;
    }
  if (data->window->node == NULL)
    return;

  contents = g_bytes_new (data->buffer, size);
  take_contents (data->window, data->file, contents);
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (ReadData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read_finish (G_FILE (object), result, &error);
  GCancellable *cancellable;

  if (stream == NULL)
    {
      fail (data->window, error);
      return;
    }

  cancellable = data->window->cancellable;
  g_input_stream_read_all_async (G_INPUT_STREAM (stream), data->buffer, sizeof data->buffer,
                                 G_PRIORITY_DEFAULT, cancellable, read_all_cb, data);
  g_steal_pointer (&data);
}

static void
pick_file_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  ChatAddFriendWindow *self = CHAT_ADD_FRIEND_WINDOW (object);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = chat_file_picker_finish (GTK_WINDOW (self), result, &error);

  if (self->node == NULL)
    return;

  if (file != NULL)
    chat_add_friend_window_open_file (self, file);
  else
    fail (self, error);
}

void
chat_add_friend_window_pick_file (ChatAddFriendWindow *self)
{
  chat_file_picker_open_async (GTK_WINDOW (self), _("Open Public Key"), NULL, pick_file_cb,
                               NULL);
}

/* The entry shows and checks it like anything that is pasted. */
static void
take_link (ChatAddFriendWindow *self,
           const char          *uri)
{
  g_autofree char *text = g_utf8_make_valid (uri, -1);

  gtk_editable_set_text (self->key_row, text);
  gtk_widget_grab_focus (GTK_WIDGET (self->public_key ? self->name_row : self->key_row));
}

void
chat_add_friend_window_open_file (ChatAddFriendWindow *self,
                                  GFile               *file)
{
  g_autofree char *uri = NULL;
  ReadData *data;

  g_return_if_fail (CHAT_IS_ADD_FRIEND_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  uri = g_file_get_uri (file);
  if (chat_key_link_is_link (uri))
    {
      take_link (self, uri);
      return;
    }

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();

  data = g_new0 (ReadData, 1);
  data->window = g_object_ref (self);
  data->file = g_object_ref (file);
  g_file_read_async (file, G_PRIORITY_DEFAULT, self->cancellable, read_cb, data);
}
