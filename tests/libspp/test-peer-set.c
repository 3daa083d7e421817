/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <gio/gunixsocketaddress.h>

#include "spp-peer-set-private.h"
#include "spp-private-key.h"
#include "spp-test-utils.h"

#define N_LIKELY 8

static SppPublicKey *
make_key (void)
{
  g_autoptr (SppPrivateKey) key = spp_private_key_generate ();

  return spp_public_key_ref (spp_private_key_get_public_key (key));
}

static GBytes *
origin_of (const char *host)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (host, 7531);

  g_assert_nonnull (address);
  return spp_peer_set_origin_of (address);
}

static void
test_origins (void)
{
  static const struct
  {
    const char *a;
    const char *b;
    gboolean    same;
  } cases[] = {
    { "192.0.2.1", "192.0.2.1", TRUE },
    { "192.0.2.1", "192.0.2.2", FALSE },
    { "2001:db8::1", "2001:db8::ffff:1", TRUE },
    { "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", TRUE },
    { "2001:db8::1", "2001:db8:0:1::1", FALSE },
    { "2001:db8::1", "192.0.2.1", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) a = origin_of (cases[i].a);
      g_autoptr (GBytes) b = origin_of (cases[i].b);

      g_assert_cmpint (g_bytes_equal (a, b), ==, cases[i].same);
    }
}

static void
test_no_origin (void)
{
  g_autoptr (GSocketAddress) local = g_unix_socket_address_new ("/nowhere");

  g_assert_null (spp_peer_set_origin_of (NULL));
  g_assert_null (spp_peer_set_origin_of (local));
}

static void
test_likely (void)
{
  SppPeerSet *set = spp_peer_set_new ();
  g_autoptr (GPtrArray) keys = NULL;
  g_autoptr (GPtrArray) likely = NULL;
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GBytes) home = origin_of ("192.0.2.1");
  g_autoptr (GBytes) away = origin_of ("192.0.2.2");

  keys = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
  for (guint i = 0; i < 2 * N_LIKELY; i++)
    {
      g_ptr_array_add (keys, make_key ());
      g_assert_true (spp_peer_set_add (set, keys->pdata[i]));
      g_assert_false (spp_peer_set_add (set, keys->pdata[i]));
      spp_peer_set_saw (set, keys->pdata[i], i == 0 ? home : away);
    }
  all = spp_peer_set_dup_all (set);
  g_assert_cmpuint (all->len, ==, 2 * N_LIKELY);

  /* Who called from there before, however long ago, then who called last. */
  likely = spp_peer_set_dup_likely (set, home);
  g_assert_cmpuint (likely->len, ==, 1 + N_LIKELY);
  g_assert_true (spp_public_key_equal (likely->pdata[0], keys->pdata[0]));
  for (guint i = 0; i < N_LIKELY; i++)
    g_assert_true (spp_public_key_equal (likely->pdata[1 + i], keys->pdata[2 * N_LIKELY - 1 - i]));

  /* Who moves, or goes, is not expected there any longer. */
  spp_peer_set_saw (set, keys->pdata[0], away);
  g_assert_true (spp_peer_set_remove (set, keys->pdata[1]));
  g_assert_false (spp_peer_set_remove (set, keys->pdata[1]));
  g_assert_false (spp_peer_set_contains (set, keys->pdata[1]));
  g_clear_pointer (&likely, g_ptr_array_unref);
  likely = spp_peer_set_dup_likely (set, home);
  g_assert_cmpuint (likely->len, ==, N_LIKELY);
  g_assert_true (spp_public_key_equal (likely->pdata[0], keys->pdata[0]));

  spp_peer_set_unref (set);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/spp/peer-set/origins", test_origins);
  g_test_add_func ("/spp/peer-set/no-origin", test_no_origin);
  g_test_add_func ("/spp/peer-set/likely", test_likely);

  return g_test_run ();
}
