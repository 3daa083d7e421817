/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* Frames in the clear over TCP: what GIO and the kernel cost without encryption. */

#include "bench-net.h"
#include "bench-stream.h"

static BenchLinkFunc link_func;

static void
on_connection (GSocketConnection *connection)
{
  link_func (bench_stream_new (&bench_transport_plain, G_IO_STREAM (connection)));
}

static char *
plain_listen (const BenchTransport *self,
              BenchLinkFunc         func)
{
  link_func = func;
  return bench_net_listen (on_connection);
}

static void
plain_connect (const BenchTransport *self,
               const char           *address,
               BenchLinkFunc         func)
{
  link_func = func;
  bench_net_connect (address, on_connection);
}

const BenchTransport bench_transport_plain =
  {
    .name = "plain",
    .listen = plain_listen,
    .connect = plain_connect,
    .send = bench_stream_send,
    .flush = bench_stream_flush,
  };
