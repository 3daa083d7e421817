/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-flooding.h"

/* Together 5,000 connections, of processes with as many descriptors as most
 * systems allow each without being asked. */
#define FLOOD(name, first_source, n_sources, bound) \
  { name, "nothing", 5, 1000, first_source, n_sources, bound }

static const HostileFlood floods[] =
  {
    FLOOD ("one-address", "127.0.0.2", 1, 8),
    FLOOD ("friends-address", "127.0.0.1", 1, 8),
    FLOOD ("few-addresses", "127.0.0.2", 5, 40),
    FLOOD ("many-addresses", "127.1.0.1", 250, 64),
  };

static void
test_flood (gconstpointer data)
{
  HostileWorld world = { 0 };

  g_test_summary ("While 5,000 connections say nothing, and after, a friend gets a session "
                  "within a second, and descriptors stay bounded");
  hostile_world_set_up (&world, NULL);
  hostile_flood_run (&world, data);
  hostile_world_tear_down (&world, NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      g_autofree char *path = g_strdup_printf ("/spp/hostile/flood/%s", floods[i].name);

      g_test_add_data_func (path, &floods[i], test_flood);
    }

  return g_test_run ();
}
