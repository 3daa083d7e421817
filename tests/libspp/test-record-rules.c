/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Which records may come when, at both ends: types, messages, HELLO and CLOSE. The
 * peer is done by hand and seals what it likes. */

#include <string.h>

#include "spp-error.h"
#include "spp-test-friends.h"

#define NO_LIMIT 0

typedef SppTestFriends Fixture;

static SppRecordLayer *
meet (Fixture       *fixture,
      gconstpointer  data,
      guint64        max_incoming)
{
  spp_test_friends_meet_one (fixture, GPOINTER_TO_INT (data), 0, max_incoming);
  return spp_test_friends_get_ours (fixture);
}

static void
take (Fixture       *fixture,
      SppRecordType  type,
      const void    *body,
      gsize          length)
{
  g_autoptr (GBytes) frame = spp_test_manual_seal (&fixture->manual, type, body, length);

  spp_test_layer_expect (spp_test_friends_get_ours (fixture), frame, type, body, length);
}

static void
refuse (Fixture    *fixture,
        guint8      type,
        const void *body,
        gsize       length,
        int         code)
{
  g_autoptr (GBytes) frame = spp_test_manual_seal (&fixture->manual, type, body, length);

  spp_test_layer_refuse (spp_test_friends_get_ours (fixture), frame, code);
}

/* ## Types */

static void
test_types (Fixture       *fixture,
            gconstpointer  data)
{
  static const guint8 body[SPP_HANDSHAKE2_HELLO_SIZE];
  static const guint8 sizes[] = { 0, 1, 32, sizeof body };

  g_test_summary ("Unknown types end the session, whatever they hold");
  for (guint type = 0; type < 256; type++)
    for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
      {
        if (type >= SPP_RECORD_HELLO && type <= SPP_RECORD_PAD)
          continue;
        meet (fixture, data, NO_LIMIT);
        refuse (fixture, type, body, sizes[i], SPP_ERROR_BAD_RECORD);
      }
}

static void
test_hello (Fixture       *fixture,
            gconstpointer  data)
{
  g_test_summary ("There is one HELLO, the responder's first record");
  meet (fixture, data, NO_LIMIT);
  refuse (fixture, SPP_RECORD_HELLO, fixture->manual.hello, SPP_HANDSHAKE2_HELLO_SIZE,
          SPP_ERROR_BAD_RECORD);

  meet (fixture, data, NO_LIMIT);
  take (fixture, SPP_RECORD_LAST, "hello", 5);
  refuse (fixture, SPP_RECORD_HELLO, fixture->manual.hello, SPP_HANDSHAKE2_HELLO_SIZE,
          SPP_ERROR_BAD_RECORD);
}

/* ## Messages */

static void
test_empty (Fixture       *fixture,
            gconstpointer  data)
{
  SppRecordLayer *ours = meet (fixture, data, NO_LIMIT);

  g_test_summary ("A message may be empty, and its last part, but no other");
  take (fixture, SPP_RECORD_LAST, "", 0);
  take (fixture, SPP_RECORD_DATA, "hello", 5);
  g_assert_true (spp_record_layer_is_in_message (ours));
  take (fixture, SPP_RECORD_PAD, "ignored", 7);
  take (fixture, SPP_RECORD_PAD, "", 0);
  g_assert_true (spp_record_layer_is_in_message (ours));
  take (fixture, SPP_RECORD_LAST, "", 0);
  g_assert_false (spp_record_layer_is_in_message (ours));
  take (fixture, SPP_RECORD_DATA, "a", 1);
  refuse (fixture, SPP_RECORD_DATA, "", 0, SPP_ERROR_BAD_RECORD);

  meet (fixture, data, NO_LIMIT);
  refuse (fixture, SPP_RECORD_DATA, "", 0, SPP_ERROR_BAD_RECORD);
}

static void
test_limit (Fixture       *fixture,
            gconstpointer  data)
{
  static const guint8 body[1001];

  g_test_summary ("A message of exactly the limit is taken, and one byte more is not");
  meet (fixture, data, 1000);
  take (fixture, SPP_RECORD_LAST, body, 1000);
  take (fixture, SPP_RECORD_LAST, body, 1000);
  refuse (fixture, SPP_RECORD_LAST, body, 1001, SPP_ERROR_MESSAGE_TOO_LARGE);

  meet (fixture, data, 1000);
  refuse (fixture, SPP_RECORD_DATA, body, 1001, SPP_ERROR_MESSAGE_TOO_LARGE);

  meet (fixture, data, 1);
  take (fixture, SPP_RECORD_LAST, body, 0);
  take (fixture, SPP_RECORD_DATA, body, 1);
  take (fixture, SPP_RECORD_PAD, body, 1001);
  take (fixture, SPP_RECORD_LAST, body, 0);
  refuse (fixture, SPP_RECORD_LAST, body, 2, SPP_ERROR_MESSAGE_TOO_LARGE);
}

static void
test_limit_of_parts (Fixture       *fixture,
                     gconstpointer  data)
{
  static const guint8 body[SPP_RECORD_MAX_BODY_SIZE];
  guint64 limit = 3 * (guint64) sizeof body + 10;

  g_test_summary ("The parts of a message are added up, padding is not");
  for (guint last = 0; last < 2; last++)
    {
      meet (fixture, data, limit);
      for (guint round = 0; round < 2; round++)
        {
          for (guint i = 0; i < 3; i++)
            {
              take (fixture, SPP_RECORD_DATA, body, sizeof body);
              take (fixture, SPP_RECORD_PAD, body, sizeof body);
            }
          if (round == 0)
            take (fixture, SPP_RECORD_LAST, body, 10);
        }
      refuse (fixture, last ? SPP_RECORD_LAST : SPP_RECORD_DATA, body, 11,
              SPP_ERROR_MESSAGE_TOO_LARGE);
    }

  meet (fixture, data, limit);
  for (guint64 size = 0; size < limit; size += 10)
    take (fixture, SPP_RECORD_DATA, body, MIN (10, limit - size));
  refuse (fixture, SPP_RECORD_DATA, body, 1, SPP_ERROR_MESSAGE_TOO_LARGE);

  meet (fixture, data, G_MAXUINT64);
  take (fixture, SPP_RECORD_DATA, body, sizeof body);
  take (fixture, SPP_RECORD_LAST, body, sizeof body);
  meet (fixture, data, NO_LIMIT);
  for (guint i = 0; i < 100; i++)
    take (fixture, SPP_RECORD_DATA, body, sizeof body);
  take (fixture, SPP_RECORD_LAST, body, sizeof body);
}

/* ## CLOSE */

static void
test_close (Fixture       *fixture,
            gconstpointer  data)
{
  static const char reasons[] = { 0, 1, 2, 3, 127, (char) 255 };

  g_test_summary ("CLOSE ends one direction, whatever the reason");
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      SppRecordLayer *ours = meet (fixture, data, NO_LIMIT);
      g_autoptr (GBytes) text = NULL;
      g_autoptr (GBytes) close = NULL;
      g_autoptr (GBytes) opened = NULL;
      guint8 type;

      take (fixture, SPP_RECORD_CLOSE, &reasons[i], 1);
      g_assert_true (spp_record_layer_is_close_received (ours));
      g_assert_false (spp_record_layer_is_close_sent (ours));
      g_assert_true (spp_record_layer_may_send (ours));

      text = spp_test_layer_seal (ours, SPP_RECORD_LAST, "rest", 4);
      close = spp_test_layer_seal (ours, SPP_RECORD_CLOSE, "", 1);
      g_assert_true (spp_record_layer_is_close_sent (ours));
      g_assert_false (spp_record_layer_may_send (ours));
      opened = spp_test_manual_open (&fixture->manual, text, &type);
      g_assert_nonnull (opened);
      g_clear_pointer (&opened, g_bytes_unref);
      opened = spp_test_manual_open (&fixture->manual, close, &type);
      g_assert_nonnull (opened);
      g_assert_cmpuint (type, ==, SPP_RECORD_CLOSE);
    }
}

static void
test_close_lengths (Fixture       *fixture,
                    gconstpointer  data)
{
  static const guint8 body[SPP_RECORD_MAX_BODY_SIZE];
  static const gsize lengths[] = { 0, 2, 3, 4, 32, 253, sizeof body };

  g_test_summary ("CLOSE has a body of one byte");
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      SppRecordLayer *ours = meet (fixture, data, NO_LIMIT);

      refuse (fixture, SPP_RECORD_CLOSE, body, lengths[i], SPP_ERROR_BAD_RECORD);
      g_assert_false (spp_record_layer_is_close_received (ours));
    }
}

static void
test_close_within (Fixture       *fixture,
                   gconstpointer  data)
{
  SppRecordLayer *ours = meet (fixture, data, NO_LIMIT);

  g_test_summary ("CLOSE stands behind whole messages");
  take (fixture, SPP_RECORD_DATA, "hello", 5);
  refuse (fixture, SPP_RECORD_CLOSE, "", 1, SPP_ERROR_BAD_RECORD);
  g_assert_false (spp_record_layer_is_close_received (ours));

  meet (fixture, data, NO_LIMIT);
  take (fixture, SPP_RECORD_DATA, "hello", 5);
  take (fixture, SPP_RECORD_PAD, "", 0);
  refuse (fixture, SPP_RECORD_CLOSE, "", 1, SPP_ERROR_BAD_RECORD);

  meet (fixture, data, NO_LIMIT);
  take (fixture, SPP_RECORD_DATA, "hello", 5);
  take (fixture, SPP_RECORD_LAST, "", 0);
  take (fixture, SPP_RECORD_PAD, "", 0);
  take (fixture, SPP_RECORD_CLOSE, "", 1);
}

static void
test_after_close (Fixture       *fixture,
                  gconstpointer  data)
{
  static const guint8 body[SPP_CRYPTO_X25519_SIZE] = { 9 };
  static const struct { SppRecordType type; gsize length; } records[] = {
    { SPP_RECORD_HELLO, 0 },
    { SPP_RECORD_DATA, 1 },
    { SPP_RECORD_LAST, 0 },
    { SPP_RECORD_LAST, 1 },
    { SPP_RECORD_REKEY, sizeof body },
    { SPP_RECORD_REKEY_ACK, sizeof body },
    { SPP_RECORD_CLOSE, 1 },
    { SPP_RECORD_PAD, 0 },
  };

  g_test_summary ("Nothing follows on CLOSE, whoever closed first");
  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    for (guint closed = 0; closed < 2; closed++)
      {
        SppRecordLayer *ours = meet (fixture, data, NO_LIMIT);

        if (closed)
          g_bytes_unref (spp_test_layer_seal (ours, SPP_RECORD_CLOSE, "", 1));
        take (fixture, SPP_RECORD_CLOSE, "", 1);
        refuse (fixture, records[i].type, body, records[i].length, SPP_ERROR_BAD_RECORD);
        g_assert_false (spp_record_layer_has_answer (ours));
      }
}

static void
test_half_closed (Fixture       *fixture,
                  gconstpointer  data)
{
  SppRecordLayer *ours = meet (fixture, data, 10);

  g_test_summary ("Who has sent CLOSE still takes what comes, by the same rules");
  g_bytes_unref (spp_test_layer_seal (ours, SPP_RECORD_CLOSE, "", 1));
  take (fixture, SPP_RECORD_DATA, "hello", 5);
  take (fixture, SPP_RECORD_PAD, "", 0);
  take (fixture, SPP_RECORD_LAST, "hello", 5);
  refuse (fixture, SPP_RECORD_LAST, "too much...", 11, SPP_ERROR_MESSAGE_TOO_LARGE);
}

/* ## Rekeys that are out of place */

static void
test_wrong_side (Fixture       *fixture,
                 gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  static const guint8 body[SPP_CRYPTO_X25519_SIZE] = { 9 };

  g_test_summary ("REKEY comes from the initiator, and REKEY_ACK from the responder");
  meet (fixture, data, NO_LIMIT);
  refuse (fixture, initiator ? SPP_RECORD_REKEY : SPP_RECORD_REKEY_ACK, body, sizeof body,
          SPP_ERROR_BAD_RECORD);
  if (!initiator)
    return;

  /* An answer that nobody asked for */
  meet (fixture, data, NO_LIMIT);
  refuse (fixture, SPP_RECORD_REKEY_ACK, body, sizeof body, SPP_ERROR_BAD_RECORD);
  /* A question while one's own is not answered */
  g_bytes_unref (spp_test_layer_rekey (meet (fixture, data, NO_LIMIT)));
  refuse (fixture, SPP_RECORD_REKEY, body, sizeof body, SPP_ERROR_BAD_RECORD);
}

static void
test_rekey_lengths (Fixture       *fixture,
                    gconstpointer  data)
{
  gboolean initiator = GPOINTER_TO_INT (data);
  static const guint8 body[1216] = { 9 };
  static const gsize lengths[] = { 0, 1, 31, 33, 64, 1088, 1120, 1184, 1216 };

  g_test_summary ("The bodies of REKEY and its answer are one key without ML-KEM");
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      SppRecordLayer *ours = meet (fixture, data, NO_LIMIT);

      if (initiator)
        g_bytes_unref (spp_test_layer_rekey (ours));
      refuse (fixture, initiator ? SPP_RECORD_REKEY_ACK : SPP_RECORD_REKEY, body, lengths[i],
              SPP_ERROR_BAD_RECORD);
      g_assert_cmpuint (spp_record_layer_get_rekeys (ours), ==, 0);
      g_assert_false (spp_record_layer_has_answer (ours));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add_both(path, func) \
  g_test_add ("/spp/record/" path "/initiator", Fixture, GINT_TO_POINTER (TRUE), \
              spp_test_friends_set_up, func, spp_test_friends_tear_down); \
  g_test_add ("/spp/record/" path "/responder", Fixture, GINT_TO_POINTER (FALSE), \
              spp_test_friends_set_up, func, spp_test_friends_tear_down)
  add_both ("types", test_types);
  add_both ("hello", test_hello);
  add_both ("empty", test_empty);
  add_both ("limit", test_limit);
  add_both ("limit-of-parts", test_limit_of_parts);
  add_both ("close", test_close);
  add_both ("close-lengths", test_close_lengths);
  add_both ("close-within", test_close_within);
  add_both ("after-close", test_after_close);
  add_both ("half-closed", test_half_closed);
  add_both ("wrong-side", test_wrong_side);
  add_both ("rekey-lengths", test_rekey_lengths);
#undef add_both

  return g_test_run ();
}
