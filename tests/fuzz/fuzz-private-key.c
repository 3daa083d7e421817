/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <sodium.h>
#include <string.h>

#include "chat-profile.h"
#include "fuzz-stream.h"
#include "fuzz.h"
#include "spp-error.h"
#include "spp-private-key-private.h"

/* One's own key: the bytes themselves, and a file of them.
 *
 * Input: how many bytes one read gives; whether reading ends with an error; the
 * contents. */

/* ## A file in memory */

#define FUZZ_TYPE_FILE_STREAM (fuzz_file_stream_get_type ())
G_DECLARE_FINAL_TYPE (FuzzFileStream, fuzz_file_stream, FUZZ, FILE_STREAM, GFileInputStream)

struct _FuzzFileStream
{
  GFileInputStream  parent_instance;

  GInputStream     *base;   /* owned */
};

G_DEFINE_FINAL_TYPE (FuzzFileStream, fuzz_file_stream, G_TYPE_FILE_INPUT_STREAM)

static gssize
fuzz_file_stream_read (GInputStream  *stream,
                       void          *buffer,
                       gsize          count,
                       GCancellable  *cancellable,
                       GError       **error)
{
  return g_input_stream_read (FUZZ_FILE_STREAM (stream)->base, buffer, count, cancellable, error);
}

static void
fuzz_file_stream_finalize (GObject *object)
{
  g_object_unref (FUZZ_FILE_STREAM (object)->base);
  G_OBJECT_CLASS (fuzz_file_stream_parent_class)->finalize (object);
}

static void
fuzz_file_stream_class_init (FuzzFileStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fuzz_file_stream_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = fuzz_file_stream_read;
}

static void
fuzz_file_stream_init (FuzzFileStream *self)
{
}

#define FUZZ_TYPE_FILE (fuzz_file_get_type ())
G_DECLARE_FINAL_TYPE (FuzzFile, fuzz_file, FUZZ, FILE, GObject)

struct _FuzzFile
{
  GObject     parent_instance;

  FuzzStream *stream;   /* owned: its input is what the file holds */
};

static void fuzz_file_iface_init (GFileIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FuzzFile, fuzz_file, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_FILE, fuzz_file_iface_init))

static char *
fuzz_file_get_parse_name (GFile *file)
{
  return g_strdup ("a file");
}

static GFileInputStream *
fuzz_file_read (GFile         *file,
                GCancellable  *cancellable,
                GError       **error)
{
  FuzzFileStream *stream = g_object_new (FUZZ_TYPE_FILE_STREAM, NULL);

  stream->base = g_object_ref (g_io_stream_get_input_stream (
    G_IO_STREAM (FUZZ_FILE (file)->stream)));
  return G_FILE_INPUT_STREAM (stream);
}

static void
fuzz_file_iface_init (GFileIface *iface)
{
  iface->get_parse_name = fuzz_file_get_parse_name;
  iface->read_fn = fuzz_file_read;
}

static void
fuzz_file_finalize (GObject *object)
{
  g_object_unref (FUZZ_FILE (object)->stream);
  G_OBJECT_CLASS (fuzz_file_parent_class)->finalize (object);
}

static void
fuzz_file_class_init (FuzzFileClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fuzz_file_finalize;
}

static void
fuzz_file_init (FuzzFile *self)
{
  self->stream = fuzz_stream_new (TRUE);
}

/* ## The target */

static void
check_key (SppPrivateKey *key,
           const guint8  *data)
{
  static const guint8 message[] = "some bytes that are no key";
  guint8 public_key[32], secret_key[64], signature[64];
  gsize length = 0;
  const guint8 *seed = spp_private_key_get_seed (key, &length);
  GBytes *bytes = spp_public_key_get_bytes (spp_private_key_get_public_key (key));

  g_assert_cmpmem (seed, length, data, SPP_PRIVATE_KEY_SIZE);
  crypto_sign_seed_keypair (public_key, secret_key, data);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                   public_key, sizeof public_key);
  spp_private_key_sign (key, signature, message, sizeof message);
  g_assert_cmpint (crypto_sign_verify_detached (signature, message, sizeof message, public_key),
                   ==, 0);
}

static void
check_seed (const guint8 *data,
            gsize         size)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *exact = g_memdup2 (data, size);
  g_autoptr (SppPrivateKey) key = spp_private_key_new_from_seed (exact, size, &error);

  if (size == SPP_PRIVATE_KEY_SIZE)
    {
      g_assert_no_error (error);
      /* The key has a copy of its own. */
      memset (exact, 0, size);
      check_key (key, data);
      return;
    }
  g_assert_null (key);
  g_assert_error (error, SPP_ERROR, SPP_ERROR_INVALID_KEY);
}

static void
check_file (const guint8 *data,
            gsize         size,
            gsize         part,
            gboolean      broken)
{
  g_autoptr (FuzzFile) file = g_object_new (FUZZ_TYPE_FILE, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SppPrivateKey) key = NULL;

  fuzz_stream_push (file->stream, data, size);
  fuzz_stream_limit_reads (file->stream, part);
  if (broken)
    fuzz_stream_break_input (file->stream);
  else
    fuzz_stream_end_input (file->stream);

  key = chat_profile_read_private_key (G_FILE (file), &error);
  if (size == SPP_PRIVATE_KEY_SIZE && !broken)
    {
      g_assert_no_error (error);
      check_key (key, data);
      return;
    }
  g_assert_null (key);
  /* One byte too many says enough; what follows is not read. */
  if (size <= SPP_PRIVATE_KEY_SIZE && broken)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  FuzzInput input = { data, size };
  guint8 part = fuzz_input_take_byte (&input);
  gboolean broken = fuzz_input_take_byte (&input) & 1;

  check_seed (input.data, input.size);
  check_file (input.data, input.size, part, broken);
  return 0;
}
