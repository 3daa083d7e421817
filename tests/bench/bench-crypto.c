/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "bench-crypto.h"

#include <sodium.h>
#include <string.h>

#include "bench-util.h"

#define KEY_SIZE 32

void
bench_crypto_init (void)
{
  if (sodium_init () < 0)
    bench_fail ("libsodium does not begin");
}

double
bench_crypto_aead (gsize   size,
                   guint   milliseconds,
                   double *cpu)
{
  g_autofree guint8 *plain = g_malloc0 (size);
  g_autofree guint8 *sealed = g_malloc (size + crypto_aead_chacha20poly1305_IETF_ABYTES);
  guint8 key[crypto_aead_chacha20poly1305_IETF_KEYBYTES] = { 1, };
  guint8 nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES] = { 2, };
  guint interval = size < 65536 ? 64 : 1;
  guint64 begin, now, end, cpu_begin;
  guint64 count = 0;

  memset (sealed, 0, size);
  begin = bench_now ();
  cpu_begin = bench_cpu ();
  end = begin + (guint64) milliseconds * 1000000;
  do
    {
      guint i;

      for (i = 0; i < interval; i++)
        crypto_aead_chacha20poly1305_ietf_encrypt (sealed, NULL, plain, size, NULL, 0, NULL,
                                                   nonce, key);
      sodium_increment (nonce, sizeof nonce);
      count += interval;
      now = bench_now ();
    }
  while (now < end);
  *cpu = (double) (bench_cpu () - cpu_begin) / (double) count;
  return (double) count * 1e9 / (double) (now - begin);
}

typedef struct
{
  guint8 public_key[crypto_sign_PUBLICKEYBYTES];
  guint8 secret_key[crypto_sign_SECRETKEYBYTES];
  guint8 ephemeral_public[KEY_SIZE];
  guint8 ephemeral_secret[KEY_SIZE];
  guint8 signature[crypto_sign_BYTES];
} End;

static void
begin_end (End *end)
{
  randombytes_buf (end->ephemeral_secret, KEY_SIZE);
  if (crypto_scalarmult_base (end->ephemeral_public, end->ephemeral_secret) != 0
      || crypto_sign_detached (end->signature, NULL, end->ephemeral_public, KEY_SIZE,
                               end->secret_key) != 0)
    bench_fail ("A hello cannot be made");
}

static void
finish_end (const End *end,
            const End *peer)
{
  guint8 input[4 + KEY_SIZE] = { 0, 0, 0, 1, };
  guint8 key[crypto_hash_sha256_BYTES];

  if (crypto_sign_verify_detached (peer->signature, peer->ephemeral_public, KEY_SIZE,
                                   peer->public_key) != 0
      || crypto_scalarmult (input + 4, end->ephemeral_secret, peer->ephemeral_public) != 0
      || crypto_hash_sha256 (key, input, sizeof input) != 0)
    bench_fail ("A hello is not good");
}

double
bench_crypto_handshakes1 (guint milliseconds)
{
  End ends[2];
  guint64 begin, now, end;
  guint64 count = 0;
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (ends); i++)
    crypto_sign_keypair (ends[i].public_key, ends[i].secret_key);
  begin = bench_now ();
  end = begin + (guint64) milliseconds * 1000000;
  do
    {
      begin_end (&ends[0]);
      begin_end (&ends[1]);
      finish_end (&ends[0], &ends[1]);
      finish_end (&ends[1], &ends[0]);
      count++;
      now = bench_now ();
    }
  while (now < end);
  return (double) count * 1e9 / (double) (now - begin);
}

/* One end's part of SPP/2's handshake: an ephemeral, three agreements, what is hashed
 * and the four parts that are sealed or opened with HELLO. */
static void
calculate_end2 (const End *end,
                const End *peer)
{
  static const guint8 nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = { 0 };
  guint8 text[64] = { 0 };
  guint8 sealed[64 + crypto_aead_chacha20poly1305_ietf_ABYTES];
  guint8 keys[2][crypto_auth_hmacsha256_BYTES] = { { 0 } };
  guint8 ephemeral[KEY_SIZE], shared[KEY_SIZE];
  gsize i;

  if (crypto_scalarmult_base (ephemeral, end->ephemeral_secret) != 0)
    bench_fail ("An ephemeral cannot be made");
  for (i = 0; i < 3; i++)
    {
      if (crypto_scalarmult (shared, end->ephemeral_secret, peer->ephemeral_public) != 0)
        bench_fail ("No secret can be agreed on");
      crypto_auth_hmacsha256 (keys[0], shared, sizeof shared, keys[0]);
      crypto_auth_hmacsha256 (keys[1], keys[0], sizeof keys[0], keys[0]);
      crypto_auth_hmacsha256 (keys[0], keys[1], sizeof keys[1], keys[0]);
    }
  for (i = 0; i < 3; i++)
    crypto_aead_chacha20poly1305_ietf_encrypt (sealed, NULL, text, sizeof text, NULL, 0, NULL,
                                               nonce, keys[i % 2]);
  for (i = 0; i < 8; i++)
    crypto_hash_sha256 (keys[1], sealed, sizeof sealed);
}

double
bench_crypto_handshakes2 (guint milliseconds)
{
  End ends[2];
  guint64 begin, now, end;
  guint64 count = 0;
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      crypto_sign_keypair (ends[i].public_key, ends[i].secret_key);
      begin_end (&ends[i]);
    }
  begin = bench_now ();
  end = begin + (guint64) milliseconds * 1000000;
  do
    {
      calculate_end2 (&ends[0], &ends[1]);
      calculate_end2 (&ends[1], &ends[0]);
      count++;
      now = bench_now ();
    }
  while (now < end);
  return (double) count * 1e9 / (double) (now - begin);
}
