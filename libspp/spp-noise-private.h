/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include <glib.h>

#include "spp-crypto-private.h"
#include "spp-secret-private.h"

G_BEGIN_DECLS

/* Handshakes of the Noise Protocol Framework (revision 34) with X25519,
 * ChaCha20-Poly1305 and SHA-256: bytes in, bytes out. What a handshake sends is
 * data, so that the patterns that others have published test the one that SPP/2
 * has. */

typedef enum
{
  SPP_NOISE_END,    /* of a list of tokens */
  SPP_NOISE_E,
  SPP_NOISE_S,
  SPP_NOISE_EE,
  SPP_NOISE_ES,
  SPP_NOISE_SE,
  SPP_NOISE_SS,
} SppNoiseToken;

#define SPP_NOISE_MAX_TOKENS 5
#define SPP_NOISE_MAX_MESSAGES 4

typedef struct
{
  const char    *protocol_name;
  /* Static keys that the other end has beforehand. */
  gboolean       initiator_known;
  gboolean       responder_known;
  /* The messages in turn, the initiator's first; behind the last one there is
   * an empty one. */
  SppNoiseToken  messages[SPP_NOISE_MAX_MESSAGES + 1][SPP_NOISE_MAX_TOKENS + 1];
} SppNoisePattern;

/* One end of a handshake. Its first failure is final. */
typedef struct _SppNoise SppNoise;

/* @own_static is (transfer full) (nullable), with its public half in @own_public,
 * @peer_static (nullable): what the pattern needs. */
SppNoise     *spp_noise_new                  (const SppNoisePattern *pattern,
                                              gboolean               initiator,
                                              const guint8          *prologue,
                                              gsize                  prologue_length,
                                              SppSecret             *own_static,
                                              const guint8          *own_public,
                                              const guint8          *peer_static);
void          spp_noise_free                 (SppNoise              *self);

/* A known ephemeral in the place of a fresh one (transfer full). */
void          spp_noise_set_ephemeral        (SppNoise              *self,
                                              SppSecret             *ephemeral);

/* TRUE when the next message is one's own. */
gboolean      spp_noise_is_writing           (SppNoise              *self);
/* TRUE after the last message. */
gboolean      spp_noise_is_done              (SppNoise              *self);
/* How many bytes the next message has besides its payload. */
gsize         spp_noise_get_overhead         (SppNoise              *self);

/* @message gets the overhead and @length bytes. */
gboolean      spp_noise_write                (SppNoise              *self,
                                              guint8                *message,
                                              const guint8          *payload,
                                              gsize                  length,
                                              GError               **error)
                                              G_GNUC_WARN_UNUSED_RESULT;
/* @payload gets @length less the overhead, which must not be more. A failure takes as
 * long as success. */
gboolean      spp_noise_read                 (SppNoise              *self,
                                              guint8                *payload,
                                              const guint8          *message,
                                              gsize                  length,
                                              GError               **error)
                                              G_GNUC_WARN_UNUSED_RESULT;

/* SPP_CRYPTO_X25519_SIZE bytes (nullable): as far as they have come. */
const guint8 *spp_noise_get_own_ephemeral    (SppNoise              *self);
const guint8 *spp_noise_get_peer_ephemeral   (SppNoise              *self);
const guint8 *spp_noise_get_peer_static      (SppNoise              *self);
/* SPP_CRYPTO_DIGEST_SIZE bytes: once done, what both ends share and nobody else
 * can have brought about. */
const guint8 *spp_noise_get_handshake_hash   (SppNoise              *self);
/* Once done, @n_keys keys: the first is for what the initiator sends, the second
 * for what it receives, a third is SPP/2's root. After that nothing secret is
 * left here. */
void          spp_noise_split                (SppNoise              *self,
                                              guint8                *keys,
                                              guint                  n_keys);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppNoise, spp_noise_free)

G_END_DECLS
