/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-service-private.h"

#include "spp-session-private.h"
#include "spp-socket-private.h"

#define DEFAULT_TIMEOUT 10
#define MAX_TIMEOUT 3600
/* So many wait to be accepted before a flood makes a friend's kernel try again. */
#define BACKLOG 4096

/**
 * SppService:
 *
 * Listens for calls of friends, and finds out which of them calls.
 *
 * It is a [class@Gio.SocketService]: add ports with the methods of
 * [class@Gio.SocketListener], start and stop it, and take the sessions from
 * [signal@Service::session]. The friends may change while it runs.
 *
 * Friends speak SPP/2, and only those who are allowed to may speak SPP/1.
 *
 * Who is no friend learns nothing: by SPP/1 not a byte is sent before the hello of
 * a friend has been verified, by SPP/2 nothing that depends on any key, and a
 * stranger's connection stays silent until the handshake deadline. The number of
 * handshakes under way is bounded to 64 in all, and to 8 for each IPv4 address or
 * IPv6 network of 64 bits; one more ends another, picked at random.
 *
 * A hello of SPP/1 names nobody, so it is tried against each friend's key, at most once:
 * first those who called from the same address before and those who called
 * last, then all others. Where there are many, a thread does that, and the main
 * context stays free.
 *
 * Since: 0.1
 */

typedef enum
{
  PROP_PRIVATE_KEY = 1,
  PROP_REPLAY_GUARD,
  PROP_TIMEOUT,
  PROP_MAX_MESSAGE_SIZE,
} SppServiceProperty;

static GParamSpec *props[PROP_MAX_MESSAGE_SIZE + 1];

enum
{
  SESSION,
  OLD_PROTOCOL,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SppService, spp_service, G_TYPE_SOCKET_SERVICE)

static gboolean
spp_service_incoming (GSocketService    *service,
                      GSocketConnection *connection,
                      GObject           *source_object)
{
  spp_socket_prepare (g_socket_connection_get_socket (connection));
  spp_service_answer (SPP_SERVICE (service), G_IO_STREAM (connection));
  return TRUE;
}

static void
spp_service_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  SppService *self = SPP_SERVICE (object);

  switch ((SppServiceProperty) prop_id)
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
    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_ulong (value, self->max_message_size);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
spp_service_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  SppService *self = SPP_SERVICE (object);

  switch ((SppServiceProperty) prop_id)
    {
    case PROP_PRIVATE_KEY:
      self->private_key = g_value_dup_boxed (value);
      break;
    case PROP_REPLAY_GUARD:
      spp_service_set_replay_guard (self, g_value_get_object (value));
      break;
    case PROP_TIMEOUT:
      spp_service_set_timeout (self, g_value_get_uint (value));
      break;
    case PROP_MAX_MESSAGE_SIZE:
      spp_service_set_max_message_size (self, g_value_get_ulong (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
spp_service_constructed (GObject *object)
{
  G_OBJECT_CLASS (spp_service_parent_class)->constructed (object);
  g_socket_listener_set_backlog (G_SOCKET_LISTENER (object), BACKLOG);
}

static void
spp_service_dispose (GObject *object)
{
  SppService *self = SPP_SERVICE (object);

  spp_service_clear_attempts (self);

  G_OBJECT_CLASS (spp_service_parent_class)->dispose (object);
}

static void
spp_service_finalize (GObject *object)
{
  SppService *self = SPP_SERVICE (object);

  g_clear_pointer (&self->private_key, spp_private_key_unref);
  g_clear_object (&self->replay_guard);
  spp_peer_set_unref (self->friends);
  g_ptr_array_unref (self->attempts);

  G_OBJECT_CLASS (spp_service_parent_class)->finalize (object);
}

static void
spp_service_class_init (SppServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GSocketServiceClass *service_class = G_SOCKET_SERVICE_CLASS (klass);

  object_class->get_property = spp_service_get_property;
  object_class->set_property = spp_service_set_property;
  object_class->constructed = spp_service_constructed;
  object_class->dispose = spp_service_dispose;
  object_class->finalize = spp_service_finalize;
  service_class->incoming = spp_service_incoming;

  /**
   * SppService:private-key:
   *
   * One's own key.
   *
   * Since: 0.1
   */
  props[PROP_PRIVATE_KEY] =
    g_param_spec_boxed ("private-key", NULL, NULL, SPP_TYPE_PRIVATE_KEY,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * SppService:replay-guard:
   *
   * What remembers the hellos of friends who speak SPP/1. Set one to share it with a
   * [class@Client].
   *
   * Since: 0.1
   */
  props[PROP_REPLAY_GUARD] =
    g_param_spec_object ("replay-guard", NULL, NULL, SPP_TYPE_REPLAY_GUARD,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppService:timeout:
   *
   * How long a handshake may take, in seconds.
   *
   * Since: 0.1
   */
  props[PROP_TIMEOUT] =
    g_param_spec_uint ("timeout", NULL, NULL, 1, MAX_TIMEOUT, DEFAULT_TIMEOUT,
                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppService:max-message-size:
   *
   * The size of the largest message, in bytes, that sessions may send or receive.
   * Callers by SPP/2 are told.
   *
   * Since: 0.1
   */
  props[PROP_MAX_MESSAGE_SIZE] =
    g_param_spec_ulong ("max-message-size", NULL, NULL, 1, SPP_SESSION_MAX_MAX_MESSAGE_SIZE,
                        SPP_SESSION_DEFAULT_MAX_MESSAGE_SIZE,
                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  /**
   * SppService::session:
   * @self: the service
   * @session: the session with the friend who called
   *
   * Emitted when a friend has called and the handshake is done. A session of
   * which nobody keeps a reference is cut.
   *
   * Since: 0.1
   */
  signals[SESSION] =
    g_signal_new ("session", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, SPP_TYPE_SESSION);

  /**
   * SppService::old-protocol:
   * @self: the service
   * @peer: the friend
   *
   * Emitted when a friend has called by SPP/1 and was refused, because
   * %SPP_PEER_FLAGS_ALLOW_SPP1 is not set: ask the user whether it should be. An old
   * recording may be behind it, so ask no more than once.
   *
   * Since: 0.1
   */
  signals[OLD_PROTOCOL] =
    g_signal_new ("old-protocol", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, SPP_TYPE_PUBLIC_KEY);
}

static void
spp_service_init (SppService *self)
{
  self->replay_guard = spp_replay_guard_new ();
  self->friends = spp_peer_set_new ();
  self->attempts = g_ptr_array_new ();
  self->timeout = DEFAULT_TIMEOUT;
  self->max_message_size = SPP_SESSION_DEFAULT_MAX_MESSAGE_SIZE;
}

void
spp_service_emit_session (SppService *self,
                          SppSession *session)
{
  g_signal_emit (self, signals[SESSION], 0, session);
}

void
spp_service_emit_old_protocol (SppService   *self,
                               SppPublicKey *peer)
{
  g_signal_emit (self, signals[OLD_PROTOCOL], 0, peer);
}

/**
 * spp_service_new:
 * @private_key: one's own key
 *
 * Makes a service without friends that listens nowhere yet. It is active from
 * the start, as every [class@Gio.SocketService].
 *
 * Returns: (transfer full): the service
 *
 * Since: 0.1
 */
SppService *
spp_service_new (SppPrivateKey *private_key)
{
  g_return_val_if_fail (private_key != NULL, NULL);

  return g_object_new (SPP_TYPE_SERVICE, "private-key", private_key, NULL);
}

/**
 * spp_service_get_private_key:
 * @self: a service
 *
 * Gets one's own key.
 *
 * Returns: (transfer none): the key
 *
 * Since: 0.1
 */
SppPrivateKey *
spp_service_get_private_key (SppService *self)
{
  g_return_val_if_fail (SPP_IS_SERVICE (self), NULL);

  return self->private_key;
}

/**
 * spp_service_get_replay_guard:
 * @self: a service
 *
 * Gets what remembers the hellos of friends.
 *
 * Returns: (transfer none): the guard
 *
 * Since: 0.1
 */
SppReplayGuard *
spp_service_get_replay_guard (SppService *self)
{
  g_return_val_if_fail (SPP_IS_SERVICE (self), NULL);

  return self->replay_guard;
}

/**
 * spp_service_set_replay_guard:
 * @self: a service
 * @replay_guard: a guard
 *
 * Sets what remembers the hellos of friends.
 *
 * Since: 0.1
 */
void
spp_service_set_replay_guard (SppService     *self,
                              SppReplayGuard *replay_guard)
{
  g_return_if_fail (SPP_IS_SERVICE (self));
  g_return_if_fail (SPP_IS_REPLAY_GUARD (replay_guard));

  if (g_set_object (&self->replay_guard, replay_guard))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REPLAY_GUARD]);
}

/**
 * spp_service_get_timeout:
 * @self: a service
 *
 * Gets how long a handshake may take.
 *
 * Returns: the time in seconds
 *
 * Since: 0.1
 */
guint
spp_service_get_timeout (SppService *self)
{
  g_return_val_if_fail (SPP_IS_SERVICE (self), 0);

  return self->timeout;
}

/**
 * spp_service_set_timeout:
 * @self: a service
 * @timeout: the time in seconds, at least 1
 *
 * Sets how long a handshake may take.
 *
 * Since: 0.1
 */
void
spp_service_set_timeout (SppService *self,
                         guint       timeout)
{
  g_return_if_fail (SPP_IS_SERVICE (self));
  g_return_if_fail (timeout >= 1 && timeout <= MAX_TIMEOUT);

  if (self->timeout == timeout)
    return;
  self->timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TIMEOUT]);
}

/**
 * spp_service_get_max_message_size:
 * @self: a service
 *
 * Gets the size of the largest message that sessions may send or receive.
 *
 * Returns: the size in bytes
 *
 * Since: 0.1
 */
gsize
spp_service_get_max_message_size (SppService *self)
{
  g_return_val_if_fail (SPP_IS_SERVICE (self), 0);

  return self->max_message_size;
}

/**
 * spp_service_set_max_message_size:
 * @self: a service
 * @max_message_size: the size in bytes, at least 1
 *
 * Sets the size of the largest message, for sessions from now on.
 *
 * Since: 0.1
 */
void
spp_service_set_max_message_size (SppService *self,
                                  gsize       max_message_size)
{
  g_return_if_fail (SPP_IS_SERVICE (self));
  g_return_if_fail (max_message_size >= 1
                    && max_message_size <= SPP_SESSION_MAX_MAX_MESSAGE_SIZE);

  if (self->max_message_size == max_message_size)
    return;
  self->max_message_size = max_message_size;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_MESSAGE_SIZE]);
}

typedef struct
{
  SppService *service;   /* owned */
  GIOStream  *stream;    /* owned */
} Call;

static void
call_free (Call *call)
{
  g_object_unref (call->service);
  g_object_unref (call->stream);
  g_free (call);
}

static gboolean
on_call (gpointer user_data)
{
  Call *call = user_data;

  spp_service_answer (call->service, call->stream);
  return G_SOURCE_REMOVE;
}

/**
 * spp_service_negotiate:
 * @self: a service
 * @stream: a stream over which somebody calls
 *
 * Takes a call over a stream of one's own, as if it had come in through one of
 * the listeners: the signal [signal@Service::session] follows if a friend
 * calls, and otherwise @stream is closed, at the deadline at the latest.
 *
 * From this call on the stream belongs to the service.
 *
 * Since: 0.1
 */
void
spp_service_negotiate (SppService *self,
                       GIOStream  *stream)
{
  g_autoptr (GSource) source = NULL;
  Call *call;

  g_return_if_fail (SPP_IS_SERVICE (self));
  g_return_if_fail (G_IS_IO_STREAM (stream));

  call = g_new0 (Call, 1);
  call->service = g_object_ref (self);
  call->stream = g_object_ref (stream);

  /* The friend's hello may be there already, and no signal comes from within
   * this call. */
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "[spp] call");
  g_source_set_callback (source, on_call, call, (GDestroyNotify) call_free);
  g_source_attach (source, g_main_context_get_thread_default ());
}
