/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <chat-store.h>
#include <spp.h>

G_BEGIN_DECLS

/* A folder of its own for a store. */
typedef struct
{
  char *folder;
  char *path;
} ChatStoreFixture;

void       chat_store_set_up    (ChatStoreFixture *fixture,
                                 gconstpointer     data);
void       chat_store_tear_down (ChatStoreFixture *fixture,
                                 gconstpointer     data);

/* The store at @path, which has to open. */
ChatStore *chat_must_open_store (const char       *path);
/* 32 bytes of @byte */
GBytes    *chat_make_key        (guint8            byte);
/* The id of a new contact, whose key is @key_byte all over. */
gint64     chat_store_contact   (ChatStore        *store,
                                 guint8            key_byte,
                                 const char       *name);

G_END_DECLS
