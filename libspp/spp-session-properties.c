/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

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
  PROP_POST_QUANTUM,
  PROP_REKEYS,
  PROP_CHANNEL_BINDING,
  PROP_MAX_MESSAGE_SIZE,
  PROP_MESSAGES_SENT,
  PROP_MESSAGES_RECEIVED,
  PROP_BYTES_SENT,
  PROP_BYTES_RECEIVED,
} SppSessionProperty;

static GParamSpec *props[PROP_BYTES_RECEIVED + 1];

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
spp_session_notify_rekeys (SppSession *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REKEYS]);
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

void
spp_session_notify_end (SppSession *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_END]);
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
    case PROP_POST_QUANTUM:
      g_value_set_boolean (value, self->post_quantum);
      break;
    case PROP_REKEYS:
      g_value_set_uint (value, self->rekeys);
      break;
    case PROP_CHANNEL_BINDING:
      g_value_set_boxed (value, self->channel_binding);
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

void
spp_session_install_properties (GObjectClass *object_class)
{
  object_class->get_property = spp_session_get_property;
  object_class->set_property = spp_session_set_property;

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
   * Whether something has come that proves that the friend is there: by SPP/2 from
   * the start, by SPP/1 with the first message.
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
   * SppSession:post-quantum:
   *
   * Whether ML-KEM-768 had a part in the keys too, so that a recording is of no use
   * to a quantum computer to come. Both ends need a libsodium that has it.
   *
   * Since: 0.1
   */
  props[PROP_POST_QUANTUM] =
    g_param_spec_boolean ("post-quantum", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SppSession:rekeys:
   *
   * How often both ends have agreed on new keys since the session began; never by
   * SPP/1.
   *
   * Since: 0.1
   */
  props[PROP_REKEYS] =
    g_param_spec_uint ("rekeys", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SppSession:channel-binding:
   *
   * What both ends share and no other session has: 32 bytes that are no secret.
   *
   * Since: 0.1
   */
  props[PROP_CHANNEL_BINDING] =
    g_param_spec_boxed ("channel-binding", NULL, NULL, G_TYPE_BYTES,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * SppSession:max-message-size:
   *
   * The size of the largest message that may be sent or received, in bytes.
   *
   * By SPP/2 what may be sent is bound, too, by what the friend announced when the
   * session began. A change is not told to the friend.
   *
   * Since: 0.1
   */
  props[PROP_MAX_MESSAGE_SIZE] =
    g_param_spec_ulong ("max-message-size", NULL, NULL,
                        0, SPP_SESSION_MAX_MAX_MESSAGE_SIZE, SPP_SESSION_DEFAULT_MAX_MESSAGE_SIZE,
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

/**
 * spp_session_set_max_message_size:
 * @self: a session
 * @max_message_size: the size in bytes
 *
 * Sets the size of the largest message that may be sent or received.
 *
 * Sending a larger one fails; one that comes ends the session.
 *
 * Since: 0.1
 */
void
spp_session_set_max_message_size (SppSession *self,
                                  gsize       max_message_size)
{
  g_return_if_fail (SPP_IS_SESSION (self));
  g_return_if_fail (max_message_size <= SPP_SESSION_MAX_MAX_MESSAGE_SIZE);

  if (self->max_message_size == max_message_size)
    return;
  self->max_message_size = max_message_size;
  if (self->version == 1)
    self->frame_reader.max_length = max_message_size + SPP_MESSAGE_BODY_OVERHEAD;
  else if (self->layer != NULL)
    spp_record_layer_set_max_incoming (self->layer, max_message_size);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_MESSAGE_SIZE]);
}
