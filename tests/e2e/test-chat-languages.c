/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* SPP Chat in every language that it is translated to, and in one that nobody
 * speaks: written from right to left, and with a mark on every text that was
 * marked for translation.
 */

#include <gio/gio.h>
#include <string.h>

#include "e2e-peer.h"
#include "e2e-picture.h"
#include "e2e-steps.h"
#include "e2e-words.h"

#define PSEUDO "pseudo"
#define MAIN_WINDOW T ("SPP Chat")
#define WIDE 1000
#define NARROW 360
#define FROM_BOB "Wohin? Куда? לאן? 👋"
#define FROM_ALICE "192.0.2.7"

typedef struct
{
  /* One line of $E2E_LANGUAGES */
  const char *name;
  const char *locale;
  const char *program;
  const char *catalogues;

  char *folder;
  char *app_key;
  char *peer_private;
  char *peer_key;
  E2eApp *app;
} Language;

static const int widths[] = { WIDE, NARROW };

static gboolean
is_pseudo (Language *language)
{
  return g_str_equal (language->name, PSEUDO);
}

/* What people typed, and what is the same in every language. */
static gboolean
is_no_language (const char *text)
{
  static const char *const patterns[] = {
    "", "Alice", "A", "Bob", "B", FROM_BOB, FROM_ALICE, "spp1*", "SPP/?", "Ctrl+*",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    if (g_pattern_match_simple (patterns[i], text))
      return TRUE;

  /* GTK 4.8 gives the type of a widget for the name that it does not have */
  if (g_regex_match_simple ("^(Gtk|Adw|Chat)[A-Z][A-Za-z]*$", text, 0, 0))
    return TRUE;

  /* Fingerprints and ports */
  return strspn (text, "0123456789abcdef ") == strlen (text);
}

/* The windows are in no language of ours: what is Hebrew is the toolkit's. */
static gboolean
is_of_toolkit (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_get_script (g_utf8_get_char (p)) == G_UNICODE_SCRIPT_HEBREW)
      return TRUE;

  return FALSE;
}

static void
check_text (Language   *language,
            const char *text)
{
  if (text == NULL || is_no_language (text))
    return;

  if (!is_pseudo (language))
    {
      /* The head of the catalogue is the translation of nothing */
      if (!g_str_equal (T (text), text))
        e2e_app_fail (language->app, "\"%s\" is not translated to \"%s\"", text, T (text));
      return;
    }

  if (!(*text == '[' && g_str_has_suffix (text, "]")) && !is_of_toolkit (text))
    e2e_app_fail (language->app, "\"%s\" is not marked for translation", text);
}

static void
check_object (AtspiAccessible *object,
              gpointer         user_data)
{
  Language *language = user_data;
  g_autofree char *name = atspi_accessible_get_name (object, NULL);
  g_autofree char *description = atspi_accessible_get_description (object, NULL);

  check_text (language, name);
  check_text (language, description);
}

/* Keeps a picture of the window, and checks every text in it. */
static void
look_at_width (Language   *language,
               const char *window,
               const char *name,
               int         width)
{
  g_autofree char *picture = g_strdup_printf ("languages/%s-%s-%d", language->name, name, width);
  g_autoptr (AtspiAccessible) found = NULL;

  e2e_wait_window (language->app, window);
  e2e_picture (picture);
  found = e2e_tree_window (e2e_app_get_accessible (language->app), window);
  g_assert_nonnull (found);
  e2e_tree_foreach (found, check_object, language);
}

static void
look (Language   *language,
      const char *window,
      const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      e2e_set_width (language->app, MAIN_WINDOW, widths[i]);
      if (!g_str_equal (window, MAIN_WINDOW) && widths[i] == NARROW)
        e2e_set_width (language->app, window, widths[i]);
      look_at_width (language, window, name, widths[i]);
    }
  e2e_set_width (language->app, MAIN_WINDOW, WIDE);
}

/* Opens what a button pops up, which is gone when its window changes. */
static void
look_at_popover (Language   *language,
                 const char *button,
                 E2eKind     kind,
                 const char *inside,
                 const char *name,
                 int         width)
{
  e2e_set_width (language->app, MAIN_WINDOW, width);
  e2e_click (language->app, NULL, E2E_BUTTON, button);
  e2e_wait_shown (language->app, NULL, kind, inside);
  look_at_width (language, MAIN_WINDOW, name, width);
  e2e_key (language->app, NULL, NULL, "Escape");
  e2e_wait_gone (language->app, NULL, kind, inside);
}

static void
look_at_list (Language *language)
{
  e2e_set_width (language->app, MAIN_WINDOW, NARROW);
  e2e_press (language->app, NULL, T ("Back"));
  e2e_wait_shown (language->app, NULL, E2E_ROW, "Bob");
  look_at_width (language, MAIN_WINDOW, "list", NARROW);
  look_at_popover (language, T ("Main Menu"), E2E_BUTTON, T ("Preferences"), "menu", NARROW);
  e2e_set_width (language->app, MAIN_WINDOW, WIDE);
}

static void
look_and_close (Language   *language,
                const char *window,
                const char *name)
{
  e2e_wait_window (language->app, window);
  look (language, window, name);
  e2e_close_window (language->app, window);
  e2e_wait_no_window (language->app, window);
}

static void
look_at_windows (Language *language)
{
  E2eApp *app = language->app;

  e2e_press (app, NULL, T ("My Key"));
  look_and_close (language, T ("My Key"), "my-key");
  e2e_activate (app, MAIN_WINDOW, "win.preferences");
  look_and_close (language, T ("Preferences"), "preferences");
  e2e_press (app, NULL, T ("Add Friend"));
  e2e_wait_window (app, T ("Add Friend"));
  e2e_set_text (app, T ("Add Friend"), T ("Friend’s Key"), "-");
  e2e_wait_shown (app, T ("Add Friend"), E2E_LABEL,
                  T ("This is not a key. Ask your friend for the key that begins with “spp1”, or "
                     "for a file with it."));
  look_and_close (language, T ("Add Friend"), "add-friend");
}

/* A question takes its width from the window that it is about. */
static void
look_at_question (Language   *language,
                  const char *action,
                  const char *heading,
                  const char *answer,
                  const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      e2e_set_width (language->app, MAIN_WINDOW, widths[i]);
      e2e_activate (language->app, MAIN_WINDOW, action);
      look_at_width (language, heading, name, widths[i]);
      e2e_answer (language->app, heading, answer);
    }
  e2e_set_width (language->app, MAIN_WINDOW, WIDE);
}

static void
look_at_friend (Language *language)
{
  g_autofree char *removing = g_strdup_printf (T ("Remove %s?"), "Bob");
  g_autofree char *allowing = g_strdup_printf (T ("Allow the old protocol with %s?"), "Bob");

  e2e_activate (language->app, MAIN_WINDOW, "win.edit-friend");
  look_and_close (language, T ("Edit Friend"), "edit-friend");
  look_at_question (language, "win.remove-friend", removing, T ("Cancel"), "remove-friend");
  look_at_question (language, "win.allow-old-protocol", allowing, T ("Don’t Allow"),
                    "allow-old-protocol");
}

/* The list is where reading begins. */
static void
check_direction (Language *language)
{
  AtspiRect list;
  AtspiRect field;

  e2e_get_place (language->app, NULL, E2E_LIST, T ("Friends"), &list);
  e2e_get_place (language->app, NULL, E2E_FIELD, T ("Message"), &field);
  if (is_pseudo (language))
    g_assert_cmpint (field.x + field.width, <=, list.x);
  else
    g_assert_cmpint (list.x + list.width, <=, field.x);
}

static void
talk (Language *language,
      guint16   port)
{
  E2eApp *app = language->app;
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", port);
  E2ePeer *peer = e2e_peer_start_spp2 (language->peer_private, language->app_key, address);
  g_autoptr (JsonObject) event = e2e_peer_next (peer, "connected");

  g_assert_nonnull (event);
  e2e_steps_connected (app);
  e2e_peer_send (peer, FROM_BOB);
  e2e_steps_sees (app, "Bob", FROM_BOB);
  e2e_steps_send (app, FROM_ALICE);
  e2e_peer_expect_text (peer, FROM_ALICE);
  e2e_wait_shown (app, NULL, E2E_LABEL, T ("Online"));
  check_direction (language);
  look (language, MAIN_WINDOW, "conversation");

  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    look_at_popover (language, T ("Protected by SPP/2"), E2E_LABEL, T ("Protected by SPP/2"),
                     "lock", widths[i]);
  e2e_set_width (app, MAIN_WINDOW, WIDE);

  e2e_peer_close (peer);
  e2e_wait_gone (app, NULL, E2E_LABEL, T ("Online"));
}

static void
set_up (Language *language)
{
  language->folder = e2e_steps_make_folder ();
  language->app_key = g_build_filename (language->folder, "alice.pub", NULL);
  language->peer_private = g_build_filename (language->folder, "peer.key", NULL);
  language->peer_key = g_build_filename (language->folder, "peer.pub", NULL);
  e2e_peer_generate (language->peer_private, language->peer_key);

  e2e_words_init (language->locale, language->catalogues);
  /* Or what is not translated at all would look right */
  g_assert_cmpstr (T ("Your Name"), !=, "Your Name");
  g_assert_true (g_setenv ("E2E_PROGRAM", language->program, TRUE));
  language->app = e2e_app_start ("alice", language->folder, 0);
}

static void
tear_down (Language *language)
{
  e2e_app_terminate (language->app);
  g_free (language->app_key);
  g_free (language->peer_private);
  g_free (language->peer_key);
  e2e_steps_drop_folder (language->folder);
}

static void
test_language (gconstpointer user_data)
{
  Language *language = (Language *) user_data;
  guint16 port;

  g_test_summary ("The windows speak a language, the first of them to the last");

  set_up (language);
  e2e_wait_shown (language->app, NULL, E2E_FIELD, T ("Your Name"));
  look (language, MAIN_WINDOW, "first-start");
  e2e_steps_first_start (language->app, "Alice");
  look (language, MAIN_WINDOW, "no-friends-yet");
  look_at_windows (language);
  port = e2e_steps_save_key (language->app, language->app_key);

  e2e_steps_add_friend (language->app, language->peer_key, "Bob", 0);
  look (language, MAIN_WINDOW, "friends");
  look_at_list (language);
  e2e_steps_select (language->app, "Bob");
  talk (language, port);
  e2e_steps_send (language->app, FROM_ALICE);
  look (language, MAIN_WINDOW, "offline");
  look_at_friend (language);
  tear_down (language);
}

static void
add_language (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  Language *language = g_new0 (Language, 1);
  g_autofree char *path = NULL;

  g_assert_cmpuint (g_strv_length (words), ==, 4);
  language->name = g_intern_string (words[0]);
  language->locale = g_intern_string (words[1]);
  language->program = g_intern_string (words[2]);
  language->catalogues = g_intern_string (words[3]);

  path = g_strconcat ("/e2e/languages/", language->name, NULL);
  g_test_add_data_func_full (path, language, test_language, g_free);
}

int
main (int   argc,
      char *argv[])
{
  g_auto (GStrv) lines = NULL;

  e2e_init (&argc, &argv);
  lines = g_strsplit (g_getenv ("E2E_LANGUAGES"), "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    add_language (lines[i]);

  return g_test_run ();
}
