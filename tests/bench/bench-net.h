/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @connection is set up for conversation. */
typedef void (*BenchConnectionFunc) (GSocketConnection *connection);

/* Where everything listens and calls: a free port of the loopback interface. The
 * text (transfer full) is for bench_net_parse (). */
char           *bench_net_add_address (GSocketListener     *listener);
GSocketAddress *bench_net_parse       (const char          *address);

/* The same for bare connections. */
char           *bench_net_listen      (BenchConnectionFunc  func);
void            bench_net_connect     (const char          *address,
                                       BenchConnectionFunc  func);

G_END_DECLS
