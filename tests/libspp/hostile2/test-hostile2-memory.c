/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <sys/socket.h>

#include "hostile2-world.h"

#define KIB 1024
#define MIB (KIB * KIB)
/* What a session may hold besides what its bounds speak of. */
#define HEAP_SLACK (MIB / 2)
/* What is read ahead, and what more while keys are exchanged, beside a message of
 * the largest size; what the buffer for frames holds. */
#define READ_AHEAD (256 * KIB)
#define IN_FLIGHT (16 * MIB)
#define READER_SIZE (256 * KIB)
/* More than any kernel keeps of one connection by itself. */
#define NO_END (64 * MIB)
#define MAX_TRIES 100000
/* How long the kernel is given to move bytes from one end to the other. */
#define KERNEL_PAUSE (50 * 1000)
#define PART_SIZE (16 * KIB)

/* A friend that sends as fast as it can: records of a type, and messages are
 * numbered from 0. */
typedef struct
{
  Hostile2Peer  *peer;
  SppRecordType  type;
  gsize          size;
  guint          started;
  gsize          pushed;      /* bytes */
  gboolean       cut_off;
  GByteArray    *frame;       /* the last one, owned */
  gsize          written;     /* of it */
} Sender;

static void
sender_begin_frame (Sender *self)
{
  g_autoptr (GBytes) payload = spp_test_payload (self->size, self->started);

  g_clear_pointer (&self->frame, g_byte_array_unref);
  self->frame = spp2_hand_seal (self->peer->hand, self->type, g_bytes_get_data (payload, NULL),
                                self->size, 0);
  self->written = 0;
  self->started++;
}

static void
sender_push (Sender *self,
             gsize   limit)
{
  GSocket *socket = g_socket_connection_get_socket (self->peer->wire->connection);

  do
    {
      g_socket_set_blocking (socket, FALSE);
      while (self->pushed < limit && !self->cut_off)
        {
          g_autoptr (GError) error = NULL;
          gssize length;

          if (self->frame == NULL || self->written == self->frame->len)
            sender_begin_frame (self);
          length = g_socket_send (socket, (char *) self->frame->data + self->written,
                                  self->frame->len - self->written, NULL, &error);
          if (length < 0)
            {
              self->cut_off = !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
              break;
            }
          self->written += length;
          self->pushed += length;
        }
      g_socket_set_blocking (socket, TRUE);
      spp_test_settle ();
    }
  while (self->pushed < limit && !self->cut_off
         && g_socket_condition_timed_wait (socket, G_IO_OUT, KERNEL_PAUSE, NULL, NULL));
}

/* The rest of the last frame, and then the stream ends. */
static void
sender_finish (Sender        *self,
               GAsyncResult **result)
{
  GOutputStream *output =
    g_io_stream_get_output_stream (G_IO_STREAM (self->peer->wire->connection));

  g_output_stream_write_all_async (output, self->frame->data + self->written,
                                   self->frame->len - self->written, G_PRIORITY_DEFAULT,
                                   NULL, spp_test_result_cb, result);
}

typedef struct
{
  const char *name;
  HostileRole role;
  gsize       size;
  gboolean    rekeying;
} Flood;

static const Flood floods[] =
  {
    { "service/empty", HOSTILE_SERVICE, 0, FALSE },
    { "service/small", HOSTILE_SERVICE, 1000, FALSE },
    { "service/large", HOSTILE_SERVICE, 65000, FALSE },
    { "client/small", HOSTILE_CLIENT, 1000, FALSE },
    { "client/large", HOSTILE_CLIENT, 65000, FALSE },
    { "rekeying", HOSTILE_CLIENT, 4000, TRUE },
  };

static void
test_flood (HostileWorld  *world,
            gconstpointer  data)
{
  const Flood *flood = data;
  gsize bound = READ_AHEAD + READER_SIZE + HEAP_SLACK;
  Sender sender = { .type = SPP_RECORD_LAST, .size = flood->size };
  g_autoptr (GAsyncResult) rest = NULL;
  SppSession *session;
  gsize heap;

  g_test_summary ("What a friend sends and nobody receives stays in the kernel but for a bounded "
                  "part, and nothing of it is lost");
  sender.peer = hostile2_meet (world, flood->role, &session);
  if (flood->rekeying)
    {
      spp_session_set_max_message_size (session, MIB);
      g_bytes_unref (hostile2_provoke_rekey (sender.peer, session));
      bound += IN_FLIGHT + MIB;
    }
  heap = hostile_heap_size ();
  sender_push (&sender, NO_END);
  g_assert_cmpuint (sender.pushed, <, NO_END);
  g_assert_false (sender.cut_off);
  g_assert_cmpuint (hostile_heap_size (), <, heap + bound + sender.frame->len);
  g_assert_cmpint (spp_session_get_state (session), ==, SPP_SESSION_STATE_OPEN);

  sender_finish (&sender, &rest);
  for (guint i = 0; i < sender.started; i++)
    hostile_expect_message (session, flood->size, i);
  spp_test_await (&rest);
  hostile_stop (sender.peer->wire, HOSTILE_HALF_CLOSE);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_TRUNCATED, SPP_SESSION_END_CUT);
  g_assert_cmpuint (spp_session_get_messages_received (session), ==, sender.started);
  g_byte_array_unref (sender.frame);
  hostile2_finish (session);
  hostile2_peer_free (sender.peer);
}

static void
test_endless (HostileWorld  *world,
              gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  Sender sender = { .type = SPP_RECORD_DATA, .size = PART_SIZE };
  SppSession *session;
  gsize heap;

  g_test_summary ("A message whose parts never end is refused at the largest size");
  sender.peer = hostile2_meet (world, role, &session);
  spp_session_set_max_message_size (session, MIB);
  heap = hostile_heap_size ();
  sender_push (&sender, MIB);
  g_assert_cmpint (spp_session_get_state (session), ==, SPP_SESSION_STATE_OPEN);
  g_assert_cmpuint (hostile_heap_size (), <, heap + 2 * MIB + READER_SIZE + HEAP_SLACK);
  sender_push (&sender, NO_END);
  g_assert_cmpuint (hostile_heap_size (), <, heap + HEAP_SLACK);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_MESSAGE_TOO_LARGE, SPP_SESSION_END_REFUSED);
  g_assert_cmpuint (spp_session_get_messages_received (session), ==, 0);
  g_byte_array_unref (sender.frame);
  hostile2_finish (session);
  hostile2_peer_free (sender.peer);
}

static void
test_pads (HostileWorld  *world,
           gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  Sender sender = { .type = SPP_RECORD_PAD, .size = 60000 };
  SppSession *session;
  gsize heap;

  g_test_summary ("Records that say nothing take no memory, however many come");
  sender.peer = hostile2_meet (world, role, &session);
  heap = hostile_heap_size ();
  sender_push (&sender, NO_END);
  g_assert_cmpuint (sender.pushed, >=, NO_END);
  g_assert_cmpuint (hostile_heap_size (), <, heap + READER_SIZE + HEAP_SLACK);
  g_assert_cmpint (spp_session_get_state (session), ==, SPP_SESSION_STATE_OPEN);
  g_byte_array_unref (sender.frame);
  hostile2_finish (session);
  hostile2_peer_free (sender.peer);
}

/* After a message 3 that was not taken. */
static void
test_stranger (HostileWorld  *world,
               gconstpointer  data)
{
  Sender sender = { .type = SPP_RECORD_PAD, .size = 60000 };
  guint8 third[SPP2_MESSAGE3_FRAME];
  gsize heap;

  g_test_summary ("Of what a stranger says after message 3 nothing is read");
  spp_service_remove_peer (world->service, spp_private_key_get_public_key (world->friend_key));
  heap = hostile_heap_size ();
  sender.peer = hostile2_approach (world, HOSTILE_SERVICE);
  spp2_hand_make_message3 (sender.peer->hand, third);
  hostile_peer_write (sender.peer->wire, third, sizeof third);
  sender_push (&sender, NO_END);
  g_assert_cmpuint (sender.pushed, <, NO_END);
  g_assert_false (sender.cut_off);
  g_assert_cmpuint (hostile_heap_size (), <, heap + HEAP_SLACK);
  g_byte_array_unref (sender.frame);
  hostile2_peer_free (sender.peer);
}

/* What a session sends to a friend who does not read. */
typedef struct
{
  SppSession *session;
  gsize       size;
  guint       tried;
  guint       sent;
  GArray     *refused;    /* guint, the numbers of those which did not fit */
} Outbox;

typedef struct
{
  Outbox *outbox;
  guint   number;
} Attempt;

static void
send_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree Attempt *attempt = user_data;
  g_autoptr (GError) error = NULL;

  if (spp_session_send_finish (SPP_SESSION (object), result, &error))
    {
      attempt->outbox->sent++;
      return;
    }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_array_append_val (attempt->outbox->refused, attempt->number);
}

static void
outbox_send (Outbox *self)
{
  g_autoptr (GBytes) payload = spp_test_payload (self->size, self->tried);
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->outbox = self;
  attempt->number = self->tried++;
  spp_session_send_async (self->session, payload, NULL, send_cb, attempt);
}

/* Until a round in which nothing was taken at all, by the session or by the
 * kernel; FALSE if that never comes. */
static gboolean
outbox_fill (Outbox *self)
{
  const guint round = CLAMP (MIB / (self->size + 1), 2, 20);
  GIOStream *stream = spp_session_get_stream (self->session);
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
  guint refused;

  do
    {
      refused = self->refused->len;
      for (guint i = 0; i < round; i++)
        outbox_send (self);
      spp_test_settle ();
      if (self->refused->len > refused)
        g_socket_condition_timed_wait (socket, G_IO_OUT, KERNEL_PAUSE, NULL, NULL);
      if (self->tried >= MAX_TRIES || self->tried * (self->size + 280) >= NO_END)
        return FALSE;
    }
  while (self->refused->len < refused + round);
  return TRUE;
}

/* The kernel's own buffers are large and would only take time to fill. */
static void
narrow (SppSession   *session,
        Hostile2Peer *peer)
{
  GIOStream *stream = spp_session_get_stream (session);
  g_autoptr (GError) error = NULL;

  g_socket_set_option (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)),
                       SOL_SOCKET, SO_SNDBUF, 64 * KIB, &error);
  g_assert_no_error (error);
  g_socket_set_option (g_socket_connection_get_socket (peer->wire->connection),
                       SOL_SOCKET, SO_RCVBUF, 64 * KIB, &error);
  g_assert_no_error (error);
}

/* The parts of the next message. */
static void
expect_message (Hostile2Peer *peer,
                gsize         size,
                guint         seed)
{
  g_autoptr (GBytes) payload = spp_test_payload (size, seed);
  const guint8 *bytes = g_bytes_get_data (payload, NULL);
  SppRecordType type = SPP_RECORD_DATA;
  gsize offset = 0;

  while (type == SPP_RECORD_DATA)
    {
      g_autoptr (GByteArray) frame = hostile_peer_read_frame (peer->wire);
      g_autoptr (GBytes) part = spp2_hand_open (peer->hand, frame->data, frame->len, &type);
      gsize length = g_bytes_get_size (part);

      g_assert_cmpuint (offset + length, <=, size);
      g_assert_cmpmem (bytes + offset, length, g_bytes_get_data (part, NULL), length);
      offset += length;
    }
  g_assert_cmpint (type, ==, SPP_RECORD_LAST);
  g_assert_cmpuint (offset, ==, size);
}

typedef struct
{
  const char *name;
  HostileRole role;
  gsize       max_message_size;
  gsize       size;
} Jam;

static const Jam jams[] =
  {
    { "service/small", HOSTILE_SERVICE, MIB, 1000 },
    { "service/middling", HOSTILE_SERVICE, MIB, 60 * KIB },
    { "service/large", HOSTILE_SERVICE, 3 * MIB, 3 * MIB },
    { "client/middling", HOSTILE_CLIENT, MIB, 60 * KIB },
  };

static void
test_jam (HostileWorld  *world,
          gconstpointer  data)
{
  const Jam *jam = data;
  Outbox outbox = { .size = jam->size };
  g_autoptr (Hostile2Peer) peer = hostile2_meet (world, jam->role, &outbox.session);
  guint n_skipped = 0;
  gsize heap;

  g_test_summary ("What a friend does not read fills the queue to its bound; what did not fit "
                  "is refused, and all else arrives when the friend reads");
  narrow (outbox.session, peer);
  outbox.refused = g_array_sized_new (FALSE, FALSE, sizeof (guint), MAX_TRIES);
  spp_session_set_max_message_size (outbox.session, jam->max_message_size);
  heap = hostile_heap_size ();
  g_assert_true (outbox_fill (&outbox));
  g_assert_cmpuint (hostile_heap_size (), <,
                    heap + 2 * (jam->max_message_size + MIB) + jam->size + HEAP_SLACK);
  g_assert_cmpint (spp_session_get_state (outbox.session), ==, SPP_SESSION_STATE_OPEN);

  for (guint i = 0; i < outbox.tried; i++)
    {
      if (n_skipped < outbox.refused->len
          && g_array_index (outbox.refused, guint, n_skipped) == i)
        n_skipped++;
      else
        expect_message (peer, jam->size, i);
    }
  while (outbox.sent < outbox.tried - outbox.refused->len)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (hostile_heap_size (), <, heap + HEAP_SLACK);
  outbox_send (&outbox);
  expect_message (peer, jam->size, outbox.tried - 1);
  g_array_unref (outbox.refused);
  while (outbox.sent < outbox.tried - n_skipped)
    g_main_context_iteration (NULL, TRUE);
  hostile2_finish (outbox.session);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      g_autofree char *path = g_strdup_printf ("/spp/hostile2/memory/not-received/%s",
                                               floods[i].name);

      HOSTILE2_ADD (path, &floods[i], test_flood);
    }
  for (guint i = 0; i < G_N_ELEMENTS (jams); i++)
    {
      g_autofree char *path = g_strdup_printf ("/spp/hostile2/memory/not-read/%s", jams[i].name);

      HOSTILE2_ADD (path, &jams[i], test_jam);
    }
  hostile2_add_for_roles ("/spp/hostile2/memory/endless", test_endless);
  hostile2_add_for_roles ("/spp/hostile2/memory/pads", test_pads);
  HOSTILE2_ADD ("/spp/hostile2/memory/stranger", NULL, test_stranger);

  return g_test_run ();
}
