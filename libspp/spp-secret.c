/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-secret-private.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "spp-crypto-private.h"

/* The bytes themselves are the object: nothing else needs to be known of them
 * here, and so no size can come to differ from the allocation. */
struct _SppSecret
{
  guint8 bytes[1];
};

SppSecret *
spp_secret_new (gsize size)
{
  SppSecret *self;

  spp_crypto_init ();
  self = sodium_malloc (size);
  if (self == NULL)
    g_error ("No locked memory for %" G_GSIZE_FORMAT " bytes: %s", size, g_strerror (errno));
  return self;
}

SppSecret *
spp_secret_new_random (gsize size)
{
  SppSecret *self = spp_secret_new (size);

  randombytes_buf (self->bytes, size);
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
  sodium_free (self);
}

void
spp_secret_wipe (void  *memory,
                 gsize  size)
{
  sodium_memzero (memory, size);
}
