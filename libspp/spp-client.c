/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-client.h"

#include "spp-connection-private.h"
#include "spp-error.h"
#include "spp-negotiation-private.h"
#include "spp-session-private.h"

#define DEFAULT_TIMEOUT 10
#define MAX_TIMEOUT 3600

/**
 * SppClient:
 *
 * Calls friends.
 *
 * Names, several addresses of a host and proxies are handled as by
 * [class@Gio.SocketClient]. The handshake succeeds only with the friend who was
 * called: whoever else answers at the address is refused.
 *
 * Since: 0.1
 */
struct _SppClient
{
  GObject         parent_instance;

  /* Owned */
  SppPrivateKey  *private_key;
  SppReplayGuard *replay_guard;

  /* State */
  guint           timeout;
};

typedef enum
{
  PROP_PRIVATE_KEY = 1,
  PROP_REPLAY_GUARD,
  PROP_TIMEOUT,
} SppClientProperty;

static GParamSpec *props[PROP_TIMEOUT + 1];

G_DEFINE_FINAL_TYPE (SppClient, spp_client, G_TYPE_OBJECT)

static void
spp_client_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  SppClient *self = SPP_CLIENT (object);

  switch ((SppClientProperty) prop_id)
    {
    case PROP_PRIVATE_KEY:
      g_value_set_boxed (value, self->private_key);
      break;
    case PROP_REPLAY_GUARD:
      g_value_set_object (value, self->replay_guard);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
spp_client_set_property (GObject      *object,
                         guint         prop_id,
                         const GValue *value,
                         GParamSpec   *pspec)
{
  SppClient *self = SPP_CLIENT (object);

  switch ((SppClientProperty) prop_id)
    {
    case PROP_PRIVATE_KEY:
      self->private_key = g_value_dup_boxed (value);
      break;
    case PROP_REPLAY_GUARD:
      spp_client_set_replay_guard (self, g_value_get_object (value));
      break;
    case PROP_TIMEOUT:
      spp_client_set_timeout (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
spp_client_finalize (GObject *object)
{
  SppClient *self = SPP_CLIENT (object);

  g_clear_pointer (&self->private_key, spp_private_key_unref);
  g_clear_object (&self->replay_guard);

  G_OBJECT_CLASS (spp_client_parent_class)->finalize (object);
}

static void
spp_client_class_init (SppClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = spp_client_get_property;
  object_class->set_property = spp_client_set_property;
  object_class->finalize = spp_client_finalize;

  /**
   * SppClient:private-key:
   *
   * One's own key.
   *
   * Since: 0.1
   */
  props[PROP_PRIVATE_KEY] =
    g_param_spec_boxed ("private-key", NULL, NULL, SPP_TYPE_PRIVATE_KEY,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * SppClient:replay-guard:
   *
   * What remembers the hellos of friends. Set one to share it with a
   * [class@Service].
   *
   * Since: 0.1
   */
  props[PROP_REPLAY_GUARD] =
    g_param_spec_object ("replay-guard", NULL, NULL, SPP_TYPE_REPLAY_GUARD,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppClient:timeout:
   *
   * How long an address may take to answer, and then the handshake, in seconds.
   *
   * Since: 0.1
   */
  props[PROP_TIMEOUT] =
    g_param_spec_uint ("timeout", NULL, NULL, 1, MAX_TIMEOUT, DEFAULT_TIMEOUT,
                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
spp_client_init (SppClient *self)
{
  self->replay_guard = spp_replay_guard_new ();
  self->timeout = DEFAULT_TIMEOUT;
}

/**
 * spp_client_new:
 * @private_key: one's own key
 *
 * Makes a client.
 *
 * Returns: (transfer full): the client
 *
 * Since: 0.1
 */
SppClient *
spp_client_new (SppPrivateKey *private_key)
{
  g_return_val_if_fail (private_key != NULL, NULL);

  return g_object_new (SPP_TYPE_CLIENT, "private-key", private_key, NULL);
}

/**
 * spp_client_get_private_key:
 * @self: a client
 *
 * Gets one's own key.
 *
 * Returns: (transfer none): the key
 *
 * Since: 0.1
 */
SppPrivateKey *
spp_client_get_private_key (SppClient *self)
{
  g_return_val_if_fail (SPP_IS_CLIENT (self), NULL);

  return self->private_key;
}

/**
 * spp_client_get_replay_guard:
 * @self: a client
 *
 * Gets what remembers the hellos of friends.
 *
 * Returns: (transfer none): the guard
 *
 * Since: 0.1
 */
SppReplayGuard *
spp_client_get_replay_guard (SppClient *self)
{
  g_return_val_if_fail (SPP_IS_CLIENT (self), NULL);

  return self->replay_guard;
}

/**
 * spp_client_set_replay_guard:
 * @self: a client
 * @replay_guard: a guard
 *
 * Sets what remembers the hellos of friends.
 *
 * Since: 0.1
 */
void
spp_client_set_replay_guard (SppClient      *self,
                             SppReplayGuard *replay_guard)
{
  g_return_if_fail (SPP_IS_CLIENT (self));
  g_return_if_fail (SPP_IS_REPLAY_GUARD (replay_guard));

  if (g_set_object (&self->replay_guard, replay_guard))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REPLAY_GUARD]);
}

/**
 * spp_client_get_timeout:
 * @self: a client
 *
 * Gets how long an address may take to answer, and then the handshake.
 *
 * Returns: the time in seconds
 *
 * Since: 0.1
 */
guint
spp_client_get_timeout (SppClient *self)
{
  g_return_val_if_fail (SPP_IS_CLIENT (self), 0);

  return self->timeout;
}

/**
 * spp_client_set_timeout:
 * @self: a client
 * @timeout: the time in seconds, at least 1
 *
 * Sets how long an address may take to answer, and then the handshake.
 *
 * Since: 0.1
 */
void
spp_client_set_timeout (SppClient *self,
                        guint      timeout)
{
  g_return_if_fail (SPP_IS_CLIENT (self));
  g_return_if_fail (timeout >= 1 && timeout <= MAX_TIMEOUT);

  if (self->timeout == timeout)
    return;
  self->timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TIMEOUT]);
}

static void
negotiation_run_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  SppHandshake *handshake;

  handshake = spp_negotiation_run_finish (G_IO_STREAM (object), result, &error);
  if (handshake == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, spp_session_new (G_SOCKET_CONNECTION (object), handshake),
                           g_object_unref);
}

static void
connect_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  SppClient *self = g_task_get_source_object (task);
  SppPublicKey *peer = g_task_get_task_data (task);
  g_autoptr (GSocketConnection) connection = NULL;
  GError *error = NULL;
  SppHandshake *handshake;

  connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (object), result, &error);
  if (connection == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  spp_connection_prepare (connection);
  handshake = spp_handshake_new_initiator (self->private_key, peer, self->replay_guard);
  spp_negotiation_run_async (G_IO_STREAM (connection), handshake, self->timeout,
                             g_task_get_cancellable (task), negotiation_run_cb,
                             g_object_ref (task));
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
  g_autoptr (GSocketClient) socket_client = NULL;
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SPP_IS_CLIENT (self));
  g_return_if_fail (G_IS_SOCKET_CONNECTABLE (address));
  g_return_if_fail (peer != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, spp_client_connect_async);
  if (spp_public_key_equal (peer, spp_private_key_get_public_key (self->private_key)))
    {
      g_task_return_new_error (task, SPP_ERROR, SPP_ERROR_INVALID_KEY,
                               "One's own key cannot be a friend's");
      return;
    }
  g_task_set_task_data (task, spp_public_key_ref (peer), (GDestroyNotify) spp_public_key_unref);

  socket_client = g_object_new (G_TYPE_SOCKET_CLIENT, "timeout", self->timeout, NULL);
  g_socket_client_connect_async (socket_client, address, cancellable,
                                 connect_cb, g_steal_pointer (&task));
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
 * Calls a friend at a host. End it with [method@Client.connect_finish].
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
 * Ends [method@Client.connect_async] and
 * [method@Client.connect_to_host_async].
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
