/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* The records of SPP/2 one by one: their size, and what somebody on the way can do
 * to them. Which records may come when is in test-record-rules.c. */

#include <string.h>

#include "spp-error.h"
#include "spp-test-friends.h"

typedef SppTestFriends Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  spp_test_friends_set_up (fixture, data);
  spp_test_friends_meet (fixture);
}

/* ## Padding */

/* The smallest number of so many steps that holds @size: of the 2^e up to @size, a
 * step is what is left when the number has log2 (e) + 1 significant bits. */
static gsize
pad (gsize size)
{
  gsize power = 1, step;
  guint exponent = 0, bits = 0;

  if (size <= 256)
    return 256;
  while (power * 2 <= size)
    {
      power *= 2;
      exponent++;
    }
  for (guint i = exponent; i > 0; i /= 2)
    bits++;
  step = power;
  for (guint i = 0; i < bits; i++)
    step /= 2;
  size = (size + step - 1) / step * step;
  return size > 65519 ? 65519 : size;
}

static void
test_padding (void)
{
  /* The table in docs/spp2.md, with the header in the size. */
  static const gsize known[][2] = {
    { 3, 256 }, { 256, 256 }, { 257, 272 }, { 1000, 1024 }, { 1123, 1152 }, { 1219, 1280 },
    { 11287, 11776 }, { 60000, 61440 }, { 65519, 65519 },
  };
  gsize last = 256;
  guint n_sizes = 1;

  g_test_summary ("Plaintexts are padded to few sizes");
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    g_assert_cmpuint (spp_record_pad (known[i][0] - SPP_RECORD_HEADER_SIZE), ==, known[i][1]);
  for (gsize length = 0; length <= SPP_RECORD_MAX_BODY_SIZE; length++)
    {
      gsize size = SPP_RECORD_HEADER_SIZE + length;
      gsize padded = spp_record_pad (length);

      g_assert_cmpuint (padded, ==, pad (size));
      g_assert_cmpuint (padded, >=, size);
      g_assert_cmpuint (spp_record_get_frame_size (length), ==, 8 + padded + 16);
      if (size > 256)
        g_assert_cmpuint ((padded - size) * 100, <=, size * 12);
      n_sizes += padded != last;
      last = padded;
    }
  /* 16 for each power of 2 from 2^8 to 2^16, and 256 itself. */
  g_assert_cmpuint (n_sizes, ==, 8 * 16 + 1);
}

/* ## Both ways */

static void
go_both_ways (Fixture       *fixture,
              const guint8  *body,
              gsize          length)
{
  for (guint i = 0; i < 2; i++)
    {
      SppRecordLayer *from = i == 0 ? fixture->alice : fixture->bob;
      SppRecordLayer *to = i == 0 ? fixture->bob : fixture->alice;

      for (SppRecordType type = SPP_RECORD_DATA; type <= SPP_RECORD_PAD; type++)
        {
          g_autoptr (GBytes) frame = NULL;

          if ((type == SPP_RECORD_DATA && length == 0)
              || (type > SPP_RECORD_LAST && type < SPP_RECORD_PAD))
            continue;
          frame = spp_test_layer_seal (from, type, body, length);
          g_assert_cmpuint (g_bytes_get_size (frame), ==,
                            8 + pad (SPP_RECORD_HEADER_SIZE + length) + 16);
          spp_test_layer_expect (to, frame, type, body, length);
          g_assert_cmpint (spp_record_layer_is_in_message (to), ==, type == SPP_RECORD_DATA);
        }
    }
}

static void
test_round_trip (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autofree guint8 *body = g_malloc (SPP_RECORD_MAX_BODY_SIZE);

  g_test_summary ("Bodies of all sizes arrive as they were, in frames of a few sizes");
  spp_crypto_random (body, SPP_RECORD_MAX_BODY_SIZE);
  for (gsize length = 0; length <= 600; length++)
    go_both_ways (fixture, body, length);
  for (gsize length = 601; length < SPP_RECORD_MAX_BODY_SIZE; length++)
    if (pad (SPP_RECORD_HEADER_SIZE + length) != pad (SPP_RECORD_HEADER_SIZE + length + 1))
      {
        go_both_ways (fixture, body, length - 1);
        go_both_ways (fixture, body, length);
        go_both_ways (fixture, body, length + 1);
      }
  go_both_ways (fixture, body, SPP_RECORD_MAX_BODY_SIZE - 1);
  go_both_ways (fixture, body, SPP_RECORD_MAX_BODY_SIZE);
}

static void
test_never_the_same (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                                       (GDestroyNotify) g_bytes_unref, NULL);

  g_test_summary ("The same text never looks the same, not even its tag");
  for (guint i = 0; i < 300; i++)
    {
      SppRecordLayer *from = i % 2 == 0 ? fixture->alice : fixture->bob;
      SppRecordLayer *to = i % 2 == 0 ? fixture->bob : fixture->alice;
      g_autoptr (GBytes) frame = spp_test_layer_seal (from, SPP_RECORD_LAST, "hello", 5);
      gsize size = g_bytes_get_size (frame);

      spp_test_layer_expect (to, frame, SPP_RECORD_LAST, "hello", 5);
      for (gsize place = 8; place < size; place += 16)
        g_assert_true (g_hash_table_add (seen, g_bytes_new_from_bytes (frame, place, 16)));
      if (i % 100 == 99)
        spp_test_layer_renew (fixture->alice, fixture->bob, 0);
    }
}

/* Each key follows from the one before it, and only from that. */
static void
test_keys (Fixture       *fixture,
           gconstpointer  data)
{
  g_test_summary ("Each record has a key of its own, as the specification derives it");
  for (guint i = 0; i < 2; i++)
    {
      SppRecordLayer *ours;

      spp_test_friends_meet_one (fixture, i == 0, 0, 0);
      ours = spp_test_friends_get_ours (fixture);
      for (guint j = 0; j < 100; j++)
        {
          g_autoptr (GBytes) to = spp_test_manual_seal (&fixture->manual, SPP_RECORD_PAD,
                                                        NULL, 0);
          g_autoptr (GBytes) from = spp_test_layer_seal (ours, SPP_RECORD_LAST, "hello", 5);
          g_autoptr (GBytes) body = NULL;
          guint8 type;

          spp_test_layer_expect (ours, to, SPP_RECORD_PAD, NULL, 0);
          body = spp_test_manual_open (&fixture->manual, from, &type);
          g_assert_nonnull (body);
          g_assert_cmpuint (type, ==, SPP_RECORD_LAST);
        }
      /* A key as it has been, or would be, opens nothing. */
      for (guint j = 0; j < 2; j++)
        {
          SppTestManual other = fixture->manual;
          g_autoptr (GBytes) frame = spp_test_layer_seal (ours, SPP_RECORD_LAST, "hello", 5);
          g_autoptr (GBytes) body = NULL;
          guint8 type;

          if (j == 0)
            other.received++;
          else
            spp_crypto_noise_rekey (other.receiving_key);
          g_assert_null (spp_test_manual_open (&other, frame, &type));
          body = spp_test_manual_open (&fixture->manual, frame, &type);
          g_assert_nonnull (body);
        }
    }
}

/* ## On the way */

static SppRecordLayer *
meet_again (Fixture         *fixture,
            gboolean         to_initiator,
            SppRecordLayer **from)
{
  spp_test_friends_meet (fixture);
  *from = to_initiator ? fixture->bob : fixture->alice;
  return to_initiator ? fixture->alice : fixture->bob;
}

static void
test_flipped (Fixture       *fixture,
              gconstpointer  data)
{
  gboolean to_initiator = GPOINTER_TO_INT (data);
  SppRecordLayer *from;
  gsize size = spp_record_get_frame_size (5);

  g_test_summary ("Each byte of a record matters");
  for (gsize place = SPP_FRAME_HEADER_SIZE; place < size; place++)
    {
      SppRecordLayer *to = meet_again (fixture, to_initiator, &from);
      g_autoptr (GBytes) frame = spp_test_layer_seal (from, SPP_RECORD_LAST, "hello", 5);
      g_autoptr (GBytes) changed = spp_test_frame_flip (frame, place, 1 << place % 8);

      spp_test_layer_refuse (to, changed, SPP_ERROR_BAD_TAG);
      spp_test_layer_refuse (to, frame, SPP_ERROR_BAD_RECORD);
    }
}

static void
test_resized (Fixture       *fixture,
              gconstpointer  data)
{
  gboolean to_initiator = GPOINTER_TO_INT (data);
  SppRecordLayer *from;
  gsize right_size = spp_record_get_frame_size (5) - SPP_FRAME_HEADER_SIZE;

  g_test_summary ("A record that was cut or made longer is refused");
  for (gsize size = 0; size <= right_size + 20; size++)
    {
      SppRecordLayer *to = meet_again (fixture, to_initiator, &from);
      g_autoptr (GBytes) frame = spp_test_layer_seal (from, SPP_RECORD_LAST, "hello", 5);
      g_autoptr (GBytes) changed = spp_test_frame_resize (frame, size);

      if (size != right_size)
        spp_test_layer_refuse (to, changed, size < SPP_RECORD_MIN_PAYLOAD_SIZE
                                            ? SPP_ERROR_FRAME_LENGTH : SPP_ERROR_BAD_TAG);
    }
}

typedef enum
{
  DROPPED,
  DOUBLED,
  SWAPPED,
  REPLAYED,
  REFLECTED,
  FROM_ANOTHER_SESSION,
  FROM_ANOTHER_EPOCH,
  N_INTERFERENCES,
} Interference;

static const char * const interference_names[N_INTERFERENCES] = {
  "dropped", "doubled", "swapped", "replayed", "reflected", "another-session", "another-epoch",
};

static void
test_interference (Fixture       *fixture,
                   gconstpointer  data)
{
  Interference what = GPOINTER_TO_INT (data);

  g_test_summary ("Records arrive once, in order, and where they belong, or the session ends");
  for (guint i = 0; i < 2; i++)
    {
      SppRecordLayer *from;
      SppRecordLayer *to = meet_again (fixture, i == 0, &from);
      g_autoptr (GBytes) first = spp_test_layer_seal (from, SPP_RECORD_LAST, "first", 5);
      g_autoptr (GBytes) second = spp_test_layer_seal (from, SPP_RECORD_LAST, "second", 6);
      g_autoptr (GBytes) wrong = NULL;

      if (what == DROPPED || what == SWAPPED)
        {
          wrong = g_bytes_ref (second);
        }
      else if (what == DOUBLED || what == REPLAYED)
        {
          spp_test_layer_expect (to, first, SPP_RECORD_LAST, "first", 5);
          if (what == REPLAYED)
            spp_test_layer_expect (to, second, SPP_RECORD_LAST, "second", 6);
          wrong = g_bytes_ref (first);
        }
      else if (what == REFLECTED)
        {
          spp_test_layer_refuse (from, first, SPP_ERROR_BAD_TAG);
          wrong = spp_test_layer_seal (to, SPP_RECORD_LAST, "own", 3);
        }
      else if (what == FROM_ANOTHER_SESSION)
        {
          wrong = g_steal_pointer (&first);
          to = meet_again (fixture, i == 0, &from);
        }
      else
        {
          spp_test_layer_expect (to, first, SPP_RECORD_LAST, "first", 5);
          spp_test_layer_expect (to, second, SPP_RECORD_LAST, "second", 6);
          spp_test_layer_renew (fixture->alice, fixture->bob, 0);
          wrong = g_steal_pointer (&first);
        }
      spp_test_layer_refuse (to, wrong, SPP_ERROR_BAD_TAG);
      if (what == SWAPPED)
        spp_test_layer_refuse (to, first, SPP_ERROR_BAD_RECORD);
    }
}

/* ## What a peer can say */

static GBytes *
seal_plain (Fixture *fixture,
            guint8   type,
            guint    length,
            gsize    size)
{
  g_autofree guint8 *plain = g_malloc0 (size + SPP_RECORD_HEADER_SIZE);

  plain[0] = type;
  plain[1] = length & 0xff;
  plain[2] = length >> 8;
  return spp_test_manual_seal_plain (&fixture->manual, plain, size);
}

static void
test_plaintext_sizes (Fixture       *fixture,
                      gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  static const struct { gsize size; int code; } cases[] = {
    { 0, SPP_ERROR_FRAME_LENGTH },
    { 1, SPP_ERROR_FRAME_LENGTH },
    { 2, SPP_ERROR_FRAME_LENGTH },
    { 3, -1 }, { 4, -1 }, { 255, -1 }, { 256, -1 }, { 257, -1 }, { 271, -1 }, { 300, -1 },
    { 65518, -1 }, { 65519, -1 },
    { 65520, SPP_ERROR_FRAME_LENGTH },
    { 65521, SPP_ERROR_FRAME_LENGTH },
    { 65535, SPP_ERROR_FRAME_LENGTH },
    { 65536, SPP_ERROR_FRAME_LENGTH },
    { 131055, SPP_ERROR_FRAME_LENGTH },
  };

  g_test_summary ("A receiver takes any amount of padding, and plaintexts of 3 to 65519 bytes");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) frame = NULL;

      spp_test_friends_meet_one (fixture, initiator, 0, 0);
      frame = seal_plain (fixture, SPP_RECORD_LAST, 0, cases[i].size);
      if (cases[i].code >= 0)
        spp_test_layer_refuse (spp_test_friends_get_ours (fixture), frame, cases[i].code);
      else
        spp_test_layer_expect (spp_test_friends_get_ours (fixture), frame, SPP_RECORD_LAST,
                               "", 0);
    }
}

static void
test_lengths (Fixture       *fixture,
              gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  static const gsize sizes[] = { 3, 4, 5, 255, 256, 257, 258, 259, 1000, 65518, 65519 };
  static const guint8 zeros[SPP_RECORD_MAX_BODY_SIZE];

  g_test_summary ("A body does not reach beyond its record");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      guint fits = sizes[i] - SPP_RECORD_HEADER_SIZE;
      guint lengths[] = { fits, fits + 1, fits + 2, fits + 3, fits + 16, fits | 0xff00, 65535 };

      for (guint j = 0; j < G_N_ELEMENTS (lengths); j++)
        {
          g_autoptr (GBytes) frame = NULL;

          if (lengths[j] > 65535)
            continue;
          spp_test_friends_meet_one (fixture, initiator, 0, 0);
          frame = seal_plain (fixture, SPP_RECORD_PAD, lengths[j], sizes[i]);
          if (lengths[j] > fits)
            spp_test_layer_refuse (spp_test_friends_get_ours (fixture), frame,
                                   SPP_ERROR_BAD_RECORD);
          else
            spp_test_layer_expect (spp_test_friends_get_ours (fixture), frame, SPP_RECORD_PAD,
                                   zeros, lengths[j]);
        }
    }
}

static void
test_wrong_padding (Fixture       *fixture,
                    gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);

  g_test_summary ("Each byte of the padding is zero");
  for (guint length = 0; length <= 60; length += 20)
    for (gsize place = SPP_RECORD_HEADER_SIZE; place < 256; place++)
      {
        guint8 plain[256] = { SPP_RECORD_LAST, length, 0 };
        g_autoptr (GBytes) frame = NULL;

        spp_test_friends_meet_one (fixture, initiator, 0, 0);
        plain[place] = place % 2 == 0 ? 1 << place % 8 : 0xff;
        frame = spp_test_manual_seal_plain (&fixture->manual, plain, sizeof plain);
        if (place < SPP_RECORD_HEADER_SIZE + length)
          spp_test_layer_expect (spp_test_friends_get_ours (fixture), frame, SPP_RECORD_LAST,
                                 plain + SPP_RECORD_HEADER_SIZE, length);
        else
          spp_test_layer_refuse (spp_test_friends_get_ours (fixture), frame,
                                 SPP_ERROR_BAD_RECORD);
      }

  /* All of it wrong in the same way. */
  {
    guint8 plain[256];
    g_autoptr (GBytes) frame = NULL;

    memset (plain, SPP_RECORD_LAST, sizeof plain);
    plain[1] = plain[2] = 0;
    spp_test_friends_meet_one (fixture, initiator, 0, 0);
    frame = spp_test_manual_seal_plain (&fixture->manual, plain, sizeof plain);
    spp_test_layer_refuse (spp_test_friends_get_ours (fixture), frame, SPP_ERROR_BAD_RECORD);
  }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add (path, Fixture, data, set_up, func, \
                                          spp_test_friends_tear_down)
#define add_both(path, func) \
  add (path "/initiator", GINT_TO_POINTER (TRUE), func); \
  add (path "/responder", GINT_TO_POINTER (FALSE), func)
  g_test_add_func ("/spp/record/padding", test_padding);
  add ("/spp/record/round-trip", NULL, test_round_trip);
  add ("/spp/record/never-the-same", NULL, test_never_the_same);
  add ("/spp/record/keys", NULL, test_keys);
  add_both ("/spp/record/flipped", test_flipped);
  add_both ("/spp/record/resized", test_resized);
  for (Interference i = 0; i < N_INTERFERENCES; i++)
    {
      g_autofree char *path = g_strconcat ("/spp/record/", interference_names[i], NULL);

      add (path, GINT_TO_POINTER (i), test_interference);
    }
  add_both ("/spp/record/plaintext-sizes", test_plaintext_sizes);
  add_both ("/spp/record/lengths", test_lengths);
  add_both ("/spp/record/wrong-padding", test_wrong_padding);
#undef add_both
#undef add

  return g_test_run ();
}
