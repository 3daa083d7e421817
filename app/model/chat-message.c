/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-message.h"

#include <glib/gi18n-lib.h>

#include "chat-text.h"

typedef enum
{
  PROP_ID = 1,
  PROP_STATE,
} ChatMessageProperty;

static GParamSpec *props[PROP_STATE + 1];

struct _ChatMessage
{
  GObject           parent_instance;

  /* Owned */
  GBytes           *payload;
  char             *text;
  char             *display;

  /* State */
  gint64            id;
  gint64            time;
  ChatMessageState  state;
  gboolean          is_text;
  gboolean          cut;
};

G_DEFINE_ENUM_TYPE (ChatMessageState, chat_message_state,
                    G_DEFINE_ENUM_VALUE (CHAT_MESSAGE_STATE_QUEUED, "queued"),
                    G_DEFINE_ENUM_VALUE (CHAT_MESSAGE_STATE_SENT, "sent"),
                    G_DEFINE_ENUM_VALUE (CHAT_MESSAGE_STATE_RECEIVED, "received"))

G_DEFINE_FINAL_TYPE (ChatMessage, chat_message, G_TYPE_OBJECT)

static gboolean
is_text (GBytes *payload)
{
  gsize size;
  const char *data = g_bytes_get_data (payload, &size);

  return size == 0 || g_utf8_validate_len (data, size, NULL);
}

static void
make_display (ChatMessage *self)
{
  gsize size = g_bytes_get_size (self->payload);
  g_autofree char *text = NULL;

  if (size == 0)
    {
      self->display = g_strdup (_("Empty message"));
      return;
    }

  if (!self->is_text)
    {
      self->display = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                                    "This message is not text and cannot be "
                                                    "shown (%lu byte).",
                                                    "This message is not text and cannot be "
                                                    "shown (%lu bytes).",
                                                    size),
                                       (gulong) size);
      return;
    }

  text = chat_text_dup_from_payload (self->payload);
  self->display = chat_text_dup_display (text, &self->cut);
}

static void
chat_message_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  ChatMessage *self = CHAT_MESSAGE (object);

  switch ((ChatMessageProperty) prop_id)
    {
    case PROP_ID:
      g_value_set_int64 (value, self->id);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_message_finalize (GObject *object)
{
  ChatMessage *self = CHAT_MESSAGE (object);

  g_clear_pointer (&self->payload, g_bytes_unref);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->display, g_free);

  G_OBJECT_CLASS (chat_message_parent_class)->finalize (object);
}

static void
chat_message_class_init (ChatMessageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = chat_message_get_property;
  object_class->finalize = chat_message_finalize;

  props[PROP_ID] =
    g_param_spec_int64 ("id", NULL, NULL, 0, G_MAXINT64, 0,
                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL,
                       CHAT_TYPE_MESSAGE_STATE, CHAT_MESSAGE_STATE_QUEUED,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
chat_message_init (ChatMessage *self)
{
}

ChatMessage *
chat_message_new (gint64            id,
                  ChatMessageState  state,
                  gint64            time,
                  GBytes           *payload)
{
  ChatMessage *self = g_object_new (CHAT_TYPE_MESSAGE, NULL);

  self->id = id;
  self->state = state;
  self->time = time;
  self->payload = payload != NULL ? g_bytes_ref (payload) : g_bytes_new (NULL, 0);
  self->is_text = is_text (self->payload);

  return self;
}

gint64
chat_message_get_id (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), 0);

  return self->id;
}

void
chat_message_set_id (ChatMessage *self,
                     gint64       id)
{
  g_return_if_fail (CHAT_IS_MESSAGE (self));

  if (self->id == id)
    return;

  self->id = id;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ID]);
}

ChatMessageState
chat_message_get_state (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), CHAT_MESSAGE_STATE_QUEUED);

  return self->state;
}

void
chat_message_set_state (ChatMessage      *self,
                        ChatMessageState  state)
{
  g_return_if_fail (CHAT_IS_MESSAGE (self));

  if (self->state == state)
    return;

  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

gboolean
chat_message_is_outgoing (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), FALSE);

  return self->state != CHAT_MESSAGE_STATE_RECEIVED;
}

gint64
chat_message_get_time (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), 0);

  return self->time;
}

GBytes *
chat_message_get_payload (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), NULL);

  return self->payload;
}

const char *
chat_message_get_text (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), NULL);

  /* Made when asked for: a large message would be in memory twice */
  if (self->text == NULL && self->is_text)
    self->text = chat_text_dup_from_payload (self->payload);

  return self->text;
}

const char *
chat_message_get_display (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), NULL);

  if (self->display == NULL)
    make_display (self);

  return self->display;
}

char *
chat_message_dup_preview (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), NULL);

  if (!self->is_text)
    return g_strdup (_("This message is not text."));

  return chat_text_dup_preview (chat_message_get_display (self));
}

gboolean
chat_message_is_notice (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), FALSE);

  return !self->is_text || g_bytes_get_size (self->payload) == 0;
}

gboolean
chat_message_is_cut (ChatMessage *self)
{
  g_return_val_if_fail (CHAT_IS_MESSAGE (self), FALSE);

  chat_message_get_display (self);

  return self->cut;
}
