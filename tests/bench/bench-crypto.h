/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What libsodium does on one core, a second.
 * @cpu: how many nanoseconds of processor time one takes */
void   bench_crypto_init       (void);
double bench_crypto_aead       (gsize   size,
                                guint   milliseconds,
                                double *cpu);
/* Handshakes: all that both ends of one have to calculate. */
double bench_crypto_handshakes1 (guint    milliseconds);
double bench_crypto_handshakes2 (guint    milliseconds);

G_END_DECLS
