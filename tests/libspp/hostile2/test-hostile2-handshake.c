/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "hostile2-world.h"

/* The frames of a handshake that the other end has to say. */
typedef enum
{
  MESSAGE1,
  MESSAGE2,
  MESSAGE3,
  HELLO,
} Part;

typedef struct
{
  const char *name;
  HostileRole role;
  Part        part;
} Case;

static const Case cases[] =
  {
    { "message-1", HOSTILE_SERVICE, MESSAGE1 },
    { "message-3", HOSTILE_SERVICE, MESSAGE3 },
    { "message-2", HOSTILE_CLIENT, MESSAGE2 },
    { "hello", HOSTILE_CLIENT, HELLO },
  };

/* A peer that has said all that comes before the part, and that part. */
static Hostile2Peer *
reach (HostileWorld  *world,
       const Case    *self,
       GByteArray   **frame)
{
  Hostile2Peer *peer;
  guint8 bytes[SPP2_MESSAGE3_FRAME];

  *frame = NULL;
  if (self->part == MESSAGE1)
    {
      peer = hostile2_connect (world, self->role);
      spp2_hand_make_message1 (peer->hand, bytes);
      *frame = g_byte_array_append (g_byte_array_new (), bytes, SPP2_MESSAGE1_FRAME);
    }
  else if (self->part == MESSAGE2)
    {
      peer = hostile2_connect (world, self->role);
      g_assert_cmpuint (hostile_peer_read (peer->wire, bytes, SPP2_MESSAGE1_FRAME), ==,
                        SPP2_MESSAGE1_FRAME);
      spp2_hand_take_message1 (peer->hand, bytes);
      spp2_hand_make_message2 (peer->hand, bytes);
      *frame = g_byte_array_append (g_byte_array_new (), bytes, SPP2_MESSAGE2_FRAME);
    }
  else
    {
      peer = hostile2_approach (world, self->role);
      if (self->part == MESSAGE3)
        {
          spp2_hand_make_message3 (peer->hand, bytes);
          *frame = g_byte_array_append (g_byte_array_new (), bytes, SPP2_MESSAGE3_FRAME);
        }
      else
        {
          *frame = hostile2_record (peer, SPP_RECORD_HELLO);
        }
    }
  return peer;
}

static void
stop (HostileWorld *world,
      const Case   *self,
      HostileStop   how,
      gsize         length)
{
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (Hostile2Peer) peer = reach (world, self, &frame);

  hostile_peer_write (peer->wire, frame->data, length);
  hostile_stop (peer->wire, how);
  if (how == HOSTILE_RESET)
    hostile2_expect_refusal (world, self->role, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  else if (length > 0 || self->part == MESSAGE3)
    hostile2_expect_refusal (world, self->role, SPP_ERROR, SPP_ERROR_TRUNCATED);
  else
    hostile2_expect_refusal (world, self->role, SPP_ERROR,
                             self->part == HELLO ? SPP_ERROR_NOT_ADMITTED : SPP_ERROR_CLOSED);
  if (how == HOSTILE_HALF_CLOSE)
    hostile2_expect_nothing (peer);
}

static void
test_stops (HostileWorld  *world,
            gconstpointer  data)
{
  const Case *self = data;
  gsize size = 1;

  g_test_summary ("A peer that stops after any byte of a frame ends the handshake with that "
                  "reason, without an answer");
  for (HostileStop how = HOSTILE_HALF_CLOSE; how <= HOSTILE_RESET; how++)
    for (gsize length = 0; length < size; length++)
      {
        g_autoptr (GByteArray) frame = NULL;

        if (length == 0)
          {
            g_autoptr (Hostile2Peer) peer = reach (world, self, &frame);

            size = frame->len;
            hostile_stop (peer->wire, HOSTILE_RESET);
            hostile2_expect_refusal (world, self->role, G_IO_ERROR,
                                     G_IO_ERROR_CONNECTION_CLOSED);
          }
        stop (world, self, how, length);
      }
  g_assert_cmpuint (size, >=, SPP2_MESSAGE1_FRAME);
  g_assert_cmpuint (world->sessions->len, ==, 0);
}

/* The lengths of the first three frames are known, so a wrong one is refused
 * before anything of it has come. */
static int
get_header_error (const Case   *self,
                  const guint8 *header)
{
  guint64 length = spp_frame_read_header (header);

  if (self->part == MESSAGE2 && length == 96)
    return SPP_ERROR_OLD_PROTOCOL;
  if (self->part != HELLO)
    return SPP_ERROR_FRAME_LENGTH;
  if (length < SPP_RECORD_MIN_PAYLOAD_SIZE || length > SPP_RECORD_MAX_PAYLOAD_SIZE)
    return SPP_ERROR_FRAME_LENGTH;
  return length > SPP2_BARE_FRAME (SPP2_HELLO_SIZE) - SPP_FRAME_HEADER_SIZE
         ? SPP_ERROR_TRUNCATED : SPP_ERROR_BAD_TAG;
}

static void
test_headers (HostileWorld  *world,
              gconstpointer  data)
{
  const Case *self = data;

  g_test_summary ("A frame of another length is refused at its header, without an answer");
  for (guint bit = 0; bit < 64; bit++)
    {
      g_autoptr (GByteArray) frame = NULL;
      g_autoptr (Hostile2Peer) peer = reach (world, self, &frame);
      int code;

      frame->data[bit / 8] ^= 1 << bit % 8;
      code = get_header_error (self, frame->data);
      /* The first frame of another protocol is another story. */
      if (self->part == MESSAGE1 && spp_frame_read_header (frame->data) == 96)
        {
          hostile_stop (peer->wire, HOSTILE_CLOSE);
          hostile2_expect_refusal (world, self->role, SPP_ERROR, SPP_ERROR_CLOSED);
          continue;
        }
      hostile_peer_write (peer->wire, frame->data,
                          self->part == HELLO ? frame->len : SPP_FRAME_HEADER_SIZE);
      if (code == SPP_ERROR_TRUNCATED)
        hostile_stop (peer->wire, HOSTILE_HALF_CLOSE);
      hostile2_expect_refusal (world, self->role, SPP_ERROR, code);
      hostile2_expect_nothing (peer);
    }
}

static void
test_flipped_message2 (HostileWorld  *world,
                       gconstpointer  data)
{
  static const Case self = { NULL, HOSTILE_CLIENT, MESSAGE2 };

  g_test_summary ("Whatever bit of message 2 is changed on the way, the friend cannot read "
                  "message 3, and the caller gets no session");
  for (guint bit = 0; bit < 8 * SPP_CRYPTO_X25519_SIZE; bit++)
    {
      g_autoptr (GByteArray) frame = NULL;
      g_autoptr (Hostile2Peer) peer = reach (world, &self, &frame);
      guint8 third[SPP2_MESSAGE3_FRAME];

      frame->data[SPP_FRAME_HEADER_SIZE + bit / 8] ^= 1 << bit % 8;
      hostile_peer_write (peer->wire, frame->data, frame->len);
      g_assert_cmpuint (hostile_peer_read (peer->wire, third, sizeof third), ==, sizeof third);
      g_assert_false (spp2_hand_take_message3 (peer->hand, third));
      hostile_stop (peer->wire, HOSTILE_HALF_CLOSE);
      hostile2_expect_refusal (world, self.role, SPP_ERROR, SPP_ERROR_NOT_ADMITTED);
      hostile2_expect_nothing (peer);
    }
}

static void
test_flipped_hello (HostileWorld  *world,
                    gconstpointer  data)
{
  static const Case self = { NULL, HOSTILE_CLIENT, HELLO };

  g_test_summary ("Whatever byte of the responder's HELLO is changed, the caller gets no "
                  "session and says nothing more");
  for (guint i = SPP_FRAME_HEADER_SIZE; i < SPP2_BARE_FRAME (SPP2_HELLO_SIZE); i++)
    {
      g_autoptr (GByteArray) frame = NULL;
      g_autoptr (Hostile2Peer) peer = reach (world, &self, &frame);

      frame->data[i] ^= 1 << i % 8;
      hostile_peer_write (peer->wire, frame->data, frame->len);
      hostile2_expect_refusal (world, self.role, SPP_ERROR, SPP_ERROR_BAD_TAG);
      hostile2_expect_nothing (peer);
    }
}

static void
test_reflected (HostileWorld  *world,
                gconstpointer  data)
{
  guint8 frame[SPP2_MESSAGE3_FRAME];

  g_test_summary ("A caller gets its own messages back");
  {
    g_autoptr (Hostile2Peer) peer = hostile2_connect (world, HOSTILE_CLIENT);

    g_assert_cmpuint (hostile_peer_read (peer->wire, frame, SPP2_MESSAGE1_FRAME), ==,
                      SPP2_MESSAGE1_FRAME);
    hostile_peer_write (peer->wire, frame, SPP2_MESSAGE1_FRAME);
    hostile2_expect_refusal (world, HOSTILE_CLIENT, SPP_ERROR, SPP_ERROR_REFLECTED);
    hostile2_expect_nothing (peer);
  }
  {
    g_autoptr (Hostile2Peer) peer = hostile2_connect (world, HOSTILE_CLIENT);

    g_assert_cmpuint (hostile_peer_read (peer->wire, frame, SPP2_MESSAGE1_FRAME), ==,
                      SPP2_MESSAGE1_FRAME);
    spp2_hand_make_message2 (peer->hand, frame);
    hostile_peer_write (peer->wire, frame, SPP2_MESSAGE2_FRAME);
    g_assert_cmpuint (hostile_peer_read (peer->wire, frame, sizeof frame), ==, sizeof frame);
    hostile_peer_write (peer->wire, frame, sizeof frame);
    hostile2_expect_refusal (world, HOSTILE_CLIENT, SPP_ERROR, SPP_ERROR_BAD_TAG);
    hostile2_expect_nothing (peer);
  }
}

static void
test_order (HostileWorld  *world,
            gconstpointer  data)
{
  guint8 frame[SPP2_MESSAGE3_FRAME];
  guint8 second[SPP2_MESSAGE2_FRAME];

  g_test_summary ("Frames of a handshake that come twice, or in another order, have a wrong "
                  "length and end it at once");
  {
    g_autoptr (Hostile2Peer) peer = hostile2_connect (world, HOSTILE_SERVICE);

    spp2_hand_make_message3 (peer->hand, frame);
    hostile_peer_write (peer->wire, frame, sizeof frame);
    hostile2_expect_refusal (world, HOSTILE_SERVICE, SPP_ERROR, SPP_ERROR_FRAME_LENGTH);
    hostile2_expect_nothing (peer);
  }
  {
    g_autoptr (Hostile2Peer) peer = hostile2_connect (world, HOSTILE_SERVICE);

    spp2_hand_make_message1 (peer->hand, frame);
    hostile_peer_write (peer->wire, frame, SPP2_MESSAGE1_FRAME);
    g_assert_cmpuint (hostile_peer_read (peer->wire, second, sizeof second), ==, sizeof second);
    hostile_peer_write (peer->wire, frame, SPP2_MESSAGE1_FRAME);
    hostile2_expect_refusal (world, HOSTILE_SERVICE, SPP_ERROR, SPP_ERROR_FRAME_LENGTH);
    hostile2_expect_nothing (peer);
  }
  {
    static const Case self = { NULL, HOSTILE_CLIENT, MESSAGE2 };
    g_autoptr (GByteArray) again = NULL;
    g_autoptr (Hostile2Peer) peer = reach (world, &self, &again);

    hostile_peer_write (peer->wire, again->data, again->len);
    hostile_peer_write (peer->wire, again->data, again->len);
    hostile2_expect_refusal (world, HOSTILE_CLIENT, SPP_ERROR, SPP_ERROR_BAD_TAG);
    g_assert_cmpuint (hostile_peer_read (peer->wire, frame, sizeof frame), ==, sizeof frame);
    hostile2_expect_nothing (peer);
  }
}

static void
test_weak_responder (HostileWorld  *world,
                     gconstpointer  data)
{
  static const Case self = { NULL, HOSTILE_CLIENT, MESSAGE2 };

  g_test_summary ("A caller says nothing to who answers with a point of low order");
  for (guint i = 0; i < SPP2_N_WEAK; i++)
    {
      g_autoptr (GByteArray) frame = NULL;
      g_autoptr (Hostile2Peer) peer = reach (world, &self, &frame);

      memcpy (frame->data + SPP_FRAME_HEADER_SIZE, spp2_weak[i], SPP_CRYPTO_X25519_SIZE);
      hostile_peer_write (peer->wire, frame->data, frame->len);
      hostile2_expect_refusal (world, HOSTILE_CLIENT, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL);
      hostile2_expect_nothing (peer);
    }
}

static void
test_recorded (HostileWorld  *world,
               gconstpointer  data)
{
  static const Case self = { NULL, HOSTILE_CLIENT, MESSAGE2 };
  SppSession *session;
  g_autoptr (GByteArray) second = NULL;
  g_autoptr (GByteArray) hello = NULL;
  guint8 third[SPP2_MESSAGE3_FRAME];

  g_test_summary ("All that a friend has said in a session, said again, is refused");
  {
    g_autoptr (Hostile2Peer) peer = reach (world, &self, &second);

    hostile_peer_write (peer->wire, second->data, second->len);
    g_assert_cmpuint (hostile_peer_read (peer->wire, third, sizeof third), ==, sizeof third);
    g_assert_true (spp2_hand_take_message3 (peer->hand, third));
    hello = hostile2_record (peer, SPP_RECORD_HELLO);
    hello = hostile2_join (hello, hostile2_message (peer, 10, 1));
    hostile_peer_write (peer->wire, hello->data, hello->len);
    session = hostile_world_take_session (world, HOSTILE_CLIENT);
    hostile_expect_message (session, 10, 1);
    hostile2_finish (session);
    g_clear_object (&world->called);
  }
  {
    g_autoptr (Hostile2Peer) peer = hostile2_connect (world, HOSTILE_CLIENT);

    hostile_peer_write (peer->wire, second->data, second->len);
    hostile_peer_write (peer->wire, hello->data, hello->len);
    hostile2_expect_refusal (world, HOSTILE_CLIENT, SPP_ERROR, SPP_ERROR_BAD_TAG);
  }
}

/* What the first record of the responder may be. */
static void
expect_hello (HostileWorld *world,
              guint         type,
              const guint8 *hello,
              gsize         size,
              gsize         padding,
              int           code)
{
  g_autoptr (Hostile2Peer) peer = hostile2_approach (world, HOSTILE_CLIENT);
  SppSession *session;

  /* Nothing is said before it. */
  spp_test_settle ();
  g_assert_false (g_socket_condition_check (g_socket_connection_get_socket (peer->wire->connection),
                                            G_IO_IN) & G_IO_IN);
  hostile2_write (peer, spp2_hand_seal (peer->hand, type, hello, size, padding));
  if (code != 0)
    {
      hostile2_expect_refusal (world, HOSTILE_CLIENT, SPP_ERROR, code);
      hostile2_expect_nothing (peer);
      return;
    }
  session = hostile_world_take_session (world, HOSTILE_CLIENT);
  hostile2_write (peer, hostile2_message (peer, 10, 1));
  hostile_expect_message (session, 10, 1);
  hostile2_finish (session);
}

static void
test_hello (HostileWorld  *world,
            gconstpointer  data)
{
  g_autoptr (Spp2Hand) friend = spp2_hand_new_responder (world->friend_key);
  g_autoptr (Spp2Hand) own = spp2_hand_new_responder (world->own_key);
  guint8 hello[SPP2_HELLO_SIZE + 1] = { 0 };

  g_test_summary ("The responder's HELLO is its first record and says who was called; what is "
                  "not known yet in it is ignored");
  memcpy (hello, friend->hello, SPP2_HELLO_SIZE);
  expect_hello (world, SPP_RECORD_HELLO, hello, SPP2_HELLO_SIZE, 0, 0);
  expect_hello (world, SPP_RECORD_HELLO, hello, SPP2_HELLO_SIZE, 189, 0);
  expect_hello (world, SPP_RECORD_HELLO, hello, SPP2_HELLO_SIZE,
                SPP_RECORD_MAX_BODY_SIZE - SPP2_HELLO_SIZE, 0);
  for (guint type = 0; type <= 8; type++)
    if (type != SPP_RECORD_HELLO)
      expect_hello (world, type, hello, SPP2_HELLO_SIZE, 0, SPP_ERROR_BAD_RECORD);
  expect_hello (world, SPP_RECORD_HELLO, hello, SPP2_HELLO_SIZE - 1, 0, SPP_ERROR_BAD_RECORD);
  expect_hello (world, SPP_RECORD_HELLO, hello, SPP2_HELLO_SIZE + 1, 0, SPP_ERROR_BAD_RECORD);
  expect_hello (world, SPP_RECORD_HELLO, own->hello, SPP2_HELLO_SIZE, 0, SPP_ERROR_BAD_RECORD);
  for (guint i = 0; i < SPP_PUBLIC_KEY_SIZE; i++)
    {
      hello[i] ^= i == SPP_PUBLIC_KEY_SIZE - 1 ? 0x80 : 1;
      expect_hello (world, SPP_RECORD_HELLO, hello, SPP2_HELLO_SIZE, 0, SPP_ERROR_BAD_RECORD);
      memcpy (hello, friend->hello, SPP2_HELLO_SIZE);
    }
  memset (hello + SPP_PUBLIC_KEY_SIZE + 1, 0xff, 7);
  memset (hello + SPP_PUBLIC_KEY_SIZE + 16, 0xff, 16);
  expect_hello (world, SPP_RECORD_HELLO, hello, SPP2_HELLO_SIZE, 0, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *stops = g_strdup_printf ("/spp/hostile2/handshake/stops/%s",
                                                cases[i].name);
      g_autofree char *headers = g_strdup_printf ("/spp/hostile2/handshake/header/%s",
                                                  cases[i].name);

      HOSTILE2_ADD (stops, &cases[i], test_stops);
      HOSTILE2_ADD (headers, &cases[i], test_headers);
    }
  HOSTILE2_ADD ("/spp/hostile2/handshake/flipped/message-2", NULL, test_flipped_message2);
  HOSTILE2_ADD ("/spp/hostile2/handshake/flipped/hello", NULL, test_flipped_hello);
  HOSTILE2_ADD ("/spp/hostile2/handshake/reflected", NULL, test_reflected);
  HOSTILE2_ADD ("/spp/hostile2/handshake/order", NULL, test_order);
  HOSTILE2_ADD ("/spp/hostile2/handshake/weak-responder", NULL, test_weak_responder);
  HOSTILE2_ADD ("/spp/hostile2/handshake/recorded", NULL, test_recorded);
  HOSTILE2_ADD ("/spp/hostile2/handshake/hello", NULL, test_hello);

  return g_test_run ();
}
