/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 *
 * Makes a key of one's own, in two files of 32 raw bytes.
 *
 *   make-key PRIVATE-KEY-FILE PUBLIC-KEY-FILE
 */

#include <spp.h>

int
main (int   argc,
      char *argv[])
{
  g_autoptr (SppPrivateKey) own = NULL;
  g_autoptr (GError) error = NULL;
  SppPublicKey *public;
  GBytes *bytes;
  const guint8 *seed;
  gsize length;

  if (argc != 3)
    {
      g_printerr ("Usage: make-key PRIVATE-KEY-FILE PUBLIC-KEY-FILE\n");
      return 2;
    }

  own = spp_private_key_generate ();
  public = spp_private_key_get_public_key (own);
  seed = spp_private_key_get_seed (own, &length);
  bytes = spp_public_key_get_bytes (public);
  if (!g_file_set_contents_full (argv[1], (const char *) seed, length,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error)
      || !g_file_set_contents (argv[2], g_bytes_get_data (bytes, NULL), SPP_PUBLIC_KEY_SIZE,
                               &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  g_print ("%s\n", spp_public_key_get_string (public));
  return 0;
}
