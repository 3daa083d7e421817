/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile2-world.h"

/* A hand that asks for new keys needlessly may do so this often, and once a second
 * more. */
#define MAX_NEEDLESS 1024
#define LONG_SIZE (12 * 1024 * 1024)

static void
await_rekeys (SppSession *session,
              guint       count)
{
  while (spp_session_get_rekeys (session) < count)
    g_main_context_iteration (NULL, TRUE);
}

static void
exchange (Hostile2Peer *peer,
          SppSession   *session,
          guint         seed)
{
  g_autoptr (GBytes) payload = spp_test_payload (10, seed);
  g_autoptr (GBytes) heard = NULL;

  hostile2_write (peer, hostile2_message (peer, 10, seed));
  hostile_expect_message (session, 10, seed);
  spp_session_send_async (session, payload, NULL, NULL, NULL);
  heard = hostile2_expect_record (peer, SPP_RECORD_LAST);
  spp_test_assert_bytes (heard, payload);
}

static void
test_again_and_again (HostileWorld  *world,
                      gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, GPOINTER_TO_UINT (data), &session);

  g_test_summary ("After each change of keys messages go on both ways");
  for (guint i = 0; i < 20; i++)
    {
      exchange (peer, session, 2 * i);
      hostile2_renew_keys (peer, session);
      if (i % 3 == 0)
        hostile2_renew_keys (peer, session);
      exchange (peer, session, 2 * i + 1);
    }
  hostile2_finish (session);
}

static void
test_storm (HostileWorld  *world,
            gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_SERVICE, &session);
  gint64 start = g_get_monotonic_time ();
  guint answered = 0;
  gint64 seconds;

  g_test_summary ("A friend who asks for new keys all the time is answered a bounded number of "
                  "times, and then the session ends");
  while (answered <= 2 * MAX_NEEDLESS)
    {
      g_autoptr (GByteArray) frame = NULL;
      g_autoptr (GBytes) answer = NULL;
      SppRecordType type;
      guint8 header[SPP_FRAME_HEADER_SIZE];

      hostile2_write (peer, spp2_hand_ask (peer->hand, NULL));
      if (hostile_peer_read (peer->wire, header, sizeof header) == 0)
        break;
      frame = g_byte_array_append (g_byte_array_new (), header, sizeof header);
      g_byte_array_set_size (frame, SPP_FRAME_HEADER_SIZE + spp_frame_read_header (header));
      hostile_peer_read (peer->wire, frame->data + SPP_FRAME_HEADER_SIZE,
                         spp_frame_read_header (header));
      answer = spp2_hand_open (peer->hand, frame->data, frame->len, &type);
      g_assert_cmpint (type, ==, SPP_RECORD_REKEY_ACK);
      spp2_hand_take_answer (peer->hand, answer);
      answered++;
    }
  seconds = (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  g_assert_cmpuint (answered, >=, MAX_NEEDLESS);
  g_assert_cmpuint (answered, <=, MAX_NEEDLESS + seconds + 1);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_BAD_RECORD, SPP_SESSION_END_MISBEHAVED);
  hostile2_finish (session);
}

static void
test_between_parts (HostileWorld  *world,
                    gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, role, &session);
  g_autoptr (GBytes) message = NULL;

  g_test_summary ("Keys change between the parts of a message");
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_DATA));
  hostile2_renew_keys (peer, session);
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_DATA));
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_LAST));
  message = spp_test_receive (session, NULL);
  g_assert_cmpuint (g_bytes_get_size (message), ==, 3 * sizeof "part");
  g_assert_cmpuint (spp_session_get_messages_received (session), ==, 1);
  hostile2_finish (session);
}

/* The parts of a long message from the session, some before REKEY_ACK and some
 * after it. */
static void
test_answer_within (HostileWorld  *world,
                    gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_SERVICE, &session);
  g_autoptr (GBytes) payload = spp_test_payload (LONG_SIZE, 1);
  SppRecordType type = SPP_RECORD_DATA;
  guint parts[2] = { 0, 0 };
  guint epoch = 0;
  gsize size = 0;

  g_test_summary ("A REKEY is answered in the middle of what is being sent");
  spp_session_send_async (session, payload, NULL, NULL, NULL);
  hostile2_write (peer, spp2_hand_ask (peer->hand, NULL));
  await_rekeys (session, 1);
  while (type != SPP_RECORD_LAST)
    {
      g_autoptr (GByteArray) frame = hostile_peer_read_frame (peer->wire);
      g_autoptr (GBytes) body = NULL;

      body = spp2_hand_open (peer->hand, frame->data, frame->len, &type);
      g_assert_nonnull (body);
      if (type == SPP_RECORD_REKEY_ACK)
        {
          spp2_hand_take_answer (peer->hand, body);
          epoch++;
          continue;
        }
      size += g_bytes_get_size (body);
      parts[epoch]++;
    }
  g_assert_cmpuint (size, ==, LONG_SIZE);
  g_assert_cmpuint (epoch, ==, 1);
  g_assert_cmpuint (parts[0], >, 0);
  g_assert_cmpuint (parts[1], >, 0);
  exchange (peer, session, 2);
  hostile2_finish (session);
}

/* The session is the initiator's in what follows. */
static void
test_crossing_messages (HostileWorld  *world,
                        gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_CLIENT, &session);
  g_autoptr (GBytes) request = hostile2_provoke_rekey (peer, session);
  g_autoptr (GBytes) payload = spp_test_payload (10, 5);
  g_autoptr (GBytes) heard = NULL;

  g_test_summary ("What the responder had on its way comes in under the old keys; what is to "
                  "be sent meanwhile waits for the new ones");
  hostile2_write (peer, hostile2_message (peer, 10, 1));
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_PAD));
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_DATA));
  hostile_expect_message (session, 10, 1);
  spp_session_send_async (session, payload, NULL, NULL, NULL);
  spp_test_settle ();
  g_assert_cmpuint (spp_session_get_messages_sent (session), ==, 0);
  g_assert_false (g_socket_condition_check (g_socket_connection_get_socket (peer->wire->connection),
                                            G_IO_IN) & G_IO_IN);

  hostile2_write (peer, spp2_hand_answer (peer->hand, request, NULL));
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_LAST));
  heard = hostile2_expect_record (peer, SPP_RECORD_LAST);
  spp_test_assert_bytes (heard, payload);
  g_bytes_unref (spp_test_receive (session, NULL));
  g_assert_cmpuint (spp_session_get_messages_received (session), ==, 2);
  exchange (peer, session, 3);
  hostile2_finish (session);
}

/* CLOSE of the responder before REKEY_ACK or after it. */
static void
test_crossing_close (HostileWorld  *world,
                     gconstpointer  data)
{
  gboolean before = GPOINTER_TO_INT (data);
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_CLIENT, &session);
  g_autoptr (GBytes) request = hostile2_provoke_rekey (peer, session);

  g_test_summary ("A CLOSE that crosses with REKEY is taken, and answered under the new keys");
  if (before)
    {
      hostile2_write (peer, hostile2_record (peer, SPP_RECORD_CLOSE));
      spp_test_settle ();
      g_assert_cmpint (spp_session_get_end (session), ==, SPP_SESSION_END_NONE);
    }
  hostile2_write (peer, spp2_hand_answer (peer->hand, request, NULL));
  if (!before)
    hostile2_write (peer, hostile2_record (peer, SPP_RECORD_CLOSE));
  g_bytes_unref (hostile2_expect_record (peer, SPP_RECORD_CLOSE));
  hostile2_expect_nothing (peer);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_CLOSED, SPP_SESSION_END_PEER_CLOSED);
  g_assert_cmpuint (spp_session_get_rekeys (session), ==, 1);
  hostile2_finish (session);
}

static void
test_own_close_waits (HostileWorld  *world,
                      gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_CLIENT, &session);
  g_autoptr (GBytes) request = hostile2_provoke_rekey (peer, session);
  g_autoptr (GAsyncResult) closed = NULL;

  g_test_summary ("An initiator that waits for REKEY_ACK says CLOSE after it");
  spp_session_close_async (session, NULL, spp_test_result_cb, &closed);
  spp_test_settle ();
  g_assert_false (g_socket_condition_check (g_socket_connection_get_socket (peer->wire->connection),
                                            G_IO_IN) & G_IO_IN);
  hostile2_write (peer, spp2_hand_answer (peer->hand, request, NULL));
  g_bytes_unref (hostile2_expect_record (peer, SPP_RECORD_CLOSE));
  /* No more REKEY from it, however due. */
  spp_record_layer_set_epoch (session->layer, 0, 0);
  spp_session_schedule_turn (session);
  spp_test_settle ();
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_CLOSE));
  spp_test_await (&closed);
  g_clear_object (&closed);
  hostile2_expect_nothing (peer);
  g_assert_cmpint (spp_session_get_end (session), ==, SPP_SESSION_END_CLOSED);
  hostile2_finish (session);
}

static void
test_after_farewell (HostileWorld  *world,
                     gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_CLIENT, &session);
  g_autoptr (GBytes) payload = spp_test_payload (LONG_SIZE, 1);
  SppRecordType type = SPP_RECORD_DATA;

  g_test_summary ("An initiator that was told CLOSE asks for no new keys, however due, while it "
                  "sends what is left");
  spp_session_send_async (session, payload, NULL, NULL, NULL);
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_CLOSE));
  while (spp_session_get_state (session) != SPP_SESSION_STATE_CLOSING)
    g_main_context_iteration (NULL, TRUE);
  spp_record_layer_set_epoch (session->layer, 0, 0);
  while (type != SPP_RECORD_CLOSE)
    {
      g_autoptr (GByteArray) frame = hostile_peer_read_frame (peer->wire);
      g_autoptr (GBytes) body = NULL;

      body = spp2_hand_open (peer->hand, frame->data, frame->len, &type);
      g_assert_nonnull (body);
      g_assert_cmpint (type, !=, SPP_RECORD_REKEY);
    }
  hostile2_expect_nothing (peer);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_CLOSED, SPP_SESSION_END_PEER_CLOSED);
  hostile2_finish (session);
}

static void
test_answer_after_close (HostileWorld  *world,
                         gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_SERVICE, &session);
  g_autoptr (GAsyncResult) closed = NULL;
  g_autoptr (GBytes) answer = NULL;

  g_test_summary ("A responder that has said CLOSE still answers the REKEY that crossed it");
  spp_session_close_async (session, NULL, spp_test_result_cb, &closed);
  g_bytes_unref (hostile2_expect_record (peer, SPP_RECORD_CLOSE));
  hostile2_write (peer, spp2_hand_ask (peer->hand, NULL));
  answer = hostile2_expect_record (peer, SPP_RECORD_REKEY_ACK);
  spp2_hand_take_answer (peer->hand, answer);
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_CLOSE));
  spp_test_await (&closed);
  g_clear_object (&closed);
  hostile2_expect_nothing (peer);
  g_assert_cmpint (spp_session_get_end (session), ==, SPP_SESSION_END_CLOSED);
  hostile2_finish (session);
}

static void
test_second_after_close (HostileWorld  *world,
                         gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_SERVICE, &session);
  g_autoptr (GBytes) answer = NULL;

  g_test_summary ("One REKEY may cross with the responder's CLOSE; a second one is a violation");
  spp_session_close_async (session, NULL, NULL, NULL);
  g_bytes_unref (hostile2_expect_record (peer, SPP_RECORD_CLOSE));
  hostile2_write (peer, spp2_hand_ask (peer->hand, NULL));
  answer = hostile2_expect_record (peer, SPP_RECORD_REKEY_ACK);
  spp2_hand_take_answer (peer->hand, answer);
  hostile2_write (peer, spp2_hand_ask (peer->hand, NULL));
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_BAD_RECORD, SPP_SESSION_END_MISBEHAVED);
  hostile2_expect_nothing (peer);
  hostile2_finish (session);
}

static void
test_unanswered (HostileWorld  *world,
                 gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_CLIENT, &session);
  gint64 now;

  g_test_summary ("A friend who does not answer REKEY for a minute is given up");
  g_bytes_unref (hostile2_provoke_rekey (peer, session));
  hostile2_write (peer, hostile2_message (peer, 10, 1));
  hostile_expect_message (session, 10, 1);
  now = g_get_monotonic_time ();
  g_assert_cmpint (session->rekey_deadline, >, now + 55 * G_TIME_SPAN_SECOND);
  g_assert_cmpint (session->rekey_deadline, <=, now + 60 * G_TIME_SPAN_SECOND);
  g_assert_cmpint (g_source_get_ready_time (session->timer), ==, session->rekey_deadline);

  session->rekey_deadline = now;
  g_source_set_ready_time (session->timer, now);
  hostile_expect_end (session, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, SPP_SESSION_END_CUT);
  hostile2_expect_nothing (peer);
  hostile2_finish (session);
}

/* When it is time for new keys by the clock. */
static void
test_due_by_time (HostileWorld  *world,
                  gconstpointer  data)
{
  gboolean with_message = GPOINTER_TO_INT (data);
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_CLIENT, &session);

  g_test_summary ("When the time of an epoch is over, new keys are asked for with the next "
                  "record, if there was a message");
  spp_record_layer_set_epoch (session->layer, G_MAXUINT64, 1);
  if (with_message)
    {
      hostile2_write (peer, hostile2_message (peer, 10, 1));
      hostile_expect_message (session, 10, 1);
    }
  hostile2_write (peer, hostile2_record (peer, SPP_RECORD_PAD));
  spp_test_settle ();
  if (with_message)
    g_bytes_unref (hostile2_expect_record (peer, SPP_RECORD_REKEY));
  g_assert_cmpint (spp_record_layer_is_rekeying (session->layer), ==, with_message);
  hostile2_finish (session);
}

static void
test_first_epoch (HostileWorld  *world,
                  gconstpointer  data)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_CLIENT, &session);

  g_test_summary ("In the first epoch, too, time is enough for new keys after a message");
  hostile2_write (peer, hostile2_message (peer, 10, 1));
  hostile_expect_message (session, 10, 1);
  spp_test_settle ();
  g_assert_nonnull (session->timer);
  g_assert_cmpint (g_source_get_ready_time (session->timer), ==,
                   spp_record_layer_get_epoch_end (session->layer));
  hostile2_finish (session);
}

static void
test_weak_request (HostileWorld  *world,
                   gconstpointer  data)
{
  g_test_summary ("New keys with a point of low order end the session at the responder");
  for (guint i = 0; i < SPP2_N_WEAK; i++)
    {
      SppSession *session;
      g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_SERVICE, &session);

      hostile2_write (peer, spp2_hand_ask (peer->hand, spp2_weak[i]));
      hostile_expect_end (session, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL,
                          SPP_SESSION_END_MISBEHAVED);
      hostile2_expect_nothing (peer);
      hostile2_finish (session);
    }
}

static void
expect_bad_answer (HostileWorld *world,
                   const guint8 *point,
                   int           code)
{
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, HOSTILE_CLIENT, &session);
  g_autoptr (GBytes) request = hostile2_provoke_rekey (peer, session);

  if (point == NULL)
    point = g_bytes_get_data (request, NULL);
  hostile2_write (peer, spp2_hand_answer (peer->hand, request, point));
  hostile_expect_end (session, SPP_ERROR, code, SPP_SESSION_END_MISBEHAVED);
  hostile2_expect_nothing (peer);
  hostile2_finish (session);
}

static void
test_bad_answer (HostileWorld  *world,
                 gconstpointer  data)
{
  SppSession *session;
  Hostile2Peer *peer;

  g_test_summary ("New keys with a point of low order, or with the initiator's own, end the "
                  "session at the initiator; so does an answer of another size");
  for (guint i = 0; i < SPP2_N_WEAK; i++)
    expect_bad_answer (world, spp2_weak[i], SPP_ERROR_WEAK_EPHEMERAL);
  expect_bad_answer (world, NULL, SPP_ERROR_REFLECTED);
  for (guint size = SPP_CRYPTO_X25519_SIZE - 1; size <= SPP_CRYPTO_X25519_SIZE + 1; size += 2)
    {
      peer = hostile2_meet (world, HOSTILE_CLIENT, &session);
      g_bytes_unref (hostile2_provoke_rekey (peer, session));
      hostile2_write (peer, spp2_hand_seal (peer->hand, SPP_RECORD_REKEY_ACK,
                                            peer->hand->hello, size, 0));
      hostile_expect_end (session, SPP_ERROR, SPP_ERROR_BAD_RECORD, SPP_SESSION_END_MISBEHAVED);
      hostile2_expect_nothing (peer);
      hostile2_finish (session);
      hostile2_peer_free (peer);
    }
}

/* Who has all of the session's state, but no identity key. */
static void
test_other_keys (HostileWorld  *world,
                 gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  SppSession *session;
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, role, &session);
  g_autoptr (SppPrivateKey) other = spp_private_key_generate ();
  g_autoptr (Spp2Hand) thief = spp2_hand_new_responder (other);

  g_test_summary ("Who has stolen a session, but no identity key, is locked out by new keys");
  exchange (peer, session, 1);
  peer->hand->static_secret = thief->static_secret;
  exchange (peer, session, 2);
  hostile2_renew_keys (peer, session);
  hostile2_write (peer, hostile2_message (peer, 10, 3));
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_BAD_TAG, SPP_SESSION_END_MISBEHAVED);
  hostile2_expect_nothing (peer);
  hostile2_finish (session);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(name, data, func) HOSTILE2_ADD ("/spp/hostile2/rekey/" name, data, func)
  hostile2_add_for_roles ("/spp/hostile2/rekey/again-and-again", test_again_and_again);
  hostile2_add_for_roles ("/spp/hostile2/rekey/between-parts", test_between_parts);
  hostile2_add_for_roles ("/spp/hostile2/rekey/other-keys", test_other_keys);
  add ("storm", NULL, test_storm);
  add ("answer-within", NULL, test_answer_within);
  add ("crossing-messages", NULL, test_crossing_messages);
  add ("crossing-close/before", GINT_TO_POINTER (TRUE), test_crossing_close);
  add ("crossing-close/after", GINT_TO_POINTER (FALSE), test_crossing_close);
  add ("own-close-waits", NULL, test_own_close_waits);
  add ("after-farewell", NULL, test_after_farewell);
  add ("answer-after-close", NULL, test_answer_after_close);
  add ("second-after-close", NULL, test_second_after_close);
  add ("unanswered", NULL, test_unanswered);
  add ("due-by-time/messages", GINT_TO_POINTER (TRUE), test_due_by_time);
  add ("due-by-time/pads-only", GINT_TO_POINTER (FALSE), test_due_by_time);
  add ("due-by-time/first-epoch", NULL, test_first_epoch);
  add ("weak-request", NULL, test_weak_request);
  add ("bad-answer", NULL, test_bad_answer);
#undef add

  return g_test_run ();
}
