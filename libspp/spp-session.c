/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

#include "spp-error.h"

#define DEFAULT_MAX_MESSAGE_SIZE (16 * 1024 * 1024)
/* Nothing beyond can be announced in memory that a process has. */
#define MAX_MAX_MESSAGE_SIZE (G_MAXUINT32 / 2)

/**
 * SppSession:
 *
 * An authenticated and encrypted conversation with one friend.
 *
 * Sessions come from [class@Client], when one calls, and from [class@Service],
 * when one is called. Messages are bytes; each arrives whole, once, and in the
 * order in which it was sent, or the session ends with an error.
 *
 * A session belongs to the main context in which it was made; all of its
 * methods are to be called there. Dropping the last reference cuts the
 * connection; [method@Session.close_async] sends what is queued first.
 *
 * SPP/1 has no authenticated end: that a session ended never proves that the
 * friend wanted it so.
 *
 * Since: 0.1
 */

typedef enum
{
  PROP_CONNECTION = 1,
  PROP_PEER,
  PROP_PROTOCOL_VERSION,
  PROP_INITIATOR,
  PROP_STATE,
  PROP_CONFIRMED,
  PROP_MAX_MESSAGE_SIZE,
} SppSessionProperty;

static GParamSpec *props[PROP_MAX_MESSAGE_SIZE + 1];

G_DEFINE_FINAL_TYPE (SppSession, spp_session, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (SppSessionState, spp_session_state,
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_STATE_OPEN, "open"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_STATE_CLOSING, "closing"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_STATE_CLOSED, "closed"))

void
spp_session_set_state (SppSession      *self,
                       SppSessionState  state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

void
spp_session_set_confirmed (SppSession *self)
{
  if (self->confirmed)
    return;
  self->confirmed = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONFIRMED]);
}

static void
stream_close_cb (GObject      *object,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (SppSession) self = user_data;
  g_autoptr (GError) error = NULL;
  GTask *task;

  /* Whether the kernel liked it or not: the connection is gone. */
  if (!g_io_stream_close_finish (G_IO_STREAM (object), result, &error))
    g_debug ("Closing a connection: %s", error->message);
  while ((task = g_queue_pop_head (&self->closes)) != NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

void
spp_session_check_closing (SppSession *self)
{
  if (self->state == SPP_SESSION_STATE_CLOSING
      && !g_queue_is_empty (&self->closes)
      && !spp_session_has_unsent (self))
    {
      spp_session_end (self, g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                                  "The session was closed on this side"));
      return;
    }

  /* A stream cannot be closed under a read or write. */
  if (self->state != SPP_SESSION_STATE_CLOSED || self->stream_closing
      || self->read_pending || self->write_pending)
    return;
  self->stream_closing = TRUE;
  g_io_stream_close_async (G_IO_STREAM (self->connection), G_PRIORITY_DEFAULT, NULL,
                           stream_close_cb, g_object_ref (self));
}

void
spp_session_end (SppSession *self,
                 GError     *error)
{
  g_autoptr (GError) owned = error;
  g_autoptr (SppSession) alive = g_object_ref (self);

  if (self->state == SPP_SESSION_STATE_CLOSED)
    return;

  g_debug ("Session ended: %s", error->message);
  self->error = g_steal_pointer (&owned);
  g_clear_pointer (&self->record, spp_record_free);
  spp_session_set_state (self, SPP_SESSION_STATE_CLOSED);
  g_cancellable_cancel (self->cancellable);
  spp_session_fail_sends (self, self->error);
  spp_session_fail_receives (self, self->error);
  spp_session_check_closing (self);
}

static void
spp_session_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  SppSession *self = SPP_SESSION (object);

  switch ((SppSessionProperty) prop_id)
    {
    case PROP_CONNECTION:
      g_value_set_object (value, self->connection);
      break;
    case PROP_PEER:
      g_value_set_boxed (value, self->peer);
      break;
    case PROP_PROTOCOL_VERSION:
      g_value_set_uint (value, spp_session_get_protocol_version (self));
      break;
    case PROP_INITIATOR:
      g_value_set_boolean (value, self->initiator);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_CONFIRMED:
      g_value_set_boolean (value, self->confirmed);
      break;
    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_ulong (value, self->max_message_size);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
spp_session_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  SppSession *self = SPP_SESSION (object);

  if (prop_id == PROP_MAX_MESSAGE_SIZE)
    spp_session_set_max_message_size (self, g_value_get_ulong (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
spp_session_finalize (GObject *object)
{
  SppSession *self = SPP_SESSION (object);

  spp_session_finalize_sending (self);
  spp_session_finalize_receiving (self);
  g_clear_pointer (&self->record, spp_record_free);
  g_clear_pointer (&self->peer, spp_public_key_unref);
  g_clear_error (&self->error);
  g_clear_error (&self->send_error);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (spp_session_parent_class)->finalize (object);
}

static void
spp_session_class_init (SppSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = spp_session_get_property;
  object_class->set_property = spp_session_set_property;
  object_class->finalize = spp_session_finalize;

  /**
   * SppSession:connection:
   *
   * The connection below, to learn addresses from; it must not be read from,
   * written to or closed.
   *
   * Since: 0.1
   */
  props[PROP_CONNECTION] =
    g_param_spec_object ("connection", NULL, NULL, G_TYPE_SOCKET_CONNECTION,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SppSession:peer:
   *
   * The public key of the friend at the other end.
   *
   * Since: 0.1
   */
  props[PROP_PEER] =
    g_param_spec_boxed ("peer", NULL, NULL, SPP_TYPE_PUBLIC_KEY,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SppSession:protocol-version:
   *
   * The version of SPP that the session speaks.
   *
   * Since: 0.1
   */
  props[PROP_PROTOCOL_VERSION] =
    g_param_spec_uint ("protocol-version", NULL, NULL, 1, G_MAXUINT, 1,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SppSession:initiator:
   *
   * Whether this side made the connection.
   *
   * Since: 0.1
   */
  props[PROP_INITIATOR] =
    g_param_spec_boolean ("initiator", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SppSession:state:
   *
   * The state of the session.
   *
   * Since: 0.1
   */
  props[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, SPP_TYPE_SESSION_STATE, SPP_SESSION_STATE_OPEN,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppSession:confirmed:
   *
   * Whether a message has come from the friend in this session.
   *
   * The handshake of SPP/1 alone proves only that the friend once made its
   * hello: before the first message the other end may be somebody who plays a
   * recording.
   *
   * Since: 0.1
   */
  props[PROP_CONFIRMED] =
    g_param_spec_boolean ("confirmed", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppSession:max-message-size:
   *
   * The size of the largest message that may be sent or received, in bytes.
   *
   * Since: 0.1
   */
  props[PROP_MAX_MESSAGE_SIZE] =
    g_param_spec_ulong ("max-message-size", NULL, NULL,
                        0, MAX_MAX_MESSAGE_SIZE, DEFAULT_MAX_MESSAGE_SIZE,
                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
spp_session_init (SppSession *self)
{
  self->cancellable = g_cancellable_new ();
  self->max_message_size = DEFAULT_MAX_MESSAGE_SIZE;
  g_queue_init (&self->closes);
  spp_session_init_sending (self);
  spp_session_init_receiving (self);
}

SppSession *
spp_session_new (GSocketConnection *connection,
                 SppHandshake      *handshake)
{
  SppSession *self = g_object_new (SPP_TYPE_SESSION, NULL);

  self->connection = g_object_ref (connection);
  self->initiator = spp_handshake_is_initiator (handshake);
  self->peer = spp_public_key_ref (spp_handshake_get_peer (handshake));
  self->record = spp_handshake_take_record (handshake);
  spp_handshake_free (handshake);
  g_assert (self->record != NULL);
  return self;
}

static void
abort_session (SppSession *self)
{
  spp_session_end (self, g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                              "The session was aborted on this side"));
}

static gboolean
on_close_cancelled (GCancellable *cancellable,
                    gpointer      user_data)
{
  GTask *task = user_data;

  abort_session (g_task_get_source_object (task));
  return G_SOURCE_REMOVE;
}

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

/**
 * spp_session_close_async:
 * @self: a session
 * @cancellable: (nullable): a cancellable
 * @callback: (nullable): called when the session is closed
 * @user_data: data for @callback
 *
 * Sends what is queued and then closes the session and its connection.
 *
 * Messages that have not been received by then are lost, and calls to receive
 * that still wait fail with %SPP_ERROR_CLOSED. When @cancellable is or becomes
 * cancelled the session is cut at once: what is queued then fails likewise.
 *
 * Since: 0.1
 */
void
spp_session_close_async (SppSession          *self,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (SppSession) alive = NULL;
  GTask *task;

  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  alive = g_object_ref (self);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, spp_session_close_async);
  g_task_set_check_cancellable (task, FALSE);

  if (self->state == SPP_SESSION_STATE_CLOSED && self->stream_closing
      && g_io_stream_is_closed (G_IO_STREAM (self->connection)))
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  g_queue_push_tail (&self->closes, task);
  if (self->state == SPP_SESSION_STATE_OPEN)
    spp_session_set_state (self, SPP_SESSION_STATE_CLOSING);
  if (g_cancellable_is_cancelled (cancellable))
    {
      abort_session (self);
    }
  else if (cancellable != NULL)
    {
      GSource *source = g_cancellable_source_new (cancellable);

      g_source_set_callback (source, G_SOURCE_FUNC (on_close_cancelled), task, NULL);
      g_source_attach (source, g_task_get_context (task));
      g_task_set_task_data (task, source, destroy_source);
    }
  spp_session_check_closing (self);
}

/**
 * spp_session_close_finish:
 * @self: a session
 * @result: the result that the callback got
 * @error: return location for an error
 *
 * Ends [method@Session.close_async].
 *
 * Returns: `TRUE`; the session is closed
 *
 * Since: 0.1
 */
gboolean
spp_session_close_finish (SppSession    *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, spp_session_close_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * spp_session_get_connection:
 * @self: a session
 *
 * Gets the connection below, to learn addresses from.
 *
 * Returns: (transfer none): the connection
 *
 * Since: 0.1
 */
GSocketConnection *
spp_session_get_connection (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), NULL);

  return self->connection;
}

/**
 * spp_session_get_peer:
 * @self: a session
 *
 * Gets the public key of the friend at the other end.
 *
 * Returns: (transfer none): the key
 *
 * Since: 0.1
 */
SppPublicKey *
spp_session_get_peer (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), NULL);

  return self->peer;
}

/**
 * spp_session_get_protocol_version:
 * @self: a session
 *
 * Gets the version of SPP that the session speaks.
 *
 * Returns: the version, 1
 *
 * Since: 0.1
 */
guint
spp_session_get_protocol_version (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), 0);

  return 1;
}

/**
 * spp_session_is_initiator:
 * @self: a session
 *
 * Tells whether this side made the connection.
 *
 * Returns: `TRUE` if it did
 *
 * Since: 0.1
 */
gboolean
spp_session_is_initiator (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), FALSE);

  return self->initiator;
}

/**
 * spp_session_get_state:
 * @self: a session
 *
 * Gets the state of the session.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
SppSessionState
spp_session_get_state (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), SPP_SESSION_STATE_CLOSED);

  return self->state;
}

/**
 * spp_session_is_confirmed:
 * @self: a session
 *
 * Tells whether a message has come from the friend in this session; see
 * [property@Session:confirmed].
 *
 * Returns: `TRUE` if one has
 *
 * Since: 0.1
 */
gboolean
spp_session_is_confirmed (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), FALSE);

  return self->confirmed;
}

/**
 * spp_session_get_error:
 * @self: a session
 *
 * Gets why the session ended.
 *
 * Returns: (transfer none) (nullable): the error, `NULL` before the end
 *
 * Since: 0.1
 */
const GError *
spp_session_get_error (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), NULL);

  return self->error;
}

/**
 * spp_session_get_max_message_size:
 * @self: a session
 *
 * Gets the size of the largest message that may be sent or received.
 *
 * Returns: the size in bytes
 *
 * Since: 0.1
 */
gsize
spp_session_get_max_message_size (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), 0);

  return self->max_message_size;
}

/**
 * spp_session_set_max_message_size:
 * @self: a session
 * @max_message_size: the size in bytes
 *
 * Sets the size of the largest message that may be sent or received.
 *
 * Sending a larger one fails; one that the peer announces ends the session.
 *
 * Since: 0.1
 */
void
spp_session_set_max_message_size (SppSession *self,
                                  gsize       max_message_size)
{
  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (max_message_size <= MAX_MAX_MESSAGE_SIZE);

  if (self->max_message_size == max_message_size)
    return;
  self->max_message_size = max_message_size;
  self->frame_reader.max_length = max_message_size + SPP_RECORD_BODY_OVERHEAD;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_MESSAGE_SIZE]);
}
