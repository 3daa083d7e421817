/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <string.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "spp-test-pair.h"

/* New keys after so many records. */
#define REKEY_RECORDS 7
typedef struct
{
  const char *path;
  guint       version;
  gboolean    peer_listens;
  gboolean    peer_sends;
  const char *sizes;
  guint       rounds;
  guint       ahead;          /* so many messages are always on their way */
} Case;

typedef struct
{
  char          *folder;
  char          *peer_key_path;
  char          *own_public_path;
  SppPrivateKey *own_key;
  SppPrivateKey *peer_key;
  SppService    *service;
  guint16        port;
  SppSession    *session;
  GSubprocess   *process;
  GDataInputStream *lines;      /* of its standard output */
} Fixture;

static void
save (const char   *path,
      gconstpointer data,
      gsize         size)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, data, size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  GBytes *own_public;
  const guint8 *seed;
  gsize length;

  fixture->folder = g_dir_make_tmp ("spp-peer-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->peer_key_path = g_build_filename (fixture->folder, "peer.key", NULL);
  fixture->own_public_path = g_build_filename (fixture->folder, "own.pub", NULL);
  fixture->own_key = spp_private_key_generate ();
  fixture->peer_key = spp_private_key_generate ();
  seed = spp_private_key_get_seed (fixture->peer_key, &length);
  save (fixture->peer_key_path, seed, length);
  own_public = spp_public_key_get_bytes (spp_private_key_get_public_key (fixture->own_key));
  save (fixture->own_public_path, g_bytes_get_data (own_public, &length), SPP_PUBLIC_KEY_SIZE);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->session != NULL)
    {
      spp_test_close (fixture->session);
      spp_test_await_finalize (fixture->session);
    }
  if (fixture->service != NULL)
    {
      g_socket_service_stop (G_SOCKET_SERVICE (fixture->service));
      spp_test_settle ();
      g_socket_listener_close (G_SOCKET_LISTENER (fixture->service));
      spp_test_await_finalize (fixture->service);
    }
  g_clear_object (&fixture->lines);
  g_clear_object (&fixture->process);
  g_remove (fixture->peer_key_path);
  g_remove (fixture->own_public_path);
  g_assert_no_errno (g_rmdir (fixture->folder));
  g_free (fixture->folder);
  g_free (fixture->peer_key_path);
  g_free (fixture->own_public_path);
  spp_private_key_unref (fixture->own_key);
  spp_private_key_unref (fixture->peer_key);
}

static JsonObject *
read_json (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_data_input_stream_read_line_async (fixture->lines, G_PRIORITY_DEFAULT, NULL,
                                       spp_test_result_cb, &result);
  spp_test_await (&result);
  line = g_data_input_stream_read_line_finish (fixture->lines, result, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  node = json_from_string (line, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (node));
}

static void
on_session (SppService *service,
            SppSession *session,
            gpointer    user_data)
{
  Fixture *fixture = user_data;

  g_assert_null (fixture->session);
  fixture->session = g_object_ref (session);
}

static void
listen_for_peer (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->service = spp_service_new (fixture->own_key);
  spp_service_add_peer (fixture->service, spp_private_key_get_public_key (fixture->peer_key));
  spp_service_set_peer_flags (fixture->service,
                              spp_private_key_get_public_key (fixture->peer_key),
                              SPP_PEER_FLAGS_ALLOW_SPP1);
  g_signal_connect (fixture->service, "session", G_CALLBACK (on_session), fixture);
  fixture->port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (fixture->service),
                                                       NULL, &error);
  g_assert_no_error (error);
}

static void
start_peer (Fixture    *fixture,
            const Case *test)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", fixture->port);
  g_autofree char *rounds = g_strdup_printf ("%u", test->rounds);
  g_autofree char *rekey = g_strdup_printf ("%d", REKEY_RECORDS);
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (args, (char *) g_getenv (test->version == 2 ? "SPP_TEST_PEER2"
                                                               : "SPP_TEST_PEER"));
  g_ptr_array_add (args, (char *) "--private");
  g_ptr_array_add (args, fixture->peer_key_path);
  g_ptr_array_add (args, (char *) "--peer-public");
  g_ptr_array_add (args, fixture->own_public_path);
  g_ptr_array_add (args, (char *) (test->peer_listens ? "--listen" : "--connect"));
  if (!test->peer_listens)
    g_ptr_array_add (args, address);
  if (test->version == 2 && !test->peer_listens)
    {
      g_ptr_array_add (args, (char *) "--rekey");
      g_ptr_array_add (args, rekey);
    }
  if (!test->peer_sends && test->sizes != NULL)
    {
      g_ptr_array_add (args, (char *) "--echo");
    }
  else if (test->sizes != NULL)
    {
      g_ptr_array_add (args, (char *) "--sizes");
      g_ptr_array_add (args, (char *) test->sizes);
      g_ptr_array_add (args, (char *) "--count");
      g_ptr_array_add (args, rounds);
    }
  g_ptr_array_add (args, NULL);
  fixture->process = g_subprocess_newv ((const char *const *) args->pdata,
                                        G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  fixture->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (fixture->process));
}

static void
connect_to_peer (Fixture    *fixture,
                 const Case *test)
{
  g_autoptr (SppClient) client = spp_client_new (fixture->own_key);
  g_autoptr (JsonObject) event = read_json (fixture);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (json_object_get_string_member (event, "event"), ==, "listening");
  if (test->version == 1)
    spp_client_set_peer_flags (client, SPP_PEER_FLAGS_ALLOW_SPP1);
  spp_client_connect_to_host_async (client, "127.0.0.1",
                                    json_object_get_int_member (event, "port"),
                                    spp_private_key_get_public_key (fixture->peer_key), NULL,
                                    spp_test_result_cb, &result);
  spp_test_await (&result);
  fixture->session = spp_client_connect_finish (client, result, &error);
  g_assert_no_error (error);
}

static void
send_and_compare (Fixture    *fixture,
                  const Case *test)
{
  g_auto (GStrv) sizes = g_strsplit (test->sizes, ",", -1);
  guint count = test->rounds * g_strv_length (sizes);
  g_autoptr (GPtrArray) sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < count; i++)
    {
      guint64 size = g_ascii_strtoull (sizes[i % g_strv_length (sizes)], NULL, 10);
      GBytes *payload = spp_test_payload (size, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) back = NULL;

      g_ptr_array_add (sent, payload);
      spp_session_send_async (fixture->session, payload, NULL, NULL, NULL);
      if (i < test->ahead)
        continue;
      back = spp_test_receive (fixture->session, &error);
      g_assert_no_error (error);
      spp_test_assert_bytes (back, (GBytes *) g_ptr_array_index (sent, i - test->ahead));
    }
  for (guint i = count - test->ahead; i < count; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) back = spp_test_receive (fixture->session, &error);

      g_assert_no_error (error);
      spp_test_assert_bytes (back, (GBytes *) g_ptr_array_index (sent, i));
    }
  g_test_message ("%u messages of %s bytes came back unchanged", count, test->sizes);
}

static void
echo_until_end (Fixture    *fixture,
                const Case *test)
{
  g_autoptr (JsonObject) summary = NULL;
  guint count = 0;

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) payload = spp_test_receive (fixture->session, &error);

      if (payload == NULL)
        break;
      g_assert_true (spp_test_send (fixture->session, payload, &error));
      count++;
    }
  summary = read_json (fixture);
  g_assert_cmpint (json_object_get_int_member (summary, "messages"), ==, count);
  g_assert_cmpint (json_object_get_int_member (summary, "unchanged"), ==, count);
  g_assert_cmpuint (count, >=, test->rounds);
  g_test_message ("%u messages of %s bytes came back unchanged", count, test->sizes);
}

/* What the other end saw is what we did. */
static void
check_end (Fixture    *fixture,
           const Case *test)
{
  g_autoptr (JsonObject) event = read_json (fixture);
  g_autoptr (GBytes) binding = NULL;

  g_assert_cmpstr (json_object_get_string_member (event, "event"), ==, "closed");
  g_assert_true (json_object_get_null_member (event, "error"));
  g_assert_false (json_object_get_boolean_member (event, "cut"));
  g_assert_cmpint (json_object_get_int_member (event, "rekeys"), ==,
                   spp_session_get_rekeys (fixture->session));
  if (test->sizes != NULL)
    g_assert_cmpuint (spp_session_get_rekeys (fixture->session), >, 0);
  binding = spp_test_bytes_from_hex (json_object_get_string_member (event, "binding"));
  spp_test_assert_bytes (binding, spp_session_get_channel_binding (fixture->session));
  /* Where neither had anything to say both closed at once, and either may have been
   * the first. */
  if (test->sizes != NULL)
    g_assert_cmpint (spp_session_get_end (fixture->session), ==,
                     test->peer_sends ? SPP_SESSION_END_PEER_CLOSED : SPP_SESSION_END_CLOSED);
}

static void
test_exchange (Fixture       *fixture,
               gconstpointer  data)
{
  const Case *test = data;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Messages of many sizes go to the Python peer and back unchanged");
  if (!test->peer_listens)
    listen_for_peer (fixture);
  start_peer (fixture, test);
  if (test->peer_listens)
    connect_to_peer (fixture, test);
  while (fixture->session == NULL)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpuint (spp_session_get_protocol_version (fixture->session), ==, test->version);
  if (test->version == 2)
    spp_record_layer_set_epoch (fixture->session->layer, REKEY_RECORDS, G_TIME_SPAN_HOUR);

  if (test->peer_sends)
    echo_until_end (fixture, test);
  else if (test->sizes != NULL)
    send_and_compare (fixture, test);
  spp_test_close (fixture->session);
  if (test->version == 2)
    check_end (fixture, test);

  g_subprocess_wait_check_async (fixture->process, NULL, spp_test_result_cb, &ended);
  spp_test_await (&ended);
  g_assert_true (g_subprocess_wait_check_finish (fixture->process, ended, &error));
  g_assert_no_error (error);
}

#define SIZES1 "0,1,2,15,16,17,63,64,65,255,1000,4096,65491,65536,65537,300000,1048576"
/* Around the steps of padding and of parts. */
#define SIZES2 "0,1,252,253,254,1000,4096,65515,65516,65517,131032,131033,300000,1048576"

#define FOUR(name, number, sizes, rounds, ahead) \
  { "/spp/python-peer/" name "/listens/echoes", number, TRUE, FALSE, sizes, rounds, ahead }, \
  { "/spp/python-peer/" name "/listens/sends", number, TRUE, TRUE, sizes, rounds, ahead }, \
  { "/spp/python-peer/" name "/calls/echoes", number, FALSE, FALSE, sizes, rounds, ahead }, \
  { "/spp/python-peer/" name "/calls/sends", number, FALSE, TRUE, sizes, rounds, ahead }

int
main (int   argc,
      char *argv[])
{
  static const Case cases[] =
    {
      FOUR ("spp1", 1, SIZES1, 10, 5),
      FOUR ("spp2", 2, SIZES2, 60, 5),
      FOUR ("spp2-large", 2, "16777216,5,16777216,0,65536,16777215", 1, 0),
      { "/spp/python-peer/spp2/listens/closes", 2, TRUE, FALSE, NULL, 0, 0 },
      { "/spp/python-peer/spp2/calls/closes", 2, FALSE, FALSE, NULL, 0, 0 },
    };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, &cases[i], set_up, test_exchange, tear_down);

  return g_test_run ();
}
