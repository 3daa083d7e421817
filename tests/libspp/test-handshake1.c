/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-error.h"
#include "spp-test-pair.h"
#include "spp-test-vectors.h"
#include "spp-negotiation-private.h"

typedef struct
{
  SppPrivateKey *alice_key;
  SppPrivateKey *bob_key;
  SppHandshake1 *alice;
  GBytes        *alice_hello;
} Fixture;

static GPtrArray *
friends_new (SppPrivateKey *first,
             ...)
{
  GPtrArray *friends;
  va_list args;

  friends = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
  va_start (args, first);
  for (SppPrivateKey *key = first; key != NULL; key = va_arg (args, SppPrivateKey *))
    g_ptr_array_add (friends, spp_test_public_key (key));
  va_end (args);
  return friends;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->alice_key = spp_private_key_generate ();
  fixture->bob_key = spp_private_key_generate ();
  fixture->alice = spp_handshake1_new_initiator (fixture->alice_key,
                                                 spp_private_key_get_public_key (fixture->bob_key),
                                                 NULL);
  fixture->alice_hello = spp_handshake1_take_output (fixture->alice);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  spp_handshake1_free (fixture->alice);
  spp_private_key_unref (fixture->alice_key);
  spp_private_key_unref (fixture->bob_key);
  g_bytes_unref (fixture->alice_hello);
}

static SppHandshake1 *
responder_new (Fixture   *fixture,
               GPtrArray *friends)
{
  return spp_handshake1_new_responder (fixture->bob_key, NULL, friends, NULL);
}

static gsize
feed_bytes (SppHandshake1  *handshake,
            GBytes         *bytes,
            GError        **error)
{
  return spp_test_handshake_feed (handshake, g_bytes_get_data (bytes, NULL),
                                  g_bytes_get_size (bytes), error);
}

static void
test_responder_waits (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (GPtrArray) friends = friends_new (fixture->alice_key, NULL);
  g_autoptr (SppHandshake1) bob = responder_new (fixture, friends);
  const guint8 *hello = g_bytes_get_data (fixture->alice_hello, NULL);

  g_test_summary ("A responder has nothing to say before the last byte of a friend's hello");
  for (gsize i = 0; i < SPP_HELLO_FRAME_SIZE; i++)
    {
      g_autoptr (GBytes) output = spp_handshake1_take_output (bob);
      g_autoptr (GError) error = NULL;

      g_assert_null (output);
      g_assert_cmpuint (spp_handshake1_get_wanted (bob), >, 0);
      g_assert_true (spp_handshake1_feed (bob, hello + i, 1, &error));
      g_assert_no_error (error);
    }
  g_assert_true (spp_handshake1_search (bob, 1));
  g_assert_true (spp_handshake1_decide (bob, NULL));
  {
    g_autoptr (GBytes) output = spp_handshake1_take_output (bob);

    g_assert_nonnull (output);
    g_assert_cmpuint (g_bytes_get_size (output), ==, SPP_HELLO_FRAME_SIZE);
  }
  g_assert_true (spp_public_key_equal (spp_handshake1_get_peer (bob),
                                       spp_private_key_get_public_key (fixture->alice_key)));
}

static void
test_finds_friend (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();
  g_autoptr (SppPrivateKey) dave = spp_private_key_generate ();
  g_autoptr (GPtrArray) friends = friends_new (carol, dave, fixture->alice_key, NULL);
  g_autoptr (SppHandshake1) bob = responder_new (fixture, friends);
  g_autoptr (GError) error = NULL;

  g_test_summary ("The responder finds out which of its friends calls");
  feed_bytes (bob, fixture->alice_hello, &error);
  g_assert_no_error (error);
  g_assert_true (spp_public_key_equal (spp_handshake1_get_peer (bob),
                                       spp_private_key_get_public_key (fixture->alice_key)));
}

static void
test_stranger (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();
  g_autoptr (GPtrArray) friends = friends_new (carol, NULL);
  g_autoptr (GPtrArray) nobody = friends_new (NULL, NULL);

  g_test_summary ("Who is no friend is refused and gets no answer");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SppHandshake1) bob = NULL;
      g_autoptr (GBytes) output = NULL;
      g_autoptr (GError) error = NULL;

      bob = spp_handshake1_new_responder (fixture->bob_key, NULL, i == 0 ? friends : nobody, NULL);
      feed_bytes (bob, fixture->alice_hello, &error);
      g_assert_error (error, SPP_ERROR, SPP_ERROR_UNKNOWN_PEER);
      output = spp_handshake1_take_output (bob);
      g_assert_null (output);
    }
}

static void
test_replayed (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (GPtrArray) friends = friends_new (fixture->alice_key, NULL);
  g_autoptr (SppReplayGuard) guard = spp_replay_guard_new ();
  g_autoptr (SppHandshake1) first = NULL;
  g_autoptr (SppHandshake1) second = NULL;
  g_autoptr (GBytes) output = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A hello that has been seen is refused and gets no answer");
  first = spp_handshake1_new_responder (fixture->bob_key, NULL, friends, guard);
  feed_bytes (first, fixture->alice_hello, &error);
  g_assert_no_error (error);
  second = spp_handshake1_new_responder (fixture->bob_key, NULL, friends, guard);
  feed_bytes (second, fixture->alice_hello, &error);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_REPLAYED);
  output = spp_handshake1_take_output (second);
  g_assert_null (output);
}

static void
test_guard_bound (void)
{
  g_autoptr (SppPrivateKey) private_key = spp_private_key_generate ();
  g_autoptr (SppPrivateKey) other_key = spp_private_key_generate ();
  g_autoptr (SppReplayGuard) guard = spp_replay_guard_new ();
  SppPublicKey *peer = spp_private_key_get_public_key (private_key);
  SppPublicKey *other = spp_private_key_get_public_key (other_key);

  g_test_summary ("The last 4,096 of each friend are remembered");
  for (guint i = 0; i <= 4096; i++)
    {
      g_autoptr (GBytes) ephemeral = spp_test_payload (32, i);

      g_assert_true (spp_replay_guard_remember (guard, peer, ephemeral));
      g_assert_true (spp_replay_guard_remember (guard, other, ephemeral));
    }
  for (guint i = 1; i <= 4096; i++)
    {
      g_autoptr (GBytes) ephemeral = spp_test_payload (32, i);

      g_assert_false (spp_replay_guard_remember (guard, peer, ephemeral));
    }
  {
    g_autoptr (GBytes) oldest = spp_test_payload (32, 0);

    g_assert_true (spp_replay_guard_remember (guard, peer, oldest));
    spp_replay_guard_forget_peer (guard, peer);
    g_assert_true (spp_replay_guard_remember (guard, peer, oldest));
  }
  g_assert_finalize_object (g_steal_pointer (&guard));
}

/* --- Over a stream -------------------------------------------------------- */

typedef struct
{
  GSocketConnection *near;
  GSocketConnection *far;
  GAsyncResult      *result;
} Stream;

static void
stream_open (Stream        *stream,
             SppHandshake1 *handshake,
             guint          timeout,
             GCancellable  *cancellable)
{
  spp_test_connection_pair (&stream->near, &stream->far);
  stream->result = NULL;
  spp_test_negotiate_async (G_IO_STREAM (stream->near),
                            spp_handshake_new_spp1 (handshake,
                                                    SPP_SESSION_DEFAULT_MAX_MESSAGE_SIZE),
                            timeout, cancellable, spp_test_result_cb, &stream->result);
}

static void
stream_expect (Stream *stream,
               GQuark  domain,
               int     code)
{
  g_autoptr (GError) error = NULL;

  spp_test_await (&stream->result);
  g_assert_null (spp_test_negotiate_finish (stream->result, &error));
  g_assert_error (error, domain, code);
}

static void
stream_clear (Stream *stream)
{
  g_clear_object (&stream->result);
  g_clear_object (&stream->far);
  spp_test_await_finalize (g_steal_pointer (&stream->near));
}

/* Nothing has been written, and the stream still is open. */
static void
assert_silent (GSocketConnection *far)
{
  GSocket *socket = g_socket_connection_get_socket (far);
  char byte;
  gssize length;
  g_autoptr (GError) error = NULL;

  g_socket_set_blocking (socket, FALSE);
  length = g_socket_receive (socket, &byte, 1, NULL, &error);
  g_assert_cmpint (length, ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

static void
test_stream_truncated (Fixture       *fixture,
                       gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  g_autoptr (GPtrArray) friends = friends_new (fixture->alice_key, NULL);

  g_test_summary ("A stream that ends after any byte of the hello is an error that says so");
  for (gsize length = 0; length < SPP_HELLO_FRAME_SIZE; length++)
    {
      Stream stream;
      int code = length == 0 ? SPP_ERROR_CLOSED : SPP_ERROR_TRUNCATED;
      SppHandshake1 *bob;

      bob = initiator
            ? spp_handshake1_new_initiator (fixture->bob_key, g_ptr_array_index (friends, 0), NULL)
            : responder_new (fixture, friends);
      stream_open (&stream, bob, 60, NULL);
      spp_test_write (stream.far, g_bytes_get_data (fixture->alice_hello, NULL), length);
      g_socket_shutdown (g_socket_connection_get_socket (stream.far), FALSE, TRUE, NULL);
      stream_expect (&stream, SPP_ERROR, code);
      stream_clear (&stream);
    }
}

static void
test_stream_chunks (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (GPtrArray) friends = friends_new (fixture->alice_key, NULL);
  const guint8 *hello = g_bytes_get_data (fixture->alice_hello, NULL);

  g_test_summary ("A hello that comes in any pieces is taken, and not a byte behind it");
  for (guint round = 0; round < 50; round++)
    {
      Stream stream;
      g_autoptr (GError) error = NULL;
      g_autoptr (SppSession) done = NULL;
      guint8 behind = 0;
      gsize offset = 0;

      stream_open (&stream, responder_new (fixture, friends), 60,
                   NULL);
      while (offset < SPP_HELLO_FRAME_SIZE)
        {
          gsize wanted = g_test_rand_int_range (1, round + 2);
          gsize part = MIN (SPP_HELLO_FRAME_SIZE - offset, wanted);

          spp_test_write (stream.far, hello + offset, part);
          spp_test_settle ();
          offset += part;
        }
      spp_test_write (stream.far, (const guint8 *) "x", 1);
      spp_test_await (&stream.result);
      done = spp_test_negotiate_finish (stream.result, &error);
      g_assert_no_error (error);
      g_assert_nonnull (done);
      g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (stream.near)),
                           &behind, 1, NULL, &error);
      g_assert_cmpuint (behind, ==, 'x');
      g_clear_object (&done);
      stream_clear (&stream);
    }
}

static void
test_stream_lengths (Fixture       *fixture,
                     gconstpointer  data)
{
  static const guint64 lengths[] = {
    0, 32, 95, 97, G_GUINT64_CONSTANT (1) << 31, G_GUINT64_CONSTANT (1) << 32,
    (G_GUINT64_CONSTANT (1) << 32) + 96, G_GUINT64_CONSTANT (1) << 63, G_MAXUINT64,
  };
  g_autoptr (GPtrArray) friends = friends_new (fixture->alice_key, NULL);

  g_test_summary ("Any length but 96 ends the handshake at once");
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      Stream stream;
      guint8 header[SPP_FRAME_HEADER_SIZE];

      stream_open (&stream, responder_new (fixture, friends), 3600,
                   NULL);
      spp_frame_write_header (header, lengths[i]);
      spp_test_write (stream.far, header, sizeof header);
      stream_expect (&stream, SPP_ERROR, SPP_ERROR_FRAME_LENGTH);
      stream_clear (&stream);
    }
}

static void
test_stream_silence (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();
  g_autoptr (GPtrArray) friends = friends_new (carol, NULL);
  gint64 start = g_get_monotonic_time ();
  Stream stream;

  g_test_summary ("A stranger sees neither an answer nor an end before the deadline");
  stream_open (&stream, responder_new (fixture, friends), 1, NULL);
  spp_test_write (stream.far, g_bytes_get_data (fixture->alice_hello, NULL),
                  SPP_HELLO_FRAME_SIZE);
  while (stream.result == NULL)
    {
      assert_silent (stream.far);
      g_main_context_iteration (NULL, TRUE);
    }
  stream_expect (&stream, SPP_ERROR, SPP_ERROR_UNKNOWN_PEER);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, G_USEC_PER_SEC);
  stream_clear (&stream);
}

static void
test_stream_deadline (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (GPtrArray) friends = friends_new (fixture->alice_key, NULL);

  g_test_summary ("Who says nothing, or stops in the middle, is left at the deadline");
  for (guint i = 0; i < 2; i++)
    {
      Stream stream;

      stream_open (&stream, responder_new (fixture, friends), 1,
                   NULL);
      spp_test_write (stream.far, g_bytes_get_data (fixture->alice_hello, NULL), i * 50);
      stream_expect (&stream, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      stream_clear (&stream);
    }
}

static void
test_stream_cancelled (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();
  g_autoptr (GPtrArray) friends = friends_new (carol, NULL);

  g_test_summary ("Cancelling works after every byte, and while silent to a stranger");
  for (gsize length = 0; length <= SPP_HELLO_FRAME_SIZE; length++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      Stream stream;

      stream_open (&stream, responder_new (fixture, friends), 3600,
                   cancellable);
      spp_test_write (stream.far, g_bytes_get_data (fixture->alice_hello, NULL), length);
      spp_test_settle ();
      g_assert_null (stream.result);
      g_cancellable_cancel (cancellable);
      stream_expect (&stream, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      stream_clear (&stream);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add (path, Fixture, data, set_up, func, tear_down)
  add ("/spp/handshake/responder-waits", NULL, test_responder_waits);
  add ("/spp/handshake/finds-friend", NULL, test_finds_friend);
  add ("/spp/handshake/stranger", NULL, test_stranger);
  add ("/spp/handshake/replayed", NULL, test_replayed);
  g_test_add_func ("/spp/handshake/replay-guard/bound", test_guard_bound);
  add ("/spp/handshake/stream/truncated/initiator", GINT_TO_POINTER (TRUE),
       test_stream_truncated);
  add ("/spp/handshake/stream/truncated/responder", GINT_TO_POINTER (FALSE),
       test_stream_truncated);
  add ("/spp/handshake/stream/chunks", NULL, test_stream_chunks);
  add ("/spp/handshake/stream/lengths", NULL, test_stream_lengths);
  add ("/spp/handshake/stream/silence", NULL, test_stream_silence);
  add ("/spp/handshake/stream/deadline", NULL, test_stream_deadline);
  add ("/spp/handshake/stream/cancelled", NULL, test_stream_cancelled);
#undef add

  return g_test_run ();
}
