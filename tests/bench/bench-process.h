/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A process that answers each line with a line. */
typedef struct _BenchProcess BenchProcess;

/* @argv is NULL-terminated. */
BenchProcess *bench_process_new  (const char *const *argv);
/* Ends it, and waits until it has ended. */
void          bench_process_free (BenchProcess      *self);

/* Both wait, but not for ever; a process that ends ends this one, too. */
char         *bench_process_read (BenchProcess      *self);
char         *bench_process_ask  (BenchProcess      *self,
                                  const char        *format,
                                  ...) G_GNUC_PRINTF (2, 3);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchProcess, bench_process_free)

G_END_DECLS
