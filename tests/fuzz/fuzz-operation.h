/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An asynchronous read or write that waits, in a stream that cannot be polled. */
typedef struct
{
  GTask   *task;        /* owned, NULL while nothing waits */
  GSource *cancelled;   /* owned, nullable, attached */
  guint8  *buffer;
  gsize    size;
} FuzzOperation;

/* @task is (transfer full). */
void     fuzz_operation_begin  (FuzzOperation *self,
                                GTask         *task,
                                guint8        *buffer,
                                gsize          size);
/* @error is (transfer full) (nullable). */
void     fuzz_operation_return (FuzzOperation *self,
                                gssize         size,
                                GError        *error);

/* A source for a stream that can be polled, which asks it each time. */
GSource *fuzz_source_new       (gpointer       stream,
                                gboolean     (*is_ready) (gpointer),
                                GCancellable  *cancellable);

G_END_DECLS
