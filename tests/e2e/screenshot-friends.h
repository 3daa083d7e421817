/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Who is seen on the screenshots, and what they have said to each other. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SCREENSHOT_PROFILE "screenshots"
/* The friends whose chats are shown. */
#define SCREENSHOT_FRIEND "Mira"
#define SCREENSHOT_OTHER_FRIEND "Jonas"
/* Somebody who is about to become a friend, and where. */
#define SCREENSHOT_NEW_FRIEND "Leonie"
#define SCREENSHOT_NEW_ADDRESS "leonie.example.org"
#define SCREENSHOT_NEW_PORT "4817"

/* Makes the profile below @data_home. Files with the keys of it and of those who
 * are online, FOLDER/NAME.pub and FOLDER/NAME.key, are for tests/peers. Gives the
 * port on which the friends can call. */
guint16            screenshot_friends_make       (const char  *data_home,
                                                  const char  *folder,
                                                  GError     **error);
/* The names of those who are online, ended by NULL. */
const char *const *screenshot_friends_get_online (void);
/* The key of the one who is about to become a friend, as text. */
char              *screenshot_friends_make_key   (void);

G_END_DECLS
