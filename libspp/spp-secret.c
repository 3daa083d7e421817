/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-secret-private.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "spp-crypto-private.h"

/* An allocation of sodium_malloc() takes four mappings and several system
 * calls; with one for each key, ten thousand sessions would run into the limit
 * of mappings and each handshake would wait for the kernel. So secrets share
 * such allocations, as many as fit on a page beside the canary. */
#define SLOT_SIZE 64
#define N_SLOTS 63

G_STATIC_ASSERT (SPP_SECRET_MAX_SIZE == SLOT_SIZE);

/* The bytes themselves are the object: nothing else needs to be known of them
 * here, and so no size can come to differ from the allocation. */
struct _SppSecret
{
  guint8 bytes[SLOT_SIZE];
};

typedef struct
{
  SppSecret *slots;     /* N_SLOTS of them, in locked memory */
  guint64    taken;     /* a bit for each */
} Slab;

static GMutex slabs_lock;
static GArray *slabs;   /* Slab */

static Slab *
add_slab (void)
{
  Slab slab = { NULL, 0 };

  spp_crypto_init ();
  slab.slots = sodium_allocarray (N_SLOTS, SLOT_SIZE);
  if (slab.slots == NULL)
    g_error ("No locked memory for keys: %s", g_strerror (errno));
  g_array_append_val (slabs, slab);
  return &g_array_index (slabs, Slab, slabs->len - 1);
}

static Slab *
find_slab_with_room (void)
{
  for (guint i = slabs->len; i > 0; i--)
    {
      Slab *slab = &g_array_index (slabs, Slab, i - 1);

      if (slab->taken != (G_GUINT64_CONSTANT (1) << N_SLOTS) - 1)
        return slab;
    }
  return add_slab ();
}

SppSecret *
spp_secret_new (gsize size)
{
  g_autoptr (GMutexLocker) locker = NULL;
  Slab *slab;
  guint slot = 0;

  g_assert (size <= SLOT_SIZE);

  locker = g_mutex_locker_new (&slabs_lock);
  if (slabs == NULL)
    slabs = g_array_new (FALSE, FALSE, sizeof (Slab));
  slab = find_slab_with_room ();
  while (slab->taken >> slot & 1)
    slot++;
  slab->taken |= G_GUINT64_CONSTANT (1) << slot;
  return slab->slots + slot;
}

SppSecret *
spp_secret_new_random (gsize size)
{
  SppSecret *self = spp_secret_new (size);

  spp_crypto_random (self->bytes, size);
  return self;
}

SppSecret *
spp_secret_new_copy (const guint8 *bytes,
                     gsize         size)
{
  SppSecret *self = spp_secret_new (size);

  memcpy (self->bytes, bytes, size);
  return self;
}

guint8 *
spp_secret_get (SppSecret *self)
{
  return self->bytes;
}

void
spp_secret_free (SppSecret *self)
{
  g_autoptr (GMutexLocker) locker = NULL;

  sodium_memzero (self->bytes, SLOT_SIZE);

  locker = g_mutex_locker_new (&slabs_lock);
  for (guint i = 0; i < slabs->len; i++)
    {
      Slab *slab = &g_array_index (slabs, Slab, i);

      if (self < slab->slots || self >= slab->slots + N_SLOTS)
        continue;
      slab->taken &= ~(G_GUINT64_CONSTANT (1) << (self - slab->slots));
      if (slab->taken == 0)
        {
          sodium_free (slab->slots);
          g_array_remove_index_fast (slabs, i);
        }
      if (slabs->len == 0)
        g_clear_pointer (&slabs, g_array_unref);
      return;
    }
  g_assert_not_reached ();
}

void
spp_secret_wipe (void  *memory,
                 gsize  size)
{
  sodium_memzero (memory, size);
}
