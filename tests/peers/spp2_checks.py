# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the SPP/2 peer that need no connection: known answers and refusals."""

import asyncio
import hashlib

import spp2
from spp2 import Kind
from spp2_noise import dh, hkdf, public_of, random_scalar

DEADLINE = 60

ALICE, BOB, CAROL = (spp2.Identity(bytes([number]) * 32) for number in (1, 2, 3))
LONG = bytes(range(256)) * 300
HEAD = 8
# Keys of Curve25519 whose DH is zero with everybody: 0, 1, p - 1, p, p + 1, two of order 8.
LOW_ORDER = [number.to_bytes(32, "little") for number in (
    0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823)]

CHECKS = []


def check(function):
    """Make a function one line of the plan."""
    CHECKS.append(function)
    return function


def scenario(function):
    """The same for a coroutine."""
    def run(vectors):
        asyncio.run(asyncio.wait_for(function(vectors), DEADLINE))
    run.__name__ = function.__name__
    return check(run)


def equal(found, expected, what):
    """Assert with words: python -O must not turn the checks off."""
    if found != expected:
        raise AssertionError("%s: %r is not %r" % (what, found, expected))


def true(value, what):
    if not value:
        raise AssertionError(what)


def fails(words, function, *arguments, kind=spp2.Refused):
    """The function must fail, and for the reason that the words give."""
    try:
        function(*arguments)
    except kind as error:
        true(words in str(error), "%r is not in %r" % (words, str(error)))
    else:
        raise AssertionError("no error: " + words)


async def fails_async(words, awaitable, kind=spp2.Refused):
    try:
        await awaitable
    except kind as error:
        true(words in str(error), "%r is not in %r" % (words, str(error)))
    else:
        raise AssertionError("no error: " + words)


def flipped(data, bit):
    """The same bytes but for one bit."""
    return data[:bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1:]


def unhex(text):
    return bytes.fromhex(text)


def same(data, known, what):
    """Compare with the hex, or the hash, of a vector."""
    found = ("sha256:" + hashlib.sha256(data).hexdigest() if known.startswith("sha256:")
             else data.hex())
    equal(found, known, what)


class RecordedKem(spp2.Kem):
    """Gives what a vector says that an ML-KEM gave."""

    def __init__(self, known):
        bodies = {kind: [unhex(record["body"])[32:] for record in known["records"]
                         if record["type"] == kind] for kind in (Kind.REKEY, Kind.REKEY_ACK)}
        secrets = [unhex(epoch["secrets"])[96:] for epoch in known["epochs"]]
        self.runs = list(zip(bodies[Kind.REKEY], bodies[Kind.REKEY_ACK], secrets))
        self.fresh = iter(self.runs)

    def generate(self):
        run = next(self.fresh)
        return run[0], run

    def encapsulate(self, ek):
        return next(run[1:] for run in self.runs if run[0] == ek)

    def decapsulate(self, private, ct):
        equal(ct, private[1], "ct")
        return private[2]


class ToyKem(spp2.Kem):
    """X25519 in the size of ML-KEM-768, to have the feature without the algorithm."""

    def generate(self):
        scalar = random_scalar()
        return public_of(scalar) + bytes(1152), scalar

    def encapsulate(self, ek):
        if any(ek[32:]):
            raise ValueError("not an ek")
        scalar = random_scalar()
        return public_of(scalar) + bytes(1056), dh(scalar, ek[:32])

    def decapsulate(self, private, ct):
        return dh(private, ct[:32])


# Known answers


@check
def keys(vectors):
    for known in vectors["vectors"]:
        for role in ("init", "resp"):
            identity = spp2.Identity(unhex(known[role + "_seed"]))
            equal(identity.public.hex(), known[role + "_ed25519"], "public key")
            equal(identity.x25519.hex(), known[role + "_x25519"], "X25519 form")
            equal(public_of(identity.scalar), identity.x25519, "the two ways to the X25519 form")


def check_handshake(known, hellos):
    """Replay the three frames: the two sides."""
    initiator, responder = (spp2.Identity(unhex(known[role + "_seed"]))
                            for role in ("init", "resp"))
    equal((b"SPP/2" + responder.public).hex(), known["prologue"], "prologue")
    sides = [spp2.Handshake(initiator, responder.public,
                            lambda: unhex(known["init_ephemerals"][0])),
             spp2.Handshake(responder, fresh=lambda: unhex(known["resp_ephemerals"][0]))]
    for number, payload in enumerate((b"", b"", hellos[0].pack())):
        message = sides[number % 2].write(payload)
        same(spp2.frame(message), known["frames"][number], "frame %d" % (number + 1))
        equal(sides[1 - number % 2].read(message), payload, "payload %d" % (number + 1))
    equal(sides[1].caller, initiator.x25519, "caller")
    for side in sides:
        equal(side.state.protocol_name, known["protocol_name"], "protocol")
        equal(side.binding.hex(), known["handshake_hash"], "handshake hash")
        equal({name: key.hex() for name, key in side.keys._asdict().items()}, known["epoch0"],
              "keys")
    return [(sides[0], initiator), (sides[1], responder)]


def make_record(record, session, answer):
    """The frame of a vector's record, made by the rules."""
    if record["type"] == Kind.HELLO:
        return session.hello()
    if record["type"] in (Kind.DATA, Kind.LAST):
        body = record["body"]
        if body.startswith("sha256:"):
            cut = spp2.PART_MAX
            body = (LONG[:cut] if record["type"] == Kind.DATA else LONG[cut:]).hex()
        same(unhex(body), record["body"], "body")
        return session.part(unhex(body), record["type"] == Kind.LAST)
    if record["type"] == Kind.REKEY:
        return session.rekey()
    if record["type"] == Kind.REKEY_ACK:
        return answer
    equal(record["type"], Kind.CLOSE, "type")
    return session.close(unhex(record["body"])[0])


def check_epoch(epoch, old_root, bodies, sessions):
    """The keys after a rekey, on both sides and from the secrets of the vector."""
    secrets = unhex(epoch["secrets"])
    made = hkdf(old_root, secrets + hashlib.sha256(b"".join(bodies)).digest(), 3)
    expected = tuple(unhex(epoch[name]) for name in ("k_ir", "k_ri", "root"))
    equal(made, expected, "keys from the secrets")
    for session in sessions:
        ours, theirs = session.sending.key, session.receiving.key
        found = (ours, theirs) if session.initiator else (theirs, ours)
        equal((*found, session.root), expected, "keys of an epoch")
        equal(session.records, 0, "record number")


@check
def known_answers(vectors):
    equal(vectors["format"], "spp2-vectors-1", "format")
    equal([known["features"] for known in vectors["vectors"]], [0, spp2.PQ], "vectors")
    for known in vectors["vectors"]:
        hellos = [spp2.Hello(unhex(known[role + "_ed25519"]), known["features"],
                             known[role + "_max_message"]) for role in ("init", "resp")]
        for hello, role in zip(hellos, ("init", "resp")):
            equal(hello.pack().hex(), known[role + "_hello"], "HELLO")
        sides = check_handshake(known, hellos)
        kem = RecordedKem(known) if known["features"] else None
        sessions = [spp2.Session(*sides[side], hellos[side],
                                 (hellos[1].key, hellos[0])[side], kem,
                                 map(unhex, known[role + "_ephemerals"][1:]).__next__)
                    for side, role in enumerate(("init", "resp"))]
        epochs = iter(known["epochs"])
        answer = old_root = rekey_body = None
        for number, record in enumerate(known["records"]):
            what = "%s, record %d" % (known["name"], number)
            sender, receiver = sessions if record["dir"] == "ir" else reversed(sessions)
            sealed = make_record(record, sender, answer)
            same(sealed, record["frame"], what)
            equal(len(sealed), HEAD + record["plain_len"] + 16, what)
            kind, value = receiver.take(sealed[HEAD:])
            equal(kind, record["type"], what)
            if kind == Kind.HELLO:
                equal(value.pack().hex(), record["body"], what)
            elif kind == Kind.LAST:
                equal(value, LONG if record["body"].startswith("sha256:")
                      else unhex(record["body"]), what)
            elif kind == Kind.REKEY:
                answer, rekey_body = value, unhex(record["body"])
                old_root = sender.root
            elif kind == Kind.REKEY_ACK:
                check_epoch(next(epochs), old_root, (rekey_body, unhex(record["body"])), sessions)
            elif kind == Kind.CLOSE:
                equal(value, unhex(record["body"])[0], what)
        equal(list(epochs), [], "epochs left")
        true(all(side.close_sent and side.close_received for side in sessions), "CLOSE")


@check
def padding(_vectors):
    for size, expected in ((3, 256), (256, 256), (257, 272), (1024, 1024), (1025, 1088),
                           (1219, 1280), (11287, 11776), (63489, 65519), (65519, 65519)):
        equal(spp2.padded_size(size), expected, "padding of %d" % size)
    true(all(size <= spp2.padded_size(size) <= size * 1.12 for size in range(257, 65520)),
         "padding of more than 12 %")


# Refusals


@check
def contacts(_vectors):
    order_4, not_on_curve = bytes(32), (2).to_bytes(32, "little")
    # A proper point plus one of order 2: (-x, -y).
    mixed = (2**255 - 19 - int.from_bytes(BOB.public, "little") % 2**255).to_bytes(32, "little")
    for key, words in ((order_4, "main group"), (b"\1" + bytes(31), "small order"),
                       (not_on_curve, "not on the curve"), (mixed, "main group"),
                       (b"\xff" * 31 + b"\x7f", "not canonical"), (b"", "32 bytes"),
                       (ALICE.public, "one's own"), (flipped(ALICE.public, 255), "one's own"),
                       (BOB.public, "already"), (flipped(BOB.public, 255), "already")):
        fails(words, spp2.Contacts(ALICE, [BOB.public]).add, key, kind=ValueError)
    book = spp2.Contacts(ALICE, [BOB.public], [CAROL.public])
    book.check(spp2.Hello(BOB.public, 0, 0), BOB.x25519)
    fails("not the caller's", book.check, spp2.Hello(BOB.public, 0, 0), CAROL.x25519)
    fails("blocked", book.check, spp2.Hello(CAROL.public, 0, 0), CAROL.x25519)
    fails("no contact", book.check, spp2.Hello(flipped(BOB.public, 255), 0, 0), BOB.x25519)


def shake(tamper=lambda number, message: message, called=BOB.public, **fresh):
    """Alice calls, Bob answers: both sides and her HELLO as he saw it."""
    sides = [spp2.Handshake(ALICE, called, **fresh), spp2.Handshake(BOB, **fresh)]
    payload = b""
    for number in range(3):
        payload = spp2.Hello(ALICE.public, 0, 0).pack() if number == 2 else b""
        message = tamper(number, sides[number % 2].write(payload))
        payload = sides[1 - number % 2].read(message)
    return sides, spp2.Hello.unpack(payload)


@check
def handshake_refusals(_vectors):
    shake()
    for number, size in enumerate((32, 32, 128)):
        # The top bit of a key changes nothing in X25519, and yet must be noticed.
        for bit in (0, 100, 255, size * 8 - 129, size * 8 - 1):
            fails("tag of the handshake", shake,
                  lambda n, message: flipped(message, bit) if n == number else message)
    for number in (0, 1):
        for key in LOW_ORDER:
            fails("low order", shake, lambda n, message: key if n == number else message)
    fails("tag of the handshake", shake, lambda n, message: message, CAROL.public)
    scalar = random_scalar()
    for side in shake(fresh=lambda: scalar)[0]:
        fails("ephemeral keys are the same", side.check_ephemerals)
    for side in shake()[0]:
        side.check_ephemerals()


def two_sessions(largest=0, kem=None, hello=True, **fresh):
    """A session from both sides, up to HELLO."""
    sides = shake(**fresh)[0]
    features = spp2.PQ if kem else 0
    hellos = [spp2.Hello(key, features, largest) for key in (ALICE.public, BOB.public)]
    one = spp2.Session(sides[0], ALICE, hellos[0], BOB.public, kem)
    two = spp2.Session(sides[1], BOB, hellos[1], hellos[0], kem)
    if hello:
        equal(one.take(two.hello()[HEAD:]), (Kind.HELLO, hellos[1]), "HELLO")
    return one, two


def refuses(words, kind, body=b"", padding_bytes=None, to_initiator=False, before=None, **how):
    """A record with a good tag must be refused, from here or from there."""
    one, two = two_sessions(**how)
    sender, receiver = (two, one) if to_initiator else (one, two)
    if before:
        before(sender, receiver)
    fails(words, receiver.take, sender.seal(kind, body, padding_bytes)[HEAD:])


def pass_on(make):
    """What happens before: a record goes across, as it should."""
    def step(sender, receiver):
        receiver.take(make(sender)[HEAD:])
    return step


@check
def record_refusals(_vectors):
    for way in (False, True):
        for kind in (0, 8, 255):
            refuses("unknown type", kind, to_initiator=way)
        refuses("HELLO in the wrong place", Kind.HELLO, bytes(64), to_initiator=way)
        refuses("empty DATA", Kind.DATA, to_initiator=way)
        for tail in (b"\1", bytes(99) + b"\x80" + bytes(99)):
            refuses("padding is not zero", Kind.LAST, b"x", tail, to_initiator=way)
        refuses("CLOSE has", Kind.CLOSE, b"", to_initiator=way)
        refuses("CLOSE has", Kind.CLOSE, b"\0\0", to_initiator=way)
        start = pass_on(lambda sender: sender.part(b"half", False))
        refuses("CLOSE within", Kind.CLOSE, b"\0", to_initiator=way, before=start)
        refuses("larger", Kind.DATA, bytes(97), to_initiator=way, before=start, largest=100)
        refuses("larger", Kind.LAST, bytes(97), to_initiator=way, before=start, largest=100)
        closed = pass_on(lambda sender: sender.close())
        for kind in (Kind.LAST, Kind.DATA, Kind.PAD, Kind.CLOSE):
            refuses("after CLOSE", kind, b"\0", to_initiator=way, before=closed)
        for kind in (Kind.LAST, Kind.PAD, Kind.CLOSE):
            refuses("before the first REKEY_ACK", kind, b"\0", to_initiator=way, kem=ToyKem())
    refuses("after CLOSE", Kind.REKEY, ALICE.x25519, before=pass_on(lambda sender: sender.close()))
    refuses("REKEY from the responder", Kind.REKEY, ALICE.x25519, to_initiator=True)
    refuses("REKEY_ACK without", Kind.REKEY_ACK, ALICE.x25519, to_initiator=True)
    refuses("REKEY_ACK without", Kind.REKEY_ACK, ALICE.x25519)
    refuses("REKEY has 31", Kind.REKEY, ALICE.x25519[1:])
    refuses("REKEY has 1216", Kind.REKEY, ALICE.x25519 + bytes(1184))
    refuses("REKEY has 32", Kind.REKEY, ALICE.x25519, kem=ToyKem())
    refuses("KEM refuses", Kind.REKEY, ALICE.x25519 + b"\1" * 1184, kem=ToyKem())
    for key in LOW_ORDER:
        refuses("low order", Kind.REKEY, key)
    one, two = two_sessions()
    fails("beyond the record", two.take, one.sending.seal(b"\3\2\0x"))
    one, two = two_sessions()
    equal(two.take(one.sending.seal(b"\3\1\0x")), (Kind.LAST, b"x"), "the shortest record")
    one, two = two_sessions(hello=False)
    fails("first record", one.take, two.seal(Kind.LAST, b"")[HEAD:])
    for body, words in ((bytes(63), "63 bytes"), (bytes(64), "not from whom we called")):
        one, two = two_sessions(hello=False)
        fails(words, one.take, two.seal(Kind.HELLO, body)[HEAD:])
    one, two = two_sessions(hello=False)
    one.required = spp2.PQ
    fails("feature", one.take, two.hello()[HEAD:])


@check
def record_tags(_vectors):
    for bit in (0, 1000, 272 * 8 - 1):
        one, two = two_sessions()
        fails("tag of a record", two.take, flipped(one.part(b"x", True)[HEAD:], bit))
    one, two = two_sessions()
    first, second = one.part(b"1", True)[HEAD:], one.part(b"2", True)[HEAD:]
    equal(two.take(first), (Kind.LAST, b"1"), "first record")
    fails("tag of a record", two.take, first)
    equal(two.take(second), (Kind.LAST, b"2"), "second record")
    one, two = two_sessions()
    fails("tag of a record", one.take, one.part(b"to myself", True)[HEAD:])


@check
def rekey_refusals(_vectors):
    def ack(change):
        one, two = two_sessions()
        question = one.rekey()[HEAD:]
        mine = two.receiving.open(question)[3:35]
        return one.take, two.seal(Kind.REKEY_ACK, change(mine))[HEAD:]

    fails("rekey are the same", *ack(lambda mine: mine))
    fails("REKEY_ACK has 33", *ack(lambda mine: bytes(33)))
    for key in LOW_ORDER:
        fails("low order", *ack(lambda mine: key))
    one, two = two_sessions()
    one.rekey()
    fails("must wait", one.part, b"", True, kind=ValueError)
    fails("must wait", one.pad, 0, kind=ValueError)
    fails("must wait", one.close, kind=ValueError)
    fails("no REKEY now", one.rekey, kind=ValueError)
    # Records that were under way, CLOSE among them, come before the answer.
    one, two = two_sessions()
    question, before, close = one.rekey()[HEAD:], two.part(b"x", True)[HEAD:], two.close()[HEAD:]
    kind, answer = two.take(question)
    equal(kind, Kind.REKEY, "kind")
    for payload, expected in ((before, (Kind.LAST, b"x")), (close, (Kind.CLOSE, 0)),
                              (answer[HEAD:], (Kind.REKEY_ACK, None))):
        equal(one.take(payload), expected, "record under way")
    equal((one.root, one.epoch), (two.root, 1), "the new epoch")
    fails("no REKEY now", one.rekey, kind=ValueError)
    one.close_received = False
    fails("REKEY after CLOSE", two.take, one.rekey()[HEAD:])


@check
def too_many_records(_vectors):
    one, two = two_sessions()
    one.records_max = two.records_max = 3
    for _ in range(3):
        two.take(one.pad(0)[HEAD:])
    fails("no REKEY came", one.pad, 0, kind=spp2.TooLate)
    one.records_max = 4
    fails("too many records", two.take, one.pad(0)[HEAD:])
