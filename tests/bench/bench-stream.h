/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "bench-link.h"

G_BEGIN_DECLS

/* Messages over a GIOStream in frames as long as those of SPP/1, in the clear:
 * for the transports that are nothing but a stream. Lives as long as the process. */
BenchLink *bench_stream_new   (const BenchTransport *transport,
                               GIOStream            *stream);
gboolean   bench_stream_send  (BenchLink            *link,
                               const BenchMessage   *message);
void       bench_stream_flush (BenchLink            *link);

G_END_DECLS
