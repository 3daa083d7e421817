/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-notification-server.h"

#define FREEDESKTOP_NAME "org.freedesktop.Notifications"
#define FREEDESKTOP_PATH "/org/freedesktop/Notifications"
#define GNOME_NAME "org.gtk.Notifications"

typedef enum
{
  BACKEND_UNKNOWN,
  BACKEND_ASKED,       /* the bus has been asked for GNOME */
  BACKEND_PLAIN,       /* takes plain text and reports no failure */
  BACKEND_FREEDESKTOP,
} Backend;

struct _ChatNotificationServer
{
  GObject          parent_instance;

  /* Owned */
  GDBusConnection *connection;
  GCancellable    *cancellable;

  /* State */
  Backend          backend;
  guint            watch;
  gboolean         looking; /* until it is known whether there is a server */
  gboolean         owned;
  gboolean         markup;
  gboolean         ready;
};

typedef enum
{
  PROP_READY = 1,
} ChatNotificationServerProperty;

static GParamSpec *props[PROP_READY + 1];

G_DEFINE_FINAL_TYPE (ChatNotificationServer, chat_notification_server, G_TYPE_OBJECT)

static void
set_ready (ChatNotificationServer *self,
           gboolean                ready)
{
  if (self->ready == ready)
    return;

  self->ready = ready;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_READY]);
}

/* The same signs as in GLib, which renamed the variable in 2.80. */
static gboolean
has_portal (void)
{
  const char *variable = glib_check_version (2, 79, 0) == NULL ? "GIO_USE_PORTALS"
                                                               : "GTK_USE_PORTAL";
  const char *value = g_getenv (variable);

  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) || (value != NULL && *value == '1');
}

static void
get_capabilities_cb (GObject      *object,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  g_autoptr (ChatNotificationServer) self = CHAT_NOTIFICATION_SERVER (user_data);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree const char **capabilities = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self->looking = FALSE;
  /* It may have ended instead of answering */
  if (!self->owned)
    return;

  if (reply != NULL)
    g_variant_get (reply, "(^a&s)", &capabilities);

  /* With a server that does not tell, too much is escaped rather than too little */
  self->markup = capabilities == NULL || g_strv_contains (capabilities, "body-markup");
  set_ready (self, TRUE);
}

static void
name_appeared_cb (GDBusConnection *connection,
                  const char      *name,
                  const char      *owner,
                  gpointer         user_data)
{
  ChatNotificationServer *self = CHAT_NOTIFICATION_SERVER (user_data);

  self->owned = TRUE;
  g_dbus_connection_call (connection, owner, FREEDESKTOP_PATH, FREEDESKTOP_NAME,
                          "GetCapabilities", NULL, G_VARIANT_TYPE ("(as)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, get_capabilities_cb,
                          g_object_ref (self));
}

static void
name_vanished_cb (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  ChatNotificationServer *self = CHAT_NOTIFICATION_SERVER (user_data);

  self->owned = FALSE;
  self->looking = FALSE;
  set_ready (self, FALSE);
}

/* Some servers end when they have nothing to show: a new watch has one started. */
static void
watch (ChatNotificationServer *self)
{
  if (self->looking)
    return;

  if (self->watch != 0)
    g_bus_unwatch_name (self->watch);
  self->looking = TRUE;
  self->watch = g_bus_watch_name_on_connection (self->connection, FREEDESKTOP_NAME,
                                                G_BUS_NAME_WATCHER_FLAGS_AUTO_START,
                                                name_appeared_cb, name_vanished_cb, self, NULL);
}

static void
get_name_owner_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (ChatNotificationServer) self = CHAT_NOTIFICATION_SERVER (user_data);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self->backend = reply != NULL ? BACKEND_PLAIN : BACKEND_FREEDESKTOP;
  if (self->backend == BACKEND_PLAIN)
    set_ready (self, TRUE);
  else
    watch (self);
}

static void
find_backend (ChatNotificationServer *self)
{
  if (g_strcmp0 (g_getenv ("GNOTIFICATION_BACKEND"), "freedesktop") == 0)
    {
      self->backend = BACKEND_FREEDESKTOP;
      watch (self);
    }
  else if (has_portal ())
    {
      self->backend = BACKEND_PLAIN;
      set_ready (self, TRUE);
    }
  else
    {
      self->backend = BACKEND_ASKED;
      g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                              "org.freedesktop.DBus", "GetNameOwner",
                              g_variant_new ("(s)", GNOME_NAME), G_VARIANT_TYPE ("(s)"),
                              G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable, get_name_owner_cb,
                              g_object_ref (self));
    }
}

static void
chat_notification_server_get_property (GObject    *object,
                                       guint       prop_id,
                                       GValue     *value,
                                       GParamSpec *pspec)
{
  ChatNotificationServer *self = CHAT_NOTIFICATION_SERVER (object);

  switch ((ChatNotificationServerProperty) prop_id)
    {
    case PROP_READY:
      g_value_set_boolean (value, self->ready);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_notification_server_dispose (GObject *object)
{
  ChatNotificationServer *self = CHAT_NOTIFICATION_SERVER (object);

  g_cancellable_cancel (self->cancellable);
  if (self->watch != 0)
    g_bus_unwatch_name (self->watch);
  self->watch = 0;
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (chat_notification_server_parent_class)->dispose (object);
}

static void
chat_notification_server_finalize (GObject *object)
{
  ChatNotificationServer *self = CHAT_NOTIFICATION_SERVER (object);

  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (chat_notification_server_parent_class)->finalize (object);
}

static void
chat_notification_server_class_init (ChatNotificationServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = chat_notification_server_get_property;
  object_class->dispose = chat_notification_server_dispose;
  object_class->finalize = chat_notification_server_finalize;

  props[PROP_READY] = g_param_spec_boolean ("ready", NULL, NULL, FALSE,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
chat_notification_server_init (ChatNotificationServer *self)
{
  self->cancellable = g_cancellable_new ();
}

ChatNotificationServer *
chat_notification_server_new (GDBusConnection *connection)
{
  ChatNotificationServer *self = g_object_new (CHAT_TYPE_NOTIFICATION_SERVER, NULL);

  g_set_object (&self->connection, connection);

  return self;
}

gboolean
chat_notification_server_is_ready (ChatNotificationServer *self)
{
  g_return_val_if_fail (CHAT_IS_NOTIFICATION_SERVER (self), FALSE);

  return self->ready;
}

void
chat_notification_server_wake (ChatNotificationServer *self)
{
  g_return_if_fail (CHAT_IS_NOTIFICATION_SERVER (self));

  if (self->connection == NULL || self->ready)
    return;

  if (self->backend == BACKEND_UNKNOWN)
    find_backend (self);
  else if (self->backend == BACKEND_FREEDESKTOP)
    watch (self);
}

char *
chat_notification_server_dup_escaped (ChatNotificationServer *self,
                                      const char             *text)
{
  g_return_val_if_fail (CHAT_IS_NOTIFICATION_SERVER (self), NULL);
  g_return_val_if_fail (text != NULL, NULL);

  if (self->backend == BACKEND_FREEDESKTOP && self->markup)
    return g_markup_escape_text (text, -1);

  return g_strdup (text);
}
