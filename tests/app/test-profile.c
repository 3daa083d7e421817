/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-profile-key.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "chat-test-utils.h"

typedef struct
{
  char *folder;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = chat_make_folder ();
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  chat_remove_folder (fixture->folder);
}

static void
test_ids (void)
{
  g_assert_true (chat_profile_is_valid_id ("default"));
  g_assert_true (chat_profile_is_valid_id ("A_b-9"));
  g_assert_true (chat_profile_is_valid_id ("12345678901234567890123456789012"));
  g_assert_false (chat_profile_is_valid_id ("123456789012345678901234567890123"));
  g_assert_false (chat_profile_is_valid_id (""));
  g_assert_false (chat_profile_is_valid_id (NULL));
  g_assert_false (chat_profile_is_valid_id (".."));
  g_assert_false (chat_profile_is_valid_id ("a/b"));
  g_assert_false (chat_profile_is_valid_id ("a b"));
  g_assert_false (chat_profile_is_valid_id ("я"));
}

static void
test_modes (Fixture       *fixture,
            gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "deep", NULL);
  g_autofree char *profile_path = g_build_filename (path, "alice", NULL);
  g_autoptr (GDir) dir = NULL;
  mode_t old_mask = umask (0);
  ChatProfile *profile;
  const char *name;
  guint n = 0;

  g_test_summary ("Only the user may look into a profile, whatever the umask");

  profile = chat_make_profile (path, "alice", NULL);
  umask (old_mask);

  g_assert_cmpuint (chat_get_mode (path, "alice"), ==, 0700);
  g_assert_cmpuint (chat_get_mode (profile_path, "private.key"), ==, 0600);
  dir = g_dir_open (profile_path, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_assert_cmpuint (chat_get_mode (profile_path, name), ==, 0600);
      /* Nothing temporary stays */
      g_assert_true (g_str_equal (name, "private.key") || g_str_has_prefix (name, "store.sqlite"));
      n++;
    }
  g_assert_cmpuint (n, >=, 2);

  g_assert_finalize_object (profile);
}

static void
test_load (Fixture       *fixture,
           gconstpointer  data)
{
  ChatProfile *profile = chat_make_profile (fixture->folder, "alice", NULL);
  g_autoptr (SppPublicKey) key = spp_public_key_ref (chat_profile_get_public_key (profile));
  g_autoptr (ChatProfile) other = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (chat_profile_get_display_name (profile), ==, "alice");
  g_assert_cmpuint (chat_profile_get_port (profile), ==, 0);
  chat_profile_set_display_name (profile, "Алиса 🎈");
  chat_profile_set_port (profile, 50505);

  other = chat_load_profile (fixture->folder, "alice", &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_null (other);
  g_clear_error (&error);

  /* What was set last is kept though nobody waited for it */
  chat_settle ();
  g_assert_finalize_object (profile);

  profile = chat_load_profile (fixture->folder, "alice", &error);
  g_assert_no_error (error);
  g_assert_true (spp_public_key_equal (chat_profile_get_public_key (profile), key));
  g_assert_cmpstr (chat_profile_get_display_name (profile), ==, "Алиса 🎈");
  g_assert_cmpuint (chat_profile_get_port (profile), ==, 50505);
  chat_settle ();
  g_assert_finalize_object (profile);
}

static void
test_first_start (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "alice", NULL);

  g_assert_null (chat_load_profile (fixture->folder, "alice", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_never_overwrites (Fixture       *fixture,
                       gconstpointer  data)
{
  ChatProfile *profile = chat_make_profile (fixture->folder, "alice", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "alice", "private.key", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (fixture->folder);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize length;

  g_assert_finalize_object (profile);
  g_file_get_contents (path, &before, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, SPP_PRIVATE_KEY_SIZE);

  profile = chat_profile_new ("alice", folder);
  chat_profile_create_async (profile, "Mallory", NULL, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  g_assert_false (chat_profile_create_finish (profile, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_clear_object (&result);
  g_assert_finalize_object (profile);

  g_file_get_contents (path, &after, &length, NULL);
  g_assert_cmpmem (before, SPP_PRIVATE_KEY_SIZE, after, length);

  profile = chat_load_profile (fixture->folder, "alice", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (chat_profile_get_display_name (profile), ==, "alice");
  g_assert_finalize_object (profile);
}

static void
test_save_key (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "private.key", NULL);
  g_autoptr (SppPrivateKey) first = spp_private_key_generate ();
  g_autoptr (SppPrivateKey) second = spp_private_key_generate ();
  g_autoptr (SppPrivateKey) loaded = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Of two who save a key at once one succeeds, and the other leaves nothing");

  g_assert_true (chat_profile_key_save (path, first, &error));
  g_assert_no_error (error);
  g_assert_false (chat_profile_key_save (path, second, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);

  loaded = chat_profile_key_load (path, &error);
  g_assert_no_error (error);
  g_assert_true (spp_public_key_equal (spp_private_key_get_public_key (loaded),
                                       spp_private_key_get_public_key (first)));
  dir = g_dir_open (fixture->folder, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "private.key");
  g_assert_null (g_dir_read_name (dir));
}

static void
test_damaged_key (Fixture       *fixture,
                  gconstpointer  data)
{
  static const char *const contents[] = { "", "short", "this is thirty-three bytes long.." };
  g_autofree char *profile_path = g_build_filename (fixture->folder, "alice", NULL);
  g_autofree char *path = g_build_filename (profile_path, "private.key", NULL);
  g_autofree char *store = g_build_filename (profile_path, "store.sqlite", NULL);

  g_test_summary ("A key file that is no key is named, and left alone");
  g_assert_no_errno (g_mkdir (profile_path, 0700));

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      g_assert_true (g_file_set_contents (path, contents[i], -1, NULL));
      g_assert_null (chat_load_profile (fixture->folder, "alice", &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, path));

      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, contents[i]);
      g_assert_false (g_file_test (store, G_FILE_TEST_EXISTS));
    }
}

static void
test_given_key (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (SppPrivateKey) key = spp_private_key_generate ();
  g_autofree char *path = g_build_filename (fixture->folder, "raw", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SppPrivateKey) read = NULL;
  g_autoptr (GError) error = NULL;
  ChatProfile *profile;
  const guint8 *seed;
  gsize length;

  g_test_summary ("A key file of the Python package becomes a profile's");

  seed = spp_private_key_get_seed (key, &length);
  g_assert_true (g_file_set_contents (path, (const char *) seed, (gssize) length, NULL));
  read = chat_profile_read_private_key (file, &error);
  g_assert_no_error (error);

  profile = chat_make_profile (fixture->folder, "alice", read);
  g_assert_true (spp_public_key_equal (chat_profile_get_public_key (profile),
                                       spp_private_key_get_public_key (key)));
  g_assert_finalize_object (profile);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  g_test_add_func ("/profile/ids", test_ids);
  ADD ("/profile/modes", test_modes);
  ADD ("/profile/load", test_load);
  ADD ("/profile/first-start", test_first_start);
  ADD ("/profile/never-overwrites", test_never_overwrites);
  ADD ("/profile/save-key", test_save_key);
  ADD ("/profile/damaged-key", test_damaged_key);
  ADD ("/profile/given-key", test_given_key);

  return g_test_run ();
}
