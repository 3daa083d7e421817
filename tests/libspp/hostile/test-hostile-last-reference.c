/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-world.h"

#define PAYLOAD_SIZE 30

/* The only reference on a session, until a callback drops it. */
typedef struct
{
  HostilePeer *peer;
  SppSession  *session;
  gpointer     weak;
  guint        succeeded;
  guint        failed;
} Holder;

static void
holder_set_up (Holder       *self,
               HostileWorld *world,
               HostileRole   role)
{
  *self = (Holder) { NULL };
  self->peer = hostile_world_meet (world, role, &self->session);
  self->weak = self->session;
  g_object_add_weak_pointer (G_OBJECT (self->session), &self->weak);
}

/* Sees the session go, and with it the connection. */
static void
holder_tear_down (Holder *self)
{
  while (self->weak != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (self->session);
  while (!hostile_peer_is_cut_off (self->peer))
    g_main_context_iteration (NULL, TRUE);
  hostile_peer_free (self->peer);
}

static void
drop_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Holder *self = user_data;

  if (g_task_had_error (G_TASK (result)))
    self->failed++;
  else
    self->succeeded++;
  g_clear_object (&self->session);
}

static void
on_notify (GObject    *object,
           GParamSpec *pspec,
           gpointer    user_data)
{
  Holder *self = user_data;

  g_clear_object (&self->session);
}

static void
say (HostilePeer *peer)
{
  g_autoptr (GBytes) payload = spp_test_payload (PAYLOAD_SIZE, 1);
  g_autoptr (GByteArray) frame = hostile_peer_seal (peer, payload);

  hostile_peer_write (peer, frame->data, frame->len);
}

static void
say_nonsense (HostilePeer *peer)
{
  g_autoptr (GBytes) nonsense = spp_test_payload (PAYLOAD_SIZE + 36, 1);

  hostile_peer_write_header (peer, PAYLOAD_SIZE + 36);
  hostile_peer_write (peer, g_bytes_get_data (nonsense, NULL), g_bytes_get_size (nonsense));
}

static void
test_send (HostileWorld  *world,
           gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (PAYLOAD_SIZE, 1);
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (GBytes) opened = NULL;
  Holder holder;

  g_test_summary ("The last reference may go when a message was sent, which arrives");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  spp_session_send_async (holder.session, payload, NULL, drop_cb, &holder);
  frame = hostile_peer_read_frame (holder.peer);
  opened = hostile_peer_open (holder.peer, frame->data, frame->len);
  spp_test_assert_bytes (opened, payload);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.succeeded, ==, 1);
}

static void
test_send_many (HostileWorld  *world,
                gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (PAYLOAD_SIZE, 1);
  Holder holder;

  g_test_summary ("The last reference may go when the first of many messages was sent");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  for (guint i = 0; i < 100; i++)
    spp_session_send_async (holder.session, payload, NULL, drop_cb, &holder);
  while (holder.succeeded < 100)
    g_main_context_iteration (NULL, TRUE);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.failed, ==, 0);
}

static void
test_receive (HostileWorld  *world,
              gconstpointer  data)
{
  Holder holder;

  g_test_summary ("The last reference may go when a message was received");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  spp_session_receive_async (holder.session, NULL, drop_cb, &holder);
  say (holder.peer);
  say (holder.peer);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.succeeded, ==, 1);
}

static void
test_receive_many (HostileWorld  *world,
                   gconstpointer  data)
{
  Holder holder;

  g_test_summary ("The last reference may go when the first of those who wait gets a message; "
                  "the others still get theirs");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  for (guint i = 0; i < 5; i++)
    spp_session_receive_async (holder.session, NULL, drop_cb, &holder);
  for (guint i = 0; i < 3; i++)
    say (holder.peer);
  while (holder.succeeded < 3)
    g_main_context_iteration (NULL, TRUE);
  hostile_peer_half_close (holder.peer);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.failed, ==, 2);
}

static void
test_close (HostileWorld  *world,
            gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (PAYLOAD_SIZE, 1);
  Holder holder;

  g_test_summary ("The last reference may go when the session was closed");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  spp_session_send_async (holder.session, payload, NULL, NULL, NULL);
  spp_session_close_async (holder.session, NULL, drop_cb, &holder);
  spp_session_close_async (holder.session, NULL, drop_cb, &holder);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.succeeded, ==, 2);
}

static void
test_failure (HostileWorld  *world,
              gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (PAYLOAD_SIZE, 1);
  Holder holder;

  g_test_summary ("The last reference may go when the friend misbehaved, with more calls "
                  "under way");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  spp_session_receive_async (holder.session, NULL, drop_cb, &holder);
  spp_session_receive_async (holder.session, NULL, drop_cb, &holder);
  say_nonsense (holder.peer);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.failed, ==, 2);
}

static void
test_reset (HostileWorld  *world,
            gconstpointer  data)
{
  g_autoptr (GBytes) payload = spp_test_payload (64 * 1024, 1);
  Holder holder;
  guint queued = 0;

  g_test_summary ("The last reference may go when a friend who did not read cut the "
                  "connection and the queue fails");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  for (; queued < 250; queued++)
    spp_session_send_async (holder.session, payload, NULL, drop_cb, &holder);
  hostile_peer_reset (holder.peer);
  while (holder.weak != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (holder.succeeded + holder.failed, ==, queued);
  g_assert_cmpuint (holder.failed, >, 0);
  hostile_peer_free (holder.peer);
}

static void
test_notify (HostileWorld  *world,
             gconstpointer  data)
{
  static const char *signals[] = { "notify::state", "notify::end", "notify::confirmed" };

  g_test_summary ("The last reference may go when a property changes");
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      Holder holder;

      holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
      g_signal_connect (holder.session, signals[i], G_CALLBACK (on_notify), &holder);
      spp_session_receive_async (holder.session, NULL, spp_test_result_cb, &result);
      if (i == 2)
        say (holder.peer);
      else
        say_nonsense (holder.peer);
      spp_test_await (&result);
      g_clear_object (&result);
      holder_tear_down (&holder);
    }
}

static void
test_cancelled (HostileWorld  *world,
                gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Holder holder;

  g_test_summary ("The last reference may go when a call was cancelled");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  spp_session_receive_async (holder.session, cancellable, drop_cb, &holder);
  spp_test_settle ();
  g_cancellable_cancel (cancellable);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.failed, ==, 1);
}

static void
test_cancelled_close (HostileWorld  *world,
                      gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) payload = spp_test_payload (64 * 1024, 1);
  Holder holder;

  g_test_summary ("The last reference may go when waiting for a friend who does not read "
                  "was given up");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  for (guint i = 0; i < 250; i++)
    spp_session_send_async (holder.session, payload, NULL, drop_cb, &holder);
  spp_session_close_async (holder.session, cancellable, drop_cb, &holder);
  g_cancellable_cancel (cancellable);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.succeeded + holder.failed, ==, 251);
  g_assert_cmpuint (holder.succeeded, >, 0);
  g_assert_cmpuint (holder.failed, >, 0);
}

static void
test_abort (HostileWorld  *world,
            gconstpointer  data)
{
  Holder holder;

  g_test_summary ("The last reference may go when the session was aborted");
  holder_set_up (&holder, world, GPOINTER_TO_UINT (data));
  spp_session_receive_async (holder.session, NULL, drop_cb, &holder);
  spp_session_receive_async (holder.session, NULL, drop_cb, &holder);
  spp_session_abort (holder.session);
  holder_tear_down (&holder);
  g_assert_cmpuint (holder.failed, ==, 2);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(name, func) hostile_add_for_roles ("/spp/hostile/last-reference/" name, func)
  add ("send", test_send);
  add ("send-many", test_send_many);
  add ("receive", test_receive);
  add ("receive-many", test_receive_many);
  add ("close", test_close);
  add ("failure", test_failure);
  add ("reset", test_reset);
  add ("notify", test_notify);
  add ("cancelled", test_cancelled);
  add ("close-cancelled", test_cancelled_close);
  add ("abort", test_abort);
#undef add

  return g_test_run ();
}
