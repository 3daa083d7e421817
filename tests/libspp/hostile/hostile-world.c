/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-world.h"

#include <malloc.h>
#include <string.h>

#include "spp-client-private.h"

#ifdef HOSTILE_SANITIZED
/* Not every compiler that has the sanitizer brings the header for it. */
size_t __sanitizer_get_current_allocated_bytes (void);
#endif

/* Far beyond what any of the tests takes, in seconds: it is to fail by its name
 * when it waits for what does not come. */
#ifdef HOSTILE_SANITIZED
#define STUCK 120
#else
#define STUCK 30
#endif

const char *hostile_stop_names[3] = { "half-close", "close", "reset" };

/* A service tells nobody why a call came to nothing, except who debugs it. */
static const struct { int code; const char *words; } reasons[] =
  {
    { SPP_ERROR_FRAME_LENGTH, "a frame of" },
    { SPP_ERROR_UNKNOWN_PEER, "signed by no known friend" },
    { SPP_ERROR_WEAK_EPHEMERAL, "of low order" },
    { SPP_ERROR_REPLAYED, "seen before" },
    { SPP_ERROR_TRUNCATED, "ended inside the hello" },
    { SPP_ERROR_CLOSED, "without a hello" },
  };

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  HostileWorld *self = user_data;

  g_ptr_array_add (self->sessions, g_object_ref (session));
}

static void
on_log (const char     *domain,
        GLogLevelFlags  level,
        const char     *message,
        gpointer        user_data)
{
  HostileWorld *self = user_data;

  if (strstr (message, "came to nothing") != NULL)
    g_ptr_array_add (self->refusals, g_strdup (message));
}

static gboolean
on_stuck (gpointer user_data)
{
  g_error ("%s waits for what does not come", g_test_get_path ());
  return G_SOURCE_REMOVE;
}

static guint16
listen_on_loopback (GSocketListener *listener)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) effective = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &effective, &error);
  g_assert_no_error (error);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
}

static void
start_service (HostileWorld *self)
{
  self->service = spp_service_new (self->own_key);
  self->service_port = listen_on_loopback (G_SOCKET_LISTENER (self->service));
  spp_service_set_timeout (self->service, HOSTILE_FAR);
  spp_service_add_peer (self->service, spp_private_key_get_public_key (self->friend_key));
  spp_service_set_peer_flags (self->service, spp_private_key_get_public_key (self->friend_key),
                              SPP_PEER_FLAGS_ALLOW_SPP1);
  g_signal_connect (self->service, "session", G_CALLBACK (on_session), self);
}

void
hostile_world_stop_service (HostileWorld *self)
{
  if (self->service == NULL)
    return;
  g_socket_service_stop (G_SOCKET_SERVICE (self->service));
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  spp_test_await_finalize (g_steal_pointer (&self->service));
}

void
hostile_world_renew_service (HostileWorld *self)
{
  hostile_world_stop_service (self);
  start_service (self);
}

void
hostile_world_set_up_keys (HostileWorld  *self,
                           SppPrivateKey *own_key,
                           SppPrivateKey *friend_key)
{
  memset (self, 0, sizeof *self);
  self->own_key = own_key;
  self->friend_key = friend_key;
  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  self->refusals = g_ptr_array_new_with_free_func (g_free);
  self->log_handler = g_log_set_handler ("spp", G_LOG_LEVEL_DEBUG, on_log, self);
  self->watchdog = g_timeout_add_seconds (STUCK, on_stuck, NULL);
  start_service (self);
  self->client = spp_client_new (self->own_key);
  spp_client_speak_only_spp1 (self->client);
  spp_client_set_timeout (self->client, HOSTILE_FAR);
  self->listener = g_socket_listener_new ();
  self->listener_port = listen_on_loopback (self->listener);
}

void
hostile_world_set_up (HostileWorld  *self,
                      gconstpointer  data)
{
  hostile_world_set_up_keys (self, spp_private_key_generate (), spp_private_key_generate ());
}

void
hostile_world_tear_down (HostileWorld  *self,
                         gconstpointer  data)
{
  for (guint i = 0; i < self->sessions->len; i++)
    spp_test_close (g_ptr_array_index (self->sessions, i));
  g_ptr_array_unref (self->sessions);
  hostile_world_stop_service (self);
  g_clear_object (&self->called);
  spp_test_await_finalize (self->client);
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_log_remove_handler ("spp", self->log_handler);
  g_source_remove (self->watchdog);
  g_ptr_array_unref (self->refusals);
  spp_private_key_unref (self->own_key);
  spp_private_key_unref (self->friend_key);
}

void
hostile_world_set_timeout (HostileWorld *self,
                           guint         timeout)
{
  spp_service_set_timeout (self->service, timeout);
  spp_client_set_timeout (self->client, timeout);
}

void
hostile_world_start_call (HostileWorld *self,
                          GCancellable *cancellable)
{
  g_clear_object (&self->called);
  spp_client_connect_to_host_async (self->client, "127.0.0.1", self->listener_port,
                                    spp_private_key_get_public_key (self->friend_key),
                                    cancellable, spp_test_result_cb, &self->called);
}

HostilePeer *
hostile_world_accept (HostileWorld *self)
{
  g_autoptr (GAsyncResult) accepted = NULL;
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  g_socket_listener_accept_async (self->listener, NULL, spp_test_result_cb, &accepted);
  spp_test_await (&accepted);
  connection = g_socket_listener_accept_finish (self->listener, accepted, NULL, &error);
  g_assert_no_error (error);
  return hostile_peer_new (connection, self->friend_key);
}

HostilePeer *
hostile_world_connect (HostileWorld *self,
                       HostileRole   role)
{
  if (role == HOSTILE_SERVICE)
    return hostile_peer_new_calling ("127.0.0.1", self->service_port, self->friend_key);
  hostile_world_start_call (self, NULL);
  return hostile_world_accept (self);
}

SppSession *
hostile_world_take_session (HostileWorld *self,
                            HostileRole   role)
{
  g_autoptr (GError) error = NULL;
  SppSession *session;

  if (role == HOSTILE_SERVICE)
    {
      while (self->sessions->len == 0)
        g_main_context_iteration (NULL, TRUE);
      return g_ptr_array_steal_index (self->sessions, 0);
    }

  spp_test_await (&self->called);
  session = spp_client_connect_finish (self->client, self->called, &error);
  g_assert_no_error (error);
  return session;
}

HostilePeer *
hostile_world_meet (HostileWorld  *self,
                    HostileRole    role,
                    SppSession   **session)
{
  HostilePeer *peer = hostile_world_connect (self, role);
  guint8 own[HOSTILE_HELLO_SIZE];
  guint8 theirs[HOSTILE_HELLO_SIZE];

  hostile_peer_make_hello (peer, own);
  hostile_peer_write (peer, own, sizeof own);
  g_assert_cmpuint (hostile_peer_read (peer, theirs, sizeof theirs), ==, sizeof theirs);
  hostile_peer_agree (peer, theirs);
  *session = hostile_world_take_session (self, role);
  return peer;
}

static const char *
find_words (int code)
{
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (reasons[i].code == code)
      return reasons[i].words;
  g_assert_not_reached ();
}

void
hostile_world_expect_refusal (HostileWorld *self,
                              HostileRole   role,
                              GQuark        domain,
                              int           code)
{
  g_autoptr (GError) error = NULL;

  if (role == HOSTILE_CLIENT)
    {
      spp_test_await (&self->called);
      g_assert_null (spp_client_connect_finish (self->client, self->called, &error));
      g_assert_error (error, domain, code);
      return;
    }

  while (self->refusals->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (self->sessions->len, ==, 0);
  if (domain == SPP_ERROR)
    {
      g_autofree char *refusal = g_ptr_array_steal_index (self->refusals, 0);

      if (strstr (refusal, find_words (code)) == NULL)
        g_error ("Not '%s' but '%s'", find_words (code), refusal);
    }
}

void
hostile_stop (HostilePeer *peer,
              HostileStop  how)
{
  switch (how)
    {
    case HOSTILE_HALF_CLOSE:
      hostile_peer_half_close (peer);
      break;
    case HOSTILE_CLOSE:
      hostile_peer_close (peer);
      break;
    case HOSTILE_RESET:
      hostile_peer_reset (peer);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
hostile_expect_end (SppSession    *session,
                    GQuark         domain,
                    int            code,
                    SppSessionEnd  end)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = spp_test_receive (session, &error);

  g_assert_null (message);
  g_assert_error (error, domain, code);
  g_assert_error (spp_session_get_error (session), domain, code);
  g_assert_cmpint (spp_session_get_end (session), ==, end);
  g_assert_cmpint (spp_session_get_state (session), ==, SPP_SESSION_STATE_CLOSED);
}

void
hostile_expect_message (SppSession *session,
                        gsize       size,
                        guint       seed)
{
  g_autoptr (GBytes) payload = spp_test_payload (size, seed);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = spp_test_receive (session, &error);

  g_assert_no_error (error);
  spp_test_assert_bytes (message, payload);
}

void
hostile_finish (SppSession *session)
{
  spp_test_close (session);
  spp_test_await_finalize (session);
}

gsize
hostile_heap_size (void)
{
#ifdef HOSTILE_SANITIZED
  return __sanitizer_get_current_allocated_bytes ();
#else
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
#endif
}

guint
hostile_count_descriptors (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, &error);
  guint count = 0;

  g_assert_no_error (error);
  while (g_dir_read_name (folder) != NULL)
    count++;
  /* The folder itself is one. */
  return count - 1;
}

void
hostile_add_for_roles (const char *path,
                       void      (*func) (HostileWorld  *world,
                                          gconstpointer  role))
{
  for (HostileRole role = HOSTILE_SERVICE; role <= HOSTILE_CLIENT; role++)
    {
      g_autofree char *full = g_strdup_printf ("%s/%s", path, HOSTILE_ROLE_NAME (role));

      g_test_add (full, HostileWorld, GUINT_TO_POINTER (role),
                  hostile_world_set_up, func, hostile_world_tear_down);
    }
}
