/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* When new keys are due in a session of SPP/2, how often they may be asked for, and
 * how much may go under the same ones. */

#include "spp-error.h"
#include "spp-test-friends.h"

#define EPOCH_RECORDS 65536
#define EPOCH_TIME (600 * G_TIME_SPAN_SECOND)
#define MAX_EPOCH_RECORDS (1 << 20)
/* Fewer make the next rekey a needless one. */
#define MIN_EPOCH_RECORDS 32768
#define MAX_NEEDLESS_REKEYS 1024
#define LATE (G_MAXINT64 - 1)
#define NEVER G_MAXINT64

typedef SppTestFriends Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  spp_test_friends_set_up (fixture, data);
  spp_test_friends_meet (fixture);
}

static void
send (SppRecordLayer *from,
      SppRecordLayer *to,
      SppRecordType   type)
{
  g_autoptr (GBytes) frame = spp_test_layer_seal (from, type, "x", 1);

  spp_test_layer_expect (to, frame, type, "x", 1);
}

static void
expect_due (SppRecordLayer *layer,
            gint64          now,
            gboolean        due)
{
  g_assert_cmpint (spp_record_layer_is_rekey_due (layer, now), ==, due);
}

/* ## When they are due */

static void
test_due_by_records (Fixture       *fixture,
                     gconstpointer  data)
{
  SppRecordLayer *alice = fixture->alice;
  SppRecordLayer *bob = fixture->bob;

  g_test_summary ("So many records of any kind, both ways together, and new keys are due");
  spp_record_layer_set_epoch (alice, 10, NEVER);
  spp_record_layer_set_epoch (bob, 10, NEVER);
  for (guint round = 0; round < 3; round++)
    {
      /* HELLO is a record of the first epoch. */
      for (guint i = round == 0 ? 1 : 0; i < 10; i++)
        {
          expect_due (alice, LATE, FALSE);
          if (i % 3 == 0)
            send (alice, bob, SPP_RECORD_LAST);
          else
            send (bob, alice, i % 3 == 1 ? SPP_RECORD_PAD : SPP_RECORD_DATA);
        }
      expect_due (alice, 0, TRUE);
      expect_due (bob, LATE, FALSE);
      spp_test_layer_renew (alice, bob, 0);
    }
}

static void
test_due_by_time (Fixture       *fixture,
                  gconstpointer  data)
{
  SppRecordLayer *alice = fixture->alice;
  SppRecordLayer *bob = fixture->bob;
  gint64 begin = 0;

  g_test_summary ("After a time new keys are due if a message went either way");
  spp_record_layer_set_epoch (alice, G_MAXUINT64, 1000);
  spp_record_layer_set_epoch (bob, G_MAXUINT64, 1000);
  for (guint round = 0; round < 4; round++)
    {
      SppRecordLayer *from = round % 2 == 0 ? alice : bob;
      SppRecordLayer *to = round % 2 == 0 ? bob : alice;

      expect_due (alice, begin + 1000000, FALSE);
      send (alice, bob, SPP_RECORD_PAD);
      send (bob, alice, SPP_RECORD_PAD);
      expect_due (alice, begin + 1000000, FALSE);
      send (from, to, round < 2 ? SPP_RECORD_DATA : SPP_RECORD_LAST);
      expect_due (alice, begin + 999, FALSE);
      expect_due (alice, begin + 1000, TRUE);
      expect_due (bob, begin + 1000000, FALSE);
      begin += 5000;
      spp_test_layer_renew (alice, bob, begin);
    }
}

static void
test_due_by_default (Fixture       *fixture,
                     gconstpointer  data)
{
  SppRecordLayer *alice = fixture->alice;
  SppRecordLayer *bob = fixture->bob;

  g_test_summary ("New keys are due after 65536 records, or 600 seconds");
  expect_due (alice, LATE, FALSE);
  spp_test_layer_talk (bob, alice);
  expect_due (alice, 0, FALSE);
  expect_due (alice, EPOCH_TIME - 1, FALSE);
  expect_due (alice, EPOCH_TIME, TRUE);
  spp_test_layer_renew (alice, bob, EPOCH_TIME);
  for (guint i = 0; i < EPOCH_RECORDS; i++)
    {
      expect_due (alice, 2 * EPOCH_TIME - 1, FALSE);
      send (i % 2 == 0 ? alice : bob, i % 2 == 0 ? bob : alice, SPP_RECORD_PAD);
    }
  expect_due (alice, EPOCH_TIME, TRUE);
}

static void
test_not_due (Fixture       *fixture,
              gconstpointer  data)
{
  g_test_summary ("No new keys are due while they are on their way, nor after a CLOSE");
  for (guint i = 0; i < 4; i++)
    {
      SppRecordLayer *alice, *bob;
      g_autoptr (GBytes) frame = NULL;

      spp_test_friends_meet (fixture);
      alice = fixture->alice;
      bob = fixture->bob;
      spp_record_layer_set_epoch (alice, 1, 0);
      spp_test_layer_talk (alice, bob);
      expect_due (alice, 0, TRUE);
      if (i == 0)
        frame = spp_test_layer_rekey (alice);
      else if (i == 1)
        frame = spp_test_layer_seal (alice, SPP_RECORD_CLOSE, "", 1);
      else if (i == 2)
        send (bob, alice, SPP_RECORD_CLOSE);
      else
        {
          g_bytes_unref (spp_test_layer_seal (bob, SPP_RECORD_PAD, NULL, 0));
          frame = spp_test_layer_seal (bob, SPP_RECORD_PAD, NULL, 0);
          spp_test_layer_refuse (alice, frame, SPP_ERROR_BAD_TAG);
        }
      expect_due (alice, LATE, FALSE);
    }
}

/* ## How often */

/* Rekeys that are not needed, as many as are allowed at that time. */
static void
use_up (Fixture *fixture,
        gint64   now)
{
  guint n = MAX_NEEDLESS_REKEYS + now / G_TIME_SPAN_SECOND;

  while (spp_record_layer_get_rekeys (fixture->bob) < n)
    spp_test_layer_renew (fixture->alice, fixture->bob, now);
}

static void
expect_too_often (Fixture *fixture,
                  gint64   now)
{
  g_autoptr (GBytes) request = spp_test_layer_rekey (fixture->alice);
  g_autoptr (GError) error = NULL;
  SppRecordType type;

  g_assert_null (spp_test_layer_open (fixture->bob, request, now, &type, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_BAD_RECORD);
  spp_test_layer_assert_dead (fixture->bob);
  g_assert_false (spp_record_layer_has_answer (fixture->bob));
}

static void
test_needless (Fixture       *fixture,
               gconstpointer  data)
{
  gint64 now = GPOINTER_TO_INT (data) * G_TIME_SPAN_SECOND;

  g_test_summary ("Needless rekeys are endured 1024 times, and one a second more");
  use_up (fixture, 0);
  use_up (fixture, now);
  expect_too_often (fixture, now + G_TIME_SPAN_SECOND - 1);
}

static void
test_needed (Fixture       *fixture,
             gconstpointer  data)
{
  guint missing = GPOINTER_TO_UINT (data);

  g_test_summary ("A rekey after enough records is not counted");
  use_up (fixture, 0);
  for (guint round = 0; round < 2; round++)
    {
      /* REKEY is one of the records. */
      for (guint i = 1 + missing; i < MIN_EPOCH_RECORDS; i++)
        send (i % 2 == 0 ? fixture->alice : fixture->bob,
              i % 2 == 0 ? fixture->bob : fixture->alice, SPP_RECORD_PAD);
      if (missing > 0)
        break;
      spp_test_layer_renew (fixture->alice, fixture->bob, 0);
    }
  expect_too_often (fixture, 0);
}

/* ## How much */

static void
expect_exhausted (SppRecordLayer *layer,
                  gboolean        initiator)
{
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  if (initiator)
    g_assert_false (spp_record_layer_rekey (layer, output, &error));
  else
    g_assert_false (spp_record_layer_seal (layer, SPP_RECORD_PAD, NULL, 0, output, &error));
  g_assert_error (error, SPP_ERROR, SPP_ERROR_EXHAUSTED);
  g_assert_cmpuint (output->len, ==, 0);
  spp_test_layer_assert_dead (layer);
}

static gboolean
has_time (void)
{
#ifdef __SANITIZE_ADDRESS__
  if (!g_test_slow ())
    {
      g_test_skip ("takes long with a sanitizer: run with -m slow");
      return FALSE;
    }
#endif
  return TRUE;
}

static void
test_exhausted_sending (Fixture       *fixture,
                        gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  SppRecordLayer *ours = initiator ? fixture->alice : fixture->bob;
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("No more than 2^20 records are sent under the same keys");
  if (!has_time ())
    return;
  for (guint i = initiator ? 0 : 1; i < MAX_EPOCH_RECORDS; i++)
    {
      g_byte_array_set_size (output, 0);
      g_assert_true (spp_record_layer_seal (ours, SPP_RECORD_PAD, NULL, 0, output, &error));
    }
  expect_exhausted (ours, initiator);
}

static void
test_exhausted_answering (Fixture       *fixture,
                          gconstpointer  data)
{
  gboolean fits = GPOINTER_TO_INT (data);
  g_autoptr (GBytes) request = spp_test_layer_rekey (fixture->alice);
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("REKEY_ACK is the 2^20th record at most");
  if (!has_time ())
    return;
  for (guint i = fits ? 2 : 1; i < MAX_EPOCH_RECORDS; i++)
    {
      g_byte_array_set_size (output, 0);
      g_assert_true (spp_record_layer_seal (fixture->bob, SPP_RECORD_PAD, NULL, 0, output,
                                            &error));
    }
  if (fits)
    {
      spp_test_layer_expect (fixture->bob, request, SPP_RECORD_REKEY, NULL, 0);
      g_assert_true (spp_record_layer_has_answer (fixture->bob));
      return;
    }
  spp_test_layer_refuse (fixture->bob, request, SPP_ERROR_EXHAUSTED);
  g_assert_false (spp_record_layer_has_answer (fixture->bob));
}

static void
test_exhausted_receiving (Fixture       *fixture,
                          gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  g_autoptr (GBytes) frame = NULL;
  SppRecordLayer *ours;

  g_test_summary ("No more than 2^20 records are taken under the same keys");
  if (!has_time ())
    return;
  spp_test_friends_meet_one (fixture, initiator, 0, 0);
  ours = spp_test_friends_get_ours (fixture);
  while (fixture->manual.sent < MAX_EPOCH_RECORDS)
    {
      g_autoptr (GBytes) pad = spp_test_manual_seal (&fixture->manual, SPP_RECORD_PAD, NULL, 0);

      spp_test_layer_expect (ours, pad, SPP_RECORD_PAD, NULL, 0);
    }
  frame = spp_test_manual_seal (&fixture->manual, SPP_RECORD_PAD, NULL, 0);
  spp_test_layer_refuse (ours, frame, SPP_ERROR_EXHAUSTED);
}

/* The last record that both may send in an epoch can be the one that ends it. */
static void
test_not_exhausted (Fixture       *fixture,
                    gconstpointer  data)
{
  g_test_summary ("The 2^20th record may be a REKEY, and the count begins anew");
  if (!has_time ())
    return;
  for (guint i = 0; i < MAX_EPOCH_RECORDS - 1; i++)
    send (fixture->alice, fixture->bob, SPP_RECORD_PAD);
  spp_test_layer_renew (fixture->alice, fixture->bob, 0);
  for (guint i = 0; i < 100; i++)
    send (fixture->alice, fixture->bob, SPP_RECORD_PAD);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) g_test_add ("/spp/rekey/" path, Fixture, data, set_up, func, \
                                          spp_test_friends_tear_down)
  add ("due/by-records", NULL, test_due_by_records);
  add ("due/by-time", NULL, test_due_by_time);
  add ("due/by-default", NULL, test_due_by_default);
  add ("due/not", NULL, test_not_due);
  add ("needless/at-once", GINT_TO_POINTER (0), test_needless);
  add ("needless/in-time", GINT_TO_POINTER (5), test_needless);
  add ("needless/needed", GUINT_TO_POINTER (0), test_needed);
  add ("needless/not-quite", GUINT_TO_POINTER (1), test_needed);
  add ("exhausted/sending/initiator", GINT_TO_POINTER (TRUE), test_exhausted_sending);
  add ("exhausted/sending/responder", GINT_TO_POINTER (FALSE), test_exhausted_sending);
  add ("exhausted/answering/last", GINT_TO_POINTER (TRUE), test_exhausted_answering);
  add ("exhausted/answering/one-more", GINT_TO_POINTER (FALSE), test_exhausted_answering);
  add ("exhausted/receiving/initiator", GINT_TO_POINTER (TRUE), test_exhausted_receiving);
  add ("exhausted/receiving/responder", GINT_TO_POINTER (FALSE), test_exhausted_receiving);
  add ("exhausted/not", NULL, test_not_exhausted);
#undef add

  return g_test_run ();
}
