/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile2-world.h"

#define SIZE 20

typedef struct
{
  const char   *name;
  HostileRole   role;
  SppRecordType type;
  gsize         padding;
} Case;

/* What the other end of each role may say. */
static const Case cases[] =
  {
    { "service/data", HOSTILE_SERVICE, SPP_RECORD_DATA, 0 },
    { "service/last", HOSTILE_SERVICE, SPP_RECORD_LAST, 0 },
    { "service/padded", HOSTILE_SERVICE, SPP_RECORD_LAST, 250 },
    { "service/rekey", HOSTILE_SERVICE, SPP_RECORD_REKEY, 0 },
    { "service/close", HOSTILE_SERVICE, SPP_RECORD_CLOSE, 0 },
    { "service/pad", HOSTILE_SERVICE, SPP_RECORD_PAD, 0 },
    { "client/data", HOSTILE_CLIENT, SPP_RECORD_DATA, 0 },
    { "client/last", HOSTILE_CLIENT, SPP_RECORD_LAST, 0 },
    { "client/padded", HOSTILE_CLIENT, SPP_RECORD_LAST, 250 },
    { "client/rekey-ack", HOSTILE_CLIENT, SPP_RECORD_REKEY_ACK, 0 },
    { "client/close", HOSTILE_CLIENT, SPP_RECORD_CLOSE, 0 },
    { "client/pad", HOSTILE_CLIENT, SPP_RECORD_PAD, 0 },
  };

/* A session in which the record may come. */
typedef struct
{
  const Case   *row;
  Hostile2Peer *peer;
  SppSession   *session;
  GBytes       *request;   /* nullable: what REKEY_ACK answers */
} Fixture;

static Fixture
fixture_new (HostileWorld *world,
             const Case   *row)
{
  Fixture self = { .row = row };

  self.peer = hostile2_meet (world, row->role, &self.session);
  if (row->type == SPP_RECORD_REKEY_ACK)
    self.request = hostile2_provoke_rekey (self.peer, self.session);
  return self;
}

static void
fixture_clear (Fixture *self)
{
  hostile2_finish (self->session);
  hostile2_peer_free (self->peer);
  g_clear_pointer (&self->request, g_bytes_unref);
}

static GByteArray *
make_frame (Fixture *self)
{
  if (self->row->type == SPP_RECORD_REKEY)
    return spp2_hand_ask (self->peer->hand, NULL);
  if (self->row->type == SPP_RECORD_REKEY_ACK)
    return spp2_hand_answer (self->peer->hand, self->request, NULL);
  if (self->row->padding > 0)
    return spp2_hand_seal (self->peer->hand, self->row->type, (const guint8 *) "part", 5,
                           self->row->padding);
  return hostile2_record (self->peer, self->row->type);
}

static void
expect_part (SppSession *session)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = spp_test_receive (session, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (message, NULL), g_bytes_get_size (message), "part", 5);
}

/* Ended so, with nothing received but what was, and nothing said. */
static void
expect_over (Fixture       *self,
             GQuark         domain,
             int            code,
             SppSessionEnd  end,
             guint          received)
{
  hostile_expect_end (self->session, domain, code, end);
  g_assert_cmpuint (spp_session_get_messages_received (self->session), ==, received);
  hostile2_expect_nothing (self->peer);
}

static void
stop (HostileWorld *world,
      const Case   *row,
      HostileStop   how,
      gsize        *length)
{
  Fixture self = fixture_new (world, row);
  GByteArray *before = hostile2_message (self.peer, SIZE, 1);
  g_autoptr (GByteArray) frame = make_frame (&self);

  hostile2_write (self.peer, before);
  hostile_peer_write (self.peer->wire, frame->data, *length);
  if (how != HOSTILE_HALF_CLOSE)
    hostile_expect_message (self.session, SIZE, 1);
  hostile_stop (self.peer->wire, how);
  if (how == HOSTILE_HALF_CLOSE)
    {
      /* It is known to have ended before anybody asks for what came before. */
      while (spp_session_get_state (self.session) != SPP_SESSION_STATE_CLOSED)
        g_main_context_iteration (NULL, TRUE);
      hostile_expect_message (self.session, SIZE, 1);
    }

  if (how == HOSTILE_RESET)
    hostile_expect_end (self.session, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                        SPP_SESSION_END_CUT);
  else
    hostile_expect_end (self.session, SPP_ERROR, SPP_ERROR_TRUNCATED, SPP_SESSION_END_CUT);
  g_assert_cmpuint (spp_session_get_messages_received (self.session), ==, 1);
  if (how == HOSTILE_HALF_CLOSE)
    hostile2_expect_nothing (self.peer);
  if (++*length == frame->len)
    *length = 0;
  fixture_clear (&self);
}

static void
test_stops (HostileWorld  *world,
            gconstpointer  data)
{
  g_test_summary ("A friend that stops after any byte of a record cuts the session; what came "
                  "before is received");
  for (HostileStop how = HOSTILE_HALF_CLOSE; how <= HOSTILE_RESET; how++)
    {
      gsize length = 0;

      do
        stop (world, data, how, &length);
      while (length > 0);
    }
}

static void
test_flipped (HostileWorld  *world,
              gconstpointer  data)
{
  const Case *row = data;
  gsize size = 1;

  g_test_summary ("Whatever byte of a record is changed, the session ends with that, and what "
                  "came before is received");
  for (gsize i = 0; i < size; i++)
    {
      Fixture self = fixture_new (world, row);
      GByteArray *before = hostile2_message (self.peer, SIZE, 1);
      g_autoptr (GByteArray) frame = make_frame (&self);
      guint64 announced;

      size = frame->len;
      frame->data[i] ^= 1 << i % 8;
      announced = spp_frame_read_header (frame->data);
      hostile2_write (self.peer, before);
      hostile_peer_write (self.peer->wire, frame->data, size);
      if (announced > size - SPP_FRAME_HEADER_SIZE && announced <= SPP_RECORD_MAX_PAYLOAD_SIZE)
        hostile_stop (self.peer->wire, HOSTILE_HALF_CLOSE);
      hostile_expect_message (self.session, SIZE, 1);

      if (announced < SPP_RECORD_MIN_PAYLOAD_SIZE || announced > SPP_RECORD_MAX_PAYLOAD_SIZE)
        expect_over (&self, SPP_ERROR, SPP_ERROR_FRAME_LENGTH, SPP_SESSION_END_MISBEHAVED, 1);
      else if (announced > size - SPP_FRAME_HEADER_SIZE)
        expect_over (&self, SPP_ERROR, SPP_ERROR_TRUNCATED, SPP_SESSION_END_CUT, 1);
      else
        expect_over (&self, SPP_ERROR, SPP_ERROR_BAD_TAG, SPP_SESSION_END_MISBEHAVED, 1);
      fixture_clear (&self);
    }
}

static void
test_replayed (HostileWorld  *world,
               gconstpointer  data)
{
  const Case *row = data;
  Fixture self = fixture_new (world, row);
  GByteArray *frame = make_frame (&self);
  guint received = 0;

  g_test_summary ("A record that comes twice ends the session");
  if (row->type == SPP_RECORD_REKEY)
    {
      hostile_peer_write (self.peer->wire, frame->data, frame->len);
      g_bytes_unref (hostile2_expect_record (self.peer, SPP_RECORD_REKEY_ACK));
    }
  else
    {
      GByteArray *again = g_byte_array_append (g_byte_array_new (), frame->data, frame->len);

      frame = hostile2_join (frame, again);
    }
  hostile2_write (self.peer, frame);
  if (row->type == SPP_RECORD_LAST)
    {
      expect_part (self.session);
      received++;
    }
  expect_over (&self, SPP_ERROR, SPP_ERROR_BAD_TAG, SPP_SESSION_END_MISBEHAVED, received);
  fixture_clear (&self);
}

static void
test_reordered (HostileWorld  *world,
                gconstpointer  data)
{
  Fixture self = fixture_new (world, data);
  GByteArray *before = hostile2_message (self.peer, SIZE, 1);
  GByteArray *first = make_frame (&self);
  GByteArray *second = hostile2_message (self.peer, SIZE, 2);

  g_test_summary ("Two records in the wrong order end the session");
  hostile2_write (self.peer, hostile2_join (before, hostile2_join (second, first)));
  hostile_expect_message (self.session, SIZE, 1);
  expect_over (&self, SPP_ERROR, SPP_ERROR_BAD_TAG, SPP_SESSION_END_MISBEHAVED, 1);
  fixture_clear (&self);
}

static void
test_dropped (HostileWorld  *world,
              gconstpointer  data)
{
  Fixture self = fixture_new (world, data);
  GByteArray *before = hostile2_message (self.peer, SIZE, 1);

  g_test_summary ("A record that is left out ends the session with the next one");
  g_byte_array_unref (make_frame (&self));
  hostile2_write (self.peer, before);
  hostile2_write (self.peer, hostile2_message (self.peer, SIZE, 2));
  hostile_expect_message (self.session, SIZE, 1);
  expect_over (&self, SPP_ERROR, SPP_ERROR_BAD_TAG, SPP_SESSION_END_MISBEHAVED, 1);
  fixture_clear (&self);
}

/* What the session says by itself, as it is on the wire. */
static GByteArray *
hear (Fixture       *self,
      SppRecordType  type)
{
  g_autoptr (GBytes) payload = spp_test_payload (SIZE, 3);

  switch (type)
    {
    case SPP_RECORD_LAST:
      spp_session_send_async (self->session, payload, NULL, NULL, NULL);
      break;
    case SPP_RECORD_CLOSE:
      spp_session_close_async (self->session, NULL, NULL, NULL);
      break;
    case SPP_RECORD_REKEY:
      spp_record_layer_set_epoch (self->session->layer, 0, G_TIME_SPAN_DAY);
      spp_session_schedule_turn (self->session);
      break;
    case SPP_RECORD_REKEY_ACK:
      hostile2_write (self->peer, spp2_hand_ask (self->peer->hand, NULL));
      break;
    case SPP_RECORD_HELLO:
    case SPP_RECORD_DATA:
    case SPP_RECORD_PAD:
    default:
      g_assert_not_reached ();
    }
  return hostile_peer_read_frame (self->peer->wire);
}

static void
test_reflected (HostileWorld  *world,
                gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  const SppRecordType types[] = {
    SPP_RECORD_LAST,
    SPP_RECORD_CLOSE,
    role == HOSTILE_SERVICE ? SPP_RECORD_REKEY_ACK : SPP_RECORD_REKEY,
  };

  g_test_summary ("A record that is sent back to who sealed it ends the session");
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      const Case row = { NULL, role, SPP_RECORD_PAD, 0 };
      Fixture self = fixture_new (world, &row);

      hostile2_write (self.peer, hear (&self, types[i]));
      expect_over (&self, SPP_ERROR, SPP_ERROR_BAD_TAG, SPP_SESSION_END_MISBEHAVED, 0);
      fixture_clear (&self);
    }
}

/* The service's HELLO is heard before there is a session. */
static void
test_reflected_hello (HostileWorld  *world,
                      gconstpointer  data)
{
  static const Case row = { NULL, HOSTILE_SERVICE, SPP_RECORD_PAD, 0 };
  Fixture self = { .row = &row };
  guint8 third[SPP2_MESSAGE3_FRAME];

  g_test_summary ("HELLO, or message 3 once more, is no record of the other end");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GByteArray) hello = NULL;

      self.peer = hostile2_approach (world, row.role);
      spp2_hand_make_message3 (self.peer->hand, third);
      hostile_peer_write (self.peer->wire, third, sizeof third);
      hello = hostile_peer_read_frame (self.peer->wire);
      self.session = hostile_world_take_session (world, row.role);
      if (i == 0)
        hostile_peer_write (self.peer->wire, hello->data, hello->len);
      else
        hostile_peer_write (self.peer->wire, third, sizeof third);
      expect_over (&self, SPP_ERROR, SPP_ERROR_BAD_TAG, SPP_SESSION_END_MISBEHAVED, 0);
      fixture_clear (&self);
    }
}

int
main (int   argc,
      char *argv[])
{
  static const struct
  {
    const char *name;
    void      (*func) (HostileWorld  *world,
                       gconstpointer  data);
  } tests[] =
    {
      { "stops", test_stops },
      { "flipped", test_flipped },
      { "replayed", test_replayed },
      { "reordered", test_reordered },
      { "dropped", test_dropped },
    };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    for (guint j = 0; j < G_N_ELEMENTS (cases); j++)
      {
        g_autofree char *path = g_strdup_printf ("/spp/hostile2/records/%s/%s", tests[i].name,
                                                 cases[j].name);

        HOSTILE2_ADD (path, &cases[j], tests[i].func);
      }
  hostile2_add_for_roles ("/spp/hostile2/records/reflected", test_reflected);
  HOSTILE2_ADD ("/spp/hostile2/records/reflected-hello", NULL, test_reflected_hello);

  return g_test_run ();
}
