/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-client-private.h"

#include "spp-session-private.h"

#define DEFAULT_TIMEOUT 10
#define MAX_TIMEOUT 3600

/**
 * SppClient:
 *
 * Calls friends.
 *
 * Names, several addresses of a host and proxies are handled as by
 * [class@Gio.SocketClient]: of the addresses of a host those that answer late do
 * not hold up the others. The handshake succeeds only with the friend who was
 * called: whoever else answers at the address is refused.
 *
 * Friends are called by SPP/2. Where %SPP_PEER_FLAGS_ALLOW_SPP1 is set and the other
 * end turns out to speak only SPP/1, or hangs up without a word, they are called once
 * more by that.
 *
 * Over a stream of one's own, a Unix socket for instance, a friend is called by
 * [method@Client.negotiate_async].
 *
 * Since: 0.1
 */

typedef enum
{
  PROP_PRIVATE_KEY = 1,
  PROP_REPLAY_GUARD,
  PROP_TIMEOUT,
  PROP_PROXY_RESOLVER,
  PROP_LOCAL_ADDRESS,
  PROP_MAX_MESSAGE_SIZE,
  PROP_PEER_FLAGS,
} SppClientProperty;

static GParamSpec *props[PROP_PEER_FLAGS + 1];

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
    case PROP_PROXY_RESOLVER:
      g_value_set_object (value, self->proxy_resolver);
      break;
    case PROP_LOCAL_ADDRESS:
      g_value_set_object (value, self->local_address);
      break;
    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_ulong (value, self->max_message_size);
      break;
    case PROP_PEER_FLAGS:
      g_value_set_flags (value, self->peer_flags);
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
    case PROP_PROXY_RESOLVER:
      spp_client_set_proxy_resolver (self, g_value_get_object (value));
      break;
    case PROP_LOCAL_ADDRESS:
      spp_client_set_local_address (self, g_value_get_object (value));
      break;
    case PROP_MAX_MESSAGE_SIZE:
      spp_client_set_max_message_size (self, g_value_get_ulong (value));
      break;
    case PROP_PEER_FLAGS:
      spp_client_set_peer_flags (self, g_value_get_flags (value));
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
  g_clear_object (&self->proxy_resolver);
  g_clear_object (&self->local_address);

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
   * What remembers the hellos of friends who speak SPP/1. Set one to share it with a
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
   * How long an address may take to answer, and then the handshake, in seconds. Who is
   * called once more by SPP/1 may take as long again.
   *
   * Since: 0.1
   */
  props[PROP_TIMEOUT] =
    g_param_spec_uint ("timeout", NULL, NULL, 1, MAX_TIMEOUT, DEFAULT_TIMEOUT,
                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppClient:proxy-resolver:
   *
   * Who tells which proxy leads to an address, for instance a
   * [class@Gio.SimpleProxyResolver] with `socks5://localhost:9050`; `NULL` for
   * the one of the system.
   *
   * Since: 0.1
   */
  props[PROP_PROXY_RESOLVER] =
    g_param_spec_object ("proxy-resolver", NULL, NULL, G_TYPE_PROXY_RESOLVER,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppClient:local-address:
   *
   * The address to call from; `NULL` to leave that to the system.
   *
   * Since: 0.1
   */
  props[PROP_LOCAL_ADDRESS] =
    g_param_spec_object ("local-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppClient:max-message-size:
   *
   * The size of the largest message, in bytes, that sessions may send or receive.
   * Friends are told by SPP/2.
   *
   * Since: 0.1
   */
  props[PROP_MAX_MESSAGE_SIZE] =
    g_param_spec_ulong ("max-message-size", NULL, NULL, 1, SPP_SESSION_MAX_MAX_MESSAGE_SIZE,
                        SPP_SESSION_DEFAULT_MAX_MESSAGE_SIZE,
                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppClient:peer-flags:
   *
   * What holds for the friends who are called from now on. Where flags differ from
   * friend to friend, set them before each call, or have a client for each.
   *
   * Since: 0.1
   */
  props[PROP_PEER_FLAGS] =
    g_param_spec_flags ("peer-flags", NULL, NULL, SPP_TYPE_PEER_FLAGS, SPP_PEER_FLAGS_NONE,
                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
spp_client_init (SppClient *self)
{
  self->replay_guard = spp_replay_guard_new ();
  self->timeout = DEFAULT_TIMEOUT;
  self->max_message_size = SPP_SESSION_DEFAULT_MAX_MESSAGE_SIZE;
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

/**
 * spp_client_get_proxy_resolver:
 * @self: a client
 *
 * Gets who tells which proxy leads to an address.
 *
 * Returns: (transfer none) (nullable): the resolver, `NULL` for the one of the
 *   system
 *
 * Since: 0.1
 */
GProxyResolver *
spp_client_get_proxy_resolver (SppClient *self)
{
  g_return_val_if_fail (SPP_IS_CLIENT (self), NULL);

  return self->proxy_resolver;
}

/**
 * spp_client_set_proxy_resolver:
 * @self: a client
 * @proxy_resolver: (nullable): a resolver, `NULL` for the one of the system
 *
 * Sets who tells which proxy leads to an address.
 *
 * Since: 0.1
 */
void
spp_client_set_proxy_resolver (SppClient      *self,
                               GProxyResolver *proxy_resolver)
{
  g_return_if_fail (SPP_IS_CLIENT (self));
  g_return_if_fail (proxy_resolver == NULL || G_IS_PROXY_RESOLVER (proxy_resolver));

  if (g_set_object (&self->proxy_resolver, proxy_resolver))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROXY_RESOLVER]);
}

/**
 * spp_client_get_local_address:
 * @self: a client
 *
 * Gets the address to call from.
 *
 * Returns: (transfer none) (nullable): the address, `NULL` if the system chooses
 *
 * Since: 0.1
 */
GSocketAddress *
spp_client_get_local_address (SppClient *self)
{
  g_return_val_if_fail (SPP_IS_CLIENT (self), NULL);

  return self->local_address;
}

/**
 * spp_client_set_local_address:
 * @self: a client
 * @local_address: (nullable): an address, `NULL` to leave it to the system
 *
 * Sets the address to call from.
 *
 * Since: 0.1
 */
void
spp_client_set_local_address (SppClient      *self,
                              GSocketAddress *local_address)
{
  g_return_if_fail (SPP_IS_CLIENT (self));
  g_return_if_fail (local_address == NULL || G_IS_SOCKET_ADDRESS (local_address));

  if (g_set_object (&self->local_address, local_address))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOCAL_ADDRESS]);
}

/**
 * spp_client_get_max_message_size:
 * @self: a client
 *
 * Gets the size of the largest message that sessions may send or receive.
 *
 * Returns: the size in bytes
 *
 * Since: 0.1
 */
gsize
spp_client_get_max_message_size (SppClient *self)
{
  g_return_val_if_fail (SPP_IS_CLIENT (self), 0);

  return self->max_message_size;
}

/**
 * spp_client_set_max_message_size:
 * @self: a client
 * @max_message_size: the size in bytes, at least 1
 *
 * Sets the size of the largest message, for sessions from now on.
 *
 * Since: 0.1
 */
void
spp_client_set_max_message_size (SppClient *self,
                                 gsize      max_message_size)
{
  g_return_if_fail (SPP_IS_CLIENT (self));
  g_return_if_fail (max_message_size >= 1
                    && max_message_size <= SPP_SESSION_MAX_MAX_MESSAGE_SIZE);

  if (self->max_message_size == max_message_size)
    return;
  self->max_message_size = max_message_size;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_MESSAGE_SIZE]);
}

/**
 * spp_client_get_peer_flags:
 * @self: a client
 *
 * Gets what holds for the friends who are called.
 *
 * Returns: the flags
 *
 * Since: 0.1
 */
SppPeerFlags
spp_client_get_peer_flags (SppClient *self)
{
  g_return_val_if_fail (SPP_IS_CLIENT (self), SPP_PEER_FLAGS_NONE);

  return self->peer_flags;
}

/**
 * spp_client_set_peer_flags:
 * @self: a client
 * @peer_flags: what is to hold for the friends who are called from now on
 *
 * Sets what holds for the friends who are called. Calls that are under way are not
 * touched.
 *
 * Since: 0.1
 */
void
spp_client_set_peer_flags (SppClient    *self,
                           SppPeerFlags  peer_flags)
{
  g_return_if_fail (SPP_IS_CLIENT (self));

  if (self->peer_flags == peer_flags)
    return;
  self->peer_flags = peer_flags;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PEER_FLAGS]);
}

void
spp_client_speak_only_spp1 (SppClient *self)
{
  self->only_spp1 = TRUE;
}
