/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-link-private.h"

#include <glib/gi18n-lib.h>

#include "chat-sentence.h"

enum
{
  UP,
  DOWN,
  RECEIVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ChatLink, chat_link, G_TYPE_OBJECT)

static void
show (ChatLink     *self,
      ChatPresence  presence,
      const char   *status,
      gboolean      failed)
{
  g_autoptr (ChatProtection) protection = NULL;

  if (self->current != NULL)
    protection = chat_protection_new (self->current->session);

  chat_contact_set_protection (self->contact, protection);
  chat_contact_set_presence (self->contact, presence, status, failed);
}

void
chat_link_set_offline (ChatLink *self)
{
  const char *name = chat_contact_get_name (self->contact);
  g_autofree char *status = NULL;

  if (*chat_contact_get_host (self->contact) != '\0')
    /* Translators: the friend is not connected */
    status = g_strdup (_("Offline"));
  else
    /* Translators: both are the friend's name */
    status = g_strdup_printf (_("Offline. %s can call you, or add an address for %s."),
                              name, name);

  show (self, CHAT_PRESENCE_OFFLINE, status, FALSE);
}

void
chat_link_set_gone (ChatLink *self)
{
  /* Translators: the friend has ended the connection */
  show (self, CHAT_PRESENCE_OFFLINE, _("Went offline"), FALSE);
}

void
chat_link_set_failed (ChatLink   *self,
                      const char *status)
{
  show (self, CHAT_PRESENCE_OFFLINE, status, TRUE);
}

void
chat_link_set_connecting (ChatLink *self)
{
  /* Translators: %s is an address, such as “bob.example” */
  g_autofree char *status = g_strdup_printf (_("Connecting to %s…"),
                                             chat_contact_get_host (self->contact));

  show (self, CHAT_PRESENCE_CONNECTING, status, FALSE);
}

void
chat_link_set_connected (ChatLink *self)
{
  g_autofree char *status = NULL;

  if (spp_session_is_confirmed (self->current->session))
    {
      /* Translators: the friend is connected */
      show (self, CHAT_PRESENCE_ONLINE, _("Online"), FALSE);
      return;
    }

  /* Translators: %s is the name of a friend */
  status = g_strdup_printf (_("Connected. Nothing has come from %s yet."),
                            chat_contact_get_name (self->contact));
  show (self, CHAT_PRESENCE_UNCONFIRMED, status, FALSE);
}

GWeakRef *
chat_link_weak_new (ChatLink *self)
{
  GWeakRef *weak = g_new (GWeakRef, 1);

  g_weak_ref_init (weak, self);

  return weak;
}

ChatLink *
chat_link_weak_take (GWeakRef *weak)
{
  ChatLink *self = g_weak_ref_get (weak);

  g_weak_ref_clear (weak);
  g_free (weak);

  return self;
}

typedef struct
{
  GWeakRef     *link;
  GCancellable *dial;
} DialData;

static void
connect_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autofree DialData *data = user_data;
  g_autoptr (ChatLink) self = chat_link_weak_take (data->link);
  g_autoptr (GCancellable) dial = data->dial;
  g_autoptr (SppSession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *status = NULL;

  session = spp_client_connect_to_host_finish (SPP_CLIENT (object), result, &error);

  if (self == NULL || self->dial != dial)
    {
      if (session != NULL)
        chat_link_close_session (session);
      return;
    }

  g_clear_object (&self->dial);

  if (session != NULL && chat_link_add_leg (self, session))
    return;

  if (session != NULL)
    error = g_error_new_literal (SPP_ERROR, SPP_ERROR_OLD_PROTOCOL, "SPP/1 is allowed no more");
  if (self->current != NULL)
    return;

  if (g_error_matches (error, SPP_ERROR, SPP_ERROR_OLD_PROTOCOL))
    chat_contact_meet_old_protocol (self->contact);

  status = chat_sentence_for_error (error,
                                    chat_contact_get_name (self->contact),
                                    chat_contact_get_host (self->contact));
  chat_link_set_failed (self, status);
}

/* What was said of the old name or address holds no longer. */
static void
on_details_changed (ChatContact *contact,
                    GParamSpec  *pspec,
                    ChatLink    *self)
{
  gboolean dialling = self->dial != NULL;

  if (dialling)
    g_cancellable_cancel (self->dial);
  g_clear_object (&self->dial);

  if (self->current != NULL)
    chat_link_set_connected (self);
  else if (dialling)
    chat_link_connect (self);
  else
    chat_link_set_offline (self);
}

/* Only whether SPP/1 is allowed matters before the next call. A call under way
 * that may not end in SPP/1 any more goes on: friends who call each other would
 * both give up otherwise. */
static void
on_flags_changed (ChatContact *contact,
                  GParamSpec  *pspec,
                  ChatLink    *self)
{
  gboolean allowed = (chat_contact_get_flags (contact) & SPP_PEER_FLAGS_ALLOW_SPP1) != 0;

  if (self->old_protocol_allowed == allowed)
    return;

  self->old_protocol_allowed = allowed;
  if (allowed)
    on_details_changed (contact, pspec, self);
  else
    chat_link_end_old_legs (self);
}

static gboolean
close_all (ChatLink *self)
{
  gboolean was_up = self->current != NULL;

  if (self->dial != NULL)
    g_cancellable_cancel (self->dial);
  g_clear_object (&self->dial);

  self->current = NULL;
  for (guint i = 0; i < self->legs->len; i++)
    chat_link_close_session (((ChatLinkLeg *) g_ptr_array_index (self->legs, i))->session);
  g_ptr_array_set_size (self->legs, 0);

  return was_up;
}

static void
chat_link_dispose (GObject *object)
{
  ChatLink *self = CHAT_LINK (object);

  close_all (self);
  if (self->contact != NULL)
    g_signal_handlers_disconnect_by_data (self->contact, self);
  g_clear_object (&self->contact);
  g_clear_object (&self->client);

  G_OBJECT_CLASS (chat_link_parent_class)->dispose (object);
}

static void
chat_link_finalize (GObject *object)
{
  ChatLink *self = CHAT_LINK (object);

  g_clear_pointer (&self->legs, g_ptr_array_unref);

  G_OBJECT_CLASS (chat_link_parent_class)->finalize (object);
}

static void
chat_link_class_init (ChatLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = chat_link_dispose;
  object_class->finalize = chat_link_finalize;

  signals[UP] =
    g_signal_new ("up", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DOWN] =
    g_signal_new ("down", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[RECEIVED] =
    g_signal_new ("received", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  0, NULL, NULL, NULL, G_TYPE_NONE, 2, SPP_TYPE_SESSION, G_TYPE_BYTES);
}

static void
chat_link_init (ChatLink *self)
{
  self->legs = g_ptr_array_new_with_free_func ((GDestroyNotify) chat_link_leg_free);
}

ChatLink *
chat_link_new (ChatContact *contact,
               SppClient   *client)
{
  ChatLink *self;

  g_return_val_if_fail (CHAT_IS_CONTACT (contact), NULL);
  g_return_val_if_fail (SPP_IS_CLIENT (client), NULL);

  self = g_object_new (CHAT_TYPE_LINK, NULL);
  self->contact = g_object_ref (contact);
  self->client = g_object_ref (client);

  g_signal_connect (contact, "notify::name", G_CALLBACK (on_details_changed), self);
  g_signal_connect (contact, "notify::host", G_CALLBACK (on_details_changed), self);
  g_signal_connect (contact, "notify::port", G_CALLBACK (on_details_changed), self);
  self->old_protocol_allowed =
    (chat_contact_get_flags (contact) & SPP_PEER_FLAGS_ALLOW_SPP1) != 0;
  g_signal_connect (contact, "notify::flags", G_CALLBACK (on_flags_changed), self);
  chat_link_set_offline (self);

  return self;
}

ChatContact *
chat_link_get_contact (ChatLink *self)
{
  g_return_val_if_fail (CHAT_IS_LINK (self), NULL);

  return self->contact;
}

gboolean
chat_link_is_up (ChatLink *self)
{
  g_return_val_if_fail (CHAT_IS_LINK (self), FALSE);

  return self->current != NULL;
}

void
chat_link_connect (ChatLink *self)
{
  DialData *data;

  g_return_if_fail (CHAT_IS_LINK (self));

  if (self->current != NULL || self->dial != NULL)
    return;

  if (*chat_contact_get_host (self->contact) == '\0')
    {
      chat_link_set_offline (self);
      return;
    }

  self->dial = g_cancellable_new ();
  data = g_new0 (DialData, 1);
  data->link = chat_link_weak_new (self);
  data->dial = g_object_ref (self->dial);

  chat_link_set_connecting (self);
  spp_client_set_peer_flags (self->client, chat_contact_get_flags (self->contact));
  spp_client_connect_to_host_async (self->client,
                                    chat_contact_get_host (self->contact),
                                    chat_contact_get_port (self->contact),
                                    chat_contact_get_public_key (self->contact),
                                    data->dial, connect_cb, data);
}

void
chat_link_take (ChatLink   *self,
                SppSession *session)
{
  g_return_if_fail (CHAT_IS_LINK (self));
  g_return_if_fail (SPP_IS_SESSION (session));
  g_return_if_fail (chat_link_find_leg (self, session) == NULL);

  chat_link_add_leg (self, session);
}

void
chat_link_close (ChatLink *self)
{
  gboolean was_up;

  g_return_if_fail (CHAT_IS_LINK (self));

  was_up = close_all (self);
  chat_link_set_offline (self);
  if (was_up)
    g_signal_emit (self, signals[DOWN], 0);
}

void
chat_link_fail (ChatLink   *self,
                const char *status)
{
  gboolean was_up;

  g_return_if_fail (CHAT_IS_LINK (self));
  g_return_if_fail (status != NULL);

  was_up = close_all (self);
  chat_link_set_failed (self, status);
  if (was_up)
    g_signal_emit (self, signals[DOWN], 0);
}
