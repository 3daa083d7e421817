/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A GIOStream over the descriptor of a socket that does as it is told. */
#define SPP_TYPE_TEST_STREAM (spp_test_stream_get_type ())

G_DECLARE_FINAL_TYPE (SppTestStream, spp_test_stream, SPP, TEST_STREAM, GIOStream)

/* Takes @fd. One that cannot be polled does its asynchronous work in threads, as
 * GIO does it for such streams. @piece is the most that is read or written at
 * once, 0 for any. */
GIOStream *spp_test_stream_new        (int            fd,
                                       gboolean       pollable,
                                       gsize          piece);
/* The two ends of a pair of sockets. */
void       spp_test_stream_pair       (GIOStream    **a,
                                       GIOStream    **b,
                                       gboolean       pollable,
                                       gsize          piece);
/* Reading and writing fail with G_IO_ERROR_BROKEN_PIPE after so many bytes. */
void       spp_test_stream_fail_after (SppTestStream *self,
                                       gsize          readable,
                                       gsize          writable);

G_END_DECLS
