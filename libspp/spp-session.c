/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-session-private.h"

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
 * share system calls. By SPP/2 a little is read ahead, because keys are exchanged
 * in between; by SPP/1 the stream is read only while somebody asks for messages. So
 * a slow program slows its friend down rather than fill its memory, and has to ask
 * for messages to notice the end of a session in time: in SPP/2, a friend who is not
 * heard for a minute while keys are due is given up.
 *
 * A session belongs to the thread-default main context in which it was made;
 * all of its methods are to be called there. Dropping the last reference cuts
 * the connection; [method@Session.close_async] sends what is queued first.
 *
 * SPP/1 has no authenticated end: that such a session ended never proves that the
 * friend wanted it so. In SPP/2 %SPP_SESSION_END_PEER_CLOSED does.
 *
 * Since: 0.1
 */

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

static void
spp_session_finalize (GObject *object)
{
  SppSession *self = SPP_SESSION (object);

  spp_session_clear_turn (self);
  spp_session_clear_timer (self);
  if (self->state != SPP_SESSION_STATE_CLOSED)
    spp_transport_close (self->transport, NULL, NULL);
  spp_session_clear_sending (self);
  spp_session_clear_receiving (self);
  g_clear_pointer (&self->cipher, spp_message_cipher_free);
  g_clear_pointer (&self->layer, spp_record_layer_free);
  g_clear_pointer (&self->channel_binding, g_bytes_unref);
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

  object_class->finalize = spp_session_finalize;
  spp_session_install_properties (object_class);
}

static void
spp_session_init (SppSession *self)
{
}

static void
begin_records (SppSession *self)
{
  self->version = 2;
  self->turn_time = g_get_monotonic_time ();
  self->post_quantum = spp_record_layer_get_terms (self->layer)->post_quantum;
  self->channel_binding =
    g_bytes_new (spp_record_layer_get_channel_binding (self->layer), SPP_CRYPTO_DIGEST_SIZE);
  /* The first record of the other end proves who it is. */
  self->confirmed = TRUE;
  spp_frame_reader_init (&self->frame_reader, SPP_RECORD_MIN_PAYLOAD_SIZE,
                         SPP_RECORD_MAX_PAYLOAD_SIZE, SPP_ERROR_FRAME_LENGTH);
  spp_session_update_timer (self);
  /* New keys may be due at once, and what the other end says has to be heard. */
  spp_session_schedule_turn (self);
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
  self->max_message_size = spp_handshake_get_max_message_size (handshake);
  self->cipher = spp_handshake_take_cipher (handshake);
  self->layer = spp_handshake_take_layer (handshake);
  if (self->layer != NULL)
    {
      begin_records (self);
    }
  else
    {
      g_assert (self->cipher != NULL);
      self->version = 1;
      self->channel_binding = spp_handshake_dup_binding1 (handshake);
      spp_frame_reader_init (&self->frame_reader, SPP_MESSAGE_BODY_OVERHEAD,
                             self->max_message_size + SPP_MESSAGE_BODY_OVERHEAD,
                             SPP_ERROR_MESSAGE_TOO_LARGE);
    }
  spp_handshake_free (handshake);
  return self;
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
 * Returns: the version, 1 or 2
 *
 * Since: 0.1
 */
guint
spp_session_get_protocol_version (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), 0);

  return self->version;
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
 * Tells whether something has come that proves that the friend is there; see
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
 * Gets the size of the largest message that may be sent or received; see
 * [property@Session:max-message-size].
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
