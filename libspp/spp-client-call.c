/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-client-private.h"

#include "spp-error.h"
#include "spp-negotiation-private.h"
#include "spp-public-key-private.h"
#include "spp-socket-private.h"

/* A call under way, the data of its task. */
typedef struct
{
  SppPublicKey       *peer;      /* owned */
  GSocketConnectable *address;   /* owned, nullable: there is only the one stream */
  SppPeerFlags        flags;
  guint               version;   /* of SPP, that is being tried */
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  spp_public_key_unref (call->peer);
  g_clear_object (&call->address);
  g_free (call);
}

/* Checks that @peer can be called at all and keeps it with the call. */
static GTask *
call_new (SppClient           *self,
          SppPublicKey        *peer,
          GSocketConnectable  *address,
          gpointer             source_tag,
          GCancellable        *cancellable,
          GAsyncReadyCallback  callback,
          gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);

  call->peer = spp_public_key_ref (peer);
  g_set_object (&call->address, address);
  call->flags = self->peer_flags;
  call->version = self->only_spp1 ? 1 : 2;
  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, call, call_free);
  if (spp_public_key_equal_x25519 (peer, spp_private_key_get_public_key (self->private_key)))
    {
      g_task_return_new_error (task, SPP_ERROR, SPP_ERROR_INVALID_KEY,
                               "One's own key cannot be a friend's");
      return NULL;
    }
  return g_steal_pointer (&task);
}

static void start_connecting (GTask *task);

/* A peer that waits for a hello of SPP/1 hangs up at anything else, without a word. */
static gboolean
is_old_protocol (const GError *error)
{
  return g_error_matches (error, SPP_ERROR, SPP_ERROR_OLD_PROTOCOL)
         || g_error_matches (error, SPP_ERROR, SPP_ERROR_CLOSED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

static void
negotiation_cb (SppSession *session,
                GError     *error,
                gpointer    user_data)
{
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);

  if (session != NULL)
    {
      g_task_return_pointer (task, session, g_object_unref);
    }
  else if (call->version == 2 && call->address != NULL
           && (call->flags & SPP_PEER_FLAGS_ALLOW_SPP1) != 0 && is_old_protocol (error))
    {
      g_error_free (error);
      call->version = 1;
      start_connecting (g_steal_pointer (&task));
    }
  else
    {
      g_task_return_error (task, error);
    }
}

/* Takes the task, as what follows. */
static void
negotiate (GTask     *task,
           GIOStream *stream)
{
  SppClient *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  SppHandshakeTerms terms = { self->private_key, self->replay_guard, self->max_message_size };
  SppHandshake *handshake;

  if (self->only_spp1)
    handshake = spp_handshake_new_spp1 (spp_handshake1_new_initiator (self->private_key,
                                                                      call->peer,
                                                                      self->replay_guard),
                                        self->max_message_size);
  else
    handshake = spp_handshake_new_initiator (&terms, call->peer, call->flags, call->version);
  spp_negotiation_run (stream, handshake, self->timeout, g_task_get_cancellable (task), NULL,
                       negotiation_cb, task);
}

static void
connect_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GSocketConnection) connection = NULL;
  GError *error = NULL;

  connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (object), result, &error);
  if (connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  spp_socket_prepare (g_socket_connection_get_socket (connection));
  negotiate (g_steal_pointer (&task), G_IO_STREAM (connection));
}

static void
start_connecting (GTask *task)
{
  SppClient *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  g_autoptr (GSocketClient) socket_client = g_socket_client_new ();

  g_socket_client_set_timeout (socket_client, self->timeout);
  if (self->proxy_resolver != NULL)
    g_socket_client_set_proxy_resolver (socket_client, self->proxy_resolver);
  if (self->local_address != NULL)
    g_socket_client_set_local_address (socket_client, self->local_address);
  g_socket_client_connect_async (socket_client, call->address, g_task_get_cancellable (task),
                                 connect_cb, task);
}

/**
 * spp_client_connect_async:
 * @self: a client
 * @address: where the friend listens
 * @peer: the friend's public key
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when the session is there
 * @user_data: data for @callback
 *
 * Calls a friend.
 *
 * Since: 0.1
 */
void
spp_client_connect_async (SppClient           *self,
                          GSocketConnectable  *address,
                          SppPublicKey        *peer,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (SPP_IS_CLIENT (self));
  g_return_if_fail (G_IS_SOCKET_CONNECTABLE (address));
  g_return_if_fail (peer != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = call_new (self, peer, address, spp_client_connect_async, cancellable, callback,
                   user_data);
  if (task != NULL)
    start_connecting (task);
}

/**
 * spp_client_connect_to_host_async:
 * @self: a client
 * @host: a host name or address
 * @port: the TCP port
 * @peer: the friend's public key
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when the session is there
 * @user_data: data for @callback
 *
 * Calls a friend at a host.
 *
 * Since: 0.1
 */
void
spp_client_connect_to_host_async (SppClient           *self,
                                  const char          *host,
                                  guint16              port,
                                  SppPublicKey        *peer,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_autoptr (GSocketConnectable) address = NULL;

  g_return_if_fail (host != NULL);

  address = g_network_address_new (host, port);
  spp_client_connect_async (self, address, peer, cancellable, callback, user_data);
}

/**
 * spp_client_connect_finish:
 * @self: a client
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Client.connect_async].
 *
 * Returns: (transfer full): the session
 *
 * Since: 0.1
 */
SppSession *
spp_client_connect_finish (SppClient     *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, spp_client_connect_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * spp_client_connect_to_host_finish:
 * @self: a client
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Client.connect_to_host_async].
 *
 * Returns: (transfer full): the session
 *
 * Since: 0.1
 */
SppSession *
spp_client_connect_to_host_finish (SppClient     *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  return spp_client_connect_finish (self, result, error);
}

/**
 * spp_client_negotiate_async:
 * @self: a client
 * @stream: a stream that leads to the friend
 * @peer: the friend's public key
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when the session is there
 * @user_data: data for @callback
 *
 * Calls a friend over a stream of one's own, which belongs to the session from
 * this call on. When the call comes to nothing, @stream is closed.
 *
 * There is only the one stream, so a friend who speaks only SPP/1 cannot be called
 * in this way.
 *
 * Since: 0.1
 */
void
spp_client_negotiate_async (SppClient           *self,
                            GIOStream           *stream,
                            SppPublicKey        *peer,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (SPP_IS_CLIENT (self));
  g_return_if_fail (G_IS_IO_STREAM (stream));
  g_return_if_fail (peer != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = call_new (self, peer, NULL, spp_client_negotiate_async, cancellable, callback,
                   user_data);
  if (task != NULL)
    negotiate (task, stream);
}

/**
 * spp_client_negotiate_finish:
 * @self: a client
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Client.negotiate_async].
 *
 * Returns: (transfer full): the session
 *
 * Since: 0.1
 */
SppSession *
spp_client_negotiate_finish (SppClient     *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, spp_client_negotiate_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
