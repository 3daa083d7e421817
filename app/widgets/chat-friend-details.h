/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  CHAT_DETAIL_NONE,
  CHAT_DETAIL_NAME,
  CHAT_DETAIL_HOST,
  CHAT_DETAIL_PORT,
} ChatDetail;

/* What was typed as name and address. */
typedef struct
{
  char       *name;
  char       *host;
  guint16     port;
  ChatDetail  wrong;    /* the first that cannot stand */
  const char *sentence; /* (nullable): why, unless it is just not there yet */
} ChatFriendDetails;

/* Fills @details, which is zeroed, from what stands in the entries. */
void chat_friend_details_read  (ChatFriendDetails *details,
                                const char        *name,
                                const char        *host,
                                const char        *port);
void chat_friend_details_clear (ChatFriendDetails *details);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ChatFriendDetails, chat_friend_details_clear)

G_END_DECLS
