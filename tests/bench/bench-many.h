/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Many connections between two processes: "many-spp1" makes sessions of them,
 * "many-plain" leaves them as they are. FALSE when @name is neither.
 * @connect_to: (nullable): NULL for the server */
gboolean bench_many_begin   (const char  *name,
                             const char  *connect_to);
/* Of a client: "open NUMBER" is answered by "NUMBER NANOSECONDS" and leaves so many
 * more open, "handshakes MILLISECONDS" by the same and leaves none.
 * Of a server: "memory" is answered by "LINKS BYTES". */
gboolean bench_many_command (char       **words);

G_END_DECLS
