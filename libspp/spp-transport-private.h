/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The bytes of a stream, without blocking: what cannot be read or written at
 * once fails with G_IO_ERROR_WOULD_BLOCK, and can be waited for. Over a stream
 * that can be polled, as sockets can, no buffer is kept while waiting; over one
 * that cannot, this looks the same from outside.
 *
 * It belongs to the thread-default main context in which it was made. */
typedef struct _SppTransport SppTransport;

typedef void (*SppTransportFunc) (gpointer user_data);

SppTransport *spp_transport_new             (GIOStream         *stream);
SppTransport *spp_transport_ref             (SppTransport      *self);
void          spp_transport_unref           (SppTransport      *self);
GIOStream    *spp_transport_get_stream      (SppTransport      *self);
GMainContext *spp_transport_get_context     (SppTransport      *self);

/* How many bytes were read, 0 at the end of the stream, -1 for an error. */
gssize        spp_transport_read            (SppTransport      *self,
                                             guint8            *buffer,
                                             gsize              size,
                                             GError           **error);
/* How many bytes were written, -1 for an error. After WOULD_BLOCK the next
 * write has to begin with the same bytes. */
gssize        spp_transport_write           (SppTransport      *self,
                                             const guint8      *data,
                                             gsize              size,
                                             GError           **error);
/* Block until at least one byte is read, or the end, or one is written. @deadline is
 * monotonic, 0 for none; a stream that cannot be polled does not keep it. */
gssize        spp_transport_read_blocking   (SppTransport      *self,
                                             guint8            *buffer,
                                             gsize              size,
                                             gint64             deadline,
                                             GCancellable      *cancellable,
                                             GError           **error);
gssize        spp_transport_write_blocking  (SppTransport      *self,
                                             const guint8      *data,
                                             gsize              size,
                                             GCancellable      *cancellable,
                                             GError           **error);

/* @func is called once, from the main context, when it is worth to try again;
 * never after the transport was shut. @destroy is called when @user_data is no
 * longer needed. Waiting a second time changes nothing. */
void          spp_transport_wait_readable   (SppTransport      *self,
                                             SppTransportFunc   func,
                                             gpointer           user_data,
                                             GDestroyNotify     destroy);
/* Nobody waits any more; nothing that was read is lost. */
void          spp_transport_forget_readable (SppTransport      *self);
void          spp_transport_wait_writable   (SppTransport      *self,
                                             SppTransportFunc   func,
                                             gpointer           user_data,
                                             GDestroyNotify     destroy);

/* Drops what has arrived. Closing a socket with unread bytes would take from
 * the peer what it has not read yet either. */
void          spp_transport_discard_input   (SppTransport      *self);

/* Ends what waits, and closes the stream as soon as nothing is under way in it.
 * @func is called then, from the main context. To be called once. */
void          spp_transport_close           (SppTransport      *self,
                                             SppTransportFunc   func,
                                             gpointer           user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppTransport, spp_transport_unref)

G_END_DECLS
