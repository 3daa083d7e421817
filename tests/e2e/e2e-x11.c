/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-x11.h"

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XRes.h>
#include <X11/extensions/XTest.h>

#define DIALOG_OFFSET 60
#define FRAME_EXTENTS "_GTK_FRAME_EXTENTS"

/* Windows of another process go at any time: errors are the normal case. */
static int
ignore_error (Display     *display,
              XErrorEvent *event)
{
  return 0;
}

static Display *
get_display (void)
{
  static Display *display = NULL;

  if (display == NULL)
    {
      XSetErrorHandler (ignore_error);
      display = XOpenDisplay (NULL);
      g_assert_nonnull (display);
    }

  return display;
}

/* The value of a property, to be freed with XFree(). */
static guchar *
get_property (Window      window,
              const char *name,
              int        *format)
{
  Display *display = get_display ();
  guchar *data = NULL;
  gulong n_items, n_left;
  Atom type;

  *format = 0;
  if (XGetWindowProperty (display, window, XInternAtom (display, name, False), 0, 1024, False,
                          AnyPropertyType, &type, format, &n_items, &n_left, &data) != Success)
    return NULL;
  if (data != NULL && n_items == 0)
    g_clear_pointer (&data, XFree);

  return data;
}

/* As the display sees it: in a sandbox a process has another number. */
static gboolean
is_of_process (Window window,
               GPid   pid)
{
  XResClientIdSpec spec = { .client = window, .mask = XRES_CLIENT_ID_PID_MASK };
  XResClientIdValue *values = NULL;
  long n_values = 0;
  gboolean same = FALSE;

  if (XResQueryClientIds (get_display (), 1, &spec, &n_values, &values) != Success)
    return FALSE;
  for (long i = 0; i < n_values && !same; i++)
    same = XResGetClientPid (&values[i]) == pid;
  XResClientIdsDestroy (n_values, values);

  return same;
}

static gboolean
has_title (Window      window,
           const char *title)
{
  int format;
  guchar *data = get_property (window, "_NET_WM_NAME", &format);
  gboolean same = data != NULL && format == 8 && g_str_equal ((char *) data, title);

  g_clear_pointer (&data, XFree);

  return same;
}

static gboolean
is_dialog (Window window)
{
  Window owner;

  return XGetTransientForHint (get_display (), window, &owner) != 0;
}

static gboolean
is_shown (Window             window,
          XWindowAttributes *attributes)
{
  return XGetWindowAttributes (get_display (), window, attributes) != 0 &&
         attributes->map_state == IsViewable && attributes->width > 1;
}

/* With a title this is never what pops up, which GTK gives the title of its window. */
static Window
find_window (GPid        pid,
             const char *title)
{
  Display *display = get_display ();
  Window root, parent, *children = NULL, found = None;
  XWindowAttributes attributes;
  guint n_children = 0;

  XQueryTree (display, DefaultRootWindow (display), &root, &parent, &children, &n_children);
  for (guint i = n_children; i > 0 && found == None; i--)
    if (is_shown (children[i - 1], &attributes) && is_of_process (children[i - 1], pid) &&
        (title == NULL || (!attributes.override_redirect && has_title (children[i - 1], title))))
      found = children[i - 1];
  g_clear_pointer (&children, XFree);

  return found;
}

guint
e2e_x11_count (GPid        pid,
               const char *title)
{
  Display *display = get_display ();
  Window root, parent, *children = NULL;
  XWindowAttributes attributes;
  guint n_children = 0;
  guint count = 0;

  XQueryTree (display, DefaultRootWindow (display), &root, &parent, &children, &n_children);
  for (guint i = 0; i < n_children; i++)
    if (is_shown (children[i], &attributes) && is_of_process (children[i], pid) &&
        (title == NULL || has_title (children[i], title)))
      count++;
  g_clear_pointer (&children, XFree);

  return count;
}

gboolean
e2e_x11_raise (GPid        pid,
               const char *title,
               int         x)
{
  Display *display = get_display ();
  Window window = find_window (pid, title);
  int offset;

  if (window == None)
    return FALSE;

  offset = is_dialog (window) ? DIALOG_OFFSET : 0;
  XMoveWindow (display, window, x + offset, offset);
  XRaiseWindow (display, window);
  XSetInputFocus (display, window, RevertToPointerRoot, CurrentTime);
  XSync (display, False);

  return TRUE;
}

gboolean
e2e_x11_widen (GPid        pid,
               const char *title,
               int         change)
{
  Display *display = get_display ();
  Window window = find_window (pid, title);
  XWindowAttributes attributes;

  if (window == None || !is_shown (window, &attributes) || attributes.width + change <= 0)
    return FALSE;

  XResizeWindow (display, window, (guint) (attributes.width + change), (guint) attributes.height);
  XSync (display, False);

  return TRUE;
}

gboolean
e2e_x11_click (GPid        pid,
               const char *title,
               int         x,
               int         y,
               int         width)
{
  Display *display = get_display ();
  Window window = find_window (pid, title);
  XWindowAttributes attributes;
  int border;

  if (window == None || !is_shown (window, &attributes))
    return FALSE;

  /* Accessible coordinates begin inside the border that the window draws. */
  border = MAX (0, attributes.width - width) / 2;
  XTestFakeMotionEvent (display, -1, attributes.x + border + x, attributes.y + border + y, 0);
  XTestFakeButtonEvent (display, 1, True, 0);
  XTestFakeButtonEvent (display, 1, False, 0);
  XSync (display, False);

  return TRUE;
}

void
e2e_x11_key (const char *modifier,
             const char *key)
{
  Display *display = get_display ();
  KeyCode code = XKeysymToKeycode (display, XStringToKeysym (key));
  KeyCode held = modifier != NULL ? XKeysymToKeycode (display, XStringToKeysym (modifier)) : 0;

  g_assert_cmpint (code, !=, 0);
  if (held != 0)
    XTestFakeKeyEvent (display, held, True, 0);
  XTestFakeKeyEvent (display, code, True, 0);
  XTestFakeKeyEvent (display, code, False, 0);
  if (held != 0)
    XTestFakeKeyEvent (display, held, False, 0);
  XSync (display, False);
}

static void
set_root_window (Window      window,
                 const char *name,
                 Window      value)
{
  Display *display = get_display ();

  XChangeProperty (display, window, XInternAtom (display, name, False), XA_WINDOW, 32,
                   PropModeReplace, (guchar *) &value, 1);
}

void
e2e_x11_pretend_compositor (void)
{
  Display *display = get_display ();
  Window root = DefaultRootWindow (display);
  Window manager = XCreateSimpleWindow (display, root, -1, -1, 1, 1, 0, 0, 0);
  Atom extents = XInternAtom (display, FRAME_EXTENTS, False);

  XSetSelectionOwner (display, XInternAtom (display, "_NET_WM_CM_S0", False), manager, CurrentTime);
  set_root_window (root, "_NET_SUPPORTING_WM_CHECK", manager);
  set_root_window (manager, "_NET_SUPPORTING_WM_CHECK", manager);
  XChangeProperty (display, root, XInternAtom (display, "_NET_SUPPORTED", False), XA_ATOM, 32,
                   PropModeReplace, (guchar *) &extents, 1);
  XSync (display, False);
}

gboolean
e2e_x11_resize (GPid        pid,
                const char *title,
                int         width,
                int         height)
{
  Display *display = get_display ();
  Window window = find_window (pid, title);
  XWindowAttributes attributes;
  int format;
  /* Left, right, top and bottom; longs, whatever their size */
  g_autofree glong *shadow = NULL;
  glong *extents;

  if (window == None || !is_shown (window, &attributes))
    return FALSE;

  extents = (glong *) get_property (window, FRAME_EXTENTS, &format);
  if (extents == NULL || format != 32)
    return FALSE;
  shadow = g_memdup2 (extents, 4 * sizeof *extents);
  XFree (extents);

  width += shadow[0] + shadow[1];
  height += shadow[2] + shadow[3];
  if (attributes.width == width && attributes.height == height)
    return TRUE;

  XResizeWindow (display, window, width, height);
  XSync (display, False);

  return FALSE;
}

guchar *
e2e_x11_read_window (GPid        pid,
                     const char *title,
                     int        *width,
                     int        *height)
{
  Window window = find_window (pid, title);
  XWindowAttributes attributes;
  XImage *image;
  guchar *data;

  if (window == None || !is_shown (window, &attributes) || attributes.depth != 32)
    return NULL;

  /* A window with alpha is kept apart from the screen, so nothing covers it. */
  image = XGetImage (get_display (), window, 0, 0, attributes.width, attributes.height, AllPlanes,
                     ZPixmap);
  if (image == NULL || image->bits_per_pixel != 32)
    return NULL;

  *width = image->width;
  *height = image->height;
  data = g_memdup2 (image->data, (gsize) image->bytes_per_line * image->height);
  XDestroyImage (image);

  return data;
}

char *
e2e_x11_bounds (void)
{
  Display *display = get_display ();
  Window root, parent, *children = NULL;
  XWindowAttributes attributes;
  guint n_children = 0;
  int left = G_MAXINT, top = G_MAXINT, right = 0, bottom = 0;

  XQueryTree (display, DefaultRootWindow (display), &root, &parent, &children, &n_children);
  for (guint i = 0; i < n_children; i++)
    if (is_shown (children[i], &attributes))
      {
        left = MIN (left, MAX (attributes.x, 0));
        top = MIN (top, MAX (attributes.y, 0));
        right = MAX (right, attributes.x + attributes.width);
        bottom = MAX (bottom, attributes.y + attributes.height);
      }
  g_clear_pointer (&children, XFree);

  return right > left && bottom > top
           ? g_strdup_printf ("%dx%d+%d+%d", right - left, bottom - top, left, top)
           : NULL;
}

char *
e2e_x11_digest (void)
{
  Display *display = get_display ();
  Window root = DefaultRootWindow (display);
  XWindowAttributes attributes;
  XImage *image;
  char *digest;

  XGetWindowAttributes (display, root, &attributes);
  image = XGetImage (display, root, 0, 0, attributes.width, attributes.height, AllPlanes, ZPixmap);
  g_assert_nonnull (image);
  digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) image->data,
                                        (gsize) image->bytes_per_line * image->height);
  XDestroyImage (image);

  return digest;
}
