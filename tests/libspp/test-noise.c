/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* The generic part of SPP/2's handshake against known answers for the patterns
 * that everybody has. */

#include <string.h>

#include "spp-error.h"
#include "spp-noise-private.h"
#include "spp-test-vectors.h"

#define E  SPP_NOISE_E
#define S  SPP_NOISE_S
#define EE SPP_NOISE_EE
#define ES SPP_NOISE_ES
#define SE SPP_NOISE_SE
#define SS SPP_NOISE_SS

#define NAME(pattern) "Noise_" pattern "_25519_ChaChaPoly_SHA256"

static const SppNoisePattern patterns[] = {
  { NAME ("NN"), FALSE, FALSE, { { E }, { E, EE } } },
  { NAME ("KN"), TRUE, FALSE, { { E }, { E, EE, SE } } },
  { NAME ("NK"), FALSE, TRUE, { { E, ES }, { E, EE } } },
  { NAME ("KK"), TRUE, TRUE, { { E, ES, SS }, { E, EE, SE } } },
  { NAME ("NX"), FALSE, FALSE, { { E }, { E, EE, S, ES } } },
  { NAME ("KX"), TRUE, FALSE, { { E }, { E, EE, SE, S, ES } } },
  { NAME ("XN"), FALSE, FALSE, { { E }, { E, EE }, { S, SE } } },
  { NAME ("IN"), FALSE, FALSE, { { E, S }, { E, EE, SE } } },
  { NAME ("XK"), FALSE, TRUE, { { E, ES }, { E, EE }, { S, SE } } },
  { NAME ("IK"), FALSE, TRUE, { { E, ES, S, SS }, { E, EE, SE } } },
  { NAME ("XX"), FALSE, FALSE, { { E }, { E, EE, S, ES }, { S, SE } } },
  { NAME ("IX"), FALSE, FALSE, { { E, S }, { E, EE, SE, S, ES } } },
  { NAME ("X1K"), FALSE, TRUE, { { E, ES }, { E, EE }, { S }, { SE } } },
  { NAME ("XK1"), FALSE, TRUE, { { E }, { E, EE, ES }, { S, SE } } },
  { NAME ("X1K1"), FALSE, TRUE, { { E }, { E, EE, ES }, { S }, { SE } } },
};

static JsonParser *parser;

static JsonObject *
find_vector (const char *protocol_name)
{
  JsonArray *vectors = spp_test_vectors_get (parser, "vectors");

  for (guint i = 0; i < json_array_get_length (vectors); i++)
    {
      JsonObject *vector = json_array_get_object_element (vectors, i);

      if (g_str_equal (json_object_get_string_member (vector, "protocol_name"), protocol_name))
        return vector;
    }
  g_assert_not_reached ();
}

static SppNoise *
noise_new (const SppNoisePattern *pattern,
           JsonObject            *vector,
           gboolean               initiator)
{
  const char *role = initiator ? "init" : "resp";
  g_autofree char *prologue_name = g_strconcat (role, "_prologue", NULL);
  g_autofree char *ephemeral_name = g_strconcat (role, "_ephemeral", NULL);
  g_autofree char *static_name = g_strconcat (role, "_static", NULL);
  g_autofree char *remote_name = g_strconcat (role, "_remote_static", NULL);
  g_autoptr (GBytes) prologue = spp_test_vector_bytes (vector, prologue_name);
  g_autoptr (GBytes) remote = NULL;
  SppSecret *own_static = NULL;
  guint8 own_public[SPP_CRYPTO_X25519_SIZE];
  SppNoise *noise;

  if (json_object_has_member (vector, static_name))
    {
      own_static = spp_test_vector_secret (vector, static_name);
      spp_crypto_x25519_public (own_public, spp_secret_get (own_static));
    }
  if (json_object_has_member (vector, remote_name))
    remote = spp_test_vector_bytes (vector, remote_name);
  noise = spp_noise_new (pattern, initiator, g_bytes_get_data (prologue, NULL),
                         g_bytes_get_size (prologue), own_static, own_public,
                         remote != NULL ? g_bytes_get_data (remote, NULL) : NULL);
  spp_noise_set_ephemeral (noise, spp_test_vector_secret (vector, ephemeral_name));
  return noise;
}

typedef struct
{
  GBytes *payload;
  GBytes *ciphertext;
} Message;

static Message
get_message (JsonObject *vector,
             guint       index)
{
  JsonObject *object =
    json_array_get_object_element (json_object_get_array_member (vector, "messages"), index);

  return (Message) {
    spp_test_vector_bytes (object, "payload"),
    spp_test_vector_bytes (object, "ciphertext"),
  };
}

static void
clear_message (Message *message)
{
  g_bytes_unref (message->payload);
  g_bytes_unref (message->ciphertext);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Message, clear_message)

static void
assert_equal (gconstpointer  data,
              gsize          size,
              GBytes        *expected)
{
  g_assert_cmpmem (data, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static void
exchange (SppNoise *writer,
          SppNoise *reader,
          Message  *message)
{
  gsize length = g_bytes_get_size (message->payload);
  gsize overhead = spp_noise_get_overhead (writer);
  g_autofree guint8 *sealed = g_malloc (overhead + length);
  g_autofree guint8 *opened = g_malloc (length + 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (overhead, ==, spp_noise_get_overhead (reader));
  g_assert_false (spp_noise_is_writing (reader));
  g_assert_true (spp_noise_write (writer, sealed, g_bytes_get_data (message->payload, NULL),
                                  length, &error));
  g_assert_no_error (error);
  assert_equal (sealed, overhead + length, message->ciphertext);
  g_assert_true (spp_noise_read (reader, opened, sealed, overhead + length, &error));
  g_assert_no_error (error);
  assert_equal (opened, length, message->payload);
}

/* What follows the handshake shows that the keys are right. */
static void
check_transport (const guint8 *key,
                 guint64       counter,
                 Message      *message)
{
  gsize length = g_bytes_get_size (message->payload);
  g_autofree guint8 *sealed = g_malloc (length + SPP_CRYPTO_TAG_SIZE);

  spp_crypto_noise_seal (sealed, g_bytes_get_data (message->payload, NULL), length, NULL, 0,
                         counter, key);
  assert_equal (sealed, length + SPP_CRYPTO_TAG_SIZE, message->ciphertext);
}

static void
test_pattern (gconstpointer data)
{
  const SppNoisePattern *pattern = data;
  JsonObject *vector = find_vector (pattern->protocol_name);
  g_autoptr (SppNoise) initiator = noise_new (pattern, vector, TRUE);
  g_autoptr (SppNoise) responder = noise_new (pattern, vector, FALSE);
  g_autoptr (GBytes) hash = spp_test_vector_bytes (vector, "handshake_hash");
  guint n_messages = json_array_get_length (json_object_get_array_member (vector, "messages"));
  guint8 keys[2][SPP_CRYPTO_KEY_SIZE], responder_keys[2][SPP_CRYPTO_KEY_SIZE];
  guint64 counters[2] = { 0, 0 };
  guint i;

  for (i = 0; !spp_noise_is_done (initiator); i++)
    {
      g_auto (Message) message = get_message (vector, i);
      gboolean first = i % 2 == 0;

      g_assert_true (spp_noise_is_writing (first ? initiator : responder));
      exchange (first ? initiator : responder, first ? responder : initiator, &message);
    }
  g_assert_true (spp_noise_is_done (responder));
  assert_equal (spp_noise_get_handshake_hash (initiator), SPP_CRYPTO_DIGEST_SIZE, hash);
  assert_equal (spp_noise_get_handshake_hash (responder), SPP_CRYPTO_DIGEST_SIZE, hash);

  spp_noise_split (initiator, keys[0], 2);
  spp_noise_split (responder, responder_keys[0], 2);
  g_assert_cmpmem (keys, sizeof keys, responder_keys, sizeof responder_keys);
  g_assert_cmpuint (i, <, n_messages);
  for (; i < n_messages; i++)
    {
      g_auto (Message) message = get_message (vector, i);

      check_transport (keys[i % 2], counters[i % 2]++, &message);
    }
}

/* Each byte of each message counts. */
static void
test_changed (void)
{
  const SppNoisePattern *pattern = &patterns[10];
  JsonObject *vector = find_vector (pattern->protocol_name);
  g_auto (Message) first = get_message (vector, 0);
  g_auto (Message) second = get_message (vector, 1);
  gsize size = g_bytes_get_size (second.ciphertext);

  for (gsize i = 0; i < size; i++)
    {
      g_autoptr (SppNoise) initiator = noise_new (pattern, vector, TRUE);
      g_autofree guint8 *message = g_malloc (size);
      g_autofree guint8 *payload = g_malloc (size);
      g_autoptr (GError) error = NULL;
      gsize length = g_bytes_get_size (first.payload);

      g_assert_true (spp_noise_write (initiator, message,
                                      g_bytes_get_data (first.payload, NULL), length, &error));
      memcpy (message, g_bytes_get_data (second.ciphertext, NULL), size);
      message[i] ^= 1;
      g_assert_false (spp_noise_read (initiator, payload, message, size, &error));
      g_assert_error (error, SPP_ERROR, SPP_ERROR_BAD_TAG);
    }
}

static void
test_low_order (void)
{
  const SppNoisePattern *pattern = &patterns[0];
  JsonObject *vector = find_vector (pattern->protocol_name);
  g_autoptr (SppNoise) initiator = noise_new (pattern, vector, TRUE);
  guint8 message[SPP_CRYPTO_X25519_SIZE + SPP_CRYPTO_TAG_SIZE] = { 1, };
  guint8 payload[1];
  g_autoptr (GError) error = NULL;

  g_assert_true (spp_noise_write (initiator, message, NULL, 0, &error));
  memset (message, 0, sizeof message);
  message[0] = 1;
  g_assert_false (spp_noise_read (initiator, payload, message, sizeof message, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL);
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  parser = spp_test_vectors_load ("noise.json");
  g_assert_cmpuint (json_array_get_length (spp_test_vectors_get (parser, "vectors")), ==,
                    G_N_ELEMENTS (patterns));

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autofree char *path = g_strconcat ("/noise/", patterns[i].protocol_name, NULL);

      g_test_add_data_func (path, &patterns[i], test_pattern);
    }
  g_test_add_func ("/noise/changed", test_changed);
  g_test_add_func ("/noise/low-order", test_low_order);

  status = g_test_run ();
  g_object_unref (parser);
  return status;
}
