/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* What can be learnt from the time that things take.
 *
 * Whoever is not let in sees nothing after message 3, until the deadline, and that
 * is the same for all (test-hostile2-silence). But a service does one thing after
 * the other: while it works on a message 3, another call waits. Somebody who knows
 * a public key and looks for its owner may say message 3 on one connection and
 * message 1 on the next one right behind it: the later message 2 comes, the more
 * the service has computed for the first. If that were more for a message 3 that
 * it can read than for one that was meant for another key, it would say "I am
 * here"; if it were more for somebody that it knew, it would say so too. One
 * Diffie-Hellman, some 50 microseconds, can be told over a network by who may try
 * often enough.
 *
 * So this is what is measured here, as well as that can be done at all: from both
 * writes to message 2, in one thread, with nothing in between but the main
 * context. Kinds of callers take turns in random order, so that what else happens
 * on the machine happens to all of them. Two kinds are compared by how often one
 * of the first took longer than one of the second (Mann and Whitney's U, over the
 * number of pairs): about half of the time if nothing is to be told. How far from
 * half that may be is taken from how far apart two halves of the same kind are,
 * and from what chance allows for so many. On a quiet machine that would show the
 * time of a few instructions, which nobody sees from outside, so their medians have
 * to differ too. A Diffie-Hellman less is far beyond both. */

#include <math.h>
#include <string.h>
#include <time.h>

#include "hostile2-world.h"

#ifdef HOSTILE_SANITIZED
#define ROUNDS 300
#else
#define ROUNDS 2000
#endif

#define N_FRIENDS 50
/* How far from half may be chance: so much, and so many times the spread. */
#define CHANCE 0.03
#define SPREADS 5
/* Microseconds between medians that nobody can use. */
#define UNUSABLE 3

typedef enum
{
  STRANGER,
  STRANGER_AGAIN,
  REMOVED_FRIEND,
  FRIEND_NEGATIVE,
  STRANGER_AS_FRIEND,
  BAD_HELLO,
  WRONG_ADDRESS,
  STRANGER_WRONG_ADDRESS,
  BAD_STATIC,
  STRANGER_WEAK,
  MESSAGE2,
  MESSAGE2_AGAIN,
  WITHOUT_FRIENDS,
  WEAK_POINT,
  N_KINDS,
} Kind;

static const char *kind_names[N_KINDS] =
  {
    "stranger", "another stranger", "removed friend", "friend with the negative key",
    "stranger with a friend's name", "friend whose HELLO was changed",
    "friend at a wrong address", "stranger at a wrong address",
    "friend whose key was changed", "stranger with a weak key",
    "message 2", "message 2 again", "message 2 without any friends", "message 2 to a weak point",
  };

typedef struct
{
  SppPrivateKey *own_key;
  SppPrivateKey *friend_key;
  SppPrivateKey *stranger_key;
  SppPrivateKey *removed_key;
  GPtrArray     *others;         /* SppPublicKey */
  double        *times[N_KINDS];
  guint          n_times;
} Fixture;

static double
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static void
fixture_set_up (Fixture       *self,
                gconstpointer  data)
{
  self->own_key = spp_private_key_generate ();
  self->friend_key = spp_private_key_generate ();
  self->stranger_key = spp_private_key_generate ();
  self->removed_key = spp_private_key_generate ();
  self->others = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
  for (guint i = 0; i < N_FRIENDS; i++)
    {
      g_autoptr (SppPrivateKey) key = spp_private_key_generate ();

      g_ptr_array_add (self->others, spp_test_public_key (key));
    }
  for (guint i = 0; i < N_KINDS; i++)
    self->times[i] = g_new0 (double, ROUNDS);
}

static void
fixture_tear_down (Fixture       *self,
                   gconstpointer  data)
{
  for (guint i = 0; i < N_KINDS; i++)
    g_free (self->times[i]);
  g_ptr_array_unref (self->others);
  spp_private_key_unref (self->own_key);
  spp_private_key_unref (self->friend_key);
  spp_private_key_unref (self->stranger_key);
  spp_private_key_unref (self->removed_key);
}

static SppService *
make_service (Fixture  *self,
              gboolean  with_friends)
{
  SppService *service = spp_service_new (self->own_key);
  SppPublicKey *removed = spp_private_key_get_public_key (self->removed_key);

  spp_service_set_timeout (service, HOSTILE_FAR);
  if (!with_friends)
    return service;
  for (guint i = 0; i < self->others->len; i++)
    spp_service_add_peer (service, g_ptr_array_index (self->others, i));
  spp_service_add_peer (service, spp_private_key_get_public_key (self->friend_key));
  spp_service_add_peer (service, removed);
  spp_service_remove_peer (service, removed);
  return service;
}

/* The caller's end of a connection that the service has taken. */
static GSocketConnection *
reach (SppService *service)
{
  g_autoptr (GSocketConnection) other = NULL;
  GSocketConnection *own;

  spp_test_connection_pair (&own, &other);
  spp_service_negotiate (service, G_IO_STREAM (other));
  spp_test_settle ();
  return own;
}

/* Runs the main context until message 2 is there. */
static void
await_message2 (GSocketConnection *connection,
                guint8             frame[SPP2_MESSAGE2_FRAME])
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  gssize length;

  g_socket_set_blocking (socket, FALSE);
  do
    {
      g_main_context_iteration (NULL, FALSE);
      length = g_socket_receive (socket, (char *) frame, SPP2_MESSAGE2_FRAME, NULL, NULL);
    }
  while (length < 0);
  g_assert_cmpint (length, ==, SPP2_MESSAGE2_FRAME);
  g_socket_set_blocking (socket, TRUE);
}

static Spp2Hand *
make_hand (Fixture *self,
           Kind     kind)
{
  g_autoptr (Spp2Hand) friend = spp2_hand_new_responder (self->friend_key);
  SppPrivateKey *wanted = self->own_key;
  SppPrivateKey *key = self->friend_key;
  Spp2Hand *hand;

  if (kind == STRANGER || kind == STRANGER_AGAIN || kind == STRANGER_AS_FRIEND
      || kind == STRANGER_WRONG_ADDRESS || kind == STRANGER_WEAK)
    key = self->stranger_key;
  else if (kind == REMOVED_FRIEND)
    key = self->removed_key;
  if (kind == WRONG_ADDRESS || kind == STRANGER_WRONG_ADDRESS)
    wanted = self->removed_key;
  hand = spp2_hand_new_initiator (key, spp_private_key_get_public_key (wanted));
  if (kind == FRIEND_NEGATIVE)
    hand->hello[SPP_PUBLIC_KEY_SIZE - 1] ^= 0x80;
  else if (kind == STRANGER_AS_FRIEND)
    memcpy (hand->hello, friend->hello, SPP_PUBLIC_KEY_SIZE);
  else if (kind == STRANGER_WEAK)
    memcpy (hand->static_public, spp2_weak[2], SPP_CRYPTO_X25519_SIZE);
  return hand;
}

/* How long a message 3 of the kind keeps the next caller waiting. */
static double
probe (Fixture    *self,
       SppService *service,
       Kind        kind)
{
  g_autoptr (Spp2Hand) hand = make_hand (self, kind);
  SppPublicKey *own = spp_private_key_get_public_key (self->own_key);
  g_autoptr (Spp2Hand) next = spp2_hand_new_initiator (self->stranger_key, own);
  g_autoptr (GSocketConnection) first = reach (service);
  g_autoptr (GSocketConnection) second = NULL;
  guint8 message1[SPP2_MESSAGE1_FRAME];
  guint8 message2[SPP2_MESSAGE2_FRAME];
  guint8 message3[SPP2_MESSAGE3_FRAME];
  double start;

  spp2_hand_make_message1 (hand, message1);
  spp_test_write (first, message1, sizeof message1);
  await_message2 (first, message2);
  spp2_hand_take_message2 (hand, message2);
  spp2_hand_make_message3 (hand, message3);
  if (kind == BAD_STATIC)
    message3[SPP_FRAME_HEADER_SIZE] ^= 1;
  else if (kind == BAD_HELLO)
    message3[SPP2_MESSAGE3_FRAME - 1] ^= 1;
  spp2_hand_make_message1 (next, message1);
  second = reach (service);

  start = get_time ();
  spp_test_write (first, message3, sizeof message3);
  spp_test_write (second, message1, sizeof message1);
  await_message2 (second, message2);
  return get_time () - start;
}

static void
shuffle (guint *order,
         guint  n)
{
  for (guint i = 0; i < n; i++)
    order[i] = i;
  for (guint i = n - 1; i > 0; i--)
    {
      guint other = g_random_int_range (0, i + 1);
      guint kept = order[i];

      order[i] = order[other];
      order[other] = kept;
    }
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  double first = *(const double *) a;
  double second = *(const double *) b;

  return (first > second) - (first < second);
}

/* How often the first took longer than the second; both are sorted. */
static double
get_share (const double *first,
           const double *second,
           guint         n)
{
  double wins = 0;
  guint below = 0;
  guint upto = 0;

  for (guint i = 0; i < n; i++)
    {
      while (below < n && second[below] < first[i])
        below++;
      while (upto < n && second[upto] <= first[i])
        upto++;
      wins += (below + upto) / 2.0;
    }
  return wins / n / n;
}

static double
get_deviation (Fixture *self,
               Kind     first,
               Kind     second)
{
  return fabs (get_share (self->times[first], self->times[second], self->n_times) - 0.5);
}

static double
get_bound (Fixture *self,
           double   own)
{
  double spread = sqrt ((2 * self->n_times + 1) / 12.0) / self->n_times;

  return CHANCE + SPREADS * spread + 2 * own;
}

static double
get_median (Fixture *self,
            Kind     kind)
{
  return self->times[kind][self->n_times / 2];
}

/* Whether the kinds, of which the first two are the same, take as long. */
static gboolean
are_alike (Fixture    *self,
           const Kind *kinds,
           guint       n_kinds)
{
  double bound = get_bound (self, get_deviation (self, kinds[0], kinds[1]));
  gboolean alike = TRUE;

  for (guint i = 0; i < n_kinds; i++)
    {
      double deviation = get_deviation (self, kinds[0], kinds[i]);
      double difference = fabs (get_median (self, kinds[0]) - get_median (self, kinds[i]));

      g_test_message ("%-32s median %6.1f us, %.3f from half, more than %.3f is too much",
                      kind_names[kinds[i]], get_median (self, kinds[i]), deviation, bound);
      alike = alike && (deviation < bound || difference < UNUSABLE);
    }
  return alike;
}

static void
sort_all (Fixture *self)
{
  for (guint i = 0; i < N_KINDS; i++)
    qsort (self->times[i], self->n_times, sizeof (double), compare);
}

static void
measure (Fixture    *self,
         const Kind *kinds,
         guint       n_kinds)
{
  guint order[N_KINDS];

  for (self->n_times = 0; self->n_times < ROUNDS; self->n_times++)
    {
      SppService *service = make_service (self, TRUE);

      shuffle (order, n_kinds);
      for (guint i = 0; i < n_kinds; i++)
        {
          Kind kind = kinds[order[i]];

          self->times[kind][self->n_times] = probe (self, service, kind);
        }
      spp_test_await_finalize (service);
    }
  sort_all (self);
}

static void
test_read (Fixture       *self,
           gconstpointer  data)
{
  static const Kind kinds[] = {
    STRANGER, STRANGER_AGAIN, REMOVED_FRIEND, FRIEND_NEGATIVE, STRANGER_AS_FRIEND, BAD_HELLO,
  };

  g_test_summary ("Of whom the service can read the key, nobody can tell from the time of the "
                  "next answer whether it knew that key");
  measure (self, kinds, G_N_ELEMENTS (kinds));
  g_assert_true (are_alike (self, kinds, G_N_ELEMENTS (kinds)));
}

static void
test_address (Fixture       *self,
              gconstpointer  data)
{
  static const Kind kinds[] = {
    STRANGER, STRANGER_AGAIN, STRANGER_WRONG_ADDRESS, WRONG_ADDRESS, BAD_STATIC, STRANGER_WEAK,
  };

  g_test_summary ("Nobody can tell from the time of the next answer whether the one that he "
                  "looks for is there");
  measure (self, kinds, G_N_ELEMENTS (kinds));
  g_assert_true (are_alike (self, kinds, G_N_ELEMENTS (kinds)));
}

/* To message 2, of a service with friends or without, for a point of the caller's
 * or a weak one; the first two are the same. */
static void
test_message2 (Fixture       *self,
               gconstpointer  data)
{
  SppPublicKey *own = spp_private_key_get_public_key (self->own_key);
  g_autoptr (Spp2Hand) hand = spp2_hand_new_initiator (self->stranger_key, own);
  SppService *services[2];
  guint8 frame[SPP2_MESSAGE1_FRAME];
  guint8 answer[SPP2_MESSAGE2_FRAME];
  static const Kind kinds[] = { MESSAGE2, MESSAGE2_AGAIN, WITHOUT_FRIENDS, WEAK_POINT };
  guint order[G_N_ELEMENTS (kinds)];

  g_test_summary ("Message 2 takes as long whatever the caller has said, and whomever the "
                  "service knows");
  services[0] = make_service (self, TRUE);
  services[1] = make_service (self, FALSE);
  for (self->n_times = 0; self->n_times < ROUNDS; self->n_times++)
    {
      shuffle (order, G_N_ELEMENTS (order));
      for (guint i = 0; i < G_N_ELEMENTS (order); i++)
        {
          Kind kind = kinds[order[i]];
          g_autoptr (GSocketConnection) connection = reach (services[kind == WITHOUT_FRIENDS]);
          double start;

          spp2_hand_make_message1 (hand, frame);
          if (kind == WEAK_POINT)
            memcpy (frame + SPP_FRAME_HEADER_SIZE, spp2_weak[self->n_times % SPP2_N_WEAK],
                    SPP_CRYPTO_X25519_SIZE);
          start = get_time ();
          spp_test_write (connection, frame, sizeof frame);
          await_message2 (connection, answer);
          self->times[kind][self->n_times] = get_time () - start;
        }
    }
  sort_all (self);
  g_assert_true (are_alike (self, kinds, G_N_ELEMENTS (kinds)));
  spp_test_await_finalize (services[0]);
  spp_test_await_finalize (services[1]);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  add ("/spp/hostile2/timing/message-2", test_message2);
  add ("/spp/hostile2/timing/known-key", test_read);
  add ("/spp/hostile2/timing/address", test_address);
#undef add

  return g_test_run ();
}
