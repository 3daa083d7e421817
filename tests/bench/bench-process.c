/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "bench-process.h"

#include <gio/gunixinputstream.h>
#include <string.h>

#include "bench-util.h"

#define DEADLINE_MILLISECONDS 90000

struct _BenchProcess
{
  GSubprocess *subprocess;
  char        *what;
};

BenchProcess *
bench_process_new (const char *const *argv)
{
  BenchProcess *self = g_new0 (BenchProcess, 1);
  g_autofree char *program = g_path_get_basename (argv[0]);
  g_autofree char *arguments = g_strjoinv (" ", (char **) argv + 1);
  g_autoptr (GError) error = NULL;

  self->what = g_strdup_printf ("%s %s", program, arguments);
  self->subprocess = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE
                                        | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (self->subprocess == NULL)
    bench_fail ("%s: %s", self->what, error->message);
  return self;
}

void
bench_process_free (BenchProcess *self)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->subprocess), NULL, NULL);
  g_subprocess_wait (self->subprocess, NULL, NULL);
  g_object_unref (self->subprocess);
  g_free (self->what);
  g_free (self);
}

/* There is never more than one line to come, so it can be read byte by byte. */
char *
bench_process_read (BenchProcess *self)
{
  GInputStream *output = g_subprocess_get_stdout_pipe (self->subprocess);
  g_autoptr (GString) line = g_string_new (NULL);
  GPollFD poll_fd = { 0, G_IO_IN | G_IO_HUP, 0 };
  char byte;

  poll_fd.fd = g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (output));
  while (TRUE)
    {
      if (g_poll (&poll_fd, 1, DEADLINE_MILLISECONDS) <= 0)
        {
          g_subprocess_force_exit (self->subprocess);
          bench_fail ("%s: no answer", self->what);
        }
      if (g_input_stream_read (output, &byte, 1, NULL, NULL) <= 0)
        bench_fail ("%s: it has ended", self->what);
      if (byte == '\n')
        return g_string_free (g_steal_pointer (&line), FALSE);
      g_string_append_c (line, byte);
    }
}

char *
bench_process_ask (BenchProcess *self,
                   const char   *format,
                   ...)
{
  g_autofree char *question = NULL;
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  question = g_strdup_vprintf (format, args);
  va_end (args);
  line = g_strconcat (question, "\n", NULL);
  if (!g_output_stream_write_all (g_subprocess_get_stdin_pipe (self->subprocess),
                                  line, strlen (line), NULL, NULL, NULL))
    bench_fail ("%s: it takes no orders", self->what);
  return bench_process_read (self);
}
