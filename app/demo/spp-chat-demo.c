/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Shows SPP Chat at work: makes Alice and Bob, who are friends and have talked
 * before, in a folder of its own, and starts SPP Chat for each of them.
 *
 *   spp-chat-demo [SPP-CHAT]
 *
 * Prints "demo: ready" once each has received a greeting of the other between
 * the two running programs. */

#include <glib-unix.h>

#include "demo-people.h"

typedef struct
{
  GSubprocess *process;
  gboolean     greeted;
  gboolean     ended;
} Window;

typedef struct
{
  Window   windows[DEMO_N_PEOPLE];
  gboolean ready;
  gboolean stopping;
} Demo;

static void
check_ready (Demo *demo)
{
  for (guint i = 0; i < DEMO_N_PEOPLE; i++)
    {
      if (!demo->windows[i].greeted)
        return;
    }

  if (!demo->ready)
    g_print ("demo: ready\n");
  demo->ready = TRUE;
}

typedef struct
{
  Demo   *demo;
  Window *window;
} Watch;

static Watch *
watch_new (Demo   *demo,
           Window *window)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->demo = demo;
  watch->window = window;

  return watch;
}

/* SPP Chat logs what is new in the chat that shows. The own greeting has been
 * there from the start, so that it is the friend's. */
static void
read_line_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autofree Watch *watch = user_data;
  GDataInputStream *stream = G_DATA_INPUT_STREAM (object);
  g_autofree char *line = NULL;

  line = g_data_input_stream_read_line_finish (stream, result, NULL, NULL);
  if (line == NULL)
    return;

  if (g_str_has_suffix (line, "The chat that shows has a new message"))
    {
      watch->window->greeted = TRUE;
      check_ready (watch->demo);
    }

  g_data_input_stream_read_line_async (stream, G_PRIORITY_DEFAULT, NULL, read_line_cb, watch);
  g_steal_pointer (&watch);
}

static void
wait_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree Watch *watch = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (object), result, NULL);
  watch->window->ended = TRUE;
}

static gboolean
start_window (Demo        *demo,
              Window      *window,
              const char  *program,
              const char  *folder,
              GError     **error)
{
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GDataInputStream) stream = NULL;
  const DemoPerson *person = &demo_people[window - demo->windows];

  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "G_MESSAGES_DEBUG", "chat", TRUE);

  window->process = g_subprocess_launcher_spawn (launcher, error, program,
                                                 "--profile", person->profile,
                                                 "--open", person->friend_name, NULL);
  if (window->process == NULL)
    return FALSE;

  stream = g_data_input_stream_new (g_subprocess_get_stdout_pipe (window->process));
  g_data_input_stream_read_line_async (stream, G_PRIORITY_DEFAULT, NULL, read_line_cb,
                                       watch_new (demo, window));
  g_subprocess_wait_async (window->process, NULL, wait_cb, watch_new (demo, window));

  return TRUE;
}

static gboolean
is_running (Window *window)
{
  return window->process != NULL && !window->ended;
}

static void
end_windows (Demo *demo)
{
  demo->stopping = TRUE;
  for (guint i = 0; i < DEMO_N_PEOPLE; i++)
    {
      if (is_running (&demo->windows[i]))
        g_subprocess_send_signal (demo->windows[i].process, SIGTERM);
    }
}

static gboolean
signal_cb (gpointer user_data)
{
  end_windows (user_data);

  return G_SOURCE_CONTINUE;
}

static void
remove_tree (GFile *file)
{
  g_autoptr (GFileEnumerator) children = NULL;
  GFile *child;

  children = g_file_enumerate_children (file, G_FILE_ATTRIBUTE_STANDARD_NAME,
                                        G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  while (children != NULL
         && g_file_enumerator_iterate (children, NULL, &child, NULL, NULL) && child != NULL)
    remove_tree (child);

  g_file_delete (file, NULL, NULL);
}

static char *
find_program (int    argc,
              char **argv)
{
  g_autofree char *self = NULL;
  g_autofree char *folder = NULL;

  if (argc > 1)
    return g_canonicalize_filename (argv[1], NULL);

  self = g_file_read_link ("/proc/self/exe", NULL);
  folder = g_path_get_dirname (self ? self : argv[0]);

  return g_build_filename (folder, "spp-chat", NULL);
}

static gboolean
run (Demo        *demo,
     const char  *program,
     const char  *folder,
     GError     **error)
{
  gboolean started = TRUE;

  for (guint i = 0; started && !demo->stopping && i < DEMO_N_PEOPLE; i++)
    started = start_window (demo, &demo->windows[i], program, folder, error);

  if (!started)
    end_windows (demo);
  while (is_running (&demo->windows[0]) || is_running (&demo->windows[1]))
    g_main_context_iteration (NULL, TRUE);

  return started;
}

int
main (int    argc,
      char **argv)
{
  Demo demo = { 0, };
  g_autofree char *program = find_program (argc, argv);
  g_autofree char *folder = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done;

  folder = g_dir_make_tmp ("spp-chat-demo-XXXXXX", &error);
  if (folder == NULL)
    {
      g_printerr ("demo: %s\n", error->message);
      return 1;
    }

  g_unix_signal_add (SIGTERM, signal_cb, &demo);
  g_unix_signal_add (SIGINT, signal_cb, &demo);

  file = g_file_new_for_path (folder);
  done = demo_make_people (file, &error) && run (&demo, program, folder, &error);
  remove_tree (file);

  for (guint i = 0; i < DEMO_N_PEOPLE; i++)
    g_clear_object (&demo.windows[i].process);

  if (!done)
    g_printerr ("demo: %s\n", error->message);
  else if (!demo.ready && !demo.stopping)
    g_printerr ("demo: Alice and Bob did not meet; is the demo running already?\n");

  return done && (demo.ready || demo.stopping) ? 0 : 1;
}
