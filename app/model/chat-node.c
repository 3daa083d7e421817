/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-node-private.h"

#include <glib/gi18n-lib.h>

#define KNOWN_FLAGS (SPP_PEER_FLAGS_ALLOW_SPP1 | SPP_PEER_FLAGS_REQUIRE_POST_QUANTUM)

typedef enum
{
  PROP_PORT = 1,
  PROP_LISTEN_ERROR,
} ChatNodeProperty;

static GParamSpec *props[PROP_LISTEN_ERROR + 1];

G_DEFINE_QUARK (chat-key-error-quark, chat_key_error)

G_DEFINE_FINAL_TYPE (ChatNode, chat_node, G_TYPE_OBJECT)

static void
set_port (ChatNode *self,
          guint16   port)
{
  if (self->port == port)
    return;

  self->port = port;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PORT]);
}

static void
set_listen_error (ChatNode   *self,
                  const char *listen_error)
{
  if (g_strcmp0 (self->listen_error, listen_error) == 0)
    return;

  g_free (self->listen_error);
  self->listen_error = g_strdup (listen_error);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LISTEN_ERROR]);
}

static void
on_session (SppService *service,
            SppSession *session,
            ChatNode   *self)
{
  g_autoptr (ChatNode) alive = g_object_ref (self);
  ChatContact *contact = chat_contact_list_find (self->contacts, spp_session_get_peer (session));
  ChatNodeEntry *entry = contact != NULL ? g_hash_table_lookup (self->entries, contact) : NULL;

  if (entry != NULL)
    chat_link_take (entry->link, session);
}

static void
on_old_protocol (SppService   *service,
                 SppPublicKey *peer,
                 ChatNode     *self)
{
  ChatContact *contact = chat_contact_list_find (self->contacts, peer);

  if (contact != NULL)
    chat_contact_meet_old_protocol (contact);
}

static void
set_listen_sentence (GError       **error,
                     const GError  *cause,
                     guint16        port)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    g_set_error (error, cause->domain, cause->code,
                 _("Port %u is in use by another program. Choose another one."), port);
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    g_set_error (error, cause->domain, cause->code,
                 _("Port %u is not allowed. Choose one above 1023."), port);
  else
    g_set_error (error, cause->domain, cause->code,
                 /* Translators: a number, and why, in the words of the system */
                 _("Nobody can call you, because port %u cannot be opened: %s."),
                 port, cause->message);
}

/* Opens @port before the old one is dropped, so that nothing changes when that
 * fails. A GSocketService cannot drop one address, hence a new service. */
static gboolean
listen_on (ChatNode  *self,
           guint16    port,
           GError   **error)
{
  g_autoptr (SppService) service = NULL;
  g_autoptr (GError) cause = NULL;
  GListModel *contacts = G_LIST_MODEL (self->contacts);

  service = spp_service_new (chat_profile_get_private_key (self->profile));
  spp_service_set_replay_guard (service, self->replay_guard);

  if (port == 0)
    port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, &cause);
  else
    g_socket_listener_add_inet_port (G_SOCKET_LISTENER (service), port, NULL, &cause);

  if (cause != NULL)
    {
      g_socket_listener_close (G_SOCKET_LISTENER (service));
      set_listen_sentence (error, cause, port);
      return FALSE;
    }

  for (guint i = 0; i < g_list_model_get_n_items (contacts); i++)
    {
      g_autoptr (ChatContact) contact = g_list_model_get_item (contacts, i);

      chat_node_let_call (service, contact);
    }

  if (self->service != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->service, self);
      g_socket_service_stop (G_SOCKET_SERVICE (self->service));
      g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    }

  g_signal_connect (service, "session", G_CALLBACK (on_session), self);
  g_signal_connect (service, "old-protocol", G_CALLBACK (on_old_protocol), self);
  g_socket_service_start (G_SOCKET_SERVICE (service));
  g_set_object (&self->service, service);
  set_port (self, port);
  set_listen_error (self, NULL);

  return TRUE;
}

static void
on_up (ChatLink *link,
       ChatNode *self)
{
  /* It has to be there before the first message is, and to send what is
   * queued. */
  chat_node_get_conversation (self, chat_link_get_contact (link));
}

static void
set_flags_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (!chat_store_write_finish (CHAT_STORE (object), result, &error))
    g_message ("What holds for a friend was not noted: %s", error->message);
}

/* The contact is what counts: the store and the service follow it. */
static void
on_flags_changed (ChatContact *contact,
                  GParamSpec  *pspec,
                  ChatNode    *self)
{
  SppPublicKey *key = chat_contact_get_public_key (contact);
  SppPeerFlags flags = chat_contact_get_flags (contact);

  if (self->service != NULL && spp_service_has_peer (self->service, key))
    spp_service_set_peer_flags (self->service, key, flags);
  chat_store_set_flags_async (chat_profile_get_store (self->profile),
                              chat_contact_get_id (contact), flags, set_flags_cb, NULL);
}

static void
add_ephemeral_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (!chat_store_write_finish (CHAT_STORE (object), result, &error))
    g_message ("A call was not noted: %s", error->message);
}

static void
on_remembered (SppReplayGuard *replay_guard,
               SppPublicKey   *peer,
               GBytes         *ephemeral,
               ChatNode       *self)
{
  chat_store_add_ephemeral_async (chat_profile_get_store (self->profile),
                                  spp_public_key_get_bytes (peer), ephemeral,
                                  add_ephemeral_cb, NULL);
}

/* Starting: the friends, the hellos seen of them, the port. */

static void
load_ephemerals (ChatNode  *self,
                 GPtrArray *records)
{
  for (guint i = 0; i < records->len; i++)
    {
      ChatEphemeralRecord *record = g_ptr_array_index (records, i);
      g_autoptr (SppPublicKey) peer = spp_public_key_new_from_bytes (record->peer, NULL);

      if (peer != NULL)
        spp_replay_guard_remember (self->replay_guard, peer, record->ephemeral);
    }
}

static void
list_ephemerals_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (ChatNode) self = g_object_ref (g_task_get_source_object (task));
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (GError) listen_error = NULL;
  GError *error = NULL;

  records = chat_store_list_finish (CHAT_STORE (object), result, &error);
  if (records == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  load_ephemerals (self, records);
  /* Only from here on, or each one loaded would be stored again */
  g_signal_connect (self->replay_guard, "remembered", G_CALLBACK (on_remembered), self);

  if (!listen_on (self, chat_profile_get_port (self->profile), &listen_error))
    set_listen_error (self, listen_error->message);

  g_task_return_boolean (task, TRUE);
}

static void
load_contact (ChatNode          *self,
              ChatContactRecord *record)
{
  g_autoptr (SppPublicKey) key = NULL;
  g_autoptr (ChatContact) contact = NULL;
  g_autoptr (GError) error = NULL;

  key = spp_public_key_new_from_bytes (record->public_key, &error);
  if (key == NULL)
    {
      g_message ("A friend's key in the store is no key: %s", error->message);
      return;
    }

  contact = chat_contact_new (record->id, key, record->name, record->host, record->port);
  chat_contact_set_flags (contact, record->flags & KNOWN_FLAGS);
  chat_contact_set_unread_count (contact, record->unread_count);

  if (record->last_payload != NULL)
    {
      g_autoptr (ChatMessage) message = NULL;
      g_autofree char *preview = NULL;

      message = chat_message_new (0, CHAT_MESSAGE_STATE_RECEIVED, record->last_activity,
                                  record->last_payload);
      preview = chat_message_dup_preview (message);
      chat_contact_set_preview (contact, preview, record->last_activity);
    }

  chat_node_take_contact (self, contact);
}

static void
list_contacts_cb (GObject      *object,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  ChatNode *self = g_task_get_source_object (task);
  g_autoptr (GPtrArray) records = NULL;
  GError *error = NULL;

  records = chat_store_list_finish (CHAT_STORE (object), result, &error);
  if (records == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  for (guint i = 0; i < records->len; i++)
    load_contact (self, g_ptr_array_index (records, i));

  chat_store_list_ephemerals_async (CHAT_STORE (object), list_ephemerals_cb,
                                    g_steal_pointer (&task));
}

static void
chat_node_get_property (GObject    *object,
                        guint       prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  ChatNode *self = CHAT_NODE (object);

  switch ((ChatNodeProperty) prop_id)
    {
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_LISTEN_ERROR:
      g_value_set_string (value, self->listen_error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
stop (ChatNode *self)
{
  GHashTableIter iter;
  ChatNodeEntry *entry;

  if (self->service != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->service, self);
      g_socket_service_stop (G_SOCKET_SERVICE (self->service));
      g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    }
  g_clear_object (&self->service);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry))
    chat_link_close (entry->link);
}

static void
chat_node_dispose (GObject *object)
{
  ChatNode *self = CHAT_NODE (object);

  stop (self);
  g_hash_table_remove_all (self->entries);
  if (self->replay_guard != NULL)
    g_signal_handlers_disconnect_by_data (self->replay_guard, self);
  g_clear_object (&self->replay_guard);
  g_clear_object (&self->client);
  g_clear_object (&self->profile);

  G_OBJECT_CLASS (chat_node_parent_class)->dispose (object);
}

static void
chat_node_finalize (GObject *object)
{
  ChatNode *self = CHAT_NODE (object);

  g_clear_object (&self->contacts);
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_clear_pointer (&self->listen_error, g_free);

  G_OBJECT_CLASS (chat_node_parent_class)->finalize (object);
}

static void
chat_node_class_init (ChatNodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = chat_node_get_property;
  object_class->dispose = chat_node_dispose;
  object_class->finalize = chat_node_finalize;

  props[PROP_PORT] =
    g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_LISTEN_ERROR] =
    g_param_spec_string ("listen-error", NULL, NULL, NULL,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
chat_node_init (ChatNode *self)
{
  self->replay_guard = spp_replay_guard_new ();
  self->contacts = chat_contact_list_new ();
  self->entries = g_hash_table_new_full (NULL, NULL, NULL,
                                         (GDestroyNotify) chat_node_entry_free);
}

void
chat_node_let_call (SppService  *service,
                    ChatContact *contact)
{
  SppPublicKey *key = chat_contact_get_public_key (contact);

  if (spp_service_add_peer (service, key))
    spp_service_set_peer_flags (service, key, chat_contact_get_flags (contact));
}

void
chat_node_entry_free (ChatNodeEntry *entry)
{
  g_signal_handlers_disconnect_matched (entry->link, G_SIGNAL_MATCH_FUNC,
                                        0, 0, NULL, on_up, NULL);
  g_signal_handlers_disconnect_matched (entry->contact, G_SIGNAL_MATCH_FUNC,
                                        0, 0, NULL, on_flags_changed, NULL);
  g_clear_object (&entry->conversation);
  g_clear_object (&entry->link);
  g_clear_object (&entry->contact);
  g_free (entry);
}

ChatContact *
chat_node_take_contact (ChatNode    *self,
                        ChatContact *contact)
{
  ChatNodeEntry *entry = g_new0 (ChatNodeEntry, 1);

  entry->contact = g_object_ref (contact);
  entry->link = chat_link_new (contact, self->client);
  g_signal_connect (entry->link, "up", G_CALLBACK (on_up), self);
  g_signal_connect (contact, "notify::flags", G_CALLBACK (on_flags_changed), self);
  g_hash_table_insert (self->entries, contact, entry);

  if (self->service != NULL)
    chat_node_let_call (self->service, contact);
  chat_contact_list_add (self->contacts, contact);

  return contact;
}

ChatNode *
chat_node_new (ChatProfile *profile)
{
  ChatNode *self;

  g_return_val_if_fail (CHAT_IS_PROFILE (profile), NULL);
  g_return_val_if_fail (chat_profile_get_private_key (profile) != NULL, NULL);

  self = g_object_new (CHAT_TYPE_NODE, NULL);
  self->profile = g_object_ref (profile);
  self->client = spp_client_new (chat_profile_get_private_key (profile));
  spp_client_set_replay_guard (self->client, self->replay_guard);

  return self;
}

ChatProfile *
chat_node_get_profile (ChatNode *self)
{
  g_return_val_if_fail (CHAT_IS_NODE (self), NULL);

  return self->profile;
}

void
chat_node_start_async (ChatNode            *self,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (CHAT_IS_NODE (self));
  g_return_if_fail (self->service == NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, chat_node_start_async);

  chat_store_list_contacts_async (chat_profile_get_store (self->profile),
                                  list_contacts_cb, task);
}

gboolean
chat_node_start_finish (ChatNode      *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_node_start_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
chat_node_stop (ChatNode *self)
{
  g_return_if_fail (CHAT_IS_NODE (self));

  stop (self);
  set_port (self, 0);
}

guint16
chat_node_get_port (ChatNode *self)
{
  g_return_val_if_fail (CHAT_IS_NODE (self), 0);

  return self->port;
}

const char *
chat_node_get_listen_error (ChatNode *self)
{
  g_return_val_if_fail (CHAT_IS_NODE (self), NULL);

  return self->listen_error;
}

gboolean
chat_node_set_port (ChatNode  *self,
                    guint16    port,
                    GError   **error)
{
  g_return_val_if_fail (CHAT_IS_NODE (self), FALSE);

  /* What is open already needs only to be kept */
  if ((port == 0 || port != self->port) && !listen_on (self, port, error))
    return FALSE;

  chat_profile_set_port (self->profile, port);

  return TRUE;
}

ChatContactList *
chat_node_get_contacts (ChatNode *self)
{
  g_return_val_if_fail (CHAT_IS_NODE (self), NULL);

  return self->contacts;
}

ChatConversation *
chat_node_get_conversation (ChatNode    *self,
                            ChatContact *contact)
{
  ChatNodeEntry *entry;

  g_return_val_if_fail (CHAT_IS_NODE (self), NULL);
  g_return_val_if_fail (CHAT_IS_CONTACT (contact), NULL);

  entry = g_hash_table_lookup (self->entries, contact);
  if (entry == NULL)
    return NULL;

  if (entry->conversation == NULL)
    entry->conversation = chat_conversation_new (contact, entry->link,
                                                 chat_profile_get_store (self->profile));

  return entry->conversation;
}
