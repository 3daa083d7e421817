/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "bench-util.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

void
bench_fail (const char *format,
            ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  _exit (1);
}

static guint64
read_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (guint64) now.tv_sec * 1000000000 + (guint64) now.tv_nsec;
}

guint64
bench_now (void)
{
  return read_clock (CLOCK_MONOTONIC);
}

guint64
bench_cpu (void)
{
  return read_clock (CLOCK_PROCESS_CPUTIME_ID);
}
