# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SPP/2 peer, independent of libspp: it shares no code and no library with it.

It follows the specification to the letter, and can be told to be special within it:
to rekey often, to use small parts, odd padding or PAD. SPP/1 it does not speak.
"""

import asyncio
import dataclasses
import random
import typing
from collections import deque

from spp2_noise import (
    KEY_SIZE, PQ, Contacts, Cut, Handshake, Hello, Identity, Refused, SppError, TooLate,
    check_features, random_scalar, to_x25519)
from spp2_records import (
    PART_MAX, RECORD_SIZES, RECORDS_MAX, U64, Kem, Kind, Session, frame, padded_size)

__all__ = [
    "KEY_SIZE", "PART_MAX", "PQ", "Connection", "Contacts", "Cut", "Handshake", "Hello", "Identity",
    "Kem", "Kind", "Options", "Refused", "Session", "SppError", "TooLate", "check_features",
    "connect", "frame", "load_private", "load_public", "padded_size", "read_frame", "serve",
    "to_x25519"]

MESSAGE_1, MESSAGE_2, MESSAGE_3 = 32, 32, 128
SPP1_HELLO = 96
# Messages nobody has received yet: beyond this many bytes we read no further.
INBOX_MAX = 64 << 20
STREAM_LIMIT = 1 << 17
STRANGERS_MAX, STRANGERS_PER_ADDRESS = 64, 8


@dataclasses.dataclass
class Options:
    """How a peer behaves; times in seconds, sizes in bytes."""

    largest: int = 64 << 20             # the largest message we accept, 0: any
    part: int = PART_MAX                # the largest part that a message is cut into
    padding: typing.Optional[int] = None    # zero bytes to each record, None: Padmé
    cover: typing.Optional[int] = None  # so large a PAD before each part, None: no PAD
    heed_limit: bool = True             # whether we keep to the other end's largest
    rekey_records: int = 1 << 16        # REKEY after so many records, at the initiator
    rekey_time: float = 600
    records_max: int = RECORDS_MAX
    handshake_time: float = 10
    answer_time: float = 60             # for REKEY_ACK
    close_time: float = 10              # after our CLOSE
    kem: typing.Optional[Kem] = None
    require_pq: bool = False
    fresh: typing.Callable[[], bytes] = random_scalar


def load_private(path):
    """The identity whose seed is the content of a file."""
    with open(path, "rb") as stream:
        return Identity(stream.read())


def load_public(path):
    """The identity key of a friend from a raw file."""
    with open(path, "rb") as stream:
        key = stream.read()
    to_x25519(key)
    return key


async def read_frame(reader, smallest, largest):
    """Take a frame; nothing of a frame of a wrong length is read."""
    (length,) = U64.unpack(await reader.readexactly(U64.size))
    if length == SPP1_HELLO and largest < SPP1_HELLO:
        raise Refused("the other end speaks SPP/1")
    if not smallest <= length <= largest:
        raise Refused("a frame is %d bytes long" % length)
    return await reader.readexactly(length)


class Connection:
    """A session over an asyncio stream."""

    def __init__(self, reader, writer, options=None):
        self.reader = reader
        self.writer = writer
        self.options = options or Options()
        self.session = None
        self.binding = None         # the hash of the handshake
        self.error = None           # what ended it, if that was not CLOSE
        self.ended = False          # whether the other's stream came to its end
        self.records = 0            # sent and received, all epochs
        self._inbox = deque()
        self._waiting = 0
        self._greedy = False
        self._changed = asyncio.Event()
        self._lock = asyncio.Lock()
        self._reading = None
        self._timers = {}

    async def call(self, identity, peer):
        """Be the initiator; peer is the key of the one whom we want."""
        try:
            async with asyncio.timeout(self.options.handshake_time):
                await self._call(identity, peer)
        except TimeoutError as error:
            raise TooLate("the handshake took too long") from error
        except (EOFError, OSError) as error:
            raise Cut("the stream ended within the handshake") from error
        self._start()

    async def _call(self, identity, peer):
        Contacts(identity, [peer])
        own = self._hello(identity)
        handshake = Handshake(identity, peer, self.options.fresh)
        self.send_raw(frame(handshake.write()))
        handshake.read(await read_frame(self.reader, MESSAGE_2, MESSAGE_2))
        handshake.check_ephemerals()
        self.send_raw(frame(handshake.write(own.pack())))
        session = self._session(handshake, identity, own, peer)
        session.required = PQ if self.options.require_pq else 0
        session.take(await read_frame(self.reader, *RECORD_SIZES))
        self.records += 1
        self._adopt(session, handshake)

    async def answer(self, identity, contacts):
        """Be the responder; whoever is none of the contacts gets silence."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.options.handshake_time
        try:
            async with asyncio.timeout_at(deadline):
                handshake = Handshake(identity, fresh=self.options.fresh)
                handshake.read(await read_frame(self.reader, MESSAGE_1, MESSAGE_1))
                self.send_raw(frame(handshake.write()))
                message = await read_frame(self.reader, MESSAGE_3, MESSAGE_3)
        except TimeoutError as error:
            raise TooLate("the handshake took too long") from error
        except (EOFError, OSError) as error:
            raise Cut("the stream ended within the handshake") from error
        try:
            hello = Hello.unpack(handshake.read(message))
            handshake.check_ephemerals()
            contacts.check(hello, handshake.caller)
            check_features(hello, PQ if self.options.require_pq else 0)
        except Refused:
            # Not even the end of the stream may tell that this was wrong.
            await asyncio.sleep(deadline - loop.time())
            raise
        session = self._session(handshake, identity, self._hello(identity), hello)
        self._adopt(session, handshake)
        self._write(session.hello())
        self._start()

    def _hello(self, identity):
        return Hello(identity.public, PQ if self.options.kem else 0, self.options.largest)

    def _session(self, handshake, identity, own, peer):
        options = self.options
        session = Session(handshake, identity, own, peer, options.kem, options.fresh)
        session.padding = options.padding
        session.records_max = options.records_max
        return session

    def _adopt(self, session, handshake):
        self.session = session
        self.binding = handshake.binding

    def _start(self):
        """The handshake is over: read on our own from now on."""
        self._begin_epoch()
        if self.session.initiator and self.session.pq:
            self._ask_for_keys()
        self._reading = asyncio.ensure_future(self._read())

    def send_raw(self, data):
        """Put bytes into the stream as they are."""
        self.writer.write(data)

    def send_record(self, kind, body, padding=None):
        """Send any record, also what the rules forbid."""
        self._check()
        self._write(self.session.seal(kind, body, padding))

    async def send(self, payload):
        """Send one message."""
        largest = self.session.peer_hello.largest
        if self.options.heed_limit and 0 < largest < len(payload):
            raise ValueError("the other end takes %d bytes" % largest)
        async with self._lock:
            start, step = 0, self.options.part
            while start + step < len(payload):
                await self._send_part(payload[start:start + step], False)
                start += step
            await self._send_part(payload[start:], True)

    async def _send_part(self, body, last):
        if self.options.cover is not None:
            await self._send_when_allowed(lambda: self.session.pad(self.options.cover))
        await self._send_when_allowed(lambda: self.session.part(body, last))

    async def pad(self, size):
        """Send a PAD."""
        await self._send_when_allowed(lambda: self.session.pad(size))

    async def rekey(self):
        """Change the keys now; returns when they are changed."""
        await self._until(lambda: self.session.may_send)
        epoch = self.session.epoch
        self._ask_for_keys()
        await self._until(lambda: self.session.epoch > epoch)

    async def receive(self):
        """Take one message, None after CLOSE."""
        await self._until(lambda: self._inbox or self.session.close_received)
        if not self._inbox:
            return None
        message = self._inbox.popleft()
        self._waiting -= len(message)
        self._wake()
        return message

    async def finish(self, reason=0):
        """Send CLOSE: nothing more comes from us, the other end may go on."""
        async with self._lock:
            if self.session.close_sent:
                return
            await self._send_when_allowed(lambda: self.session.close(reason))

    async def close(self, reason=0):
        """Send CLOSE unless it is sent, wait for the other one, end the stream.

        What else comes can be received afterwards. Raises what ended the session
        otherwise.
        """
        self._greedy = True
        self._wake()
        try:
            await self.finish(reason)
            await self._until(lambda: self.session.close_received)
            self.writer.close()
            await self.writer.wait_closed()
        except OSError:
            # Both CLOSEs were there already.
            pass
        finally:
            await self.abort()

    async def abort(self):
        """End the stream as it is."""
        self._drop_timers()
        self.writer.transport.abort()
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self.session:
            self.session.erase()

    def _wake(self):
        self._changed.set()
        self._changed = asyncio.Event()

    def _check(self):
        if self.error:
            raise self.error

    async def _until(self, condition):
        """Wait for something; what is there can be had in spite of an error."""
        while not condition():
            self._check()
            await self._changed.wait()

    async def _send_when_allowed(self, make):
        """Seal and send in one go: the order of sealing is the order on the wire."""
        await self._until(lambda: self.error or self.ended or self.session.may_send)
        self._check()
        if self.ended:
            raise Cut("the other end did not wait for our CLOSE")
        try:
            self._write(make())
            await self.writer.drain()
            # That may not have let anybody else run, and the reader has to.
            await asyncio.sleep(0)
        except SppError as error:
            self._fail(error)
            raise
        except OSError as error:
            self._fail(Cut("the stream broke"))
            raise self.error from error

    def _write(self, data):
        self.send_raw(data)
        self._after_record()
        if self.session.close_sent:
            self._set_timer("close", self.options.close_time, self._end_anyway)

    def _end_anyway(self):
        """Our CLOSE was a while ago."""
        if not self.session.close_received:
            self._fail(Cut("no CLOSE came in %g s" % self.options.close_time))
        self.writer.transport.abort()

    def _after_record(self):
        """Count; rekey if it is time."""
        self.records += 1
        if self.session.records >= self.options.rekey_records:
            self._rekey_if_allowed()

    def _rekey_if_allowed(self):
        if self.session.may_rekey:
            try:
                self._ask_for_keys()
            except SppError as error:
                self._fail(error)

    def _ask_for_keys(self):
        self._write(self.session.rekey())
        self._set_timer("answer", self.options.answer_time, lambda: self._fail(
            TooLate("no REKEY_ACK came in %g s" % self.options.answer_time)))
        self._wake()

    def _begin_epoch(self):
        self._drop_timer("answer")
        self._drop_timer("age")
        self._set_timer("age", self.options.rekey_time, self._age)

    def _age(self):
        """The epoch is old: new keys, as soon as it has carried anything."""
        self._drop_timer("age")
        if self.session.busy:
            self._rekey_if_allowed()
        else:
            self._set_timer("age", min(1, self.options.rekey_time), self._age)

    def _set_timer(self, name, seconds, callback):
        """Start a timer unless it runs."""
        if name not in self._timers:
            self._timers[name] = asyncio.get_running_loop().call_later(seconds, callback)

    def _drop_timer(self, name):
        if name in self._timers:
            self._timers.pop(name).cancel()

    def _drop_timers(self):
        for name in list(self._timers):
            self._drop_timer(name)

    def _has_room(self):
        # Who waits for REKEY_ACK, or for CLOSE, has to read on.
        return self._greedy or self.session.rekeying or self._waiting <= INBOX_MAX

    async def _read(self):
        try:
            while True:
                await self._until(self._has_room)
                self._take(await read_frame(self.reader, *RECORD_SIZES))
        except (EOFError, OSError):
            if self.session.close_received and not self.session.rekeying:
                self.ended = True
                self._wake()
            else:
                self._fail(Cut("the stream ended without CLOSE"))
        except Exception as error:  # pylint: disable=broad-except
            # A mistake of our own must show as well, else everybody waits for ever.
            self._fail(error)

    def _take(self, payload):
        """Obey one record."""
        kind, value = self.session.take(payload)
        if kind == Kind.LAST:
            self._inbox.append(value)
            self._waiting += len(value)
        elif kind == Kind.REKEY:
            self._write(value)
        if kind in (Kind.REKEY, Kind.REKEY_ACK):
            self._begin_epoch()
        self._after_record()
        self._wake()

    def _fail(self, error):
        """The end: no keys, no stream, nothing sent."""
        if not self.error:
            self.error = error
        self._drop_timers()
        self.session.erase()
        self.writer.transport.abort()
        self._wake()


async def connect(host, port, identity, peer, options=None):
    """Call a friend."""
    streams = await asyncio.open_connection(host, port, limit=STREAM_LIMIT)
    connection = Connection(*streams, options)
    try:
        await connection.call(identity, peer)
    except BaseException:
        await connection.abort()
        raise
    return connection


async def serve(host, port, callback, options=None):
    """Listen: callback(connection) runs for each call, before any handshake.

    Who has not got through yet may lose the place to a newcomer when there are many.
    """
    strangers = {}

    def make_room(address):
        known = [task for task, (connection, _) in strangers.items() if not connection.session]
        alike = [task for task in known if strangers[task][1] == address]
        crowd = (alike if len(alike) >= STRANGERS_PER_ADDRESS
                 else known if len(known) >= STRANGERS_MAX else None)
        if crowd:
            victim = random.choice(crowd)
            del strangers[victim]
            victim.cancel()

    async def accept(reader, writer):
        connection = Connection(reader, writer, options)
        address = writer.get_extra_info("peername")[0]
        make_room(address)
        task = asyncio.current_task()
        strangers[task] = connection, address
        try:
            await callback(connection)
        finally:
            strangers.pop(task, None)
            await connection.abort()

    return await asyncio.start_server(accept, host, port, limit=STREAM_LIMIT)
