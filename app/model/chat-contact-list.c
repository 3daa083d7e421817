/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "chat-contact-list.h"

struct _ChatContactList
{
  GObject    parent_instance;

  /* Owned */
  GPtrArray *contacts;
};

static void chat_contact_list_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ChatContactList, chat_contact_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      chat_contact_list_iface_init))

static int
compare (ChatContact *a,
         ChatContact *b)
{
  gint64 time_a = chat_contact_get_last_activity (a);
  gint64 time_b = chat_contact_get_last_activity (b);
  int by_name;

  if (time_a != time_b)
    return time_a > time_b ? -1 : 1;

  by_name = g_utf8_collate (chat_contact_get_name (a), chat_contact_get_name (b));
  if (by_name != 0)
    return by_name;

  return chat_contact_get_id (a) < chat_contact_get_id (b) ? -1 : 1;
}

/* Where @contact belongs among the others. */
static guint
find_place (ChatContactList *self,
            ChatContact     *contact)
{
  guint place = 0;

  for (guint i = 0; i < self->contacts->len; i++)
    {
      ChatContact *other = g_ptr_array_index (self->contacts, i);

      if (other != contact && compare (other, contact) < 0)
        place++;
    }

  return place;
}

static void
on_order_changed (ChatContact     *contact,
                  GParamSpec      *pspec,
                  ChatContactList *self)
{
  guint from;
  guint to;
  guint first;
  guint n_changed;

  if (!g_ptr_array_find (self->contacts, contact, &from))
    return;

  to = find_place (self, contact);
  if (from == to)
    return;

  g_ptr_array_insert (self->contacts, (int) to, g_ptr_array_steal_index (self->contacts, from));

  /* One change over the whole range, so that a selection model finds the
   * contact again and keeps it selected. */
  first = MIN (from, to);
  n_changed = MAX (from, to) - first + 1;
  g_list_model_items_changed (G_LIST_MODEL (self), first, n_changed, n_changed);
}

static GType
chat_contact_list_get_item_type (GListModel *model)
{
  return CHAT_TYPE_CONTACT;
}

static guint
chat_contact_list_get_n_items (GListModel *model)
{
  return CHAT_CONTACT_LIST (model)->contacts->len;
}

static gpointer
chat_contact_list_get_item (GListModel *model,
                            guint       position)
{
  ChatContactList *self = CHAT_CONTACT_LIST (model);

  if (position >= self->contacts->len)
    return NULL;

  return g_object_ref (g_ptr_array_index (self->contacts, position));
}

static void
chat_contact_list_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = chat_contact_list_get_item_type;
  iface->get_n_items = chat_contact_list_get_n_items;
  iface->get_item = chat_contact_list_get_item;
}

static void
chat_contact_list_dispose (GObject *object)
{
  ChatContactList *self = CHAT_CONTACT_LIST (object);

  for (guint i = 0; i < self->contacts->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->contacts, i), self);
  g_ptr_array_set_size (self->contacts, 0);

  G_OBJECT_CLASS (chat_contact_list_parent_class)->dispose (object);
}

static void
chat_contact_list_finalize (GObject *object)
{
  ChatContactList *self = CHAT_CONTACT_LIST (object);

  g_clear_pointer (&self->contacts, g_ptr_array_unref);

  G_OBJECT_CLASS (chat_contact_list_parent_class)->finalize (object);
}

static void
chat_contact_list_class_init (ChatContactListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = chat_contact_list_dispose;
  object_class->finalize = chat_contact_list_finalize;
}

static void
chat_contact_list_init (ChatContactList *self)
{
  self->contacts = g_ptr_array_new_with_free_func (g_object_unref);
}

ChatContactList *
chat_contact_list_new (void)
{
  return g_object_new (CHAT_TYPE_CONTACT_LIST, NULL);
}

void
chat_contact_list_add (ChatContactList *self,
                       ChatContact     *contact)
{
  guint place;

  g_return_if_fail (CHAT_IS_CONTACT_LIST (self));
  g_return_if_fail (CHAT_IS_CONTACT (contact));
  g_return_if_fail (!g_ptr_array_find (self->contacts, contact, NULL));

  place = find_place (self, contact);
  g_ptr_array_insert (self->contacts, (int) place, g_object_ref (contact));
  g_signal_connect (contact, "notify::last-activity", G_CALLBACK (on_order_changed), self);
  g_signal_connect (contact, "notify::name", G_CALLBACK (on_order_changed), self);

  g_list_model_items_changed (G_LIST_MODEL (self), place, 0, 1);
}

void
chat_contact_list_remove (ChatContactList *self,
                          ChatContact     *contact)
{
  guint place;

  g_return_if_fail (CHAT_IS_CONTACT_LIST (self));
  g_return_if_fail (CHAT_IS_CONTACT (contact));

  if (!g_ptr_array_find (self->contacts, contact, &place))
    return;

  g_signal_handlers_disconnect_by_data (contact, self);
  g_ptr_array_remove_index (self->contacts, place);

  g_list_model_items_changed (G_LIST_MODEL (self), place, 1, 0);
}

ChatContact *
chat_contact_list_find (ChatContactList *self,
                        SppPublicKey    *public_key)
{
  g_return_val_if_fail (CHAT_IS_CONTACT_LIST (self), NULL);
  g_return_val_if_fail (public_key != NULL, NULL);

  for (guint i = 0; i < self->contacts->len; i++)
    {
      ChatContact *contact = g_ptr_array_index (self->contacts, i);

      if (spp_public_key_equal (chat_contact_get_public_key (contact), public_key))
        return contact;
    }

  return NULL;
}
