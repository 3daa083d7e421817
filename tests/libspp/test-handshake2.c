/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* The handshake of SPP/2 on bytes that were changed on the way. What a peer can say
 * who has keys of its own is in test-handshake2-hostile.c. */

#include <string.h>

#include "spp-error.h"
#include "spp-test-friends.h"

#define N_FRAMES 4
#define MESSAGE1 0
#define MESSAGE2 1
#define MESSAGE3 2
#define HELLO 3

static const gsize payload_sizes[N_FRAMES] = { 32, 32, 128, 272 };

typedef struct
{
  SppTestFriends  friends;
  SppSecret      *alice_ephemeral;
  SppSecret      *bob_ephemeral;
  GBytes         *frames[N_FRAMES];   /* of a handshake that succeeds */
} Fixture;

static gboolean
is_for_alice (guint number)
{
  return number == MESSAGE2 || number == HELLO;
}

/* The ephemerals are always the same, so that the frames of one handshake fit into
 * another. */
static SppHandshake2 *
handshake_new (Fixture  *fixture,
               gboolean  alice)
{
  SppHandshake2 *handshake = alice ? spp_test_friends_new_alice (&fixture->friends, 0)
                                   : spp_test_friends_new_bob (&fixture->friends, 0);
  SppSecret *ephemeral = alice ? fixture->alice_ephemeral : fixture->bob_ephemeral;

  spp_handshake2_set_ephemeral (handshake, spp_secret_new_copy (spp_secret_get (ephemeral),
                                                                SPP_CRYPTO_X25519_SIZE));
  return handshake;
}

static void
expect_output (SppHandshake2 *handshake,
               GBytes        *expected)
{
  g_autoptr (GBytes) output = spp_handshake2_take_output (handshake);

  g_assert_nonnull (output);
  spp_test_assert_bytes (output, expected);
}

/* Who waits for that frame. */
static SppHandshake2 *
begin (Fixture *fixture,
       guint    number)
{
  SppHandshake2 *handshake = handshake_new (fixture, is_for_alice (number));
  g_autoptr (GBytes) output = NULL;

  if (is_for_alice (number))
    expect_output (handshake, fixture->frames[MESSAGE1]);
  if (number >= MESSAGE3)
    {
      output = spp_test_handshake2_exchange (handshake, g_bytes_ref (fixture->frames[number - 2]));
      spp_test_assert_bytes (output, fixture->frames[number - 1]);
    }
  g_assert_null (spp_handshake2_take_output (handshake));
  return handshake;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (SppHandshake2) alice = NULL;
  g_autoptr (SppHandshake2) bob = NULL;

  spp_test_friends_set_up (&fixture->friends, NULL);
  fixture->alice_ephemeral = spp_secret_new_random (SPP_CRYPTO_X25519_SIZE);
  fixture->bob_ephemeral = spp_secret_new_random (SPP_CRYPTO_X25519_SIZE);
  alice = handshake_new (fixture, TRUE);
  bob = handshake_new (fixture, FALSE);
  fixture->frames[MESSAGE1] = spp_handshake2_take_output (alice);
  for (guint i = MESSAGE1; i < HELLO; i++)
    fixture->frames[i + 1] = spp_test_handshake2_exchange (is_for_alice (i) ? alice : bob,
                                                           g_bytes_ref (fixture->frames[i]));
  g_assert_null (spp_test_handshake2_exchange (alice, g_bytes_ref (fixture->frames[HELLO])));
  for (guint i = 0; i < N_FRAMES; i++)
    g_assert_cmpuint (g_bytes_get_size (fixture->frames[i]), ==,
                      SPP_FRAME_HEADER_SIZE + payload_sizes[i]);
  fixture->friends.asked = 0;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  for (guint i = 0; i < N_FRAMES; i++)
    g_bytes_unref (fixture->frames[i]);
  spp_secret_free (fixture->alice_ephemeral);
  spp_secret_free (fixture->bob_ephemeral);
  spp_test_friends_tear_down (&fixture->friends, NULL);
}

/* ## What must be refused */

static void
refuse (SppHandshake2 *handshake,
        guint          number,
        GBytes        *frame,
        gsize          taken,
        int            code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (spp_test_handshake2_feed (handshake, g_bytes_get_data (frame, NULL),
                                              g_bytes_get_size (frame), FALSE, &error),
                    ==, taken);
  g_assert_error (error, SPP_ERROR, code);
  spp_test_handshake2_assert_dead (handshake, is_for_alice (number));
}

/* The first two messages are anybody's: what was changed there is noticed at the
 * third, by Bob. */
static void
refuse_later (Fixture *fixture,
              guint    number,
              GBytes  *frame)
{
  g_autoptr (SppHandshake2) bob = begin (fixture, number == MESSAGE1 ? MESSAGE1 : MESSAGE3);
  g_autoptr (SppHandshake2) alice = NULL;
  g_autoptr (GBytes) message3 = NULL;

  if (number == MESSAGE1)
    {
      g_autoptr (GBytes) message2 = spp_test_handshake2_exchange (bob, g_bytes_ref (frame));

      spp_test_assert_bytes (message2, fixture->frames[MESSAGE2]);
      message3 = g_bytes_ref (fixture->frames[MESSAGE3]);
    }
  else
    {
      alice = begin (fixture, MESSAGE2);
      message3 = spp_test_handshake2_exchange (alice, g_bytes_ref (frame));
      g_assert_nonnull (message3);
      g_assert_false (g_bytes_equal (message3, fixture->frames[MESSAGE3]));
    }
  refuse (bob, MESSAGE3, message3, SPP_FRAME_HEADER_SIZE + payload_sizes[MESSAGE3],
          SPP_ERROR_BAD_TAG);
}

static gboolean
is_record_size (guint64 length)
{
  return length >= SPP_RECORD_MIN_PAYLOAD_SIZE && length <= SPP_RECORD_MAX_PAYLOAD_SIZE;
}

static void
refuse_length (Fixture *fixture,
               guint    number,
               guint64  length)
{
  g_autoptr (SppHandshake2) handshake = begin (fixture, number);
  g_autofree guint8 *stream = g_malloc0 (SPP_FRAME_HEADER_SIZE + SPP_RECORD_MAX_PAYLOAD_SIZE);
  g_autoptr (GBytes) frame = NULL;
  int code = SPP_ERROR_FRAME_LENGTH;
  gsize taken = SPP_FRAME_HEADER_SIZE;

  if (number == MESSAGE2 && length == 96)
    code = SPP_ERROR_OLD_PROTOCOL;
  if (number == HELLO && is_record_size (length))
    {
      code = SPP_ERROR_BAD_TAG;
      taken += length;
      memcpy (stream, g_bytes_get_data (fixture->frames[HELLO], NULL),
              MIN (taken, g_bytes_get_size (fixture->frames[HELLO])));
    }
  spp_frame_write_header (stream, length);
  frame = g_bytes_new (stream, SPP_FRAME_HEADER_SIZE + SPP_RECORD_MAX_PAYLOAD_SIZE);
  refuse (handshake, number, frame, taken, code);
}

static void
test_flipped (Fixture       *fixture,
              gconstpointer  data)
{
  guint number = GPOINTER_TO_UINT (data);
  gsize size = SPP_FRAME_HEADER_SIZE + payload_sizes[number];

  g_test_summary ("Each bit of each byte of the handshake matters");
  for (gsize place = 0; place < size; place++)
    for (guint bit = number == HELLO ? place % 3 : 0; bit < 8; bit += number == HELLO ? 3 : 1)
      {
        g_autoptr (GBytes) changed = spp_test_frame_flip (fixture->frames[number], place,
                                                          1 << bit);

        if (place < SPP_FRAME_HEADER_SIZE)
          {
            refuse_length (fixture, number,
                           spp_frame_read_header (g_bytes_get_data (changed, NULL)));
          }
        else if (number <= MESSAGE2)
          {
            refuse_later (fixture, number, changed);
          }
        else
          {
            g_autoptr (SppHandshake2) handshake = begin (fixture, number);

            refuse (handshake, number, changed, size, SPP_ERROR_BAD_TAG);
          }
      }
  /* Bob looked for nobody. */
  g_assert_cmpuint (fixture->friends.asked, ==, 0);
}

static void
test_resized (Fixture       *fixture,
              gconstpointer  data)
{
  guint number = GPOINTER_TO_UINT (data);

  g_test_summary ("A message that is too short or too long, and says so, is refused");
  for (gsize length = 0; length <= payload_sizes[number] + 40; length++)
    if (length != payload_sizes[number])
      refuse_length (fixture, number, length);
}

static void
test_cut (Fixture       *fixture,
          gconstpointer  data)
{
  guint number = GPOINTER_TO_UINT (data);
  gsize size = SPP_FRAME_HEADER_SIZE + payload_sizes[number];
  const guint8 *frame = g_bytes_get_data (fixture->frames[number], NULL);

  g_test_summary ("As long as a byte is missing, it is waited for, and nothing is said");
  for (gsize length = 0; length < size; length++)
    {
      g_autoptr (SppHandshake2) handshake = begin (fixture, number);
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (spp_test_handshake2_feed (handshake, frame, length, FALSE, &error),
                        ==, length);
      g_assert_no_error (error);
      g_assert_cmpuint (spp_handshake2_get_wanted (handshake), ==,
                        (length < SPP_FRAME_HEADER_SIZE ? SPP_FRAME_HEADER_SIZE : size) - length);
      g_assert_null (spp_handshake2_take_output (handshake));
    }
}

static void
test_lengths (Fixture       *fixture,
              gconstpointer  data)
{
  static const guint64 lengths[] = {
    0, 18, 31, 32, 33, 95, 96, 97, 127, 128, 129, 136, 65536,
    G_GUINT64_CONSTANT (1) << 31,
    G_GUINT64_CONSTANT (1) << 32,
    (G_GUINT64_CONSTANT (1) << 32) + 32,
    (G_GUINT64_CONSTANT (1) << 32) + 96,
    (G_GUINT64_CONSTANT (1) << 32) + 128,
    G_GUINT64_CONSTANT (1) << 63,
    (G_GUINT64_CONSTANT (1) << 63) + 32,
    (G_GUINT64_CONSTANT (1) << 63) + 128,
    G_MAXUINT64 - 7,
    G_MAXUINT64,
  };
  guint number = GPOINTER_TO_UINT (data);

  g_test_summary ("A wrong length is refused as soon as it is known, as a number of 64 bits");
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      int code = number == MESSAGE2 && lengths[i] == 96 ? SPP_ERROR_OLD_PROTOCOL
                                                        : SPP_ERROR_FRAME_LENGTH;
      guint8 header[SPP_FRAME_HEADER_SIZE];
      g_autoptr (SppHandshake2) handshake = NULL;
      g_autoptr (GError) error = NULL;

      if (lengths[i] == payload_sizes[number]
          || (number == HELLO && is_record_size (lengths[i])))
        continue;
      refuse_length (fixture, number, lengths[i]);

      handshake = begin (fixture, number);
      spp_frame_write_header (header, lengths[i]);
      for (gsize j = 0; j < sizeof header; j++)
        {
          g_assert_no_error (error);
          g_assert_cmpuint (spp_handshake2_get_wanted (handshake), ==, sizeof header - j);
          g_assert_cmpint (spp_handshake2_feed (handshake, header + j, 1, 0, &error), ==,
                           j + 1 < sizeof header);
        }
      g_assert_error (error, SPP_ERROR, code);
      spp_test_handshake2_assert_dead (handshake, is_for_alice (number));
    }
}

/* ## What must come out the same */

static void
run_bytewise (SppHandshake2 *handshake,
              GBytes        *frame,
              GBytes        *expected)
{
  g_autoptr (GError) error = NULL;
  gsize size = g_bytes_get_size (frame);
  const guint8 *data = g_bytes_get_data (frame, NULL);

  g_assert_cmpuint (spp_test_handshake2_feed (handshake, data, size - 1, TRUE, &error), ==,
                    size - 1);
  g_assert_no_error (error);
  g_assert_null (spp_handshake2_take_output (handshake));
  g_assert_cmpuint (spp_handshake2_get_wanted (handshake), ==, 1);
  g_assert_true (spp_handshake2_feed (handshake, data + size - 1, 1, 0, &error));
  g_assert_no_error (error);
  if (expected != NULL)
    expect_output (handshake, expected);
  g_assert_null (spp_handshake2_take_output (handshake));
}

static void
test_bytewise (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (SppHandshake2) alice = handshake_new (fixture, TRUE);
  g_autoptr (SppHandshake2) bob = handshake_new (fixture, FALSE);
  g_autoptr (SppRecordLayer) alice_layer = NULL;
  g_autoptr (SppRecordLayer) bob_layer = NULL;

  g_test_summary ("What comes byte by byte is the same");
  g_assert_null (spp_handshake2_take_output (bob));
  expect_output (alice, fixture->frames[MESSAGE1]);
  run_bytewise (bob, fixture->frames[MESSAGE1], fixture->frames[MESSAGE2]);
  run_bytewise (alice, fixture->frames[MESSAGE2], fixture->frames[MESSAGE3]);
  run_bytewise (bob, fixture->frames[MESSAGE3], fixture->frames[HELLO]);
  run_bytewise (alice, fixture->frames[HELLO], NULL);
  g_assert_cmpuint (spp_handshake2_get_wanted (alice), ==, 0);
  g_assert_cmpuint (spp_handshake2_get_wanted (bob), ==, 0);
  g_assert_cmpuint (fixture->friends.asked, ==, 1);

  alice_layer = spp_handshake2_take_layer (alice);
  bob_layer = spp_handshake2_take_layer (bob);
  g_assert_null (spp_handshake2_take_layer (alice));
  g_assert_null (spp_handshake2_take_layer (bob));
  g_assert_cmpmem (spp_record_layer_get_channel_binding (alice_layer), SPP_CRYPTO_DIGEST_SIZE,
                   spp_record_layer_get_channel_binding (bob_layer), SPP_CRYPTO_DIGEST_SIZE);
  spp_test_layer_talk (alice_layer, bob_layer);
  spp_test_layer_talk (bob_layer, alice_layer);
  g_assert_true (spp_handshake2_get_peer (bob) == fixture->friends.friends->pdata[0]);
}

static void
test_behind (Fixture       *fixture,
             gconstpointer  data)
{
  g_test_summary ("Not a byte behind the handshake is taken");
  for (guint number = 0; number < N_FRAMES; number++)
    {
      g_autoptr (SppHandshake2) handshake = begin (fixture, number);
      g_autoptr (GByteArray) stream = g_byte_array_new ();
      g_autoptr (GError) error = NULL;
      gsize size = g_bytes_get_size (fixture->frames[number]);

      g_byte_array_append (stream, g_bytes_get_data (fixture->frames[number], NULL), size);
      g_byte_array_append (stream, (const guint8 *) "more", 4);
      g_assert_cmpuint (spp_test_handshake2_feed (handshake, stream->data, stream->len, FALSE,
                                                  &error),
                        ==, number >= MESSAGE3 ? size : size + 4);
      if (number == MESSAGE2)
        g_assert_cmpuint (spp_handshake2_get_wanted (handshake), ==, 4);
      g_assert_no_error (error);
    }
}

/* With HELLO the same bytes are due again only if both ephemerals are. */
static void
test_never_the_same (Fixture       *fixture,
                     gconstpointer  data)
{
  GBytes *frames[2][N_FRAMES];

  g_test_summary ("Two handshakes between the same two have no message in common");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SppHandshake2) alice = spp_test_friends_new_alice (&fixture->friends, 0);
      g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (&fixture->friends, 0);

      frames[i][MESSAGE1] = spp_handshake2_take_output (alice);
      for (guint j = MESSAGE1; j < HELLO; j++)
        frames[i][j + 1] = spp_test_handshake2_exchange (is_for_alice (j) ? alice : bob,
                                                         g_bytes_ref (frames[i][j]));
    }
  for (guint j = 0; j < N_FRAMES; j++)
    {
      const guint8 *first = g_bytes_get_data (frames[0][j], NULL);
      const guint8 *second = g_bytes_get_data (frames[1][j], NULL);
      guint same = 0;

      for (gsize k = SPP_FRAME_HEADER_SIZE; k < g_bytes_get_size (frames[0][j]); k++)
        same += first[k] == second[k];
      /* One byte in 256 is the same by chance. */
      g_assert_cmpuint (same, <, 16);
      g_bytes_unref (frames[0][j]);
      g_bytes_unref (frames[1][j]);
    }
}

static void
test_replayed (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (&fixture->friends, 0);
  g_autoptr (SppHandshake2) alice = spp_test_friends_new_alice (&fixture->friends, 0);
  g_autoptr (GBytes) message1 = NULL;
  g_autoptr (GBytes) message2 = NULL;
  g_autoptr (GBytes) message3 = NULL;

  g_test_summary ("A recorded handshake fits to no other ephemeral");
  message2 = spp_test_handshake2_exchange (bob, g_bytes_ref (fixture->frames[MESSAGE1]));
  refuse (bob, MESSAGE3, fixture->frames[MESSAGE3],
          g_bytes_get_size (fixture->frames[MESSAGE3]), SPP_ERROR_BAD_TAG);
  message1 = spp_handshake2_take_output (alice);
  message3 = spp_test_handshake2_exchange (alice, g_bytes_ref (fixture->frames[MESSAGE2]));
  refuse (alice, HELLO, fixture->frames[HELLO], g_bytes_get_size (fixture->frames[HELLO]),
          SPP_ERROR_BAD_TAG);
}

static void
test_message2_says_nothing (Fixture       *fixture,
                            gconstpointer  data)
{
  g_test_summary ("Message 2 depends neither on who answers nor on what was asked");
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (SppPrivateKey) somebody = spp_private_key_generate ();
      g_autofree guint8 *payload = g_malloc (SPP_CRYPTO_X25519_SIZE);
      g_autoptr (SppHandshake2) bob = NULL;
      GByteArray *frame = g_byte_array_new ();
      g_autoptr (GBytes) answer = NULL;

      g_clear_pointer (&fixture->friends.bob_key, spp_private_key_unref);
      fixture->friends.bob_key = g_steal_pointer (&somebody);
      bob = handshake_new (fixture, FALSE);
      spp_crypto_random (payload, SPP_CRYPTO_X25519_SIZE);
      if (i < 2 * SPP_TEST_N_LOW_ORDER)
        {
          memcpy (payload, spp_test_low_order[i / 2], SPP_CRYPTO_X25519_SIZE);
          payload[SPP_CRYPTO_X25519_SIZE - 1] |= i % 2 << 7;
        }
      g_byte_array_append (frame, g_bytes_get_data (fixture->frames[MESSAGE1], NULL),
                           SPP_FRAME_HEADER_SIZE);
      g_byte_array_append (frame, payload, SPP_CRYPTO_X25519_SIZE);
      answer = spp_test_handshake2_exchange (bob, g_byte_array_free_to_bytes (frame));
      spp_test_assert_bytes (answer, fixture->frames[MESSAGE2]);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/handshake2/" path, Fixture, data, \
                                          set_up, func, tear_down)
#define add_each(path, func) \
  add (path "/message1", GUINT_TO_POINTER (MESSAGE1), func); \
  add (path "/message2", GUINT_TO_POINTER (MESSAGE2), func); \
  add (path "/message3", GUINT_TO_POINTER (MESSAGE3), func); \
  add (path "/hello", GUINT_TO_POINTER (HELLO), func)
  add_each ("flipped", test_flipped);
  add_each ("resized", test_resized);
  add_each ("cut", test_cut);
  add_each ("lengths", test_lengths);
  add ("bytewise", NULL, test_bytewise);
  add ("behind", NULL, test_behind);
  add ("never-the-same", NULL, test_never_the_same);
  add ("replayed", NULL, test_replayed);
  add ("message2-says-nothing", NULL, test_message2_says_nothing);
#undef add_each
#undef add

  return g_test_run ();
}
