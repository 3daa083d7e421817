/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "e2e-tree.h"

/* Objects come and go while the tree is walked: a call on one that is gone
 * gives nothing, which is what is wanted, and an error that says nothing more.
 */

gboolean
e2e_tree_has (AtspiAccessible *object,
              AtspiStateType   state)
{
  g_autoptr (AtspiStateSet) states = atspi_accessible_get_state_set (object);

  return states != NULL && atspi_state_set_contains (states, state);
}

static gboolean
has_size (AtspiAccessible *object)
{
  g_autoptr (AtspiComponent) component = atspi_accessible_get_component_iface (object);
  AtspiRect *extents = NULL;
  gboolean found = FALSE;

  if (component == NULL)
    return FALSE;
  extents = atspi_component_get_extents (component, ATSPI_COORD_TYPE_WINDOW, NULL);
  if (extents != NULL)
    found = extents->width > 0 && extents->height > 0;
  g_clear_pointer (&extents, g_free);

  return found;
}

static gboolean
is_kind (AtspiAccessible *object,
         E2eKind          kind)
{
  AtspiRole role = atspi_accessible_get_role (object, NULL);

  switch (kind)
    {
    case E2E_BUTTON:
      return role == ATSPI_ROLE_PUSH_BUTTON || role == ATSPI_ROLE_TOGGLE_BUTTON ||
             role == ATSPI_ROLE_CHECK_BOX || role == ATSPI_ROLE_MENU_ITEM;
    case E2E_FIELD:
      return role == ATSPI_ROLE_TEXT || role == ATSPI_ROLE_ENTRY ||
             role == ATSPI_ROLE_SPIN_BUTTON || role == ATSPI_ROLE_PASSWORD_TEXT;
    case E2E_LABEL:
      return role == ATSPI_ROLE_LABEL;
    case E2E_LIST:
      return role == ATSPI_ROLE_LIST || role == ATSPI_ROLE_LIST_BOX;
    case E2E_ROW:
      return role == ATSPI_ROLE_LIST_ITEM;
    case E2E_ANY:
    default:
      return TRUE;
    }
}

static gboolean
matches (AtspiAccessible *object,
         const E2eTarget *target)
{
  g_autofree char *name = atspi_accessible_get_name (object, NULL);

  if (name == NULL)
    return FALSE;
  if (target->is_pattern ? !g_pattern_match_simple (target->name, name)
                         : !g_str_equal (target->name, name))
    return FALSE;

  return is_kind (object, target->kind) && has_size (object);
}

AtspiAccessible *
e2e_tree_find (AtspiAccessible *root,
               const E2eTarget *target)
{
  int n_children;

  if (!e2e_tree_has (root, ATSPI_STATE_VISIBLE))
    return NULL;
  if (matches (root, target))
    return g_object_ref (root);

  n_children = atspi_accessible_get_child_count (root, NULL);
  for (int i = 0; i < n_children; i++)
    {
      g_autoptr (AtspiAccessible) child = atspi_accessible_get_child_at_index (root, i, NULL);
      AtspiAccessible *found = child != NULL ? e2e_tree_find (child, target) : NULL;

      if (found != NULL)
        return found;
    }

  return NULL;
}

void
e2e_tree_foreach (AtspiAccessible *root,
                  E2eTreeFunc      func,
                  gpointer         user_data)
{
  int n_children;

  if (!e2e_tree_has (root, ATSPI_STATE_VISIBLE))
    return;
  if (has_size (root))
    func (root, user_data);

  n_children = atspi_accessible_get_child_count (root, NULL);
  for (int i = 0; i < n_children; i++)
    {
      g_autoptr (AtspiAccessible) child = atspi_accessible_get_child_at_index (root, i, NULL);

      if (child != NULL)
        e2e_tree_foreach (child, func, user_data);
    }
}

AtspiAccessible *
e2e_tree_window (AtspiAccessible *application,
                 const char      *title)
{
  for (int i = atspi_accessible_get_child_count (application, NULL) - 1; i >= 0; i--)
    {
      g_autoptr (AtspiAccessible) window =
        atspi_accessible_get_child_at_index (application, i, NULL);
      g_autofree char *name = window != NULL ? atspi_accessible_get_name (window, NULL) : NULL;

      if (name != NULL && (title == NULL || g_str_equal (name, title)) &&
          e2e_tree_has (window, ATSPI_STATE_VISIBLE))
        return g_steal_pointer (&window);
    }

  return NULL;
}

char *
e2e_tree_text (AtspiAccessible *object)
{
  g_autoptr (AtspiText) text = atspi_accessible_get_text_iface (object);
  int length = text != NULL ? atspi_text_get_character_count (text, NULL) : -1;

  /* GTK 4.8 does not take -1 for the end. */
  return length > 0 ? atspi_text_get_text (text, 0, length, NULL) : g_strdup ("");
}

static void
describe_states (AtspiAccessible *object,
                 GString         *out)
{
  static const struct
  {
    AtspiStateType state;
    const char *word;
  } words[] = {
    { ATSPI_STATE_VISIBLE, " visible" },
    { ATSPI_STATE_SENSITIVE, " sensitive" },
    { ATSPI_STATE_FOCUSED, " focused" },
    { ATSPI_STATE_ACTIVE, " active" },
    { ATSPI_STATE_MODAL, " modal" },
    { ATSPI_STATE_SELECTED, " selected" },
    { ATSPI_STATE_PRESSED, " pressed" },
    { ATSPI_STATE_CHECKED, " checked" },
    { ATSPI_STATE_EXPANDED, " expanded" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (e2e_tree_has (object, words[i].state))
      g_string_append (out, words[i].word);
}

static void
describe (AtspiAccessible *object,
          int              depth,
          GString         *out)
{
  g_autofree char *role = atspi_accessible_get_role_name (object, NULL);
  g_autofree char *name = atspi_accessible_get_name (object, NULL);
  g_autofree char *text = e2e_tree_text (object);
  int n_children = atspi_accessible_get_child_count (object, NULL);

  g_string_append_printf (out, "%*s%s \"%s\"", depth * 2, "", role, name);
  if (*text != '\0' && g_strcmp0 (text, name) != 0)
    g_string_append_printf (out, " text \"%.200s\"", text);
  describe_states (object, out);
  g_string_append_c (out, '\n');

  for (int i = 0; i < n_children; i++)
    {
      g_autoptr (AtspiAccessible) child = atspi_accessible_get_child_at_index (object, i, NULL);

      if (child != NULL)
        describe (child, depth + 1, out);
    }
}

char *
e2e_tree_describe (AtspiAccessible *root)
{
  GString *out = g_string_new (NULL);

  describe (root, 0, out);

  return g_string_free (out, FALSE);
}
