/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A message that is read while it comes: a pollable GInputStream, filled by its
 * session. It ends only when the message has come whole. */

#define SPP_TYPE_MESSAGE_STREAM (spp_message_stream_get_type ())

G_DECLARE_FINAL_TYPE (SppMessageStream, spp_message_stream, SPP, MESSAGE_STREAM, GInputStream)

/* What the session does for the stream. */
typedef struct
{
  /* So many bytes have been read, or will not be. */
  void     (*taken) (gpointer          owner,
                     gsize             size);
  /* Waits until something has come. */
  gboolean (*wait)  (gpointer          owner,
                     GCancellable     *cancellable,
                     GError          **error);
  /* Nobody reads it any more. */
  void     (*gone)  (gpointer          owner,
                     SppMessageStream *stream);
} SppMessageStreamOwner;

/* @owner is (transfer full), and kept until the message is whole. */
SppMessageStream *spp_message_stream_new    (const SppMessageStreamOwner *funcs,
                                             GObject                     *owner);
void              spp_message_stream_push   (SppMessageStream            *self,
                                             const guint8                *data,
                                             gsize                        size);
/* The message is whole. */
void              spp_message_stream_finish (SppMessageStream            *self);
/* It will never be; what has come can still be read. */
void              spp_message_stream_fail   (SppMessageStream            *self,
                                             const GError                *error);

G_END_DECLS
