/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "bench-link.h"

G_BEGIN_DECLS

/* Prints one line to the driver. */
void     bench_reply           (const char *format,
                                ...) G_GNUC_PRINTF (1, 2);

/* What a server does with its links. */
void     bench_server_add_link (BenchLink *link);

/* Makes the link the one that commands are about, and says that it is there. */
void     bench_client_set_link (BenchLink *link);
/* "stream SIZE WARM-UP TIME" is answered by "MESSAGES NANOSECONDS", "echo SIZE TIME"
 * by "MESSAGES MEDIAN PERCENTILE_99 PERCENTILE_99.9"; times in orders are in milliseconds. */
gboolean bench_client_command  (char     **words);

G_END_DECLS
