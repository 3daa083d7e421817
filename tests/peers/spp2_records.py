# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of SPP/2: sealing, padding, parts, REKEY and CLOSE; no input or output."""

import enum
import hashlib
import struct
import time

from dissononce.cipher.chachapoly import ChaChaPolyCipher
from dissononce.exceptions.decrypt import DecryptFailedException

from spp2_noise import (
    KEY_SIZE, PQ, TAG_SIZE, Hello, Keys, Refused, TooLate, check_features, dh, hkdf, next_key,
    public_of, random_scalar, to_x25519)

U64 = struct.Struct("<Q")
HEADER = struct.Struct("<BH")
PLAIN_MAX = 65519
PART_MAX = PLAIN_MAX - HEADER.size
RECORD_SIZES = (HEADER.size + TAG_SIZE, PLAIN_MAX + TAG_SIZE)
PAD_TO = 256
EK_SIZE = 1184
CT_SIZE = 1088
SECRET_SIZE = 32
# Of one direction, in one epoch.
RECORDS_MAX = 1 << 20


class Kind(enum.IntEnum):
    """The types of records."""

    HELLO = 1
    DATA = 2
    LAST = 3
    REKEY = 4
    REKEY_ACK = 5
    CLOSE = 6
    PAD = 7


class Kem:
    """What an ML-KEM-768 has to look like to be plugged in; keys and secrets are bytes."""

    def generate(self):
        """A fresh pair: (ek, what decapsulate wants)."""
        raise NotImplementedError

    def encapsulate(self, ek):
        """(ct, ss); ValueError for a bad ek."""
        raise NotImplementedError

    def decapsulate(self, private, ct):
        """The secret ss; ValueError for a bad ct."""
        raise NotImplementedError


def frame(data):
    """Put the length before some bytes."""
    return U64.pack(len(data)) + data


def padded_size(size):
    """How long a plaintext of this size is made: Padmé, from 256 on."""
    if size <= PAD_TO:
        return PAD_TO
    exponent = size.bit_length() - 1
    # floor(log2(e)) is e.bit_length() - 1.
    mask = (1 << (exponent - (exponent.bit_length() - 1) - 1)) - 1
    return min((size + mask) & ~mask, PLAIN_MAX)


class Direction:
    """Seals or opens the records of one direction, each with a key of its own."""

    def __init__(self, key):
        self.key = key
        self.number = 0

    def seal(self, plain):
        sealed = ChaChaPolyCipher().encrypt(self.key, self.number, b"", plain)
        self._step()
        return sealed

    def open(self, payload):
        try:
            plain = ChaChaPolyCipher().decrypt(self.key, self.number, b"", payload)
        except DecryptFailedException as error:
            raise Refused("the tag of a record is wrong") from error
        self._step()
        return plain

    def _step(self):
        self.key = next_key(self.key)
        self.number += 1


class Session:
    """Both directions after the handshake, and the rules for what may go where.

    Methods that send return a frame, and raise ValueError for what we must not send;
    take() obeys a record, and raises Refused for what must not get through. After an
    SppError the session is over.
    """

    def __init__(self, handshake, identity, own_hello, peer, kem=None, fresh=random_scalar):
        """peer: the key of the responder at the initiator, the HELLO at the responder."""
        self.initiator = not isinstance(peer, Hello)
        self.identity = identity
        self.peer = peer if self.initiator else peer.key
        self.peer_x25519 = to_x25519(self.peer)
        self.own_hello = own_hello
        self.peer_hello = None if self.initiator else peer
        self.required = 0
        self.kem = kem
        self.fresh = fresh
        self.padding = None         # so many zero bytes to each record in place of Padmé
        self.records_max = RECORDS_MAX
        self.rekeying = None        # (ephemeral private key, what the KEM keeps, body of REKEY)
        self.close_sent = self.close_received = False
        self.reason = None
        self.epoch = -1
        self._hello_sent = self._answered_after_close = False
        self._sending_message = False
        self._incoming = bytearray()
        self._receiving_message = False
        self._install(handshake.keys)

    def _install(self, keys):
        """New keys for both directions: an epoch begins."""
        ours, theirs = ((keys.k_ir, keys.k_ri) if self.initiator else (keys.k_ri, keys.k_ir))
        self.sending, self.receiving = Direction(ours), Direction(theirs)
        self.root = keys.root
        self.epoch += 1
        self.rekeying = None
        self.busy = False           # whether a DATA or LAST went either way
        self.began = time.monotonic()

    def erase(self):
        """Forget what would open or make records."""
        self.sending = self.receiving = self.root = self.rekeying = None
        self._incoming = bytearray()

    @property
    def pq(self):
        """Whether both have the feature."""
        return bool(self.own_hello.features & self.peer_hello.features & PQ)

    @property
    def only_rekey(self):
        """With PQ nothing is said before the first REKEY is answered."""
        return self.pq and self.epoch == 0

    @property
    def records(self):
        """Records of this epoch, both directions together."""
        return self.sending.number + self.receiving.number

    @property
    def may_send(self):
        """Whether DATA, LAST, PAD and CLOSE may go out now."""
        return bool(self.peer_hello and (self.initiator or self._hello_sent)
                    and not self.rekeying and not self.only_rekey)

    @property
    def may_rekey(self):
        """Whether a REKEY may go out now."""
        return bool(self.initiator and self.peer_hello and not self.rekeying
                    and not self.close_sent and not self.close_received)

    def seal(self, kind, body, padding=None):
        """Make any record, also what the rules forbid."""
        if len(body) > PART_MAX:
            raise ValueError("a record holds at most %d bytes" % PART_MAX)
        plain = HEADER.pack(kind, len(body)) + body
        if padding is None:
            size = (padded_size(len(plain)) if self.padding is None
                    else min(len(plain) + self.padding, PLAIN_MAX))
            padding = bytes(size - len(plain))
        if self.sending.number >= self.records_max:
            raise TooLate("no REKEY came while the epoch had records left")
        return frame(self.sending.seal(plain + padding))

    def _check_may_send(self):
        if self.close_sent:
            raise ValueError("CLOSE was sent")
        if not self.may_send:
            raise ValueError("this must wait for REKEY_ACK")

    def hello(self):
        """The responder's first record."""
        if self.initiator or self._hello_sent:
            raise ValueError("HELLO is the responder's first record")
        self._hello_sent = True
        return self.seal(Kind.HELLO, self.own_hello.pack())

    def part(self, body, last):
        """A part of a message."""
        self._check_may_send()
        if not body and not last:
            raise ValueError("DATA must not be empty")
        self._sending_message = not last
        self.busy = True
        return self.seal(Kind.LAST if last else Kind.DATA, body)

    def pad(self, size):
        """Bytes that the other end ignores."""
        self._check_may_send()
        return self.seal(Kind.PAD, bytes(size))

    def close(self, reason=0):
        """The last record from us, but for an answer to REKEY."""
        self._check_may_send()
        if self._sending_message:
            raise ValueError("the rest of a message is outstanding")
        self.close_sent = True
        return self.seal(Kind.CLOSE, bytes([reason]))

    def rekey(self):
        """Ask for new keys."""
        if not self.may_rekey:
            raise ValueError("no REKEY now")
        scalar = self.fresh()
        ek, private = self.kem.generate() if self.pq else (b"", None)
        body = public_of(scalar) + ek
        sealed = self.seal(Kind.REKEY, body)
        self.rekeying = scalar, private, body
        return sealed

    def take(self, payload):
        """Open a record: its kind, and what came of it.

        HELLO: the Hello; LAST: the whole message; REKEY: the frame to answer with;
        CLOSE: the reason; else None.
        """
        if self.receiving.number >= self.records_max:
            raise Refused("too many records in one epoch")
        kind, body = self._unpack(self.receiving.open(payload))
        if (kind == Kind.HELLO) != (self.peer_hello is None):
            raise Refused("HELLO in the wrong place" if self.peer_hello
                          else "the first record is not HELLO")
        if kind != Kind.HELLO and self.only_rekey and kind not in (Kind.REKEY, Kind.REKEY_ACK):
            raise Refused("a record came before the first REKEY_ACK")
        if self.close_received and kind != Kind.REKEY_ACK:
            raise Refused("a record came after CLOSE")
        return kind, getattr(self, "_take_" + kind.name.lower())(body)

    @staticmethod
    def _unpack(plain):
        kind, length = HEADER.unpack_from(plain)
        end = HEADER.size + length
        if end > len(plain):
            raise Refused("the length is beyond the record")
        if plain[end:].strip(b"\0"):
            raise Refused("the padding is not zero")
        try:
            return Kind(kind), plain[HEADER.size:end]
        except ValueError as error:
            raise Refused("a record of the unknown type %d" % kind) from error

    def _take_hello(self, body):
        hello = Hello.unpack(body)
        if hello.key != self.peer:
            raise Refused("HELLO is not from whom we called")
        check_features(hello, self.required)
        self.peer_hello = hello
        return hello

    def _take_data(self, body):
        if not body:
            raise Refused("an empty DATA")
        self._add(body)
        self._receiving_message = True

    def _take_last(self, body):
        self._add(body)
        message, self._incoming = bytes(self._incoming), bytearray()
        self._receiving_message = False
        return message

    def _add(self, body):
        self.busy = True
        self._incoming += body
        if 0 < self.own_hello.largest < len(self._incoming):
            raise Refused("a message is larger than what we accept")

    def _take_pad(self, _body):
        pass

    def _take_close(self, body):
        if len(body) != 1:
            raise Refused("CLOSE has %d bytes" % len(body))
        if self._receiving_message:
            raise Refused("CLOSE within a message")
        self.close_received = True
        self.reason = body[0]
        return self.reason

    def _take_rekey(self, body):
        if self.initiator:
            raise Refused("REKEY from the responder")
        # The first one may have been under way when we sent CLOSE. The answer came after
        # our CLOSE, so a second one was sent by somebody who had it.
        if self.close_sent:
            if self._answered_after_close:
                raise Refused("REKEY after CLOSE")
            self._answered_after_close = True
        theirs, ek = self._split(body, EK_SIZE, "REKEY")
        scalar = self.fresh()
        shared = (dh(scalar, theirs), dh(self.identity.scalar, theirs),
                  dh(scalar, self.peer_x25519))
        ct, secret = self._kem_secret("encapsulate", ek) if self.pq else (b"", b"")
        answer = public_of(scalar) + ct
        if len(answer) != KEY_SIZE + (CT_SIZE if self.pq else 0):
            raise ValueError("the KEM gave %d bytes" % len(ct))
        sealed = self.seal(Kind.REKEY_ACK, answer)
        self._mix(shared, secret, body + answer)
        return sealed

    def _take_rekey_ack(self, body):
        if not self.rekeying:
            raise Refused("REKEY_ACK without REKEY")
        scalar, private, question = self.rekeying
        theirs, ct = self._split(body, CT_SIZE, "REKEY_ACK")
        if theirs == question[:KEY_SIZE]:
            raise Refused("both ephemeral keys of a rekey are the same")
        shared = (dh(scalar, theirs), dh(scalar, self.peer_x25519),
                  dh(self.identity.scalar, theirs))
        secret = self._kem_secret("decapsulate", private, ct) if self.pq else b""
        self._mix(shared, secret, question + body)

    def _split(self, body, kem_size, what):
        """The X25519 key and the KEM's part of a body."""
        if len(body) != KEY_SIZE + (kem_size if self.pq else 0):
            raise Refused("%s has %d bytes" % (what, len(body)))
        return body[:KEY_SIZE], body[KEY_SIZE:]

    def _kem_secret(self, method, *arguments):
        try:
            return getattr(self.kem, method)(*arguments)
        except ValueError as error:
            raise Refused("the KEM refuses what came") from error

    def _mix(self, shared, secret, bodies):
        """The keys of the next epoch."""
        if len(secret) != (SECRET_SIZE if self.pq else 0):
            raise ValueError("the secret of the KEM has %d bytes" % len(secret))
        material = b"".join(shared) + secret + hashlib.sha256(bodies).digest()
        self._install(Keys(*hkdf(self.root, material, 3)))
