/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include <chat-sentence.h>
#include <gio/gio.h>
#include <spp.h>

typedef struct
{
  const char *name;
  GQuark    (*domain) (void);
  int         code;
  const char *address;
  const char *part; /* of the sentence */
} Case;

static const Case cases[] = {
  { "refused", g_io_error_quark, G_IO_ERROR_CONNECTION_REFUSED, "192.0.2.7",
    "Cannot reach 192.0.2.7: connection refused." },
  { "not-found", g_io_error_quark, G_IO_ERROR_HOST_NOT_FOUND, "bob.invalid",
    "Cannot find bob.invalid." },
  { "not-resolved", g_resolver_error_quark, G_RESOLVER_ERROR_NOT_FOUND, "bob.invalid",
    "Cannot find bob.invalid." },
  { "host-unreachable", g_io_error_quark, G_IO_ERROR_HOST_UNREACHABLE, "192.0.2.7",
    "no route to that address" },
  { "network-unreachable", g_io_error_quark, G_IO_ERROR_NETWORK_UNREACHABLE, "192.0.2.7",
    "the network is unreachable" },
  { "timed-out", g_io_error_quark, G_IO_ERROR_TIMED_OUT, "192.0.2.7", "no answer in time" },
  { "somebody-else", spp_error_quark, SPP_ERROR_BAD_SIGNATURE, "192.0.2.7",
    "Somebody else answers at 192.0.2.7, not Bob." },
  { "no-spp", spp_error_quark, SPP_ERROR_FRAME_LENGTH, "192.0.2.7",
    "What answers at 192.0.2.7 is not SPP Chat." },
  { "closed", spp_error_quark, SPP_ERROR_CLOSED, NULL, "The connection to Bob was lost." },
  { "truncated", spp_error_quark, SPP_ERROR_TRUNCATED, NULL, "The connection to Bob was lost." },
  { "reset", g_io_error_quark, G_IO_ERROR_CONNECTION_CLOSED, NULL,
    "The connection to Bob was lost." },
  { "session-timed-out", g_io_error_quark, G_IO_ERROR_TIMED_OUT, NULL,
    "The connection to Bob was lost." },
  { "closed-while-calling", spp_error_quark, SPP_ERROR_CLOSED, "192.0.2.7",
    "Maybe Bob has not added your key yet." },
  { "bad-tag", spp_error_quark, SPP_ERROR_BAD_TAG, NULL, "Somebody disturbed the connection" },
  { "bad-sequence", spp_error_quark, SPP_ERROR_BAD_SEQUENCE, NULL, "Somebody disturbed" },
  { "reflected", spp_error_quark, SPP_ERROR_REFLECTED, NULL, "Somebody disturbed" },
  { "weak", spp_error_quark, SPP_ERROR_WEAK_EPHEMERAL, "192.0.2.7", "Somebody disturbed" },
  { "replayed", spp_error_quark, SPP_ERROR_REPLAYED, "192.0.2.7", "Somebody else answers" },
  { "too-large", spp_error_quark, SPP_ERROR_MESSAGE_TOO_LARGE, NULL, "too large" },
  { "exhausted", spp_error_quark, SPP_ERROR_EXHAUSTED, NULL, "Connect again" },
  { "bad-record", spp_error_quark, SPP_ERROR_BAD_RECORD, NULL, "Somebody disturbed" },
  { "old-protocol", spp_error_quark, SPP_ERROR_OLD_PROTOCOL, "192.0.2.7",
    "Bob speaks only an old protocol, which protects less." },
  { "not-admitted", spp_error_quark, SPP_ERROR_NOT_ADMITTED, "192.0.2.7",
    "Whoever answers at 192.0.2.7 does not let you in." },
  { "downgraded", spp_error_quark, SPP_ERROR_DOWNGRADED, "192.0.2.7",
    "Somebody tried to weaken the connection to Bob" },
  { "other", g_io_error_quark, G_IO_ERROR_FAILED, "192.0.2.7", "Cannot reach 192.0.2.7: " },
};

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (GError) error = g_error_new_literal (row->domain (), row->code, "detail");
  g_autofree char *sentence = chat_sentence_for_error (error, "Bob", row->address);

  g_assert_nonnull (strstr (sentence, row->part));
  g_assert_true (g_str_has_suffix (sentence, "."));
  /* The end of a stream proves nothing about who ended it */
  g_assert_null (strstr (sentence, "left"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/sentence/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }

  return g_test_run ();
}
