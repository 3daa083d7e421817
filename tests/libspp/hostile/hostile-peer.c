/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-peer.h"

#include <string.h>
#include <sys/socket.h>

#include "spp-private-key-private.h"
#include "spp-test-utils.h"

#define SEQUENCE_SIZE 8

HostilePeer *
hostile_peer_new (GSocketConnection *connection,
                  SppPrivateKey     *key)
{
  HostilePeer *self = g_new0 (HostilePeer, 1);

  self->connection = connection;
  self->key = spp_private_key_ref (key);
  for (guint i = 0; i < sizeof self->ephemeral; i++)
    self->ephemeral[i] = g_random_int_range (0, 256);
  return self;
}

HostilePeer *
hostile_peer_new_calling (const char    *source,
                          guint16        port,
                          SppPrivateKey *key)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (source, 0);
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  g_socket_client_set_local_address (client, local);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  return hostile_peer_new (connection, key);
}

void
hostile_peer_free (HostilePeer *self)
{
  g_object_unref (self->connection);
  spp_private_key_unref (self->key);
  g_free (self);
}

static GSocket *
get_socket (HostilePeer *self)
{
  return g_socket_connection_get_socket (self->connection);
}

static void
write_u64 (guint8  bytes[8],
           guint64 number)
{
  guint64 little_endian = GUINT64_TO_LE (number);

  memcpy (bytes, &little_endian, sizeof little_endian);
}

static guint64
read_u64 (const guint8 bytes[8])
{
  guint64 little_endian;

  memcpy (&little_endian, bytes, sizeof little_endian);
  return GUINT64_FROM_LE (little_endian);
}

void
hostile_peer_make_hello (HostilePeer *self,
                         guint8       hello[HOSTILE_HELLO_SIZE])
{
  guint8 *signature = hello + HOSTILE_HEADER_SIZE;
  guint8 *public_key = signature + SPP_CRYPTO_SIGNATURE_SIZE;

  write_u64 (hello, HOSTILE_HELLO_SIZE - HOSTILE_HEADER_SIZE);
  spp_crypto_x25519_public (public_key, self->ephemeral);
  spp_private_key_sign (self->key, signature, public_key, SPP_CRYPTO_X25519_SIZE);
}

void
hostile_peer_agree (HostilePeer  *self,
                    const guint8  hello[HOSTILE_HELLO_SIZE])
{
  const guint8 *peer = hello + HOSTILE_HEADER_SIZE + SPP_CRYPTO_SIGNATURE_SIZE;
  guint8 shared[SPP_CRYPTO_X25519_SIZE];

  g_assert_cmpuint (read_u64 (hello), ==, HOSTILE_HELLO_SIZE - HOSTILE_HEADER_SIZE);
  g_assert_true (spp_crypto_x25519_agree (shared, self->ephemeral, peer));
  spp_crypto_concat_kdf (self->session_key, shared);
}

GByteArray *
hostile_peer_seal (HostilePeer *self,
                   GBytes      *payload)
{
  gsize length = g_bytes_get_size (payload);
  GByteArray *frame = g_byte_array_sized_new (HOSTILE_MESSAGE_SIZE (length));
  guint8 *nonce, *plain;

  g_byte_array_set_size (frame, HOSTILE_MESSAGE_SIZE (length));
  nonce = frame->data + HOSTILE_HEADER_SIZE;
  plain = nonce + SPP_CRYPTO_NONCE_SIZE;
  write_u64 (frame->data, HOSTILE_MESSAGE_SIZE (length) - HOSTILE_HEADER_SIZE);
  for (guint i = 0; i < SPP_CRYPTO_NONCE_SIZE; i++)
    nonce[i] = g_random_int_range (0, 256);
  write_u64 (plain, ++self->sent);
  if (length > 0)
    memcpy (plain + SEQUENCE_SIZE, g_bytes_get_data (payload, NULL), length);
  spp_crypto_seal (plain, plain, SEQUENCE_SIZE + length, nonce, self->session_key);
  return frame;
}

GBytes *
hostile_peer_open (HostilePeer  *self,
                   const guint8 *frame,
                   gsize         size)
{
  const guint8 *nonce = frame + HOSTILE_HEADER_SIZE;
  gsize sealed_size = size - HOSTILE_HEADER_SIZE - SPP_CRYPTO_NONCE_SIZE;
  g_autofree guint8 *plain = g_malloc (sealed_size);

  g_assert_cmpuint (size, >=, HOSTILE_MESSAGE_SIZE (0));
  g_assert_true (spp_crypto_open (plain, nonce + SPP_CRYPTO_NONCE_SIZE, sealed_size,
                                  nonce, self->session_key));
  g_assert_cmpuint (read_u64 (plain), ==, ++self->received);
  return g_bytes_new (plain + SEQUENCE_SIZE, size - HOSTILE_MESSAGE_SIZE (0));
}

void
hostile_peer_write (HostilePeer  *self,
                    const guint8 *data,
                    gsize         size)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)),
                             data, size, NULL, NULL, &error);
  g_assert_no_error (error);
}

void
hostile_peer_write_header (HostilePeer *self,
                           guint64      length)
{
  guint8 header[HOSTILE_HEADER_SIZE];

  write_u64 (header, length);
  hostile_peer_write (self, header, sizeof header);
}

gsize
hostile_peer_read (HostilePeer *self,
                   guint8      *buffer,
                   gsize        size)
{
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));
  gsize filled = 0;

  while (filled < size)
    {
      g_autoptr (GAsyncResult) result = NULL;
      gssize length;

      g_input_stream_read_async (input, buffer + filled, size - filled, G_PRIORITY_DEFAULT,
                                 NULL, spp_test_result_cb, &result);
      spp_test_await (&result);
      length = g_input_stream_read_finish (input, result, NULL);
      if (length <= 0)
        break;
      filled += length;
    }
  return filled;
}

GByteArray *
hostile_peer_read_frame (HostilePeer *self)
{
  GByteArray *frame = g_byte_array_new ();
  gsize length;

  g_byte_array_set_size (frame, HOSTILE_HEADER_SIZE);
  g_assert_cmpuint (hostile_peer_read (self, frame->data, HOSTILE_HEADER_SIZE), ==,
                    HOSTILE_HEADER_SIZE);
  length = read_u64 (frame->data);
  g_byte_array_set_size (frame, HOSTILE_HEADER_SIZE + length);
  g_assert_cmpuint (hostile_peer_read (self, frame->data + HOSTILE_HEADER_SIZE, length), ==,
                    length);
  return frame;
}

gboolean
hostile_peer_is_cut_off (HostilePeer *self)
{
  g_autoptr (GError) error = NULL;
  char bytes[HOSTILE_HELLO_SIZE];
  gssize length;

  g_socket_set_blocking (get_socket (self), FALSE);
  do
    length = g_socket_receive (get_socket (self), bytes, sizeof bytes, NULL, &error);
  while (length > 0);
  g_socket_set_blocking (get_socket (self), TRUE);
  return length == 0 || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
}

void
hostile_peer_expect_end (HostilePeer *self)
{
  guint8 byte;

  g_assert_cmpuint (hostile_peer_read (self, &byte, 1), ==, 0);
}

void
hostile_peer_half_close (HostilePeer *self)
{
  g_autoptr (GError) error = NULL;

  g_socket_shutdown (get_socket (self), FALSE, TRUE, &error);
  g_assert_no_error (error);
}

void
hostile_peer_close (HostilePeer *self)
{
  g_autoptr (GError) error = NULL;

  g_io_stream_close (G_IO_STREAM (self->connection), NULL, &error);
  g_assert_no_error (error);
}

void
hostile_peer_reset (HostilePeer *self)
{
  struct linger at_once = { 1, 0 };

  g_assert_no_errno (setsockopt (g_socket_get_fd (get_socket (self)), SOL_SOCKET, SO_LINGER,
                                 &at_once, sizeof at_once));
  hostile_peer_close (self);
}
