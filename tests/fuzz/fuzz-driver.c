/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fuzz.h"

/* Runs a target without libFuzzer: with its seeds and with what becomes of them
 * by chance, always the same; or with the files that are named.
 *
 * Whatever ends the process in the middle, the input that did it is left in a
 * file. */

#define MAX_SIZE 8192
#define MAX_CHANGES 6

static char *target;
static char *seeds_folder;
static int n_runs = 1000;
static char **files;
static GPtrArray *seeds;   /* GBytes */
static int input_fd = -1;

static const GOptionEntry options[] =
  {
    { "target", 0, 0, G_OPTION_ARG_STRING, &target, "Which target this is", "NAME" },
    { "seeds", 0, 0, G_OPTION_ARG_FILENAME, &seeds_folder, "What to begin with", "FOLDER" },
    { "runs", 0, 0, G_OPTION_ARG_INT, &n_runs, "How many inputs to make", "NUMBER" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, "FILE..." },
    { NULL }
  };

static void
run (const guint8 *data,
     gsize         size)
{
  g_autofree guint8 *exact = g_memdup2 (data, size);

  if (input_fd >= 0)
    {
      g_assert_cmpint (pwrite (input_fd, data, size, 0), ==, size);
      g_assert_no_errno (ftruncate (input_fd, size));
    }
  g_assert_cmpint (LLVMFuzzerTestOneInput (exact, size), ==, 0);
}

static GBytes *
load (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *contents = NULL;
  gsize length = 0;

  g_file_get_contents (path, &contents, &length, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, length);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* In the order of their names, so that a run can be had again. */
static void
load_seeds (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (seeds_folder, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (folder)) != NULL)
    g_ptr_array_add (names, g_build_filename (seeds_folder, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add (seeds, load (names->pdata[i]));
  g_assert_cmpuint (seeds->len, >, 0);
}

static GBytes *
pick_seed (GRand *random)
{
  return g_ptr_array_index (seeds, g_rand_int_range (random, 0, seeds->len));
}

static void
replace (GByteArray   *input,
         guint         place,
         guint         removed,
         const guint8 *data,
         guint         size)
{
  g_autofree guint8 *tail = NULL;
  guint tail_size;

  removed = MIN (removed, input->len - place);
  tail_size = input->len - place - removed;
  tail = g_memdup2 (input->data + place + removed, tail_size);
  g_byte_array_set_size (input, place);
  g_byte_array_append (input, data, size);
  if (tail_size > 0)
    g_byte_array_append (input, tail, tail_size);
}

static void
change (GByteArray *input,
        GRand      *random)
{
  static const guint8 odd[] = { 0, 1, 0x7f, 0x80, 0xff, 32, 35, 36, 96 };
  guint place = g_rand_int_range (random, 0, input->len + 1);
  guint size = 1 + g_rand_int (random) % (g_rand_boolean (random) ? 4 : 64);
  guint8 byte = g_rand_int (random);

  switch (g_rand_int_range (random, 0, 7))
    {
    case 0:
      if (place < input->len)
        input->data[place] ^= 1 << byte % 8;
      break;
    case 1:
      if (place < input->len)
        input->data[place] = odd[byte % G_N_ELEMENTS (odd)];
      break;
    case 2:
      if (place < input->len)
        input->data[place] = byte;
      break;
    case 3:
      replace (input, place, size, NULL, 0);
      break;
    case 4:
      replace (input, place, 0, &byte, 1);
      break;
    case 5:
      {
        GBytes *seed = pick_seed (random);
        gsize seed_size = g_bytes_get_size (seed);
        gsize start = g_rand_int_range (random, 0, seed_size + 1);
        const guint8 *data = g_bytes_get_data (seed, NULL);

        replace (input, place, g_rand_boolean (random) ? size : 0,
                 data != NULL ? data + start : NULL, MIN (size, seed_size - start));
        break;
      }
    default:
      g_byte_array_set_size (input, place);
    }
}

static void
run_changed (GRand *random)
{
  GBytes *seed = pick_seed (random);
  g_autoptr (GByteArray) input = g_byte_array_new ();
  guint changes = g_rand_int_range (random, 1, MAX_CHANGES + 1);

  g_byte_array_append (input, g_bytes_get_data (seed, NULL),
                       MIN (g_bytes_get_size (seed), MAX_SIZE));
  for (guint i = 0; i < changes; i++)
    change (input, random);
  run (input->data, input->len);
}

static void
test_seeds (void)
{
  g_autofree char *path = g_strdup_printf ("%s.input", seeds_folder);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  g_test_message ("An input that fails is left in %s", path);
  input_fd = g_open (path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
  g_assert_no_errno (input_fd);
  load_seeds ();

  run (NULL, 0);
  for (guint i = 0; i < seeds->len; i++)
    run (g_bytes_get_data (seeds->pdata[i], NULL), g_bytes_get_size (seeds->pdata[i]));
  for (int i = 0; i < n_runs; i++)
    run_changed (random);

  g_test_message ("%u inputs", 1 + seeds->len + n_runs);
  close (input_fd);
  g_unlink (path);
}

static void
test_files (void)
{
  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autoptr (GBytes) input = load (files[i]);

      g_test_message ("%s", files[i]);
      run (g_bytes_get_data (input, NULL), g_bytes_get_size (input));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_parse (context, &argc, &argv, &error);
  g_assert_no_error (error);
  g_assert_true (files != NULL || seeds_folder != NULL);

  LLVMFuzzerInitialize (&argc, &argv);
  seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  path = g_strdup_printf ("/fuzz/%s", target != NULL ? target : "files");
  g_test_add_func (path, files != NULL ? test_files : test_seeds);
  status = g_test_run ();

  g_ptr_array_unref (seeds);
  g_strfreev (files);
  g_free (target);
  g_free (seeds_folder);
  return status;
}
