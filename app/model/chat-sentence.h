/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One plain sentence or two, in the user's language, that say what happened and
 * what can be done.
 * @name: the friend's
 * @address: (nullable): the host that was called; NULL for a session that was
 *   already there */
char *chat_sentence_for_error (const GError *error,
                               const char   *name,
                               const char   *address);

G_END_DECLS
