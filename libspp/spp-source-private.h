/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A stream that a message is read from while it is sent, a part at a time. */
typedef struct _SppSource SppSource;

typedef void (*SppSourceFunc) (gpointer user_data);

/* @func is called, from the main context, when a part that was waited for is
 * there, or the end, or an error. */
SppSource *spp_source_new      (GInputStream  *stream,
                                gsize          part_size,
                                SppSourceFunc  func,
                                gpointer       user_data);
/* What is under way comes back to nobody. */
void       spp_source_free     (SppSource     *self);

/* The next part (transfer full), which is empty at the end: NULL with WOULD_BLOCK
 * when it has to be waited for, which begins by that. */
GBytes    *spp_source_take     (SppSource     *self,
                                GError       **error);
/* TRUE when there is a part, the end or an error to be taken. */
gboolean   spp_source_is_ready (SppSource     *self);

G_END_DECLS
