/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What the application says for a text of its sources: in the language of the
 * test, taken from the catalogue that the application has.
 */

#pragma once

#include <glib.h>
#include <libintl.h>

G_BEGIN_DECLS

#define E2E_DOMAIN "spp-chat"
#define T(text) dgettext (E2E_DOMAIN, text)
#define CT(context, text) g_dpgettext2 (E2E_DOMAIN, context, text)

/* Makes the test, and what it starts, speak the language of @locale. */
void  e2e_words_init    (const char *locale,
                         const char *folder);
/* A pattern that matches what @format becomes, whatever is put into it. */
char *e2e_words_pattern (const char *format);
/* What GTK says, which is in a catalogue of its own; without the underscore. */
char *e2e_words_of_gtk  (const char *text);

G_END_DECLS
