/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "bench-util.h"

G_BEGIN_DECLS

/* The first byte of every message says what the server does with it. The values
 * are those that Tox leaves to its users. */
#define BENCH_TAG_DATA 0xa0 /* counts it */
#define BENCH_TAG_LAST 0xa1 /* counts it, returns an ack and begins anew */
#define BENCH_TAG_ECHO 0xa2 /* returns it */
#define BENCH_TAG_ACK  0xa3 /* a tag, and the count in the eight bytes after it */
#define BENCH_ACK_SIZE 9
#define BENCH_MIN_SIZE 64
#define BENCH_MAX_SIZE (4 * 1024 * 1024)

typedef struct
{
  const guint8 *data;
  gsize         size;
  GBytes       *bytes; /* (nullable): the same, where somebody has it as GBytes */
} BenchMessage;

typedef struct _BenchLink BenchLink;
typedef struct _BenchTransport BenchTransport;

/* A link is up. */
typedef void (*BenchLinkFunc) (BenchLink *link);

/* One way of carrying messages between two processes. A failure ends the process
 * by bench_fail (): there is nothing to measure any more. */
struct _BenchTransport
{
  const char *name;

  /* (transfer full) (nullable): why it cannot be measured here. */
  char     *(*check)   (void);
  /* (transfer full): what connect () of the other process needs. Every caller
   * becomes a link. */
  char     *(*listen)  (const BenchTransport *self,
                        BenchLinkFunc         func);
  void      (*connect) (const BenchTransport *self,
                        const char           *address,
                        BenchLinkFunc         func);

  /* FALSE when there is no room: the link's room () follows. The data has to stay
   * as it is until it is gone. */
  gboolean  (*send)    (BenchLink          *link,
                        const BenchMessage *message);
  /* (nullable): nothing more is sent for now. */
  void      (*flush)   (BenchLink *link);
};

struct _BenchLink
{
  const BenchTransport *transport;
  char                 *info; /* (nullable): what it turned out to be */

  /* Set by whoever uses the link, before anything comes. */
  void (*message) (BenchLink          *link,
                   const BenchMessage *message);
  void (*room)    (BenchLink *link);
  void (*ended)   (BenchLink *link);
  gpointer              user_data;
};

extern const BenchTransport bench_transport_plain;
extern const BenchTransport bench_transport_tls;
extern const BenchTransport bench_transport_spp1;
extern const BenchTransport bench_transport_spp2;
extern const BenchTransport bench_transport_spp2_rekey;
#ifdef HAVE_TOX
extern const BenchTransport bench_transport_tox;
#endif

static inline void
bench_message_from_bytes (BenchMessage *message,
                          GBytes       *bytes)
{
  message->data = g_bytes_get_data (bytes, &message->size);
  message->bytes = bytes;
}

G_END_DECLS
