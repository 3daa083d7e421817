/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "fuzz-session-model.h"
#include "fuzz-stream.h"
#include "fuzz.h"
#include "spp-session.h"

G_BEGIN_DECLS

typedef enum
{
  MODE_RESPONDER = 1 << 0,
  MODE_CANNOT_POLL = 1 << 1,
  MODE_KEEP_RECEIVING = 1 << 2,   /* who got a message waits for the next one */
  MODE_TAKE_ALL = 1 << 3,         /* and takes what is already here before */
  MODE_REENTER = 1 << 4,          /* callbacks take operations too */
} FuzzMode;

/* A session, the program that uses it and the peer. */
typedef struct
{
  guint8        mode;
  FuzzInput     input;
  FuzzChunks    chunks;
  gsize         max_message_size;
  FuzzStream   *stream;
  SppSession   *session;        /* NULL once dropped */
  guint         depth;          /* of callbacks that take operations */
  gsize         bulk;

  /* The peer */
  GByteArray   *pushed;
  guint64       sequence;       /* of its next message */
  gboolean      input_broken;
  gboolean      output_broken;

  /* The program */
  GPtrArray    *sends;          /* FuzzSend */
  GPtrArray    *delivered;      /* GBytes */
  GQueue        receives;       /* GCancellable, of those that wait */
  GCancellable *close_cancellable;
  guint         closes;
  GError       *error;          /* what a receive ended with; nullable */
  gboolean      ended_here;     /* closed, aborted or dropped */
  int           state;
} FuzzWorld;

/* Runs what is ready, and sees that it comes to an end. */
void     fuzz_settle                (void);
/* Takes one operation out of the input. */
void     fuzz_run_op                (FuzzWorld    *self);

/* What the program does. */
void     fuzz_send                  (FuzzWorld    *self);
void     fuzz_send_many             (FuzzWorld    *self);
void     fuzz_send_blocking         (FuzzWorld    *self);
void     fuzz_cancel_send           (FuzzWorld    *self);
void     fuzz_receive               (FuzzWorld    *self);
gboolean fuzz_receive_nonblocking   (FuzzWorld    *self);
void     fuzz_cancel_receive        (FuzzWorld    *self);
void     fuzz_close                 (FuzzWorld    *self);
void     fuzz_abort                 (FuzzWorld    *self);
void     fuzz_drop                  (FuzzWorld    *self);

/* What the peer does; what it has is @key. */
void     fuzz_push_raw              (FuzzWorld    *self);
void     fuzz_push_sealed           (FuzzWorld    *self,
                                     const guint8  key[32]);
void     fuzz_push_forged           (FuzzWorld    *self,
                                     const guint8  key[32]);
void     fuzz_reflect               (FuzzWorld    *self);
void     fuzz_break_input           (FuzzWorld    *self);
void     fuzz_break_output          (FuzzWorld    *self);

/* A length and as many bytes. */
GBytes  *fuzz_take_payload          (FuzzInput    *input);

G_END_DECLS
