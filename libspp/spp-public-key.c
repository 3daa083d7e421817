/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-public-key-private.h"

#include <string.h>

#include "spp-bech32-private.h"
#include "spp-crypto-private.h"
#include "spp-error.h"

#define TEXT_PREFIX "spp"
/* Much more than any text form with blanks in between takes. */
#define MAX_TEXT_LENGTH 1024
#define FINGERPRINT_SIZE 16

/**
 * SppPublicKey:
 *
 * The public key of a friend, or one's own: who somebody is.
 *
 * It is an Ed25519 public key (RFC 8032), and always a valid one: a point on
 * the curve, in canonical form, in the prime-order group. The object never
 * changes and may be used from any thread.
 *
 * As text a key is Bech32m (BIP 350) with the prefix `spp`, so that a mistyped
 * character is noticed; in files it is its raw 32 bytes.
 *
 * Since: 0.1
 */
struct _SppPublicKey
{
  GBytes *bytes;
  char   *text;
  guint8  x25519[SPP_CRYPTO_X25519_SIZE];
};

G_STATIC_ASSERT (SPP_PUBLIC_KEY_SIZE == SPP_CRYPTO_SIGN_PUBLIC_SIZE);

G_DEFINE_BOXED_TYPE (SppPublicKey, spp_public_key, spp_public_key_ref, spp_public_key_unref)

static SppPublicKey *
public_key_new (const guint8   raw[SPP_PUBLIC_KEY_SIZE],
                GError       **error)
{
  SppPublicKey *self;
  guint8 x25519[SPP_CRYPTO_X25519_SIZE];

  spp_crypto_init ();
  if (!spp_crypto_is_valid_public (raw) || !spp_crypto_convert_public (x25519, raw))
    {
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_INVALID_KEY,
                           "These 32 bytes are not a valid Ed25519 public key");
      return NULL;
    }

  self = g_atomic_rc_box_new0 (SppPublicKey);
  self->bytes = g_bytes_new (raw, SPP_PUBLIC_KEY_SIZE);
  self->text = spp_bech32_encode (TEXT_PREFIX, raw, SPP_PUBLIC_KEY_SIZE);
  memcpy (self->x25519, x25519, sizeof x25519);
  return self;
}

const guint8 *
spp_public_key_get_x25519 (SppPublicKey *self)
{
  return self->x25519;
}

guint
spp_public_key_hash_x25519 (gconstpointer self)
{
  guint hash;

  /* Any bytes of a key are as good as random. */
  memcpy (&hash, ((const SppPublicKey *) self)->x25519, sizeof hash);
  return hash;
}

gboolean
spp_public_key_equal_x25519 (gconstpointer a,
                             gconstpointer b)
{
  return spp_crypto_equal (((const SppPublicKey *) a)->x25519,
                           ((const SppPublicKey *) b)->x25519, SPP_CRYPTO_X25519_SIZE);
}

static void
public_key_clear (SppPublicKey *self)
{
  g_bytes_unref (self->bytes);
  g_free (self->text);
}

/* Text without its blanks: keys are pasted with line breaks and in groups. */
static char *
dup_without_blanks (const char *text,
                    gsize       length)
{
  GString *result = g_string_sized_new (length);

  for (gsize i = 0; i < length && text[i] != '\0'; i++)
    if (!g_ascii_isspace (text[i]))
      g_string_append_c (result, text[i]);
  return g_string_free (result, FALSE);
}

static SppPublicKey *
public_key_new_from_text (const char  *text,
                          gsize        length,
                          GError     **error)
{
  guint8 raw[SPP_PUBLIC_KEY_SIZE];
  g_autofree char *plain = NULL;
  SppBech32Result bech32;

  if (length > MAX_TEXT_LENGTH)
    {
      g_set_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY,
                   "A text of %" G_GSIZE_FORMAT " characters is too long for a key", length);
      return NULL;
    }

  plain = dup_without_blanks (text, length);
  bech32 = spp_bech32_decode (raw, sizeof raw, TEXT_PREFIX, plain);
  if (bech32 == SPP_BECH32_MISTYPED)
    {
      g_set_error_literal (error, SPP_ERROR, SPP_ERROR_MISTYPED_KEY,
                           "The key is mistyped: at least one character is wrong or missing");
      return NULL;
    }
  if (bech32 == SPP_BECH32_OK
      || spp_crypto_decode_hex (raw, sizeof raw, plain)
      || spp_crypto_decode_base64 (raw, sizeof raw, plain))
    return public_key_new (raw, error);

  g_set_error_literal (error, SPP_ERROR, SPP_ERROR_INVALID_KEY,
                       "This is not a key: neither text that begins with “spp1”, "
                       "nor 64 hexadecimal digits, nor base64 of 32 bytes");
  return NULL;
}

/**
 * spp_public_key_new_from_bytes:
 * @bytes: the raw key, %SPP_PUBLIC_KEY_SIZE bytes
 * @error: return location for an error
 *
 * Makes a public key from its raw form.
 *
 * What is not a valid point of prime order is refused with
 * %SPP_ERROR_INVALID_KEY: for some such points anybody can make signatures.
 *
 * Returns: (transfer full): the key
 *
 * Since: 0.1
 */
SppPublicKey *
spp_public_key_new_from_bytes (GBytes  *bytes,
                               GError **error)
{
  gsize size;
  const guint8 *raw;

  g_return_val_if_fail (bytes != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  raw = g_bytes_get_data (bytes, &size);
  if (size != SPP_PUBLIC_KEY_SIZE)
    {
      g_set_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY,
                   "A public key has 32 bytes, not %" G_GSIZE_FORMAT, size);
      return NULL;
    }
  return public_key_new (raw, error);
}

/**
 * spp_public_key_new_from_string:
 * @text: a key as text
 * @error: return location for an error
 *
 * Reads a public key from text: Bech32m with the prefix `spp`, 64 hexadecimal
 * digits, or base64 of 32 bytes. Blanks and line breaks do not count.
 *
 * Fails with %SPP_ERROR_MISTYPED_KEY if the checksum of the first form does not
 * fit, and with %SPP_ERROR_INVALID_KEY for anything else that is not a key.
 *
 * Returns: (transfer full): the key
 *
 * Since: 0.1
 */
SppPublicKey *
spp_public_key_new_from_string (const char  *text,
                                GError     **error)
{
  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return public_key_new_from_text (text, strlen (text), error);
}

/**
 * spp_public_key_new_from_file_contents:
 * @contents: all of a file
 * @error: return location for an error
 *
 * Reads a public key from the contents of a file: its raw 32 bytes, or text as
 * [ctor@PublicKey.new_from_string] takes it.
 *
 * Returns: (transfer full): the key
 *
 * Since: 0.1
 */
SppPublicKey *
spp_public_key_new_from_file_contents (GBytes  *contents,
                                       GError **error)
{
  gsize size;
  const guint8 *data;

  g_return_val_if_fail (contents != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  data = g_bytes_get_data (contents, &size);
  if (size == SPP_PUBLIC_KEY_SIZE)
    return public_key_new (data, error);
  return public_key_new_from_text ((const char *) data, size, error);
}

/**
 * spp_public_key_ref:
 * @self: a public key
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
SppPublicKey *
spp_public_key_ref (SppPublicKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

/**
 * spp_public_key_unref:
 * @self: (transfer full): a public key
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
spp_public_key_unref (SppPublicKey *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, (GDestroyNotify) public_key_clear);
}

/**
 * spp_public_key_get_bytes:
 * @self: a public key
 *
 * Gets the raw key, %SPP_PUBLIC_KEY_SIZE bytes.
 *
 * Returns: (transfer none): the bytes
 *
 * Since: 0.1
 */
GBytes *
spp_public_key_get_bytes (SppPublicKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->bytes;
}

/**
 * spp_public_key_get_string:
 * @self: a public key
 *
 * Gets the key as text: 62 characters of Bech32m that begin with `spp1`.
 *
 * Returns: (transfer none): the text
 *
 * Since: 0.1
 */
const char *
spp_public_key_get_string (SppPublicKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->text;
}

/**
 * spp_public_key_dup_fingerprint:
 * @self: a public key
 *
 * Makes a short form of the key to compare by eye: the first 16 bytes of its
 * SHA-256 as eight groups of four hexadecimal digits.
 *
 * Returns: (transfer full): the fingerprint
 *
 * Since: 0.1
 */
char *
spp_public_key_dup_fingerprint (SppPublicKey *self)
{
  guint8 digest[SPP_CRYPTO_DIGEST_SIZE];
  GString *text;

  g_return_val_if_fail (self != NULL, NULL);

  spp_crypto_sha256 (digest, g_bytes_get_data (self->bytes, NULL), SPP_PUBLIC_KEY_SIZE);
  text = g_string_new (NULL);
  for (guint i = 0; i < FINGERPRINT_SIZE; i++)
    g_string_append_printf (text, "%s%02x", i > 0 && i % 2 == 0 ? " " : "", digest[i]);
  return g_string_free (text, FALSE);
}

/**
 * spp_public_key_hash:
 * @key: (type SppPublicKey): a public key
 *
 * A hash for [struct@GLib.HashTable].
 *
 * Returns: the hash
 *
 * Since: 0.1
 */
guint
spp_public_key_hash (gconstpointer key)
{
  const SppPublicKey *self = key;

  g_return_val_if_fail (self != NULL, 0);

  return g_bytes_hash (self->bytes);
}

/**
 * spp_public_key_equal:
 * @a: (type SppPublicKey): a public key
 * @b: (type SppPublicKey): another
 *
 * Tells whether two keys are the same.
 *
 * Returns: `TRUE` if they are
 *
 * Since: 0.1
 */
gboolean
spp_public_key_equal (gconstpointer a,
                      gconstpointer b)
{
  return spp_public_key_compare (a, b) == 0;
}

/**
 * spp_public_key_compare:
 * @a: (type SppPublicKey): a public key
 * @b: (type SppPublicKey): another
 *
 * Orders keys by their raw bytes, as `memcmp()` does.
 *
 * Returns: a number below, equal to or above 0
 *
 * Since: 0.1
 */
int
spp_public_key_compare (gconstpointer a,
                        gconstpointer b)
{
  const SppPublicKey *first = a;
  const SppPublicKey *second = b;

  g_return_val_if_fail (first != NULL, 0);
  g_return_val_if_fail (second != NULL, 0);

  return g_bytes_compare (first->bytes, second->bytes);
}
