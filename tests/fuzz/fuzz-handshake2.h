/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "../libspp/spp-test-manual.h"
#include "fuzz.h"

G_BEGIN_DECLS

typedef enum
{
  MODE_RESPONDER = 1 << 0,      /* ours is Bob, who is called, or else Alice */
  MODE_PEER = 1 << 1,           /* the stream is made by a peer, or else raw bytes */
  MODE_POST_QUANTUM = 1 << 2,   /* we have it */
  MODE_REQUIRED = 1 << 3,       /* and want it of friends */
} FuzzMode;

enum { FUZZ_ALICE, FUZZ_BOB, FUZZ_CAROL, FUZZ_DAVE, FUZZ_N_KEYS };

/* A key among the friends who is nobody's: Alice's negative. */
#define FUZZ_NEGATIVE FUZZ_N_KEYS

typedef struct
{
  guint8        mode;
  guint8        friends;        /* a bit for each key */
  guint64       max_incoming;   /* ours */
  FuzzChunks    chunks;
  GByteArray   *stream;         /* what comes to us */
} FuzzWorld2;

/* What has to come of a stream. */
typedef struct
{
  SppTestManual  same;          /* does what ours does */
  GBytes        *outputs[2];    /* nullable */
  gsize          output_at[2];  /* how much of the stream they need */
  gsize          ends_at;       /* G_MAXSIZE if the stream is too short for an end */
  int            code;          /* of the error it ends with, or -1 */
} FuzzVerdict2;

void           fuzz_keys_init       (void);
SppPrivateKey *fuzz_get_key         (guint          who);
SppPublicKey  *fuzz_get_public_key  (guint          who);
const guint8  *fuzz_get_ephemeral   (guint          who);

/* A manual end with the ephemeral that is always the same. */
void           fuzz_manual_init     (SppTestManual *manual,
                                     guint          who,
                                     SppPublicKey  *peer);
gboolean       fuzz_is_low_order    (const guint8  *point);

/* A peer's stream; how it goes wrong is in the input. */
void           fuzz_make_stream     (FuzzWorld2    *world,
                                     FuzzInput     *input);

void           fuzz_verdict2_init   (FuzzVerdict2  *self,
                                     FuzzWorld2    *world);
void           fuzz_verdict2_clear  (FuzzVerdict2  *self);

G_END_DECLS
