/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-error.h"
#include "spp-test-pair.h"

#define PAYLOAD_SIZE 30

typedef struct
{
  GSocketConnection *raw;
  SppMessageCipher  *cipher;
  SppSession        *session;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->session = spp_test_scripted_peer (&fixture->raw, &fixture->cipher);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  spp_test_close (fixture->session);
  spp_test_await_finalize (fixture->session);
  spp_message_cipher_free (fixture->cipher);
  g_object_unref (fixture->raw);
}

static GByteArray *
seal (SppMessageCipher *cipher,
      gsize             size,
      guint             seed)
{
  GByteArray *frame = g_byte_array_new ();
  g_autoptr (GBytes) payload = spp_test_payload (size, seed);

  g_assert_true (spp_message_cipher_seal (cipher, payload, frame, NULL));
  return frame;
}

static void
expect_end (Fixture *fixture,
            int      code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = spp_test_receive (fixture->session, &error);

  g_assert_null (message);
  g_assert_error (error, SPP_ERROR, code);
  g_assert_cmpint (spp_session_get_state (fixture->session), ==, SPP_SESSION_STATE_CLOSED);
}

/* What the peer sees: the end of the stream, and not a byte before it. */
static void
expect_nothing_sent (Fixture *fixture)
{
  guint8 byte;
  gssize length;

  spp_test_close (fixture->session);
  length = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (fixture->raw)),
                                &byte, 1, NULL, NULL);
  g_assert_cmpint (length, <=, 0);
}

static void
test_truncated (void)
{
  g_test_summary ("A stream that ends after any byte of a message is told from one between two");
  for (gsize length = 0; length < PAYLOAD_SIZE + SPP_MESSAGE_FRAME_OVERHEAD; length++)
    {
      Fixture fixture;
      g_autoptr (GByteArray) frame = NULL;

      set_up (&fixture, NULL);
      frame = seal (fixture.cipher, PAYLOAD_SIZE, 1);
      spp_test_write (fixture.raw, frame->data, length);
      g_socket_shutdown (g_socket_connection_get_socket (fixture.raw), FALSE, TRUE, NULL);
      expect_end (&fixture, length == 0 ? SPP_ERROR_CLOSED : SPP_ERROR_TRUNCATED);
      tear_down (&fixture, NULL);
    }
}

static void
test_chunks (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  gsize offset = 0;
  enum { COUNT = 60 };
  GAsyncResult *got[COUNT] = { NULL };

  g_test_summary ("Messages are taken however the stream is cut");
  for (guint i = 0; i < COUNT; i++)
    {
      g_autoptr (GByteArray) frame = seal (fixture->cipher, i * 13, i);

      g_byte_array_append (stream, frame->data, frame->len);
      spp_session_receive_async (fixture->session, NULL, spp_test_result_cb, &got[i]);
    }
  while (offset < stream->len)
    {
      gsize wanted = g_test_rand_int_range (1, 100);
      gsize part = MIN (stream->len - offset, wanted);

      spp_test_write (fixture->raw, stream->data + offset, part);
      spp_test_settle ();
      offset += part;
    }
  for (guint i = 0; i < COUNT; i++)
    {
      g_autoptr (GBytes) payload = spp_test_payload (i * 13, i);
      g_autoptr (GBytes) message = NULL;
      g_autoptr (GError) error = NULL;

      spp_test_await (&got[i]);
      message = spp_session_receive_finish (fixture->session, got[i], &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (message, payload);
      g_object_unref (got[i]);
    }
}

static void
test_lengths (gconstpointer data)
{
  static const struct { guint64 length; int code; } cases[] =
    {
      { 0, SPP_ERROR_FRAME_LENGTH },
      { 35, SPP_ERROR_FRAME_LENGTH },
      { (16 << 20) + 37, SPP_ERROR_MESSAGE_TOO_LARGE },
      { G_GUINT64_CONSTANT (1) << 31, SPP_ERROR_MESSAGE_TOO_LARGE },
      { G_GUINT64_CONSTANT (1) << 32, SPP_ERROR_MESSAGE_TOO_LARGE },
      { G_GUINT64_CONSTANT (1) << 63, SPP_ERROR_MESSAGE_TOO_LARGE },
      { G_MAXUINT64, SPP_ERROR_MESSAGE_TOO_LARGE },
    };

  g_test_summary ("A length that no message has ends the session; the peer is told nothing");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture;
      guint8 header[SPP_FRAME_HEADER_SIZE];

      set_up (&fixture, NULL);
      spp_frame_write_header (header, cases[i].length);
      spp_test_write (fixture.raw, header, sizeof header);
      expect_end (&fixture, cases[i].code);
      expect_nothing_sent (&fixture);
      tear_down (&fixture, NULL);
    }
}

static void
test_flipped (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GByteArray) frame = seal (fixture->cipher, PAYLOAD_SIZE, 1);

  g_test_summary ("A changed message ends the session; the peer is told nothing");
  frame->data[frame->len - 1] ^= 0x80;
  spp_test_write (fixture->raw, frame->data, frame->len);
  expect_end (fixture, SPP_ERROR_BAD_TAG);
  expect_nothing_sent (fixture);
}

static void
test_replayed (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (GByteArray) frame = seal (fixture->cipher, PAYLOAD_SIZE, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = NULL;

  g_test_summary ("A repeated message is delivered once and ends the session");
  spp_test_write (fixture->raw, frame->data, frame->len);
  spp_test_write (fixture->raw, frame->data, frame->len);
  message = spp_test_receive (fixture->session, &error);
  g_assert_no_error (error);
  expect_end (fixture, SPP_ERROR_BAD_SEQUENCE);
}

static void
test_reflected (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (PAYLOAD_SIZE, 1);
  g_autoptr (GError) error = NULL;
  guint8 frame[PAYLOAD_SIZE + SPP_MESSAGE_FRAME_OVERHEAD];

  g_test_summary ("Our own message sent back to us ends the session with that reason");
  g_assert_true (spp_test_send (fixture->session, payload, &error));
  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (fixture->raw)),
                           frame, sizeof frame, NULL, NULL, &error);
  g_assert_no_error (error);
  spp_test_write (fixture->raw, frame, sizeof frame);
  expect_end (fixture, SPP_ERROR_REFLECTED);
}

static void
test_waiting_fail_alike (Fixture       *fixture,
                         gconstpointer  data)
{
  g_autoptr (GByteArray) frame = seal (fixture->cipher, PAYLOAD_SIZE, 1);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;

  g_test_summary ("Everything that waits gets the reason");
  frame->data[20] ^= 1;
  spp_session_receive_async (fixture->session, NULL, spp_test_result_cb, &first);
  spp_session_receive_async (fixture->session, NULL, spp_test_result_cb, &second);
  spp_test_write (fixture->raw, frame->data, frame->len);
  spp_test_await (&first);
  spp_test_await (&second);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (spp_session_receive_finish (fixture->session, i == 0 ? first : second,
                                                 &error));
      g_assert_error (error, SPP_ERROR, SPP_ERROR_BAD_TAG);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  g_test_add_func ("/spp/session/hostile/truncated", test_truncated);
  add ("/spp/session/hostile/chunks", test_chunks);
  g_test_add_data_func ("/spp/session/hostile/lengths", NULL, test_lengths);
  add ("/spp/session/hostile/flipped", test_flipped);
  add ("/spp/session/hostile/replayed", test_replayed);
  add ("/spp/session/hostile/reflected", test_reflected);
  add ("/spp/session/hostile/waiting-fail-alike", test_waiting_fail_alike);
#undef add

  return g_test_run ();
}
