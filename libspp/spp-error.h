/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: The SPP Chat authors
 */

#pragma once

#include "spp-version.h"

G_BEGIN_DECLS

/**
 * SPP_ERROR:
 *
 * The error domain of libspp.
 *
 * Errors of the transport below (a refused connection, a name that does not
 * resolve, a deadline that passed) keep the domain that GIO gave them, mostly
 * %G_IO_ERROR.
 *
 * Since: 0.1
 */
#define SPP_ERROR (spp_error_quark ())

/**
 * SppError:
 * @SPP_ERROR_INVALID_KEY: text or bytes from the user are not a key
 * @SPP_ERROR_MISTYPED_KEY: text from the user looks like a key in text form,
 *   but its checksum does not fit: at least one character is wrong
 * @SPP_ERROR_FRAME_LENGTH: the peer announced a frame of a length that cannot
 *   stand at this place; the peer does not speak SPP or misbehaves
 * @SPP_ERROR_BAD_SIGNATURE: the hello of SPP/1 is not signed by the key of the friend
 *   who was called: somebody else answers at this address
 * @SPP_ERROR_UNKNOWN_PEER: the hello of a caller is signed by no known friend
 * @SPP_ERROR_WEAK_EPHEMERAL: the peer sent an X25519 public key of low order,
 *   with which no secret can be agreed on; the peer misbehaves
 * @SPP_ERROR_REFLECTED: the peer, or somebody in between, sent back what we
 *   had sent
 * @SPP_ERROR_REPLAYED: the peer's ephemeral key has been seen before: somebody
 *   plays an old recording
 * @SPP_ERROR_BAD_TAG: a message does not decrypt: it was changed on the way or
 *   was never sealed by the peer
 * @SPP_ERROR_BAD_SEQUENCE: a message was left out, repeated or reordered
 * @SPP_ERROR_MESSAGE_TOO_LARGE: a message is larger than the session allows;
 *   when sending, the program is at fault and the session goes on; when
 *   receiving, the peer is, and the session has ended
 * @SPP_ERROR_TRUNCATED: the stream ended in the middle of a frame, or by SPP/2
 *   without a goodbye
 * @SPP_ERROR_CLOSED: the friend closed the session, which by SPP/1 is a stream that
 *   ended between two frames, or this side did
 * @SPP_ERROR_EXHAUSTED: one direction of the session has carried as many
 *   messages as its key may protect; connect again. By SPP/2 the caller did not
 *   renew the keys in time
 * @SPP_ERROR_BAD_RECORD: a record of SPP/2 decrypts but breaks its rules; the
 *   peer misbehaves
 * @SPP_ERROR_OLD_PROTOCOL: the peer speaks only SPP/1, and this friend was not
 *   allowed to: ask the user, who may know that the friend has an older program
 * @SPP_ERROR_NOT_ADMITTED: who listens there speaks SPP/2 and did not let us in: it
 *   is not the friend who was called, or the friend does not know our key
 * @SPP_ERROR_DOWNGRADED: both ends can do better than SPP/1 and still ended
 *   there: somebody in between interfered; or ML-KEM is required for this friend and
 *   missing
 *
 * Error codes of the %SPP_ERROR domain.
 *
 * Those from %SPP_ERROR_FRAME_LENGTH on end the session or the handshake that
 * they occur in, unless said otherwise. The peer is never told which check
 * failed.
 *
 * Since: 0.1
 */
typedef enum
{
  SPP_ERROR_INVALID_KEY,
  SPP_ERROR_MISTYPED_KEY,
  SPP_ERROR_FRAME_LENGTH,
  SPP_ERROR_BAD_SIGNATURE,
  SPP_ERROR_UNKNOWN_PEER,
  SPP_ERROR_WEAK_EPHEMERAL,
  SPP_ERROR_REFLECTED,
  SPP_ERROR_REPLAYED,
  SPP_ERROR_BAD_TAG,
  SPP_ERROR_BAD_SEQUENCE,
  SPP_ERROR_MESSAGE_TOO_LARGE,
  SPP_ERROR_TRUNCATED,
  SPP_ERROR_CLOSED,
  SPP_ERROR_EXHAUSTED,
  SPP_ERROR_BAD_RECORD,
  SPP_ERROR_OLD_PROTOCOL,
  SPP_ERROR_NOT_ADMITTED,
  SPP_ERROR_DOWNGRADED,
} SppError;

SPP_AVAILABLE_IN_0_1
GQuark spp_error_quark (void);

G_END_DECLS
