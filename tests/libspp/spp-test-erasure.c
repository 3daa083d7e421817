/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-test-erasure.h"

#include <string.h>

#include "spp-private-key-private.h"
#include "spp-client-private.h"
#include "spp-test-memory.h"

/* What the library makes of random bytes are secrets, all of them. Both
 * directions are known by these names; the first is always the ephemeral. */
static const char *const random_names[] = { "ephemeral", "random 2", "random 3", "random 4" };
static gboolean collecting;
static guint n_random;

/* Comes in between each call of the library's own random function. */
void __real_spp_crypto_random (guint8 *bytes,
                               gsize   size);
void __wrap_spp_crypto_random (guint8 *bytes,
                               gsize   size);

void
__wrap_spp_crypto_random (guint8 *bytes,
                          gsize   size)
{
  __real_spp_crypto_random (bytes, size);
  if (!collecting)
    return;
  g_assert_cmpuint (n_random, <, G_N_ELEMENTS (random_names));
  spp_test_memory_add (random_names[n_random++], bytes, size);
}

void
spp_test_erasure_collect (gboolean collect)
{
  collecting = collect;
}

guint
spp_test_erasure_count_random (void)
{
  return n_random;
}

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  SppTestErasure *self = user_data;

  g_assert_null (self->session);
  self->session = g_object_ref (session);
}

void
spp_test_erasure_set_up (SppTestErasure *self,
                         gconstpointer   data)
{
  collecting = FALSE;
  n_random = 0;
  spp_test_memory_forget_all ();
  self->alice_key = spp_private_key_generate ();
  self->bob_key = spp_private_key_generate ();
  self->ephemeral = spp_secret_new_random (SPP_CRYPTO_X25519_SIZE);
  self->client = spp_client_new (self->bob_key);
  self->service = spp_service_new (self->bob_key);
  spp_service_add_peer (self->service, spp_private_key_get_public_key (self->alice_key));
  spp_service_set_peer_flags (self->service, spp_private_key_get_public_key (self->alice_key),
                              SPP_PEER_FLAGS_ALLOW_SPP1);
  spp_client_speak_only_spp1 (self->client);
  g_signal_connect (self->service, "session", G_CALLBACK (on_session), self);
  spp_test_connection_pair (&self->raw, &self->stream);
  collecting = TRUE;
}

void
spp_test_erasure_tear_down (SppTestErasure *self,
                            gconstpointer   data)
{
  if (self->session != NULL)
    {
      spp_test_close (self->session);
      spp_test_await_finalize (self->session);
    }
  g_clear_pointer (&self->ephemeral, spp_secret_free);
  g_clear_object (&self->result);
  g_clear_object (&self->stream);
  g_clear_object (&self->raw);
  if (self->service != NULL)
    spp_test_await_finalize (self->service);
  spp_test_await_finalize (self->client);
  g_clear_pointer (&self->alice_key, spp_private_key_unref);
  g_clear_pointer (&self->bob_key, spp_private_key_unref);
}

gsize
spp_test_erasure_await_bytes (SppTestErasure *self,
                              guint8         *bytes,
                              gsize           size)
{
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (self->raw));
  g_autoptr (GAsyncResult) result = NULL;
  gsize length = 0;

  g_input_stream_read_all_async (stream, bytes, size, G_PRIORITY_DEFAULT, NULL,
                                 spp_test_result_cb, &result);
  spp_test_await (&result);
  g_input_stream_read_all_finish (stream, result, &length, NULL);
  return length;
}

SppPrivateKey *
spp_test_erasure_make_key (void)
{
  gboolean collected = collecting;
  SppPrivateKey *key;

  collecting = FALSE;
  key = spp_private_key_generate ();
  collecting = collected;
  return key;
}

GBytes *
spp_test_erasure_make_hello_with (SppPrivateKey *signer,
                                  const guint8  *ephemeral_public)
{
  guint8 frame[SPP_HELLO_FRAME_SIZE];
  guint8 *signature = frame + SPP_FRAME_HEADER_SIZE;

  spp_frame_write_header (frame, SPP_HELLO_SIZE);
  spp_private_key_sign (signer, signature, ephemeral_public, SPP_CRYPTO_X25519_SIZE);
  memcpy (signature + SPP_CRYPTO_SIGNATURE_SIZE, ephemeral_public, SPP_CRYPTO_X25519_SIZE);
  return g_bytes_new (frame, sizeof frame);
}

GBytes *
spp_test_erasure_make_hello (SppTestErasure *self,
                             SppPrivateKey  *signer)
{
  guint8 ephemeral_public[SPP_CRYPTO_X25519_SIZE];

  spp_crypto_x25519_public (ephemeral_public, spp_secret_get (self->ephemeral));
  return spp_test_erasure_make_hello_with (signer, ephemeral_public);
}

void
spp_test_erasure_say_hello (SppTestErasure *self,
                            SppPrivateKey  *signer)
{
  g_autoptr (GBytes) hello = spp_test_erasure_make_hello (self, signer);

  spp_test_write (self->raw, g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
}

void
spp_test_erasure_learn_keys (SppTestErasure *self,
                             const guint8   *bob_ephemeral_public)
{
  g_autoptr (SppSecret) shared = spp_secret_new (SPP_CRYPTO_X25519_SIZE);
  g_autoptr (SppSecret) key = spp_secret_new (SPP_CRYPTO_KEY_SIZE);

  g_assert_true (spp_crypto_x25519_agree (spp_secret_get (shared),
                                          spp_secret_get (self->ephemeral),
                                          bob_ephemeral_public));
  spp_crypto_concat_kdf (spp_secret_get (key), spp_secret_get (shared));
  spp_test_memory_add ("shared secret", spp_secret_get (shared), SPP_CRYPTO_X25519_SIZE);
  spp_test_memory_add ("session key", spp_secret_get (key), SPP_CRYPTO_KEY_SIZE);
  g_clear_pointer (&self->ephemeral, spp_secret_free);
}

void
spp_test_erasure_call (SppTestErasure *self,
                       GCancellable   *cancellable)
{
  spp_client_negotiate_async (self->client, G_IO_STREAM (self->stream),
                              spp_private_key_get_public_key (self->alice_key),
                              cancellable, spp_test_result_cb, &self->result);
  g_clear_object (&self->stream);
}

void
spp_test_erasure_take_call (SppTestErasure *self)
{
  spp_service_negotiate (self->service, G_IO_STREAM (self->stream));
  g_clear_object (&self->stream);
}

void
spp_test_erasure_begin_as_initiator (SppTestErasure *self)
{
  guint8 hello[SPP_HELLO_FRAME_SIZE];
  g_autoptr (GError) error = NULL;

  spp_test_erasure_call (self, NULL);
  g_assert_cmpuint (spp_test_erasure_await_bytes (self, hello, sizeof hello), ==,
                    sizeof hello);
  spp_test_memory_search ();
  spp_test_memory_assert_found ("ephemeral");

  spp_test_erasure_say_hello (self, self->alice_key);
  spp_test_await (&self->result);
  self->session = spp_client_negotiate_finish (self->client, self->result, &error);
  g_assert_no_error (error);
  g_clear_object (&self->result);
  spp_test_erasure_learn_keys (self, hello + SPP_TEST_ERASURE_EPHEMERAL_AT);
}

void
spp_test_erasure_begin_as_responder (SppTestErasure *self)
{
  guint8 hello[SPP_HELLO_FRAME_SIZE];

  spp_test_erasure_take_call (self);
  spp_test_erasure_say_hello (self, self->alice_key);
  g_assert_cmpuint (spp_test_erasure_await_bytes (self, hello, sizeof hello), ==,
                    sizeof hello);
  while (self->session == NULL)
    g_main_context_iteration (NULL, TRUE);
  spp_test_erasure_learn_keys (self, hello + SPP_TEST_ERASURE_EPHEMERAL_AT);
}

void
spp_test_erasure_make_message (SppTestErasure *self,
                               guint8         *frame)
{
  g_autoptr (SppSecret) key = spp_secret_new (SPP_CRYPTO_KEY_SIZE);
  g_autoptr (GBytes) payload = spp_test_payload (SPP_TEST_ERASURE_PAYLOAD_SIZE, 1);
  guint8 nonce[SPP_CRYPTO_NONCE_SIZE] = { ++self->sent };

  spp_test_memory_reveal ("session key", spp_secret_get (key));
  spp_message_cipher_write_frame (frame, spp_secret_get (key), nonce, self->sent,
                                  g_bytes_get_data (payload, NULL), SPP_TEST_ERASURE_PAYLOAD_SIZE);
}

void
spp_test_erasure_exchange (SppTestErasure *self)
{
  g_autoptr (GBytes) payload = spp_test_payload (SPP_TEST_ERASURE_PAYLOAD_SIZE, 1);
  guint8 frame[SPP_TEST_ERASURE_FRAME_SIZE];

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GBytes) received = NULL;
      g_autoptr (GError) error = NULL;

      spp_test_erasure_make_message (self, frame);
      spp_test_write (self->raw, frame, sizeof frame);
      received = spp_test_receive (self->session, &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (received, payload);
      g_assert_true (spp_test_send (self->session, payload, &error));
      g_assert_cmpuint (spp_test_erasure_await_bytes (self, frame, sizeof frame), ==,
                        sizeof frame);
    }
}
