/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include "hostile2-world.h"

/* Each service has as many calls under way as it allows, from as many addresses. */
#define N_SERVICES 4
#define CALLS_PER_SERVICE 60
#define CALLS_PER_ADDRESS 8

#define DEADLINE (HOSTILE_NEAR * G_USEC_PER_SEC)
/* A busy machine may come late to all of them. */
#define LATEST (DEADLINE + 5 * G_USEC_PER_SEC)
/* When somebody who takes his time says message 3, and how much later than others
 * he may be shut out. */
#define LATE (DEADLINE / 2)
#define TOLERANCE (DEADLINE * 3 / 10)
#define TICK 5

/* What the caller sees. */
typedef struct
{
  Hostile2Peer *peer;       /* owned */
  const char   *name;
  gint64        begin;
  gint64        end;        /* 0 before that */
  gboolean      reset;
  gboolean      late;       /* message 3 is still to be said */
} Call;

typedef struct
{
  HostileWorld   services[N_SERVICES];
  SppPrivateKey *own_key;
  SppPrivateKey *friend_key;
  SppPrivateKey *removed_key;
  SppPrivateKey *demanded_key;   /* of a friend from whom more is required */
  SppPrivateKey *stranger_key;
  GPtrArray     *calls;
} Fixture;

static void
call_free (gpointer data)
{
  Call *self = data;

  hostile2_peer_free (self->peer);
  g_free (self);
}

static void
fixture_set_up (Fixture *self)
{
  self->own_key = spp_private_key_generate ();
  self->friend_key = spp_private_key_generate ();
  self->removed_key = spp_private_key_generate ();
  self->demanded_key = spp_private_key_generate ();
  self->stranger_key = spp_private_key_generate ();
  self->calls = g_ptr_array_new_with_free_func (call_free);
  for (guint i = 0; i < N_SERVICES; i++)
    {
      HostileWorld *world = &self->services[i];
      SppPublicKey *removed = spp_private_key_get_public_key (self->removed_key);
      SppPublicKey *demanded = spp_private_key_get_public_key (self->demanded_key);

      hostile_world_set_up_keys (world, spp_private_key_ref (self->own_key),
                                 spp_private_key_ref (self->friend_key));
      spp_service_set_timeout (world->service, HOSTILE_NEAR);
      spp_service_set_peer_flags (world->service,
                                  spp_private_key_get_public_key (self->friend_key),
                                  SPP_PEER_FLAGS_NONE);
      spp_service_add_peer (world->service, removed);
      spp_service_remove_peer (world->service, removed);
      spp_service_add_peer (world->service, demanded);
      spp_service_set_peer_flags (world->service, demanded, SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM);
    }
}

static void
fixture_tear_down (Fixture *self)
{
  g_ptr_array_unref (self->calls);
  for (guint i = 0; i < N_SERVICES; i++)
    hostile2_tear_down (&self->services[i], NULL);
  spp_private_key_unref (self->own_key);
  spp_private_key_unref (self->friend_key);
  spp_private_key_unref (self->removed_key);
  spp_private_key_unref (self->demanded_key);
  spp_private_key_unref (self->stranger_key);
}

/* Calls with @key, for whom else than @wanted (nullable) the service has. */
static Call *
call_new (Fixture       *fixture,
          const char    *name,
          SppPrivateKey *key,
          SppPrivateKey *wanted)
{
  Call *self = g_new0 (Call, 1);
  guint number = fixture->calls->len;
  HostileWorld *world = &fixture->services[number / CALLS_PER_SERVICE];
  g_autofree char *source =
    g_strdup_printf ("127.0.1.%u", 1 + number % CALLS_PER_SERVICE / CALLS_PER_ADDRESS);
  HostilePeer *wire;

  g_assert_cmpuint (number, <, N_SERVICES * CALLS_PER_SERVICE);
  self->name = name;
  self->begin = g_get_monotonic_time ();
  wire = hostile_peer_new_calling (source, world->service_port, key);
  self->peer = hostile2_peer_new (world, HOSTILE_SERVICE, wire);
  if (wanted != NULL)
    {
      spp2_hand_free (self->peer->hand);
      self->peer->hand = spp2_hand_new_initiator (key, spp_private_key_get_public_key (wanted));
    }
  g_ptr_array_add (fixture->calls, self);
  return self;
}

/* The first two messages, with @flipped (not negative) of the first one changed
 * on its way. */
static void
call_begin (Call *self,
            int   flipped)
{
  guint8 first[SPP2_MESSAGE1_FRAME];
  guint8 second[SPP2_MESSAGE2_FRAME];

  spp2_hand_make_message1 (self->peer->hand, first);
  if (flipped >= 0)
    first[SPP_FRAME_HEADER_SIZE + flipped] ^= 1 << flipped % 8;
  hostile_peer_write (self->peer->wire, first, sizeof first);
  g_assert_cmpuint (hostile_peer_read (self->peer->wire, second, sizeof second), ==,
                    sizeof second);
  spp2_hand_take_message2 (self->peer->hand, second);
}

static void
call_finish (Call *self,
             int   flipped)
{
  guint8 third[SPP2_MESSAGE3_FRAME];

  spp2_hand_make_message3 (self->peer->hand, third);
  if (flipped >= 0)
    third[SPP_FRAME_HEADER_SIZE + flipped] ^= 1 << flipped % 8;
  hostile_peer_write (self->peer->wire, third, sizeof third);
}

static void
call (Fixture       *fixture,
      const char    *name,
      SppPrivateKey *key,
      SppPrivateKey *wanted)
{
  Call *self = call_new (fixture, name, key, wanted);

  call_begin (self, -1);
  call_finish (self, -1);
}

static void
call_as_others (Fixture *fixture)
{
  g_autoptr (Spp2Hand) friend = spp2_hand_new_responder (fixture->friend_key);
  Call *self;

  call (fixture, "stranger", fixture->stranger_key, NULL);
  call (fixture, "removed friend", fixture->removed_key, NULL);
  call (fixture, "friend at a wrong address", fixture->friend_key, fixture->stranger_key);
  call (fixture, "stranger at a wrong address", fixture->stranger_key, fixture->removed_key);
  call (fixture, "friend without what is required", fixture->demanded_key, NULL);

  self = call_new (fixture, "friend with the negative key", fixture->friend_key, NULL);
  self->peer->hand->hello[SPP_PUBLIC_KEY_SIZE - 1] ^= 0x80;
  call_begin (self, -1);
  call_finish (self, -1);

  self = call_new (fixture, "stranger with a friend's name", fixture->stranger_key, NULL);
  memcpy (self->peer->hand->hello, friend->hello, SPP_PUBLIC_KEY_SIZE);
  call_begin (self, -1);
  call_finish (self, -1);

  self = call_new (fixture, "friend without a name", fixture->friend_key, NULL);
  memset (self->peer->hand->hello, 0, SPP_PUBLIC_KEY_SIZE);
  call_begin (self, -1);
  call_finish (self, -1);

  self = call_new (fixture, "friend with a key that is not his", fixture->friend_key, NULL);
  memcpy (self->peer->hand->static_public, friend->static_public, SPP_CRYPTO_X25519_SIZE);
  self->peer->hand->static_public[0] ^= 1;
  call_begin (self, -1);
  call_finish (self, -1);
}

static void
call_with_weak_points (Fixture *fixture)
{
  for (guint i = 0; i < SPP2_N_WEAK; i++)
    {
      Call *self = call_new (fixture, "weak ephemeral", fixture->friend_key, NULL);

      memcpy (self->peer->hand->ephemeral_public, spp2_weak[i], SPP_CRYPTO_X25519_SIZE);
      call_begin (self, -1);
      call_finish (self, -1);
      self = call_new (fixture, "weak static key", fixture->friend_key, NULL);
      memcpy (self->peer->hand->static_public, spp2_weak[i], SPP_CRYPTO_X25519_SIZE);
      call_begin (self, -1);
      call_finish (self, -1);
    }
}

static void
call_with_changes (Fixture *fixture)
{
  for (guint i = 0; i < SPP_CRYPTO_X25519_SIZE; i++)
    {
      Call *self = call_new (fixture, "changed message 1", fixture->friend_key, NULL);

      call_begin (self, i);
      call_finish (self, -1);
    }
  for (guint i = 0; i < SPP2_MESSAGE3_FRAME - SPP_FRAME_HEADER_SIZE; i++)
    {
      Call *self = call_new (fixture, "changed message 3", fixture->friend_key, NULL);

      call_begin (self, -1);
      call_finish (self, i);
    }
}

/* What a friend said in a session, said again. */
static void
call_with_recording (Fixture *fixture)
{
  HostileWorld *world = &fixture->services[0];
  Hostile2Peer *friend = hostile2_connect (world, HOSTILE_SERVICE);
  guint8 first[SPP2_MESSAGE1_FRAME];
  guint8 second[SPP2_MESSAGE2_FRAME];
  guint8 third[SPP2_MESSAGE3_FRAME];
  g_autoptr (GByteArray) records = NULL;
  SppSession *session;

  spp2_hand_make_message1 (friend->hand, first);
  hostile_peer_write (friend->wire, first, sizeof first);
  hostile_peer_read (friend->wire, second, sizeof second);
  spp2_hand_take_message2 (friend->hand, second);
  spp2_hand_make_message3 (friend->hand, third);
  hostile_peer_write (friend->wire, third, sizeof third);
  records = hostile2_message (friend, 10, 1);
  hostile_peer_write (friend->wire, records->data, records->len);
  session = hostile_world_take_session (world, HOSTILE_SERVICE);
  hostile_expect_message (session, 10, 1);
  hostile2_finish (session);
  hostile2_peer_free (friend);

  for (guint i = 0; i < 2; i++)
    {
      Call *self = call_new (fixture, "recording", fixture->friend_key, NULL);

      hostile_peer_write (self->peer->wire, first, sizeof first);
      g_assert_cmpuint (hostile_peer_read (self->peer->wire, second, sizeof second), ==,
                        sizeof second);
      hostile_peer_write (self->peer->wire, third, sizeof third);
    }
}

/* Those who do more than the others after their message 3, or do it later. */
static void
call_with_more (Fixture *fixture)
{
  for (guint i = 0; i < 4; i++)
    {
      SppPrivateKey *key = i < 2 ? fixture->stranger_key : fixture->friend_key;
      SppPrivateKey *wanted = i < 2 ? NULL : fixture->stranger_key;
      Call *self = call_new (fixture, "late message 3", key, wanted);

      call_begin (self, -1);
      self->late = TRUE;

      self = call_new (fixture, "nothing more to say", key, wanted);
      call_begin (self, -1);
      call_finish (self, -1);
      hostile_stop (self->peer->wire, HOSTILE_HALF_CLOSE);

      self = call_new (fixture, "never says message 3", key, wanted);
      call_begin (self, -1);
    }
}

static void
call_look (Call   *self,
           gint64  now)
{
  GSocket *socket = g_socket_connection_get_socket (self->peer->wire->connection);
  g_autoptr (GError) error = NULL;
  char byte;
  gssize length;

  if (self->late && now >= self->begin + LATE)
    {
      self->late = FALSE;
      call_finish (self, -1);
    }
  g_socket_set_blocking (socket, FALSE);
  length = g_socket_receive (socket, &byte, 1, NULL, &error);
  g_socket_set_blocking (socket, TRUE);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return;
  if (length > 0)
    g_error ("Something was said to '%s'", self->name);
  self->end = now;
  self->reset = length < 0;
}

static guint
count_ended (Fixture *fixture)
{
  gint64 now = g_get_monotonic_time ();
  guint count = 0;

  for (guint i = 0; i < fixture->calls->len; i++)
    {
      Call *self = g_ptr_array_index (fixture->calls, i);

      if (self->end == 0)
        call_look (self, now);
      count += self->end != 0;
    }
  return count;
}

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
test_silence (void)
{
  Fixture fixture = { 0 };
  gint64 shortest = G_MAXINT64;
  gint64 longest = 0;
  guint tick;

  g_test_summary ("Whoever is not let in is told message 2 and nothing else, and is shut out "
                  "at the deadline: not before, and not later for a late message 3");
  fixture_set_up (&fixture);
  call_with_recording (&fixture);
  call_as_others (&fixture);
  call_with_weak_points (&fixture);
  call_with_changes (&fixture);
  call_with_more (&fixture);
  tick = g_timeout_add (TICK, on_tick, NULL);
  while (count_ended (&fixture) < fixture.calls->len)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (tick);

  for (guint i = 0; i < fixture.calls->len; i++)
    {
      Call *self = g_ptr_array_index (fixture.calls, i);

      if (self->end - self->begin < DEADLINE || self->end - self->begin > LATEST || self->reset)
        g_error ("'%s' was shut out after %.3f s, %s", self->name,
                 (self->end - self->begin) / (double) G_USEC_PER_SEC,
                 self->reset ? "by a reset" : "properly");
      shortest = MIN (shortest, self->end - self->begin);
      longest = MAX (longest, self->end - self->begin);
    }
  g_test_message ("%u callers, shut out after %.3f to %.3f s", fixture.calls->len,
                  shortest / (double) G_USEC_PER_SEC, longest / (double) G_USEC_PER_SEC);
  g_assert_cmpint (longest - shortest, <, TOLERANCE);
  for (guint i = 0; i < N_SERVICES; i++)
    g_assert_cmpuint (fixture.services[i].sessions->len, ==, 0);
  fixture_tear_down (&fixture);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/spp/hostile2/silence", test_silence);

  return g_test_run ();
}
