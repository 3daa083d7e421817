/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "hostile-world.h"

G_BEGIN_DECLS

#define HOSTILE_MAX_FLOODERS 5

/* Many connections of processes of their own, at the program that SPP_TEST_FLOOD
 * names. */
typedef struct
{
  const char *name;
  const char *says;            /* on each connection: "nothing" or "message1" */
  guint       n_flooders;
  guint       n_connections;   /* of each */
  const char *first_source;
  guint       n_sources;
  guint       bound;           /* handshakes under way */
} HostileFlood;

/* Sees that meanwhile, and after, the friend gets a session in time, and that
 * descriptors stay bounded. */
void hostile_flood_run (HostileWorld       *world,
                        const HostileFlood *flood);

G_END_DECLS
