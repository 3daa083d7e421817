# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SPP/1 peer, independent of libspp: it shares no code and no library with it.

It does what deployed peers do, weaknesses included: the hello goes out as soon
as the connection is up, nonces are random, and a reflected message is taken.
"""

import asyncio
import os
import struct

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey, Ed25519PublicKey)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_SIZE = 32
SIGNATURE_SIZE = 64
HELLO_SIZE = SIGNATURE_SIZE + KEY_SIZE
NONCE_SIZE = 12
TAG_SIZE = 16
U64 = struct.Struct("<Q")


class Refused(Exception):
    """The other end sent something that must not get through."""


def public_bytes(key):
    """The raw 32 bytes of a public key, or of a private key's public half."""
    if hasattr(key, "public_key"):
        key = key.public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def load_private(path):
    """The identity key whose seed is the content of a file."""
    with open(path, "rb") as stream:
        return Ed25519PrivateKey.from_private_bytes(stream.read())


def load_public(path):
    """The identity key of a friend from a raw file."""
    with open(path, "rb") as stream:
        return Ed25519PublicKey.from_public_bytes(stream.read())


def frame(data):
    """Put the length before some bytes."""
    return U64.pack(len(data)) + data


async def read_frame(reader, start=b""):
    """Take the frame that begins with start: IncompleteReadError at the stream's end."""
    (length,) = U64.unpack(start + await reader.readexactly(U64.size - len(start)))
    return await reader.readexactly(length)


class Handshake:
    """One side of the two hellos; no input or output of its own."""

    def __init__(self, private, peer_public, ephemeral=None):
        self.private = private
        self.peer_public = peer_public
        self.ephemeral = ephemeral or X25519PrivateKey.generate()

    def hello(self):
        """What goes to the other side, without the frame around it."""
        ours = public_bytes(self.ephemeral)
        return self.private.sign(ours) + ours

    def shared(self, hello):
        """Check the hello of the other side and agree on a secret with it."""
        if len(hello) != HELLO_SIZE:
            raise Refused("the hello is %d bytes long" % len(hello))
        theirs = hello[SIGNATURE_SIZE:]
        try:
            self.peer_public.verify(hello[:SIGNATURE_SIZE], theirs)
        except InvalidSignature as error:
            raise Refused("the signature is not that of the friend") from error
        try:
            return self.ephemeral.exchange(X25519PublicKey.from_public_bytes(theirs))
        except ValueError as error:
            raise Refused("the ephemeral key is of low order") from error

    @staticmethod
    def session_key(shared):
        """Make the key of the session from the secret."""
        kdf = ConcatKDFHash(hashes.SHA256(), KEY_SIZE, otherinfo=None)
        return kdf.derive(shared)


class Cipher:
    """Seals and opens the messages of one session; no input or output."""

    def __init__(self, key):
        self.aead = ChaCha20Poly1305(key)
        self.sent = 0
        self.received = 0

    def seal(self, payload, nonce=None):
        """Make the next message, without the frame around it."""
        self.sent += 1
        nonce = nonce or os.urandom(NONCE_SIZE)
        plain = U64.pack(self.sent) + payload
        return nonce + self.aead.encrypt(nonce, plain, None)

    def open(self, message):
        """The payload of the next message."""
        if len(message) < NONCE_SIZE + TAG_SIZE + U64.size:
            raise Refused("the message is %d bytes long" % len(message))
        try:
            plain = self.aead.decrypt(message[:NONCE_SIZE], message[NONCE_SIZE:], None)
        except InvalidTag as error:
            raise Refused("the tag of a message is wrong") from error
        (sequence,) = U64.unpack_from(plain)
        self.received += 1
        if sequence != self.received:
            raise Refused("message %d came in the place of %d" % (sequence, self.received))
        return plain[U64.size:]


class Connection:
    """A session over an asyncio stream."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.cipher = None

    async def handshake(self, private, peer_public):
        """Send our hello at once, read the other one, agree on the key."""
        state = Handshake(private, peer_public)
        await self.send_raw(frame(state.hello()))
        self.cipher = Cipher(state.session_key(state.shared(await read_frame(self.reader))))

    async def send_raw(self, data):
        """Put bytes into the stream as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def send(self, payload):
        """Send one message."""
        await self.send_raw(frame(self.cipher.seal(payload)))

    async def receive(self):
        """Take one message, None at the end of the stream between two."""
        try:
            start = await self.reader.readexactly(1)
        except asyncio.IncompleteReadError:
            return None
        try:
            message = await read_frame(self.reader, start)
        except asyncio.IncompleteReadError as error:
            raise Refused("the stream ended inside a frame") from error
        return self.cipher.open(message)

    async def close(self):
        """End the stream."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass


async def connect(host, port, private, peer_public):
    """Call a friend."""
    connection = Connection(*await asyncio.open_connection(host, port))
    try:
        await connection.handshake(private, peer_public)
    except BaseException:
        await connection.close()
        raise
    return connection


async def serve(host, port, callback):
    """Listen: callback(connection) runs for each call, before any handshake."""
    async def accept(reader, writer):
        connection = Connection(reader, writer)
        try:
            await callback(connection)
        finally:
            await connection.close()

    return await asyncio.start_server(accept, host, port)
