/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "hostile2-world.h"

#define TO_SERVICE (1 << HOSTILE_SERVICE)
#define TO_CLIENT (1 << HOSTILE_CLIENT)
#define TO_BOTH (TO_SERVICE | TO_CLIENT)
#define GOES_ON (-1)
/* More than the kernel holds of a connection by itself. */
#define LONG_SIZE (15 * 1024 * 1024)

/* What the other end says, a letter for each record:
 *
 *   L  LAST                  E  an empty one          X  the longest one
 *   D  DATA                  d  an empty one          Z  LAST with the most padding
 *   P  PAD                   p  an empty one          N  LAST without the header
 *   C  CLOSE                 c  an empty one          2  CLOSE of two bytes
 *   K  REKEY                 k  one that is short     j  one that is long
 *   A  REKEY_ACK             H  HELLO                 h  one that is short
 *   0, 8, f  of the types 0, 8, 255
 *   w  LAST with a byte in its padding, W the same in the last byte
 *   l  LAST longer than its record, m longer than any
 *
 * All of it comes at once. */
typedef struct
{
  const char *name;
  guint       roles;
  const char *script;
  int         code;        /* of the error, or GOES_ON */
  guint       received;    /* messages */
} Rule;

static const Rule rules[] =
  {
    { "pad", TO_BOTH, "PpP", GOES_ON, 0 },
    { "parts", TO_BOTH, "DDDL", GOES_ON, 1 },
    { "pad-between-parts", TO_BOTH, "DPDpL", GOES_ON, 1 },
    { "empty-last", TO_BOTH, "E", GOES_ON, 1 },
    { "empty-last-after-data", TO_BOTH, "DE", GOES_ON, 1 },
    { "longest", TO_BOTH, "X", GOES_ON, 1 },
    { "most-padding", TO_BOTH, "Z", GOES_ON, 1 },
    { "type-0", TO_BOTH, "L0L", SPP_ERROR_BAD_RECORD, 1 },
    { "type-8", TO_BOTH, "L8L", SPP_ERROR_BAD_RECORD, 1 },
    { "type-255", TO_BOTH, "LfL", SPP_ERROR_BAD_RECORD, 1 },
    { "hello", TO_BOTH, "HL", SPP_ERROR_BAD_RECORD, 0 },
    { "hello-later", TO_BOTH, "LHL", SPP_ERROR_BAD_RECORD, 1 },
    { "short-hello", TO_BOTH, "h", SPP_ERROR_BAD_RECORD, 0 },
    { "empty-data", TO_BOTH, "dL", SPP_ERROR_BAD_RECORD, 0 },
    { "empty-data-within", TO_BOTH, "LDdL", SPP_ERROR_BAD_RECORD, 1 },
    { "padding", TO_BOTH, "Lw", SPP_ERROR_BAD_RECORD, 1 },
    { "last-of-padding", TO_BOTH, "LW", SPP_ERROR_BAD_RECORD, 1 },
    { "padding-of-part", TO_BOTH, "Dw", SPP_ERROR_BAD_RECORD, 0 },
    { "too-long", TO_BOTH, "Ll", SPP_ERROR_BAD_RECORD, 1 },
    { "much-too-long", TO_BOTH, "Lm", SPP_ERROR_BAD_RECORD, 1 },
    { "no-header", TO_BOTH, "LN", SPP_ERROR_FRAME_LENGTH, 1 },
    { "close-within", TO_BOTH, "LDC", SPP_ERROR_BAD_RECORD, 1 },
    { "empty-close", TO_BOTH, "Lc", SPP_ERROR_BAD_RECORD, 1 },
    { "long-close", TO_BOTH, "L2", SPP_ERROR_BAD_RECORD, 1 },
    { "last-after-close", TO_BOTH, "LCL", SPP_ERROR_BAD_RECORD, 1 },
    { "data-after-close", TO_BOTH, "LCD", SPP_ERROR_BAD_RECORD, 1 },
    { "pad-after-close", TO_BOTH, "LCP", SPP_ERROR_BAD_RECORD, 1 },
    { "close-after-close", TO_BOTH, "LCC", SPP_ERROR_BAD_RECORD, 1 },
    { "hello-after-close", TO_BOTH, "LCH", SPP_ERROR_BAD_RECORD, 1 },
    { "rekey-after-close", TO_SERVICE, "LCK", SPP_ERROR_BAD_RECORD, 1 },
    { "short-rekey", TO_SERVICE, "Lk", SPP_ERROR_BAD_RECORD, 1 },
    { "long-rekey", TO_SERVICE, "Lj", SPP_ERROR_BAD_RECORD, 1 },
    { "rekey-ack-to-responder", TO_SERVICE, "LA", SPP_ERROR_BAD_RECORD, 1 },
    { "rekey-to-initiator", TO_CLIENT, "LK", SPP_ERROR_BAD_RECORD, 1 },
    { "rekey-ack-unasked", TO_CLIENT, "LA", SPP_ERROR_BAD_RECORD, 1 },
    { "rekey-ack-unasked-within", TO_CLIENT, "DA", SPP_ERROR_BAD_RECORD, 0 },
    { "rekey-ack-after-close", TO_CLIENT, "LCA", SPP_ERROR_BAD_RECORD, 1 },
  };

/* LAST of one byte whose header and padding are as said. */
static GByteArray *
seal_odd (Spp2Hand *hand,
          gsize     size,
          gsize     length,
          gsize     stray)
{
  g_autofree guint8 *plain = g_malloc0 (size);

  plain[0] = SPP_RECORD_LAST;
  plain[1] = length & 0xff;
  plain[2] = length >> 8;
  if (stray > 0)
    plain[stray] = 1;
  return spp2_hand_seal_plain (hand, plain, size);
}

static GByteArray *
seal_letter (Spp2Hand *hand,
             char      letter)
{
  g_autofree guint8 *body = g_malloc0 (SPP_RECORD_MAX_BODY_SIZE);

  switch (letter)
    {
    case 'L':
      return spp2_hand_seal (hand, SPP_RECORD_LAST, body, 5, 0);
    case 'E':
      return spp2_hand_seal (hand, SPP_RECORD_LAST, body, 0, 0);
    case 'X':
      return spp2_hand_seal (hand, SPP_RECORD_LAST, body, SPP_RECORD_MAX_BODY_SIZE, 0);
    case 'Z':
      return spp2_hand_seal (hand, SPP_RECORD_LAST, body, 5, SPP_RECORD_MAX_BODY_SIZE - 5);
    case 'N':
      return spp2_hand_seal_plain (hand, (const guint8 *) "\3", 2);
    case 'D':
      return spp2_hand_seal (hand, SPP_RECORD_DATA, body, 5, 0);
    case 'd':
      return spp2_hand_seal (hand, SPP_RECORD_DATA, body, 0, 0);
    case 'P':
      return spp2_hand_seal (hand, SPP_RECORD_PAD, (const guint8 *) "anything", 8, 9);
    case 'p':
      return spp2_hand_seal (hand, SPP_RECORD_PAD, body, 0, 0);
    case 'C':
      return spp2_hand_seal (hand, SPP_RECORD_CLOSE, body, 1, 0);
    case 'c':
      return spp2_hand_seal (hand, SPP_RECORD_CLOSE, body, 0, 0);
    case '2':
      return spp2_hand_seal (hand, SPP_RECORD_CLOSE, body, 2, 0);
    case 'K':
      return spp2_hand_ask (hand, NULL);
    case 'k':
      return spp2_hand_seal (hand, SPP_RECORD_REKEY, hand->ephemeral_public,
                             SPP_CRYPTO_X25519_SIZE - 1, 0);
    case 'j':
      memcpy (body, hand->ephemeral_public, SPP_CRYPTO_X25519_SIZE);
      return spp2_hand_seal (hand, SPP_RECORD_REKEY, body, SPP_CRYPTO_X25519_SIZE + 1, 0);
    case 'A':
      return spp2_hand_seal (hand, SPP_RECORD_REKEY_ACK, hand->ephemeral_public,
                             SPP_CRYPTO_X25519_SIZE, 0);
    case 'H':
      return spp2_hand_seal (hand, SPP_RECORD_HELLO, hand->hello, SPP2_HELLO_SIZE, 0);
    case 'h':
      return spp2_hand_seal (hand, SPP_RECORD_HELLO, hand->hello, SPP2_HELLO_SIZE - 1, 0);
    case '0':
      return spp2_hand_seal (hand, 0, body, 5, 0);
    case '8':
      return spp2_hand_seal (hand, 8, body, 5, 0);
    case 'f':
      return spp2_hand_seal (hand, 255, body, 5, 0);
    case 'w':
      return seal_odd (hand, 256, 5, SPP_RECORD_HEADER_SIZE + 5);
    case 'W':
      return seal_odd (hand, 256, 5, 255);
    case 'l':
      return seal_odd (hand, 256, 254, 0);
    case 'm':
      return seal_odd (hand, 256, G_MAXUINT16, 0);
    default:
      g_assert_not_reached ();
    }
}

static void
test_rule (HostileWorld *world,
           HostileRole   role,
           const Rule   *rule)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, role, &session);
  GByteArray *said = g_byte_array_new ();

  for (const char *letter = rule->script; *letter != '\0'; letter++)
    said = hostile2_join (said, seal_letter (peer->hand, *letter));
  if (rule->code == GOES_ON)
    said = hostile2_join (said, hostile2_message (peer, 10, 1));
  hostile2_write (peer, said);

  for (guint i = 0; i < rule->received; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) message = spp_test_receive (session, &error);

      g_assert_no_error (error);
    }
  if (rule->code == GOES_ON)
    {
      hostile_expect_message (session, 10, 1);
    }
  else
    {
      hostile_expect_end (session, SPP_ERROR, rule->code, SPP_SESSION_END_MISBEHAVED);
      g_assert_cmpuint (spp_session_get_messages_received (session), ==, rule->received);
      hostile2_expect_nothing (peer);
    }
  hostile2_finish (session);
}

static void
test_rule_at_service (HostileWorld  *world,
                      gconstpointer  data)
{
  g_test_summary ("What a friend may say when it has called, and what ends the session");
  test_rule (world, HOSTILE_SERVICE, data);
}

static void
test_rule_at_client (HostileWorld  *world,
                     gconstpointer  data)
{
  g_test_summary ("What a friend may say when it was called, and what ends the session");
  test_rule (world, HOSTILE_CLIENT, data);
}

/* Something that takes its time to be sent. */
static void
send_long (SppSession *session)
{
  g_autoptr (GBytes) payload = spp_test_payload (LONG_SIZE, 7);

  spp_session_send_async (session, payload, NULL, NULL, NULL);
}

/* The messages of the session up to its end; whether a CLOSE was there. */
static gboolean
read_to_end (Hostile2Peer *peer,
             gsize        *size)
{
  gboolean closed = FALSE;

  *size = 0;
  for (;;)
    {
      g_autoptr (GBytes) body = NULL;
      g_autofree guint8 *frame = g_malloc (SPP_FRAME_HEADER_SIZE + SPP_RECORD_MAX_PAYLOAD_SIZE);
      SppRecordType type;
      gsize length;

      if (hostile_peer_read (peer->wire, frame, SPP_FRAME_HEADER_SIZE) < SPP_FRAME_HEADER_SIZE)
        return closed;
      length = spp_frame_read_header (frame);
      g_assert_cmpuint (length, <=, SPP_RECORD_MAX_PAYLOAD_SIZE);
      if (hostile_peer_read (peer->wire, frame + SPP_FRAME_HEADER_SIZE, length) < length)
        return closed;
      body = spp2_hand_open (peer->hand, frame, SPP_FRAME_HEADER_SIZE + length, &type);
      g_assert_nonnull (body);
      g_assert_false (closed);
      closed = type == SPP_RECORD_CLOSE;
      if (!closed)
        *size += g_bytes_get_size (body);
    }
}

static void
await_state (SppSession      *session,
             SppSessionState  state)
{
  while (spp_session_get_state (session) != state)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_farewell (HostileWorld  *world,
               gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, GPOINTER_TO_UINT (data), &session);
  gsize size;

  g_test_summary ("Who is told CLOSE finishes what it was sending, and then says CLOSE");
  send_long (session);
  hostile2_write (peer, seal_letter (peer->hand, 'C'));
  await_state (session, SPP_SESSION_STATE_CLOSING);
  g_assert_true (read_to_end (peer, &size));
  g_assert_cmpuint (size, ==, LONG_SIZE);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_CLOSED, SPP_SESSION_END_PEER_CLOSED);
  hostile2_finish (session);
}

static void
test_after_farewell (HostileWorld  *world,
                     gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  const char *letters = "LDPCKAH08";

  g_test_summary ("While what is left is sent, the friend who has said CLOSE may say nothing");
  for (const char *letter = letters; *letter != '\0'; letter++)
    {
      SppSession *session;
      g_autoptr (Hostile2Peer) peer = hostile2_meet (world, role, &session);
      gsize size;

      send_long (session);
      hostile2_write (peer, seal_letter (peer->hand, 'C'));
      await_state (session, SPP_SESSION_STATE_CLOSING);
      hostile2_write (peer, seal_letter (peer->hand, *letter));
      hostile_expect_end (session, SPP_ERROR, SPP_ERROR_BAD_RECORD,
                          SPP_SESSION_END_MISBEHAVED);
      g_assert_cmpuint (spp_session_get_messages_received (session), ==, 0);
      g_assert_false (read_to_end (peer, &size));
      g_assert_cmpuint (size, <, LONG_SIZE);
      hostile2_finish (session);
    }
}

static void
test_farewell_and_gone (HostileWorld  *world,
                        gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, GPOINTER_TO_UINT (data), &session);

  g_test_summary ("A friend who goes after CLOSE has not been cut off");
  send_long (session);
  hostile2_write (peer, seal_letter (peer->hand, 'C'));
  await_state (session, SPP_SESSION_STATE_CLOSING);
  hostile_stop (peer->wire, HOSTILE_HALF_CLOSE);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_CLOSED, SPP_SESSION_END_PEER_CLOSED);
  hostile2_finish (session);
}

static void
test_answered_close (HostileWorld  *world,
                     gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, GPOINTER_TO_UINT (data), &session);
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GBytes) reason = NULL;

  g_test_summary ("Who closes is told everything else before the stream is closed");
  spp_session_close_async (session, NULL, spp_test_result_cb, &closed);
  reason = hostile2_expect_record (peer, SPP_RECORD_CLOSE);
  g_assert_cmpuint (g_bytes_get_size (reason), ==, 1);
  for (guint i = 0; i < 3; i++)
    {
      hostile2_write (peer, seal_letter (peer->hand, "LPX"[i]));
      spp_test_settle ();
      g_assert_cmpint (spp_session_get_state (session), ==, SPP_SESSION_STATE_CLOSING);
    }
  hostile2_write (peer, seal_letter (peer->hand, 'C'));
  spp_test_await (&closed);
  g_clear_object (&closed);
  hostile2_expect_nothing (peer);
  g_assert_cmpint (spp_session_get_end (session), ==, SPP_SESSION_END_CLOSED);
  hostile2_finish (session);
}

/* Sees the deadline set so far ahead, and has it come now. */
static void
test_unanswered_close (HostileWorld  *world,
                       gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, GPOINTER_TO_UINT (data), &session);
  g_autoptr (GAsyncResult) closed = NULL;
  gint64 now;

  g_test_summary ("A friend who does not answer CLOSE is waited for for ten seconds");
  spp_session_close_async (session, NULL, spp_test_result_cb, &closed);
  g_bytes_unref (hostile2_expect_record (peer, SPP_RECORD_CLOSE));
  hostile2_write (peer, seal_letter (peer->hand, 'L'));
  spp_test_settle ();
  g_assert_null (closed);
  now = g_get_monotonic_time ();
  g_assert_cmpint (session->close_deadline, >, now + 8 * G_TIME_SPAN_SECOND);
  g_assert_cmpint (session->close_deadline, <=, now + 10 * G_TIME_SPAN_SECOND);
  g_assert_cmpint (g_source_get_ready_time (session->timer), ==, session->close_deadline);

  session->close_deadline = now;
  g_source_set_ready_time (session->timer, now);
  spp_test_await (&closed);
  g_clear_object (&closed);
  hostile2_expect_nothing (peer);
  g_assert_cmpint (spp_session_get_end (session), ==, SPP_SESSION_END_CLOSED);
  hostile2_finish (session);
}

static void
test_limit (HostileWorld  *world,
            gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, GPOINTER_TO_UINT (data), &session);

  g_test_summary ("A message of the largest size is received, and one byte more is refused");
  spp_session_set_max_message_size (session, 10);
  hostile2_write (peer, seal_letter (peer->hand, 'D'));
  hostile2_write (peer, seal_letter (peer->hand, 'L'));
  g_bytes_unref (spp_test_receive (session, NULL));
  hostile2_write (peer, seal_letter (peer->hand, 'D'));
  hostile2_write (peer, seal_letter (peer->hand, 'D'));
  hostile2_write (peer, hostile2_message (peer, 1, 1));
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE, SPP_SESSION_END_REFUSED);
  hostile2_expect_nothing (peer);
  hostile2_finish (session);
}

static void
test_length (HostileWorld  *world,
             gconstpointer  data)
{
  g_test_summary ("A frame longer than any record is misbehaviour, not a large message");
  for (guint i = 0; i < 2; i++)
    {
      SppSession *session;
      g_autoptr (Hostile2Peer) peer = hostile2_meet (world, GPOINTER_TO_UINT (data), &session);

      hostile_peer_write_header (peer->wire, i == 0 ? SPP_RECORD_MAX_PAYLOAD_SIZE + 1
                                                    : G_MAXUINT64);
      hostile_expect_end (session, SPP_ERROR, SPP_ERROR_FRAME_LENGTH,
                          SPP_SESSION_END_MISBEHAVED);
      hostile2_finish (session);
    }
}

static void
test_no_messages (HostileWorld  *world,
                  gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, GPOINTER_TO_UINT (data), &session);

  g_test_summary ("A session whose largest message is empty takes no other");
  spp_session_set_max_message_size (session, 0);
  hostile2_write (peer, hostile2_message (peer, 1, 1));
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE, SPP_SESSION_END_REFUSED);
  hostile2_finish (session);
}

static void
add_rules (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    for (HostileRole role = HOSTILE_SERVICE; role <= HOSTILE_CLIENT; role++)
      {
        g_autofree char *path = NULL;

        if ((rules[i].roles & 1 << role) == 0)
          continue;
        path = g_strdup_printf ("/spp/hostile2/rules/%s/%s", rules[i].name,
                                HOSTILE_ROLE_NAME (role));
        HOSTILE2_ADD (path, &rules[i],
                      role == HOSTILE_SERVICE ? test_rule_at_service : test_rule_at_client);
      }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_rules ();
  hostile2_add_for_roles ("/spp/hostile2/close/farewell", test_farewell);
  hostile2_add_for_roles ("/spp/hostile2/close/after-farewell", test_after_farewell);
  hostile2_add_for_roles ("/spp/hostile2/close/farewell-and-gone", test_farewell_and_gone);
  hostile2_add_for_roles ("/spp/hostile2/close/answered", test_answered_close);
  hostile2_add_for_roles ("/spp/hostile2/close/unanswered", test_unanswered_close);
  hostile2_add_for_roles ("/spp/hostile2/limit/largest", test_limit);
  hostile2_add_for_roles ("/spp/hostile2/limit/no-messages", test_no_messages);
  hostile2_add_for_roles ("/spp/hostile2/limit/record", test_length);

  return g_test_run ();
}
