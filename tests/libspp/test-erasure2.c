/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* What is left of the keys of a session of SPP/2 in the memory of the process. */

#include "erasure2-fixture.h"
#include "spp-error.h"
#include "spp-test-memory.h"

static void
meet_as_initiator (Erasure2 *self)
{
  g_autoptr (GError) error = NULL;

  erasure2_begin_as_initiator (self);
  erasure2_say_frame (self, spp2_hand_seal (self->alice, SPP_RECORD_HELLO, self->alice->hello,
                                            SPP2_HELLO_SIZE, 0));
  spp_test_await (&self->base.result);
  self->base.session = spp_client_negotiate_finish (self->base.client, self->base.result, &error);
  g_assert_no_error (error);
  g_clear_object (&self->base.result);
}

static void
meet_as_responder (Erasure2 *self)
{
  guint8 third[SPP2_MESSAGE3_FRAME];

  erasure2_begin_hand (self, FALSE, self->base.alice_key);
  erasure2_begin_as_responder (self);
  spp2_hand_make_message3 (self->alice, third);
  erasure2_say (self, third, sizeof third);
  g_bytes_unref (erasure2_hear_record (self, SPP_RECORD_HELLO));
  while (self->base.session == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
meet (Erasure2 *self,
      gboolean  initiator)
{
  if (initiator)
    meet_as_initiator (self);
  else
    meet_as_responder (self);
  erasure2_search ();
  erasure2_expect_handshake_gone ();
  erasure2_expect_record_keys (self);
  g_assert_cmpuint (spp_test_memory_get_found ("root 0"), ==, 1);
}

/* A message each way; after each the key of the one before has gone. */
static void
exchange (Erasure2 *self)
{
  g_autoptr (GBytes) payload = spp_test_payload (ERASURE2_PAYLOAD_SIZE, 1);

  erasure2_say_frame (self, erasure2_make_record (self, SPP_RECORD_LAST));
  g_bytes_unref (spp_test_receive (self->base.session, NULL));
  erasure2_search ();
  erasure2_expect_record_keys (self);
  g_assert_true (spp_test_send (self->base.session, payload, NULL));
  g_bytes_unref (erasure2_hear_record (self, SPP_RECORD_LAST));
  erasure2_search ();
  erasure2_expect_record_keys (self);
}

static GBytes *
provoke_rekey (Erasure2 *self)
{
  spp_record_layer_set_epoch (self->base.session->layer, 0, G_TIME_SPAN_DAY);
  spp_session_schedule_turn (self->base.session);
  return erasure2_hear_record (self, SPP_RECORD_REKEY);
}

static void
renew (Erasure2 *self)
{
  if (self->initiator)
    {
      g_autoptr (GBytes) request = provoke_rekey (self);

      spp_record_layer_set_epoch (self->base.session->layer, G_MAXUINT64, G_TIME_SPAN_DAY);
      erasure2_search ();
      spp_test_memory_assert_found ("random 2");
      erasure2_expect_record_keys (self);
      erasure2_say_frame (self, spp2_hand_answer (self->alice, request, NULL));
    }
  else
    {
      g_autoptr (GBytes) answer = NULL;

      erasure2_say_frame (self, spp2_hand_ask (self->alice, NULL));
      answer = erasure2_hear_record (self, SPP_RECORD_REKEY_ACK);
      spp2_hand_take_answer (self->alice, answer);
    }
  while (spp_session_get_rekeys (self->base.session) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
expect_renewed (Erasure2 *self)
{
  static const char *const names[] = {
    "random 2", "root 0", "rekey ee", "rekey es", "rekey se", "rekey extracted", "ir 0.0",
    "ri 0.0", "ir 0.1", "ri 0.1", "ri 0.2",
  };

  erasure2_search ();
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    spp_test_memory_assert_gone (names[i]);
  erasure2_expect_record_keys (self);
  g_assert_cmpuint (spp_test_memory_get_found ("root 1"), ==, 1);
}

/* Ends */

static void
end_by_closing (Erasure2 *self)
{
  g_autoptr (GAsyncResult) closed = NULL;

  spp_session_close_async (self->base.session, NULL, spp_test_result_cb, &closed);
  g_bytes_unref (erasure2_hear_record (self, SPP_RECORD_CLOSE));
  erasure2_say_frame (self, erasure2_make_record (self, SPP_RECORD_CLOSE));
  spp_test_await (&closed);
}

static void
end_by_nobody_answering (Erasure2 *self)
{
  g_autoptr (GAsyncResult) closed = NULL;

  spp_session_close_async (self->base.session, NULL, spp_test_result_cb, &closed);
  g_bytes_unref (erasure2_hear_record (self, SPP_RECORD_CLOSE));
  self->base.session->close_deadline = 1;
  g_source_set_ready_time (self->base.session->timer, 0);
  spp_test_await (&closed);
}

static void
end_by_aborting (Erasure2 *self)
{
  spp_session_abort (self->base.session);
}

static void
end_by_unref (Erasure2 *self)
{
  spp_test_await_finalize (g_steal_pointer (&self->base.session));
}

static void
expect_end (Erasure2 *self,
            int       code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (spp_test_receive (self->base.session, &error));
  g_assert_error (error, SPP_ERROR, code);
}

static void
end_by_peer (Erasure2 *self)
{
  erasure2_say_frame (self, erasure2_make_record (self, SPP_RECORD_CLOSE));
  g_bytes_unref (erasure2_hear_record (self, SPP_RECORD_CLOSE));
  expect_end (self, SPP_ERROR_CLOSED);
}

static void
end_by_cut (Erasure2 *self)
{
  g_autoptr (GByteArray) frame = erasure2_make_record (self, SPP_RECORD_LAST);

  erasure2_say (self, frame->data, frame->len / 2);
  g_clear_object (&self->base.raw);
  expect_end (self, SPP_ERROR_TRUNCATED);
}

static void
end_by_bad_tag (Erasure2 *self)
{
  GByteArray *frame = erasure2_make_record (self, SPP_RECORD_LAST);

  frame->data[frame->len - 1] ^= 1;
  erasure2_say_frame (self, frame);
  expect_end (self, SPP_ERROR_BAD_TAG);
}

static void
end_by_rule (Erasure2 *self)
{
  erasure2_say_frame (self, erasure2_make_record (self, SPP_RECORD_HELLO));
  expect_end (self, SPP_ERROR_BAD_RECORD);
}

static void
end_by_large_message (Erasure2 *self)
{
  spp_session_set_max_message_size (self->base.session, 1);
  erasure2_say_frame (self, erasure2_make_record (self, SPP_RECORD_LAST));
  expect_end (self, SPP_ERROR_MESSAGE_TOO_LARGE);
}

/* In the middle of new keys. */
static void
end_by_weak_point (Erasure2 *self)
{
  if (self->initiator)
    {
      g_autoptr (GBytes) request = provoke_rekey (self);

      erasure2_say_frame (self, spp2_hand_answer (self->alice, request, spp2_weak[0]));
    }
  else
    {
      erasure2_say_frame (self, spp2_hand_ask (self->alice, spp2_weak[0]));
    }
  expect_end (self, SPP_ERROR_WEAK_EPHEMERAL);
}

/* The initiator's alone. */
static void
end_while_rekeying (Erasure2 *self)
{
  if (self->initiator)
    g_bytes_unref (provoke_rekey (self));
  end_by_unref (self);
}

static void
end_by_no_answer (Erasure2 *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->initiator)
    {
      end_by_aborting (self);
      return;
    }
  g_bytes_unref (provoke_rekey (self));
  self->base.session->rekey_deadline = 1;
  g_source_set_ready_time (self->base.session->timer, 0);
  g_assert_null (spp_test_receive (self->base.session, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

typedef struct
{
  const char *name;
  void      (*end) (Erasure2 *self);
} Ending;

static const Ending endings[] =
  {
    { "closed", end_by_closing },
    { "closed-unanswered", end_by_nobody_answering },
    { "aborted", end_by_aborting },
    { "dropped", end_by_unref },
    { "peer-closed", end_by_peer },
    { "cut", end_by_cut },
    { "bad-tag", end_by_bad_tag },
    { "bad-record", end_by_rule },
    { "too-large", end_by_large_message },
    { "weak-rekey", end_by_weak_point },
    { "dropped-while-rekeying", end_while_rekeying },
    { "rekey-unanswered", end_by_no_answer },
  };

static void
run_session (Erasure2     *self,
             gboolean      initiator,
             const Ending *ending)
{
  meet (self, initiator);
  exchange (self);
  ending->end (self);
  if (self->base.session != NULL)
    g_assert_cmpint (spp_session_get_state (self->base.session), ==, SPP_SESSION_STATE_CLOSED);
  erasure2_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_initiator (Erasure2      *self,
                gconstpointer  data)
{
  g_test_summary ("Each key is gone once it has been used, and all with the end, on the side "
                  "that called");
  run_session (self, TRUE, data);
}

static void
test_responder (Erasure2      *self,
                gconstpointer  data)
{
  g_test_summary ("Each key is gone once it has been used, and all with the end, on the side "
                  "that was called");
  run_session (self, FALSE, data);
}

static void
test_rekey (Erasure2      *self,
            gconstpointer  data)
{
  g_test_summary ("Of the keys before new ones nothing is left, nor of what made these");
  meet (self, GPOINTER_TO_INT (data));
  exchange (self);
  renew (self);
  expect_renewed (self);
  exchange (self);
  expect_renewed (self);
  end_by_closing (self);
  erasure2_search ();
  spp_test_memory_assert_all_gone ();
}

static void
add_sessions (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *initiator = g_strconcat ("/spp/erasure2/initiator/", endings[i].name,
                                                NULL);
      g_autofree char *responder = g_strconcat ("/spp/erasure2/responder/", endings[i].name,
                                                NULL);

      g_test_add (initiator, Erasure2, &endings[i],
                  erasure2_set_up, test_initiator, erasure2_tear_down);
      g_test_add (responder, Erasure2, &endings[i],
                  erasure2_set_up, test_responder, erasure2_tear_down);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add_sessions ();
#define add(path, data, func) \
  g_test_add ("/spp/erasure2/" path, Erasure2, data, erasure2_set_up, func, erasure2_tear_down)
  add ("rekey/initiator", GINT_TO_POINTER (TRUE), test_rekey);
  add ("rekey/responder", GINT_TO_POINTER (FALSE), test_rekey);
#undef add

  return g_test_run ();
}
