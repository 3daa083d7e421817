/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* What protects a session. */

#include "spp-session-private.h"

#include <string.h>

/* 18 digits are about 60 bits: more than can be tried while a handshake waits. */
#define CODE_MODULUS G_GUINT64_CONSTANT (1000000000000000000)
#define CODE_DIGITS 18
#define CODE_GROUP 3

/**
 * spp_session_is_post_quantum:
 * @self: a session
 *
 * Tells whether ML-KEM had a part in the keys; see
 * [property@Session:post-quantum].
 *
 * Returns: `TRUE` if it had
 *
 * Since: 0.1
 */
gboolean
spp_session_is_post_quantum (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), FALSE);

  return self->post_quantum;
}

/**
 * spp_session_get_rekeys:
 * @self: a session
 *
 * Gets how often both ends have agreed on new keys since the session began.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
spp_session_get_rekeys (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), 0);

  return self->rekeys;
}

/**
 * spp_session_get_channel_binding:
 * @self: a session
 *
 * Gets what both ends share and no other session has, to bind something else to
 * this session: the handshake hash of SPP/2, and a hash of the key, the identities and
 * the ephemerals in SPP/1. It is no secret.
 *
 * Returns: (transfer none): 32 bytes
 *
 * Since: 0.1
 */
GBytes *
spp_session_get_channel_binding (SppSession *self)
{
  g_return_val_if_fail (SPP_IS_SESSION (self), NULL);

  return self->channel_binding;
}

/**
 * spp_session_dup_code:
 * @self: a session
 *
 * Makes a code that two friends can read to each other, 18 digits in groups of
 * three: where it is the same at both ends, nobody sits in between.
 *
 * By SPP/1 that is the only way to know whether the session is really with the one
 * whose key it shows. SPP/2 needs no such comparison.
 *
 * Returns: (transfer full): the code
 *
 * Since: 0.1
 */
char *
spp_session_dup_code (SppSession *self)
{
  char digits[CODE_DIGITS + 1];
  GString *code;
  guint64 number;

  g_return_val_if_fail (SPP_IS_SESSION (self), NULL);

  code = g_string_new (NULL);
  memcpy (&number, g_bytes_get_data (self->channel_binding, NULL), sizeof number);
  g_snprintf (digits, sizeof digits, "%018" G_GUINT64_FORMAT,
              GUINT64_FROM_BE (number) % CODE_MODULUS);
  for (guint i = 0; i < CODE_DIGITS; i++)
    {
      if (i > 0 && i % CODE_GROUP == 0)
        g_string_append_c (code, ' ');
      g_string_append_c (code, digits[i]);
    }
  return g_string_free (code, FALSE);
}
