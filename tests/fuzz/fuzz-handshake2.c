/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "fuzz-handshake2.h"

#include <string.h>

#include "../libspp/spp-test-kem.h"
#include "spp-error.h"
#include "spp-public-key-private.h"

/* What comes from somebody during the handshake of SPP/2, in pieces, to either side.
 *
 * Input: the mode; which friends Bob has; our limit; the sizes of the pieces; with
 * MODE_PEER who the peer is and what it does wrong; then the stream, or what follows
 * on it.
 *
 * What has to come of a stream is worked out here again, with libsodium alone: as
 * our ephemeral is known, to the byte. */

/* ## What has to come out */

static gboolean
has_frame (FuzzWorld2 *world,
           gsize       start,
           gsize       size)
{
  return world->stream->len >= start + SPP_FRAME_HEADER_SIZE + size;
}

/* FALSE if there is no more to say: the length is not there, or a wrong one. */
static gboolean
check_length (FuzzVerdict2 *self,
              FuzzWorld2   *world,
              gsize         start,
              guint64       min,
              guint64       max)
{
  guint64 length;

  if (!has_frame (world, start, 0))
    return FALSE;
  length = spp_frame_read_header (world->stream->data + start);
  if (length < min || length > max)
    {
      self->ends_at = start + SPP_FRAME_HEADER_SIZE;
      self->code = SPP_ERROR_FRAME_LENGTH;
      if (!(world->mode & MODE_RESPONDER) && start == 0 && length == 96)
        self->code = SPP_ERROR_OLD_PROTOCOL;
      return FALSE;
    }
  return has_frame (world, start, length);
}

static GBytes *
get_frame (FuzzWorld2 *world,
           gsize       start)
{
  gsize size = SPP_FRAME_HEADER_SIZE + spp_frame_read_header (world->stream->data + start);

  return g_bytes_new (world->stream->data + start, size);
}

static void
end (FuzzVerdict2 *self,
     gsize         size,
     int           code)
{
  self->ends_at = size;
  self->code = code;
}

static gboolean
is_reflected (SppTestManual *same)
{
  return memcmp (same->peer_ephemeral, same->ephemeral_public, 32) == 0;
}

static guint64
read_u64 (const guint8 *bytes)
{
  guint64 number;

  memcpy (&number, bytes, sizeof number);
  return GUINT64_FROM_LE (number);
}

static gboolean
is_downgraded (FuzzWorld2   *world,
               const guint8 *hello)
{
  return world->mode & MODE_REQUIRED
         && !(world->mode & MODE_POST_QUANTUM && hello[32] & 1);
}

static int
judge_caller (FuzzWorld2    *world,
              SppTestManual *same,
              gboolean       decrypts)
{
  if (fuzz_is_low_order (same->peer_static))
    return SPP_ERROR_WEAK_EPHEMERAL;
  if (!decrypts)
    return SPP_ERROR_BAD_TAG;
  for (guint i = 0; i <= FUZZ_N_KEYS; i++)
    {
      SppPublicKey *key = fuzz_get_public_key (i);

      if (!(world->friends >> i & 1)
          || memcmp (g_bytes_get_data (spp_public_key_get_bytes (key), NULL),
                     same->peer_hello, 32) != 0)
        continue;
      if (memcmp (spp_public_key_get_x25519 (key), same->peer_static, 32) != 0)
        return SPP_ERROR_UNKNOWN_PEER;
      return is_downgraded (world, same->peer_hello) ? SPP_ERROR_DOWNGRADED : -1;
    }
  return SPP_ERROR_UNKNOWN_PEER;
}

static void
judge_as_responder (FuzzVerdict2 *self,
                    FuzzWorld2   *world)
{
  SppTestManual *same = &self->same;
  gsize message3_at = SPP_FRAME_HEADER_SIZE + 32;
  gsize size = message3_at + SPP_FRAME_HEADER_SIZE + 128;
  g_autoptr (GBytes) message1 = NULL;
  g_autoptr (GBytes) message3 = NULL;
  gboolean decrypts;

  /* Not of low order, should it stay. */
  same->peer_static[0] = 9;
  if (!check_length (self, world, 0, 32, 32))
    return;
  message1 = get_frame (world, 0);
  spp_test_manual_read_ephemeral (same, message1);
  self->outputs[0] = spp_test_manual_write_ephemeral (same);
  self->output_at[0] = message3_at;
  if (!check_length (self, world, message3_at, 128, 128))
    return;
  message3 = get_frame (world, message3_at);
  decrypts = spp_test_manual_read_message3 (same, message3);
  if (is_reflected (same))
    end (self, size, SPP_ERROR_REFLECTED);
  else if (fuzz_is_low_order (same->peer_ephemeral))
    end (self, size, SPP_ERROR_WEAK_EPHEMERAL);
  else
    end (self, size, judge_caller (world, same, decrypts));
  if (self->code == -1)
    {
      self->outputs[1] = spp_test_manual_seal (same, SPP_RECORD_HELLO, same->hello, 64);
      self->output_at[1] = size;
    }
}

static int
judge_hello (FuzzWorld2    *world,
             SppTestManual *same,
             GBytes        *frame)
{
  g_autoptr (GBytes) plain = spp_test_manual_open_plain (same, frame);
  GBytes *bob = spp_public_key_get_bytes (fuzz_get_public_key (FUZZ_BOB));
  const guint8 *data;
  gsize size;

  if (plain == NULL)
    return SPP_ERROR_BAD_TAG;
  data = g_bytes_get_data (plain, &size);
  if (size < 3 + 64 || data[0] != SPP_RECORD_HELLO || data[1] != 64 || data[2] != 0
      || memcmp (data + 3, g_bytes_get_data (bob, NULL), 32) != 0)
    return SPP_ERROR_BAD_RECORD;
  for (gsize i = 3 + 64; i < size; i++)
    if (data[i] != 0)
      return SPP_ERROR_BAD_RECORD;
  memcpy (same->peer_hello, data + 3, 64);
  return is_downgraded (world, same->peer_hello) ? SPP_ERROR_DOWNGRADED : -1;
}

static void
judge_as_initiator (FuzzVerdict2 *self,
                    FuzzWorld2   *world)
{
  SppTestManual *same = &self->same;
  gsize hello_at = SPP_FRAME_HEADER_SIZE + 32;
  g_autoptr (GBytes) message2 = NULL;
  g_autoptr (GBytes) hello = NULL;

  self->outputs[0] = spp_test_manual_write_ephemeral (same);
  if (!check_length (self, world, 0, 32, 32))
    return;
  message2 = get_frame (world, 0);
  spp_test_manual_read_ephemeral (same, message2);
  if (is_reflected (same) || fuzz_is_low_order (same->peer_ephemeral))
    {
      end (self, hello_at, is_reflected (same) ? SPP_ERROR_REFLECTED : SPP_ERROR_WEAK_EPHEMERAL);
      return;
    }
  self->outputs[1] = spp_test_manual_write_message3 (same);
  self->output_at[1] = hello_at;
  if (!check_length (self, world, hello_at, 19, 65535))
    return;
  hello = get_frame (world, hello_at);
  end (self, hello_at + g_bytes_get_size (hello), judge_hello (world, same, hello));
}

void
fuzz_verdict2_init (FuzzVerdict2 *self,
                    FuzzWorld2   *world)
{
  gboolean responder = (world->mode & MODE_RESPONDER) != 0;
  guint who = responder ? FUZZ_BOB : FUZZ_ALICE;

  memset (self, 0, sizeof *self);
  self->ends_at = G_MAXSIZE;
  self->code = -1;
  fuzz_manual_init (&self->same, who, responder ? NULL : fuzz_get_public_key (FUZZ_BOB));
  spp_test_manual_set_hello (&self->same, self->same.hello,
                             world->mode & MODE_POST_QUANTUM ? 1 : 0, world->max_incoming);
  if (responder)
    judge_as_responder (self, world);
  else
    judge_as_initiator (self, world);
}

void
fuzz_verdict2_clear (FuzzVerdict2 *self)
{
  g_clear_pointer (&self->outputs[0], g_bytes_unref);
  g_clear_pointer (&self->outputs[1], g_bytes_unref);
}

/* ## What comes out */

static SppPublicKey *
find_friend (const guint8 *raw,
             SppPeerFlags *flags,
             gpointer      user_data)
{
  FuzzWorld2 *world = user_data;

  for (guint i = 0; i <= FUZZ_N_KEYS; i++)
    {
      SppPublicKey *key = fuzz_get_public_key (i);

      if (world->friends >> i & 1
          && memcmp (g_bytes_get_data (spp_public_key_get_bytes (key), NULL), raw, 32) == 0)
        {
          *flags = world->mode & MODE_REQUIRED ? SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM
                                               : SPP_PEER_FLAGS_NONE;
          return key;
        }
    }
  return NULL;
}

static SppHandshake2 *
handshake_new (FuzzWorld2 *world)
{
  gboolean responder = (world->mode & MODE_RESPONDER) != 0;
  const guint8 *ephemeral = fuzz_get_ephemeral (responder ? FUZZ_BOB : FUZZ_ALICE);
  SppHandshake2 *handshake;

  if (responder)
    handshake = spp_handshake2_new_responder (fuzz_get_key (FUZZ_BOB), find_friend, world,
                                              world->max_incoming);
  else
    handshake = spp_handshake2_new_initiator (fuzz_get_key (FUZZ_ALICE),
                                              fuzz_get_public_key (FUZZ_BOB),
                                              world->mode & MODE_REQUIRED
                                                ? SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM
                                                : SPP_PEER_FLAGS_NONE,
                                              world->max_incoming);
  spp_handshake2_set_ephemeral (handshake, spp_secret_new_copy (ephemeral, 32));
  return handshake;
}

/* All that is due after so many bytes, and nothing else. */
static void
check_output (SppHandshake2 *handshake,
              FuzzVerdict2  *verdict,
              gsize          fed,
              guint         *n_outputs)
{
  g_autoptr (GBytes) output = spp_handshake2_take_output (handshake);

  if (*n_outputs == 2 || verdict->outputs[*n_outputs] == NULL
      || verdict->output_at[*n_outputs] > fed)
    {
      g_assert_null (output);
      return;
    }
  g_assert_nonnull (output);
  g_assert_true (g_bytes_equal (output, verdict->outputs[*n_outputs]));
  (*n_outputs)++;
}

static void
check_done (FuzzWorld2    *world,
            SppHandshake2 *handshake,
            FuzzVerdict2  *verdict)
{
  g_autoptr (SppRecordLayer) layer = spp_handshake2_take_layer (handshake);
  GBytes *peer = spp_public_key_get_bytes (spp_handshake2_get_peer (handshake));
  SppTestManual *same = &verdict->same;
  const SppRecordTerms *terms;
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GBytes) expected = NULL;

  g_assert_nonnull (layer);
  g_assert_null (spp_handshake2_take_layer (handshake));
  g_assert_cmpmem (g_bytes_get_data (peer, NULL), 32, same->peer_hello, 32);
  g_assert_cmpmem (spp_record_layer_get_channel_binding (layer), 32, same->h, 32);
  terms = spp_record_layer_get_terms (layer);
  g_assert_cmpuint (terms->max_incoming, ==, world->max_incoming);
  g_assert_cmpuint (terms->max_outgoing, ==, read_u64 (same->peer_hello + 40));
  g_assert_cmpint (terms->post_quantum, ==,
                   world->mode & MODE_POST_QUANTUM && same->peer_hello[32] & 1);
  g_assert_cmpint (spp_record_layer_may_send (layer), ==, !terms->post_quantum);
  if (terms->post_quantum)
    return;
  g_assert_true (spp_record_layer_seal (layer, SPP_RECORD_LAST, (const guint8 *) "x", 1, output,
                                        NULL));
  expected = spp_test_manual_seal (same, SPP_RECORD_LAST, "x", 1);
  g_assert_cmpmem (output->data, output->len, g_bytes_get_data (expected, NULL),
                   g_bytes_get_size (expected));
}

static void
check_dead (FuzzWorld2    *world,
            SppHandshake2 *handshake)
{
  g_assert_null (spp_handshake2_take_output (handshake));
  g_assert_null (spp_handshake2_take_layer (handshake));
  if (world->mode & MODE_RESPONDER)
    g_assert_null (spp_handshake2_get_peer (handshake));
}

static void
run (FuzzWorld2   *world,
     FuzzVerdict2 *verdict)
{
  g_autoptr (SppHandshake2) handshake = handshake_new (world);
  FuzzChunks chunks = world->chunks;
  guint n_outputs = 0;
  gsize fed = 0;

  check_output (handshake, verdict, fed, &n_outputs);
  while (fed < world->stream->len && spp_handshake2_get_wanted (handshake) > 0)
    {
      gsize wanted = spp_handshake2_get_wanted (handshake);
      gsize part = fuzz_chunks_next (&chunks, MIN (wanted, world->stream->len - fed));
      g_autofree guint8 *exact = g_memdup2 (world->stream->data + fed, part);
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (wanted, <=, SPP_RECORD_MAX_PAYLOAD_SIZE);
      fed += part;
      if (!spp_handshake2_feed (handshake, exact, part, 0, &error))
        {
          g_assert_cmpuint (fed, ==, verdict->ends_at);
          g_assert_error (error, SPP_ERROR, verdict->code);
          check_dead (world, handshake);
          return;
        }
      g_assert_no_error (error);
      check_output (handshake, verdict, fed, &n_outputs);
      g_assert_cmpint (fed == verdict->ends_at, ==, spp_handshake2_get_wanted (handshake) == 0);
    }
  if (spp_handshake2_get_wanted (handshake) == 0)
    {
      g_assert_cmpuint (fed, ==, verdict->ends_at);
      g_assert_cmpint (verdict->code, ==, -1);
      check_done (world, handshake, verdict);
      return;
    }
  g_assert_cmpuint (fed, ==, world->stream->len);
  g_assert_cmpuint (verdict->ends_at, ==, G_MAXSIZE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  FuzzInput input = { data, size };
  FuzzWorld2 world = { .mode = 0 };
  FuzzVerdict2 verdict;

  fuzz_keys_init ();
  world.mode = fuzz_input_take_byte (&input);
  world.friends = fuzz_input_take_byte (&input);
  world.max_incoming = fuzz_input_take_byte (&input);
  world.chunks = fuzz_input_take_chunks (&input);
  world.stream = g_byte_array_new ();
  spp_test_kem_set_available ((world.mode & MODE_POST_QUANTUM) != 0);
  if (world.mode & MODE_PEER)
    fuzz_make_stream (&world, &input);
  if (input.size > 0)
    g_byte_array_append (world.stream, input.data, input.size);

  fuzz_verdict2_init (&verdict, &world);
  run (&world, &verdict);
  fuzz_verdict2_clear (&verdict);
  g_byte_array_unref (world.stream);
  return 0;
}
