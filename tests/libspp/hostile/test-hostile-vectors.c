/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "hostile-world.h"
#include "spp-test-vectors.h"

/* What becomes of each stream that must not get through. */
typedef struct
{
  const char    *prefix;
  int            code;           /* SppError, from the client or the session */
  int            service_code;   /* where a service sees something else */
  gboolean       silent;         /* a service answers with silence */
  guint          accepted;       /* messages */
  SppSessionEnd  end;
} Verdict;

#define SAME -1

static const Verdict verdicts[] =
  {
    { "signed by another key", SPP_ERROR_BAD_SIGNATURE, SPP_ERROR_UNKNOWN_PEER, TRUE },
    { "signature bit flipped", SPP_ERROR_BAD_SIGNATURE, SPP_ERROR_UNKNOWN_PEER, TRUE },
    { "ephemeral bit flipped", SPP_ERROR_BAD_SIGNATURE, SPP_ERROR_UNKNOWN_PEER, TRUE },
    { "hello is our own, reflected", SPP_ERROR_REFLECTED, SPP_ERROR_UNKNOWN_PEER, TRUE },
    { "hello one byte short", SPP_ERROR_FRAME_LENGTH, SAME },
    { "hello one byte long", SPP_ERROR_FRAME_LENGTH, SAME },
    { "hello of length zero", SPP_ERROR_FRAME_LENGTH, SAME },
    { "hello of length 2^64-1", SPP_ERROR_FRAME_LENGTH, SAME },
    { "stream ends inside the hello", SPP_ERROR_TRUNCATED, SAME },
    { "low-order ephemeral", SPP_ERROR_WEAK_EPHEMERAL, SAME, TRUE },
    { "tag bit flipped", SPP_ERROR_BAD_TAG, SAME, FALSE,
      0, SPP_SESSION_END_MISBEHAVED },
    { "nonce bit flipped", SPP_ERROR_BAD_TAG, SAME, FALSE,
      0, SPP_SESSION_END_MISBEHAVED },
    { "first message skipped", SPP_ERROR_BAD_SEQUENCE, SAME, FALSE,
      0, SPP_SESSION_END_MISBEHAVED },
    { "first message replayed", SPP_ERROR_BAD_SEQUENCE, SAME, FALSE,
      1, SPP_SESSION_END_MISBEHAVED },
    { "messages reordered", SPP_ERROR_BAD_SEQUENCE, SAME, FALSE,
      1, SPP_SESSION_END_MISBEHAVED },
    { "message shorter than nonce and tag", SPP_ERROR_FRAME_LENGTH, SAME, FALSE,
      0, SPP_SESSION_END_MISBEHAVED },
    { "message of length zero", SPP_ERROR_FRAME_LENGTH, SAME, FALSE,
      0, SPP_SESSION_END_MISBEHAVED },
    { "message length 2^63", SPP_ERROR_MESSAGE_TOO_LARGE, SAME, FALSE,
      0, SPP_SESSION_END_REFUSED },
    { "stream ends inside a message", SPP_ERROR_TRUNCATED, SAME, FALSE,
      1, SPP_SESSION_END_CUT },
    { "our own first message reflected to us", SPP_ERROR_REFLECTED, SAME, FALSE,
      0, SPP_SESSION_END_MISBEHAVED },
  };

typedef struct
{
  JsonParser    *parser;    /* owned */
  JsonObject    *vector;
  HostileRole    role;
  const Verdict *verdict;
} Case;

static gboolean
stream_ends (const Case *self)
{
  return g_str_has_prefix (self->verdict->prefix, "stream ends");
}

static void
test_hello (const Case   *self,
            HostileWorld *world)
{
  g_autoptr (GBytes) inbound = spp_test_vector_bytes (self->vector, "inbound");
  g_autoptr (HostilePeer) peer = NULL;
  guint8 hello[HOSTILE_HELLO_SIZE];
  gint64 start = g_get_monotonic_time ();
  int code = self->verdict->code;

  if (self->role == HOSTILE_SERVICE && self->verdict->silent)
    hostile_world_set_timeout (world, HOSTILE_NEAR);
  if (self->role == HOSTILE_SERVICE && self->verdict->service_code != SAME)
    code = self->verdict->service_code;

  peer = hostile_world_connect (world, self->role);
  if (self->role == HOSTILE_CLIENT)
    g_assert_cmpuint (hostile_peer_read (peer, hello, sizeof hello), ==, sizeof hello);
  if (code == SPP_ERROR_REFLECTED)
    hostile_peer_write (peer, hello, sizeof hello);
  else
    hostile_peer_write (peer, g_bytes_get_data (inbound, NULL), g_bytes_get_size (inbound));
  if (stream_ends (self))
    hostile_peer_half_close (peer);

  hostile_world_expect_refusal (world, self->role, SPP_ERROR, code);
  hostile_peer_expect_end (peer);
  if (self->role == HOSTILE_SERVICE && self->verdict->silent)
    g_assert_cmpint (g_get_monotonic_time () - start, >=, HOSTILE_SHORTEST_SILENCE);
}

static void
xor_into (guint8       *data,
          const guint8 *other,
          gsize         size)
{
  for (gsize i = 0; i < size; i++)
    data[i] ^= other[i];
}

/* Makes of a recorded message body one that has the same plaintext and the same
 * nonce under the key of this session, and whose tag is wrong in the same bits. */
static void
transcribe_body (guint8       *body,
                 gsize         size,
                 const guint8 *from,
                 const guint8 *to)
{
  const guint8 *nonce = body;
  guint8 *text = body + SPP_CRYPTO_NONCE_SIZE;
  gsize length = size - SPP_CRYPTO_NONCE_SIZE - SPP_CRYPTO_TAG_SIZE;
  g_autofree guint8 *sealed = g_malloc0 (length + SPP_CRYPTO_TAG_SIZE);
  g_autofree guint8 *plain = g_memdup2 (text, length);
  guint8 error[SPP_CRYPTO_TAG_SIZE];

  /* Zeros sealed are the key stream. */
  spp_crypto_seal (sealed, sealed, length, nonce, from);
  xor_into (plain, sealed, length);
  spp_crypto_seal (sealed, plain, length, nonce, from);
  memcpy (error, sealed + length, sizeof error);
  xor_into (error, text + length, sizeof error);
  spp_crypto_seal (text, plain, length, nonce, to);
  xor_into (text + length, error, sizeof error);
}

/* Frames that are too short or not whole stay as they are. */
static void
transcribe (guint8       *stream,
            gsize         size,
            const guint8 *from,
            const guint8 *to)
{
  gsize offset = 0;

  while (offset + HOSTILE_HEADER_SIZE <= size)
    {
      guint64 length;

      memcpy (&length, stream + offset, sizeof length);
      length = GUINT64_FROM_LE (length);
      offset += HOSTILE_HEADER_SIZE;
      if (length > size - offset)
        break;
      if (length > SPP_CRYPTO_NONCE_SIZE + SPP_CRYPTO_TAG_SIZE)
        transcribe_body (stream + offset, length, from, to);
      offset += length;
    }
}

/* The session in the vectors that begins with this hello has its secret. */
static void
find_ephemeral (const Case   *self,
                const guint8 *hello,
                guint8        ephemeral[SPP_CRYPTO_X25519_SIZE])
{
  JsonArray *sessions = spp_test_vectors_get (self->parser, "sessions");

  for (guint i = 0; i < json_array_get_length (sessions); i++)
    {
      JsonObject *session = json_array_get_object_element (sessions, i);
      g_autoptr (GBytes) other = spp_test_vector_bytes (session, "responder_hello");

      if (memcmp (g_bytes_get_data (other, NULL), hello, HOSTILE_HELLO_SIZE) == 0)
        {
          g_autoptr (GBytes) secret =
            spp_test_vector_bytes (session, "responder_ephemeral_private");

          memcpy (ephemeral, g_bytes_get_data (secret, NULL), SPP_CRYPTO_X25519_SIZE);
          return;
        }
    }
  g_assert_not_reached ();
}

/* The key that the recording was made with. */
static void
find_recorded_key (const Case  *self,
                   HostilePeer *peer,
                   guint8       key[SPP_CRYPTO_KEY_SIZE])
{
  g_autoptr (GBytes) local = spp_test_vector_bytes (self->vector, "local_ephemeral_private");
  guint8 public_key[SPP_CRYPTO_X25519_SIZE];
  guint8 shared[SPP_CRYPTO_X25519_SIZE];

  spp_crypto_x25519_public (public_key, g_bytes_get_data (local, NULL));
  g_assert_true (spp_crypto_x25519_agree (shared, peer->ephemeral, public_key));
  spp_crypto_concat_kdf (key, shared);
}

static void
reflect_first (HostilePeer *peer,
               SppSession  *session)
{
  g_autoptr (GBytes) words = g_bytes_new_static ("my own words", 12);
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (spp_test_send (session, words, &error));
  frame = hostile_peer_read_frame (peer);
  hostile_peer_write (peer, frame->data, frame->len);
}

static void
test_messages (const Case   *self,
               HostileWorld *world)
{
  g_autoptr (GBytes) inbound = spp_test_vector_bytes (self->vector, "inbound");
  gsize size = g_bytes_get_size (inbound) - HOSTILE_HELLO_SIZE;
  const guint8 *hello = g_bytes_get_data (inbound, NULL);
  g_autofree guint8 *stream = g_memdup2 (hello + HOSTILE_HELLO_SIZE, size);
  g_autoptr (HostilePeer) peer = hostile_world_connect (world, self->role);
  SppSession *session;
  guint8 recorded_key[SPP_CRYPTO_KEY_SIZE];
  guint8 answer[HOSTILE_HELLO_SIZE];

  find_ephemeral (self, hello, peer->ephemeral);
  find_recorded_key (self, peer, recorded_key);
  hostile_peer_write (peer, hello, HOSTILE_HELLO_SIZE);
  g_assert_cmpuint (hostile_peer_read (peer, answer, sizeof answer), ==, sizeof answer);
  hostile_peer_agree (peer, answer);
  session = hostile_world_take_session (world, self->role);

  if (self->verdict->code == SPP_ERROR_REFLECTED)
    {
      reflect_first (peer, session);
    }
  else
    {
      transcribe (stream, size, recorded_key, peer->session_key);
      hostile_peer_write (peer, stream, size);
    }
  if (stream_ends (self))
    hostile_peer_half_close (peer);

  for (guint i = 0; i < self->verdict->accepted; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) message = spp_test_receive (session, &error);

      g_assert_no_error (error);
      g_assert_nonnull (message);
    }
  hostile_expect_end (session, SPP_ERROR, self->verdict->code, self->verdict->end);
  hostile_peer_expect_end (peer);
  hostile_finish (session);
}

static SppPrivateKey *
find_friend_key (const Case *self)
{
  const char *wanted = json_object_get_string_member (self->vector, "peer_public");
  JsonArray *keys = spp_test_vectors_get (self->parser, "keys");

  for (guint i = 0; i < json_array_get_length (keys); i++)
    {
      JsonObject *key = json_array_get_object_element (keys, i);

      if (strcmp (json_object_get_string_member (key, "public"), wanted) == 0)
        return spp_test_vector_private_key (key, "private");
    }
  g_assert_not_reached ();
}

static void
test_refusal (gconstpointer data)
{
  const Case *self = data;
  HostileWorld world;

  g_test_summary ("A stream that must not get through ends with the check that it fails; "
                  "the peer is sent nothing");
  hostile_world_set_up_keys (&world,
                             spp_test_vector_private_key (self->vector, "local_private"),
                             find_friend_key (self));
  if (self->verdict->end == SPP_SESSION_END_NONE)
    test_hello (self, &world);
  else
    test_messages (self, &world);
  hostile_world_tear_down (&world, NULL);
}

static void
case_free (gpointer data)
{
  Case *self = data;

  g_object_unref (self->parser);
  g_free (self);
}

static void
add_case (JsonParser  *parser,
          JsonObject  *vector,
          HostileRole  role)
{
  const char *name = json_object_get_string_member (vector, "name");
  Case *self = g_new0 (Case, 1);
  g_autofree char *path = NULL;
  guint verdict = 0;

  while (verdict < G_N_ELEMENTS (verdicts) && !g_str_has_prefix (name, verdicts[verdict].prefix))
    verdict++;
  g_assert_cmpuint (verdict, <, G_N_ELEMENTS (verdicts));
  self->parser = g_object_ref (parser);
  self->vector = vector;
  self->role = role;
  self->verdict = &verdicts[verdict];
  path = g_strdup_printf ("/spp/hostile/vectors/%s/%s", HOSTILE_ROLE_NAME (role), name);
  g_strdelimit (path, " ", '-');
  g_test_add_data_func_full (path, self, test_refusal, case_free);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (JsonParser) parser = NULL;
  JsonArray *refusals;

  g_test_init (&argc, &argv, NULL);

  parser = spp_test_vectors_load ("spp1.json");
  refusals = spp_test_vectors_get (parser, "refusals");
  for (guint i = 0; i < json_array_get_length (refusals); i++)
    {
      add_case (parser, json_array_get_object_element (refusals, i), HOSTILE_SERVICE);
      add_case (parser, json_array_get_object_element (refusals, i), HOSTILE_CLIENT);
    }

  return g_test_run ();
}
