/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-notifier.h"

#include "chat-notice.h"
#include "chat-notification-server.h"
#include "chat-settings.h"

/* How long a notification stays as it is, whatever comes in. A server can neither
 * replace nor withdraw one before it has answered, so this is also the time that
 * it is given to do so. */
#define SETTLE_SECONDS 1

struct _ChatNotifier
{
  GObject                 parent_instance;

  /* Owned */
  char                   *profile;
  ChatContactList        *contacts;
  ChatNotificationServer *server;
  GHashTable             *notices;     /* ChatContact (borrowed) -> Notice (owned) */

  /* Borrowed */
  GApplication           *application;
};

G_DEFINE_FINAL_TYPE (ChatNotifier, chat_notifier, G_TYPE_OBJECT)

/* The notification of one friend. */
typedef struct
{
  ChatNotifier *notifier; /* borrowed */
  ChatContact  *contact;  /* owned */
  char         *id;       /* owned */
  guint         n_unread;
  guint         settling; /* the source, while it does */
  gboolean      pending;  /* there is something to tell */
  gboolean      shown;
} Notice;

static void
withdraw (Notice *notice)
{
  notice->shown = FALSE;
  g_application_withdraw_notification (notice->notifier->application, notice->id);
}

static void update (Notice *notice);

static gboolean
settled_cb (gpointer user_data)
{
  Notice *notice = user_data;

  notice->settling = 0;
  if (!notice->shown)
    withdraw (notice);
  update (notice);

  return G_SOURCE_REMOVE;
}

static GNotification *
create_notification (Notice *notice)
{
  ChatNotifier *self = notice->notifier;
  gboolean with_text = chat_settings_get_notifications () == CHAT_NOTIFICATIONS_TEXT;
  g_autofree char *title = chat_notice_dup_title (chat_contact_get_name (notice->contact));
  g_autofree char *body = NULL;
  g_autofree char *escaped = NULL;
  g_autoptr (GIcon) icon = g_themed_icon_new (APP_ID);
  GNotification *notification = g_notification_new (title);

  body = chat_notice_dup_body (notice->n_unread,
                               with_text ? chat_contact_get_preview (notice->contact) : NULL);
  escaped = chat_notification_server_dup_escaped (self->server, body);
  g_notification_set_body (notification, escaped);
  g_notification_set_icon (notification, icon);
  g_notification_set_category (notification, "im.received");
  g_notification_set_default_action_and_target (notification, "app.show-chat", "(sx)",
                                                self->profile,
                                                chat_contact_get_id (notice->contact));

  return notification;
}

/* Shows what there is to tell, as soon as that can be done. */
static void
update (Notice *notice)
{
  ChatNotifier *self = notice->notifier;
  g_autoptr (GNotification) notification = NULL;

  if (!notice->pending || notice->settling != 0)
    return;

  if (!chat_notification_server_is_ready (self->server))
    {
      chat_notification_server_wake (self->server);
      return;
    }

  notice->pending = FALSE;
  notice->shown = TRUE;
  notice->settling = g_timeout_add_seconds (SETTLE_SECONDS, settled_cb, notice);
  notification = create_notification (notice);
  g_application_send_notification (self->application, notice->id, notification);
}

static void
on_unread_count (ChatContact *contact,
                 GParamSpec  *pspec,
                 Notice      *notice)
{
  guint n_unread = chat_contact_get_unread_count (contact);
  gboolean more = n_unread > notice->n_unread;

  notice->n_unread = n_unread;

  if (n_unread == 0)
    {
      notice->pending = FALSE;
      if (notice->shown)
        withdraw (notice);
    }
  else if (more && chat_settings_get_notifications () != CHAT_NOTIFICATIONS_NONE)
    {
      notice->pending = TRUE;
      update (notice);
    }
}

static Notice *
notice_new (ChatNotifier *notifier,
            ChatContact  *contact)
{
  Notice *notice = g_new0 (Notice, 1);

  notice->notifier = notifier;
  notice->contact = g_object_ref (contact);
  notice->id = g_strdup_printf ("chat-%s-%" G_GINT64_FORMAT, notifier->profile,
                                chat_contact_get_id (contact));
  notice->n_unread = chat_contact_get_unread_count (contact);
  g_signal_connect (contact, "notify::unread-count", G_CALLBACK (on_unread_count), notice);

  return notice;
}

static void
notice_free (Notice *notice)
{
  g_signal_handlers_disconnect_by_data (notice->contact, notice);
  if (notice->settling != 0)
    g_source_remove (notice->settling);
  if (notice->shown)
    withdraw (notice);
  g_object_unref (notice->contact);
  g_free (notice->id);
  g_free (notice);
}

static gboolean
is_gone (gpointer contact,
         gpointer notice,
         gpointer contacts)
{
  return chat_contact_list_find (contacts, chat_contact_get_public_key (contact)) != contact;
}

static void
on_items_changed (GListModel   *contacts,
                  guint         position,
                  guint         removed,
                  guint         added,
                  ChatNotifier *self)
{
  /* A friend who only moves in the list is among both */
  if (removed > added)
    g_hash_table_foreach_remove (self->notices, is_gone, contacts);

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (ChatContact) contact = g_list_model_get_item (contacts, i);

      if (!g_hash_table_contains (self->notices, contact))
        g_hash_table_insert (self->notices, contact, notice_new (self, contact));
    }
}

static void
on_ready (ChatNotifier *self)
{
  GHashTableIter iter;
  gpointer notice;

  if (!chat_notification_server_is_ready (self->server))
    return;

  g_hash_table_iter_init (&iter, self->notices);
  while (g_hash_table_iter_next (&iter, NULL, &notice))
    update (notice);
}

/* What shows must not tell more than the user wants to be told now. */
static void
on_setting_changed (ChatNotifier *self)
{
  gboolean none = chat_settings_get_notifications () == CHAT_NOTIFICATIONS_NONE;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->notices);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Notice *notice = value;

      notice->pending = !none && (notice->pending || notice->shown);
      if (none && notice->shown)
        withdraw (notice);
      update (notice);
    }
}

static void
chat_notifier_dispose (GObject *object)
{
  ChatNotifier *self = CHAT_NOTIFIER (object);

  if (self->contacts != NULL)
    g_signal_handlers_disconnect_by_data (self->contacts, self);
  g_hash_table_remove_all (self->notices);
  g_clear_object (&self->contacts);
  g_clear_object (&self->server);

  G_OBJECT_CLASS (chat_notifier_parent_class)->dispose (object);
}

static void
chat_notifier_finalize (GObject *object)
{
  ChatNotifier *self = CHAT_NOTIFIER (object);

  g_clear_pointer (&self->notices, g_hash_table_unref);
  g_clear_pointer (&self->profile, g_free);

  G_OBJECT_CLASS (chat_notifier_parent_class)->finalize (object);
}

static void
chat_notifier_class_init (ChatNotifierClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = chat_notifier_dispose;
  object_class->finalize = chat_notifier_finalize;
}

static void
chat_notifier_init (ChatNotifier *self)
{
  self->notices = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) notice_free);
}

ChatNotifier *
chat_notifier_new (GApplication    *application,
                   const char      *profile,
                   ChatContactList *contacts)
{
  GSettings *settings = chat_settings_get ();
  ChatNotifier *self;

  g_return_val_if_fail (G_IS_APPLICATION (application), NULL);
  g_return_val_if_fail (profile != NULL, NULL);
  g_return_val_if_fail (CHAT_IS_CONTACT_LIST (contacts), NULL);

  self = g_object_new (CHAT_TYPE_NOTIFIER, NULL);
  self->application = application;
  self->profile = g_strdup (profile);
  self->contacts = g_object_ref (contacts);
  self->server = chat_notification_server_new (g_application_get_dbus_connection (application));

  g_signal_connect_object (self->server, "notify::ready", G_CALLBACK (on_ready), self,
                           G_CONNECT_SWAPPED);
  if (settings != NULL)
    g_signal_connect_object (settings, "changed::notifications",
                             G_CALLBACK (on_setting_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect (contacts, "items-changed", G_CALLBACK (on_items_changed), self);
  on_items_changed (G_LIST_MODEL (contacts), 0, 0,
                    g_list_model_get_n_items (G_LIST_MODEL (contacts)), self);

  return self;
}
