# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities, contacts and the handshake of SPP/2; no input or output.

Independent of libspp and of libsodium: dissononce runs the Noise handshake, plain
integers turn Ed25519 keys into X25519 keys, the rest is python3-cryptography.
"""

import hashlib
import os
import struct
from collections import namedtuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dissononce.cipher.chachapoly import ChaChaPolyCipher
from dissononce.dh.x25519.private import PrivateKey
from dissononce.dh.x25519.x25519 import X25519DH
from dissononce.exceptions.decrypt import DecryptFailedException
from dissononce.hash.sha256 import SHA256Hash
from dissononce.processing.handshakepatterns.handshakepattern import HandshakePattern
from dissononce.processing.impl.cipherstate import CipherState
from dissononce.processing.impl.handshakestate import HandshakeState
from dissononce.processing.impl.symmetricstate import SymmetricState

KEY_SIZE = 32
TAG_SIZE = 16
PQ = 1

PATTERN = HandshakePattern(
    "XKlate",
    message_patterns=(("e",), ("e",), ("ee", "es", "s", "se")),
    responder_pre_message_pattern=("s",))

# Curve25519 in its Edwards form: the field, the order of the base point, -121665/121666.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
TOP_BIT = 1 << 255


class SppError(Exception):
    """What ends a session otherwise than by CLOSE from both sides."""


class Refused(SppError):
    """The other end sent something that must not get through."""


class Cut(SppError):
    """The stream ended without CLOSE."""


class TooLate(SppError):
    """Something did not come within its time."""


Keys = namedtuple("Keys", "k_ir k_ri root")


class Hello(namedtuple("Hello", "key features largest")):
    """The body of HELLO; features that we do not know are kept, and mean nothing."""

    LAYOUT = struct.Struct("<32sQQ16x")

    def pack(self):
        return self.LAYOUT.pack(*self)

    @classmethod
    def unpack(cls, body):
        if len(body) != cls.LAYOUT.size:
            raise Refused("HELLO is %d bytes long" % len(body))
        return cls(*cls.LAYOUT.unpack(body))


def random_scalar():
    """A fresh private key for X25519."""
    return os.urandom(KEY_SIZE)


def public_of(scalar):
    """The public key to an X25519 private key."""
    public = X25519PrivateKey.from_private_bytes(scalar).public_key()
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def dh(scalar, public):
    """X25519; an all-zero result is a failure, everywhere."""
    try:
        shared = X25519PrivateKey.from_private_bytes(scalar).exchange(
            X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise Refused("an X25519 key is of low order") from error
    # OpenSSL has refused these as long as it has X25519; nothing here may depend on it.
    if not any(shared):
        raise Refused("an X25519 key is of low order")
    return shared


def hkdf(salt, secret, count):
    """Noise's HKDF."""
    return SHA256Hash().hkdf(salt, secret, count)


def next_key(key):
    """Noise's REKEY: dissononce's own forgets to cut the tag off."""
    return ChaChaPolyCipher().encrypt(key, 2**64 - 1, b"", bytes(KEY_SIZE))[:KEY_SIZE]


def _add(one, two):
    """Add two points, as (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z."""
    a = (one[1] - one[0]) * (two[1] - two[0])
    b = (one[1] + one[0]) * (two[1] + two[0])
    c = 2 * D * one[3] * two[3]
    d = 2 * one[2] * two[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number, point):
    """Multiply a point; nothing secret goes through here."""
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _add(result, point)
        point = _add(point, point)
        number >>= 1
    return result


def to_x25519(key):
    """The X25519 form of an Ed25519 public key; ValueError unless it is a proper one.

    Proper means: canonical, on the curve, in the group of the base point, not its
    neutral element. The sign of x has no influence on any of this.
    """
    if len(key) != KEY_SIZE:
        raise ValueError("a public key has %d bytes" % KEY_SIZE)
    y = int.from_bytes(key, "little") % TOP_BIT
    if y >= P:
        raise ValueError("the public key is not canonical")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        raise ValueError("the public key is not on the curve")
    if x == 0:
        raise ValueError("the public key is of small order")
    end = _times(L, (x, y, 1, x * y % P))
    if end[0] != 0 or end[1] != end[2]:
        raise ValueError("the public key is outside of the main group")
    return ((1 + y) * pow(1 - y, -1, P) % P).to_bytes(KEY_SIZE, "little")


class Identity:
    """An Ed25519 key pair and its X25519 form."""

    def __init__(self, seed):
        private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        scalar = bytearray(hashlib.sha512(seed).digest()[:KEY_SIZE])
        scalar[0] &= 248
        scalar[31] = scalar[31] & 127 | 64
        self.scalar = bytes(scalar)
        self.x25519 = to_x25519(self.public)


class Contacts:
    """Whom we know: the checks of section 1, and who may get through."""

    def __init__(self, identity, keys=(), blocked=()):
        self.own = identity.public
        self.x25519 = {}
        self.blocked = set()
        for key in (*keys, *blocked):
            self.add(key)
        self.blocked.update(blocked)

    def add(self, key):
        """Take a public key up, ValueError if it must not be a contact."""
        form = to_x25519(key)
        if form == to_x25519(self.own):
            raise ValueError("this is one's own key or its negative")
        if form in self.x25519.values():
            raise ValueError("a contact has this key or its negative already")
        self.x25519[key] = form

    def check(self, hello, caller):
        """Whether the sender of a HELLO, whose X25519 key is caller, may get through."""
        if hello.key not in self.x25519:
            raise Refused("the caller is no contact")
        if hello.key in self.blocked:
            raise Refused("the caller is blocked")
        if self.x25519[hello.key] != caller:
            raise Refused("the key in HELLO is not the caller's")


def check_features(hello, required):
    """Refuse a HELLO that lacks a feature which we insist on."""
    if required & ~hello.features:
        raise Refused("the other end lacks a required feature")


class Dh(X25519DH):
    """X25519 whose ephemeral keys come from us, so that known answers can be replayed."""

    def __init__(self, fresh):
        super().__init__()
        self.fresh = fresh

    def generate_keypair(self, privatekey=None):
        return super().generate_keypair(privatekey or PrivateKey(self.fresh()))

    def dh(self, keypair, publickey):
        return dh(keypair.private.data, publickey.data)


class Symmetric(SymmetricState):
    """Noise's symmetric state, which gives a third key at the end."""

    keys = None

    def split(self):
        self.keys = Keys(*self._hashfn.hkdf(self._ck, b"", 3))
        return super().split()


class Handshake:
    """One side of the three messages: the initiator's if it names a responder.

    The initiator writes, reads, writes HELLO; the responder reads, writes, reads it.
    keys and binding are there afterwards.
    """

    def __init__(self, identity, responder=None, fresh=random_scalar):
        self.symmetric = Symmetric(CipherState(ChaChaPolyCipher()), SHA256Hash())
        group = Dh(fresh)
        self.state = HandshakeState(self.symmetric, group)
        self.state.initialize(
            PATTERN, responder is not None, b"SPP/2" + (responder or identity.public),
            s=group.generate_keypair(PrivateKey(identity.scalar)),
            rs=group.create_public(to_x25519(responder)) if responder else None)
        self.binding = None

    @property
    def keys(self):
        """k_ir, k_ri and root, or None."""
        return self.symmetric.keys

    @property
    def caller(self):
        """The X25519 key of the initiator, at the responder."""
        return self.state.rs.data

    def write(self, payload=b""):
        """Make the next message."""
        message = bytearray()
        self.state.write_message(payload, message)
        self._finish()
        return bytes(message)

    def read(self, message):
        """Take the next message: its payload."""
        payload = bytearray()
        try:
            self.state.read_message(message, payload)
        except DecryptFailedException as error:
            raise Refused("a tag of the handshake is wrong") from error
        self._finish()
        return bytes(payload)

    def check_ephemerals(self):
        """Refuse our own ephemeral key sent back."""
        if self.state.e.public.data == self.state.re.data:
            raise Refused("both ephemeral keys are the same")

    def _finish(self):
        if self.keys:
            self.binding = self.symmetric.get_handshake_hash()
