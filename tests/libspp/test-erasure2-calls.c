/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

/* What is left in the memory of the process of calls that come to nothing. */

#include <string.h>

#include "erasure2-fixture.h"
#include "spp-error.h"
#include "spp-test-memory.h"

static void
expect_no_call (Erasure2 *self,
                GQuark    domain,
                int       code)
{
  g_autoptr (GError) error = NULL;

  spp_test_await (&self->base.result);
  g_assert_null (spp_client_negotiate_finish (self->base.client, self->base.result, &error));
  g_assert_error (error, domain, code);
  g_clear_object (&self->base.result);
  erasure2_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_cancelled (Erasure2      *self,
                gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint8 first[SPP2_MESSAGE1_FRAME];

  g_test_summary ("A call that is cancelled before the answer leaves nothing");
  spp_test_erasure_call (&self->base, cancellable);
  erasure2_hear (self, first, sizeof first);
  erasure2_search ();
  spp_test_memory_assert_found ("ephemeral");
  g_cancellable_cancel (cancellable);
  expect_no_call (self, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_weak_answer (Erasure2      *self,
                  gconstpointer  data)
{
  guint8 frame[SPP2_MESSAGE2_FRAME];

  g_test_summary ("A call that is answered with a point of low order leaves nothing");
  spp_test_erasure_call (&self->base, NULL);
  erasure2_hear (self, frame, sizeof frame);
  memcpy (frame + SPP_FRAME_HEADER_SIZE, spp2_weak[0], SPP_CRYPTO_X25519_SIZE);
  erasure2_say (self, frame, sizeof frame);
  expect_no_call (self, SPP_ERROR, SPP_ERROR_WEAK_EPHEMERAL);
}

static void
test_reflected (Erasure2      *self,
                gconstpointer  data)
{
  guint8 frame[SPP2_MESSAGE2_FRAME];

  g_test_summary ("A call that is answered with itself leaves nothing");
  spp_test_erasure_call (&self->base, NULL);
  erasure2_hear (self, frame, sizeof frame);
  erasure2_say (self, frame, sizeof frame);
  expect_no_call (self, SPP_ERROR, SPP_ERROR_REFLECTED);
}

static void
test_bad_hello (Erasure2      *self,
                gconstpointer  data)
{
  GByteArray *frame;

  g_test_summary ("A call whose HELLO is not right leaves nothing");
  erasure2_begin_as_initiator (self);
  frame = spp2_hand_seal (self->alice, SPP_RECORD_HELLO, self->alice->hello,
                          SPP2_HELLO_SIZE - GPOINTER_TO_INT (data), 0);
  if (data == NULL)
    frame->data[frame->len - 1] ^= 1;
  erasure2_say_frame (self, frame);
  expect_no_call (self, SPP_ERROR, data == NULL ? SPP_ERROR_BAD_TAG : SPP_ERROR_BAD_RECORD);
}

static void
test_not_admitted (Erasure2      *self,
                   gconstpointer  data)
{
  g_test_summary ("A call that nobody lets in leaves nothing");
  erasure2_begin_as_initiator (self);
  g_clear_object (&self->base.raw);
  expect_no_call (self, SPP_ERROR, SPP_ERROR_NOT_ADMITTED);
}

/* How a caller is not let in. */
typedef enum
{
  STRANGER,
  BAD_STATIC,
  BAD_HELLO,
  WEAK_EPHEMERAL,
  NEGATIVE_KEY,
} Refusal;

static void
test_refused (Erasure2      *self,
              gconstpointer  data)
{
  Refusal refusal = GPOINTER_TO_UINT (data);
  g_autoptr (SppPrivateKey) mallory = spp_test_erasure_make_key ();
  guint8 third[SPP2_MESSAGE3_FRAME];

  g_test_summary ("Of a caller who is not let in nothing is kept, long before the deadline");
  erasure2_begin_hand (self, FALSE, refusal == STRANGER ? mallory : self->base.alice_key);
  if (refusal == WEAK_EPHEMERAL)
    memcpy (self->alice->ephemeral_public, spp2_weak[2], SPP_CRYPTO_X25519_SIZE);
  else if (refusal == NEGATIVE_KEY)
    self->alice->hello[SPP_PUBLIC_KEY_SIZE - 1] ^= 0x80;
  erasure2_begin_as_responder (self);
  spp2_hand_make_message3 (self->alice, third);
  if (refusal == BAD_STATIC)
    third[SPP_FRAME_HEADER_SIZE] ^= 1;
  else if (refusal == BAD_HELLO)
    third[SPP2_MESSAGE3_FRAME - 1] ^= 1;
  erasure2_say (self, third, sizeof third);
  spp_test_settle ();
  g_assert_null (self->base.session);
  g_assert_false (g_socket_condition_check (g_socket_connection_get_socket (self->base.raw),
                                            G_IO_IN) & G_IO_IN);
  erasure2_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_service_gone (Erasure2      *self,
                   gconstpointer  data)
{
  g_test_summary ("A service that goes before message 3 leaves nothing");
  erasure2_begin_hand (self, FALSE, self->base.alice_key);
  erasure2_begin_as_responder (self);
  spp_test_await_finalize (g_steal_pointer (&self->base.service));
  spp_test_settle ();
  erasure2_search ();
  spp_test_memory_assert_all_gone ();
}

static void
test_nobody_takes_it (Erasure2      *self,
                      gconstpointer  data)
{
  guint8 third[SPP2_MESSAGE3_FRAME];
  guint8 byte;

  g_test_summary ("A session that no handler keeps leaves nothing");
  erasure2_begin_hand (self, FALSE, self->base.alice_key);
  g_signal_handlers_disconnect_by_data (self->base.service, &self->base);
  erasure2_begin_as_responder (self);
  spp2_hand_make_message3 (self->alice, third);
  erasure2_say (self, third, sizeof third);
  g_bytes_unref (erasure2_hear_record (self, SPP_RECORD_HELLO));
  g_assert_cmpuint (spp_test_erasure_await_bytes (&self->base, &byte, 1), ==, 0);
  erasure2_search ();
  spp_test_memory_assert_all_gone ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, data, func) \
  g_test_add ("/spp/erasure2/" path, Erasure2, data, erasure2_set_up, func, erasure2_tear_down)
  add ("cancelled", NULL, test_cancelled);
  add ("weak-answer", NULL, test_weak_answer);
  add ("reflected", NULL, test_reflected);
  add ("bad-hello/tag", GINT_TO_POINTER (0), test_bad_hello);
  add ("bad-hello/size", GINT_TO_POINTER (1), test_bad_hello);
  add ("not-admitted", NULL, test_not_admitted);
  add ("refused/stranger", GUINT_TO_POINTER (STRANGER), test_refused);
  add ("refused/bad-static", GUINT_TO_POINTER (BAD_STATIC), test_refused);
  add ("refused/bad-hello", GUINT_TO_POINTER (BAD_HELLO), test_refused);
  add ("refused/weak-ephemeral", GUINT_TO_POINTER (WEAK_EPHEMERAL), test_refused);
  add ("refused/negative-key", GUINT_TO_POINTER (NEGATIVE_KEY), test_refused);
  add ("service-gone", NULL, test_service_gone);
  add ("nobody-takes-it", NULL, test_nobody_takes_it);
#undef add

  return g_test_run ();
}
