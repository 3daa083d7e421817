/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile-flooding.h"
#include "hostile2-world.h"

#define MAX_OF_ADDRESS 8
/* Chance leaves out one of them in fewer than one of 10^16 runs. */
#define TRIES 300

#define FLOOD(name, first_source, n_sources, bound) \
  { name, "message1", 3, 800, first_source, n_sources, bound }

static const HostileFlood floods[] =
  {
    FLOOD ("friends-address", "127.0.0.1", 1, MAX_OF_ADDRESS),
    FLOOD ("few-addresses", "127.0.0.2", 5, 40),
    FLOOD ("many-addresses", "127.1.0.1", 250, 64),
  };

static void
test_flood (gconstpointer data)
{
  HostileWorld world = { 0 };

  g_test_summary ("While 2,400 connections say message 1 and no more, and after, a friend gets a "
                  "session within a second, and descriptors stay bounded");
  hostile2_set_up (&world, NULL);
  hostile_flood_run (&world, data);
  hostile2_tear_down (&world, NULL);
}

/* Who has said message 1 and waits when one more calls from the same address. */
static guint
find_replaced (HostileWorld *world)
{
  Hostile2Peer *peers[MAX_OF_ADDRESS + 1];
  guint replaced = 0;
  guint n_replaced = 0;

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      guint8 first[SPP2_MESSAGE1_FRAME];
      guint8 second[SPP2_MESSAGE2_FRAME];

      peers[i] = hostile2_connect (world, HOSTILE_SERVICE);
      spp2_hand_make_message1 (peers[i]->hand, first);
      hostile_peer_write (peers[i]->wire, first, sizeof first);
      g_assert_cmpuint (hostile_peer_read (peers[i]->wire, second, sizeof second), ==,
                        sizeof second);
    }
  spp_test_settle ();
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      if (hostile_peer_is_cut_off (peers[i]->wire))
        {
          replaced = i;
          n_replaced++;
        }
      hostile_stop (peers[i]->wire, HOSTILE_RESET);
      hostile2_peer_free (peers[i]);
    }
  g_assert_cmpuint (n_replaced, ==, 1);
  return replaced;
}

static void
test_random (HostileWorld  *world,
             gconstpointer  data)
{
  gboolean seen[MAX_OF_ADDRESS + 1] = { FALSE };
  guint n_seen = 0;

  g_test_summary ("One call too many replaces one at random, so that nobody can be thrown out "
                  "on purpose, but not itself");
  for (guint i = 0; i < TRIES && n_seen < MAX_OF_ADDRESS; i++)
    {
      guint replaced = find_replaced (world);

      g_assert_cmpuint (replaced, <, MAX_OF_ADDRESS);
      n_seen += !seen[replaced];
      seen[replaced] = TRUE;
      /* Those before have noticed by then that they were left. */
      while (world->refusals->len < (i + 1) * (MAX_OF_ADDRESS + 1))
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (n_seen, ==, MAX_OF_ADDRESS);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      g_autofree char *path = g_strdup_printf ("/spp/hostile2/flood/%s", floods[i].name);

      g_test_add_data_func (path, &floods[i], test_flood);
    }

  HOSTILE2_ADD ("/spp/hostile2/flood/random", NULL, test_random);

  return g_test_run ();
}
