/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-test-routes.h"

#include <signal.h>
#include <sys/prctl.h>

#define POLL_MSEC 10

struct _SppTestPlaces
{
  GObject    parent_instance;

  /* Owned */
  GPtrArray *addresses;
};

#define SPP_TYPE_TEST_PLACES_ENUMERATOR (spp_test_places_enumerator_get_type ())

G_DECLARE_FINAL_TYPE (SppTestPlacesEnumerator, spp_test_places_enumerator,
                      SPP, TEST_PLACES_ENUMERATOR, GSocketAddressEnumerator)

struct _SppTestPlacesEnumerator
{
  GSocketAddressEnumerator  parent_instance;

  /* Owned */
  GPtrArray                *addresses;

  /* State */
  guint                     next;
};

G_DEFINE_FINAL_TYPE (SppTestPlacesEnumerator, spp_test_places_enumerator,
                     G_TYPE_SOCKET_ADDRESS_ENUMERATOR)

static GSocketAddress *
spp_test_places_enumerator_next (GSocketAddressEnumerator  *enumerator,
                                 GCancellable              *cancellable,
                                 GError                   **error)
{
  SppTestPlacesEnumerator *self = SPP_TEST_PLACES_ENUMERATOR (enumerator);

  if (self->next == self->addresses->len)
    return NULL;
  return g_object_ref (g_ptr_array_index (self->addresses, self->next++));
}

static void
spp_test_places_enumerator_finalize (GObject *object)
{
  g_ptr_array_unref (SPP_TEST_PLACES_ENUMERATOR (object)->addresses);

  G_OBJECT_CLASS (spp_test_places_enumerator_parent_class)->finalize (object);
}

static void
spp_test_places_enumerator_class_init (SppTestPlacesEnumeratorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = spp_test_places_enumerator_finalize;
  G_SOCKET_ADDRESS_ENUMERATOR_CLASS (klass)->next = spp_test_places_enumerator_next;
}

static void
spp_test_places_enumerator_init (SppTestPlacesEnumerator *self)
{
}

static GSocketAddressEnumerator *
spp_test_places_enumerate (GSocketConnectable *connectable)
{
  SppTestPlacesEnumerator *enumerator = g_object_new (SPP_TYPE_TEST_PLACES_ENUMERATOR, NULL);

  enumerator->addresses = g_ptr_array_ref (SPP_TEST_PLACES (connectable)->addresses);
  return G_SOCKET_ADDRESS_ENUMERATOR (enumerator);
}

static void
spp_test_places_connectable_init (GSocketConnectableIface *iface)
{
  iface->enumerate = spp_test_places_enumerate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SppTestPlaces, spp_test_places, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_SOCKET_CONNECTABLE,
                                                      spp_test_places_connectable_init))

static void
spp_test_places_finalize (GObject *object)
{
  g_ptr_array_unref (SPP_TEST_PLACES (object)->addresses);

  G_OBJECT_CLASS (spp_test_places_parent_class)->finalize (object);
}

static void
spp_test_places_class_init (SppTestPlacesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = spp_test_places_finalize;
}

static void
spp_test_places_init (SppTestPlaces *self)
{
  self->addresses = g_ptr_array_new_with_free_func (g_object_unref);
}

SppTestPlaces *
spp_test_places_new (void)
{
  return g_object_new (SPP_TYPE_TEST_PLACES, NULL);
}

void
spp_test_places_add (SppTestPlaces  *self,
                     GSocketAddress *address)
{
  g_ptr_array_add (self->addresses, g_object_ref (address));
}

struct _SppTestResolver
{
  GResolver   parent_instance;

  /* Owned */
  GHashTable *names;      /* char * → GPtrArray of GInetAddress */

  /* State */
  guint       lookups;
};

G_DEFINE_FINAL_TYPE (SppTestResolver, spp_test_resolver, G_TYPE_RESOLVER)

static gboolean
fits (GInetAddress             *address,
      GResolverNameLookupFlags  flags)
{
  GSocketFamily family = g_inet_address_get_family (address);

  return !((flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY && family != G_SOCKET_FAMILY_IPV4)
           || (flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY
               && family != G_SOCKET_FAMILY_IPV6));
}

static GList *
look_up (SppTestResolver           *self,
         const char                *name,
         GResolverNameLookupFlags   flags,
         GError                   **error)
{
  GPtrArray *known = g_hash_table_lookup (self->names, name);
  GList *addresses = NULL;

  for (guint i = 0; known != NULL && i < known->len; i++)
    if (fits (g_ptr_array_index (known, i), flags))
      addresses = g_list_append (addresses, g_object_ref (g_ptr_array_index (known, i)));
  if (addresses == NULL)
    g_set_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
                 "Nobody is called %s", name);
  return addresses;
}

static void
free_addresses (gpointer addresses)
{
  g_resolver_free_addresses (addresses);
}

static gboolean
on_lookup_cancelled (GCancellable *cancellable,
                     gpointer      user_data)
{
  GTask *task = user_data;

  g_task_return_error_if_cancelled (task);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static void
spp_test_resolver_look_up_async (GResolver                *resolver,
                                 const char               *name,
                                 GResolverNameLookupFlags  flags,
                                 GCancellable             *cancellable,
                                 GAsyncReadyCallback       callback,
                                 gpointer                  user_data)
{
  SppTestResolver *self = SPP_TEST_RESOLVER (resolver);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  GList *addresses;

  self->lookups++;
  if (g_str_equal (name, SPP_TEST_SILENT_NAME) && cancellable != NULL)
    {
      g_autoptr (GSource) source = g_cancellable_source_new (cancellable);

      g_task_attach_source (task, source, G_SOURCE_FUNC (on_lookup_cancelled));
      g_object_ref (task);
      return;
    }
  addresses = look_up (self, name, flags, &error);
  if (addresses == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, addresses, free_addresses);
}

static GList *
spp_test_resolver_look_up_finish (GResolver     *resolver,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
spp_test_resolver_finalize (GObject *object)
{
  g_hash_table_unref (SPP_TEST_RESOLVER (object)->names);

  G_OBJECT_CLASS (spp_test_resolver_parent_class)->finalize (object);
}

static void
spp_test_resolver_class_init (SppTestResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = spp_test_resolver_finalize;
  resolver_class->lookup_by_name_with_flags_async = spp_test_resolver_look_up_async;
  resolver_class->lookup_by_name_with_flags_finish = spp_test_resolver_look_up_finish;
}

static void
spp_test_resolver_init (SppTestResolver *self)
{
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) g_ptr_array_unref);
}

SppTestResolver *
spp_test_resolver_new (void)
{
  return g_object_new (SPP_TYPE_TEST_RESOLVER, NULL);
}

void
spp_test_resolver_add (SppTestResolver *self,
                       const char      *name,
                       const char      *address)
{
  GPtrArray *known = g_hash_table_lookup (self->names, name);

  if (known == NULL)
    {
      known = g_ptr_array_new_with_free_func (g_object_unref);
      g_hash_table_insert (self->names, g_strdup (name), known);
    }
  g_ptr_array_add (known, g_inet_address_new_from_string (address));
}

guint
spp_test_resolver_get_lookups (SppTestResolver *self)
{
  return self->lookups;
}

static GSocket *
new_socket (GSocketAddress *address)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket;

  socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                         G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  return socket;
}

static GSocket *
listen_at (const char *address,
           guint16     port,
           guint       backlog)
{
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GError) error = NULL;
  GSocket *socket = new_socket (where);

  g_socket_set_listen_backlog (socket, backlog);
  g_assert_true (g_socket_bind (socket, where, FALSE, &error));
  g_assert_no_error (error);
  g_assert_true (g_socket_listen (socket, &error));
  g_assert_no_error (error);
  return socket;
}

GSocket *
spp_test_silent_new (const char *address,
                     guint16     port)
{
  return listen_at (address, port, 10);
}

GPtrArray *
spp_test_blackhole_new (const char *address,
                        guint16     port)
{
  GPtrArray *sockets = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GSocketAddress) where = NULL;

  g_ptr_array_add (sockets, listen_at (address, port, 0));
  where = spp_test_socket_get_address (g_ptr_array_index (sockets, 0));
  for (guint i = 0; i < 4; i++)
    {
      GSocket *filler = new_socket (where);

      g_socket_set_blocking (filler, FALSE);
      g_socket_connect (filler, where, NULL, NULL);
      g_ptr_array_add (sockets, filler);
    }
  return sockets;
}

GSocketAddress *
spp_test_socket_get_address (GSocket *socket)
{
  g_autoptr (GError) error = NULL;
  GSocketAddress *address = g_socket_get_local_address (socket, &error);

  g_assert_no_error (error);
  return address;
}

static gboolean
on_poll (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_a_little (void)
{
  gboolean done = FALSE;

  g_timeout_add (POLL_MSEC, on_poll, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

/* An address of its own makes it most unlikely that somebody takes the port
 * before the proxy does. */
static guint16
pick_port (void)
{
  g_autoptr (GSocket) socket = spp_test_silent_new (SPP_TEST_PROXY_AT, 0);
  g_autoptr (GSocketAddress) address = spp_test_socket_get_address (socket);
  guint16 port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));

  g_socket_close (socket, NULL);
  return port;
}

static gboolean
await_listening (GSubprocess *proxy,
                 guint16      port)
{
  g_autoptr (GSocketAddress) address = NULL;

  address = g_inet_socket_address_new_from_string (SPP_TEST_PROXY_AT, port);
  while (g_subprocess_get_identifier (proxy) != NULL)
    {
      g_autoptr (GSocket) socket = new_socket (address);

      if (g_socket_connect (socket, address, NULL, NULL))
        return TRUE;
      wait_a_little ();
    }
  return FALSE;
}

static void
end_with_the_test (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

GSubprocess *
spp_test_proxy_start (const char *user,
                      const char *password,
                      guint16    *port)
{
  g_autofree char *program = g_find_program_in_path ("microsocks");
  g_autoptr (GSubprocessLauncher) launcher = NULL;

  if (program == NULL)
    return NULL;
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                        | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_subprocess_launcher_set_child_setup (launcher, end_with_the_test, NULL, NULL);
  for (;;)
    {
      g_autofree char *number = NULL;
      g_autoptr (GSubprocess) proxy = NULL;
      g_autoptr (GError) error = NULL;

      *port = pick_port ();
      number = g_strdup_printf ("%u", *port);
      proxy = g_subprocess_launcher_spawn (launcher, &error, program,
                                           "-i", SPP_TEST_PROXY_AT, "-p", number,
                                           "-b", SPP_TEST_PROXY_FROM,
                                           user != NULL ? "-u" : NULL, user,
                                           "-P", password, NULL);
      g_assert_no_error (error);
      if (await_listening (proxy, *port))
        return g_steal_pointer (&proxy);
    }
}

void
spp_test_proxy_stop (GSubprocess *proxy)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_force_exit (proxy);
  g_subprocess_wait (proxy, NULL, &error);
  g_assert_no_error (error);
  g_object_unref (proxy);
}
