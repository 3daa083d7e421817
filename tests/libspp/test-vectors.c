/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-error.h"
#include "spp-test-vectors.h"

static SppHandshake1 *
make_handshake (JsonObject *vector,
                gboolean    initiator,
                const char *own,
                const char *ephemeral,
                const char *peer_private,
                const char *peer_public)
{
  g_autoptr (SppPrivateKey) own_key = spp_test_vector_private_key (vector, own);
  g_autoptr (SppPublicKey) peer = NULL;
  g_autoptr (GPtrArray) friends = NULL;
  SppHandshake1 *handshake;

  if (peer_public != NULL)
    {
      peer = spp_test_vector_public_key (vector, peer_public);
    }
  else
    {
      g_autoptr (SppPrivateKey) peer_key = spp_test_vector_private_key (vector, peer_private);

      peer = spp_test_public_key (peer_key);
    }
  friends = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
  g_ptr_array_add (friends, spp_public_key_ref (peer));
  handshake = initiator ? spp_handshake1_new_initiator (own_key, peer, NULL)
                        : spp_handshake1_new_responder (own_key, NULL, friends, NULL);
  spp_handshake1_set_ephemeral (handshake, spp_test_vector_secret (vector, ephemeral));
  return handshake;
}

/* Every frame of one direction, opened by the other end's cipher and made again
 * from its nonce. */
static void
check_frames (JsonObject       *vector,
              const char       *member,
              SppMessageCipher *receiver)
{
  JsonArray *frames = json_object_get_array_member (vector, member);
  g_autoptr (SppSecret) key = spp_test_vector_secret (vector, "session_key");

  for (guint i = 0; i < json_array_get_length (frames); i++)
    {
      JsonObject *entry = json_array_get_object_element (frames, i);
      g_autoptr (GBytes) nonce = spp_test_vector_bytes (entry, "nonce");
      g_autoptr (GBytes) payload = spp_test_vector_bytes (entry, "payload");
      g_autoptr (GBytes) frame = spp_test_vector_bytes (entry, "frame");
      gsize length = g_bytes_get_size (payload);
      g_autofree guint8 *made = g_malloc (length + SPP_MESSAGE_FRAME_OVERHEAD);
      g_autoptr (GBytes) opened = NULL;
      g_autoptr (GError) error = NULL;
      const guint8 *data = g_bytes_get_data (frame, NULL);
      gsize body_length = g_bytes_get_size (frame) - SPP_FRAME_HEADER_SIZE;

      spp_message_cipher_write_frame (made, spp_secret_get (key), g_bytes_get_data (nonce, NULL),
                                      json_object_get_int_member (entry, "seq"),
                                      g_bytes_get_data (payload, NULL), length);
      g_assert_cmpmem (made, length + SPP_MESSAGE_FRAME_OVERHEAD, data, g_bytes_get_size (frame));

      g_assert_cmpuint (spp_frame_read_header (data), ==, body_length);
      opened = spp_message_cipher_open (receiver, data + SPP_FRAME_HEADER_SIZE, body_length,
                                        &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (opened, payload);
    }
}

static void
check_hello (SppHandshake1 *handshake,
             JsonObject    *vector,
             const char    *member)
{
  g_autoptr (GBytes) hello = spp_handshake1_take_output (handshake);
  g_autoptr (GBytes) expected = spp_test_vector_bytes (vector, member);

  spp_test_assert_bytes (hello, expected);
}

static void
feed_whole (SppHandshake1 *handshake,
            JsonObject    *vector,
            const char    *member)
{
  g_autoptr (GBytes) hello = spp_test_vector_bytes (vector, member);
  g_autoptr (GError) error = NULL;
  gsize fed;

  fed = spp_test_handshake_feed (handshake, g_bytes_get_data (hello, NULL),
                                 g_bytes_get_size (hello), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fed, ==, g_bytes_get_size (hello));
  g_assert_cmpuint (spp_handshake1_get_wanted (handshake), ==, 0);
}

static void
test_session (gconstpointer data)
{
  JsonObject *vector = (JsonObject *) data;
  g_autoptr (SppHandshake1) initiator = NULL;
  g_autoptr (SppHandshake1) responder = NULL;
  g_autoptr (SppMessageCipher) initiator_cipher = NULL;
  g_autoptr (SppMessageCipher) responder_cipher = NULL;

  g_test_summary ("Both hellos, the key and every frame are those of the reference");
  initiator = make_handshake (vector, TRUE, "initiator_private", "initiator_ephemeral_private",
                              "responder_private", NULL);
  responder = make_handshake (vector, FALSE, "responder_private", "responder_ephemeral_private",
                              "initiator_private", NULL);
  check_hello (initiator, vector, "initiator_hello");
  feed_whole (responder, vector, "initiator_hello");
  check_hello (responder, vector, "responder_hello");
  feed_whole (initiator, vector, "responder_hello");

  initiator_cipher = spp_handshake1_take_cipher (initiator);
  responder_cipher = spp_handshake1_take_cipher (responder);
  check_frames (vector, "initiator_frames", responder_cipher);
  check_frames (vector, "responder_frames", initiator_cipher);
}

static void
test_key (gconstpointer data)
{
  JsonObject *vector = (JsonObject *) data;
  g_autoptr (SppSecret) ephemeral = NULL;
  g_autoptr (GBytes) hello = NULL;
  g_autoptr (GBytes) expected_shared = NULL;
  g_autoptr (GBytes) expected_key = NULL;
  const guint8 *peer;
  guint8 shared[SPP_CRYPTO_X25519_SIZE];
  guint8 key[SPP_CRYPTO_KEY_SIZE];

  g_test_summary ("The X25519 result and the derived key are those of the reference");
  ephemeral = spp_test_vector_secret (vector, "initiator_ephemeral_private");
  hello = spp_test_vector_bytes (vector, "responder_hello");
  peer = (const guint8 *) g_bytes_get_data (hello, NULL)
         + SPP_FRAME_HEADER_SIZE + SPP_CRYPTO_SIGNATURE_SIZE;
  g_assert_true (spp_crypto_x25519_agree (shared, spp_secret_get (ephemeral), peer));
  expected_shared = spp_test_vector_bytes (vector, "x25519_shared");
  g_assert_cmpmem (shared, sizeof shared, g_bytes_get_data (expected_shared, NULL),
                   g_bytes_get_size (expected_shared));
  spp_crypto_concat_kdf (key, shared);
  expected_key = spp_test_vector_bytes (vector, "session_key");
  g_assert_cmpmem (key, sizeof key, g_bytes_get_data (expected_key, NULL),
                   g_bytes_get_size (expected_key));
}

/* What of a refused stream is accepted, and which check ends it; -1 where the
 * stream only ends too early. */
static const struct { const char *prefix; int code; int accepted; } verdicts[] =
  {
    { "signed by another key", SPP_ERROR_BAD_SIGNATURE, 0 },
    { "signature bit flipped", SPP_ERROR_BAD_SIGNATURE, 0 },
    { "ephemeral bit flipped", SPP_ERROR_BAD_SIGNATURE, 0 },
    { "hello is our own, reflected", SPP_ERROR_REFLECTED, 0 },
    { "hello one byte short", SPP_ERROR_FRAME_LENGTH, 0 },
    { "hello one byte long", SPP_ERROR_FRAME_LENGTH, 0 },
    { "hello of length zero", SPP_ERROR_FRAME_LENGTH, 0 },
    { "hello of length 2^64-1", SPP_ERROR_FRAME_LENGTH, 0 },
    { "stream ends inside the hello", -1, 0 },
    { "tag bit flipped", SPP_ERROR_BAD_TAG, 0 },
    { "nonce bit flipped", SPP_ERROR_BAD_TAG, 0 },
    { "first message skipped", SPP_ERROR_BAD_SEQUENCE, 0 },
    { "first message replayed", SPP_ERROR_BAD_SEQUENCE, 1 },
    { "messages reordered", SPP_ERROR_BAD_SEQUENCE, 1 },
    { "message shorter than nonce and tag", SPP_ERROR_FRAME_LENGTH, 0 },
    { "message of length zero", SPP_ERROR_FRAME_LENGTH, 0 },
    { "message length 2^63", SPP_ERROR_MESSAGE_TOO_LARGE, 0 },
    { "stream ends inside a message", -1, 1 },
    { "our own first message reflected to us", SPP_ERROR_REFLECTED, 0 },
    { "low-order ephemeral", SPP_ERROR_WEAK_EPHEMERAL, 0 },
  };

/* The vector's frame shows the attack with the reference's nonce; here our own
 * end seals the same words, and that frame comes back. */
static void
refuse_reflected (SppMessageCipher  *cipher,
                  GError           **error)
{
  static const char words[] = "my own words";
  g_autoptr (GBytes) payload = g_bytes_new_static (words, strlen (words));
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autoptr (GBytes) opened = NULL;
  gsize length;

  g_assert_true (spp_message_cipher_seal (cipher, payload, frame, NULL));
  length = frame->len - SPP_FRAME_HEADER_SIZE;
  opened = spp_message_cipher_open (cipher, frame->data + SPP_FRAME_HEADER_SIZE, length, error);
  g_assert_null (opened);
}

static int
feed_messages (SppMessageCipher  *cipher,
               const guint8      *data,
               gsize              size,
               GError           **error)
{
  SppFrameReader reader;
  int accepted = 0;
  gsize offset = 0;
  gboolean fine = TRUE;

  spp_frame_reader_init (&reader, SPP_MESSAGE_BODY_OVERHEAD, 16 * 1024 * 1024,
                         SPP_ERROR_MESSAGE_TOO_LARGE);
  while (fine && offset < size)
    {
      gsize room, length;
      guint8 *place = spp_frame_reader_reserve (&reader, &room);
      gsize part = MIN (room, size - offset);
      guint8 *body = NULL;

      memcpy (place, data + offset, part);
      spp_frame_reader_commit (&reader, part);
      offset += part;
      while ((fine = spp_frame_reader_next (&reader, &body, &length, error)) && body != NULL)
        {
          g_autoptr (GBytes) message = spp_message_cipher_open (cipher, body, length, error);

          fine = message != NULL;
          if (!fine)
            break;
          accepted++;
        }
    }
  spp_frame_reader_clear (&reader);
  return accepted;
}

static void
test_refusal (gconstpointer data)
{
  JsonObject *vector = (JsonObject *) data;
  const char *name = json_object_get_string_member (vector, "name");
  g_autoptr (GBytes) inbound = spp_test_vector_bytes (vector, "inbound");
  g_autoptr (SppHandshake1) handshake = NULL;
  g_autoptr (SppMessageCipher) cipher = NULL;
  g_autoptr (GBytes) own_hello = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 *stream = g_bytes_get_data (inbound, NULL);
  gsize size = g_bytes_get_size (inbound);
  gsize fed;
  int accepted = 0;
  guint verdict = 0;

  g_test_summary ("A stream that must not get through ends with the check that it fails");
  while (verdict < G_N_ELEMENTS (verdicts) && !g_str_has_prefix (name, verdicts[verdict].prefix))
    verdict++;
  g_assert_cmpuint (verdict, <, G_N_ELEMENTS (verdicts));

  handshake = make_handshake (vector, TRUE, "local_private", "local_ephemeral_private",
                              NULL, "peer_public");
  own_hello = spp_handshake1_take_output (handshake);
  fed = spp_test_handshake_feed (handshake, stream, size, &error);
  if (error == NULL && spp_handshake1_get_wanted (handshake) == 0)
    {
      cipher = spp_handshake1_take_cipher (handshake);
      if (verdicts[verdict].code == SPP_ERROR_REFLECTED)
        refuse_reflected (cipher, &error);
      else
        accepted = feed_messages (cipher, stream + fed, size - fed, &error);
    }

  if (verdicts[verdict].code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, SPP_ERROR, verdicts[verdict].code);
  g_assert_cmpint (accepted, ==, verdicts[verdict].accepted);
}

static void
add_cases (JsonParser    *parser,
           const char    *member,
           const char    *path,
           GTestDataFunc  func)
{
  JsonArray *array = spp_test_vectors_get (parser, member);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *vector = json_array_get_object_element (array, i);
      g_autofree char *full = NULL;

      full = g_strdup_printf ("%s/%s", path, json_object_get_string_member (vector, "name"));
      g_strdelimit (full, " ", '-');
      g_test_add_data_func (full, vector, func);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (JsonParser) parser = NULL;

  g_test_init (&argc, &argv, NULL);

  parser = spp_test_vectors_load ("spp1.json");
  add_cases (parser, "sessions", "/spp/vectors/sessions", test_session);
  add_cases (parser, "sessions", "/spp/vectors/keys", test_key);
  add_cases (parser, "refusals", "/spp/vectors/refusals", test_refusal);

  return g_test_run ();
}
