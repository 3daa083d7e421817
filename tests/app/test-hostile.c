/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-link-private.h>
#include <string.h>

#include "chat-test-utils.h"

#define N_STUCK 24

/* Alice at work, and a friend of hers who does what he likes. */
typedef struct
{
  char          *folder;
  SppPrivateKey *bob_key;
  ChatNode      *alice;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (ChatProfile) alice = NULL;
  g_autoptr (ChatContact) contact = NULL;
  g_autoptr (GError) error = NULL;

  fixture->folder = chat_make_folder ();
  fixture->bob_key = spp_private_key_generate ();
  alice = chat_make_profile (fixture->folder, "alice", NULL);
  fixture->alice = chat_start_node (alice);
  contact = chat_add_contact (fixture->alice, spp_private_key_get_public_key (fixture->bob_key),
                              "Bob", 0, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  chat_end_node (fixture->alice);
  chat_settle ();
  spp_private_key_unref (fixture->bob_key);
  chat_remove_folder (fixture->folder);
}

static ChatConversation *
get_conversation (ChatNode *node)
{
  g_autoptr (ChatContact) contact = NULL;

  contact = g_list_model_get_item (G_LIST_MODEL (chat_node_get_contacts (node)), 0);

  return chat_node_get_conversation (node, contact);
}

static SppSession *
call_alice (Fixture *fixture)
{
  g_autoptr (SppClient) client = spp_client_new (fixture->bob_key);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  SppSession *session;

  spp_client_connect_to_host_async (
    client, "127.0.0.1", chat_node_get_port (fixture->alice),
    chat_profile_get_public_key (chat_node_get_profile (fixture->alice)),
    NULL, chat_take_result, &result);
  chat_await (result != NULL);
  session = spp_client_connect_finish (client, result, &error);
  g_assert_no_error (error);

  return session;
}

static void
send_payload (SppSession *session,
              GBytes     *payload)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  spp_session_send_async (session, payload, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  spp_session_send_finish (session, result, &error);
  g_assert_no_error (error);
}

static void
close_session (SppSession *session)
{
  g_autoptr (GAsyncResult) result = NULL;

  spp_session_close_async (session, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  spp_session_close_finish (session, result, NULL);
}

static void
assert_receives (SppSession *session,
                 const char *text)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) error = NULL;

  spp_session_receive_async (session, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  received = spp_session_receive_finish (session, result, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (received, NULL), g_bytes_get_size (received),
                   text, strlen (text));
}

static GBytes *
fill (const char *unit,
      gsize       size)
{
  GByteArray *bytes = g_byte_array_new ();

  while (bytes->len < size)
    g_byte_array_append (bytes, (const guint8 *) unit, (guint) strlen (unit));

  return g_byte_array_free_to_bytes (bytes);
}

static void
assert_harmless (ChatMessage *message)
{
  const char *display = chat_message_get_display (message);

  g_assert_true (g_utf8_validate (display, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (display, -1), <=, 4000);
  g_assert_null (strstr (display, "\xe2\x80\xae"));
  g_assert_cmpstr (display, !=, "");
}

static void
test_hostile (Fixture       *fixture,
              gconstpointer  data)
{
  ChatProfile *profile = chat_node_get_profile (fixture->alice);
  ChatConversation *alice = get_conversation (fixture->alice);
  ChatContact *contact = chat_conversation_get_contact (alice);
  g_autoptr (SppSession) session = call_alice (fixture);
  g_autoptr (ChatConversation) reopened = NULL;
  GBytes *payloads[] = {
    g_bytes_new_static ("\xff\xfe\x00 not text", 12),
    g_bytes_new (NULL, 0),
    fill ("x", 1024 * 1024),
    fill ("\xcc\x81", 1024 * 1024),
    fill ("abc\xe2\x80\xae" "fed", 8),
    fill ("<b>&bold;</b>", 13),
    fill ("\xff", 5 * 1024 * 1024),
  };
  guint n = G_N_ELEMENTS (payloads);

  g_test_summary ("Whatever a friend sends is kept to the byte and shown without harm");

  for (guint i = 0; i < n; i++)
    {
      send_payload (session, payloads[i]);
      chat_await (g_list_model_get_n_items (G_LIST_MODEL (alice)) == i + 1);
      assert_harmless (chat_get_message (alice, i));
      g_assert_true (g_utf8_validate (chat_contact_get_preview (contact), -1, NULL));
      g_assert_true (g_bytes_equal (chat_message_get_payload (chat_get_message (alice, i)),
                                    payloads[i]));
    }

  g_assert_true (chat_message_is_notice (chat_get_message (alice, 0)));
  g_assert_true (chat_message_is_notice (chat_get_message (alice, 1)));
  g_assert_true (chat_message_is_cut (chat_get_message (alice, 2)));
  g_assert_true (chat_message_is_cut (chat_get_message (alice, 3)));
  g_assert_cmpstr (chat_message_get_display (chat_get_message (alice, 4)), ==, "abc[U+202E]fed");
  g_assert_cmpuint (chat_contact_get_unread_count (contact), ==, n);

  /* From the disk: short pages, the same bytes */
  reopened = chat_conversation_new (contact, chat_conversation_get_link (alice),
                                    chat_profile_get_store (profile));
  chat_await (chat_conversation_get_has_older (reopened));
  while (chat_conversation_get_has_older (reopened))
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      chat_conversation_load_older_async (reopened, NULL, chat_take_result, &result);
      chat_await (result != NULL);
      g_assert_true (chat_conversation_load_older_finish (reopened, result, &error));
      g_assert_no_error (error);
    }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (reopened)), ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_assert_true (g_bytes_equal (chat_message_get_payload (chat_get_message (reopened, i)),
                                    payloads[i]));
      g_bytes_unref (payloads[i]);
    }

  close_session (session);
}

static void
test_flood (Fixture       *fixture,
            gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  g_autoptr (SppSession) session = call_alice (fixture);
  g_autoptr (GBytes) large = fill ("x", 8 * 1024 * 1024);
  gsize n_bytes = 0;
  guint n_sent = 8;

  g_test_summary ("Large messages do not pile up in memory, and none is lost");

  for (guint i = 0; i < n_sent; i++)
    send_payload (session, large);
  chat_await (chat_contact_get_unread_count (chat_conversation_get_contact (alice)) == n_sent);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (alice)); i++)
    n_bytes += g_bytes_get_size (chat_message_get_payload (chat_get_message (alice, i)));
  g_assert_cmpuint (n_bytes, <=, 32 * 1024 * 1024);
  g_assert_true (chat_conversation_get_has_older (alice));

  close_session (session);
}

static void
test_many_sessions (Fixture       *fixture,
                    gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  g_autoptr (GPtrArray) sessions = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GBytes) payload = g_bytes_new_static ("hello", 5);
  SppSession *last;

  g_test_summary ("A friend who calls again and again has the last call heard");

  for (guint i = 0; i < 10; i++)
    g_ptr_array_add (sessions, call_alice (fixture));

  last = g_ptr_array_index (sessions, sessions->len - 1);
  send_payload (last, payload);
  chat_await (g_list_model_get_n_items (G_LIST_MODEL (alice)) == 1);

  /* It is the one that is used from here on */
  chat_send (alice, "reply");
  assert_receives (last, "reply");

  for (guint i = 0; i < sessions->len; i++)
    close_session (g_ptr_array_index (sessions, i));
  chat_await (!chat_link_is_up (chat_conversation_get_link (alice)));
}

static void
test_newcomer (Fixture       *fixture,
               gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  g_autoptr (SppSession) first = call_alice (fixture);
  g_autoptr (SppSession) second = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("hello", 5);

  g_test_summary ("A friend who calls anew is answered there, and heard where he was");

  send_payload (first, payload);
  chat_await (g_list_model_get_n_items (G_LIST_MODEL (alice)) == 1);
  chat_send (alice, "to the first");
  assert_receives (first, "to the first");
  second = call_alice (fixture);
  send_payload (first, payload);
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_RECEIVED) == 2);
  chat_send (alice, "to the second");
  assert_receives (second, "to the second");

  /* When that ends the first is used again */
  close_session (second);
  chat_settle ();
  send_payload (first, payload);
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_RECEIVED) == 3);
  g_assert_true (chat_link_is_up (chat_conversation_get_link (alice)));
  chat_send (alice, "to the first again");
  assert_receives (first, "to the first again");
  close_session (first);
}

static gboolean
is_full (ChatLink *link)
{
  GIOStream *stream = spp_session_get_stream (link->current->session);
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));

  return !(g_socket_condition_check (socket, G_IO_OUT) & G_IO_OUT);
}

/* Until a message is being sent and gets no further. */
static void
await_stuck (Fixture *fixture)
{
  ChatStore *store = chat_profile_get_store (chat_node_get_profile (fixture->alice));
  ChatConversation *alice = get_conversation (fixture->alice);
  ChatLink *link = chat_conversation_get_link (alice);
  guint n_sent;

  do
    {
      g_autoptr (GPtrArray) records = NULL;

      chat_await (is_full (link));
      n_sent = chat_count (alice, CHAT_MESSAGE_STATE_SENT);
      /* What the store had to do before this is done after it */
      records = chat_list_messages (store, 1, 0, 1);
      chat_settle ();
    }
  while (!is_full (link) || n_sent != chat_count (alice, CHAT_MESSAGE_STATE_SENT));
}

/* Gives the number of the first message, which is not before @n_sent. */
static guint
receive_first (SppSession *session,
               char       *text,
               guint       n_sent)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  const char *bytes;

  spp_session_receive_async (session, NULL, chat_take_result, &result);
  chat_await (result != NULL);
  received = spp_session_receive_finish (session, result, &error);
  g_assert_no_error (error);
  bytes = g_bytes_get_data (received, &length);
  text[0] = bytes[0];
  g_assert_cmpmem (bytes, length, text, strlen (text));
  g_assert_cmpint (text[0] - 'a', >=, n_sent);
  g_assert_cmpint (text[0] - 'a', <=, n_sent + 1);

  return (guint) (text[0] - 'a');
}

static void
test_stuck (Fixture       *fixture,
            gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  g_autoptr (SppSession) first = call_alice (fixture);
  g_autoptr (SppSession) second = NULL;
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GBytes) hello = g_bytes_new_static ("hello", 5);
  g_autofree char *text = g_strnfill (1024 * 1024, 'x');
  guint n_sent;

  g_test_summary ("A message stuck in one session goes out whole in the next one, in its turn");

  send_payload (first, hello);
  chat_await (g_list_model_get_n_items (G_LIST_MODEL (alice)) == 1);

  /* More than sockets hold, and nobody reads */
  for (guint i = 0; i < N_STUCK; i++)
    {
      text[0] = (char) ('a' + i);
      chat_send (alice, text);
    }

  await_stuck (fixture);
  n_sent = chat_count (alice, CHAT_MESSAGE_STATE_SENT);
  g_assert_cmpuint (n_sent, <, N_STUCK);

  second = call_alice (fixture);
  send_payload (second, hello);
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_RECEIVED) == 2);
  g_cancellable_cancel (cancelled);
  spp_session_close_async (first, cancelled, NULL, NULL);

  /* All that the first one took whole count as sent, the rest come here; it may
   * have taken one more while the second one came */
  for (guint i = receive_first (second, text, n_sent) + 1; i < N_STUCK; i++)
    {
      text[0] = (char) ('a' + i);
      assert_receives (second, text);
    }
  chat_await (chat_count (alice, CHAT_MESSAGE_STATE_SENT) == N_STUCK);
  close_session (second);
}

static void
test_not_kept (Fixture       *fixture,
               gconstpointer  data)
{
  ChatConversation *alice = get_conversation (fixture->alice);
  ChatContact *contact = chat_conversation_get_contact (alice);
  g_autoptr (SppSession) session = call_alice (fixture);
  g_autoptr (GBytes) payload = g_bytes_new_static ("hello", 5);

  g_test_summary ("What cannot be kept does not show, and the session ends with a reason");

  send_payload (session, payload);
  chat_await (g_list_model_get_n_items (G_LIST_MODEL (alice)) == 1);

  chat_store_close (chat_profile_get_store (chat_node_get_profile (fixture->alice)));
  send_payload (session, payload);
  chat_await (chat_contact_get_failed (contact));
  g_assert_nonnull (strstr (chat_contact_get_status (contact), "could not be kept"));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (alice)), ==, 1);
  g_assert_false (chat_link_is_up (chat_conversation_get_link (alice)));
  close_session (session);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/hostile/payloads", test_hostile);
  ADD ("/hostile/flood", test_flood);
  ADD ("/hostile/many-sessions", test_many_sessions);
  ADD ("/hostile/newcomer", test_newcomer);
  ADD ("/hostile/stuck", test_stuck);
  ADD ("/hostile/not-kept", test_not_kept);

  return g_test_run ();
}
