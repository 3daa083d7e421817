/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz-session-world.h"
#include "fuzz-vectors.h"
#include "spp-error.h"
#include "spp-session-private.h"

/* A session after its handshake, used by a program in any order, with a peer
 * that has the key and does what it likes.
 *
 * Input: the mode; which largest size; the sizes of the pieces in which the
 * peer's bytes come; then operations, each with what it needs. */

typedef enum
{
  OP_RAW,
  OP_SEALED,
  OP_FORGED,
  OP_REFLECT,
  OP_END_INPUT,
  OP_BREAK_INPUT,
  OP_BREAK_OUTPUT,
  OP_SET_ROOM,
  OP_LIMIT_READS,
  OP_SEND,
  OP_SEND_MANY,
  OP_SEND_BLOCKING,
  OP_CANCEL_SEND,
  OP_RECEIVE,
  OP_RECEIVE_NONBLOCKING,
  OP_CANCEL_RECEIVE,
  OP_RUN_ONCE,
  OP_RUN,
  OP_CLOSE,
  OP_CANCEL_CLOSE,
  OP_ABORT,
  OP_DROP,
  N_OPS,
} Op;

static const guint8 key[32] = FUZZ_SESSION_KEY;

/* ## Operations */

/* Those that need a session. */
static void
run_session_op (FuzzWorld *self,
                Op         op)
{
  static void (* const functions[N_OPS]) (FuzzWorld *) =
    {
      [OP_SEND] = fuzz_send,
      [OP_SEND_MANY] = fuzz_send_many,
      [OP_SEND_BLOCKING] = fuzz_send_blocking,
      [OP_RECEIVE] = fuzz_receive,
      [OP_CLOSE] = fuzz_close,
      [OP_ABORT] = fuzz_abort,
      [OP_DROP] = fuzz_drop,
    };

  if (self->session == NULL)
    return;
  if (op == OP_RECEIVE_NONBLOCKING)
    fuzz_receive_nonblocking (self);
  else if (functions[op] != NULL)
    functions[op] (self);
}

void
fuzz_run_op (FuzzWorld *self)
{
  Op op = fuzz_input_take_byte (&self->input) % N_OPS;

  if (op == OP_RAW)
    fuzz_push_raw (self);
  else if (op == OP_SEALED)
    fuzz_push_sealed (self, key);
  else if (op == OP_FORGED)
    fuzz_push_forged (self, key);
  else if (op == OP_REFLECT)
    fuzz_reflect (self);
  else if (op == OP_END_INPUT)
    fuzz_stream_end_input (self->stream);
  else if (op == OP_BREAK_INPUT)
    fuzz_break_input (self);
  else if (op == OP_BREAK_OUTPUT)
    fuzz_break_output (self);
  else if (op == OP_SET_ROOM)
    fuzz_stream_set_room (self->stream, fuzz_input_take_u16 (&self->input));
  else if (op == OP_LIMIT_READS)
    fuzz_stream_limit_reads (self->stream, fuzz_input_take_byte (&self->input));
  else if (op == OP_CANCEL_SEND)
    fuzz_cancel_send (self);
  else if (op == OP_CANCEL_RECEIVE)
    fuzz_cancel_receive (self);
  else if (op == OP_CANCEL_CLOSE)
    g_cancellable_cancel (self->close_cancellable);
  else if (op == OP_RUN_ONCE && self->depth == 0)
    g_main_context_iteration (NULL, FALSE);
  else if (op == OP_RUN && self->depth == 0)
    fuzz_settle ();
  else
    run_session_op (self, op);
}

/* ## The end */

static void
check_delivered (FuzzWorld   *self,
                 FuzzVerdict *verdict)
{
  g_assert_cmpuint (self->delivered->len, <=, verdict->messages->len);
  for (guint i = 0; i < self->delivered->len; i++)
    g_assert_true (g_bytes_equal (self->delivered->pdata[i], verdict->messages->pdata[i]));
  if (!self->ended_here)
    g_assert_cmpuint (self->delivered->len, ==, verdict->messages->len);
}

/* How a session must end that was left alone by this side. */
static gboolean
is_due (FuzzWorld    *self,
        FuzzVerdict  *verdict,
        const GError *error)
{
  if (verdict->faults != 0)
    return error->domain == SPP_ERROR && verdict->faults >> error->code & 1;
  if (self->input_broken)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  return g_error_matches (error, SPP_ERROR,
                          verdict->partial ? SPP_ERROR_TRUNCATED : SPP_ERROR_CLOSED);
}

static gboolean
is_right_end (FuzzWorld     *self,
              SppSessionEnd  end,
              const GError  *error)
{
  if (error->domain != SPP_ERROR || error->code == SPP_ERROR_TRUNCATED)
    return end == SPP_SESSION_END_CUT;
  if (error->code == SPP_ERROR_CLOSED)
    return end == SPP_SESSION_END_PEER_CLOSED
           || (end == SPP_SESSION_END_CLOSED && self->ended_here);
  if (error->code == SPP_ERROR_MESSAGE_TOO_LARGE)
    return end == SPP_SESSION_END_REFUSED;
  return end == SPP_SESSION_END_MISBEHAVED;
}

static void
check_session (FuzzWorld   *self,
               FuzzVerdict *verdict)
{
  const GError *error = spp_session_get_error (self->session);
  guint64 n_bytes = 0;

  g_assert_cmpint (spp_session_get_state (self->session), ==, SPP_SESSION_STATE_CLOSED);
  g_assert_nonnull (error);
  g_assert_true (is_right_end (self, spp_session_get_end (self->session), error));
  if (self->error != NULL)
    g_assert_error (self->error, error->domain, error->code);
  if (!self->ended_here)
    g_assert_true (is_due (self, verdict, error));

  g_assert_cmpint (spp_session_is_confirmed (self->session), ==, self->delivered->len > 0);
  for (guint i = 0; i < self->delivered->len; i++)
    n_bytes += g_bytes_get_size (self->delivered->pdata[i]);
  g_assert_cmpuint (spp_session_get_messages_received (self->session), ==, self->delivered->len);
  g_assert_cmpuint (spp_session_get_bytes_received (self->session), ==, n_bytes);
}

static void
check_sends (FuzzWorld *self)
{
  guint64 n_bytes;
  guint64 count = fuzz_check_written (key, fuzz_stream_get_written (self->stream),
                                      self->sends, &n_bytes);

  for (guint i = 0; i < self->sends->len; i++)
    {
      FuzzSend *send = g_ptr_array_index (self->sends, i);

      g_assert_true (send->done || send->unasked);
    }
  if (self->session == NULL)
    return;
  g_assert_cmpuint (spp_session_get_messages_sent (self->session), <=, count);
  g_assert_cmpuint (spp_session_get_bytes_sent (self->session), <=, n_bytes);
  /* A write under way may come to its end when nobody counts any more. */
  if (self->mode & MODE_CANNOT_POLL)
    return;
  g_assert_cmpuint (spp_session_get_messages_sent (self->session), ==, count);
  g_assert_cmpuint (spp_session_get_bytes_sent (self->session), ==, n_bytes);
}

/* Whatever happened before: the peer reads everything and goes, and then all
 * comes to an end without anything else being waited for. */
static void
finish (FuzzWorld *self)
{
  self->mode &= ~MODE_REENTER;
  fuzz_settle ();
  if (!self->output_broken)
    fuzz_stream_set_room (self->stream, G_MAXSIZE);
  fuzz_settle ();
  if (!fuzz_stream_is_input_over (self->stream))
    fuzz_stream_end_input (self->stream);
  fuzz_settle ();
  while (self->session != NULL && spp_session_get_error (self->session) == NULL)
    {
      guint before = self->delivered->len;

      if (g_queue_is_empty (&self->receives))
        fuzz_receive (self);
      fuzz_settle ();
      g_assert_true (self->delivered->len > before
                     || spp_session_get_error (self->session) != NULL);
    }
  fuzz_settle ();
  g_assert_cmpuint (self->receives.length, ==, 0);
  g_assert_cmpuint (self->closes, ==, 0);
  g_assert_true (g_io_stream_is_closed (G_IO_STREAM (self->stream)));
}

static void
on_state (FuzzWorld *self)
{
  int state = spp_session_get_state (self->session);

  g_assert_cmpint (state, >, self->state);
  self->state = state;
}

static SppSession *
make_session (FuzzWorld *self)
{
  static const guint8 initiator[32] = FUZZ_INITIATOR_SEED;
  static const guint8 responder[32] = FUZZ_RESPONDER_SEED;
  static const guint8 initiator_ephemeral[32] = FUZZ_INITIATOR_EPHEMERAL;
  static const guint8 responder_ephemeral[32] = FUZZ_RESPONDER_EPHEMERAL;
  static const guint8 initiator_hello[] = FUZZ_INITIATOR_HELLO;
  static const guint8 responder_hello[] = FUZZ_RESPONDER_HELLO;
  static SppPrivateKey *alice, *bob;
  gboolean called = self->mode & MODE_RESPONDER;
  const guint8 *hello = called ? initiator_hello : responder_hello;
  g_autoptr (GPtrArray) friends = g_ptr_array_new ();
  SppHandshake1 *handshake;

  if (alice == NULL)
    {
      alice = spp_private_key_new_from_seed (initiator, sizeof initiator, NULL);
      bob = spp_private_key_new_from_seed (responder, sizeof responder, NULL);
    }
  g_ptr_array_add (friends, spp_private_key_get_public_key (alice));
  handshake = called ? spp_handshake1_new_responder (bob, NULL, friends, NULL)
                     : spp_handshake1_new_initiator (alice, spp_private_key_get_public_key (bob),
                                                     NULL);
  spp_handshake1_set_ephemeral (handshake,
                                spp_secret_new_copy (called ? responder_ephemeral
                                                     : initiator_ephemeral, 32));
  g_assert_true (spp_handshake1_feed (handshake, hello, SPP_FRAME_HEADER_SIZE, NULL));
  g_assert_true (spp_handshake1_feed (handshake, hello + SPP_FRAME_HEADER_SIZE, SPP_HELLO_SIZE,
                                      NULL));
  g_assert_true (spp_handshake1_search (handshake, 1));
  g_assert_true (spp_handshake1_decide (handshake, NULL));
  return spp_session_new (spp_transport_new (G_IO_STREAM (self->stream)),
                          spp_handshake_new_spp1 (handshake, self->max_message_size));
}

static void
world_init (FuzzWorld *self)
{
  static const gsize sizes[] = { 0, 1, 100, 1000, 5000, G_MAXUINT16, 16 * 1024 * 1024 };

  self->mode = fuzz_input_take_byte (&self->input);
  self->max_message_size = sizes[fuzz_input_take_byte (&self->input) % G_N_ELEMENTS (sizes)];
  self->chunks = fuzz_input_take_chunks (&self->input);
  self->sequence = 1;
  self->pushed = g_byte_array_new ();
  self->sends = g_ptr_array_new_with_free_func ((GDestroyNotify) fuzz_send_free);
  self->delivered = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->close_cancellable = g_cancellable_new ();
  self->stream = fuzz_stream_new (!(self->mode & MODE_CANNOT_POLL));
  self->session = make_session (self);
  g_signal_connect_swapped (self->session, "notify::state", G_CALLBACK (on_state), self);
}

static void
world_clear (FuzzWorld *self)
{
  gpointer weak = self->session;

  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->session, self);
      g_object_add_weak_pointer (weak, &weak);
      g_clear_object (&self->session);
      fuzz_settle ();
    }
  g_assert_null (weak);
  g_assert_finalize_object (self->stream);
  g_byte_array_unref (self->pushed);
  g_ptr_array_unref (self->sends);
  g_ptr_array_unref (self->delivered);
  g_object_unref (self->close_cancellable);
  g_clear_error (&self->error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  FuzzWorld self = { .input = { data, size } };
  FuzzVerdict verdict;

  world_init (&self);
  while (self.input.size > 0)
    fuzz_run_op (&self);
  finish (&self);

  fuzz_verdict_init (&verdict, key, self.max_message_size, self.pushed,
                     fuzz_stream_get_written (self.stream));
  check_delivered (&self, &verdict);
  if (self.session != NULL)
    check_session (&self, &verdict);
  check_sends (&self);
  fuzz_verdict_clear (&verdict);
  world_clear (&self);
  return 0;
}
