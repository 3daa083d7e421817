/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* The known answers of SPP/2, to the byte. Where ML-KEM is, the responder's part
 * is random, so that only the initiator is one of ours. */

#include <string.h>

#include "spp-crypto-private.h"
#include "spp-handshake2-private.h"
#include "spp-kem-private.h"
#include "spp-test-vectors.h"

#define LONG_MESSAGE_SIZE (300 * 256)

static gboolean kem_available;

gboolean __real_spp_kem_is_available (void);
gboolean __wrap_spp_kem_is_available (void);

gboolean
__wrap_spp_kem_is_available (void)
{
  return kem_available;
}

typedef struct
{
  JsonObject      *vector;
  gboolean         post_quantum;
  SppPublicKey    *init_public;
  SppHandshake2   *init_handshake;
  SppHandshake2   *resp_handshake;   /* NULL with ML-KEM, as the layer below */
  SppRecordLayer  *initiator;
  SppRecordLayer  *responder;
  guint            rekeys;
  guint8          *long_message;
  gsize            long_offset;
} Replay;

static GBytes *
get_bytes_at (JsonObject *vector,
              const char *member,
              guint       index)
{
  JsonArray *array = json_object_get_array_member (vector, member);

  return spp_test_bytes_from_hex (json_array_get_string_element (array, index));
}

static SppSecret *
get_secret_at (JsonObject *vector,
               const char *member,
               guint       index)
{
  g_autoptr (GBytes) bytes = get_bytes_at (vector, member, index);

  return spp_secret_new_copy (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* @expected: in hexadecimal, or the SHA-256 of what is too long to be written. */
static void
assert_matches (gconstpointer  data,
                gsize          size,
                const char    *expected)
{
  g_autoptr (GBytes) bytes = NULL;

  if (g_str_has_prefix (expected, "sha256:"))
    {
      g_autofree char *digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, size);

      g_assert_cmpstr (digest, ==, expected + strlen ("sha256:"));
      return;
    }
  bytes = spp_test_bytes_from_hex (expected);
  g_assert_cmpmem (data, size, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static SppPublicKey *
find_initiator (const guint8 *raw,
                SppPeerFlags *flags,
                gpointer      user_data)
{
  Replay *replay = user_data;
  GBytes *key = spp_public_key_get_bytes (replay->init_public);

  g_assert_cmpmem (raw, SPP_PUBLIC_KEY_SIZE, g_bytes_get_data (key, NULL), SPP_PUBLIC_KEY_SIZE);
  *flags = SPP_PEER_FLAGS_NONE;
  return replay->init_public;
}

static void
set_up (Replay     *replay,
        JsonObject *vector)
{
  g_autoptr (SppPrivateKey) init_key = spp_test_vector_private_key (vector, "init_seed");
  g_autoptr (SppPrivateKey) resp_key = spp_test_vector_private_key (vector, "resp_seed");

  memset (replay, 0, sizeof *replay);
  replay->vector = vector;
  replay->post_quantum = json_object_get_int_member (vector, "features") != 0;
  kem_available = replay->post_quantum;
  replay->init_public = spp_test_vector_public_key (vector, "init_ed25519");
  replay->init_handshake =
    spp_handshake2_new_initiator (init_key, spp_private_key_get_public_key (resp_key),
                                  SPP_PEER_FLAGS_NONE,
                                  json_object_get_int_member (vector, "init_max_message"));
  spp_handshake2_set_ephemeral (replay->init_handshake,
                                get_secret_at (vector, "init_ephemerals", 0));
  if (!replay->post_quantum)
    {
      replay->resp_handshake =
        spp_handshake2_new_responder (resp_key, find_initiator, replay,
                                      json_object_get_int_member (vector, "resp_max_message"));
      spp_handshake2_set_ephemeral (replay->resp_handshake,
                                    get_secret_at (vector, "resp_ephemerals", 0));
    }
  replay->long_message = g_malloc (LONG_MESSAGE_SIZE);
  for (gsize i = 0; i < LONG_MESSAGE_SIZE; i++)
    replay->long_message[i] = i & 0xff;
}

static void
tear_down (Replay *replay)
{
  g_clear_pointer (&replay->init_handshake, spp_handshake2_free);
  g_clear_pointer (&replay->resp_handshake, spp_handshake2_free);
  g_clear_pointer (&replay->initiator, spp_record_layer_free);
  g_clear_pointer (&replay->responder, spp_record_layer_free);
  spp_public_key_unref (replay->init_public);
  g_free (replay->long_message);
}

static void
feed (SppHandshake2 *handshake,
      GBytes        *frame)
{
  gsize size, offset = 0;
  const guint8 *data = g_bytes_get_data (frame, &size);
  g_autoptr (GError) error = NULL;

  while (offset < size)
    {
      gsize part = MIN (spp_handshake2_get_wanted (handshake), size - offset);

      g_assert_cmpuint (part, >, 0);
      g_assert_true (spp_handshake2_feed (handshake, data + offset, part, 0, &error));
      g_assert_no_error (error);
      offset += part;
    }
}

static void
expect_output (SppHandshake2 *handshake,
               GBytes        *expected)
{
  g_autoptr (GBytes) output = NULL;

  if (handshake == NULL)
    return;
  output = spp_handshake2_take_output (handshake);
  g_assert_nonnull (output);
  spp_test_assert_bytes (output, expected);
}

static void
replay_handshake (Replay *replay)
{
  g_autoptr (GBytes) message1 = get_bytes_at (replay->vector, "frames", 0);
  g_autoptr (GBytes) message2 = get_bytes_at (replay->vector, "frames", 1);
  g_autoptr (GBytes) message3 = get_bytes_at (replay->vector, "frames", 2);
  JsonArray *records = json_object_get_array_member (replay->vector, "records");
  JsonObject *first = json_array_get_object_element (records, 0);
  g_autoptr (GBytes) hello = spp_test_vector_bytes (first, "frame");
  const char *hash = json_object_get_string_member (replay->vector, "handshake_hash");

  expect_output (replay->init_handshake, message1);
  if (replay->resp_handshake != NULL)
    feed (replay->resp_handshake, message1);
  expect_output (replay->resp_handshake, message2);
  feed (replay->init_handshake, message2);
  expect_output (replay->init_handshake, message3);
  if (replay->resp_handshake != NULL)
    feed (replay->resp_handshake, message3);
  expect_output (replay->resp_handshake, hello);
  feed (replay->init_handshake, hello);

  g_assert_cmpuint (spp_handshake2_get_wanted (replay->init_handshake), ==, 0);
  replay->initiator = spp_handshake2_take_layer (replay->init_handshake);
  assert_matches (spp_record_layer_get_channel_binding (replay->initiator),
                  SPP_CRYPTO_DIGEST_SIZE, hash);
  g_assert_cmpuint (spp_record_layer_get_terms (replay->initiator)->max_outgoing, ==,
                    json_object_get_int_member (replay->vector, "resp_max_message"));
  if (replay->resp_handshake == NULL)
    return;
  replay->responder = spp_handshake2_take_layer (replay->resp_handshake);
  assert_matches (spp_record_layer_get_channel_binding (replay->responder),
                  SPP_CRYPTO_DIGEST_SIZE, hash);
  g_assert_cmpuint (spp_record_layer_get_terms (replay->responder)->max_outgoing, ==,
                    json_object_get_int_member (replay->vector, "init_max_message"));
}

/* What a body is: bytes, or the next part of the long message. */
static GBytes *
get_body (Replay     *replay,
          JsonObject *record)
{
  const char *body = json_object_get_string_member (record, "body");
  gsize size;

  if (!g_str_has_prefix (body, "sha256:"))
    return spp_test_bytes_from_hex (body);
  size = MIN (SPP_RECORD_MAX_BODY_SIZE, LONG_MESSAGE_SIZE - replay->long_offset);
  replay->long_offset += size;
  return g_bytes_new (replay->long_message + replay->long_offset - size, size);
}

static void
seal_next (Replay         *replay,
           SppRecordLayer *sender,
           SppRecordType   type,
           GBytes         *body,
           GByteArray     *output)
{
  g_autoptr (GError) error = NULL;
  SppSecret *kem_seed = NULL;

  if (type == SPP_RECORD_REKEY)
    {
      replay->rekeys++;
      if (replay->post_quantum)
        kem_seed = get_secret_at (replay->vector, "init_kem_seeds", replay->rekeys - 1);
      spp_record_layer_set_secrets (sender, get_secret_at (replay->vector, "init_ephemerals",
                                                           replay->rekeys), kem_seed);
      if (replay->responder != NULL)
        spp_record_layer_set_secrets (replay->responder,
                                      get_secret_at (replay->vector, "resp_ephemerals",
                                                     replay->rekeys), NULL);
      g_assert_true (spp_record_layer_rekey (sender, output, &error));
      g_assert_false (spp_record_layer_may_send (sender));
    }
  else if (type == SPP_RECORD_REKEY_ACK)
    {
      g_assert_true (spp_record_layer_has_answer (sender));
      spp_record_layer_take_answer (sender, output);
    }
  else
    {
      g_assert_true (spp_record_layer_seal (sender, type, g_bytes_get_data (body, NULL),
                                            g_bytes_get_size (body), output, &error));
    }
  g_assert_no_error (error);
}

static void
open_next (SppRecordLayer *receiver,
           SppRecordType   type,
           const char     *expected_body,
           GByteArray     *frame)
{
  g_autoptr (GError) error = NULL;
  SppRecord record;

  g_assert_true (spp_record_layer_open (receiver, &record, frame->data + SPP_FRAME_HEADER_SIZE,
                                        frame->len - SPP_FRAME_HEADER_SIZE, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpint (record.type, ==, type);
  assert_matches (record.body, record.length, expected_body);
}

static void
replay_record (Replay     *replay,
               JsonObject *record)
{
  gboolean from_initiator = g_str_equal (json_object_get_string_member (record, "dir"), "ir");
  SppRecordLayer *sender = from_initiator ? replay->initiator : replay->responder;
  SppRecordLayer *receiver = from_initiator ? replay->responder : replay->initiator;
  SppRecordType type = json_object_get_int_member (record, "type");
  const char *body_text = json_object_get_string_member (record, "body");
  const char *frame_text = json_object_get_string_member (record, "frame");
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autoptr (GBytes) body = get_body (replay, record);
  g_autoptr (GBytes) known = NULL;

  if (sender != NULL)
    {
      seal_next (replay, sender, type, body, frame);
      assert_matches (frame->data, frame->len, frame_text);
      g_assert_cmpuint (frame->len, ==, SPP_FRAME_HEADER_SIZE + SPP_CRYPTO_TAG_SIZE
                                        + json_object_get_int_member (record, "plain_len"));
    }
  else
    {
      known = spp_test_bytes_from_hex (frame_text);
      g_byte_array_append (frame, g_bytes_get_data (known, NULL), g_bytes_get_size (known));
    }
  if (receiver != NULL)
    open_next (receiver, type, body_text, frame);
}

static void
test_vector (gconstpointer data)
{
  JsonObject *vector = (JsonObject *) data;
  JsonArray *records = json_object_get_array_member (vector, "records");
  Replay replay;

  if (json_object_get_int_member (vector, "features") != 0 && !__real_spp_kem_is_available ())
    {
      g_test_skip ("this libsodium has no ML-KEM");
      return;
    }

  set_up (&replay, vector);
  replay_handshake (&replay);
  for (guint i = 1; i < json_array_get_length (records); i++)
    replay_record (&replay, json_array_get_object_element (records, i));
  g_assert_cmpuint (replay.rekeys, ==,
                    json_array_get_length (json_object_get_array_member (vector, "epochs")));
  g_assert_cmpuint (spp_record_layer_get_rekeys (replay.initiator), ==, replay.rekeys);
  g_assert_true (spp_record_layer_is_close_sent (replay.initiator));
  g_assert_true (spp_record_layer_is_close_received (replay.initiator));
  tear_down (&replay);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (JsonParser) parser = NULL;
  JsonArray *vectors;

  g_test_init (&argc, &argv, NULL);

  parser = spp_test_vectors_load ("spp2.json");
  vectors = spp_test_vectors_get (parser, "vectors");
  for (guint i = 0; i < json_array_get_length (vectors); i++)
    {
      JsonObject *vector = json_array_get_object_element (vectors, i);
      g_autofree char *path = g_strdup_printf ("/spp/vectors2/%u-%s", i,
                                               json_object_get_int_member (vector, "features")
                                                 ? "ml-kem-768" : "classical");

      g_test_add_data_func (path, vector, test_vector);
    }

  return g_test_run ();
}
