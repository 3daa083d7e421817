/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-ui.h"

#include "e2e-wait.h"
#include "e2e-words.h"
#include "e2e-x11.h"

#define OPEN_TRIES 10

typedef struct
{
  E2eApp *app;
  const char *window;
  E2eTarget target;
  /* State */
  AtspiAccessible *found;
  gboolean sensitive;
  gboolean checked;
  const char *pattern;
} Search;

#define SEARCH(app_, window_, kind_, name_)                 \
  {                                                         \
    .app = app_,                                            \
    .window = window_,                                      \
    .target = { .kind = kind_, .name = name_ },             \
  }

static void
search_clear (Search *search)
{
  g_clear_object (&search->found);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static AtspiAccessible *
find_in_any_window (AtspiAccessible *application,
                    const E2eTarget *target)
{
  for (int i = atspi_accessible_get_child_count (application, NULL) - 1; i >= 0; i--)
    {
      g_autoptr (AtspiAccessible) window =
        atspi_accessible_get_child_at_index (application, i, NULL);
      AtspiAccessible *found = window != NULL ? e2e_tree_find (window, target) : NULL;

      if (found != NULL)
        return found;
    }

  return NULL;
}

static gboolean
is_found (gpointer user_data)
{
  Search *search = user_data;
  AtspiAccessible *application = e2e_app_get_accessible (search->app);
  g_autoptr (AtspiAccessible) window = NULL;

  g_clear_object (&search->found);
  if (application == NULL)
    return FALSE;
  if (search->window == NULL)
    {
      search->found = find_in_any_window (application, &search->target);
      return search->found != NULL;
    }
  window = e2e_tree_window (application, search->window);
  if (window != NULL)
    search->found = e2e_tree_find (window, &search->target);

  return search->found != NULL;
}

static gboolean
is_gone (gpointer user_data)
{
  return !is_found (user_data);
}

static gboolean
is_found_sensitive (gpointer user_data)
{
  Search *search = user_data;

  return is_found (search) &&
         e2e_tree_has (search->found, ATSPI_STATE_SENSITIVE) == search->sensitive;
}

static gboolean
is_found_checked (gpointer user_data)
{
  Search *search = user_data;

  return is_found (search) &&
         e2e_tree_has (search->found, ATSPI_STATE_CHECKED) == search->checked;
}

static gboolean
is_found_text (gpointer user_data)
{
  Search *search = user_data;
  g_autofree char *text = is_found (search) ? e2e_tree_text (search->found) : NULL;

  return text != NULL && g_pattern_match_simple (search->pattern, text);
}

static void
require (Search      *search,
         E2eCondition condition,
         const char  *what)
{
  static const char *const kinds[] = { "object", "button", "field", "label", "list", "row" };

  if (!e2e_wait_until (condition, search))
    e2e_app_fail (search->app, "the %s \"%s\" in window \"%s\" %s", kinds[search->target.kind],
                  search->target.name, search->window != NULL ? search->window : "(any)", what);
}

static gboolean
is_window_there (gpointer user_data)
{
  Search *search = user_data;
  AtspiAccessible *application = e2e_app_get_accessible (search->app);

  g_clear_object (&search->found);
  if (application != NULL)
    search->found = e2e_tree_window (application, search->window);

  return search->found != NULL &&
         e2e_x11_raise (e2e_app_get_pid (search->app), search->window, e2e_app_get_x (search->app));
}

/* GTK 4.8 crashes when it is asked for a window by a number that was right a
 * moment ago: while a window goes, only the display is looked at. */
typedef struct
{
  GPid        pid;
  const char *title;
  guint       limit;
} WindowCount;

static gboolean
are_fewer_windows (gpointer user_data)
{
  WindowCount *count = user_data;

  return e2e_x11_count (count->pid, count->title) < count->limit;
}

void
e2e_wait_window (E2eApp     *app,
                 const char *title)
{
  g_auto (Search) search = SEARCH (app, title, E2E_ANY, NULL);

  if (!e2e_wait_until (is_window_there, &search))
    e2e_app_fail (app, "the window \"%s\" does not come", title != NULL ? title : "(any)");
}

void
e2e_wait_no_window (E2eApp     *app,
                    const char *title)
{
  WindowCount count = { e2e_app_get_pid (app), title, 1 };

  if (!e2e_wait_until (are_fewer_windows, &count))
    e2e_app_fail (app, "the window \"%s\" does not go", title);
}

void
e2e_wait_shown (E2eApp     *app,
                const char *window,
                E2eKind     kind,
                const char *name)
{
  g_auto (Search) search = SEARCH (app, window, kind, name);

  require (&search, is_found, "does not come");
}

char *
e2e_wait_matching (E2eApp     *app,
                   const char *window,
                   E2eKind     kind,
                   const char *pattern)
{
  g_auto (Search) search = SEARCH (app, window, kind, pattern);

  search.target.is_pattern = TRUE;
  require (&search, is_found, "does not come");

  return atspi_accessible_get_name (search.found, NULL);
}

void
e2e_wait_gone (E2eApp     *app,
               const char *window,
               E2eKind     kind,
               const char *name)
{
  g_auto (Search) search = SEARCH (app, window, kind, name);

  require (&search, is_gone, "does not go");
}

void
e2e_wait_sensitive (E2eApp     *app,
                    const char *window,
                    E2eKind     kind,
                    const char *name,
                    gboolean    sensitive)
{
  g_auto (Search) search = SEARCH (app, window, kind, name);

  search.sensitive = sensitive;
  require (&search, is_found_sensitive, sensitive ? "is not sensitive" : "is still sensitive");
}

void
e2e_wait_checked (E2eApp     *app,
                  const char *window,
                  const char *name,
                  gboolean    checked)
{
  g_auto (Search) search = SEARCH (app, window, E2E_BUTTON, name);

  search.checked = checked;
  require (&search, is_found_checked, checked ? "is not on" : "is not off");
}

gboolean
e2e_is_shown (E2eApp     *app,
              const char *window,
              E2eKind     kind,
              const char *name)
{
  g_auto (Search) search = SEARCH (app, window, kind, name);

  return is_found (&search);
}

gboolean
e2e_is_matching (E2eApp     *app,
                 const char *window,
                 E2eKind     kind,
                 const char *pattern)
{
  g_auto (Search) search = SEARCH (app, window, kind, pattern);

  search.target.is_pattern = TRUE;

  return is_found (&search);
}

/* A menu button has no action, but the button of the same name within. */
static AtspiAction *
get_action (Search *search)
{
  AtspiAction *action = atspi_accessible_get_action_iface (search->found);
  g_autoptr (AtspiAccessible) child = NULL;
  g_autoptr (AtspiAccessible) inner = NULL;

  if (action != NULL && atspi_action_get_n_actions (action, NULL) > 0)
    return action;

  g_clear_object (&action);
  child = atspi_accessible_get_child_at_index (search->found, 0, NULL);
  inner = child != NULL ? e2e_tree_find (child, &search->target) : NULL;

  return inner != NULL ? atspi_accessible_get_action_iface (inner) : NULL;
}

static void
press (Search *search)
{
  g_autoptr (AtspiAction) action = NULL;

  search->sensitive = TRUE;
  require (search, is_found_sensitive, "cannot be pressed");
  action = get_action (search);
  if (action == NULL || !atspi_action_do_action (action, 0, NULL))
    e2e_app_fail (search->app, "the button \"%s\" has no action", search->target.name);
}

void
e2e_press (E2eApp     *app,
           const char *window,
           const char *button)
{
  g_auto (Search) search = SEARCH (app, window, E2E_BUTTON, button);

  press (&search);
}

void
e2e_answer (E2eApp     *app,
            const char *heading,
            const char *answer)
{
  /* The name of a button with a mnemonic holds its label twice. */
  g_autofree char *button = g_strdup_printf ("%s %s", answer, answer);

  e2e_press (app, heading, button);
  e2e_wait_no_window (app, heading);
}

void
e2e_click (E2eApp     *app,
           const char *window,
           E2eKind     kind,
           const char *name)
{
  g_auto (Search) search = SEARCH (app, window, kind, name);
  g_auto (Search) around = SEARCH (app, window, E2E_ANY, NULL);
  g_autoptr (AtspiComponent) component = NULL;
  g_autoptr (AtspiComponent) outer = NULL;
  g_autofree AtspiRect *place = NULL;
  g_autofree AtspiRect *frame = NULL;

  search.sensitive = TRUE;
  require (&search, is_found_sensitive, "cannot be clicked");
  e2e_wait_window (app, window);
  if (!is_window_there (&around))
    e2e_app_fail (app, "the window of \"%s\" is gone", name);

  component = atspi_accessible_get_component_iface (search.found);
  outer = atspi_accessible_get_component_iface (around.found);
  place = atspi_component_get_extents (component, ATSPI_COORD_TYPE_WINDOW, NULL);
  frame = atspi_component_get_extents (outer, ATSPI_COORD_TYPE_WINDOW, NULL);
  if (place == NULL || frame == NULL ||
      !e2e_x11_click (e2e_app_get_pid (app), window, place->x + place->width / 2,
                      place->y + place->height / 2, frame->width))
    e2e_app_fail (app, "\"%s\" is gone before it was clicked", name);
}

void
e2e_get_place (E2eApp     *app,
               const char *window,
               E2eKind     kind,
               const char *name,
               AtspiRect  *place)
{
  g_auto (Search) search = SEARCH (app, window, kind, name);
  g_autoptr (AtspiComponent) component = NULL;
  g_autofree AtspiRect *extents = NULL;

  require (&search, is_found, "does not come");
  component = atspi_accessible_get_component_iface (search.found);
  if (component != NULL)
    extents = atspi_component_get_extents (component, ATSPI_COORD_TYPE_WINDOW, NULL);
  if (extents == NULL)
    e2e_app_fail (app, "\"%s\" is nowhere", name);
  *place = *extents;
}

typedef struct
{
  Search   search;
  int      width;
  gboolean asked;
} Widening;

/* GTK says how wide the window is inside what it draws around it. */
static gboolean
has_width (gpointer user_data)
{
  Widening *widening = user_data;
  Search *search = &widening->search;
  g_autoptr (AtspiComponent) component = NULL;
  g_autofree AtspiRect *frame = NULL;

  if (!is_window_there (search))
    return FALSE;
  component = atspi_accessible_get_component_iface (search->found);
  if (component != NULL)
    frame = atspi_component_get_extents (component, ATSPI_COORD_TYPE_WINDOW, NULL);
  if (frame == NULL || frame->width <= 0)
    return FALSE;
  /* Once: it takes a moment until GTK says how wide it is then */
  if (!widening->asked && frame->width != widening->width)
    widening->asked = e2e_x11_widen (e2e_app_get_pid (search->app), search->window,
                                     widening->width - frame->width);

  return frame->width == widening->width;
}

void
e2e_set_width (E2eApp     *app,
               const char *window,
               int         width)
{
  Widening widening = { SEARCH (app, window, E2E_ANY, NULL), width, FALSE };

  if (!e2e_wait_until (has_width, &widening))
    e2e_app_fail (app, "the window \"%s\" cannot be %d wide", window, width);
  search_clear (&widening.search);
}

void
e2e_key (E2eApp     *app,
         const char *window,
         const char *modifier,
         const char *key)
{
  e2e_wait_window (app, window);
  e2e_x11_key (modifier, key);
}

void
e2e_set_text (E2eApp     *app,
              const char *window,
              const char *field,
              const char *text)
{
  g_auto (Search) search = SEARCH (app, window, E2E_FIELD, field);
  g_autoptr (AtspiEditableText) editable = NULL;

  search.sensitive = TRUE;
  require (&search, is_found_sensitive, "cannot be written in");
  editable = atspi_accessible_get_editable_text_iface (search.found);
  if (editable == NULL || !atspi_editable_text_set_text_contents (editable, text, NULL))
    e2e_app_fail (app, "the field \"%s\" takes no text", field);
}

char *
e2e_get_text (E2eApp     *app,
              const char *window,
              E2eKind     kind,
              const char *name)
{
  g_auto (Search) search = SEARCH (app, window, kind, name);

  require (&search, is_found, "does not come");

  return e2e_tree_text (search.found);
}

void
e2e_wait_text (E2eApp     *app,
               const char *window,
               E2eKind     kind,
               const char *name,
               const char *pattern)
{
  g_auto (Search) search = SEARCH (app, window, kind, name);
  g_autofree char *what = g_strdup_printf ("does not get the text \"%s\"", pattern);

  search.pattern = pattern;
  require (&search, is_found_text, what);
}

void
e2e_activate (E2eApp     *app,
              const char *window,
              const char *action_name)
{
  g_auto (Search) search = SEARCH (app, window, E2E_ANY, NULL);
  g_autoptr (AtspiAction) action = NULL;
  int n_actions;

  if (!e2e_wait_until (is_window_there, &search))
    e2e_app_fail (app, "the window \"%s\" does not come", window != NULL ? window : "(any)");
  action = atspi_accessible_get_action_iface (search.found);
  n_actions = action != NULL ? atspi_action_get_n_actions (action, NULL) : 0;
  for (int i = 0; i < n_actions; i++)
    {
      g_autofree char *name = atspi_action_get_action_name (action, i, NULL);

      if (g_strcmp0 (name, action_name) == 0)
        {
          atspi_action_do_action (action, i, NULL);
          return;
        }
    }
  e2e_app_fail (app, "the window \"%s\" has no action %s", window != NULL ? window : "(any)",
                action_name);
}

void
e2e_close_window (E2eApp     *app,
                  const char *window)
{
  e2e_activate (app, window, "window.close");
}

typedef struct
{
  E2eApp     *app;
  const char *chooser;
  const char *name_field;
  const char *location_field;
} FileDialog;

static void
press_in_dialog (E2eApp     *app,
                 const char *button)
{
  g_autofree char *label = e2e_words_of_gtk (button);
  /* The name of a button with a mnemonic holds its label twice. */
  g_autofree char *pattern = g_strconcat ("*", label, NULL);
  g_auto (Search) search = SEARCH (app, NULL, E2E_BUTTON, pattern);
  GPid pid = e2e_app_get_pid (app);
  WindowCount count = { pid, NULL, e2e_x11_count (pid, NULL) };

  search.target.is_pattern = TRUE;
  press (&search);
  if (!e2e_wait_until (are_fewer_windows, &count))
    e2e_app_fail (app, "the file dialog does not go");
}

/* The dialog of GTK 3, which portals show, has no names for its fields. */
static FileDialog
file_dialog (E2eApp *app)
{
  E2eApp *portal = e2e_app_get_portal (app);

  if (portal != NULL)
    return (FileDialog) { portal, "File Chooser Widget", "", "" };

  return (FileDialog) { app, "GtkFileChooserWidget", "_Name:", "GtkFileChooserEntry" };
}

void
e2e_save_as (E2eApp     *app,
             const char *path)
{
  FileDialog dialog = file_dialog (app);
  g_autofree char *field = e2e_words_of_gtk (dialog.name_field);

  e2e_wait_shown (dialog.app, NULL, E2E_ANY, dialog.chooser);
  e2e_set_text (dialog.app, NULL, field, path);
  press_in_dialog (dialog.app, "_Save");
}

void
e2e_open_file (E2eApp     *app,
               const char *path)
{
  FileDialog dialog = file_dialog (app);
  g_auto (Search) entry = SEARCH (dialog.app, NULL, E2E_FIELD, dialog.location_field);

  e2e_wait_shown (dialog.app, NULL, E2E_ANY, dialog.chooser);
  /* The dialog takes the key once its list has the focus, which nothing tells. */
  for (guint i = 0; i < OPEN_TRIES && entry.found == NULL; i++)
    {
      e2e_key (dialog.app, NULL, NULL, "slash");
      e2e_wait_seconds (is_found, &entry, 1);
    }
  e2e_set_text (dialog.app, NULL, dialog.location_field, path);
  press_in_dialog (dialog.app, "_Open");
}
