/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz-session-world.h"

#include <string.h>

#include "spp-message-cipher-private.h"

/* More than all that one input can have to do. */
#define MAX_ITERATIONS 100000
#define MAX_BULK (2 * 1024 * 1024)
/* Callbacks within callbacks. */
#define MAX_DEPTH 16

void
fuzz_settle (void)
{
  guint count = 0;

  while (g_main_context_iteration (NULL, FALSE))
    g_assert_cmpuint (++count, <, MAX_ITERATIONS);
}

static void
reenter (FuzzWorld *self)
{
  if (!(self->mode & MODE_REENTER) || self->input.size == 0 || self->depth >= MAX_DEPTH)
    return;
  self->depth++;
  fuzz_run_op (self);
  self->depth--;
}

static void
note_received (FuzzWorld *self,
               GBytes    *message,
               GError    *error)
{
  if (message != NULL)
    {
      g_assert_no_error (error);
      g_ptr_array_add (self->delivered, message);
      return;
    }
  g_assert_nonnull (error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      /* Everybody is given the same reason. */
      if (self->error != NULL)
        g_assert_error (error, self->error->domain, self->error->code);
      g_clear_error (&self->error);
      self->error = error;
      return;
    }
  g_error_free (error);
}

/* Whoever was told to stop may do so before it is told. */
static gboolean
is_somebody_waiting (FuzzWorld *self)
{
  for (GList *link = self->receives.head; link != NULL; link = link->next)
    if (!g_cancellable_is_cancelled (link->data))
      return TRUE;
  return FALSE;
}

gboolean
fuzz_receive_nonblocking (FuzzWorld *self)
{
  g_autoptr (SppSession) session = g_object_ref (self->session);
  GError *error = NULL;
  GBytes *message = spp_session_receive_nonblocking (session, &error);

  /* No message passes another. */
  if (is_somebody_waiting (self) && spp_session_get_error (session) == NULL)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  note_received (self, message, error);
  return message != NULL;
}

static void
receive_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  FuzzWorld *self = user_data;
  GError *error = NULL;
  GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));
  GBytes *message = spp_session_receive_finish (SPP_SESSION (object), result, &error);

  /* Only who was told to stop is passed by who waited longer. */
  g_assert_true (g_queue_remove (&self->receives, cancellable));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_assert_true (g_cancellable_is_cancelled (cancellable));
  note_received (self, message, error);
  g_object_unref (cancellable);

  reenter (self);
  if (message == NULL)
    return;
  if (self->mode & MODE_TAKE_ALL)
    while (self->session != NULL && fuzz_receive_nonblocking (self))
      ;
  if (self->session != NULL && self->mode & MODE_KEEP_RECEIVING
      && g_queue_is_empty (&self->receives))
    fuzz_receive (self);
}

void
fuzz_receive (FuzzWorld *self)
{
  GCancellable *cancellable = g_cancellable_new ();

  g_queue_push_tail (&self->receives, cancellable);
  spp_session_receive_async (self->session, cancellable, receive_cb, self);
}

static void
send_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  FuzzSend *send = user_data;

  g_assert_false (send->done);
  send->done = TRUE;
  if (spp_session_send_finish (SPP_SESSION (object), result, &send->error))
    g_assert_no_error (send->error);
  else
    g_assert_nonnull (send->error);
  if (g_error_matches (send->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_assert_true (g_cancellable_is_cancelled (send->cancellable));
  if (send->too_large)
    g_assert_nonnull (send->error);
  reenter (send->owner);
}

/* Messages with room for it have their number in them, so that each can be told
 * from all others. */
static FuzzSend *
add_send (FuzzWorld *self,
          GBytes    *payload)
{
  FuzzSend *send = g_new0 (FuzzSend, 1);
  guint16 number = self->sends->len;
  gsize size;
  guint8 *bytes = g_bytes_unref_to_data (payload, &size);

  if (size >= sizeof number)
    memcpy (bytes, &number, sizeof number);
  send->payload = g_bytes_new_take (bytes, size);
  send->too_large = size > self->max_message_size;
  send->unasked = size >= sizeof number && number % 5 == 4;
  send->owner = self;
  send->cancellable = g_cancellable_new ();
  g_ptr_array_add (self->sends, send);
  return send;
}

GBytes *
fuzz_take_payload (FuzzInput *input)
{
  guint8 first = fuzz_input_take_byte (input);
  gsize length = first < G_MAXUINT8 ? first : fuzz_input_take_u16 (input);
  guint8 *payload = g_malloc (length + 1);

  fuzz_input_fill (input, payload, length);
  return g_bytes_new_take (payload, length);
}

void
fuzz_send (FuzzWorld *self)
{
  FuzzSend *send = add_send (self, fuzz_take_payload (&self->input));

  spp_session_send_async (self->session, send->payload, send->cancellable,
                          send->unasked ? NULL : send_cb, send);
}

void
fuzz_send_many (FuzzWorld *self)
{
  guint count = fuzz_input_take_byte (&self->input) % 32;
  gsize size = MIN (self->max_message_size, G_MAXUINT16);

  for (guint i = 0; i < count && self->session != NULL && self->bulk < MAX_BULK; i++)
    {
      FuzzSend *send = add_send (self, g_bytes_new_take (g_malloc0 (size + 1), size));

      self->bulk += size + SPP_MESSAGE_FRAME_OVERHEAD;
      spp_session_send_async (self->session, send->payload, send->cancellable,
                              send->unasked ? NULL : send_cb, send);
    }
}

void
fuzz_send_blocking (FuzzWorld *self)
{
  FuzzSend *send = add_send (self, fuzz_take_payload (&self->input));

  send->done = TRUE;
  send->unasked = FALSE;
  if (spp_session_send (self->session, send->payload, send->cancellable, &send->error))
    g_assert_no_error (send->error);
  else
    g_assert_nonnull (send->error);
  if (send->too_large)
    g_assert_nonnull (send->error);
}

void
fuzz_cancel_send (FuzzWorld *self)
{
  guint8 back = fuzz_input_take_byte (&self->input);

  if (back < self->sends->len)
    {
      FuzzSend *send = g_ptr_array_index (self->sends, self->sends->len - 1 - back);

      g_cancellable_cancel (send->cancellable);
    }
}

void
fuzz_cancel_receive (FuzzWorld *self)
{
  guint8 number = fuzz_input_take_byte (&self->input);
  g_autoptr (GCancellable) cancellable = NULL;

  if (number >= self->receives.length)
    return;
  cancellable = g_object_ref (g_queue_peek_nth (&self->receives, number));
  g_cancellable_cancel (cancellable);
}

static void
close_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  FuzzWorld *self = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (spp_session_close_finish (SPP_SESSION (object), result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (spp_session_get_state (SPP_SESSION (object)), ==, SPP_SESSION_STATE_CLOSED);
  g_assert_true (g_io_stream_is_closed (G_IO_STREAM (self->stream)));
  self->closes--;
  reenter (self);
}

void
fuzz_close (FuzzWorld *self)
{
  self->closes++;
  self->ended_here = TRUE;
  spp_session_close_async (self->session, self->close_cancellable, close_cb, self);
}

void
fuzz_abort (FuzzWorld *self)
{
  g_autoptr (SppSession) session = g_object_ref (self->session);

  self->ended_here = TRUE;
  spp_session_abort (session);
  g_assert_cmpint (spp_session_get_state (session), ==, SPP_SESSION_STATE_CLOSED);
}

void
fuzz_drop (FuzzWorld *self)
{
  self->ended_here = TRUE;
  g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
}
