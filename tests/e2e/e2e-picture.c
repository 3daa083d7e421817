/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-picture.h"

#include <gio/gio.h>

#include "e2e-wait.h"
#include "e2e-x11.h"

#define SETTLE_SECONDS 5
/* How many looks in a row find the same: more than a frame of an animation. */
#define SAME_LOOKS 4

typedef struct
{
  char *digest;
  guint n_same;
} Settling;

static gboolean
is_settled (gpointer user_data)
{
  Settling *settling = user_data;
  g_autofree char *digest = e2e_x11_digest ();

  settling->n_same = g_strcmp0 (digest, settling->digest) == 0 ? settling->n_same + 1 : 0;
  g_free (settling->digest);
  settling->digest = g_steal_pointer (&digest);

  return settling->n_same >= SAME_LOOKS;
}

void
e2e_picture_settle (void)
{
  Settling settling = { NULL, 0 };

  /* A blinking caret must not fail a test: the picture is taken anyway. */
  e2e_wait_seconds (is_settled, &settling, SETTLE_SECONDS);
  g_free (settling.digest);
}

void
e2e_picture (const char *name)
{
  e2e_picture_settle ();
  e2e_picture_now (name);
}

void
e2e_picture_now (const char *name)
{
  const char *folder = g_getenv ("E2E_PICTURES");
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *bounds = e2e_x11_bounds ();
  g_autofree char *path = g_strdup_printf ("%s/%s.png", folder != NULL ? folder : "pictures", name);
  g_autofree char *parent = g_path_get_dirname (path);

  if (bounds == NULL)
    return;

  g_mkdir_with_parents (parent, 0755);
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error, "import", "-silent",
                              "-window", "root", "-crop", bounds, "+repage", path, NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check (process, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("picture %s", path);
}
