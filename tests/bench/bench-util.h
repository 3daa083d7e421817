/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Says why, and ends the process. */
void    bench_fail (const char *format,
                    ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;
/* Both in nanoseconds: by the clock, and the processor time of this process, which
 * does not depend on what else the machine does. */
guint64 bench_now  (void);
guint64 bench_cpu  (void);

G_END_DECLS
