/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-world.h"

#define LAST_NUMBER 20

typedef struct
{
  HostileRole role;
  guint       number;
} Case;

static void
say (HostilePeer *peer,
     SppSession  *session,
     guint        seed)
{
  g_autoptr (GBytes) payload = spp_test_payload (10 + seed, seed);
  g_autoptr (GByteArray) frame = hostile_peer_seal (peer, payload);

  hostile_peer_write (peer, frame->data, frame->len);
  hostile_expect_message (session, 10 + seed, seed);
}

/* The frame of a message of the session. */
static GByteArray *
hear (HostilePeer *peer,
      SppSession  *session,
      guint        seed)
{
  g_autoptr (GBytes) payload = spp_test_payload (10 + seed, seed);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) opened = NULL;
  GByteArray *frame;

  g_assert_true (spp_test_send (session, payload, &error));
  g_assert_no_error (error);
  frame = hostile_peer_read_frame (peer);
  opened = hostile_peer_open (peer, frame->data, frame->len);
  spp_test_assert_bytes (opened, payload);
  return frame;
}

static void
expect_refused (HostilePeer *peer,
                SppSession  *session,
                GByteArray  *frame,
                int          code)
{
  guint64 received = spp_session_get_messages_received (session);

  hostile_peer_write (peer, frame->data, frame->len);
  hostile_expect_end (session, SPP_ERROR, code, SPP_SESSION_END_MISBEHAVED);
  g_assert_cmpuint (spp_session_get_messages_received (session), ==, received);
  hostile_peer_expect_end (peer);
  hostile_finish (session);
}

static void
test_number (gconstpointer data)
{
  const Case *self = data;
  HostileWorld world;
  g_autoptr (HostilePeer) peer = NULL;
  SppSession *session;

  g_test_summary ("Our own message, sent back in the place of the friend's of that number, "
                  "is known for what it is");
  hostile_world_set_up (&world, NULL);
  peer = hostile_world_meet (&world, self->role, &session);
  for (guint i = 1; i <= self->number; i++)
    {
      g_autoptr (GByteArray) own = hear (peer, session, i);

      if (i == self->number)
        expect_refused (peer, session, own, SPP_ERROR_REFLECTED);
      else
        say (peer, session, 100 + i);
    }
  hostile_world_tear_down (&world, NULL);
}

/* All that the session said, while the friend said less. */
static void
test_mixed (HostileWorld  *world,
            gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) frames = NULL;
  g_autoptr (HostilePeer) peer = NULL;
  SppSession *session;

  g_test_summary ("After traffic both ways only the number that is due could pass; "
                  "it is known, whatever was sent since");
  frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  peer = hostile_world_meet (world, role, &session);
  for (guint i = 1; i <= 30; i++)
    {
      g_ptr_array_add (frames, hear (peer, session, i));
      if (i % 3 == 0)
        say (peer, session, 100 + i);
    }
  expect_refused (peer, session, g_ptr_array_index (frames, 10), SPP_ERROR_REFLECTED);
}

static void
test_other_number (HostileWorld  *world,
                   gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  g_autoptr (GByteArray) first = NULL;
  g_autoptr (GByteArray) second = NULL;
  g_autoptr (HostilePeer) peer = NULL;
  SppSession *session;

  g_test_summary ("Our own message in the place of another number is out of order");
  peer = hostile_world_meet (world, role, &session);
  first = hear (peer, session, 1);
  second = hear (peer, session, 2);
  expect_refused (peer, session, second, SPP_ERROR_BAD_SEQUENCE);
}

/* As a thief of the wire would: the moment the bytes come, none taken out. */
static void
test_mirror (HostileWorld  *world,
             gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  g_autoptr (HostilePeer) peer = NULL;
  g_autoptr (GBytes) payload = spp_test_payload (1000, 1);
  g_autoptr (GByteArray) frame = NULL;
  SppSession *session;

  g_test_summary ("A mirror in the place of the friend gets a message and is refused");
  peer = hostile_world_meet (world, role, &session);
  for (guint i = 0; i < 5; i++)
    spp_session_send_async (session, payload, NULL, NULL, NULL);
  frame = g_byte_array_new ();
  g_byte_array_set_size (frame, 5 * HOSTILE_MESSAGE_SIZE (1000));
  g_assert_cmpuint (hostile_peer_read (peer, frame->data, frame->len), ==, frame->len);
  expect_refused (peer, session, frame, SPP_ERROR_REFLECTED);
}

/* Numbers of the friend itself that are not due. */
static void
test_sequence (HostileWorld  *world,
               gconstpointer  data)
{
  HostileRole role = GPOINTER_TO_UINT (data);
  static const gint64 steps[] = { -5, -1, 1, 2, G_GINT64_CONSTANT (1) << 32 };

  g_test_summary ("A friend that repeats or leaves out a number, anywhere, is refused");
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (HostilePeer) peer = NULL;
      g_autoptr (GBytes) payload = spp_test_payload (10, 1);
      g_autoptr (GByteArray) frame = NULL;
      SppSession *session;

      peer = hostile_world_meet (world, role, &session);
      for (guint n = 1; n <= 10; n++)
        say (peer, session, n);
      peer->sent += steps[i];
      frame = hostile_peer_seal (peer, payload);
      expect_refused (peer, session, frame, SPP_ERROR_BAD_SEQUENCE);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (HostileRole role = HOSTILE_SERVICE; role <= HOSTILE_CLIENT; role++)
    {
      for (guint number = 1; number <= LAST_NUMBER; number++)
        {
          g_autofree char *path = NULL;
          Case *self = g_new0 (Case, 1);

          self->role = role;
          self->number = number;
          path = g_strdup_printf ("/spp/hostile/reflection/%s/%u", HOSTILE_ROLE_NAME (role),
                                  number);
          g_test_add_data_func_full (path, self, test_number, g_free);
        }
    }
  hostile_add_for_roles ("/spp/hostile/reflection/mixed", test_mixed);
  hostile_add_for_roles ("/spp/hostile/reflection/other-number", test_other_number);
  hostile_add_for_roles ("/spp/hostile/reflection/mirror", test_mirror);
  hostile_add_for_roles ("/spp/hostile/sequence", test_sequence);

  return g_test_run ();
}
