/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-node-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "chat-key-link.h"

/* What a friend is to be: checked, and without what was typed by mistake. */
typedef struct
{
  SppPublicKey *public_key;
  ChatContact  *contact;
  char         *name;
  char         *host;
  guint16       port;
  gboolean      allow_spp1;
} Details;

static void
details_free (Details *details)
{
  g_clear_pointer (&details->public_key, spp_public_key_unref);
  g_clear_object (&details->contact);
  g_clear_pointer (&details->name, g_free);
  g_clear_pointer (&details->host, g_free);
  g_free (details);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Details, details_free)

static Details *
details_new (const char  *name,
             const char  *host,
             guint16      port,
             GError     **error)
{
  g_autoptr (Details) details = g_new0 (Details, 1);
  gsize length;

  details->name = g_strstrip (g_strdup (name));
  details->host = g_strstrip (g_strdup (host));
  details->port = port;

  /* [::1] is how an IPv6 address is written beside a port */
  length = strlen (details->host);
  if (length > 2 && details->host[0] == '[' && details->host[length - 1] == ']')
    {
      memmove (details->host, details->host + 1, length - 2);
      details->host[length - 2] = '\0';
    }

  if (*details->name == '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _("Give your friend a name."));
      return NULL;
    }

  if (*details->host != '\0' && port == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _("Give the port that belongs to the address."));
      return NULL;
    }

  return g_steal_pointer (&details);
}

/* The library speaks to programmers, and English. */
static void
put_in_words (GError *error)
{
  const char *sentence;

  if (error->code == SPP_ERROR_MISTYPED_KEY)
    sentence = _("The key is mistyped: at least one character is wrong or missing.");
  else
    sentence = _("This is not a key. Ask your friend for the key that begins with “spp1”, or for "
                 "a file with it.");

  g_free (error->message);
  error->message = g_strdup (sentence);
}

/* Takes @key over; NULL and @error if it may not become a friend's. */
static SppPublicKey *
check_key (ChatNode      *self,
           SppPublicKey  *key,
           ChatContact  **existing,
           GError       **error)
{
  g_autoptr (SppPublicKey) owned = key;
  ChatContact *contact;

  if (existing != NULL)
    *existing = NULL;

  if (owned == NULL)
    {
      if (error != NULL && (*error)->domain == SPP_ERROR)
        put_in_words (*error);
      return NULL;
    }

  if (spp_public_key_equal (owned, chat_profile_get_public_key (self->profile)))
    {
      g_set_error_literal (error, CHAT_KEY_ERROR, CHAT_KEY_ERROR_OWN_KEY,
                           _("This is your own key. Ask your friend for theirs."));
      return NULL;
    }

  contact = chat_contact_list_find (self->contacts, owned);
  if (contact != NULL)
    {
      g_set_error (error, CHAT_KEY_ERROR, CHAT_KEY_ERROR_ALREADY_THERE,
                   /* Translators: %s is the name of a friend */
                   _("This is the key of %s, who is among your friends already."),
                   chat_contact_get_name (contact));
      if (existing != NULL)
        *existing = g_object_ref (contact);
      return NULL;
    }

  return g_steal_pointer (&owned);
}

SppPublicKey *
chat_node_recognise_text (ChatNode     *self,
                          const char   *text,
                          ChatContact **existing,
                          GError      **error)
{
  g_autofree char *key = NULL;

  g_return_val_if_fail (CHAT_IS_NODE (self), NULL);
  g_return_val_if_fail (text != NULL, NULL);

  key = chat_key_link_dup_key (text);

  return check_key (self, spp_public_key_new_from_string (key, error), existing, error);
}

SppPublicKey *
chat_node_recognise_contents (ChatNode     *self,
                              GBytes       *contents,
                              ChatContact **existing,
                              GError      **error)
{
  g_return_val_if_fail (CHAT_IS_NODE (self), NULL);
  g_return_val_if_fail (contents != NULL, NULL);

  return check_key (self, spp_public_key_new_from_file_contents (contents, error),
                    existing, error);
}

static SppPeerFlags
get_flags (SppPeerFlags old,
           gboolean     allow_spp1)
{
  if (allow_spp1)
    return old | SPP_PEER_FLAGS_ALLOW_SPP1;

  return old & ~SPP_PEER_FLAGS_ALLOW_SPP1;
}

static void
add_contact_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (ChatNode) self = g_object_ref (g_task_get_source_object (task));
  Details *details = g_task_get_task_data (task);
  g_autoptr (ChatContact) contact = NULL;
  GError *error = NULL;
  gint64 id;

  id = chat_store_insert_finish (CHAT_STORE (object), result, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  contact = chat_contact_new (id, details->public_key,
                              details->name, details->host, details->port);
  chat_contact_set_flags (contact, get_flags (SPP_PEER_FLAGS_NONE, details->allow_spp1));
  chat_node_take_contact (self, contact);
  g_task_return_pointer (task, g_steal_pointer (&contact), g_object_unref);
}

void
chat_node_add_contact_async (ChatNode            *self,
                             SppPublicKey        *public_key,
                             const char          *name,
                             const char          *host,
                             guint16              port,
                             gboolean             allow_spp1,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;
  Details *details;

  g_return_if_fail (CHAT_IS_NODE (self));
  g_return_if_fail (public_key != NULL);
  g_return_if_fail (name != NULL);
  g_return_if_fail (host != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, chat_node_add_contact_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_set_check_cancellable (task, FALSE);

  details = details_new (name, host, port, &error);
  if (details == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_task_set_task_data (task, details, (GDestroyNotify) details_free);
  details->allow_spp1 = allow_spp1;
  details->public_key = check_key (self, spp_public_key_ref (public_key), NULL, &error);
  if (details->public_key == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  chat_store_add_contact_async (chat_profile_get_store (self->profile),
                                spp_public_key_get_bytes (public_key),
                                details->name, details->host, details->port,
                                get_flags (SPP_PEER_FLAGS_NONE, allow_spp1),
                                add_contact_cb, g_steal_pointer (&task));
}

ChatContact *
chat_node_add_contact_finish (ChatNode      *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_node_add_contact_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
update_contact_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Details *details = g_task_get_task_data (task);
  GError *error = NULL;

  if (!chat_store_write_finish (CHAT_STORE (object), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  chat_contact_set_details (details->contact, details->name, details->host, details->port);
  g_task_return_boolean (task, TRUE);
}

void
chat_node_edit_contact_async (ChatNode            *self,
                              ChatContact         *contact,
                              const char          *name,
                              const char          *host,
                              guint16              port,
                              gboolean             allow_spp1,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;
  Details *details;

  g_return_if_fail (CHAT_IS_NODE (self));
  g_return_if_fail (CHAT_IS_CONTACT (contact));
  g_return_if_fail (name != NULL);
  g_return_if_fail (host != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, chat_node_edit_contact_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_set_check_cancellable (task, FALSE);

  details = details_new (name, host, port, &error);
  if (details == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  details->contact = g_object_ref (contact);
  g_task_set_task_data (task, details, (GDestroyNotify) details_free);
  /* Before the rest, so that it is on disk when the rest is */
  chat_contact_set_flags (contact, get_flags (chat_contact_get_flags (contact), allow_spp1));
  chat_store_update_contact_async (chat_profile_get_store (self->profile),
                                   chat_contact_get_id (contact),
                                   details->name, details->host, details->port,
                                   update_contact_cb, g_steal_pointer (&task));
}

gboolean
chat_node_edit_contact_finish (ChatNode      *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_node_edit_contact_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
chat_node_allow_spp1 (ChatNode    *self,
                      ChatContact *contact)
{
  ChatNodeEntry *entry;

  g_return_if_fail (CHAT_IS_NODE (self));
  g_return_if_fail (CHAT_IS_CONTACT (contact));

  entry = g_hash_table_lookup (self->entries, contact);
  /* It may have been settled while the user was thinking */
  if (entry == NULL || !chat_contact_get_asks_old_protocol (contact))
    return;

  chat_contact_set_flags (contact, get_flags (chat_contact_get_flags (contact), TRUE));
  chat_link_connect (entry->link);
}

static void
remove_contact_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (ChatNode) self = g_object_ref (g_task_get_source_object (task));
  ChatContact *contact = g_task_get_task_data (task);
  SppPublicKey *key = chat_contact_get_public_key (contact);
  ChatNodeEntry *entry = g_hash_table_lookup (self->entries, contact);
  GError *error = NULL;

  if (!chat_store_write_finish (CHAT_STORE (object), result, &error))
    {
      if (self->service != NULL)
        chat_node_let_call (self->service, contact);
      g_task_return_error (task, error);
      return;
    }

  if (entry != NULL)
    chat_link_close (entry->link);
  spp_replay_guard_forget_peer (self->replay_guard, key);
  chat_contact_list_remove (self->contacts, contact);
  g_hash_table_remove (self->entries, contact);
  g_task_return_boolean (task, TRUE);
}

void
chat_node_remove_contact_async (ChatNode            *self,
                                ChatContact         *contact,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  ChatNodeEntry *entry;

  g_return_if_fail (CHAT_IS_NODE (self));
  g_return_if_fail (CHAT_IS_CONTACT (contact));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, chat_node_remove_contact_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_object_ref (contact), g_object_unref);

  /* First the friend is cut off, so that nothing more is stored */
  if (self->service != NULL)
    spp_service_remove_peer (self->service, chat_contact_get_public_key (contact));
  entry = g_hash_table_lookup (self->entries, contact);
  if (entry != NULL)
    chat_link_close (entry->link);

  chat_store_remove_contact_async (chat_profile_get_store (self->profile),
                                   chat_contact_get_id (contact),
                                   remove_contact_cb, g_steal_pointer (&task));
}

gboolean
chat_node_remove_contact_finish (ChatNode      *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, chat_node_remove_contact_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
