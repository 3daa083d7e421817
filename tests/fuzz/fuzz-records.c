/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "../libspp/spp-test-kem.h"
#include "fuzz-records-path.h"
#include "fuzz-vectors.h"
#include "spp-error.h"
#include "spp-handshake2-private.h"

/* A session of SPP/2 between two of ours, without streams, and somebody between
 * them.
 *
 * Input: the mode; after how many records new keys are due; the sizes of the pieces
 * in which bytes arrive; then operations, each with what it needs. The lowest bit of
 * an operation says who: Alice, who called, or Bob.
 *
 * Both keep to the rules, so whatever is refused was brought about by the one
 * between them. Beyond the rules the two may only send more than the other takes. */

typedef enum
{
  MODE_POST_QUANTUM = 1 << 0,
  MODE_LIMIT = 1 << 1,
} Mode;

typedef enum
{
  OP_DATA,
  OP_LAST,
  OP_PAD,
  OP_CLOSE,
  OP_REKEY,         /* Bob: the answer */
  OP_DELIVER,
  OP_DELIVER_ALL,
  OP_INTERFERE,
  OP_WAIT,
  OP_RENEW,         /* a whole rekey, with nobody between */
  N_OPS,
} Op;

#define LIMIT 3000
#define EPOCH_TIME 1000
/* More teach nothing, and could make so many rekeys that they are refused. */
#define MAX_OPS 500

enum { ALICE, BOB };

static const guint8 seeds[][32] = { FUZZ_INITIATOR_SEED, FUZZ_RESPONDER_SEED };
static SppPrivateKey *keys[2];

typedef struct
{
  guint8           mode;
  FuzzInput        input;
  FuzzChunks       chunks;
  gint64           now;
  guint            counter;       /* makes bodies differ */
  SppRecordLayer  *layers[2];
  FuzzPath         paths[2];      /* from Alice, from Bob */
  gboolean         close_sent[2];
  gboolean         rekeying;

  /* Alice's epoch */
  guint64          epoch_records;
  guint64          records;
  gint64           epoch_begin;
  gboolean         has_message;
} World;

/* ## Beginning */

static SppPublicKey *
find_alice (const guint8 *raw,
            SppPeerFlags *flags,
            gpointer      user_data)
{
  SppPublicKey *alice = spp_private_key_get_public_key (keys[ALICE]);

  g_assert_cmpmem (raw, 32, g_bytes_get_data (spp_public_key_get_bytes (alice), NULL), 32);
  return alice;
}

static void
feed (SppHandshake2 *from,
      SppHandshake2 *to)
{
  g_autoptr (GBytes) output = spp_handshake2_take_output (from);
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (output, &size);

  for (gsize fed = 0; fed < size; )
    {
      gsize part = spp_handshake2_get_wanted (to);

      g_assert_cmpuint (part, <=, size - fed);
      g_assert_true (spp_handshake2_feed (to, data + fed, part, 0, &error));
      fed += part;
    }
}

static void
meet (World *self)
{
  guint64 limit = self->mode & MODE_LIMIT ? LIMIT : 0;
  g_autoptr (SppHandshake2) alice = NULL;
  g_autoptr (SppHandshake2) bob = NULL;

  spp_test_kem_set_available (self->mode & MODE_POST_QUANTUM);
  alice = spp_handshake2_new_initiator (keys[ALICE], spp_private_key_get_public_key (keys[BOB]),
                                        SPP_PEER_FLAGS_NONE, limit);
  bob = spp_handshake2_new_responder (keys[BOB], find_alice, NULL, limit);
  feed (alice, bob);
  feed (bob, alice);
  feed (alice, bob);
  feed (bob, alice);
  self->layers[ALICE] = spp_handshake2_take_layer (alice);
  self->layers[BOB] = spp_handshake2_take_layer (bob);
  fuzz_path_init (&self->paths[ALICE], self->layers[BOB], limit);
  fuzz_path_init (&self->paths[BOB], self->layers[ALICE], limit);
  /* HELLO */
  self->records = 1;
}

/* ## What has to be */

/* Who refused something is gone for both directions. */
static gboolean
is_gone (World *self,
         guint  who)
{
  return self->paths[!who].failed;
}

static gboolean
is_before_kem (World *self,
               guint  who)
{
  return self->mode & MODE_POST_QUANTUM && spp_record_layer_get_rekeys (self->layers[who]) == 0;
}

static gboolean
may_send (World *self,
          guint  who)
{
  return !is_gone (self, who) && !self->close_sent[who] && !is_before_kem (self, who)
         && !(who == ALICE && self->rekeying);
}

static gboolean
may_rekey (World *self)
{
  return !is_gone (self, ALICE) && !self->rekeying && !self->close_sent[ALICE]
         && !self->paths[BOB].closed;
}

static gboolean
is_due (World *self)
{
  return may_rekey (self)
         && (is_before_kem (self, ALICE) || self->records >= self->epoch_records
             || (self->has_message && self->now - self->epoch_begin >= EPOCH_TIME));
}

static void
check (World *self)
{
  for (guint who = ALICE; who <= BOB; who++)
    {
      SppRecordLayer *layer = self->layers[who];

      /* A length out of bounds is noticed before the layer: who then asks it does not
       * exist. */
      if (self->paths[!who].failed)
        continue;
      g_assert_cmpint (spp_record_layer_may_send (layer), ==, may_send (self, who));
      g_assert_cmpint (spp_record_layer_is_close_sent (layer), ==, self->close_sent[who]);
    }
  if (!is_gone (self, ALICE))
    {
      g_assert_cmpint (spp_record_layer_is_rekeying (self->layers[ALICE]), ==, self->rekeying);
      g_assert_cmpint (spp_record_layer_is_rekey_due (self->layers[ALICE], self->now), ==,
                       is_due (self));
    }
  g_assert_false (spp_record_layer_is_rekey_due (self->layers[BOB], self->now));
}

/* ## Operations */

static void
count (World         *self,
       SppRecordType  type)
{
  self->records++;
  if (type == SPP_RECORD_DATA || type == SPP_RECORD_LAST)
    self->has_message = TRUE;
}

static void
seal (World         *self,
      guint          who,
      SppRecordType  type,
      gsize          length)
{
  g_autofree guint8 *data = g_malloc (length + 1);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  if (!may_send (self, who))
    return;
  self->counter++;
  for (gsize i = 0; i < length; i++)
    data[i] = self->counter + i / 7;
  body = g_bytes_new (data, length);
  g_assert_true (spp_record_layer_seal (self->layers[who], type, data, length, output, &error));
  g_assert_no_error (error);
  fuzz_path_send (&self->paths[who], output->data, output->len, type, body);
  if (who == ALICE)
    count (self, type);
  self->close_sent[who] = self->close_sent[who] || type == SPP_RECORD_CLOSE;
}

static gsize
take_length (FuzzInput *input,
             gsize      at_least)
{
  gsize length = fuzz_input_take_byte (input);

  if (length >= 200)
    length = fuzz_input_take_u16 (input);
  return CLAMP (length, at_least, SPP_RECORD_MAX_BODY_SIZE);
}

static void
close_direction (World *self,
                 guint  who)
{
  if (!self->paths[who].in_message)
    seal (self, who, SPP_RECORD_CLOSE, 1);
}

static void
ask (World *self)
{
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  if (!may_rekey (self))
    return;
  g_assert_true (spp_record_layer_rekey (self->layers[ALICE], output, &error));
  g_assert_no_error (error);
  fuzz_path_send (&self->paths[ALICE], output->data, output->len, SPP_RECORD_REKEY, NULL);
  self->rekeying = TRUE;
  count (self, SPP_RECORD_REKEY);
}

static void
answer (World *self)
{
  g_autoptr (GByteArray) output = g_byte_array_new ();

  if (is_gone (self, BOB) || !spp_record_layer_has_answer (self->layers[BOB]))
    return;
  spp_record_layer_take_answer (self->layers[BOB], output);
  g_assert_false (spp_record_layer_has_answer (self->layers[BOB]));
  fuzz_path_send (&self->paths[BOB], output->data, output->len, SPP_RECORD_REKEY_ACK, NULL);
}

static void
deliver (World *self,
         guint  from)
{
  FuzzPath *path = &self->paths[from];
  guint before = path->opened;

  fuzz_path_deliver (path, &self->chunks, self->now);
  if (from == ALICE)
    return;
  for (; before < path->opened; before++)
    {
      SppRecordType type = g_array_index (path->sent, FuzzRecord, before).type;

      count (self, type);
      if (type != SPP_RECORD_REKEY_ACK)
        continue;
      self->rekeying = FALSE;
      self->records = 0;
      self->has_message = FALSE;
      self->epoch_begin = self->now;
    }
}

static void
deliver_all (World *self)
{
  for (guint from = ALICE; from <= BOB; from++)
    while (!g_queue_is_empty (&self->paths[from].line))
      deliver (self, from);
}

static void
renew (World *self)
{
  deliver_all (self);
  ask (self);
  deliver_all (self);
  answer (self);
  deliver_all (self);
}

static void
run_op (World *self)
{
  guint8 byte = fuzz_input_take_byte (&self->input);
  guint who = byte & 1;

  switch ((Op) (byte / 2 % N_OPS))
    {
    case OP_DATA:
      seal (self, who, SPP_RECORD_DATA, take_length (&self->input, 1));
      break;
    case OP_LAST:
      seal (self, who, SPP_RECORD_LAST, take_length (&self->input, 0));
      break;
    case OP_PAD:
      seal (self, who, SPP_RECORD_PAD, take_length (&self->input, 0));
      break;
    case OP_CLOSE:
      close_direction (self, who);
      break;
    case OP_REKEY:
      if (who == ALICE)
        ask (self);
      else
        answer (self);
      break;
    case OP_DELIVER:
      deliver (self, who);
      break;
    case OP_DELIVER_ALL:
      deliver_all (self);
      break;
    case OP_INTERFERE:
      fuzz_path_interfere (&self->paths[who], &self->paths[!who], &self->input);
      break;
    case OP_WAIT:
      self->now += fuzz_input_take_u16 (&self->input);
      break;
    case OP_RENEW:
      renew (self);
      break;
    case N_OPS:
    default:
      g_assert_not_reached ();
    }
}

/* Where nobody has interfered all that was sent arrives. */
static void
check_end (World *self)
{
  deliver_all (self);
  answer (self);
  deliver_all (self);
  check (self);
  for (guint from = ALICE; from <= BOB; from++)
    if (!self->paths[from].touched && !self->paths[from].failed)
      {
        g_assert_cmpuint (self->paths[from].arrived, ==, self->paths[from].stream->len);
        g_assert_cmpuint (self->paths[from].opened, ==, self->paths[from].sent->len);
      }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  World world = { .input = { data, size } };

  if (keys[ALICE] == NULL)
    for (guint who = ALICE; who <= BOB; who++)
      keys[who] = spp_private_key_new_from_seed (seeds[who], sizeof seeds[who], NULL);
  world.mode = fuzz_input_take_byte (&world.input);
  world.epoch_records = fuzz_input_take_byte (&world.input);
  world.chunks = fuzz_input_take_chunks (&world.input);
  meet (&world);
  spp_record_layer_set_epoch (world.layers[ALICE], world.epoch_records, EPOCH_TIME);

  for (guint i = 0; i < MAX_OPS && world.input.size > 0; i++)
    {
      run_op (&world);
      check (&world);
    }
  check_end (&world);

  for (guint who = ALICE; who <= BOB; who++)
    {
      fuzz_path_clear (&world.paths[who]);
      spp_record_layer_free (world.layers[who]);
    }
  return 0;
}
