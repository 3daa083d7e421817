/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp.h"

G_BEGIN_DECLS

/* Both ends know both keys. (transfer full) */
static inline SppPrivateKey *
bench_private_key (gboolean server)
{
  guint8 seed[SPP_PRIVATE_KEY_SIZE] = { server ? 's' : 'c', };

  return spp_private_key_new_from_seed (seed, sizeof seed, NULL);
}

/* (transfer full) */
static inline SppPublicKey *
bench_public_key (gboolean server)
{
  g_autoptr (SppPrivateKey) key = bench_private_key (server);

  return spp_public_key_ref (spp_private_key_get_public_key (key));
}

G_END_DECLS
