/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-contact.h"

typedef enum
{
  PROP_ID = 1,
  PROP_PUBLIC_KEY,
  PROP_NAME,
  PROP_HOST,
  PROP_PORT,
  PROP_PRESENCE,
  PROP_STATUS,
  PROP_FAILED,
  PROP_FLAGS,
  PROP_PROTECTION,
  PROP_ASKS_OLD_PROTOCOL,
  PROP_PREVIEW,
  PROP_LAST_ACTIVITY,
  PROP_UNREAD_COUNT,
} ChatContactProperty;

static GParamSpec *props[PROP_UNREAD_COUNT + 1];

struct _ChatContact
{
  GObject         parent_instance;

  /* Owned */
  SppPublicKey   *public_key;
  char           *name;
  char           *host;
  char           *status;
  char           *preview;
  ChatProtection *protection;

  /* State */
  gint64          id;
  gint64          last_activity;
  guint           unread_count;
  guint16         port;
  ChatPresence    presence;
  SppPeerFlags    flags;
  gboolean        failed;
  gboolean        asks_old_protocol;
  gboolean        declined_old_protocol;
  gboolean        spoke_spp2;
};

G_DEFINE_ENUM_TYPE (ChatPresence, chat_presence,
                    G_DEFINE_ENUM_VALUE (CHAT_PRESENCE_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (CHAT_PRESENCE_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (CHAT_PRESENCE_UNCONFIRMED, "unconfirmed"),
                    G_DEFINE_ENUM_VALUE (CHAT_PRESENCE_ONLINE, "online"))

G_DEFINE_FINAL_TYPE (ChatContact, chat_contact, G_TYPE_OBJECT)

static void
set_text (ChatContact         *self,
          char               **member,
          const char          *text,
          ChatContactProperty  property)
{
  char *old;

  if (g_strcmp0 (*member, text) == 0)
    return;

  /* @text may be the old one's own */
  old = *member;
  *member = g_strdup (text);
  g_free (old);
  g_object_notify_by_pspec (G_OBJECT (self), props[property]);
}

static void
set_asks_old_protocol (ChatContact *self,
                       gboolean     asks)
{
  if (self->asks_old_protocol == asks)
    return;

  self->asks_old_protocol = asks;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ASKS_OLD_PROTOCOL]);
}

static void
chat_contact_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  ChatContact *self = CHAT_CONTACT (object);

  switch ((ChatContactProperty) prop_id)
    {
    case PROP_ID:
      g_value_set_int64 (value, self->id);
      break;
    case PROP_PUBLIC_KEY:
      g_value_set_boxed (value, self->public_key);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_HOST:
      g_value_set_string (value, self->host);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_PRESENCE:
      g_value_set_enum (value, self->presence);
      break;
    case PROP_STATUS:
      g_value_set_string (value, self->status);
      break;
    case PROP_FAILED:
      g_value_set_boolean (value, self->failed);
      break;
    case PROP_FLAGS:
      g_value_set_flags (value, self->flags);
      break;
    case PROP_PROTECTION:
      g_value_set_boxed (value, self->protection);
      break;
    case PROP_ASKS_OLD_PROTOCOL:
      g_value_set_boolean (value, self->asks_old_protocol);
      break;
    case PROP_PREVIEW:
      g_value_set_string (value, self->preview);
      break;
    case PROP_LAST_ACTIVITY:
      g_value_set_int64 (value, self->last_activity);
      break;
    case PROP_UNREAD_COUNT:
      g_value_set_uint (value, self->unread_count);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_contact_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  ChatContact *self = CHAT_CONTACT (object);

  if (prop_id == PROP_ID)
    self->id = g_value_get_int64 (value);
  else if (prop_id == PROP_PUBLIC_KEY)
    self->public_key = g_value_dup_boxed (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
chat_contact_finalize (GObject *object)
{
  ChatContact *self = CHAT_CONTACT (object);

  g_clear_pointer (&self->public_key, spp_public_key_unref);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->status, g_free);
  g_clear_pointer (&self->preview, g_free);
  g_clear_pointer (&self->protection, chat_protection_free);

  G_OBJECT_CLASS (chat_contact_parent_class)->finalize (object);
}

static void
chat_contact_class_init (ChatContactClass *klass)
{
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags construct = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = chat_contact_get_property;
  object_class->set_property = chat_contact_set_property;
  object_class->finalize = chat_contact_finalize;

  props[PROP_ID] = g_param_spec_int64 ("id", NULL, NULL, 0, G_MAXINT64, 0, construct);
  props[PROP_PUBLIC_KEY] =
    g_param_spec_boxed ("public-key", NULL, NULL, SPP_TYPE_PUBLIC_KEY, construct);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", read);
  props[PROP_HOST] = g_param_spec_string ("host", NULL, NULL, "", read);
  props[PROP_PORT] = g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0, read);
  props[PROP_PRESENCE] =
    g_param_spec_enum ("presence", NULL, NULL, CHAT_TYPE_PRESENCE, CHAT_PRESENCE_OFFLINE, read);
  props[PROP_STATUS] = g_param_spec_string ("status", NULL, NULL, "", read);
  props[PROP_FAILED] = g_param_spec_boolean ("failed", NULL, NULL, FALSE, read);
  props[PROP_FLAGS] =
    g_param_spec_flags ("flags", NULL, NULL, SPP_TYPE_PEER_FLAGS, SPP_PEER_FLAGS_NONE, read);
  props[PROP_PROTECTION] =
    g_param_spec_boxed ("protection", NULL, NULL, CHAT_TYPE_PROTECTION, read);
  props[PROP_ASKS_OLD_PROTOCOL] =
    g_param_spec_boolean ("asks-old-protocol", NULL, NULL, FALSE, read);
  props[PROP_PREVIEW] = g_param_spec_string ("preview", NULL, NULL, "", read);
  props[PROP_LAST_ACTIVITY] =
    g_param_spec_int64 ("last-activity", NULL, NULL, G_MININT64, G_MAXINT64, 0, read);
  props[PROP_UNREAD_COUNT] =
    g_param_spec_uint ("unread-count", NULL, NULL, 0, G_MAXUINT, 0, read);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
chat_contact_init (ChatContact *self)
{
  self->name = g_strdup ("");
  self->host = g_strdup ("");
  self->status = g_strdup ("");
  self->preview = g_strdup ("");
}

ChatContact *
chat_contact_new (gint64        id,
                  SppPublicKey *public_key,
                  const char   *name,
                  const char   *host,
                  guint16       port)
{
  ChatContact *self;

  g_return_val_if_fail (public_key != NULL, NULL);

  self = g_object_new (CHAT_TYPE_CONTACT,
                       "id", id,
                       "public-key", public_key,
                       NULL);
  chat_contact_set_details (self, name, host, port);

  return self;
}

gint64
chat_contact_get_id (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), 0);

  return self->id;
}

SppPublicKey *
chat_contact_get_public_key (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), NULL);

  return self->public_key;
}

const char *
chat_contact_get_name (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), NULL);

  return self->name;
}

const char *
chat_contact_get_host (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), NULL);

  return self->host;
}

guint16
chat_contact_get_port (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), 0);

  return self->port;
}

ChatPresence
chat_contact_get_presence (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), CHAT_PRESENCE_OFFLINE);

  return self->presence;
}

const char *
chat_contact_get_status (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), NULL);

  return self->status;
}

gboolean
chat_contact_get_failed (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), FALSE);

  return self->failed;
}

SppPeerFlags
chat_contact_get_flags (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), SPP_PEER_FLAGS_NONE);

  return self->flags;
}

const ChatProtection *
chat_contact_get_protection (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), NULL);

  return self->protection;
}

gboolean
chat_contact_get_asks_old_protocol (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), FALSE);

  return self->asks_old_protocol;
}

const char *
chat_contact_get_preview (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), NULL);

  return self->preview;
}

gint64
chat_contact_get_last_activity (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), 0);

  return self->last_activity;
}

guint
chat_contact_get_unread_count (ChatContact *self)
{
  g_return_val_if_fail (CHAT_IS_CONTACT (self), 0);

  return self->unread_count;
}

void
chat_contact_set_details (ChatContact *self,
                          const char  *name,
                          const char  *host,
                          guint16      port)
{
  g_return_if_fail (CHAT_IS_CONTACT (self));
  g_return_if_fail (name != NULL && *name != '\0');
  g_return_if_fail (host != NULL);

  g_object_freeze_notify (G_OBJECT (self));

  set_text (self, &self->name, name, PROP_NAME);
  set_text (self, &self->host, host, PROP_HOST);
  if (self->port != port)
    {
      self->port = port;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PORT]);
    }

  g_object_thaw_notify (G_OBJECT (self));
}

void
chat_contact_set_presence (ChatContact  *self,
                           ChatPresence  presence,
                           const char   *status,
                           gboolean      failed)
{
  g_return_if_fail (CHAT_IS_CONTACT (self));
  g_return_if_fail (status != NULL);

  /* Who looks at one of the three finds the others already right */
  g_object_freeze_notify (G_OBJECT (self));

  if (self->presence != presence)
    {
      self->presence = presence;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PRESENCE]);
    }
  if (self->failed != failed)
    {
      self->failed = failed;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FAILED]);
    }
  set_text (self, &self->status, status, PROP_STATUS);

  g_object_thaw_notify (G_OBJECT (self));
}

void
chat_contact_set_flags (ChatContact  *self,
                        SppPeerFlags  flags)
{
  g_return_if_fail (CHAT_IS_CONTACT (self));

  if (self->flags == flags)
    return;

  g_object_freeze_notify (G_OBJECT (self));

  /* Either way it is answered */
  if (((self->flags ^ flags) & SPP_PEER_FLAGS_ALLOW_SPP1) != 0)
    chat_contact_decline_old_protocol (self);
  self->flags = flags;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FLAGS]);

  g_object_thaw_notify (G_OBJECT (self));
}

void
chat_contact_set_protection (ChatContact          *self,
                             const ChatProtection *protection)
{
  g_return_if_fail (CHAT_IS_CONTACT (self));

  if (chat_protection_equal (self->protection, protection))
    return;

  g_object_freeze_notify (G_OBJECT (self));

  g_clear_pointer (&self->protection, chat_protection_free);
  self->protection = protection != NULL ? chat_protection_copy (protection) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROTECTION]);
  if (protection != NULL)
    {
      self->spoke_spp2 |= protection->version >= 2;
      set_asks_old_protocol (self, FALSE);
      chat_contact_set_flags (self, chat_protection_learn (protection, self->flags));
    }

  g_object_thaw_notify (G_OBJECT (self));
}

void
chat_contact_meet_old_protocol (ChatContact *self)
{
  g_return_if_fail (CHAT_IS_CONTACT (self));

  /* Whoever has spoken SPP/2 has no reason to fall back: somebody may be playing
   * an old recording */
  if (self->declined_old_protocol || self->spoke_spp2
      || (self->flags & (SPP_PEER_FLAGS_ALLOW_SPP1 | SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM)) != 0)
    return;

  set_asks_old_protocol (self, TRUE);
}

void
chat_contact_decline_old_protocol (ChatContact *self)
{
  g_return_if_fail (CHAT_IS_CONTACT (self));

  self->declined_old_protocol = TRUE;
  set_asks_old_protocol (self, FALSE);
}

void
chat_contact_set_preview (ChatContact *self,
                          const char  *preview,
                          gint64       last_activity)
{
  g_return_if_fail (CHAT_IS_CONTACT (self));
  g_return_if_fail (preview != NULL);

  g_object_freeze_notify (G_OBJECT (self));

  set_text (self, &self->preview, preview, PROP_PREVIEW);
  if (self->last_activity != last_activity)
    {
      self->last_activity = last_activity;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LAST_ACTIVITY]);
    }

  g_object_thaw_notify (G_OBJECT (self));
}

void
chat_contact_set_unread_count (ChatContact *self,
                               guint        unread_count)
{
  g_return_if_fail (CHAT_IS_CONTACT (self));

  if (self->unread_count == unread_count)
    return;

  self->unread_count = unread_count;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_UNREAD_COUNT]);
}
