/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a session must do, worked out once more from the bytes on the wire and
 * the key, with libsodium alone. */

/* A message that the session was asked to send. */
typedef struct
{
  gpointer      owner;         /* borrowed */
  GBytes       *payload;       /* owned */
  GCancellable *cancellable;   /* owned */
  gboolean      too_large;     /* for the session */
  gboolean      unasked;       /* nobody wants to know how it ended */
  gboolean      done;
  GError       *error;         /* owned, nullable */
} FuzzSend;

void       fuzz_send_free           (FuzzSend     *self);

typedef struct
{
  GPtrArray *messages;         /* GBytes: what has to be delivered */
  guint      faults;           /* the SppErrors that may end it then, as bits */
  gboolean   partial;          /* without a fault: it stops inside a frame */
} FuzzVerdict;

/* @received is all that was sent to the session, and @written all that the
 * session sent. */
void       fuzz_verdict_init        (FuzzVerdict  *self,
                                     const guint8  key[32],
                                     gsize         max_message_size,
                                     GByteArray   *received,
                                     GByteArray   *written);
void       fuzz_verdict_clear       (FuzzVerdict  *self);

/* Sees that @written is what was asked for and nothing else: everything that
 * was reported as sent, in order, nothing that was reported as not sent. How
 * many whole messages, and of how many bytes. */
guint64    fuzz_check_written       (const guint8  key[32],
                                     GByteArray   *written,
                                     GPtrArray    *sends,
                                     guint64      *n_bytes);

G_END_DECLS
