/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-notifications.h"

#include "e2e-wait.h"

#define NAME "org.freedesktop.Notifications"
#define PATH "/org/freedesktop/Notifications"

struct _E2eNotifications
{
  GDBusConnection *connection;
  GPtrArray *shown;
  GQueue held; /* GDBusMethodInvocation */
  guint object;
  guint owner;
  guint32 last_id;
  guint n_calls;
  gboolean markup;
  gboolean owned;
  gboolean hold;
  /* What is waited for */
  const char *title;
  const char *body;
};

static const char interface[] =
  "<node><interface name='" NAME "'>"
  "<method name='GetCapabilities'><arg type='as' direction='out'/></method>"
  "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
  "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
  "<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>"
  "<arg type='i' direction='in'/><arg type='u' direction='out'/></method>"
  "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
  "</interface></node>";

static void
notification_free (gpointer data)
{
  E2eNotification *notification = data;

  g_free (notification->title);
  g_free (notification->body);
  g_free (notification->image);
  g_free (notification->category);
  g_free (notification);
}

static E2eNotification *
find (E2eNotifications *self,
      guint32           id)
{
  for (guint i = 0; i < self->shown->len; i++)
    {
      E2eNotification *notification = g_ptr_array_index (self->shown, i);

      if (notification->id == id)
        return notification;
    }

  return NULL;
}

static guint32
take (E2eNotifications *self,
      GVariant         *parameters)
{
  E2eNotification *notification = g_new0 (E2eNotification, 1);
  E2eNotification *old;
  g_autoptr (GVariant) hints = NULL;
  g_auto (GStrv) actions = NULL;
  guint32 replaced;

  g_variant_get (parameters, "(&su&sss^as@a{sv}i)", NULL, &replaced, NULL, &notification->title,
                 &notification->body, &actions, &hints, NULL);
  g_variant_lookup (hints, "image-path", "s", &notification->image);
  g_variant_lookup (hints, "category", "s", &notification->category);
  g_variant_lookup (hints, "urgency", "y", &notification->urgency);
  notification->has_default_action = g_strv_contains ((const char *const *) actions, "default");

  old = find (self, replaced);
  notification->id = old != NULL ? replaced : ++self->last_id;
  if (old != NULL)
    g_ptr_array_remove (self->shown, old);
  g_ptr_array_add (self->shown, notification);

  return notification->id;
}

static void
method_call (GDBusConnection       *connection,
             const char            *sender,
             const char            *path,
             const char            *interface_name,
             const char            *method,
             GVariant              *parameters,
             GDBusMethodInvocation *invocation,
             gpointer               user_data)
{
  static const char *const capabilities[] = { "actions", "body", "body-markup", NULL };
  E2eNotifications *self = user_data;
  GVariant *reply = NULL;
  guint32 id;

  if (self->hold)
    {
      g_queue_push_tail (&self->held, invocation);
      if (g_str_equal (method, "Notify"))
        self->n_calls++;
      return;
    }
  if (g_str_equal (method, "GetCapabilities"))
    {
      reply = g_variant_new ("(@as)", g_variant_new_strv (capabilities, self->markup ? 3 : 2));
    }
  else if (g_str_equal (method, "Notify"))
    {
      self->n_calls++;
      reply = g_variant_new ("(u)", take (self, parameters));
    }
  else
    {
      g_variant_get (parameters, "(u)", &id);
      g_ptr_array_remove (self->shown, find (self, id));
    }
  g_dbus_method_invocation_return_value (invocation, reply);
}

static void
name_acquired_cb (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  E2eNotifications *self = user_data;

  self->owned = TRUE;
}

static gboolean
is_owned (gpointer user_data)
{
  E2eNotifications *self = user_data;

  return self->owned;
}

E2eNotifications *
e2e_notifications_new (gboolean markup)
{
  static const GDBusInterfaceVTable vtable = { .method_call = method_call };
  g_autoptr (GDBusNodeInfo) info = NULL;
  g_autoptr (GError) error = NULL;
  E2eNotifications *self = g_new0 (E2eNotifications, 1);

  self->markup = markup;
  self->shown = g_ptr_array_new_with_free_func (notification_free);
  self->connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  info = g_dbus_node_info_new_for_xml (interface, &error);
  g_assert_no_error (error);
  self->object = g_dbus_connection_register_object (self->connection, PATH, info->interfaces[0],
                                                    &vtable, self, NULL, &error);
  g_assert_no_error (error);
  self->owner = g_bus_own_name_on_connection (self->connection, NAME, G_BUS_NAME_OWNER_FLAGS_NONE,
                                              name_acquired_cb, NULL, self, NULL);
  g_assert_true (e2e_wait_until (is_owned, self));

  return self;
}

void
e2e_notifications_free (E2eNotifications *self)
{
  g_bus_unown_name (self->owner);
  g_dbus_connection_unregister_object (self->connection, self->object);
  g_dbus_connection_flush_sync (self->connection, NULL, NULL);
  g_ptr_array_unref (self->shown);
  g_object_unref (self->connection);
  g_free (self);
}

static E2eNotification *
find_text (E2eNotifications *self)
{
  for (guint i = 0; i < self->shown->len; i++)
    {
      E2eNotification *notification = g_ptr_array_index (self->shown, i);

      if (g_str_equal (notification->title, self->title)
          && g_str_equal (notification->body, self->body))
        return notification;
    }

  return NULL;
}

static void
print_shown (E2eNotifications *self)
{
  for (guint i = 0; i < self->shown->len; i++)
    {
      E2eNotification *notification = g_ptr_array_index (self->shown, i);

      g_printerr ("What shows is \"%s\", \"%s\"\n", notification->title, notification->body);
    }
}

static gboolean
is_shown (gpointer user_data)
{
  return find_text (user_data) != NULL;
}

const E2eNotification *
e2e_notifications_wait (E2eNotifications *self,
                        const char       *title,
                        const char       *body)
{
  self->title = title;
  self->body = body;
  if (!e2e_wait_until (is_shown, self))
    {
      print_shown (self);
      g_error ("The notification \"%s\", \"%s\" does not come", title, body);
    }

  return find_text (self);
}

static gboolean
is_none_shown (gpointer user_data)
{
  E2eNotifications *self = user_data;

  return self->shown->len == 0;
}

void
e2e_notifications_wait_none (E2eNotifications *self)
{
  if (!e2e_wait_until (is_none_shown, self))
    {
      print_shown (self);
      g_error ("%u notifications do not go", self->shown->len);
    }
}

guint
e2e_notifications_count (E2eNotifications *self)
{
  return self->shown->len;
}

guint
e2e_notifications_count_calls (E2eNotifications *self)
{
  return self->n_calls;
}

void
e2e_notifications_hold (E2eNotifications *self,
                        gboolean          hold)
{
  GDBusMethodInvocation *invocation;

  self->hold = hold;
  while (!hold && (invocation = g_queue_pop_head (&self->held)) != NULL)
    {
      const char *method = g_dbus_method_invocation_get_method_name (invocation);
      GVariant *parameters = g_dbus_method_invocation_get_parameters (invocation);

      if (g_str_equal (method, "Notify"))
        self->n_calls--;
      method_call (NULL, NULL, NULL, NULL, method, parameters, invocation, self);
    }
}

void
e2e_notifications_invoke (E2eNotifications *self,
                          guint32           id)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (find (self, id)->has_default_action);
  g_dbus_connection_emit_signal (self->connection, NULL, PATH, NAME, "ActionInvoked",
                                 g_variant_new ("(us)", id, "default"), &error);
  g_assert_no_error (error);
}
