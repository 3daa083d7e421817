/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the desktop is told of new messages. */

#include <gio/gio.h>

#include "e2e-bus.h"
#include "e2e-notifications.h"
#include "e2e-peer.h"
#include "e2e-settings.h"
#include "e2e-steps.h"
#include "e2e-wait.h"

#define N_FLOOD 500
/* One a second, and what a machine that is busy takes for so many messages. */
#define MAX_FLOOD_CALLS 40

typedef struct
{
  char *folder;
  char *app_key;
  char *bob_private;
  char *bob_key;
  char *carol_private;
  char *carol_key;
  guint16 port;
  E2eApp *app;
  E2ePeer *bob;
} Fixture;

static void
fixture_set_up (Fixture      *fixture,
                gconstpointer user_data)
{
  fixture->folder = e2e_steps_make_folder ();
  fixture->app_key = g_build_filename (fixture->folder, "alice.pub", NULL);
  fixture->bob_private = g_build_filename (fixture->folder, "bob.key", NULL);
  fixture->bob_key = g_build_filename (fixture->folder, "bob.pub", NULL);
  fixture->carol_private = g_build_filename (fixture->folder, "carol.key", NULL);
  fixture->carol_key = g_build_filename (fixture->folder, "carol.pub", NULL);
  e2e_peer_generate (fixture->bob_private, fixture->bob_key);
  e2e_peer_generate (fixture->carol_private, fixture->carol_key);

  if (user_data != NULL)
    e2e_settings_set (fixture->folder, "notifications", user_data);
  fixture->app = e2e_app_start ("alice", fixture->folder, 0);
  e2e_steps_first_start (fixture->app, "Alice");
  fixture->port = e2e_steps_save_key (fixture->app, fixture->app_key);
}

static void
fixture_tear_down (Fixture      *fixture,
                   gconstpointer user_data)
{
  e2e_peer_close (fixture->bob);
  if (fixture->app != NULL)
    e2e_app_terminate (fixture->app);
  g_free (fixture->app_key);
  g_free (fixture->bob_private);
  g_free (fixture->bob_key);
  g_free (fixture->carol_private);
  g_free (fixture->carol_key);
  e2e_steps_drop_folder (fixture->folder);
}

static E2ePeer *
call (Fixture    *fixture,
      const char *private_path)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  E2ePeer *peer = e2e_peer_start_spp2 (private_path, fixture->app_key, address);
  g_autoptr (JsonObject) event = e2e_peer_next (peer, "connected");

  g_assert_nonnull (event);

  return peer;
}

/* Bob is connected, and the chat that shows is Carol's. */
static void
make_friends (Fixture    *fixture,
              const char *name)
{
  e2e_steps_add_friend (fixture->app, fixture->bob_key, name, 0);
  fixture->bob = call (fixture, fixture->bob_private);
  e2e_steps_connected (fixture->app);
  e2e_steps_add_friend (fixture->app, fixture->carol_key, "Carol", 0);
  e2e_wait_gone (fixture->app, NULL, E2E_LABEL, "Online");
}

static void
test_one_for_each_friend (Fixture      *fixture,
                          gconstpointer user_data)
{
  E2eNotifications *server = e2e_notifications_new (TRUE);
  const E2eNotification *shown;
  guint32 id;
  guint n_calls;

  g_test_summary ("One notification counts up, opens the chat, and goes once it has been read");

  make_friends (fixture, "Bob");
  e2e_peer_send (fixture->bob, "first");
  shown = e2e_notifications_wait (server, "Bob", "New message");
  g_assert_cmpstr (shown->image, ==, g_getenv ("E2E_APP_ID"));
  g_assert_cmpstr (shown->category, ==, "im.received");
  g_assert_cmpuint (shown->urgency, ==, 1);
  g_assert_true (shown->has_default_action);
  id = shown->id;

  e2e_peer_send (fixture->bob, "second");
  shown = e2e_notifications_wait (server, "Bob", "2 new messages");
  g_assert_cmpuint (shown->id, ==, id);
  g_assert_cmpuint (e2e_notifications_count (server), ==, 1);

  /* With no window manager nobody else gives it the keyboard */
  e2e_wait_window (fixture->app, NULL);
  e2e_notifications_invoke (server, id);
  e2e_steps_sees (fixture->app, "Bob", "second");
  e2e_notifications_wait_none (server);

  /* Now the user looks at the chat */
  n_calls = e2e_notifications_count_calls (server);
  e2e_peer_send (fixture->bob, "third");
  e2e_steps_sees (fixture->app, "Bob", "third");
  g_assert_cmpuint (e2e_notifications_count_calls (server), ==, n_calls);

  /* And now at something in front of it */
  e2e_key (fixture->app, NULL, "Control_L", "comma");
  e2e_wait_window (fixture->app, "Preferences");
  e2e_peer_send (fixture->bob, "fourth");
  e2e_notifications_wait (server, "Bob", "New message");
  e2e_close_window (fixture->app, "Preferences");
  e2e_wait_no_window (fixture->app, "Preferences");
  e2e_wait_window (fixture->app, NULL);
  e2e_notifications_wait_none (server);

  e2e_steps_select (fixture->app, "Carol");
  e2e_peer_send (fixture->bob, "fifth");
  e2e_notifications_wait (server, "Bob", "New message");
  /* What has been replaced once is known to have come through */
  e2e_peer_send (fixture->bob, "sixth");
  e2e_notifications_wait (server, "Bob", "2 new messages");
  e2e_app_terminate (g_steal_pointer (&fixture->app));
  e2e_notifications_wait_none (server);
  e2e_notifications_free (server);
}

static void
test_flood (Fixture      *fixture,
            gconstpointer user_data)
{
  E2eNotifications *server = e2e_notifications_new (TRUE);

  g_test_summary ("Very many messages are few notifications, and all with one number");

  make_friends (fixture, "Bob");
  for (guint i = 0; i < N_FLOOD; i++)
    {
      e2e_peer_send (fixture->bob, "again");
      /* The server is in this process, and who calls it waits 25 s */
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }
  e2e_notifications_wait (server, "Bob", G_STRINGIFY (N_FLOOD) " new messages");
  g_assert_cmpuint (e2e_notifications_count (server), ==, 1);
  g_test_message ("there were %u calls", e2e_notifications_count_calls (server));
  g_assert_cmpuint (e2e_notifications_count_calls (server), <, MAX_FLOOD_CALLS);
  e2e_steps_select (fixture->app, "Bob");
  e2e_notifications_wait_none (server);
  e2e_notifications_free (server);
}

static void
test_setting (Fixture      *fixture,
              gconstpointer user_data)
{
  E2eNotifications *server = e2e_notifications_new (TRUE);

  g_test_summary ("The setting says whether name and text are shown, and text is never markup");

  make_friends (fixture, "Bob");
  e2e_peer_send (fixture->bob, "a <b>bold</b> & brave\ntext \u202Ecba");
  e2e_notifications_wait (server, "Bob", "New message");
  e2e_settings_set (fixture->folder, "notifications", "'text'");
  e2e_notifications_wait (server, "Bob",
                          "a &lt;b&gt;bold&lt;/b&gt; &amp; brave text [U+202E]cba");

  e2e_settings_set (fixture->folder, "notifications", "'none'");
  e2e_notifications_wait_none (server);
  e2e_notifications_free (server);
}

/* On the bus, which is faster than a hand. */
static void
open_chat (const char *name)
{
  g_autofree char *id = g_strconcat (g_getenv ("E2E_APP_ID"), ".Profile.alice", NULL);
  GVariantBuilder parameters;

  g_variant_builder_init (&parameters, G_VARIANT_TYPE ("av"));
  g_variant_builder_add (&parameters, "v", g_variant_new_string (name));
  e2e_bus_call (id, "ActivateAction",
                g_variant_new ("(sava{sv})", "open-chat", &parameters, NULL));
}

/* That the row shows it tells that the application has noticed. */
static void
choose (Fixture    *fixture,
        const char *value,
        const char *label)
{
  e2e_settings_set (fixture->folder, "notifications", value);
  e2e_wait_shown (fixture->app, "Preferences", E2E_LABEL, label);
}

static void
test_silence (Fixture      *fixture,
              gconstpointer user_data)
{
  E2eNotifications *server = e2e_notifications_new (TRUE);
  E2ePeer *carol;
  guint n_calls;

  g_test_summary ("Nothing is shown while that is the setting");

  make_friends (fixture, "Bob");
  e2e_wait_window (fixture->app, NULL);
  e2e_peer_send (fixture->bob, "first");
  e2e_notifications_wait (server, "Bob", "New message");
  open_chat ("Bob");
  e2e_notifications_wait_none (server);

  e2e_key (fixture->app, NULL, "Control_L", "comma");
  choose (fixture, "'none'", "Nothing");
  n_calls = e2e_notifications_count_calls (server);
  carol = call (fixture, fixture->carol_private);
  e2e_peer_send (carol, "second");
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, "second");
  choose (fixture, "'name'", "Name of the friend");
  e2e_peer_send (carol, "third");
  e2e_notifications_wait (server, "Carol", "2 new messages");
  g_assert_cmpuint (e2e_notifications_count_calls (server), ==, n_calls + 1);
  e2e_peer_close (carol);
  e2e_notifications_free (server);
}

static gboolean
is_called_twice (gpointer user_data)
{
  return e2e_notifications_count_calls (user_data) == 2;
}

static void
test_slow_server (Fixture      *fixture,
                  gconstpointer user_data)
{
  E2eNotifications *server = e2e_notifications_new (TRUE);

  g_test_summary ("A chat that is read before the server has answered leaves nothing behind");

  make_friends (fixture, "Bob");
  e2e_wait_window (fixture->app, NULL);
  e2e_peer_send (fixture->bob, "first");
  e2e_notifications_wait (server, "Bob", "New message");
  open_chat ("Bob");
  e2e_notifications_wait_none (server);
  open_chat ("Carol");

  /* What the server was asked for its features must not be what it is slow with */
  e2e_notifications_hold (server, TRUE);
  e2e_peer_send (fixture->bob, "second");
  g_assert_true (e2e_wait_until (is_called_twice, server));
  open_chat ("Bob");
  e2e_notifications_hold (server, FALSE);
  g_assert_cmpuint (e2e_notifications_count (server), ==, 1);
  e2e_notifications_wait_none (server);
  e2e_notifications_free (server);
}

static void
test_plain_server (Fixture      *fixture,
                   gconstpointer user_data)
{
  E2eNotifications *server = e2e_notifications_new (FALSE);

  g_test_summary ("A server that reads no markup gets the text as it is");

  make_friends (fixture, "Bob");
  e2e_peer_send (fixture->bob, "a <b>bold</b> & brave text");
  e2e_notifications_wait (server, "Bob", "a <b>bold</b> & brave text");
  e2e_notifications_free (server);
}

static void
test_hostile_name (Fixture      *fixture,
                   gconstpointer user_data)
{
  static const char *const name = "<b>%s&</b>\u202Ecba";
  g_autofree char *question = g_strdup_printf ("Remove %s?", name);
  E2eNotifications *server = e2e_notifications_new (TRUE);

  g_test_summary ("A name does no harm, and a friend who is removed takes the notification along");

  make_friends (fixture, name);
  e2e_peer_send (fixture->bob, "hello");
  e2e_notifications_wait (server, "<b>%s&</b>[U+202E]cba", "New message");
  e2e_key (fixture->app, NULL, "Alt_L", "Up");
  e2e_steps_sees (fixture->app, name, "hello");
  e2e_notifications_wait_none (server);

  /* The question is in front of the chat when another message comes */
  e2e_activate (fixture->app, NULL, "win.remove-friend");
  e2e_wait_window (fixture->app, question);
  e2e_peer_send (fixture->bob, "wait");
  e2e_notifications_wait (server, "<b>%s&</b>[U+202E]cba", "New message");
  e2e_answer (fixture->app, question, "Remove");
  e2e_notifications_wait_none (server);
  e2e_notifications_free (server);
}

static void
test_no_server (Fixture      *fixture,
                gconstpointer user_data)
{
  E2eNotifications *server;

  g_test_summary ("Without a server all goes on, and one that comes later is told");

  make_friends (fixture, "Bob");
  e2e_peer_send (fixture->bob, "first");
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, "first");
  e2e_peer_send (fixture->bob, "second");
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, "second");

  server = e2e_notifications_new (TRUE);
  e2e_notifications_wait (server, "Bob", "2 new messages");
  e2e_notifications_free (server);
  e2e_peer_send (fixture->bob, "third");
  e2e_wait_shown (fixture->app, NULL, E2E_LABEL, "third");
  e2e_steps_select (fixture->app, "Bob");
  e2e_steps_sees (fixture->app, "Bob", "third");
}

int
main (int   argc,
      char *argv[])
{
  e2e_init (&argc, &argv);
  /* A server that the system has could not be told from ours */
  e2e_bus_mask_service ("org.freedesktop.Notifications");
  g_test_add ("/e2e/desktop/one-for-each-friend", Fixture, NULL, fixture_set_up,
              test_one_for_each_friend, fixture_tear_down);
  g_test_add ("/e2e/desktop/flood", Fixture, NULL, fixture_set_up, test_flood,
              fixture_tear_down);
  g_test_add ("/e2e/desktop/setting", Fixture, NULL, fixture_set_up, test_setting,
              fixture_tear_down);
  g_test_add ("/e2e/desktop/silence", Fixture, NULL, fixture_set_up, test_silence,
              fixture_tear_down);
  g_test_add ("/e2e/desktop/slow-server", Fixture, NULL, fixture_set_up, test_slow_server,
              fixture_tear_down);
  g_test_add ("/e2e/desktop/plain-server", Fixture, "'text'", fixture_set_up, test_plain_server,
              fixture_tear_down);
  g_test_add ("/e2e/desktop/hostile-name", Fixture, NULL, fixture_set_up, test_hostile_name,
              fixture_tear_down);
  g_test_add ("/e2e/desktop/no-server", Fixture, NULL, fixture_set_up, test_no_server,
              fixture_tear_down);

  return g_test_run ();
}
