/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-split-view.h"

/* libadwaita 1.2 has only folding widgets that later versions deprecate, and
 * those that replace them begin with 1.4; hence one of our own. */

/* Below this width, or the width that both panes need, one of them shows. */
#define FOLD_WIDTH 620
#define MIN_SIDEBAR_WIDTH 260
#define MAX_SIDEBAR_WIDTH 360
#define SIDEBAR_FRACTION 0.32

struct _ChatSplitView
{
  GtkWidget  parent_instance;

  /* Children */
  GtkWidget *sidebar;
  GtkWidget *separator;
  GtkWidget *content;

  /* State */
  gboolean   folded;
  gboolean   show_content;
};

typedef enum
{
  PROP_SIDEBAR = 1,
  PROP_CONTENT,
  PROP_FOLDED,
  PROP_SHOW_CONTENT,
} ChatSplitViewProperty;

static GParamSpec *props[PROP_SHOW_CONTENT + 1];

G_DEFINE_FINAL_TYPE (ChatSplitView, chat_split_view, GTK_TYPE_WIDGET)

static void
measure_width (GtkWidget *widget,
               int       *minimum,
               int       *natural)
{
  *minimum = 0;
  *natural = 0;
  if (widget != NULL)
    gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, minimum, natural, NULL, NULL);
}

static int
get_sidebar_width (ChatSplitView *self,
                   int            width)
{
  int minimum;
  int natural;

  measure_width (self->sidebar, &minimum, &natural);
  return MAX (minimum, CLAMP ((int) (width * SIDEBAR_FRACTION),
                              MIN_SIDEBAR_WIDTH, MAX_SIDEBAR_WIDTH));
}

static void
update_visible_panes (ChatSplitView *self)
{
  if (self->sidebar != NULL)
    gtk_widget_set_child_visible (self->sidebar, !self->folded || !self->show_content);
  if (self->content != NULL)
    gtk_widget_set_child_visible (self->content, !self->folded || self->show_content);
  gtk_widget_set_child_visible (self->separator, !self->folded);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "split-view.back",
                                 self->folded && self->show_content);
}

static void
update_folded (ChatSplitView *self,
               int            width)
{
  int minimum;
  int natural;
  gboolean folded;

  measure_width (self->content, &minimum, &natural);
  folded = width < FOLD_WIDTH || width < get_sidebar_width (self, width) + minimum;

  if (folded == self->folded)
    return;

  self->folded = folded;
  update_visible_panes (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FOLDED]);
}

static void
allocate_pane (GtkWidget *pane,
               int        x,
               int        width,
               int        height)
{
  GtkAllocation allocation = { x, 0, width, height };

  if (pane != NULL && gtk_widget_get_child_visible (pane))
    gtk_widget_size_allocate (pane, &allocation, -1);
}

static void
chat_split_view_size_allocate (GtkWidget *widget,
                               int        width,
                               int        height,
                               int        baseline)
{
  ChatSplitView *self = CHAT_SPLIT_VIEW (widget);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int sidebar_width;
  int content_width;
  int line;
  int natural;

  update_folded (self, width);

  if (self->folded)
    {
      allocate_pane (self->sidebar, 0, width, height);
      allocate_pane (self->content, 0, width, height);
      return;
    }

  /* Every pane has to be measured before it is given its size */
  measure_width (self->separator, &line, &natural);
  sidebar_width = get_sidebar_width (self, width);
  content_width = width - sidebar_width - line;

  allocate_pane (self->sidebar, rtl ? width - sidebar_width : 0, sidebar_width, height);
  allocate_pane (self->separator, rtl ? content_width : sidebar_width, line, height);
  allocate_pane (self->content, rtl ? 0 : sidebar_width + line, content_width, height);
}

static void
chat_split_view_measure (GtkWidget      *widget,
                         GtkOrientation  orientation,
                         int             for_size,
                         int            *minimum,
                         int            *natural,
                         int            *minimum_baseline,
                         int            *natural_baseline)
{
  ChatSplitView *self = CHAT_SPLIT_VIEW (widget);
  GtkWidget *panes[] = { self->sidebar, self->content };

  *minimum = 0;
  *natural = 0;

  for (guint i = 0; i < G_N_ELEMENTS (panes); i++)
    {
      int pane_minimum;
      int pane_natural;

      if (panes[i] == NULL)
        continue;

      gtk_widget_measure (panes[i], orientation, -1, &pane_minimum, &pane_natural, NULL, NULL);
      *minimum = MAX (*minimum, pane_minimum);
      if (orientation == GTK_ORIENTATION_HORIZONTAL)
        *natural += pane_natural;
      else
        *natural = MAX (*natural, pane_natural);
    }
}

static GtkSizeRequestMode
chat_split_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
back_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  ChatSplitView *self = CHAT_SPLIT_VIEW (widget);

  chat_split_view_set_show_content (self, FALSE);
  if (self->sidebar != NULL)
    gtk_widget_grab_focus (self->sidebar);
}

static void
set_pane (ChatSplitView  *self,
          GtkWidget     **pane,
          GtkWidget      *widget,
          GParamSpec     *pspec)
{
  if (*pane == widget)
    return;

  g_clear_pointer (pane, gtk_widget_unparent);
  *pane = widget;
  if (widget != NULL)
    gtk_widget_set_parent (widget, GTK_WIDGET (self));

  update_visible_panes (self);
  g_object_notify_by_pspec (G_OBJECT (self), pspec);
}

static void
chat_split_view_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  ChatSplitView *self = CHAT_SPLIT_VIEW (object);

  switch ((ChatSplitViewProperty) prop_id)
    {
    case PROP_SIDEBAR:
      g_value_set_object (value, self->sidebar);
      break;
    case PROP_CONTENT:
      g_value_set_object (value, self->content);
      break;
    case PROP_FOLDED:
      g_value_set_boolean (value, self->folded);
      break;
    case PROP_SHOW_CONTENT:
      g_value_set_boolean (value, self->show_content);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_split_view_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  ChatSplitView *self = CHAT_SPLIT_VIEW (object);

  switch ((ChatSplitViewProperty) prop_id)
    {
    case PROP_SIDEBAR:
      chat_split_view_set_sidebar (self, g_value_get_object (value));
      break;
    case PROP_CONTENT:
      chat_split_view_set_content (self, g_value_get_object (value));
      break;
    case PROP_SHOW_CONTENT:
      chat_split_view_set_show_content (self, g_value_get_boolean (value));
      break;
    case PROP_FOLDED:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_split_view_dispose (GObject *object)
{
  ChatSplitView *self = CHAT_SPLIT_VIEW (object);

  g_clear_pointer (&self->sidebar, gtk_widget_unparent);
  g_clear_pointer (&self->separator, gtk_widget_unparent);
  g_clear_pointer (&self->content, gtk_widget_unparent);

  G_OBJECT_CLASS (chat_split_view_parent_class)->dispose (object);
}

static void
chat_split_view_class_init (ChatSplitViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = chat_split_view_get_property;
  object_class->set_property = chat_split_view_set_property;
  object_class->dispose = chat_split_view_dispose;
  widget_class->measure = chat_split_view_measure;
  widget_class->size_allocate = chat_split_view_size_allocate;
  widget_class->get_request_mode = chat_split_view_get_request_mode;

  props[PROP_SIDEBAR] =
    g_param_spec_object ("sidebar", NULL, NULL, GTK_TYPE_WIDGET, flags | G_PARAM_READWRITE);
  props[PROP_CONTENT] =
    g_param_spec_object ("content", NULL, NULL, GTK_TYPE_WIDGET, flags | G_PARAM_READWRITE);
  props[PROP_FOLDED] =
    g_param_spec_boolean ("folded", NULL, NULL, FALSE, flags | G_PARAM_READABLE);
  props[PROP_SHOW_CONTENT] =
    g_param_spec_boolean ("show-content", NULL, NULL, FALSE, flags | G_PARAM_READWRITE);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_install_action (widget_class, "split-view.back", NULL, back_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "split-view.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK,
                                       "split-view.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Back, 0, "split-view.back", NULL);

  gtk_widget_class_set_css_name (widget_class, "splitview");
}

static void
chat_split_view_init (ChatSplitView *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  self->separator = gtk_separator_new (GTK_ORIENTATION_VERTICAL);
  gtk_widget_set_parent (self->separator, GTK_WIDGET (self));
  update_visible_panes (self);
}

GtkWidget *
chat_split_view_new (void)
{
  return g_object_new (CHAT_TYPE_SPLIT_VIEW, NULL);
}

void
chat_split_view_set_sidebar (ChatSplitView *self,
                             GtkWidget     *sidebar)
{
  g_return_if_fail (CHAT_IS_SPLIT_VIEW (self));

  set_pane (self, &self->sidebar, sidebar, props[PROP_SIDEBAR]);
}

void
chat_split_view_set_content (ChatSplitView *self,
                             GtkWidget     *content)
{
  g_return_if_fail (CHAT_IS_SPLIT_VIEW (self));

  set_pane (self, &self->content, content, props[PROP_CONTENT]);
}

gboolean
chat_split_view_get_folded (ChatSplitView *self)
{
  g_return_val_if_fail (CHAT_IS_SPLIT_VIEW (self), FALSE);

  return self->folded;
}

gboolean
chat_split_view_get_show_content (ChatSplitView *self)
{
  g_return_val_if_fail (CHAT_IS_SPLIT_VIEW (self), FALSE);

  return self->show_content;
}

void
chat_split_view_set_show_content (ChatSplitView *self,
                                  gboolean       show_content)
{
  g_return_if_fail (CHAT_IS_SPLIT_VIEW (self));

  if (self->show_content == show_content)
    return;

  self->show_content = show_content;
  update_visible_panes (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SHOW_CONTENT]);
}
