/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A link to a public key is spp:KEY, with the key in any of its text forms. */

/* Whether @text is meant as such a link, whatever comes after the colon. */
gboolean  chat_key_link_is_link (const char *text);

/* What comes after the colon of a link, for the one who reads keys; any other
 * text as it is. Percent escapes are undone once, all of them or none: text that
 * is broken by them is no key with them either. */
char     *chat_key_link_dup_key (const char *text);

G_END_DECLS
