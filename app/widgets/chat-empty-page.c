/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-empty-page.h"

struct _ChatEmptyPage
{
  AdwBin     parent_instance;

  /* Template children */
  GtkWidget *cards;

  /* State */
  gboolean   folded;
};

typedef enum
{
  PROP_FOLDED = 1,
} ChatEmptyPageProperty;

static GParamSpec *props[PROP_FOLDED + 1];

G_DEFINE_FINAL_TYPE (ChatEmptyPage, chat_empty_page, ADW_TYPE_BIN)

static void
set_folded (ChatEmptyPage *self,
            gboolean       folded)
{
  GtkOrientation orientation = folded ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;

  if (self->folded == folded)
    return;

  self->folded = folded;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->cards), orientation);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FOLDED]);
}

static void
chat_empty_page_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  ChatEmptyPage *self = CHAT_EMPTY_PAGE (object);

  switch ((ChatEmptyPageProperty) prop_id)
    {
    case PROP_FOLDED:
      g_value_set_boolean (value, self->folded);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_empty_page_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  ChatEmptyPage *self = CHAT_EMPTY_PAGE (object);

  switch ((ChatEmptyPageProperty) prop_id)
    {
    case PROP_FOLDED:
      set_folded (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_empty_page_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), CHAT_TYPE_EMPTY_PAGE);

  G_OBJECT_CLASS (chat_empty_page_parent_class)->dispose (object);
}

static void
chat_empty_page_class_init (ChatEmptyPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = chat_empty_page_get_property;
  object_class->set_property = chat_empty_page_set_property;
  object_class->dispose = chat_empty_page_dispose;

  props[PROP_FOLDED] =
    g_param_spec_boolean ("folded", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/spproto/Chat/ui/chat-empty-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ChatEmptyPage, cards);
}

static void
chat_empty_page_init (ChatEmptyPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
chat_empty_page_new (void)
{
  return g_object_new (CHAT_TYPE_EMPTY_PAGE, NULL);
}
