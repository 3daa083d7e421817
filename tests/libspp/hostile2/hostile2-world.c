/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#include "hostile2-world.h"

#include <string.h>

#include "spp-client-private.h"
#include "spp-socket-private.h"

/* What a service says of calls that came to nothing, to who debugs it. */
static const struct { int code; const char *words; } reasons[] =
  {
    { SPP_ERROR_FRAME_LENGTH, "a frame of" },
    { SPP_ERROR_BAD_TAG, "does not decrypt" },
    { SPP_ERROR_UNKNOWN_PEER, "no known friend" },
    { SPP_ERROR_WEAK_EPHEMERAL, "of low order" },
    { SPP_ERROR_TRUNCATED, "ended inside the hello" },
    { SPP_ERROR_CLOSED, "without a hello" },
  };

void
hostile2_set_up (HostileWorld  *world,
                 gconstpointer  data)
{
  hostile_world_set_up (world, data);
  world->client->only_spp1 = FALSE;
  spp_service_set_peer_flags (world->service,
                              spp_private_key_get_public_key (world->friend_key),
                              SPP_PEER_FLAGS_NONE);
}

void
hostile2_tear_down (HostileWorld  *world,
                    gconstpointer  data)
{
  for (guint i = 0; i < world->sessions->len; i++)
    spp_session_abort (g_ptr_array_index (world->sessions, i));
  hostile_world_tear_down (world, data);
}

Hostile2Peer *
hostile2_peer_new (HostileWorld *world,
                   HostileRole   role,
                   HostilePeer  *wire)
{
  Hostile2Peer *self = g_new0 (Hostile2Peer, 1);

  self->wire = wire;
  /* Small frames are not to wait for one another. */
  spp_socket_prepare (g_socket_connection_get_socket (wire->connection));
  if (role == HOSTILE_SERVICE)
    self->hand = spp2_hand_new_initiator (wire->key,
                                          spp_private_key_get_public_key (world->own_key));
  else
    self->hand = spp2_hand_new_responder (wire->key);
  return self;
}

void
hostile2_peer_free (Hostile2Peer *self)
{
  hostile_peer_free (self->wire);
  spp2_hand_free (self->hand);
  g_free (self);
}

Hostile2Peer *
hostile2_connect (HostileWorld *world,
                  HostileRole   role)
{
  return hostile2_peer_new (world, role, hostile_world_connect (world, role));
}

Hostile2Peer *
hostile2_approach (HostileWorld *world,
                   HostileRole   role)
{
  Hostile2Peer *self = hostile2_connect (world, role);
  guint8 first[SPP2_MESSAGE1_FRAME];
  guint8 second[SPP2_MESSAGE2_FRAME];

  if (role == HOSTILE_SERVICE)
    {
      spp2_hand_make_message1 (self->hand, first);
      hostile_peer_write (self->wire, first, sizeof first);
      g_assert_cmpuint (hostile_peer_read (self->wire, second, sizeof second), ==,
                        sizeof second);
      spp2_hand_take_message2 (self->hand, second);
    }
  else
    {
      guint8 third[SPP2_MESSAGE3_FRAME];

      g_assert_cmpuint (hostile_peer_read (self->wire, first, sizeof first), ==, sizeof first);
      spp2_hand_take_message1 (self->hand, first);
      spp2_hand_make_message2 (self->hand, second);
      hostile_peer_write (self->wire, second, sizeof second);
      g_assert_cmpuint (hostile_peer_read (self->wire, third, sizeof third), ==, sizeof third);
      g_assert_true (spp2_hand_take_message3 (self->hand, third));
    }
  return self;
}

SppSession *
hostile2_finish_meeting (HostileWorld *world,
                         HostileRole   role,
                         Hostile2Peer *self)
{
  g_autoptr (GBytes) hello = NULL;
  guint8 third[SPP2_MESSAGE3_FRAME];

  if (role == HOSTILE_CLIENT)
    {
      hostile2_write (self, hostile2_record (self, SPP_RECORD_HELLO));
      return hostile_world_take_session (world, role);
    }
  spp2_hand_make_message3 (self->hand, third);
  hostile_peer_write (self->wire, third, sizeof third);
  hello = hostile2_expect_record (self, SPP_RECORD_HELLO);
  g_assert_cmpuint (g_bytes_get_size (hello), ==, SPP2_HELLO_SIZE);
  return hostile_world_take_session (world, role);
}

Hostile2Peer *
hostile2_meet (HostileWorld  *world,
               HostileRole    role,
               SppSession   **session)
{
  Hostile2Peer *self = hostile2_approach (world, role);

  *session = hostile2_finish_meeting (world, role, self);
  return self;
}

void
hostile2_write (Hostile2Peer *self,
                GByteArray   *frame)
{
  hostile_peer_write (self->wire, frame->data, frame->len);
  g_byte_array_unref (frame);
}

GByteArray *
hostile2_join (GByteArray *first,
               GByteArray *second)
{
  g_byte_array_append (first, second->data, second->len);
  g_byte_array_unref (second);
  return first;
}

GByteArray *
hostile2_message (Hostile2Peer *self,
                  gsize         size,
                  guint         seed)
{
  g_autoptr (GBytes) payload = spp_test_payload (size, seed);

  return spp2_hand_seal (self->hand, SPP_RECORD_LAST, g_bytes_get_data (payload, NULL), size, 0);
}

GByteArray *
hostile2_record (Hostile2Peer  *self,
                 SppRecordType  type)
{
  static const guint8 part[] = "part";
  static const guint8 reason = 0;

  switch (type)
    {
    case SPP_RECORD_HELLO:
      return spp2_hand_seal (self->hand, type, self->hand->hello, SPP2_HELLO_SIZE, 0);
    case SPP_RECORD_REKEY:
    case SPP_RECORD_REKEY_ACK:
      return spp2_hand_seal (self->hand, type, self->hand->ephemeral_public,
                             SPP_CRYPTO_X25519_SIZE, 0);
    case SPP_RECORD_CLOSE:
      return spp2_hand_seal (self->hand, type, &reason, sizeof reason, 0);
    case SPP_RECORD_DATA:
    case SPP_RECORD_LAST:
    case SPP_RECORD_PAD:
    default:
      return spp2_hand_seal (self->hand, type, part, sizeof part, 0);
    }
}

GBytes *
hostile2_expect_record (Hostile2Peer  *self,
                        SppRecordType  type)
{
  g_autoptr (GByteArray) frame = hostile_peer_read_frame (self->wire);
  SppRecordType actual = 0;
  GBytes *body = spp2_hand_open (self->hand, frame->data, frame->len, &actual);

  g_assert_nonnull (body);
  g_assert_cmpint (actual, ==, type);
  return body;
}

void
hostile2_expect_nothing (Hostile2Peer *self)
{
  hostile_peer_expect_end (self->wire);
}

static const char *
find_words (int code)
{
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (reasons[i].code == code)
      return reasons[i].words;
  g_assert_not_reached ();
}

void
hostile2_expect_refusal (HostileWorld *world,
                         HostileRole   role,
                         GQuark        domain,
                         int           code)
{
  g_autofree char *refusal = NULL;

  if (role == HOSTILE_CLIENT)
    {
      hostile_world_expect_refusal (world, role, domain, code);
      g_clear_object (&world->called);
      return;
    }
  while (world->refusals->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (world->sessions->len, ==, 0);
  refusal = g_ptr_array_steal_index (world->refusals, 0);
  if (domain == SPP_ERROR && strstr (refusal, find_words (code)) == NULL)
    g_error ("Not '%s' but '%s'", find_words (code), refusal);
}

void
hostile2_finish (SppSession *session)
{
  spp_session_abort (session);
  hostile_finish (session);
}

GBytes *
hostile2_provoke_rekey (Hostile2Peer *self,
                        SppSession   *session)
{
  GBytes *request;

  spp_record_layer_set_epoch (session->layer, 0, G_TIME_SPAN_DAY);
  spp_session_schedule_turn (session);
  request = hostile2_expect_record (self, SPP_RECORD_REKEY);
  spp_record_layer_set_epoch (session->layer, G_MAXUINT64, G_TIME_SPAN_DAY);
  return request;
}

void
hostile2_renew_keys (Hostile2Peer *self,
                     SppSession   *session)
{
  guint rekeys = spp_session_get_rekeys (session);

  if (self->hand->initiator)
    {
      g_autoptr (GBytes) answer = NULL;

      hostile2_write (self, spp2_hand_ask (self->hand, NULL));
      answer = hostile2_expect_record (self, SPP_RECORD_REKEY_ACK);
      spp2_hand_take_answer (self->hand, answer);
    }
  else
    {
      g_autoptr (GBytes) request = hostile2_provoke_rekey (self, session);

      hostile2_write (self, spp2_hand_answer (self->hand, request, NULL));
    }
  while (spp_session_get_rekeys (session) == rekeys)
    g_main_context_iteration (NULL, TRUE);
}

void
hostile2_add_for_roles (const char *path,
                        void      (*func) (HostileWorld  *world,
                                           gconstpointer  role))
{
  for (HostileRole role = HOSTILE_SERVICE; role <= HOSTILE_CLIENT; role++)
    {
      g_autofree char *full = g_strdup_printf ("%s/%s", path, HOSTILE_ROLE_NAME (role));

      HOSTILE2_ADD (full, GUINT_TO_POINTER (role), func);
    }
}
