/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DEMO_N_PEOPLE 2

typedef struct
{
  const char *profile;
  const char *name;
  const char *friend_name;
  /* Waits on disk until the two programs are connected */
  const char *greeting;
} DemoPerson;

extern const DemoPerson demo_people[DEMO_N_PEOPLE];

/* Makes both profiles below @data_home, friends with each other and with some
 * messages that really went over the loopback interface. */
gboolean demo_make_people (GFile   *data_home,
                           GError **error);

G_END_DECLS
