/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-contact-list.h>

typedef struct
{
  guint n;
  guint position;
  guint removed;
  guint added;
} Change;

static void
on_items_changed (GListModel *list,
                  guint       position,
                  guint       removed,
                  guint       added,
                  Change     *change)
{
  change->n++;
  change->position = position;
  change->removed = removed;
  change->added = added;
}

static ChatContact *
make_contact (gint64      id,
              const char *name,
              gint64      last_activity)
{
  g_autoptr (SppPrivateKey) key = spp_private_key_generate ();
  ChatContact *contact;

  contact = chat_contact_new (id, spp_private_key_get_public_key (key), name, "", 0);
  chat_contact_set_preview (contact, "", last_activity);

  return contact;
}

static void
assert_order (ChatContactList *list,
              const char      *names)
{
  g_autoptr (GString) order = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (list)); i++)
    {
      g_autoptr (ChatContact) contact = g_list_model_get_item (G_LIST_MODEL (list), i);

      g_string_append (order, chat_contact_get_name (contact));
    }

  g_assert_cmpstr (order->str, ==, names);
}

static void
test_order (void)
{
  ChatContactList *list = chat_contact_list_new ();
  ChatContact *a = make_contact (1, "A", 0);
  ChatContact *b = make_contact (2, "B", 0);
  ChatContact *c = make_contact (3, "C", 10);
  ChatContact *d = make_contact (4, "D", 20);
  Change change = { 0 };

  g_test_summary ("Newest conversation first, then by name, and one change when that changes");

  chat_contact_list_add (list, b);
  chat_contact_list_add (list, c);
  chat_contact_list_add (list, a);
  chat_contact_list_add (list, d);
  assert_order (list, "DCAB");

  g_signal_connect (list, "items-changed", G_CALLBACK (on_items_changed), &change);

  chat_contact_set_preview (b, "new", 30);
  assert_order (list, "BDCA");
  g_assert_cmpuint (change.n, ==, 1);
  g_assert_cmpuint (change.position, ==, 0);
  g_assert_cmpuint (change.removed, ==, 4);
  g_assert_cmpuint (change.added, ==, 4);

  /* Newer still, but in its place already */
  chat_contact_set_preview (b, "newer", 40);
  assert_order (list, "BDCA");
  g_assert_cmpuint (change.n, ==, 1);

  chat_contact_set_preview (c, "", 0);
  assert_order (list, "BDAC");
  chat_contact_set_details (a, "Z", "", 0);
  assert_order (list, "BDCZ");
  g_assert_cmpuint (change.n, ==, 3);
  g_assert_cmpuint (change.position, ==, 2);
  g_assert_cmpuint (change.removed, ==, 2);

  chat_contact_list_remove (list, d);
  assert_order (list, "BCZ");
  g_assert_cmpuint (change.n, ==, 4);
  /* What is not in the list any more does not move in it */
  chat_contact_set_preview (d, "", 99);
  g_assert_cmpuint (change.n, ==, 4);

  g_assert_finalize_object (list);
  chat_contact_set_preview (a, "", 99);
  g_assert_finalize_object (a);
  g_assert_finalize_object (b);
  g_assert_finalize_object (c);
  g_assert_finalize_object (d);
}

static void
test_find (void)
{
  g_autoptr (ChatContactList) list = chat_contact_list_new ();
  g_autoptr (ChatContact) a = make_contact (1, "A", 0);
  g_autoptr (ChatContact) b = make_contact (2, "B", 0);
  g_autoptr (SppPublicKey) key = NULL;

  chat_contact_list_add (list, a);
  key = spp_public_key_new_from_bytes (spp_public_key_get_bytes (chat_contact_get_public_key (a)),
                                       NULL);
  g_assert_true (chat_contact_list_find (list, key) == a);
  g_assert_null (chat_contact_list_find (list, chat_contact_get_public_key (b)));
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), 1));
}

static void
count_notify (ChatContact *contact,
              GParamSpec  *pspec,
              guint       *n)
{
  /* The three go together */
  g_assert_cmpint (chat_contact_get_presence (contact), ==, CHAT_PRESENCE_ONLINE);
  g_assert_cmpstr (chat_contact_get_status (contact), ==, "Online");
  g_assert_true (chat_contact_get_failed (contact));
  (*n)++;
}

static void
test_contact (void)
{
  ChatContact *contact = make_contact (7, "A", 0);
  guint n = 0;

  g_assert_cmpint (chat_contact_get_id (contact), ==, 7);
  g_signal_connect (contact, "notify", G_CALLBACK (count_notify), &n);
  chat_contact_set_presence (contact, CHAT_PRESENCE_ONLINE, "Online", TRUE);
  g_assert_cmpuint (n, ==, 3);
  chat_contact_set_presence (contact, CHAT_PRESENCE_ONLINE, "Online", TRUE);
  chat_contact_set_unread_count (contact, 0);
  g_assert_cmpuint (n, ==, 3);
  chat_contact_set_details (contact, chat_contact_get_name (contact), "::1", 7);
  g_assert_cmpstr (chat_contact_get_name (contact), ==, "A");
  g_assert_cmpuint (n, ==, 5);

  g_assert_finalize_object (contact);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/contact-list/order", test_order);
  g_test_add_func ("/contact-list/find", test_find);
  g_test_add_func ("/contact-list/contact", test_contact);

  return g_test_run ();
}
