/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Says why, and ends the process. */
void    bench_fail (const char *format,
                    ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;
guint64 bench_now  (void); /* in nanoseconds */

G_END_DECLS
