/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <sys/socket.h>

#include "hostile-world.h"

#define KIB 1024
#define MIB (KIB * KIB)
/* What a session may hold besides what its bounds speak of. */
#define HEAP_SLACK (MIB / 2)
/* More than any kernel keeps of one connection by itself. */
#define NO_END (64 * MIB)
#define MAX_TRIES 100000
/* How long the kernel is given to move bytes from one end to the other. */
#define KERNEL_PAUSE (50 * 1000)

/* A friend that sends as fast as it can: messages of a size, numbered from 0. */
typedef struct
{
  HostilePeer *peer;
  gsize        message_size;
  guint        started;     /* messages */
  gsize        pushed;      /* bytes */
  GByteArray  *frame;       /* the last one, owned */
  gsize        written;     /* of it */
} Sender;

static void
sender_begin_frame (Sender *self)
{
  g_autoptr (GBytes) payload = spp_test_payload (self->message_size, self->started);

  g_clear_pointer (&self->frame, g_byte_array_unref);
  self->frame = hostile_peer_seal (self->peer, payload);
  self->written = 0;
  self->started++;
}

static void
sender_push (Sender *self)
{
  GSocket *socket = g_socket_connection_get_socket (self->peer->connection);

  do
    {
      g_socket_set_blocking (socket, FALSE);
      while (self->pushed < NO_END)
        {
          gssize length;

          if (self->frame == NULL || self->written == self->frame->len)
            sender_begin_frame (self);
          length = g_socket_send (socket, (char *) self->frame->data + self->written,
                                  self->frame->len - self->written, NULL, NULL);
          if (length < 0)
            break;
          self->written += length;
          self->pushed += length;
        }
      g_socket_set_blocking (socket, TRUE);
      spp_test_settle ();
    }
  while (self->pushed < NO_END
         && g_socket_condition_timed_wait (socket, G_IO_OUT, KERNEL_PAUSE, NULL, NULL));
}

typedef struct
{
  const char *name;
  HostileRole role;
  gsize       message_size;
  guint       taken;         /* messages that are received before it is too much */
} Flood;

static const Flood floods[] =
  {
    { "service/small", HOSTILE_SERVICE, 1000, 0 },
    { "service/middling", HOSTILE_SERVICE, 4 * KIB, 0 },
    { "service/large", HOSTILE_SERVICE, 300 * KIB, 0 },
    { "service/after-some", HOSTILE_SERVICE, 4 * KIB, 10 },
    { "client/middling", HOSTILE_CLIENT, 4 * KIB, 0 },
    { "client/after-some", HOSTILE_CLIENT, 4 * KIB, 10 },
  };

static void
test_flood (gconstpointer data)
{
  const Flood *flood = data;
  HostileWorld world;
  Sender sender = { NULL };
  g_autoptr (HostilePeer) peer = NULL;
  g_autoptr (GAsyncResult) rest = NULL;
  g_autoptr (GError) error = NULL;
  GOutputStream *output;
  SppSession *session;
  gsize heap;

  g_test_summary ("What a friend sends and nobody receives stays in the kernel, which slows "
                  "the friend down; nothing of it is lost");
  hostile_world_set_up (&world, NULL);
  peer = sender.peer = hostile_world_meet (&world, flood->role, &session);
  sender.message_size = flood->message_size;
  heap = hostile_heap_size ();
  sender_push (&sender);
  for (guint i = 0; i < flood->taken; i++)
    hostile_expect_message (session, flood->message_size, i);
  sender_push (&sender);
  g_assert_cmpuint (sender.pushed, <, NO_END);
  g_assert_cmpuint (hostile_heap_size (), <, heap + flood->message_size + HEAP_SLACK);

  output = g_io_stream_get_output_stream (G_IO_STREAM (peer->connection));
  g_output_stream_write_all_async (output, sender.frame->data + sender.written,
                                   sender.frame->len - sender.written, G_PRIORITY_DEFAULT,
                                   NULL, spp_test_result_cb, &rest);
  for (guint i = flood->taken; i < sender.started; i++)
    hostile_expect_message (session, flood->message_size, i);
  spp_test_await (&rest);
  g_assert_true (g_output_stream_write_all_finish (output, rest, NULL, &error));
  hostile_peer_half_close (peer);
  hostile_expect_end (session, SPP_ERROR, SPP_ERROR_CLOSED, SPP_SESSION_END_PEER_CLOSED);
  g_assert_cmpuint (spp_session_get_messages_received (session), ==, sender.started);
  hostile_finish (session);
  g_clear_pointer (&sender.frame, g_byte_array_unref);
  hostile_world_tear_down (&world, NULL);
}

/* What a session sends to a friend who does not read. */
typedef struct
{
  SppSession *session;
  gsize       message_size;
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
  g_autoptr (GBytes) payload = spp_test_payload (self->message_size, self->tried);
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->outbox = self;
  attempt->number = self->tried++;
  spp_session_send_async (self->session, payload, NULL, send_cb, attempt);
}

static gboolean
outbox_is_endless (Outbox *self)
{
  return self->tried >= MAX_TRIES
         || self->tried * HOSTILE_MESSAGE_SIZE (self->message_size) >= NO_END;
}

/* Until a round in which nothing was taken at all, by the session or by the
 * kernel. */
static void
outbox_fill (Outbox *self)
{
  const guint round = CLAMP (MIB / (self->message_size + 1), 2, 20);
  GSocket *socket =
    g_socket_connection_get_socket (G_SOCKET_CONNECTION (spp_session_get_stream (self->session)));
  guint refused;

  do
    {
      refused = self->refused->len;
      for (guint i = 0; i < round; i++)
        outbox_send (self);
      spp_test_settle ();
      if (self->refused->len > refused)
        g_socket_condition_timed_wait (socket, G_IO_OUT, KERNEL_PAUSE, NULL, NULL);
    }
  while (self->refused->len < refused + round && !outbox_is_endless (self));
}

static void
outbox_await_sent (Outbox *self)
{
  while (self->sent < self->tried - self->refused->len)
    g_main_context_iteration (NULL, TRUE);
}

static void
expect_frame (HostilePeer *peer,
              gsize        size,
              guint        seed)
{
  g_autoptr (GBytes) payload = spp_test_payload (size, seed);
  g_autoptr (GByteArray) frame = hostile_peer_read_frame (peer);
  g_autoptr (GBytes) opened = hostile_peer_open (peer, frame->data, frame->len);

  spp_test_assert_bytes (opened, payload);
}

typedef struct
{
  const char *name;
  HostileRole role;
  gsize       max_message_size;
  gsize       message_size;
} Jam;

static const Jam jams[] =
  {
    { "service/tiny", HOSTILE_SERVICE, 0, 0 },
    { "service/small", HOSTILE_SERVICE, MIB, 1000 },
    { "service/middling", HOSTILE_SERVICE, MIB, 60 * KIB },
    { "service/large", HOSTILE_SERVICE, 3 * MIB, 3 * MIB },
    { "client/middling", HOSTILE_CLIENT, MIB, 60 * KIB },
  };

/* What may wait, and one message that is sealed beside its text. Small ones take
 * up to as much again for what belongs to each of them. */
static gsize
heap_bound (const Jam *jam)
{
  return 2 * (jam->max_message_size + MIB) + jam->message_size + HEAP_SLACK;
}

/* The kernel's own buffers are large and would only take time to fill. */
static void
narrow (Outbox      *self,
        HostilePeer *peer)
{
  GIOStream *stream = spp_session_get_stream (self->session);
  GSocket *ours = g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
  GSocket *theirs = g_socket_connection_get_socket (peer->connection);
  g_autoptr (GError) error = NULL;

  g_socket_set_option (ours, SOL_SOCKET, SO_SNDBUF, 64 * KIB, &error);
  g_assert_no_error (error);
  g_socket_set_option (theirs, SOL_SOCKET, SO_RCVBUF, 64 * KIB, &error);
  g_assert_no_error (error);
}

static void
test_jam (gconstpointer data)
{
  const Jam *jam = data;
  HostileWorld world;
  Outbox outbox = { NULL };
  g_autoptr (HostilePeer) peer = NULL;
  guint n_skipped = 0;
  gsize heap;

  g_test_summary ("What a friend does not read fills the queue to its bound; what did not fit "
                  "is refused, and all else arrives when the friend reads");
  hostile_world_set_up (&world, NULL);
  peer = hostile_world_meet (&world, jam->role, &outbox.session);
  narrow (&outbox, peer);
  outbox.message_size = jam->message_size;
  outbox.refused = g_array_sized_new (FALSE, FALSE, sizeof (guint), MAX_TRIES);
  spp_session_set_max_message_size (outbox.session, jam->max_message_size);
  heap = hostile_heap_size ();
  outbox_fill (&outbox);
  g_assert_false (outbox_is_endless (&outbox));
  g_assert_cmpuint (hostile_heap_size (), <, heap + heap_bound (jam));
  g_assert_cmpint (spp_session_get_state (outbox.session), ==, SPP_SESSION_STATE_OPEN);

  for (guint i = 0; i < outbox.tried; i++)
    {
      if (n_skipped < outbox.refused->len
          && g_array_index (outbox.refused, guint, n_skipped) == i)
        n_skipped++;
      else
        expect_frame (peer, jam->message_size, i);
    }
  g_assert_cmpuint (n_skipped, ==, outbox.refused->len);
  outbox_await_sent (&outbox);
  g_assert_cmpuint (hostile_heap_size (), <, heap + HEAP_SLACK);

  /* There is room again, and the session is as good as new. */
  outbox_send (&outbox);
  expect_frame (peer, jam->message_size, outbox.tried - 1);
  outbox_await_sent (&outbox);
  g_assert_cmpuint (spp_session_get_messages_sent (outbox.session), ==, outbox.sent);
  hostile_finish (outbox.session);
  hostile_peer_expect_end (peer);
  g_array_unref (outbox.refused);
  hostile_world_tear_down (&world, NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      g_autofree char *path = g_strdup_printf ("/spp/hostile/memory/not-received/%s",
                                               floods[i].name);

      g_test_add_data_func (path, &floods[i], test_flood);
    }
  for (guint i = 0; i < G_N_ELEMENTS (jams); i++)
    {
      g_autofree char *path = g_strdup_printf ("/spp/hostile/memory/not-read/%s", jams[i].name);

      g_test_add_data_func (path, &jams[i], test_jam);
    }

  return g_test_run ();
}
