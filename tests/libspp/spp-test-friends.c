/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "spp-test-friends.h"

#include <string.h>

#include "spp-error.h"

void
spp_test_friends_set_up (SppTestFriends *self,
                         gconstpointer   data)
{
  memset (self, 0, sizeof *self);
  self->alice_key = spp_private_key_generate ();
  self->bob_key = spp_private_key_generate ();
  self->friends = g_ptr_array_new_with_free_func ((GDestroyNotify) spp_public_key_unref);
  g_ptr_array_add (self->friends, spp_test_public_key (self->alice_key));
}

static void
forget_layers (SppTestFriends *self)
{
  g_clear_pointer (&self->alice, spp_record_layer_free);
  g_clear_pointer (&self->bob, spp_record_layer_free);
}

void
spp_test_friends_tear_down (SppTestFriends *self,
                            gconstpointer   data)
{
  forget_layers (self);
  spp_private_key_unref (self->alice_key);
  spp_private_key_unref (self->bob_key);
  g_ptr_array_unref (self->friends);
}

/* ## Handshakes */

static SppPublicKey *
find_friend (const guint8 *raw,
             SppPeerFlags *flags,
             gpointer      user_data)
{
  SppTestFriends *self = user_data;

  self->asked++;
  for (guint i = 0; i < self->friends->len; i++)
    {
      GBytes *key = spp_public_key_get_bytes (self->friends->pdata[i]);

      *flags = self->flags;
      if (memcmp (g_bytes_get_data (key, NULL), raw, SPP_PUBLIC_KEY_SIZE) == 0)
        return self->friends->pdata[i];
    }
  return NULL;
}

SppHandshake2 *
spp_test_friends_new_alice (SppTestFriends *self,
                            guint64         max_incoming)
{
  return spp_handshake2_new_initiator (self->alice_key,
                                       spp_private_key_get_public_key (self->bob_key),
                                       self->flags, max_incoming);
}

SppHandshake2 *
spp_test_friends_new_bob (SppTestFriends *self,
                          guint64         max_incoming)
{
  return spp_handshake2_new_responder (self->bob_key, find_friend, self, max_incoming);
}

GBytes *
spp_test_handshake2_exchange (SppHandshake2 *handshake,
                              GBytes        *frame)
{
  g_autoptr (GBytes) owned = frame;
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (owned, &size);

  g_assert_cmpuint (spp_test_handshake2_feed (handshake, data, size, FALSE, &error), ==, size);
  g_assert_no_error (error);
  return spp_handshake2_take_output (handshake);
}

void
spp_test_handshake2_assert_dead (SppHandshake2 *handshake,
                                 gboolean       initiator)
{
  g_assert_null (spp_handshake2_take_output (handshake));
  g_assert_null (spp_handshake2_take_layer (handshake));
  if (!initiator)
    g_assert_null (spp_handshake2_get_peer (handshake));
}

void
spp_test_friends_meet (SppTestFriends *self)
{
  g_autoptr (SppHandshake2) alice = spp_test_friends_new_alice (self, 0);
  g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (self, 0);
  GBytes *frame = spp_handshake2_take_output (alice);

  frame = spp_test_handshake2_exchange (bob, frame);
  frame = spp_test_handshake2_exchange (alice, frame);
  frame = spp_test_handshake2_exchange (bob, frame);
  g_assert_null (spp_test_handshake2_exchange (alice, frame));

  forget_layers (self);
  self->alice = spp_handshake2_take_layer (alice);
  self->bob = spp_handshake2_take_layer (bob);
  g_assert_nonnull (self->alice);
  g_assert_nonnull (self->bob);
}

static SppRecordLayer *
meet_alice (SppTestFriends *self,
            guint64         max_incoming)
{
  g_autoptr (SppHandshake2) alice = spp_test_friends_new_alice (self, max_incoming);
  g_autoptr (GBytes) message1 = spp_handshake2_take_output (alice);
  g_autoptr (GBytes) message3 = NULL;
  GBytes *hello;

  spp_test_manual_read_ephemeral (&self->manual, message1);
  message3 = spp_test_handshake2_exchange (alice,
                                           spp_test_manual_write_ephemeral (&self->manual));
  g_assert_true (spp_test_manual_read_message3 (&self->manual, message3));
  hello = spp_test_manual_seal (&self->manual, SPP_RECORD_HELLO, self->manual.hello,
                                sizeof self->manual.hello);
  g_assert_null (spp_test_handshake2_exchange (alice, hello));
  return spp_handshake2_take_layer (alice);
}

static SppRecordLayer *
meet_bob (SppTestFriends *self,
          guint64         max_incoming)
{
  g_autoptr (SppHandshake2) bob = spp_test_friends_new_bob (self, max_incoming);
  g_autoptr (GBytes) message2 = NULL;
  g_autoptr (GBytes) hello = NULL;
  g_autoptr (GBytes) body = NULL;
  guint8 type;

  message2 = spp_test_handshake2_exchange (bob, spp_test_manual_write_ephemeral (&self->manual));
  spp_test_manual_read_ephemeral (&self->manual, message2);
  hello = spp_test_handshake2_exchange (bob, spp_test_manual_write_message3 (&self->manual));
  body = spp_test_manual_open (&self->manual, hello, &type);
  g_assert_nonnull (body);
  g_assert_cmpuint (type, ==, SPP_RECORD_HELLO);
  g_assert_cmpuint (g_bytes_get_size (body), ==, SPP_HANDSHAKE2_HELLO_SIZE);
  memcpy (self->manual.peer_hello, g_bytes_get_data (body, NULL), SPP_HANDSHAKE2_HELLO_SIZE);
  return spp_handshake2_take_layer (bob);
}

void
spp_test_friends_meet_one (SppTestFriends *self,
                           gboolean        initiator,
                           guint64         features,
                           guint64         max_incoming)
{
  SppPrivateKey *key = initiator ? self->bob_key : self->alice_key;
  GBytes *raw = spp_public_key_get_bytes (spp_private_key_get_public_key (key));

  forget_layers (self);
  spp_test_manual_init (&self->manual, key,
                        initiator ? NULL : spp_private_key_get_public_key (self->bob_key));
  spp_test_manual_set_hello (&self->manual, g_bytes_get_data (raw, NULL), features, 0);
  if (initiator)
    self->alice = meet_alice (self, max_incoming);
  else
    self->bob = meet_bob (self, max_incoming);
  g_assert_nonnull (spp_test_friends_get_ours (self));
}

SppRecordLayer *
spp_test_friends_get_ours (SppTestFriends *self)
{
  return self->alice != NULL ? self->alice : self->bob;
}

/* ## Records */

GBytes *
spp_test_layer_seal (SppRecordLayer *layer,
                     SppRecordType   type,
                     const void     *body,
                     gsize           length)
{
  g_autoptr (GError) error = NULL;
  GByteArray *output = g_byte_array_new ();

  g_assert_true (spp_record_layer_may_send (layer));
  g_assert_true (spp_record_layer_seal (layer, type, body, length, output, &error));
  g_assert_no_error (error);
  return g_byte_array_free_to_bytes (output);
}

GBytes *
spp_test_layer_rekey (SppRecordLayer *layer)
{
  g_autoptr (GError) error = NULL;
  GByteArray *output = g_byte_array_new ();

  g_assert_false (spp_record_layer_is_rekeying (layer));
  g_assert_true (spp_record_layer_rekey (layer, output, &error));
  g_assert_no_error (error);
  g_assert_true (spp_record_layer_is_rekeying (layer));
  g_assert_false (spp_record_layer_may_send (layer));
  return g_byte_array_free_to_bytes (output);
}

GBytes *
spp_test_layer_take_answer (SppRecordLayer *layer)
{
  GByteArray *output = g_byte_array_new ();

  g_assert_true (spp_record_layer_has_answer (layer));
  spp_record_layer_take_answer (layer, output);
  g_assert_false (spp_record_layer_has_answer (layer));
  g_assert_cmpuint (output->len, >, 0);
  return g_byte_array_free_to_bytes (output);
}

GBytes *
spp_test_layer_open (SppRecordLayer  *layer,
                     GBytes          *frame,
                     gint64           now,
                     SppRecordType   *type,
                     GError         **error)
{
  gsize size = g_bytes_get_size (frame) - SPP_FRAME_HEADER_SIZE;
  const guint8 *data = g_bytes_get_data (frame, NULL);
  g_autofree guint8 *payload = g_memdup2 (data + SPP_FRAME_HEADER_SIZE, size);
  SppRecord record;

  g_assert_cmpuint (spp_frame_read_header (data), ==, size);
  if (!spp_record_layer_open (layer, &record, payload, size, now, error))
    return NULL;
  *type = record.type;
  return g_bytes_new (record.body, record.length);
}

void
spp_test_layer_expect (SppRecordLayer *layer,
                       GBytes         *frame,
                       SppRecordType   type,
                       const void     *body,
                       gsize           length)
{
  g_autoptr (GError) error = NULL;
  SppRecordType opened_type = 0;
  g_autoptr (GBytes) opened = spp_test_layer_open (layer, frame, 0, &opened_type, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (opened_type, ==, type);
  if (body != NULL)
    g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened), body, length);
}

void
spp_test_layer_refuse (SppRecordLayer *layer,
                       GBytes         *frame,
                       int             code)
{
  g_autoptr (GError) error = NULL;
  SppRecordType type;
  g_autoptr (GBytes) opened = spp_test_layer_open (layer, frame, 0, &type, &error);

  g_assert_null (opened);
  g_assert_error (error, SPP_ERROR, code);
  spp_test_layer_assert_dead (layer);
}

void
spp_test_layer_assert_dead (SppRecordLayer *layer)
{
  static const guint8 zeros[SPP_RECORD_MIN_PAYLOAD_SIZE];
  g_autofree guint8 *payload = g_memdup2 (zeros, sizeof zeros);
  g_autoptr (GByteArray) output = g_byte_array_new ();
  g_autoptr (GError) seal_error = NULL;
  g_autoptr (GError) open_error = NULL;
  SppRecord record;

  g_assert_false (spp_record_layer_may_send (layer));
  g_assert_false (spp_record_layer_is_rekey_due (layer, G_MAXINT64));
  g_assert_false (spp_record_layer_seal (layer, SPP_RECORD_PAD, NULL, 0, output, &seal_error));
  g_assert_error (seal_error, SPP_ERROR, SPP_ERROR_BAD_RECORD);
  g_assert_false (spp_record_layer_open (layer, &record, payload, sizeof zeros, 0, &open_error));
  g_assert_error (open_error, SPP_ERROR, SPP_ERROR_BAD_RECORD);
  g_assert_cmpuint (output->len, ==, 0);
}

void
spp_test_layer_talk (SppRecordLayer *from,
                     SppRecordLayer *to)
{
  g_autoptr (GBytes) frame = spp_test_layer_seal (from, SPP_RECORD_LAST, "hello", 5);

  spp_test_layer_expect (to, frame, SPP_RECORD_LAST, "hello", 5);
}

void
spp_test_layer_renew (SppRecordLayer *initiator,
                      SppRecordLayer *responder,
                      gint64          now)
{
  g_autoptr (GBytes) request = spp_test_layer_rekey (initiator);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) request_body = NULL;
  g_autoptr (GBytes) answer_body = NULL;
  g_autoptr (GError) error = NULL;
  SppRecordType type;

  request_body = spp_test_layer_open (responder, request, now, &type, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (type, ==, SPP_RECORD_REKEY);
  answer = spp_test_layer_take_answer (responder);
  answer_body = spp_test_layer_open (initiator, answer, now, &type, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (type, ==, SPP_RECORD_REKEY_ACK);
  g_assert_false (spp_record_layer_is_rekeying (initiator));
}

/* ## Frames */

GBytes *
spp_test_frame_flip (GBytes *frame,
                     gsize   place,
                     guint8  bits)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (frame, &size);
  guint8 *changed = g_memdup2 (data, size);

  g_assert_cmpuint (place, <, size);
  changed[place] ^= bits;
  return g_bytes_new_take (changed, size);
}

GBytes *
spp_test_frame_resize (GBytes *frame,
                       gsize   payload_size)
{
  gsize size = SPP_FRAME_HEADER_SIZE + payload_size;
  guint8 *changed = g_malloc0 (size);

  memcpy (changed, g_bytes_get_data (frame, NULL), MIN (size, g_bytes_get_size (frame)));
  spp_frame_write_header (changed, payload_size);
  return g_bytes_new_take (changed, size);
}
