/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-profile-key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "chat-profile.h"

static void
set_errno (GError     **error,
           int          code,
           const char  *path)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
               /* Translators: the name of a file, and why, in the words of the system */
               _("The private key cannot be kept in %s: %s."), path, g_strerror (code));
}

static gboolean
write_all (int            fd,
           const guint8  *data,
           gsize          length)
{
  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;

      data += n;
      length -= (gsize) n;
    }

  return TRUE;
}

/* A name in a folder is on the disk only when the folder is. */
static gboolean
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean synced = fd >= 0 && fsync (fd) == 0;
  int code = errno;

  if (fd >= 0)
    close (fd);
  errno = code;

  return synced;
}

/* Gives the finished file its name, but never one that is taken. */
static gboolean
take_name (const char *temporary,
           const char *path)
{
  if (link (temporary, path) == 0)
    return TRUE;
  if (errno == EEXIST)
    return FALSE;

  /* Not every file system has hard links */
  return renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0;
}

gboolean
chat_profile_key_save (const char     *path,
                       SppPrivateKey  *key,
                       GError        **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  gsize length;
  const guint8 *seed = spp_private_key_get_seed (key, &length);
  gboolean saved;
  int code;
  int fd;

  fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    {
      set_errno (error, errno, path);
      return FALSE;
    }

  saved = write_all (fd, seed, length) && fsync (fd) == 0;
  code = errno;
  close (fd);

  if (saved)
    {
      saved = take_name (temporary, path);
      code = errno;
    }

  g_unlink (temporary);

  if (saved && !sync_folder (path))
    {
      code = errno;
      saved = FALSE;
    }

  if (!saved)
    set_errno (error, code, path);

  return saved;
}

SppPrivateKey *
chat_profile_key_load (const char  *path,
                       GError     **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  SppPrivateKey *key = chat_profile_read_private_key (file, error);

  if (key != NULL)
    g_chmod (path, 0600);

  return key;
}

SppPrivateKey *
chat_profile_read_private_key (GFile   *file,
                               GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GError) read_error = NULL;
  /* One more than a key has, to notice a file that is too long */
  guint8 seed[SPP_PRIVATE_KEY_SIZE + 1];
  SppPrivateKey *key = NULL;
  gsize length = 0;

  g_return_val_if_fail (G_IS_FILE (file), NULL);

  name = g_file_get_parse_name (file);
  stream = g_file_read (file, NULL, &read_error);
  if (stream != NULL)
    g_input_stream_read_all (G_INPUT_STREAM (stream), seed, sizeof seed, &length, NULL,
                             &read_error);

  if (read_error != NULL)
    g_set_error (error, read_error->domain, read_error->code,
                 /* Translators: the name of a file, and why, in the words of the system */
                 _("The private key cannot be read from %s: %s"), name, read_error->message);
  else if (length == SPP_PRIVATE_KEY_SIZE)
    key = spp_private_key_new_from_seed (seed, length, error);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 /* Translators: the name of a file, and a number that is always 32 */
                 _("%s is not a private key, or is damaged: it should hold exactly %d bytes. "
                   "It was left as it is."),
                 name, SPP_PRIVATE_KEY_SIZE);

  explicit_bzero (seed, sizeof seed);

  return key;
}
