/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-profile-private.h"

#include <string.h>

typedef enum
{
  PROP_DISPLAY_NAME = 1,
  PROP_PORT,
} ChatProfileProperty;

static GParamSpec *props[PROP_PORT + 1];

G_DEFINE_FINAL_TYPE (ChatProfile, chat_profile, G_TYPE_OBJECT)

static void
set_setting_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (!chat_store_write_finish (CHAT_STORE (object), result, &error))
    g_message ("A setting was not kept: %s", error->message);
}

static void
chat_profile_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  ChatProfile *self = CHAT_PROFILE (object);

  switch ((ChatProfileProperty) prop_id)
    {
    case PROP_DISPLAY_NAME:
      g_value_set_string (value, self->display_name);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_profile_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  ChatProfile *self = CHAT_PROFILE (object);

  switch ((ChatProfileProperty) prop_id)
    {
    case PROP_DISPLAY_NAME:
      chat_profile_set_display_name (self, g_value_get_string (value));
      break;
    case PROP_PORT:
      chat_profile_set_port (self, (guint16) g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
chat_profile_dispose (GObject *object)
{
  ChatProfile *self = CHAT_PROFILE (object);

  /* Others may still hold the store; the file is free from here on */
  if (self->store != NULL)
    chat_store_close (self->store);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (chat_profile_parent_class)->dispose (object);
}

static void
chat_profile_finalize (GObject *object)
{
  ChatProfile *self = CHAT_PROFILE (object);

  g_clear_pointer (&self->id, g_free);
  g_clear_object (&self->folder);
  g_clear_pointer (&self->private_key, spp_private_key_unref);
  g_clear_pointer (&self->display_name, g_free);

  G_OBJECT_CLASS (chat_profile_parent_class)->finalize (object);
}

static void
chat_profile_class_init (ChatProfileClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = chat_profile_get_property;
  object_class->set_property = chat_profile_set_property;
  object_class->dispose = chat_profile_dispose;
  object_class->finalize = chat_profile_finalize;

  props[PROP_DISPLAY_NAME] = g_param_spec_string ("display-name", NULL, NULL, "", flags);
  props[PROP_PORT] = g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0, flags);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
chat_profile_init (ChatProfile *self)
{
  self->display_name = g_strdup ("");
}

gboolean
chat_profile_is_valid_id (const char *id)
{
  return id != NULL && *id != '\0' && strlen (id) <= 32
         && strspn (id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") == strlen (id);
}

void
chat_profile_take_settings (ChatProfile *self,
                            const char  *display_name,
                            guint16      port)
{
  if (g_strcmp0 (self->display_name, display_name) != 0)
    {
      g_free (self->display_name);
      self->display_name = g_strdup (display_name);
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DISPLAY_NAME]);
    }

  if (self->port != port)
    {
      self->port = port;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PORT]);
    }
}

ChatProfile *
chat_profile_new (const char *id,
                  GFile      *folder)
{
  ChatProfile *self;

  g_return_val_if_fail (chat_profile_is_valid_id (id), NULL);

  self = g_object_new (CHAT_TYPE_PROFILE, NULL);
  self->id = g_strdup (id);
  if (folder != NULL)
    self->folder = g_file_get_child (folder, id);
  else
    self->folder = g_file_new_build_filename (g_get_user_data_dir (),
                                              "spp-chat", "profiles", id, NULL);

  return self;
}

const char *
chat_profile_get_id (ChatProfile *self)
{
  g_return_val_if_fail (CHAT_IS_PROFILE (self), NULL);

  return self->id;
}

GFile *
chat_profile_get_folder (ChatProfile *self)
{
  g_return_val_if_fail (CHAT_IS_PROFILE (self), NULL);

  return self->folder;
}

SppPrivateKey *
chat_profile_get_private_key (ChatProfile *self)
{
  g_return_val_if_fail (CHAT_IS_PROFILE (self), NULL);

  return self->private_key;
}

SppPublicKey *
chat_profile_get_public_key (ChatProfile *self)
{
  g_return_val_if_fail (CHAT_IS_PROFILE (self), NULL);
  g_return_val_if_fail (self->private_key != NULL, NULL);

  return spp_private_key_get_public_key (self->private_key);
}

ChatStore *
chat_profile_get_store (ChatProfile *self)
{
  g_return_val_if_fail (CHAT_IS_PROFILE (self), NULL);

  return self->store;
}

const char *
chat_profile_get_display_name (ChatProfile *self)
{
  g_return_val_if_fail (CHAT_IS_PROFILE (self), NULL);

  return self->display_name;
}

void
chat_profile_set_display_name (ChatProfile *self,
                               const char  *display_name)
{
  g_return_if_fail (CHAT_IS_PROFILE (self));
  g_return_if_fail (self->store != NULL);
  g_return_if_fail (display_name != NULL);

  if (g_strcmp0 (self->display_name, display_name) == 0)
    return;

  chat_profile_take_settings (self, display_name, self->port);
  chat_store_set_setting_async (self->store, CHAT_PROFILE_DISPLAY_NAME_SETTING, display_name,
                                set_setting_cb, NULL);
}

guint16
chat_profile_get_port (ChatProfile *self)
{
  g_return_val_if_fail (CHAT_IS_PROFILE (self), 0);

  return self->port;
}

void
chat_profile_set_port (ChatProfile *self,
                       guint16      port)
{
  g_autofree char *value = NULL;

  g_return_if_fail (CHAT_IS_PROFILE (self));
  g_return_if_fail (self->store != NULL);

  if (self->port == port)
    return;

  chat_profile_take_settings (self, self->display_name, port);
  value = g_strdup_printf ("%u", port);
  chat_store_set_setting_async (self->store, CHAT_PROFILE_PORT_SETTING, value,
                                set_setting_cb, NULL);
}
