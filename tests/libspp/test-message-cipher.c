/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "spp-error.h"
#include "spp-message-cipher-private.h"
#include "spp-test-utils.h"

typedef struct
{
  SppMessageCipher *alice;
  SppMessageCipher *bob;
} Fixture;

static SppMessageCipher *
record_new (const guint8 *key)
{
  SppSecret *secret = spp_secret_new (SPP_MESSAGE_SECRET_SIZE);

  memcpy (spp_secret_get (secret), key, SPP_CRYPTO_KEY_SIZE);
  return spp_message_cipher_new (secret);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (SppSecret) key = spp_secret_new_random (SPP_CRYPTO_KEY_SIZE);

  fixture->alice = record_new (spp_secret_get (key));
  fixture->bob = record_new (spp_secret_get (key));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  spp_message_cipher_free (fixture->alice);
  spp_message_cipher_free (fixture->bob);
}

static GByteArray *
seal (SppMessageCipher *cipher,
      GBytes           *payload)
{
  GByteArray *frame = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (spp_message_cipher_seal (cipher, payload, frame, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (frame->len, ==, g_bytes_get_size (payload) + SPP_MESSAGE_FRAME_OVERHEAD);
  return frame;
}

static GBytes *
open_frame (SppMessageCipher  *cipher,
            GByteArray        *frame,
            GError           **error)
{
  gsize length = frame->len - SPP_FRAME_HEADER_SIZE;

  return spp_message_cipher_open (cipher, frame->data + SPP_FRAME_HEADER_SIZE, length, error);
}

static void
test_round_trip (Fixture       *fixture,
                 gconstpointer  data)
{
  static const gsize sizes[] = { 0, 1, 15, 16, 17, 1000, 65535, 65536, 1048576 };

  g_test_summary ("Messages of any size come back unchanged, each with a nonce of its own");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint side = 0; side < 2; side++)
      {
        g_autoptr (GBytes) payload = spp_test_payload (sizes[i], i);
        g_autoptr (GByteArray) frame = NULL;
        g_autoptr (GBytes) opened = NULL;
        g_autoptr (GError) error = NULL;

        frame = seal (side == 0 ? fixture->alice : fixture->bob, payload);
        opened = open_frame (side == 0 ? fixture->bob : fixture->alice, frame, &error);
        g_assert_no_error (error);
        spp_test_assert_bytes (opened, payload);
      }
}

static void
test_nonces (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                       (GDestroyNotify) g_bytes_unref, NULL);
  g_autoptr (GBytes) payload = spp_test_payload (3, 0);

  g_test_summary ("No nonce comes twice");
  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (GByteArray) frame = seal (i % 2 == 0 ? fixture->alice : fixture->bob, payload);

      g_assert_true (g_hash_table_add (seen, g_bytes_new (frame->data + SPP_FRAME_HEADER_SIZE,
                                                          SPP_CRYPTO_NONCE_SIZE)));
    }
}

static void
test_changed (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (20, 1);
  g_autoptr (SppSecret) key = spp_secret_new_random (SPP_CRYPTO_KEY_SIZE);

  g_test_summary ("Every flipped bit is noticed, and the failure is final");
  for (gsize i = SPP_FRAME_HEADER_SIZE; i < 20 + SPP_MESSAGE_FRAME_OVERHEAD; i++)
    for (guint bit = 0; bit < 8; bit++)
      {
        g_autoptr (SppMessageCipher) sender = NULL;
        g_autoptr (SppMessageCipher) receiver = NULL;
        g_autoptr (GByteArray) frame = NULL;
        g_autoptr (GBytes) opened = NULL;
        g_autoptr (GBytes) again = NULL;
        g_autoptr (GError) error = NULL;
        g_autoptr (GError) later_error = NULL;

        sender = record_new (spp_secret_get (key));
        receiver = record_new (spp_secret_get (key));
        frame = seal (sender, payload);
        frame->data[i] ^= 1 << bit;
        opened = open_frame (receiver, frame, &error);
        g_assert_error (error, SPP_ERROR, SPP_ERROR_BAD_TAG);
        g_assert_null (opened);

        frame->data[i] ^= 1 << bit;
        again = open_frame (receiver, frame, &later_error);
        g_assert_nonnull (later_error);
        g_assert_null (again);
      }
}

static void
test_truncated (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (20, 1);
  gsize whole = 20 + SPP_MESSAGE_BODY_OVERHEAD;

  g_test_summary ("A body cut at any length is refused");
  for (gsize length = 0; length < whole; length++)
    {
      g_autoptr (SppSecret) key = spp_secret_new_random (SPP_CRYPTO_KEY_SIZE);
      g_autoptr (SppMessageCipher) receiver = NULL;
      g_autofree guint8 *frame = g_malloc (20 + SPP_MESSAGE_FRAME_OVERHEAD);
      guint8 nonce[SPP_CRYPTO_NONCE_SIZE] = { 1 };
      g_autoptr (GBytes) opened = NULL;
      g_autoptr (GError) error = NULL;
      int code;

      spp_message_cipher_write_frame (frame, spp_secret_get (key), nonce, 1,
                                      g_bytes_get_data (payload, NULL), 20);
      receiver = record_new (spp_secret_get (key));
      opened = spp_message_cipher_open (receiver, frame + SPP_FRAME_HEADER_SIZE, length, &error);
      g_assert_null (opened);
      code = length < SPP_MESSAGE_BODY_OVERHEAD ? SPP_ERROR_FRAME_LENGTH : SPP_ERROR_BAD_TAG;
      g_assert_error (error, SPP_ERROR, code);
    }
}

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (5, 1);
  g_autoptr (GByteArray) first = seal (fixture->alice, payload);
  g_autoptr (GByteArray) second = seal (fixture->alice, payload);
  g_autoptr (GBytes) opened = NULL;
  g_autoptr (GBytes) replayed = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Only the next message is taken");
  opened = open_frame (fixture->bob, first, &error);
  g_assert_no_error (error);
  replayed = open_frame (fixture->bob, first, &error);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_BAD_SEQUENCE);
  g_assert_null (replayed);
}

static void
test_reflected (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (5, 1);
  guint ordinal = GPOINTER_TO_UINT (data);
  g_autoptr (GByteArray) mine = NULL;
  g_autoptr (GBytes) opened = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("One's own message is refused where it would fit the sequence");
  for (guint i = 1; i < ordinal; i++)
    {
      g_autoptr (GByteArray) out = seal (fixture->alice, payload);
      g_autoptr (GByteArray) in = seal (fixture->bob, payload);
      g_autoptr (GBytes) taken = open_frame (fixture->alice, in, &error);

      g_assert_no_error (error);
      g_assert_nonnull (taken);
    }
  mine = seal (fixture->alice, payload);
  opened = open_frame (fixture->alice, mine, &error);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_REFLECTED);
  g_assert_null (opened);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add (path, Fixture, data, set_up, func, tear_down)
  add ("/spp/message-cipher/round-trip", NULL, test_round_trip);
  add ("/spp/message-cipher/nonces", NULL, test_nonces);
  add ("/spp/message-cipher/changed", NULL, test_changed);
  add ("/spp/message-cipher/truncated", NULL, test_truncated);
  add ("/spp/message-cipher/order", NULL, test_order);
  add ("/spp/message-cipher/reflected/first", GUINT_TO_POINTER (1), test_reflected);
  add ("/spp/message-cipher/reflected/tenth", GUINT_TO_POINTER (10), test_reflected);
#undef add

  return g_test_run ();
}
