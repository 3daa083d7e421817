/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>
#include <sqlite3.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close)

/* Opens or makes the database at @path and brings it to the newest schema.
 * @migrations: (nullable): the SQL of each step, ended by NULL; those of
 *   ChatStore by default. A database that has had the first n of them has the
 *   user_version n. A copy of it is kept before the next one runs. */
sqlite3 *chat_store_schema_open (const char         *path,
                                 const char *const  *migrations,
                                 GError            **error);

/* What @code means for the database at @path, as a sentence. */
void     chat_store_set_error   (GError            **error,
                                 int                 code,
                                 const char         *path);

G_END_DECLS
