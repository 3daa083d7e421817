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
 * Any number of messages may be sent without waiting, up to a bound; small ones
 * share system calls. The stream is read only while somebody asks for messages,
 * so a slow program slows its friend down rather than fill its memory; it also
 * means that the end of a session is noticed by who receives or sends.
 *
 * A session belongs to the thread-default main context in which it was made;
 * all of its methods are to be called there. Dropping the last reference cuts
 * the connection; [method@Session.close_async] sends what is queued first.
 *
 * SPP/1 has no authenticated end: that a session ended never proves that the
 * friend wanted it so.
 *
 * Since: 0.1
 */

typedef enum
{
  PROP_STREAM = 1,
  PROP_PEER,
  PROP_PROTOCOL_VERSION,
  PROP_INITIATOR,
  PROP_STATE,
  PROP_END,
  PROP_CONFIRMED,
  PROP_BEGIN_TIME,
  PROP_MAX_MESSAGE_SIZE,
  PROP_MESSAGES_SENT,
  PROP_MESSAGES_RECEIVED,
  PROP_BYTES_SENT,
  PROP_BYTES_RECEIVED,
} SppSessionProperty;

static GParamSpec *props[PROP_BYTES_RECEIVED + 1];

G_DEFINE_FINAL_TYPE (SppSession, spp_session, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (SppSessionState, spp_session_state,
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_STATE_OPEN, "open"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_STATE_CLOSING, "closing"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_STATE_CLOSED, "closed"))

G_DEFINE_ENUM_TYPE (SppSessionEnd, spp_session_end,
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_END_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_END_CLOSED, "closed"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_END_PEER_CLOSED, "peer-closed"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_END_CUT, "cut"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_END_REFUSED, "refused"),
                    G_DEFINE_ENUM_VALUE (SPP_SESSION_END_MISBEHAVED, "misbehaved"))

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

void
spp_session_notify_sent (SppSession *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MESSAGES_SENT]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BYTES_SENT]);
}

void
spp_session_notify_received (SppSession *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MESSAGES_RECEIVED]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BYTES_RECEIVED]);
}

static gboolean
on_turn (gpointer user_data)
{
  g_autoptr (SppSession) self = g_object_ref (user_data);

  g_clear_pointer (&self->turn, g_source_unref);
  spp_session_run_sends (self);
  spp_session_run_receives (self);
  spp_session_check_closing (self);
  return G_SOURCE_REMOVE;
}

void
spp_session_schedule_turn (SppSession *self)
{
  if (self->turn != NULL)
    return;
  self->turn = g_idle_source_new ();
  g_source_set_priority (self->turn, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->turn, "[spp] session");
  g_source_set_callback (self->turn, on_turn, g_object_ref (self), g_object_unref);
  g_source_attach (self->turn, spp_transport_get_context (self->transport));
}

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
return_closes (gpointer user_data)
{
  g_autoptr (SppSession) self = user_data;
  GTask *task;

  self->stream_closed = TRUE;
  while ((task = g_queue_pop_head (&self->closes)) != NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

void
spp_session_check_closing (SppSession *self)
{
  if (self->state != SPP_SESSION_STATE_CLOSING
      || g_queue_is_empty (&self->closes)
      || spp_session_has_unsent (self))
    return;
  if (self->send_error != NULL)
    spp_session_fail (self, SPP_SESSION_END_CUT, g_error_copy (self->send_error));
  else
    spp_session_fail (self, SPP_SESSION_END_CLOSED,
                      g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                           "The session was closed on this side"));
}

void
spp_session_fail (SppSession    *self,
                  SppSessionEnd  end,
                  GError        *error)
{
  g_autoptr (GError) owned = error;
  g_autoptr (SppSession) alive = g_object_ref (self);

  if (self->state == SPP_SESSION_STATE_CLOSED)
    return;

  g_debug ("Session ended: %s", error->message);
  self->error = g_steal_pointer (&owned);
  self->end = end;
  g_clear_pointer (&self->record, spp_record_free);
  spp_transport_close (self->transport, return_closes, g_object_ref (self));
  g_object_freeze_notify (G_OBJECT (self));
  spp_session_set_state (self, SPP_SESSION_STATE_CLOSED);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_END]);
  g_object_thaw_notify (G_OBJECT (self));
  spp_session_fail_sends (self, self->error);
  spp_session_fail_receives (self, self->error);
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
    case PROP_STREAM:
      g_value_set_object (value, spp_session_get_stream (self));
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
    case PROP_END:
      g_value_set_enum (value, self->end);
      break;
    case PROP_CONFIRMED:
      g_value_set_boolean (value, self->confirmed);
      break;
    case PROP_BEGIN_TIME:
      g_value_set_boxed (value, self->begin_time);
      break;
    case PROP_MAX_MESSAGE_SIZE:
      g_value_set_ulong (value, self->max_message_size);
      break;
    case PROP_MESSAGES_SENT:
      g_value_set_uint64 (value, self->messages_sent);
      break;
    case PROP_MESSAGES_RECEIVED:
      g_value_set_uint64 (value, self->messages_received);
      break;
    case PROP_BYTES_SENT:
      g_value_set_uint64 (value, self->bytes_sent);
      break;
    case PROP_BYTES_RECEIVED:
      g_value_set_uint64 (value, self->bytes_received);
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

  if (self->turn != NULL)
    destroy_source (g_steal_pointer (&self->turn));
  if (self->state != SPP_SESSION_STATE_CLOSED)
    spp_transport_close (self->transport, NULL, NULL);
  spp_session_clear_sending (self);
  spp_session_clear_receiving (self);
  g_clear_pointer (&self->record, spp_record_free);
  g_clear_pointer (&self->transport, spp_transport_unref);
  g_clear_pointer (&self->peer, spp_public_key_unref);
  g_clear_pointer (&self->begin_time, g_date_time_unref);
  g_clear_error (&self->error);
  g_clear_error (&self->send_error);

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
   * SppSession:stream:
   *
   * The stream below, mostly a [class@Gio.SocketConnection], to learn addresses
   * from; it must not be read from, written to or closed.
   *
   * Since: 0.1
   */
  props[PROP_STREAM] =
    g_param_spec_object ("stream", NULL, NULL, G_TYPE_IO_STREAM,
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
   * SppSession:end:
   *
   * How the session ended.
   *
   * Since: 0.1
   */
  props[PROP_END] =
    g_param_spec_enum ("end", NULL, NULL, SPP_TYPE_SESSION_END, SPP_SESSION_END_NONE,
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

  /**
   * SppSession:begin-time:
   *
   * When the handshake was done, in UTC.
   *
   * Since: 0.1
   */
  props[PROP_BEGIN_TIME] =
    g_param_spec_boxed ("begin-time", NULL, NULL, G_TYPE_DATE_TIME,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SppSession:messages-sent:
   *
   * How many messages have been handed to the network.
   * It is notified at most once a turn of the main context, not for each
   * message.
   *
   * Since: 0.1
   */
  props[PROP_MESSAGES_SENT] =
    g_param_spec_uint64 ("messages-sent", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppSession:messages-received:
   *
   * How many messages have been received.
   * It is notified at most once a turn of the main context, not for each
   * message.
   *
   * Since: 0.1
   */
  props[PROP_MESSAGES_RECEIVED] =
    g_param_spec_uint64 ("messages-received", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppSession:bytes-sent:
   *
   * How many bytes the messages sent had, without what the protocol adds.
   * It is notified at most once a turn of the main context, not for each
   * message.
   *
   * Since: 0.1
   */
  props[PROP_BYTES_SENT] =
    g_param_spec_uint64 ("bytes-sent", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * SppSession:bytes-received:
   *
   * How many bytes the messages received had, without what the protocol adds.
   * It is notified at most once a turn of the main context, not for each
   * message.
   *
   * Since: 0.1
   */
  props[PROP_BYTES_RECEIVED] =
    g_param_spec_uint64 ("bytes-received", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
spp_session_init (SppSession *self)
{
  self->max_message_size = DEFAULT_MAX_MESSAGE_SIZE;
  spp_frame_reader_init (&self->frame_reader, SPP_RECORD_BODY_OVERHEAD,
                         self->max_message_size + SPP_RECORD_BODY_OVERHEAD);
}

SppSession *
spp_session_new (SppTransport *transport,
                 SppHandshake *handshake)
{
  SppSession *self = g_object_new (SPP_TYPE_SESSION, NULL);

  self->transport = transport;
  self->begin_time = g_date_time_new_now_utc ();
  self->initiator = spp_handshake_is_initiator (handshake);
  self->peer = spp_public_key_ref (spp_handshake_get_peer (handshake));
  self->record = spp_handshake_take_record (handshake);
  spp_handshake_free (handshake);
  g_assert (self->record != NULL);
  return self;
}

static gboolean
on_close_cancelled (GCancellable *cancellable,
                    gpointer      user_data)
{
  GTask *task = user_data;

  spp_session_abort (g_task_get_source_object (task));
  return G_SOURCE_REMOVE;
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
 * cancelled the session is aborted, as by [method@Session.abort].
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

  if (self->stream_closed)
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
      spp_session_abort (self);
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
 * spp_session_abort:
 * @self: a session
 *
 * Ends the session at once: what is queued is not sent, and everything that
 * waits fails with %SPP_ERROR_CLOSED.
 *
 * Since: 0.1
 */
void
spp_session_abort (SppSession *self)
{
  g_return_if_fail (SPP_IS_SESSION (self));

  spp_session_fail (self, SPP_SESSION_END_CLOSED,
                    g_error_new_literal (SPP_ERROR, SPP_ERROR_CLOSED,
                                         "The session was aborted on this side"));
}

/**
 * spp_session_get_stream:
 * @self: a session
 *
 * Gets the stream below, mostly a [class@Gio.SocketConnection], to learn
 * addresses from. It must not be read from, written to or closed.
 *
 * Returns: (transfer none): the stream
 *
 * Since: 0.1
 */
GIOStream *
spp_session_get_stream (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), NULL);

  return spp_transport_get_stream (self->transport);
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
 * spp_session_get_end:
 * @self: a session
 *
 * Gets how the session ended.
 *
 * Returns: how it ended, %SPP_SESSION_END_NONE while it goes on
 *
 * Since: 0.1
 */
SppSessionEnd
spp_session_get_end (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), SPP_SESSION_END_NONE);

  return self->end;
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
 * spp_session_get_begin_time:
 * @self: a session
 *
 * Gets when the handshake was done, in UTC.
 *
 * Returns: (transfer none): the time
 *
 * Since: 0.1
 */
GDateTime *
spp_session_get_begin_time (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), NULL);

  return self->begin_time;
}

/**
 * spp_session_get_messages_sent:
 * @self: a session
 *
 * Gets how many messages have been handed to the network.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
spp_session_get_messages_sent (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), 0);

  return self->messages_sent;
}

/**
 * spp_session_get_messages_received:
 * @self: a session
 *
 * Gets how many messages have been received.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
spp_session_get_messages_received (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), 0);

  return self->messages_received;
}

/**
 * spp_session_get_bytes_sent:
 * @self: a session
 *
 * Gets how many bytes the messages sent had, without what the protocol adds.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
spp_session_get_bytes_sent (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), 0);

  return self->bytes_sent;
}

/**
 * spp_session_get_bytes_received:
 * @self: a session
 *
 * Gets how many bytes the messages received had, without what the protocol adds.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
spp_session_get_bytes_received (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), 0);

  return self->bytes_received;
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
