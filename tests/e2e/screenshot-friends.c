/* SPDX-FileCopyrightText: The SPP Chat authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "screenshot-friends.h"

#include "chat-node.h"

#define OWN_NAME "Alex"

typedef enum
{
  FRIEND,  /* said it */
  UNREAD,  /* said it, and it has not been looked at */
  OWN,
} Sender;

/* In the order in which it was said to anybody: the last one is on top. */
static const struct
{
  const char *friend;
  Sender      sender;
  int         days_ago;
  int         hour;
  int         minute;
  const char *text;
} messages[] = {
  { "Emil", FRIEND, 9, 19, 2, "The part has come, the old bike runs again!" },
  { "Nadia", OWN, 4, 17, 40, "Good luck with the exam tomorrow 🍀" },
  { "Nadia", FRIEND, 3, 15, 26, "Passed! Thank you for learning with me." },
  { "Aunt Rosa", OWN, 1, 11, 15, "Here is the recipe: 200 g almonds, 4 eggs, a lemon." },
  { "Aunt Rosa", FRIEND, 1, 20, 31, "The cake was gone in minutes. Come and see us soon!" },
  { "Luca", FRIEND, 0, 8, 20, "Rehearsal at seven tonight?" },
  { "Luca", OWN, 0, 8, 24, "I will be there, with new strings 🎸" },
  { "Jonas", FRIEND, 0, 8, 31, "Back from Lisbon! The suitcase is half full of custard tarts." },
  { "Jonas", OWN, 0, 8, 33, "Only half? What happened to the other half?" },
  { "Jonas", FRIEND, 0, 8, 34, "It was a long train ride 😇" },
  { "Jonas", OWN, 0, 8, 36, "I see. How was the tram up to the castle?" },
  { "Jonas", FRIEND, 0, 8, 41,
    "Steep, yellow and crowded, so just as it should be. We walked down through the old town, "
    "and somebody was singing in every second street." },
  { "Jonas", UNREAD, 0, 8, 55, "Then come over tonight: I have pictures." },
  { "Jonas", UNREAD, 0, 8, 55, "And the other half of the tarts 🥧" },
  { "Mira", FRIEND, 0, 9, 41, "Good morning! The path around the lake is open again 🌲" },
  { "Mira", OWN, 0, 9, 43, "At last! I have been waiting for that since spring." },
  { "Mira", OWN, 0, 9, 43, "Shall we go on Saturday?" },
  { "Mira", FRIEND, 0, 9, 46,
    "With pleasure! There is a train at 8:12. We would be at the water before anybody else." },
  { "Mira", FRIEND, 0, 9, 46, "I bring coffee, you bring your cinnamon rolls?" },
  { "Mira", OWN, 0, 9, 48, "Deal 😄 I will bake on Friday evening, so that they are fresh." },
  { "Mira", FRIEND, 0, 9, 52, "Perfect. And ask your sister along: the dog misses her 🐕" },
};

static const char *const online[] = { "Mira", "Jonas", "Luca", NULL };

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
await_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static gboolean
write_bytes (const char    *folder,
             const char    *name,
             const char    *suffix,
             gconstpointer  data,
             gsize          size,
             GError       **error)
{
  g_autofree char *file_name = g_strconcat (name, suffix, NULL);
  g_autofree char *path = g_build_filename (folder, file_name, NULL);

  return g_file_set_contents_full (path, data, size, G_FILE_SET_CONTENTS_NONE, 0600, error);
}

static gboolean
write_public_key (const char    *folder,
                  const char    *name,
                  SppPublicKey  *key,
                  GError       **error)
{
  GBytes *bytes = spp_public_key_get_bytes (key);
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  return write_bytes (folder, name, ".pub", data, size, error);
}

static ChatContact *
add_friend (ChatNode    *node,
            const char  *name,
            const char  *folder,
            GError     **error)
{
  g_autoptr (SppPrivateKey) key = spp_private_key_generate ();
  g_autoptr (GAsyncResult) added = NULL;

  if (g_strv_contains (online, name))
    {
      gsize size;
      const guint8 *seed = spp_private_key_get_seed (key, &size);

      if (!write_bytes (folder, name, ".key", seed, size, error))
        return NULL;
    }

  chat_node_add_contact_async (node, spp_private_key_get_public_key (key), name, "", 0, FALSE,
                               NULL, result_cb, &added);

  return chat_node_add_contact_finish (node, await_result (&added), error);
}

/* Of the day that it is, whatever the time. */
static gint64
get_time (guint number)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) day = g_date_time_add_days (now, -messages[number].days_ago);
  g_autoptr (GDateTime) then =
    g_date_time_new_local (g_date_time_get_year (day), g_date_time_get_month (day),
                           g_date_time_get_day_of_month (day), messages[number].hour,
                           messages[number].minute, number);

  return g_date_time_to_unix (then) * G_USEC_PER_SEC;
}

static gboolean
add_message (ChatNode     *node,
             ChatContact  *contact,
             guint         number,
             GError      **error)
{
  ChatStore *store = chat_profile_get_store (chat_node_get_profile (node));
  Sender sender = messages[number].sender;
  const char *text = messages[number].text;
  g_autoptr (GBytes) payload = g_bytes_new_static (text, strlen (text));
  g_autoptr (GAsyncResult) added = NULL;

  chat_store_add_message_async (store, chat_contact_get_id (contact),
                                sender == OWN ? CHAT_MESSAGE_STATE_SENT
                                              : CHAT_MESSAGE_STATE_RECEIVED,
                                get_time (number), sender != UNREAD, payload, result_cb, &added);

  return chat_store_insert_finish (store, await_result (&added), error) > 0;
}

static gboolean
fill (ChatNode    *node,
      const char  *folder,
      GError     **error)
{
  g_autoptr (GHashTable) contacts = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      const char *name = g_intern_string (messages[i].friend);
      ChatContact *contact = g_hash_table_lookup (contacts, name);

      if (contact == NULL)
        {
          contact = add_friend (node, name, folder, error);
          if (contact == NULL)
            return FALSE;
          g_hash_table_insert (contacts, (gpointer) name, contact);
        }
      if (!add_message (node, contact, i, error))
        return FALSE;
    }

  return TRUE;
}

guint16
screenshot_friends_make (const char  *data_home,
                         const char  *folder,
                         GError     **error)
{
  g_autoptr (GFile) profiles = g_file_new_build_filename (data_home, "spp-chat", "profiles", NULL);
  g_autoptr (ChatProfile) profile = chat_profile_new (SCREENSHOT_PROFILE, profiles);
  g_autoptr (ChatNode) node = NULL;
  g_autoptr (GAsyncResult) created = NULL;
  g_autoptr (GAsyncResult) started = NULL;
  gboolean made;
  guint16 port;

  chat_profile_create_async (profile, OWN_NAME, NULL, NULL, result_cb, &created);
  if (!chat_profile_create_finish (profile, await_result (&created), error)
      || !write_public_key (folder, SCREENSHOT_PROFILE, chat_profile_get_public_key (profile),
                            error))
    return 0;

  node = chat_node_new (profile);
  chat_node_start_async (node, NULL, result_cb, &started);
  made = chat_node_start_finish (node, await_result (&started), error)
         && fill (node, folder, error);

  /* The one that the system gave is the one that the friends call */
  port = chat_node_get_port (node);
  chat_profile_set_port (profile, port);
  chat_node_stop (node);
  chat_store_close (chat_profile_get_store (profile));

  return made ? port : 0;
}

const char *const *
screenshot_friends_get_online (void)
{
  return online;
}

char *
screenshot_friends_make_key (void)
{
  g_autoptr (SppPrivateKey) key = spp_private_key_generate ();

  return g_strdup (spp_public_key_get_string (spp_private_key_get_public_key (key)));
}
