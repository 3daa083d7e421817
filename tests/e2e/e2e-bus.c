/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-bus.h"

#include "e2e-wait.h"

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

static GDBusConnection *
get_connection (void)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);

  g_assert_no_error (error);

  return connection;
}

static GVariant *
call_bus (const char  *method,
          GVariant    *parameters,
          GError     **error)
{
  g_autoptr (GDBusConnection) connection = get_connection ();

  return g_dbus_connection_call_sync (connection, BUS_NAME, BUS_PATH, BUS_NAME, method, parameters,
                                      NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

void
e2e_bus_add_service (const char *name,
                     const char *command)
{
  g_autofree char *folder = g_build_filename (g_getenv ("XDG_DATA_HOME"), "dbus-1", "services",
                                              NULL);
  g_autofree char *base = g_strconcat (name, ".service", NULL);
  g_autofree char *path = g_build_filename (folder, base, NULL);
  g_autofree char *text = g_strdup_printf ("[D-BUS Service]\nName=%s\nExec=%s\n", name, command);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  reply = call_bus ("ReloadConfig", NULL, &error);
  g_assert_no_error (error);
}

void
e2e_bus_mask_service (const char *name)
{
  e2e_bus_add_service (name, "/bin/false");
}

typedef struct
{
  GVariant *reply;
  GError *error;
  gboolean done;
} Call;

static void
call_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Call *call = user_data;

  call->reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (object), result, &call->error);
  call->done = TRUE;
}

static gboolean
is_done (gpointer user_data)
{
  Call *call = user_data;

  return call->done;
}

void
e2e_bus_call (const char *name,
              const char *method,
              GVariant   *parameters)
{
  g_autoptr (GDBusConnection) connection = get_connection ();
  g_autofree char *path = g_strdelimit (g_strconcat ("/", name, NULL), ".", '/');
  Call call = { NULL, };

  g_dbus_connection_call (connection, name, path, "org.freedesktop.Application", method,
                          parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, call_cb, &call);
  g_assert_true (e2e_wait_until (is_done, &call));
  g_assert_no_error (call.error);
  g_variant_unref (call.reply);
}

GPid
e2e_bus_get_pid (const char *name)
{
  g_autoptr (GVariant) reply = call_bus ("GetConnectionUnixProcessID",
                                         g_variant_new ("(s)", name), NULL);
  guint32 pid = 0;

  if (reply != NULL)
    g_variant_get (reply, "(u)", &pid);

  return (GPid) pid;
}

static gboolean
has_no_name (gpointer user_data)
{
  return e2e_bus_get_pid (user_data) == 0;
}

void
e2e_bus_wait_no_name (const char *name)
{
  if (!e2e_wait_until (has_no_name, (gpointer) name))
    g_error ("Somebody still has the name %s", name);
}
