/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Messages that nobody holds whole; SPP_TEST_VERSION is 2 here. */

#include <malloc.h>
#include <string.h>

#include "spp-error.h"
#include "spp-test-pair.h"

#define LONG_SIZE (300 * 1000 * 1000)

/* A stream of bytes that depend on their place, and an error in the end if wanted. */
#define TEST_TYPE_SOURCE (test_source_get_type ())
G_DECLARE_FINAL_TYPE (TestSource, test_source, TEST, SOURCE, GInputStream)

struct _TestSource
{
  GInputStream parent_instance;

  guint64      size;
  guint64      offset;
  gboolean     breaks;
};

static void iface_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestSource, test_source, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, iface_init))

static guint8
byte_at (guint64 offset)
{
  return offset ^ offset >> 8 ^ offset >> 16;
}

static gssize
test_source_read (GInputStream  *stream,
                  void          *buffer,
                  gsize          count,
                  GCancellable  *cancellable,
                  GError       **error)
{
  TestSource *self = TEST_SOURCE (stream);
  gsize length = MIN (count, self->size - self->offset);

  if (length == 0 && self->breaks)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "The test's source broke");
      return -1;
    }
  for (gsize i = 0; i < length; i++)
    ((guint8 *) buffer)[i] = byte_at (self->offset + i);
  self->offset += length;
  return length;
}

static gboolean
test_source_is_readable (GPollableInputStream *stream)
{
  return TRUE;
}

static void
iface_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = test_source_is_readable;
}

static void
test_source_class_init (TestSourceClass *klass)
{
  G_INPUT_STREAM_CLASS (klass)->read_fn = test_source_read;
}

static void
test_source_init (TestSource *self)
{
}

static GInputStream *
source_new (guint64  size,
            gboolean breaks)
{
  TestSource *self = g_object_new (TEST_TYPE_SOURCE, NULL);

  self->size = size;
  self->breaks = breaks;
  return G_INPUT_STREAM (self);
}

static void
send_stream (SppSession    *session,
             guint64        size,
             GAsyncResult **result)
{
  g_autoptr (GInputStream) source = source_new (size, FALSE);

  spp_session_send_stream_async (session, source, NULL, spp_test_result_cb, result);
}

static void
finish_stream (SppSession    *session,
               GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;

  spp_test_await (result);
  g_assert_true (spp_session_send_stream_finish (session, *result, &error));
  g_assert_no_error (error);
  g_clear_object (result);
}

static GInputStream *
receive_stream (SppSession  *session,
                GError     **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  spp_session_receive_stream_async (session, NULL, spp_test_result_cb, &result);
  spp_test_await (&result);
  return spp_session_receive_stream_finish (session, result, error);
}

static gssize
read_some (GInputStream  *stream,
           guint8        *buffer,
           gsize          size,
           GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_input_stream_read_async (stream, buffer, size, G_PRIORITY_DEFAULT, NULL, spp_test_result_cb,
                             &result);
  spp_test_await (&result);
  return g_input_stream_read_finish (stream, result, error);
}

/* Reads to the end, or to @limit; how much that was. */
static guint64
read_and_compare (GInputStream *stream,
                  guint64       limit)
{
  g_autofree guint8 *buffer = g_malloc (100000);
  guint64 offset = 0;

  while (offset < limit)
    {
      g_autoptr (GError) error = NULL;
      gssize length = read_some (stream, buffer, MIN (100000, limit - offset), &error);

      g_assert_no_error (error);
      if (length == 0)
        break;
      for (gssize i = 0; i < length; i++)
        if (buffer[i] != byte_at (offset + i))
          g_error ("Byte %" G_GUINT64_FORMAT " differs", offset + i);
      offset += length;
    }
  return offset;
}

static void
set_limit (SppTestPair *pair,
           gsize        limit)
{
  SppRecordTerms *terms = (SppRecordTerms *) spp_record_layer_get_terms (pair->alice->layer);

  spp_session_set_max_message_size (pair->alice, limit);
  spp_session_set_max_message_size (pair->bob, limit);
  /* As if Bob had said so in his HELLO. */
  terms->max_outgoing = limit;
}

static void
test_sizes (SppTestPair   *pair,
            gconstpointer  data)
{
  static const guint64 sizes[] =
    { 0, 1, 1000, 65515, 65516, 65517, 131032, 131033, 1000000, 16 * 1024 * 1024 };
  GAsyncResult *sent[G_N_ELEMENTS (sizes)] = { NULL };

  g_test_summary ("Messages from streams come as streams, in order, of any size");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    send_stream (pair->alice, sizes[i], &sent[i]);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GInputStream) stream = receive_stream (pair->bob, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (read_and_compare (stream, G_MAXUINT64), ==, sizes[i]);
      g_assert_true (g_input_stream_close (stream, NULL, &error));
    }
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    finish_stream (pair->alice, &sent[i]);
  g_assert_cmpuint (spp_session_get_messages_received (pair->bob), ==, G_N_ELEMENTS (sizes));
  g_assert_cmpuint (spp_session_get_bytes_received (pair->bob), ==,
                    spp_session_get_bytes_sent (pair->alice));
}

static void
test_mixed (SppTestPair   *pair,
            gconstpointer  data)
{
  g_autoptr (GBytes) text = spp_test_payload (100, 1);
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) last = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GAsyncResult) sent_later = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  guint64 size = 3 * 1000 * 1000;

  g_test_summary ("Streams and messages keep their order, and each may be taken either way");
  spp_session_send_async (pair->alice, text, NULL, NULL, NULL);
  send_stream (pair->alice, size, &sent);
  spp_session_send_async (pair->alice, text, NULL, NULL, NULL);
  send_stream (pair->alice, size, &sent_later);
  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  first = g_input_stream_read_bytes (stream, 1000, NULL, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (first, text);
  g_clear_object (&stream);

  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read_and_compare (stream, G_MAXUINT64), ==, size);
  g_clear_pointer (&first, g_bytes_unref);
  first = spp_test_receive (pair->bob, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (first, text);
  last = spp_test_receive (pair->bob, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (last), ==, size);
  finish_stream (pair->alice, &sent);
  finish_stream (pair->alice, &sent_later);
}

static void
test_long (SppTestPair   *pair,
           gconstpointer  data)
{
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GError) error = NULL;
  gsize before, most = 0;
  guint64 offset = 0;

  g_test_summary ("A message larger than any memory would be takes next to none");
  set_limit (pair, LONG_SIZE);
  malloc_trim (0);
  before = mallinfo2 ().uordblks + mallinfo2 ().hblkhd;
  send_stream (pair->alice, LONG_SIZE, &sent);
  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  while (offset < LONG_SIZE)
    {
      guint8 buffer[65536];
      gssize length = read_some (stream, buffer, sizeof buffer, &error);

      g_assert_no_error (error);
      g_assert_cmpint (length, >, 0);
      g_assert_cmpuint (buffer[0], ==, byte_at (offset));
      offset += length;
      most = MAX (most, mallinfo2 ().uordblks + mallinfo2 ().hblkhd);
    }
  g_assert_cmpint (read_and_compare (stream, 1), ==, 0);
  finish_stream (pair->alice, &sent);
  g_test_message ("%d MB passed through %" G_GSIZE_FORMAT " KiB", LONG_SIZE / 1000000,
                  (most - before) / 1024);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpuint (most - before, <, 4 * 1024 * 1024);
#endif
}

static void
test_slow_reader (SppTestPair   *pair,
                  gconstpointer  data)
{
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GAsyncResult) next = NULL;
  g_autoptr (GBytes) message = NULL;
  g_autoptr (GBytes) text = spp_test_payload (10, 1);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Who does not read holds up the sender, and whoever waits for what follows");
  set_limit (pair, LONG_SIZE);
  send_stream (pair->alice, LONG_SIZE, &sent);
  spp_session_send_async (pair->alice, text, NULL, NULL, NULL);
  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  spp_session_receive_async (pair->bob, NULL, spp_test_result_cb, &next);
  for (guint i = 0; i < 2000; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_null (sent);
  g_assert_null (next);
  g_assert_cmpuint (pair->bob->inbox_size, <, 1024 * 1024);

  /* Who closes it wants no more of it. */
  g_assert_true (g_input_stream_close (stream, NULL, &error));
  spp_test_await (&next);
  message = spp_session_receive_finish (pair->bob, next, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (message, text);
  finish_stream (pair->alice, &sent);
}

static void
test_source_breaks (SppTestPair   *pair,
                    gconstpointer  data)
{
  g_autoptr (GInputStream) source = source_new (1000000, TRUE);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GBytes) text = spp_test_payload (10, 1);
  g_autofree guint8 *buffer = g_malloc (2000000);
  g_autoptr (GError) error = NULL;
  gssize length;

  g_test_summary ("A stream that breaks ends the session, and nobody gets half a message as whole");
  spp_session_send_stream_async (pair->alice, source, NULL, spp_test_result_cb, &sent);
  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  do
    length = read_some (stream, buffer, 2000000, &error);
  while (length > 0);
  g_assert_cmpint (length, ==, -1);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_TRUNCATED);
  g_clear_error (&error);
  spp_test_await (&sent);
  g_assert_false (spp_session_send_stream_finish (pair->alice, sent, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_assert_cmpint (spp_session_get_state (pair->alice), ==, SPP_SESSION_STATE_CLOSED);
  g_assert_cmpint (spp_session_get_end (pair->bob), ==, SPP_SESSION_END_CUT);
  g_assert_cmpuint (spp_session_get_messages_received (pair->bob), ==, 0);
}

static void
test_too_large (SppTestPair   *pair,
                gconstpointer  data)
{
  gboolean at_sender = data != NULL;
  int code = at_sender ? SPP_ERROR_TRUNCATED : SPP_ERROR_MESSAGE_TOO_LARGE;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autofree guint8 *buffer = g_malloc (200000);
  g_autoptr (GError) error = NULL;
  gssize length;

  g_test_summary ("A stream with more than is allowed ends the session, on either side");
  spp_session_set_max_message_size (at_sender ? pair->alice : pair->bob, 1000000);
  send_stream (pair->alice, 1000001, &sent);
  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  do
    length = read_some (stream, buffer, 200000, &error);
  while (length > 0);
  g_assert_cmpint (length, ==, -1);
  g_assert_error (error, SPP_ERROR, code);
  g_clear_error (&error);
  spp_test_await (&sent);
  if (at_sender)
    {
      g_assert_false (spp_session_send_stream_finish (pair->alice, sent, &error));
      g_assert_error (error, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE);
    }
}

static void
test_dropped (SppTestPair   *pair,
              gconstpointer  data)
{
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  SppSession *bob = pair->bob;

  g_test_summary ("A stream keeps its session, and an aborted session ends its stream");
  send_stream (pair->alice, 10000000, &sent);
  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  g_clear_object (&pair->bob);
  g_assert_cmpuint (read_and_compare (stream, 5000000), ==, 5000000);
  spp_session_abort (bob);
  while (error == NULL)
    {
      guint8 buffer[10000];

      g_assert_cmpint (read_some (stream, buffer, sizeof buffer, &error), !=, 0);
    }
  g_assert_error (error, SPP_ERROR, SPP_ERROR_CLOSED);
  spp_test_await (&sent);
}

static void
test_cancel (SppTestPair   *pair,
             gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GInputStream) source = source_new (10, FALSE);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A stream that waits its turn can be taken back, and is not touched");
  send_stream (pair->alice, 10000000, &first);
  spp_session_send_stream_async (pair->alice, source, cancellable, spp_test_result_cb, &second);
  g_cancellable_cancel (cancellable);
  spp_test_await (&second);
  g_assert_false (spp_session_send_stream_finish (pair->alice, second, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (TEST_SOURCE (source)->offset, ==, 0);
  stream = receive_stream (pair->bob, &error);
  g_assert_cmpuint (read_and_compare (stream, G_MAXUINT64), ==, 10000000);
  finish_stream (pair->alice, &first);
}

static void
test_blocking (SppTestPair   *pair,
               gconstpointer  data)
{
  g_autoptr (GBytes) text = spp_test_payload (10, 1);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A call that blocks does not wait for a stream that only the main loop reads");
  send_stream (pair->alice, 1000000, &sent);
  g_assert_false (spp_session_send (pair->alice, text, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_clear_error (&error);
  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read_and_compare (stream, G_MAXUINT64), ==, 1000000);
  finish_stream (pair->alice, &sent);
}

static void
test_spp1 (SppTestPair   *pair,
           gconstpointer  data)
{
  g_autoptr (GInputStream) source = source_new (10, FALSE);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GBytes) text = spp_test_payload (100, 1);
  g_autoptr (GBytes) got = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("By SPP/1 messages are whole, but can be read as a stream");
  spp_session_send_stream_async (pair->alice, source, NULL, spp_test_result_cb, &sent);
  spp_test_await (&sent);
  g_assert_false (spp_session_send_stream_finish (pair->alice, sent, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_true (spp_test_send (pair->alice, text, &error));
  stream = receive_stream (pair->bob, &error);
  g_assert_no_error (error);
  got = g_input_stream_read_bytes (stream, 1000, NULL, &error);
  g_assert_no_error (error);
  spp_test_assert_bytes (got, text);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/message-streams/" path, SppTestPair, data, \
                                          spp_test_pair_set_up, func, spp_test_pair_tear_down)
  if (spp_test_get_version () == 1)
    {
      add ("spp1", NULL, test_spp1);
      return g_test_run ();
    }
  add ("sizes", NULL, test_sizes);
  add ("mixed", NULL, test_mixed);
  add ("long", NULL, test_long);
  add ("slow-reader", NULL, test_slow_reader);
  add ("source-breaks", NULL, test_source_breaks);
  add ("too-large/receiver", NULL, test_too_large);
  add ("too-large/sender", "", test_too_large);
  add ("dropped", NULL, test_dropped);
  add ("cancel", NULL, test_cancel);
  add ("blocking", NULL, test_blocking);
#undef add

  return g_test_run ();
}
