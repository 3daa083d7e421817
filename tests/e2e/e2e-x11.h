/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What a test does on the display itself: windows have no manager there. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Windows are named by process and title; %NULL: the topmost of the process. */

/* Puts a window at its place, on top, and gives it the keyboard. Dialogs go a
 * little right of and below @x, other windows to @x. FALSE: no such window.
 */
gboolean e2e_x11_raise  (GPid        pid,
                         const char *title,
                         int         x);
/* Makes a window wider by @change, which may be less than nothing. */
gboolean e2e_x11_widen  (GPid        pid,
                         const char *title,
                         int         change);
/* Clicks at a point given in the coordinates of accessible objects, whose window is @width wide. */
gboolean e2e_x11_click  (GPid        pid,
                         const char *title,
                         int         x,
                         int         y,
                         int         width);
/* How many windows of a process show; %NULL: whatever their title. */
guint    e2e_x11_count  (GPid        pid,
                         const char *title);
/* Presses and lets go of a key, with `Shift_L`, `Control_L` and so on, or %NULL, held. */
void     e2e_x11_key    (const char *modifier,
                         const char *key);
/* From now on applications find a desktop that lets them draw their shadows. */
void     e2e_x11_pretend_compositor (void);
/* Asks for a size without shadow, in pixels of the display; whether it is that already. */
gboolean e2e_x11_resize (GPid        pid,
                         const char *title,
                         int         width,
                         int         height);
/* The pixels of a window as cairo's ARGB32 without padding; NULL: it has no alpha. */
guchar  *e2e_x11_read_window (GPid   pid,
                         const char *title,
                         int        *width,
                         int        *height);
/* The rectangle around all windows as `WxH+X+Y`, and a checksum of the screen. */
char    *e2e_x11_bounds (void);
char    *e2e_x11_digest (void);

G_END_DECLS
