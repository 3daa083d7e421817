/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-screenshot.h"

#include <cairo.h>

#include "e2e-picture.h"
#include "e2e-ui.h"
#include "e2e-wait.h"
#include "e2e-x11.h"

#define SCALE_TEXT G_STRINGIFY (E2E_SCREENSHOT_SCALE)

typedef struct
{
  GPid pid;
  const char *window;
  int width;
  int height;
} Wanted;

void
e2e_screenshot_prepare (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "gtk-4.0", NULL);
  g_autofree char *path = g_build_filename (folder, "settings.ini", NULL);
  g_autoptr (GError) error = NULL;

  e2e_x11_pretend_compositor ();
  g_setenv ("GDK_SCALE", SCALE_TEXT, TRUE);

  /* What a desktop would say; and a caret that stands still. */
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path,
                       "[Settings]\n"
                       "gtk-cursor-blink=false\n"
                       "gtk-font-name=Cantarell 11\n",
                       -1, &error);
  g_assert_no_error (error);
}

static gboolean
has_size (gpointer user_data)
{
  Wanted *wanted = user_data;

  return e2e_x11_resize (wanted->pid, wanted->window, wanted->width, wanted->height);
}

/* Where the surface has something on it at all: shadows fade out to nothing. */
static cairo_rectangle_int_t
find_drawn (cairo_surface_t *surface)
{
  const guchar *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);
  int left = width, top = height, right = 0, bottom = 0;

  for (int y = 0; y < height; y++)
    {
      const guint32 *row = (const guint32 *) (data + (gsize) y * stride);

      for (int x = 0; x < width; x++)
        if (row[x] >> 24 != 0)
          {
            left = MIN (left, x);
            right = MAX (right, x + 1);
            top = MIN (top, y);
            bottom = MAX (bottom, y + 1);
          }
    }

  return (cairo_rectangle_int_t) { left, top, right - left, bottom - top };
}

static void
save (cairo_surface_t *surface,
      const char      *path)
{
  cairo_rectangle_int_t drawn = find_drawn (surface);
  cairo_surface_t *part;

  g_assert_cmpint (drawn.width, >, 0);
  part = cairo_surface_create_for_rectangle (surface, drawn.x, drawn.y, drawn.width, drawn.height);
  g_assert_cmpint (cairo_surface_write_to_png (part, path), ==, CAIRO_STATUS_SUCCESS);
  cairo_surface_destroy (part);
}

void
e2e_screenshot (E2eApp     *app,
                const char *window,
                int         width,
                int         height,
                const char *path)
{
  Wanted wanted = { e2e_app_get_pid (app), window, width * E2E_SCREENSHOT_SCALE,
                    height * E2E_SCREENSHOT_SCALE };
  cairo_surface_t *surface;
  guchar *data;

  e2e_wait_window (app, window);
  if (width > 0 && !e2e_wait_until (has_size, &wanted))
    e2e_app_fail (app, "the window does not become %d by %d pixels", width, height);
  e2e_picture_settle ();

  data = e2e_x11_read_window (wanted.pid, window, &wanted.width, &wanted.height);
  if (data == NULL)
    e2e_app_fail (app, "the window has no transparent pixels, or is gone");
  surface = cairo_image_surface_create_for_data (data, CAIRO_FORMAT_ARGB32, wanted.width,
                                                 wanted.height, wanted.width * sizeof (guint32));
  save (surface, path);
  cairo_surface_destroy (surface);
  g_free (data);
}
