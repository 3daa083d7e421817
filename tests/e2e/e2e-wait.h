/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Waiting for a condition by running the main context, never by sleeping. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef gboolean (*E2eCondition) (gpointer user_data);

/* Whether @condition came true within @seconds (E2E_TIMEOUT_MULTIPLIER times). */
gboolean e2e_wait_seconds (E2eCondition condition,
                           gpointer     user_data,
                           guint        seconds);
/* The same with the deadline that is generous for anything on one machine. */
gboolean e2e_wait_until   (E2eCondition condition,
                           gpointer     user_data);

G_END_DECLS
