/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "demo-people.h"

#include "chat-node.h"

/* Names of profiles that no user is likely to have: a program that already runs
 * for a profile would be asked to show itself. */
const DemoPerson demo_people[DEMO_N_PEOPLE] = {
  { "demo-alice", "Alice", "Bob", "Good morning, Bob!" },
  { "demo-bob", "Bob", "Alice", "Good morning, Alice ☀️" },
};

static const struct
{
  guint       sender;
  const char *text;
} history[] = {
  { 0, "Hello Bob! Can you read this?" },
  { 1, "Every word 🎉" },
  { 1, "And nobody else can: there is no server between us, just your computer and mine." },
  { 0, "That is what I like about it." },
  { 0, "Shall we have a walk by the river tomorrow? Привет from Olga, she would come, too." },
  { 1, "With pleasure!\nAt ten, at the old bridge?" },
  { 0, "Perfect 👍" },
};

typedef struct
{
  ChatProfile      *profile;
  ChatNode         *node;
  ChatConversation *conversation;
} Person;

static void
person_clear (Person *person)
{
  ChatStore *store = NULL;

  if (person->node != NULL)
    chat_node_stop (person->node);
  if (person->profile != NULL)
    store = chat_profile_get_store (person->profile);
  if (store != NULL)
    chat_store_close (store);

  g_clear_object (&person->conversation);
  g_clear_object (&person->node);
  g_clear_object (&person->profile);
}

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
make_person (Person            *person,
             const DemoPerson  *who,
             GFile             *folder,
             GError           **error)
{
  g_autoptr (GAsyncResult) created = NULL;
  g_autoptr (GAsyncResult) started = NULL;

  person->profile = chat_profile_new (who->profile, folder);
  chat_profile_create_async (person->profile, who->name, NULL, NULL, result_cb, &created);
  if (!chat_profile_create_finish (person->profile, await_result (&created), error))
    return FALSE;

  person->node = chat_node_new (person->profile);
  chat_node_start_async (person->node, NULL, result_cb, &started);
  if (!chat_node_start_finish (person->node, await_result (&started), error))
    return FALSE;

  if (chat_node_get_port (person->node) == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           chat_node_get_listen_error (person->node));
      return FALSE;
    }

  /* The one that the system gave is the one that the friend will know */
  chat_profile_set_port (person->profile, chat_node_get_port (person->node));
  return TRUE;
}

static gboolean
add_friend (Person      *person,
            Person      *other,
            const char  *name,
            GError     **error)
{
  g_autoptr (GAsyncResult) added = NULL;
  g_autoptr (ChatContact) contact = NULL;
  ChatConversation *conversation;

  chat_node_add_contact_async (person->node, chat_profile_get_public_key (other->profile), name,
                               "127.0.0.1", chat_node_get_port (other->node), FALSE, NULL,
                               result_cb, &added);
  contact = chat_node_add_contact_finish (person->node, await_result (&added), error);
  if (contact == NULL)
    return FALSE;

  conversation = chat_node_get_conversation (person->node, contact);
  person->conversation = g_object_ref (conversation);
  return TRUE;
}

static gboolean
say (Person      *person,
     const char  *text,
     GError     **error)
{
  g_autoptr (GAsyncResult) sent = NULL;

  chat_conversation_send_async (person->conversation, text, NULL, result_cb, &sent);
  return chat_conversation_send_finish (person->conversation, await_result (&sent), error);
}

static gboolean
is_failed (Person *person)
{
  return chat_contact_get_failed (chat_conversation_get_contact (person->conversation));
}

static gboolean
fail (Person  *person,
      GError **error)
{
  ChatContact *contact = chat_conversation_get_contact (person->conversation);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, chat_contact_get_status (contact));
  return FALSE;
}

static gboolean
talk (Person  *people,
      GError **error)
{
  chat_link_connect (chat_conversation_get_link (people[0].conversation));

  for (guint i = 0; i < G_N_ELEMENTS (history); i++)
    {
      Person *sender = &people[history[i].sender];
      GListModel *received = G_LIST_MODEL (people[1 - history[i].sender].conversation);

      if (!say (sender, history[i].text, error))
        return FALSE;

      while (g_list_model_get_n_items (received) < i + 1)
        {
          if (is_failed (&people[0]))
            return fail (&people[0], error);
          g_main_context_iteration (NULL, TRUE);
        }
    }

  return TRUE;
}

/* What is said while nobody is connected waits on disk. */
static gboolean
leave_greetings (Person  *people,
                 GError **error)
{
  for (guint i = 0; i < DEMO_N_PEOPLE; i++)
    chat_node_stop (people[i].node);

  for (guint i = 0; i < DEMO_N_PEOPLE; i++)
    {
      if (!say (&people[i], demo_people[i].greeting, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
make_all (Person  *people,
          GFile   *folder,
          GError **error)
{
  for (guint i = 0; i < DEMO_N_PEOPLE; i++)
    {
      if (!make_person (&people[i], &demo_people[i], folder, error))
        return FALSE;
    }

  for (guint i = 0; i < DEMO_N_PEOPLE; i++)
    {
      if (!add_friend (&people[i], &people[1 - i], demo_people[i].friend_name, error))
        return FALSE;
    }

  return talk (people, error) && leave_greetings (people, error);
}

gboolean
demo_make_people (GFile   *data_home,
                  GError **error)
{
  Person people[DEMO_N_PEOPLE] = { { NULL, }, };
  g_autoptr (GFile) folder = g_file_resolve_relative_path (data_home, "spp-chat/profiles");
  gboolean made = make_all (people, folder, error);

  for (guint i = 0; i < DEMO_N_PEOPLE; i++)
    person_clear (&people[i]);

  return made;
}
