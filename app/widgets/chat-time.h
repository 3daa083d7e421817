/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Points in time (unix time in microseconds) in words, in local time. */

/* "14:03" */
char     *chat_time_dup_clock (gint64 time);
/* "14:03", "Yesterday", "Monday" or "3 May", whichever is the shortest that is
 * not ambiguous. */
char     *chat_time_dup_short (gint64 time);
/* "Today", "Yesterday", "Monday, 3 May" */
char     *chat_time_dup_day   (gint64 time);
/* All of it, for tooltips. */
char     *chat_time_dup_full  (gint64 time);
gboolean  chat_time_same_day  (gint64 a,
                               gint64 b);

G_END_DECLS
