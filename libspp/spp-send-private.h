/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

#include "spp-source-private.h"

G_BEGIN_DECLS

/* A message on its way out. */
typedef struct
{
  GList    link;        /* in one of the queues */
  GTask   *task;        /* owned; NULL when nobody asked */
  GBytes  *payload;     /* owned; NULL once sealed, and for a stream */
  SppSource *source;    /* owned, nullable: where the message comes from */
  GSource *cancelled;   /* owned, nullable; attached while it waits */
  gsize    size;
  gsize    queued;      /* so much of it counts as waiting */
  gsize    offset;      /* so much is sealed */
  gsize    end;         /* in the write buffer */
} SppSend;

/* @task is (nullable): nobody asks. Of @payload and @source (transfer full) one is
 * NULL. */
SppSend *spp_send_new            (GTask        *task,
                                  GBytes       *payload,
                                  SppSource    *source);
void     spp_send_free           (SppSend      *send);
/* It can no longer be taken back. */
void     spp_send_drop_cancelled (SppSend      *send);

/* Queues of them, through their links. */
SppSend *spp_send_queue_pop      (GQueue       *queue);
void     spp_send_queue_clear    (GQueue       *queue);
/* Tells who asks: success, or @error (nullable). The callbacks may do anything. */
void     spp_send_queue_return   (GQueue       *queue,
                                  const GError *error);

G_END_DECLS
