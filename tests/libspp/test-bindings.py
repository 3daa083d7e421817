#!/usr/bin/python3
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use every part of libspp from Python, through GObject Introspection."""

import socket
import unittest

import gi
gi.require_version("Spp", "1")
from gi.repository import Gio, GLib, GObject, Spp

# From RFC 8032, 7.1: the first test.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def wait_until(condition):
    """Run the main loop until something is so; Meson's deadline ends what never is."""
    while not condition():
        GLib.MainContext.default().iteration(True)


def wait(start, *args, cancellable=None):
    """Begin a call and run the main loop until it is done: its result."""
    results = []
    start(*args, cancellable, lambda _source, result: results.append(result))
    wait_until(lambda: results)
    return results[0]


def stream_pair():
    """Two ends of one stream."""
    return [Gio.Socket.new_from_fd(end.detach()).connection_factory_create_connection()
            for end in socket.socketpair()]


def write_raw(session, data):
    """Put bytes into the stream of a session behind its back."""
    session.get_stream().get_output_stream().write_all(data)


class Case(unittest.TestCase):
    """What several tests need."""

    def assert_error(self, code, function, *args):
        """A call fails with a code of the library."""
        with self.assertRaises(GLib.Error) as caught:
            function(*args)
        error = caught.exception
        self.assertTrue(error.matches(Spp.error_quark(), code), str(error))
        self.assertTrue(error.message)

    def assert_io_error(self, code, function, *args):
        """A call fails with a code of GIO."""
        with self.assertRaises(GLib.Error) as caught:
            function(*args)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), code), str(caught.exception))


class Keys(Case):
    """Keys are made, read and written."""

    def test_private(self):
        key = Spp.PrivateKey.new_from_seed(SEED)
        self.assertEqual(key.get_seed(), SEED)
        self.assertEqual(key.get_public_key().get_bytes().get_data(), PUBLIC)
        generated = Spp.PrivateKey.generate()
        self.assertEqual(len(generated.get_seed()), Spp.PRIVATE_KEY_SIZE)
        self.assertNotEqual(generated.get_seed(), Spp.PrivateKey.generate().get_seed())

    def test_private_of_wrong_size(self):
        for size in (0, 31, 33, 64):
            self.assert_error(Spp.Error.INVALID_KEY, Spp.PrivateKey.new_from_seed, bytes(size))

    def test_public_in_all_forms(self):
        key = Spp.PublicKey.new_from_bytes(GLib.Bytes(PUBLIC))
        text = key.get_string()
        self.assertTrue(text.startswith("spp1"))
        self.assertEqual(len(text), 62)
        for same in (Spp.PublicKey.new_from_string(text),
                     Spp.PublicKey.new_from_string(PUBLIC.hex()),
                     Spp.PublicKey.new_from_string(" %s\n%s " % (text[:30], text[30:])),
                     Spp.PublicKey.new_from_file_contents(GLib.Bytes(PUBLIC)),
                     Spp.PublicKey.new_from_file_contents(GLib.Bytes(text.encode() + b"\n"))):
            self.assertEqual(same.get_bytes().get_data(), PUBLIC)
            self.assertTrue(same.equal(key))
            self.assertEqual(same.hash(), key.hash())
            self.assertEqual(same.compare(key), 0)
            self.assertEqual(same.dup_fingerprint(), key.dup_fingerprint())
        self.assertRegex(key.dup_fingerprint(), "^[0-9a-f]{4}( [0-9a-f]{4}){7}$")

    def test_public_order(self):
        keys = [Spp.PrivateKey.generate().get_public_key() for _ in range(2)]
        self.assertFalse(keys[0].equal(keys[1]))
        raw = [key.get_bytes().get_data() for key in keys]
        self.assertEqual(keys[0].compare(keys[1]) < 0, raw[0] < raw[1])
        self.assertEqual(keys[1].compare(keys[0]) < 0, raw[1] < raw[0])

    def test_public_refused(self):
        text = Spp.PublicKey.new_from_bytes(GLib.Bytes(PUBLIC)).get_string()
        wrong = text[:-1] + ("q" if text[-1] != "q" else "p")
        read = Spp.PublicKey.new_from_string
        self.assert_error(Spp.Error.MISTYPED_KEY, read, wrong)
        self.assert_error(Spp.Error.INVALID_KEY, read, "")
        self.assert_error(Spp.Error.INVALID_KEY, read, "not a key")
        # The neutral element: anybody could sign for it.
        weak = GLib.Bytes(bytes([1]) + bytes(31))
        self.assert_error(Spp.Error.INVALID_KEY, Spp.PublicKey.new_from_bytes, weak)
        self.assert_error(Spp.Error.INVALID_KEY, Spp.PublicKey.new_from_file_contents, weak)
        self.assert_error(Spp.Error.INVALID_KEY, Spp.PublicKey.new_from_bytes, GLib.Bytes(b"x"))


class Settings(Case):
    """Clients, services and guards before anybody calls."""

    def notified(self, thing):
        """The names of the properties that change from now on."""
        names = []
        thing.connect("notify", lambda _thing, pspec: names.append(pspec.name))
        return names

    def test_version(self):
        self.assertIsInstance(Spp.MAJOR_VERSION, int)
        self.assertIsInstance(Spp.MINOR_VERSION, int)
        self.assertIsInstance(Spp.MICRO_VERSION, int)

    def test_client(self):
        own = Spp.PrivateKey.new_from_seed(SEED)
        client = Spp.Client(private_key=own)
        names = self.notified(client)
        guard = Spp.ReplayGuard()
        resolver = Gio.SimpleProxyResolver.new(None, None)
        address = Gio.InetSocketAddress.new_from_string("127.0.0.1", 0)

        self.assertEqual(client.get_private_key().get_seed(), SEED)
        self.assertIsNone(client.props.proxy_resolver)
        self.assertIsNone(client.props.local_address)
        client.props.timeout = 7
        client.set_timeout(7)
        client.props.replay_guard = guard
        client.props.proxy_resolver = resolver
        client.props.local_address = address
        self.assertEqual(client.get_timeout(), 7)
        self.assertEqual(client.get_replay_guard(), guard)
        self.assertEqual(client.get_proxy_resolver(), resolver)
        self.assertEqual(client.get_local_address(), address)
        client.set_proxy_resolver(None)
        client.set_local_address(None)
        self.assertIsNone(client.props.proxy_resolver)
        self.assertIsNone(client.props.local_address)
        self.assertEqual(names, ["timeout", "replay-guard", "proxy-resolver", "local-address",
                                 "proxy-resolver", "local-address"])

    def test_service(self):
        own = Spp.PrivateKey.generate()
        friend = Spp.PrivateKey.generate().get_public_key()
        service = Spp.Service.new(own)
        names = self.notified(service)
        guard = Spp.ReplayGuard.new()

        self.assertIsInstance(service, Gio.SocketService)
        self.assertEqual(service.props.private_key.get_seed(), own.get_seed())
        self.assertFalse(service.has_peer(friend))
        self.assertTrue(service.add_peer(friend))
        self.assertFalse(service.add_peer(friend))
        self.assertTrue(service.has_peer(friend))
        self.assertFalse(service.add_peer(own.get_public_key()))
        self.assertTrue(service.remove_peer(friend))
        self.assertFalse(service.remove_peer(friend))
        service.props.timeout = 3
        service.set_replay_guard(guard)
        self.assertEqual(service.get_timeout(), 3)
        self.assertEqual(service.props.replay_guard, guard)
        self.assertEqual(names, ["timeout", "replay-guard"])

    def test_replay_guard(self):
        guard = Spp.ReplayGuard.new()
        friend = Spp.PrivateKey.generate().get_public_key()
        told = []
        guard.connect("remembered", lambda _guard, peer, ephemeral:
                      told.append((peer.equal(friend), ephemeral.get_data())))
        first, second = GLib.Bytes(bytes(32)), GLib.Bytes(bytes([1] * 32))

        self.assertTrue(guard.remember(friend, first))
        self.assertFalse(guard.remember(friend, first))
        self.assertTrue(guard.remember(friend, second))
        self.assertEqual(told, [(True, bytes(32)), (True, bytes([1] * 32))])
        guard.forget_peer(friend)
        self.assertTrue(guard.remember(friend, first))


class Handshakes(Case):
    """How sessions come about, and why not."""

    def setUp(self):
        self.alice = Spp.PrivateKey.generate()
        self.bob = Spp.PrivateKey.generate()
        self.sessions = []
        self.service = Spp.Service.new(self.alice)
        self.service.connect("session", lambda _service, session: self.sessions.append(session))
        self.client = Spp.Client.new(self.bob)

    def check_session(self, session):
        """Both ends are there and mean each other."""
        wait_until(lambda: self.sessions)
        self.assertTrue(session.get_peer().equal(self.alice.get_public_key()))
        self.assertTrue(self.sessions[0].get_peer().equal(self.bob.get_public_key()))
        self.assertTrue(session.is_initiator())
        self.assertFalse(self.sessions[0].props.initiator)

    def test_connect(self):
        self.service.add_peer(self.bob.get_public_key())
        port = self.service.add_any_inet_port(None)
        address = Gio.NetworkAddress.new_loopback(port)
        friend = self.alice.get_public_key()
        self.client.set_proxy_resolver(Gio.SimpleProxyResolver.new(None, None))

        result = wait(self.client.connect_async, address, friend)
        self.check_session(self.client.connect_finish(result))
        result = wait(self.client.connect_to_host_async, "127.0.0.1", port, friend)
        session = self.client.connect_to_host_finish(result)
        self.assertEqual(session.get_stream().get_remote_address().get_port(), port)
        self.service.stop()
        self.service.close()

    def test_negotiate(self):
        ours, theirs = stream_pair()
        self.service.add_peer(self.bob.get_public_key())
        self.service.negotiate(theirs)
        result = wait(self.client.negotiate_async, ours, self.alice.get_public_key())
        session = self.client.negotiate_finish(result)
        self.check_session(session)
        self.assertEqual(session.get_stream(), ours)
        self.assertEqual(self.sessions[0].props.stream, theirs)

    def test_replay_guard_is_told(self):
        ours, theirs = stream_pair()
        told = []
        self.client.get_replay_guard().connect(
            "remembered", lambda _guard, peer, _ephemeral: told.append(peer.get_string()))
        self.service.add_peer(self.bob.get_public_key())
        self.service.negotiate(theirs)
        wait(self.client.negotiate_async, ours, self.alice.get_public_key())
        self.assertEqual(told, [self.alice.get_public_key().get_string()])

    def test_own_key(self):
        ours, _theirs = stream_pair()
        result = wait(self.client.negotiate_async, ours, self.bob.get_public_key())
        self.assert_error(Spp.Error.INVALID_KEY, self.client.negotiate_finish, result)

    def test_not_spp(self):
        ours, theirs = stream_pair()
        theirs.get_output_stream().write_all(b"SSH-2.0-OpenSSH\r\n")
        result = wait(self.client.negotiate_async, ours, self.alice.get_public_key())
        self.assert_error(Spp.Error.FRAME_LENGTH, self.client.negotiate_finish, result)

    def test_hung_up(self):
        ours, theirs = stream_pair()
        theirs.close()
        result = wait(self.client.negotiate_async, ours, self.alice.get_public_key())
        with self.assertRaises(GLib.Error):
            self.client.negotiate_finish(result)

    def test_somebody_else(self):
        """The one who answers took the call for one of its own friend's."""
        ours, theirs = stream_pair()
        self.service.add_peer(self.bob.get_public_key())
        self.service.negotiate(theirs)
        stranger = Spp.PrivateKey.generate().get_public_key()
        result = wait(self.client.negotiate_async, ours, stranger)
        self.assert_error(Spp.Error.BAD_SIGNATURE, self.client.negotiate_finish, result)

    def test_cancelled(self):
        ours, _theirs = stream_pair()
        cancellable = Gio.Cancellable.new()
        GLib.idle_add(cancellable.cancel)
        result = wait(self.client.negotiate_async, ours, self.alice.get_public_key(),
                      cancellable=cancellable)
        self.assert_io_error(Gio.IOErrorEnum.CANCELLED, self.client.negotiate_finish, result)

    def test_refused(self):
        listening = Gio.SocketListener.new()
        port = listening.add_any_inet_port(None)
        listening.close()
        self.client.set_proxy_resolver(Gio.SimpleProxyResolver.new(None, None))
        result = wait(self.client.connect_to_host_async, "127.0.0.1", port,
                      self.alice.get_public_key())
        self.assert_io_error(Gio.IOErrorEnum.CONNECTION_REFUSED, self.client.connect_finish,
                             result)


class Sessions(Case):
    """Two friends who are connected."""

    def setUp(self):
        alice, bob = Spp.PrivateKey.generate(), Spp.PrivateKey.generate()
        called = []
        service = Spp.Service.new(alice)
        client = Spp.Client.new(bob)
        ours, theirs = stream_pair()
        service.connect("session", lambda _service, session: called.append(session))
        service.add_peer(bob.get_public_key())
        service.negotiate(theirs)
        self.bob = client.negotiate_finish(
            wait(client.negotiate_async, ours, alice.get_public_key()))
        wait_until(lambda: called)
        self.alice = called[0]

    def send(self, session, data):
        """Send and wait until it is gone."""
        self.assertTrue(session.send_finish(wait(session.send_async, GLib.Bytes(data))))

    def receive(self, session):
        """Wait for a message."""
        return session.receive_finish(wait(session.receive_async)).get_data()

    def check_end(self, session, end, code):
        """All that a session tells about its end."""
        self.assertEqual(session.get_state(), Spp.SessionState.CLOSED)
        self.assertEqual(session.props.state, Spp.SessionState.CLOSED)
        self.assertEqual(session.get_end(), end)
        self.assertEqual(session.props.end, end)
        error = session.get_error()
        self.assertTrue(error.matches(Spp.error_quark(), code), str(error))
        self.assert_error(code, session.receive_nonblocking)
        self.assert_error(code, session.send, GLib.Bytes(b"late"), None)
        self.assert_error(code, session.send_finish, wait(session.send_async, GLib.Bytes(b"late")))
        self.assert_error(code, session.receive_finish, wait(session.receive_async))

    def test_beginning(self):
        now = GLib.DateTime.new_now_utc()
        for session in (self.alice, self.bob):
            self.assertEqual(session.get_state(), Spp.SessionState.OPEN)
            self.assertEqual(session.get_end(), Spp.SessionEnd.NONE)
            self.assertIsNone(session.get_error())
            self.assertFalse(session.is_confirmed())
            self.assertEqual(session.get_protocol_version(), 1)
            self.assertEqual(session.props.protocol_version, 1)
            age = now.difference(session.get_begin_time())
            self.assertTrue(0 <= age < 60 * GLib.USEC_PER_SEC, age)
            self.assertTrue(session.props.begin_time.equal(session.get_begin_time()))
            for name in ("messages-sent", "messages-received", "bytes-sent", "bytes-received"):
                self.assertEqual(session.get_property(name), 0)

    def test_messages(self):
        data = bytes(range(256)) * 1000
        for payload in (b"", b"hello", data):
            # More than fits into the kernel is gone only when the other end reads.
            self.bob.send_async(GLib.Bytes(payload), None, None)
            self.assertEqual(self.receive(self.alice), payload)
            self.alice.send_async(GLib.Bytes(payload[::-1]), None, None)
            self.assertEqual(self.receive(self.bob), payload[::-1])
        for session in (self.alice, self.bob):
            self.assertEqual(session.get_messages_sent(), 3)
            self.assertEqual(session.get_messages_received(), 3)
            self.assertEqual(session.get_bytes_sent(), len(data) + 5)
            self.assertEqual(session.get_bytes_received(), len(data) + 5)
            self.assertEqual(session.props.bytes_received, len(data) + 5)

    def test_many_at_once(self):
        done = []
        for number in range(100):
            self.bob.send_async(GLib.Bytes(b"%d" % number), None,
                                lambda session, result: done.append(session.send_finish(result)))
        self.bob.send_async(GLib.Bytes(b"the last"), None, None)
        got = [self.receive(self.alice) for _ in range(101)]
        self.assertEqual(got, [b"%d" % number for number in range(100)] + [b"the last"])
        wait_until(lambda: len(done) == 100)
        self.assertTrue(all(done))

    def test_blocking(self):
        self.assertTrue(self.bob.send(GLib.Bytes(b"one"), None))
        self.assertTrue(self.bob.send(GLib.Bytes(b"two"), None))
        self.assertEqual(self.receive(self.alice), b"one")
        self.assertEqual(self.alice.receive_nonblocking().get_data(), b"two")
        self.assert_io_error(Gio.IOErrorEnum.WOULD_BLOCK, self.alice.receive_nonblocking)

    def test_fast_receiver(self):
        """One wait, then everything that is there."""
        for number in range(10):
            self.bob.send(GLib.Bytes(b"%d" % number), None)
        got = []

        def received(session, result):
            got.append(session.receive_finish(result).get_data())
            try:
                while True:
                    got.append(session.receive_nonblocking().get_data())
            except GLib.Error as error:
                if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.WOULD_BLOCK):
                    raise
            if len(got) < 10:
                session.receive_async(None, received)

        self.alice.receive_async(None, received)
        wait_until(lambda: len(got) == 10)
        self.assertEqual(got, [b"%d" % number for number in range(10)])

    def test_notify(self):
        names = []
        self.alice.connect("notify", lambda _session, pspec: names.append(pspec.name))
        self.bob.send(GLib.Bytes(b"hello"), None)
        self.receive(self.alice)
        self.assertTrue(self.alice.props.confirmed)
        self.assertEqual(names.count("confirmed"), 1)
        self.assertFalse({"state", "end"} & set(names))
        self.alice.abort()
        self.assertEqual(names.count("state"), 1)
        self.assertEqual(names.count("end"), 1)

    def test_too_large(self):
        """One's own fault: the session goes on."""
        self.bob.set_max_message_size(10)
        self.assertEqual(self.bob.get_max_message_size(), 10)
        self.assertEqual(self.bob.props.max_message_size, 10)
        self.assert_error(Spp.Error.MESSAGE_TOO_LARGE, self.bob.send, GLib.Bytes(bytes(11)), None)
        result = wait(self.bob.send_async, GLib.Bytes(bytes(11)))
        self.assert_error(Spp.Error.MESSAGE_TOO_LARGE, self.bob.send_finish, result)
        self.send(self.bob, bytes(10))
        self.assertEqual(self.receive(self.alice), bytes(10))
        self.assertEqual(self.bob.get_end(), Spp.SessionEnd.NONE)

    def test_full(self):
        """More than may wait is not taken, and nothing of it is sent."""
        self.bob.props.max_message_size = 1000000
        results = []
        sent = 0
        while not results:
            self.bob.send_async(GLib.Bytes(bytes(1000000)), None,
                                lambda _session, result: results.append(result))
            sent += 1
            self.assertLess(sent, 1000)
            while GLib.MainContext.default().pending():
                GLib.MainContext.default().iteration(False)
        wait_until(lambda: results)
        failed = [result for result in results if result.had_error()]
        self.assertTrue(failed)
        self.assert_io_error(Gio.IOErrorEnum.WOULD_BLOCK, self.bob.send_finish, failed[0])

    def test_cancel_receive(self):
        """Nothing is lost with a wait that was given up."""
        cancellable = Gio.Cancellable.new()
        GLib.idle_add(cancellable.cancel)
        result = wait(self.alice.receive_async, cancellable=cancellable)
        self.assert_io_error(Gio.IOErrorEnum.CANCELLED, self.alice.receive_finish, result)
        self.send(self.bob, b"hello")
        self.assertEqual(self.receive(self.alice), b"hello")

    def test_close(self):
        self.bob.send_async(GLib.Bytes(b"last words"), None, None)
        states = []
        self.bob.connect("notify::state",
                         lambda session, _pspec: states.append(session.get_state()))
        self.assertTrue(self.bob.close_finish(wait(self.bob.close_async)))
        self.assertEqual(states, [Spp.SessionState.CLOSING, Spp.SessionState.CLOSED])
        self.assertEqual(self.receive(self.alice), b"last words")
        wait(self.alice.receive_async)
        self.check_end(self.bob, Spp.SessionEnd.CLOSED, Spp.Error.CLOSED)
        self.check_end(self.alice, Spp.SessionEnd.PEER_CLOSED, Spp.Error.CLOSED)

    def test_abort(self):
        self.bob.abort()
        self.check_end(self.bob, Spp.SessionEnd.CLOSED, Spp.Error.CLOSED)
        self.bob.abort()
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.PEER_CLOSED, Spp.Error.CLOSED)

    def test_cut(self):
        write_raw(self.bob, (100).to_bytes(8, "little") + bytes(50))
        self.bob.abort()
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.CUT, Spp.Error.TRUNCATED)

    def test_refused(self):
        self.alice.set_max_message_size(10)
        self.send(self.bob, bytes(11))
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.REFUSED, Spp.Error.MESSAGE_TOO_LARGE)

    def test_misbehaved(self):
        write_raw(self.bob, (36).to_bytes(8, "little") + bytes(36))
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.MISBEHAVED, Spp.Error.BAD_TAG)

    def test_short_frame(self):
        write_raw(self.bob, (35).to_bytes(8, "little") + bytes(35))
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.MISBEHAVED, Spp.Error.FRAME_LENGTH)


class Whole(Case):
    """What holds for all that the namespace has."""

    def test_types(self):
        for name in ("Client", "Service", "Session", "ReplayGuard"):
            self.assertTrue(issubclass(getattr(Spp, name), GObject.Object), name)
        for name in ("PrivateKey", "PublicKey"):
            self.assertTrue(issubclass(getattr(Spp, name), GObject.GBoxed), name)

    def test_everything_is_used(self):
        """A new method or property wants a line in this file."""
        with open(__file__, encoding="utf-8") as stream:
            text = stream.read()
        kinds = (Spp.Client, Spp.Service, Spp.Session, Spp.ReplayGuard, Spp.PrivateKey,
                 Spp.PublicKey)
        unused = []
        for kind in kinds:
            for name in vars(kind):
                if name in ("ref", "unref"):    # what PyGObject calls itself
                    continue
                if (not name.startswith("_") and callable(getattr(kind, name, None))
                        and ".%s" % name not in text):
                    unused.append("%s.%s" % (kind.__name__, name))
            for pspec in getattr(kind, "list_properties", list)():
                if pspec.owner_type != kind.__gtype__:
                    continue
                spellings = (pspec.name, pspec.name.replace("-", "_"))
                if not any(spelling in text for spelling in spellings):
                    unused.append("%s:%s" % (kind.__name__, pspec.name))
        self.assertEqual(unused, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
