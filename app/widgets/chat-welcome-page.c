/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-welcome-page.h"

#include <glib/gi18n.h>

#include "chat-file-picker.h"
#include "chat-profile.h"

struct _ChatWelcomePage
{
  AdwBin         parent_instance;

  /* Template children */
  AdwStatusPage *status_page;
  GtkEditable   *name_row;
  GtkWidget     *key_row;
  GtkLabel      *fingerprint_label;
  GtkWidget     *error_label;
  GtkWidget     *create_button;
  GtkWidget     *existing_button;

  /* Owned */
  SppPrivateKey *private_key;

  /* State */
  gboolean       busy;
};

enum
{
  SIGNAL_CREATE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ChatWelcomePage, chat_welcome_page, ADW_TYPE_BIN)

static char *
dup_name (ChatWelcomePage *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (self->name_row)));
}

static void
update (ChatWelcomePage *self)
{
  g_autofree char *name = dup_name (self);

  gtk_widget_set_sensitive (self->create_button, *name != '\0' && !self->busy);
  gtk_widget_set_sensitive (self->existing_button, !self->busy);
  gtk_button_set_label (GTK_BUTTON (self->create_button),
                        self->private_key ? _("Use This Key") : _("Create Key"));
  gtk_widget_set_visible (self->key_row, self->private_key != NULL);
}

static void
take_private_key (ChatWelcomePage *self,
                  SppPrivateKey   *private_key)
{
  g_clear_pointer (&self->private_key, spp_private_key_unref);
  self->private_key = private_key;

  if (private_key != NULL)
    {
      SppPublicKey *public_key = spp_private_key_get_public_key (private_key);
      g_autofree char *fingerprint = spp_public_key_dup_fingerprint (public_key);

      gtk_label_set_label (self->fingerprint_label, fingerprint);
    }
  update (self);
}

static void
on_create_clicked (ChatWelcomePage *self)
{
  g_autofree char *name = dup_name (self);

  if (*name == '\0' || self->busy)
    return;

  chat_welcome_page_fail (self, NULL);
  g_signal_emit (self, signals[SIGNAL_CREATE], 0, name, self->private_key);
}

static void
pick_key_cb (GObject      *object,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (ChatWelcomePage) self = CHAT_WELCOME_PAGE (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = chat_file_picker_finish (GTK_WINDOW (object), result, &error);
  SppPrivateKey *private_key = NULL;

  if (file != NULL)
    private_key = chat_profile_read_private_key (file, &error);

  if (private_key != NULL)
    {
      chat_welcome_page_fail (self, NULL);
      take_private_key (self, private_key);
      gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      chat_welcome_page_fail (self, error->message);
    }
}

static void
on_existing_clicked (ChatWelcomePage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  chat_file_picker_open_async (GTK_WINDOW (root), _("Open Private Key"), NULL, pick_key_cb,
                               g_object_ref (self));
}

static void
on_forget_clicked (ChatWelcomePage *self)
{
  take_private_key (self, NULL);
}

static gboolean
chat_welcome_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (CHAT_WELCOME_PAGE (widget)->name_row));
}

static void
chat_welcome_page_dispose (GObject *object)
{
  ChatWelcomePage *self = CHAT_WELCOME_PAGE (object);

  g_clear_pointer (&self->private_key, spp_private_key_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), CHAT_TYPE_WELCOME_PAGE);

  G_OBJECT_CLASS (chat_welcome_page_parent_class)->dispose (object);
}

static void
chat_welcome_page_class_init (ChatWelcomePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = chat_welcome_page_dispose;
  widget_class->grab_focus = chat_welcome_page_grab_focus;

  signals[SIGNAL_CREATE] =
    g_signal_new ("create", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, G_TYPE_STRING, SPP_TYPE_PRIVATE_KEY);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-welcome-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatWelcomePage, status_page);
  gtk_widget_class_bind_template_child (widget_class, ChatWelcomePage, name_row);
  gtk_widget_class_bind_template_child (widget_class, ChatWelcomePage, key_row);
  gtk_widget_class_bind_template_child (widget_class, ChatWelcomePage, fingerprint_label);
  gtk_widget_class_bind_template_child (widget_class, ChatWelcomePage, error_label);
  gtk_widget_class_bind_template_child (widget_class, ChatWelcomePage, create_button);
  gtk_widget_class_bind_template_child (widget_class, ChatWelcomePage, existing_button);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_create_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_existing_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_forget_clicked);
}

static void
chat_welcome_page_init (ChatWelcomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  adw_status_page_set_icon_name (self->status_page, APP_ID);
  update (self);
}

GtkWidget *
chat_welcome_page_new (void)
{
  return g_object_new (CHAT_TYPE_WELCOME_PAGE, NULL);
}

void
chat_welcome_page_set_busy (ChatWelcomePage *self,
                            gboolean         busy)
{
  g_return_if_fail (CHAT_IS_WELCOME_PAGE (self));

  self->busy = busy;
  update (self);
}

void
chat_welcome_page_fail (ChatWelcomePage *self,
                        const char      *sentence)
{
  g_return_if_fail (CHAT_IS_WELCOME_PAGE (self));

  gtk_label_set_label (GTK_LABEL (self->error_label), sentence ? sentence : "");
  gtk_widget_set_visible (self->error_label, sentence != NULL);
}
