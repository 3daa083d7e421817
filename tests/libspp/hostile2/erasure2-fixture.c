/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "erasure2-fixture.h"

#include "spp-client-private.h"
#include "spp-test-memory.h"

void
erasure2_set_up (Erasure2      *self,
                 gconstpointer  data)
{
  spp_test_erasure_set_up (&self->base, data);
  self->base.client->only_spp1 = FALSE;
  spp_service_set_peer_flags (self->base.service,
                              spp_private_key_get_public_key (self->base.alice_key),
                              SPP_PEER_FLAGS_NONE);
}

void
erasure2_tear_down (Erasure2      *self,
                    gconstpointer  data)
{
  if (self->base.session != NULL)
    spp_session_abort (self->base.session);
  g_clear_pointer (&self->alice, spp2_hand_free);
  spp_test_erasure_tear_down (&self->base, data);
}

void
erasure2_begin_hand (Erasure2      *self,
                     gboolean       bob_calls,
                     SppPrivateKey *key)
{
  self->initiator = bob_calls;
  if (bob_calls)
    self->alice = spp2_hand_new_responder (key);
  else
    self->alice = spp2_hand_new_initiator (key,
                                           spp_private_key_get_public_key (self->base.bob_key));
  self->alice->learn = spp_test_memory_add;
}

void
erasure2_say (Erasure2     *self,
              const guint8 *frame,
              gsize         size)
{
  spp_test_write (self->base.raw, frame, size);
}

void
erasure2_say_frame (Erasure2   *self,
                    GByteArray *frame)
{
  erasure2_say (self, frame->data, frame->len);
  g_byte_array_unref (frame);
}

void
erasure2_hear (Erasure2 *self,
               guint8   *frame,
               gsize     size)
{
  g_assert_cmpuint (spp_test_erasure_await_bytes (&self->base, frame, size), ==, size);
}

GBytes *
erasure2_hear_record (Erasure2      *self,
                      SppRecordType  type)
{
  guint8 frame[512];
  SppRecordType actual;
  GBytes *body;
  gsize length;

  erasure2_hear (self, frame, SPP_FRAME_HEADER_SIZE);
  length = spp_frame_read_header (frame);
  g_assert_cmpuint (length, <=, sizeof frame - SPP_FRAME_HEADER_SIZE);
  erasure2_hear (self, frame + SPP_FRAME_HEADER_SIZE, length);
  body = spp2_hand_open (self->alice, frame, SPP_FRAME_HEADER_SIZE + length, &actual);
  g_assert_nonnull (body);
  g_assert_cmpint (actual, ==, type);
  return body;
}

GByteArray *
erasure2_make_record (Erasure2      *self,
                      SppRecordType  type)
{
  static const guint8 body[ERASURE2_PAYLOAD_SIZE] = { 0 };

  return spp2_hand_seal (self->alice, type, body, type == SPP_RECORD_CLOSE ? 1 : sizeof body, 0);
}

void
erasure2_search (void)
{
  spp2_hand_scrub ();
  spp_test_memory_search ();
}

void
erasure2_expect_record_keys (Erasure2 *self)
{
  for (guint i = 0; i < 2; i++)
    {
      gboolean ir = i == 0;
      guint64 number = ir == self->alice->initiator ? self->alice->sent : self->alice->received;

      for (guint64 n = 0; n <= number; n++)
        {
          g_autofree char *name = g_strdup_printf ("%s %u.%" G_GUINT64_FORMAT, ir ? "ir" : "ri",
                                                   self->alice->epoch, n);

          if (n == number)
            g_assert_cmpuint (spp_test_memory_get_found (name), ==, 1);
          else
            spp_test_memory_assert_gone (name);
        }
    }
}

void
erasure2_expect_handshake_gone (void)
{
  static const char *const names[] = {
    "ephemeral", "ee", "es", "se", "ck 1", "ck 2", "ck 3", "k 1", "k 2", "k 3",
    "extracted",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    spp_test_memory_assert_gone (names[i]);
}

void
erasure2_begin_as_initiator (Erasure2 *self)
{
  guint8 first[SPP2_MESSAGE1_FRAME];
  guint8 second[SPP2_MESSAGE2_FRAME];
  guint8 third[SPP2_MESSAGE3_FRAME];

  erasure2_begin_hand (self, TRUE, self->base.alice_key);
  spp_test_erasure_call (&self->base, NULL);
  erasure2_hear (self, first, sizeof first);
  erasure2_search ();
  spp_test_memory_assert_found ("ephemeral");
  spp2_hand_take_message1 (self->alice, first);
  spp2_hand_make_message2 (self->alice, second);
  erasure2_say (self, second, sizeof second);
  erasure2_hear (self, third, sizeof third);
  g_assert_true (spp2_hand_take_message3 (self->alice, third));
  erasure2_search ();
  erasure2_expect_handshake_gone ();
  erasure2_expect_record_keys (self);
  g_assert_cmpuint (spp_test_memory_get_found ("root 0"), ==, 1);
}

void
erasure2_begin_as_responder (Erasure2 *self)
{
  guint8 first[SPP2_MESSAGE1_FRAME];
  guint8 second[SPP2_MESSAGE2_FRAME];

  spp_test_erasure_take_call (&self->base);
  spp2_hand_make_message1 (self->alice, first);
  erasure2_say (self, first, sizeof first);
  erasure2_hear (self, second, sizeof second);
  spp2_hand_take_message2 (self->alice, second);
  erasure2_search ();
  spp_test_memory_assert_found ("ephemeral");
}
