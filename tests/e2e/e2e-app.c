/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-app.h"

#include <gio/gio.h>
#include <signal.h>

#include "e2e-picture.h"
#include "e2e-process.h"
#include "e2e-wait.h"

#define CALL_TIMEOUT_MS 20000
#define START_TIMEOUT_MS 60000
#define PROGRAM "spp-chat"
#define PROXY "xdg-dbus-proxy"
#define PORTAL "xdg-desktop-portal-gtk"

struct _E2eApp
{
  GSubprocess *process; /* NULL if another started it */
  E2eApp *portal;       /* shows the file dialogs of what is in a sandbox */
  AtspiAccessible *accessible;
  char *profile;
  char *messages_path;
  GPid pid;
  int x;
  gboolean sandboxed;
  gboolean ended;
};

void
e2e_init (int    *argc,
          char ***argv)
{
  g_test_init (argc, argv, NULL);
  /* libatspi warns when an object goes while it asks for it, which is no failure. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  atspi_init ();
  atspi_set_timeout (CALL_TIMEOUT_MS, START_TIMEOUT_MS);
}

static void
wait_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  E2eApp *self = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  self->ended = TRUE;
}

static E2eApp *
start (char      **argv,
       const char *profile,
       const char *data_home,
       int         x)
{
  static guint n_started = 0;
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GError) error = NULL;
  E2eApp *self = g_new0 (E2eApp, 1);

  self->profile = g_strdup (profile);
  self->x = x;
  self->messages_path = g_strdup_printf ("%s/messages-%u", data_home, n_started++);
  g_subprocess_launcher_set_stderr_file_path (launcher, self->messages_path);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", data_home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_CONFIG_HOME", data_home, TRUE);
  g_subprocess_launcher_setenv (launcher, "GSETTINGS_BACKEND", "keyfile", TRUE);

  self->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  self->pid = g_ascii_strtoll (g_subprocess_get_identifier (self->process), NULL, 10);
  g_subprocess_wait_async (self->process, NULL, wait_cb, self);

  return self;
}

E2eApp *
e2e_app_start (const char *profile,
               const char *data_home,
               int         x)
{
  const char *argv[] = { g_getenv ("E2E_PROGRAM"), "--profile", profile, NULL };

  g_assert_nonnull (argv[0]);

  return start ((char **) argv, profile, data_home, x);
}

E2eApp *
e2e_app_start_sandboxed (const char *profile,
                         const char *data_home,
                         int         x)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *command =
    g_strdup_printf ("%s --profile %s", g_getenv ("E2E_SANDBOXED"), profile);
  g_auto (GStrv) argv = NULL;
  E2eApp *self;

  g_assert_nonnull (g_getenv ("E2E_SANDBOXED"));
  g_shell_parse_argv (command, NULL, &argv, &error);
  g_assert_no_error (error);

  self = start (argv, profile, data_home, x);
  self->sandboxed = TRUE;
  self->portal = g_new0 (E2eApp, 1);
  self->portal->profile = g_strdup (PORTAL);
  self->portal->x = x;

  return self;
}

GPid
e2e_app_get_pid (E2eApp *self)
{
  return self->sandboxed ? e2e_process_find (self->pid, PROGRAM) : self->pid;
}

int
e2e_app_get_x (E2eApp *self)
{
  return self->x;
}

E2eApp *
e2e_app_get_portal (E2eApp *self)
{
  return self->portal;
}

/* On the accessibility bus, what is in a sandbox is represented by a proxy that
 * nothing but the time of its start links with it: the first one that is new is
 * taken. The portal is started by the session bus. */
static gboolean
is_its_own (E2eApp          *self,
            AtspiAccessible *application)
{
  static GPid newest_proxy = 0;
  GPid pid = (GPid) atspi_accessible_get_process_id (application, NULL);
  g_autofree char *name = NULL;

  if (self->sandboxed)
    {
      if (pid <= newest_proxy || !e2e_process_is (pid, PROXY))
        return FALSE;
      newest_proxy = pid;
      return TRUE;
    }
  if (self->pid != 0)
    return pid == self->pid;

  name = atspi_accessible_get_name (application, NULL);
  if (g_strcmp0 (name, self->profile) != 0)
    return FALSE;
  self->pid = pid;

  return TRUE;
}

AtspiAccessible *
e2e_app_get_accessible (E2eApp *self)
{
  g_autoptr (AtspiAccessible) desktop = NULL;
  int n_children;

  if (self->accessible != NULL)
    return self->accessible;

  desktop = atspi_get_desktop (0);
  /* What libatspi remembers goes stale when GTK forgets to tell. Without the
   * states it would ask for them while it takes up what GTK 3 has, and wait for
   * itself. */
  atspi_accessible_set_cache_mask (desktop, ATSPI_CACHE_STATES);
  n_children = atspi_accessible_get_child_count (desktop, NULL);
  for (int i = 0; i < n_children && self->accessible == NULL; i++)
    {
      g_autoptr (AtspiAccessible) child = atspi_accessible_get_child_at_index (desktop, i, NULL);

      if (child != NULL && is_its_own (self, child))
        self->accessible = g_steal_pointer (&child);
    }
  if (self->accessible != NULL && self->process != NULL)
    atspi_accessible_set_cache_mask (self->accessible, ATSPI_CACHE_NONE);

  return self->accessible;
}

static char *
read_messages (E2eApp *self)
{
  g_autofree char *text = NULL;

  if (self->messages_path == NULL || !g_file_get_contents (self->messages_path, &text, NULL, NULL))
    return g_strdup ("");

  return g_utf8_make_valid (text, -1);
}

void
e2e_app_fail (E2eApp     *self,
              const char *format,
              ...)
{
  AtspiAccessible *accessible = self->ended ? NULL : e2e_app_get_accessible (self);
  g_autofree char *tree = accessible != NULL ? e2e_tree_describe (accessible) : NULL;
  g_autofree char *messages = read_messages (self);
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  g_printerr ("%s: %s\nThe windows are:\n%sIt said:\n%s\n", self->profile, what,
              tree != NULL ? tree : "(none)\n", messages);
  e2e_picture_now ("failure");
  g_assertion_message (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC, what);
  g_assert_not_reached ();
}

static gboolean
has_ended (gpointer user_data)
{
  E2eApp *self = user_data;

  return self->ended;
}

/* A toolkit and what it loads leave things behind at the end, others on every
 * system. Of a leak report only what code of ours takes part in counts: whether
 * it does is seen from the nearest callers. The report is cut out of @messages,
 * and the leak of ours given back. */
static char *
take_leak_report (char **messages)
{
  g_auto (GStrv) lines = g_strsplit (*messages, "\n", -1);
  GString *rest = g_string_new (NULL);
  g_autofree char *ours = NULL;
  gboolean inside = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (strstr (lines[i], "ERROR: LeakSanitizer") != NULL)
        inside = TRUE;
      if (!inside)
        g_string_append_printf (rest, "%s\n", lines[i]);
      else if (strstr (lines[i], " in chat_") != NULL || strstr (lines[i], " in spp_") != NULL
               || strstr (lines[i], "/app/") != NULL || strstr (lines[i], "/libspp/") != NULL)
        {
          g_free (ours);
          ours = g_strdup (lines[i]);
        }
      if (g_str_has_prefix (lines[i], "SUMMARY: "))
        inside = FALSE;
    }

  g_free (*messages);
  *messages = g_string_free (rest, FALSE);

  return g_steal_pointer (&ours);
}

/* What GTK 4.24 says of itself on a display without a compositor. */
static void
drop_known_warning (char *messages)
{
  static const char known[] = "Gdk-WARNING **: ";
  char *found = strstr (messages, "gdk_frame_timings_submitted() called on submitted frame");

  while (found != NULL)
    {
      char *begin = g_strrstr_len (messages, found - messages, known);

      g_assert_nonnull (begin);
      memset (begin, ' ', sizeof known - 1);
      found = strstr (found + 1, "gdk_frame_timings_submitted() called on submitted frame");
    }
}

static void
check_messages (E2eApp *self)
{
  static const char *const complaints[] = {
    "WARNING", "CRITICAL", "ERROR", "Sanitizer", "runtime error:",
  };
  g_autofree char *messages = read_messages (self);
  g_autofree char *leak = take_leak_report (&messages);

  drop_known_warning (messages);
  if (leak != NULL)
    e2e_app_fail (self, "it leaked: %s", leak);
  for (gsize i = 0; i < G_N_ELEMENTS (complaints); i++)
    if (strstr (messages, complaints[i]) != NULL)
      e2e_app_fail (self, "it printed \"%s\"", complaints[i]);
}

static void
e2e_app_free (E2eApp *self)
{
  g_clear_pointer (&self->portal, e2e_app_free);
  g_clear_object (&self->accessible);
  g_clear_object (&self->process);
  g_free (self->messages_path);
  g_free (self->profile);
  g_free (self);
}

void
e2e_app_end (E2eApp *self)
{
  if (!e2e_wait_until (has_ended, self))
    e2e_app_fail (self, "the process does not end");
  if (!g_subprocess_get_if_exited (self->process))
    e2e_app_fail (self, "the process was ended by signal %d",
                  g_subprocess_get_term_sig (self->process));
  if (g_subprocess_get_exit_status (self->process) != 0)
    e2e_app_fail (self, "the exit status is %d", g_subprocess_get_exit_status (self->process));
  check_messages (self);
  e2e_app_free (self);
}

void
e2e_app_terminate (E2eApp *self)
{
  GPid pid = e2e_app_get_pid (self);

  /* What starts a sandbox would tear it down. */
  if (pid == 0 || kill (pid, SIGTERM) != 0)
    e2e_app_fail (self, "there is no process to end");
  e2e_app_end (self);
}
