/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The tree of accessible objects of an application: looking for one, and
 * printing all of them for the reader of a failure.
 */

#pragma once

#include <atspi/atspi.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiAccessible, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiAction, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiComponent, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiEditableText, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiStateSet, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AtspiText, g_object_unref)

typedef enum
{
  E2E_ANY,
  E2E_BUTTON,
  E2E_FIELD,
  E2E_LABEL,
  E2E_LIST,
  E2E_ROW,
} E2eKind;

/* The names of windows and widgets are exact. In a pattern (of
 * g_pattern_match_simple()) `*` and `?` stand for what the test cannot know.
 */
typedef struct
{
  E2eKind kind;
  const char *name;
  gboolean is_pattern;
} E2eTarget;

typedef void (*E2eTreeFunc) (AtspiAccessible *object,
                             gpointer         user_data);

/* What is invisible, or has no size, is not found. */
AtspiAccessible *e2e_tree_find     (AtspiAccessible *root,
                                    const E2eTarget *target);
/* The visible window with this title, the newest one with any for %NULL. */
AtspiAccessible *e2e_tree_window   (AtspiAccessible *application,
                                    const char      *title);
gboolean         e2e_tree_has      (AtspiAccessible *object,
                                    AtspiStateType   state);
char            *e2e_tree_text     (AtspiAccessible *object);
/* Calls @func for everything that would be found. */
void             e2e_tree_foreach  (AtspiAccessible *root,
                                    E2eTreeFunc      func,
                                    gpointer         user_data);
char            *e2e_tree_describe (AtspiAccessible *root);

G_END_DECLS
