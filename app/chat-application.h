/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CHAT_TYPE_APPLICATION (chat_application_get_type ())

/* One application for each profile: its identifier carries the profile's name,
 * so that several run beside each other. */
G_DECLARE_FINAL_TYPE (ChatApplication, chat_application, CHAT, APPLICATION, AdwApplication)

ChatApplication *chat_application_new            (void);
/* The application identifier for a profile. */
char            *chat_application_dup_profile_id (const char *profile);

G_END_DECLS
