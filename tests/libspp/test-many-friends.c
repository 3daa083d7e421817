/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <malloc.h>

#include "spp-client-private.h"
#include "spp-crypto-private.h"
#include "spp-error.h"
#include "spp-test-net.h"

#define MANY 10000
#define SOME 1000
#define STRANGERS 3
#define LONG_TIMEOUT 600
/* What a call may take of the main context's time: the likeliest friends. */
#define MAX_CHECKS_ON_MAIN 32

/* Public keys of nobody in particular, the same for all tests. */
static GPtrArray *crowd;

/* What comes in between each check of a signature. */
static GThread *main_thread;
static int checks;             /* atomic, as the next one */
static int checks_on_main;
static GMutex gate_lock;
static GCond gate_changed;
static gboolean gate_closed;
static gboolean parked;

gboolean __real_spp_crypto_verify (const guint8 *signature,
                                   const guint8 *message,
                                   gsize         length,
                                   const guint8 *public_key);
gboolean __wrap_spp_crypto_verify (const guint8 *signature,
                                   const guint8 *message,
                                   gsize         length,
                                   const guint8 *public_key);

static void
pass_gate (void)
{
  g_mutex_lock (&gate_lock);
  while (gate_closed)
    {
      parked = TRUE;
      g_main_context_wakeup (NULL);
      g_cond_wait (&gate_changed, &gate_lock);
    }
  parked = FALSE;
  g_mutex_unlock (&gate_lock);
}

gboolean
__wrap_spp_crypto_verify (const guint8 *signature,
                          const guint8 *message,
                          gsize         length,
                          const guint8 *public_key)
{
  g_atomic_int_inc (&checks);
  if (g_thread_self () == main_thread)
    g_atomic_int_inc (&checks_on_main);
  else
    pass_gate ();
  return __real_spp_crypto_verify (signature, message, length, public_key);
}

static void
set_gate (gboolean closed)
{
  g_mutex_lock (&gate_lock);
  gate_closed = closed;
  g_cond_broadcast (&gate_changed);
  g_mutex_unlock (&gate_lock);
}

static gboolean
is_parked (void)
{
  gboolean result;

  g_mutex_lock (&gate_lock);
  result = parked;
  g_mutex_unlock (&gate_lock);
  return result;
}

/* Runs the main context until a search waits at the gate. */
static void
await_parked (void)
{
  while (!is_parked ())
    g_main_context_iteration (NULL, TRUE);
}

static void
reset_checks (void)
{
  g_atomic_int_set (&checks, 0);
  g_atomic_int_set (&checks_on_main, 0);
}

static double
seconds_since (gint64 begin)
{
  return (g_get_monotonic_time () - begin) / (double) G_USEC_PER_SEC;
}

static void
make_crowd (void)
{
  gint64 begin = g_get_monotonic_time ();

  crowd = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
  for (guint i = 0; i < MANY; i++)
    {
      g_autoptr (SppPrivateKey) key = spp_private_key_generate ();

      g_ptr_array_add (crowd, spp_test_public_key (key));
    }
  g_test_message ("Making %u keys took %.2f s", MANY, seconds_since (begin));
}

/* Only by SPP/1 does anybody have to be searched. */
static void
add_friend (SppService   *service,
            SppPublicKey *friend)
{
  g_assert_true (spp_service_add_peer (service, friend));
  spp_service_set_peer_flags (service, friend, SPP_PEER_FLAGS_ALLOW_SPP1);
}

static void
add_crowd (SppTestNet *net,
           guint       count)
{
  for (guint i = 0; i < count; i++)
    add_friend (net->service, g_ptr_array_index (crowd, i));
}

static void
set_up (SppTestNet    *net,
        gconstpointer  data)
{
  spp_test_net_set_up (net, NULL);
  spp_service_set_timeout (net->service, LONG_TIMEOUT);
  spp_service_set_peer_flags (net->service, spp_private_key_get_public_key (net->alice_key),
                              SPP_PEER_FLAGS_ALLOW_SPP1);
  add_crowd (net, GPOINTER_TO_UINT (data));
  set_gate (FALSE);
  reset_checks ();
}

/* Somebody's hello, as far as the service sees it; its answer can be read. */
static GSocketConnection *
say_hello (SppTestNet    *net,
           SppPrivateKey *key)
{
  g_autoptr (SppHandshake1) handshake = NULL;
  g_autoptr (GSocketConnection) stream = NULL;
  g_autoptr (GBytes) hello = NULL;
  GSocketConnection *raw;

  spp_test_connection_pair (&raw, &stream);
  handshake = spp_handshake1_new_initiator (key, spp_private_key_get_public_key (net->bob_key),
                                            NULL);
  hello = spp_handshake1_take_output (handshake);
  spp_test_write (raw, g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
  spp_service_negotiate (net->service, G_IO_STREAM (stream));
  return raw;
}

/* Runs the main context until an answer or the end has come. */
static gssize
await_answer (GSocketConnection *raw)
{
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (raw));
  g_autoptr (GAsyncResult) result = NULL;
  guint8 answer[SPP_HELLO_FRAME_SIZE];

  g_input_stream_read_async (stream, answer, sizeof answer, G_PRIORITY_DEFAULT, NULL,
                             spp_test_result_cb, &result);
  spp_test_await (&result);
  return g_input_stream_read_finish (stream, result, NULL);
}

/* A call that is answered; how many signatures the service checked for it. */
static guint
call_over_stream (SppTestNet    *net,
                  SppPrivateKey *key)
{
  guint count = net->sessions->len;
  guint before = g_atomic_int_get (&checks);
  g_autoptr (GSocketConnection) raw = say_hello (net, key);
  SppSession *session = spp_test_net_await_session (net, count + 1);

  g_assert_true (spp_public_key_equal (spp_session_get_peer (session),
                                       spp_private_key_get_public_key (key)));
  return g_atomic_int_get (&checks) - before;
}

/* The same from an address; the client checks one signature, too. */
static guint
call_from (SppTestNet         *net,
           SppPrivateKey      *key,
           GSocketConnectable *where,
           const char         *from)
{
  g_autoptr (SppClient) client = spp_client_new (key);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (from, 0);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint count = net->sessions->len;
  guint before = g_atomic_int_get (&checks);
  SppSession *session;

  spp_client_speak_only_spp1 (client);
  spp_client_set_timeout (client, LONG_TIMEOUT);
  spp_client_set_local_address (client, local);
  spp_client_connect_async (client, where, spp_private_key_get_public_key (net->bob_key), NULL,
                            spp_test_result_cb, &result);
  spp_test_await (&result);
  session = spp_client_connect_finish (client, result, &error);
  g_assert_no_error (error);
  spp_test_net_await_session (net, count + 1);
  spp_test_close (session);
  spp_test_await_finalize (session);
  return g_atomic_int_get (&checks) - before - 1;
}

/* A friend who is found only after some searching, so that it takes a thread,
 * but after no more than @max_checks. */
static SppPrivateKey *
add_hidden_friend (SppTestNet *net,
                   guint       max_checks)
{
  for (;;)
    {
      g_autoptr (SppPrivateKey) key = spp_private_key_generate ();
      SppPublicKey *public_key = spp_private_key_get_public_key (key);
      guint needed;

      add_friend (net->service, public_key);
      needed = call_over_stream (net, key);
      if (needed > 2 * MAX_CHECKS_ON_MAIN && needed <= max_checks)
        {
          /* So that it is no longer the one who called last. */
          spp_service_remove_peer (net->service, public_key);
          add_friend (net->service, public_key);
          return g_steal_pointer (&key);
        }
      spp_service_remove_peer (net->service, public_key);
    }
}

static void
test_one_of_many (SppTestNet    *net,
                  gconstpointer  data)
{
  g_autoptr (SppPrivateKey) carol = spp_private_key_generate ();
  gint64 begin;
  guint needed;

  g_test_summary ("The friend who was added last to ten thousand is found, the second time "
                  "at once");
  add_friend (net->service, spp_private_key_get_public_key (carol));
  begin = g_get_monotonic_time ();
  needed = call_over_stream (net, carol);
  g_test_message ("One of %u friends was found with %u checks in %.3f s", MANY, needed,
                  seconds_since (begin));
  g_assert_cmpint (g_atomic_int_get (&checks_on_main), <=, MAX_CHECKS_ON_MAIN);

  begin = g_get_monotonic_time ();
  needed = call_over_stream (net, carol);
  g_test_message ("The same friend was found again with %u checks in %.3f s", needed,
                  seconds_since (begin));
  g_assert_cmpuint (needed, ==, 1);
}

static void
test_memory (void)
{
  g_autoptr (SppPrivateKey) bob_key = spp_private_key_generate ();
  g_autoptr (SppService) service = spp_service_new (bob_key);
  gint64 begin = g_get_monotonic_time ();
  gsize before = mallinfo2 ().uordblks;
  gsize after;

  g_test_summary ("A friend takes little memory, and little time to add and remove");
  for (guint i = 0; i < MANY; i++)
    add_friend (service, g_ptr_array_index (crowd, i));
  after = mallinfo2 ().uordblks;
  g_test_message ("Adding %u friends took %.3f s and %" G_GSIZE_FORMAT " KiB", MANY,
                  seconds_since (begin), (after - before) / 1024);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpuint (after - before, <, MANY * 300);
#endif

  begin = g_get_monotonic_time ();
  for (guint i = 0; i < MANY; i++)
    g_assert_true (spp_service_remove_peer (service, g_ptr_array_index (crowd, i)));
  g_test_message ("Removing them took %.3f s", seconds_since (begin));
}

typedef struct
{
  gint64 last;
  gint64 longest;
  guint  count;
} Pulse;

static gboolean
on_pulse (gpointer user_data)
{
  Pulse *pulse = user_data;
  gint64 now = g_get_monotonic_time ();

  if (pulse->count++ > 0)
    pulse->longest = MAX (pulse->longest, now - pulse->last);
  pulse->last = now;
  return G_SOURCE_CONTINUE;
}

static void
test_main_loop_stays_free (SppTestNet    *net,
                           gconstpointer  data)
{
  GSocketConnection *raw[STRANGERS];
  Pulse pulse = { 0 };
  guint source = g_timeout_add (1, on_pulse, &pulse);
  gint64 begin = g_get_monotonic_time ();

  g_test_summary ("The main context does not search among many friends");
  for (guint i = 0; i < STRANGERS; i++)
    {
      g_autoptr (SppPrivateKey) stranger = spp_private_key_generate ();

      raw[i] = say_hello (net, stranger);
    }
  while (g_atomic_int_get (&checks) < STRANGERS * MANY)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
  g_test_message ("The main context was away for %.1f ms at most in %u pulses, while %u "
                  "strangers were looked for among %u friends for %.2f s",
                  pulse.longest / 1000.0, pulse.count, STRANGERS, MANY, seconds_since (begin));
  g_assert_cmpint (g_atomic_int_get (&checks_on_main), <=, STRANGERS * MAX_CHECKS_ON_MAIN);
  g_assert_cmpuint (net->sessions->len, ==, 0);
  for (guint i = 0; i < STRANGERS; i++)
    g_object_unref (raw[i]);
}

static void
test_each_friend_once (SppTestNet    *net,
                       gconstpointer  data)
{
  g_autoptr (SppPrivateKey) stranger = spp_private_key_generate ();
  g_autoptr (GSocketConnection) raw = NULL;

  g_test_summary ("For a stranger each friend's key is tried once, also those of likely callers");
  spp_service_set_timeout (net->service, 1);
  call_over_stream (net, net->alice_key);
  reset_checks ();
  raw = say_hello (net, stranger);
  g_assert_cmpint (await_answer (raw), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&checks), ==, SOME + 1);
}

static void
test_known_address (SppTestNet    *net,
                    gconstpointer  data)
{
  g_autoptr (GSocketAddress) where = spp_test_net_listen (net, "127.0.0.1", 0);
  GSocketConnection *raw[STRANGERS];
  guint sessions;

  g_test_summary ("A friend who calls from a known address gets through while strangers are "
                  "being looked for");
  call_from (net, net->alice_key, G_SOCKET_CONNECTABLE (where), "127.0.0.2");

  /* Others call from elsewhere, and so Alice is no longer one who called last. */
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (SppPrivateKey) key = spp_private_key_generate ();

      add_friend (net->service, spp_private_key_get_public_key (key));
      call_from (net, key, G_SOCKET_CONNECTABLE (where), "127.0.0.3");
    }

  set_gate (TRUE);
  for (guint i = 0; i < STRANGERS; i++)
    {
      g_autoptr (SppPrivateKey) stranger = spp_private_key_generate ();

      raw[i] = say_hello (net, stranger);
    }
  await_parked ();
  sessions = net->sessions->len;
  g_assert_cmpuint (call_from (net, net->alice_key, G_SOCKET_CONNECTABLE (where), "127.0.0.2"),
                    ==, 1);
  g_assert_cmpuint (net->sessions->len, ==, sessions + 1);
  g_assert_true (is_parked ());
  set_gate (FALSE);
  for (guint i = 0; i < STRANGERS; i++)
    g_object_unref (raw[i]);
}

static void
test_searches_take_turns (SppTestNet    *net,
                          gconstpointer  data)
{
  g_autoptr (SppPrivateKey) hidden = add_hidden_friend (net, MANY / 4);
  GSocketConnection *raw[STRANGERS + 1];
  guint sessions = net->sessions->len;

  g_test_summary ("A friend who has to be searched does not wait for the ends of the "
                  "searches before");
  set_gate (TRUE);
  reset_checks ();
  for (guint i = 0; i < STRANGERS; i++)
    {
      g_autoptr (SppPrivateKey) stranger = spp_private_key_generate ();

      raw[i] = say_hello (net, stranger);
    }
  await_parked ();
  raw[STRANGERS] = say_hello (net, hidden);
  spp_test_settle ();
  set_gate (FALSE);
  spp_test_net_await_session (net, sessions + 1);
  g_test_message ("Checks until the friend was found: %d", g_atomic_int_get (&checks));
  g_assert_cmpint (g_atomic_int_get (&checks), <, STRANGERS * MANY);
  for (guint i = 0; i <= STRANGERS; i++)
    g_object_unref (raw[i]);
}

static void
test_removed_meanwhile (SppTestNet    *net,
                        gconstpointer  data)
{
  g_autoptr (SppPrivateKey) hidden = add_hidden_friend (net, SOME);
  g_autoptr (GSocketConnection) raw = NULL;
  guint sessions = net->sessions->len;

  g_test_summary ("Who stops being a friend during the search is not sent a byte");
  spp_service_set_timeout (net->service, 1);
  set_gate (TRUE);
  raw = say_hello (net, hidden);
  await_parked ();
  g_assert_true (spp_service_remove_peer (net->service,
                                          spp_private_key_get_public_key (hidden)));
  set_gate (FALSE);
  g_assert_cmpint (await_answer (raw), ==, 0);
  g_assert_cmpuint (net->sessions->len, ==, sessions);
}

static void
test_added_meanwhile (SppTestNet    *net,
                      gconstpointer  data)
{
  g_autoptr (SppPrivateKey) stranger = spp_private_key_generate ();
  g_autoptr (GSocketConnection) raw = NULL;

  g_test_summary ("Who becomes a friend during the search is found at the next call");
  spp_service_set_timeout (net->service, 1);
  set_gate (TRUE);
  raw = say_hello (net, stranger);
  await_parked ();
  add_friend (net->service, spp_private_key_get_public_key (stranger));
  set_gate (FALSE);
  await_answer (raw);
  spp_service_set_timeout (net->service, LONG_TIMEOUT);
  call_over_stream (net, stranger);
}

static void
test_dispose (SppTestNet    *net,
              gconstpointer  data)
{
  g_autoptr (SppPrivateKey) stranger = spp_private_key_generate ();
  g_autoptr (GSocketConnection) raw = NULL;
  SppReplayGuard *guard = g_object_ref (spp_service_get_replay_guard (net->service));

  g_test_summary ("A service that goes during a search takes the call with it");
  set_gate (TRUE);
  raw = say_hello (net, stranger);
  await_parked ();
  spp_test_await_finalize (net->service);
  g_assert_cmpint (await_answer (raw), ==, 0);
  g_assert_true (is_parked ());

  /* The guard is the last thing that the search holds on to. */
  set_gate (FALSE);
  spp_test_await_finalize (guard);
  net->service = spp_service_new (net->bob_key);
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  main_thread = g_thread_self ();
  make_crowd ();

#define add(path, count, func) g_test_add ("/spp/many-friends/" path, SppTestNet, \
                                           GUINT_TO_POINTER (count), set_up, func, \
                                           spp_test_net_tear_down)
  add ("one", MANY, test_one_of_many);
  g_test_add_func ("/spp/many-friends/memory", test_memory);
  add ("main-loop-stays-free", MANY, test_main_loop_stays_free);
  add ("each-friend-once", SOME, test_each_friend_once);
  add ("known-address", SOME, test_known_address);
  add ("searches-take-turns", MANY, test_searches_take_turns);
  add ("removed-meanwhile", SOME, test_removed_meanwhile);
  add ("added-meanwhile", SOME, test_added_meanwhile);
  add ("dispose", SOME, test_dispose);
#undef add

  status = g_test_run ();
  g_ptr_array_unref (crowd);
  return status;
}
