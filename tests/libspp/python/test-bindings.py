#!/usr/bin/python3
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use every part of libspp from Python, through GObject Introspection."""

import socket
import sys
import unittest
from pathlib import Path

import gi
gi.require_version("Spp", "1")
from gi.repository import Gio, GLib, GObject, Spp

sys.path.append(str(Path(__file__).resolve().parents[2] / "peers"))
import spp1

# From RFC 8032, 7.1: the first test.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

# What friends read to each other: 18 digits.
CODE = r"^[0-9]{3}( [0-9]{3}){5}$"


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


def read_part(stream):
    """What comes next in a stream, nothing at its end."""
    results = []
    stream.read_bytes_async(100000, GLib.PRIORITY_DEFAULT, None,
                            lambda _source, result: results.append(result))
    wait_until(lambda: results)
    return stream.read_bytes_finish(results[0]).get_data()


def read_all(stream):
    """A stream to its end."""
    parts = []
    while not parts or parts[-1]:
        parts.append(read_part(stream))
    return b"".join(parts)


def write_raw(session, data):
    """Put bytes into the stream of a session behind its back."""
    session.get_stream().get_output_stream().write_all(data)


class OldFriend:
    """A friend who speaks SPP/1 only, made of the independent peer."""

    def __init__(self, own, friend):
        self.handshake = spp1.Handshake(
            spp1.Ed25519PrivateKey.from_private_bytes(own.get_seed()),
            spp1.Ed25519PublicKey.from_public_bytes(friend.get_bytes().get_data()))
        self.stream = None
        self.cipher = None

    def greet(self, stream):
        """Say hello, as deployed peers do: at once, whoever called."""
        self.stream = stream
        stream.get_output_stream().write_all(spp1.frame(self.handshake.hello()))

    def call(self, service):
        """Call somebody."""
        ours, theirs = stream_pair()
        self.greet(ours)
        service.negotiate(theirs)

    def read(self, size):
        """What is here, or will be without the main loop."""
        return self.stream.get_input_stream().read_bytes(size).get_data()

    def agree(self):
        """Take the hello that has come."""
        hello = self.read(spp1.U64.size + spp1.HELLO_SIZE)[spp1.U64.size:]
        self.cipher = spp1.Cipher(self.handshake.session_key(self.handshake.shared(hello)))

    def send(self, data):
        """Send a message."""
        self.stream.get_output_stream().write_all(spp1.frame(self.cipher.seal(data)))

    def receive(self, size):
        """Take the message that has come."""
        overhead = spp1.U64.size + spp1.NONCE_SIZE + spp1.U64.size + spp1.TAG_SIZE
        return self.cipher.open(self.read(overhead + size)[spp1.U64.size:])


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
        client.props.max_message_size = 1000
        client.set_max_message_size(1000)
        client.props.peer_flags = Spp.PeerFlags.ALLOW_SPP1
        client.set_peer_flags(Spp.PeerFlags.ALLOW_SPP1)
        self.assertEqual(client.get_timeout(), 7)
        self.assertEqual(client.get_replay_guard(), guard)
        self.assertEqual(client.get_proxy_resolver(), resolver)
        self.assertEqual(client.get_local_address(), address)
        self.assertEqual(client.get_max_message_size(), 1000)
        self.assertEqual(client.get_peer_flags(), Spp.PeerFlags.ALLOW_SPP1)
        client.set_proxy_resolver(None)
        client.set_local_address(None)
        self.assertIsNone(client.props.proxy_resolver)
        self.assertIsNone(client.props.local_address)
        self.assertEqual(names, ["timeout", "replay-guard", "proxy-resolver", "local-address",
                                 "max-message-size", "peer-flags", "proxy-resolver",
                                 "local-address"])

    def test_defaults(self):
        own = Spp.PrivateKey.generate()
        for thing in (Spp.Client.new(own), Spp.Service.new(own)):
            self.assertEqual(thing.props.timeout, 10)
            self.assertEqual(thing.props.max_message_size, 16 * 1024 * 1024)
        self.assertEqual(Spp.Client.new(own).props.peer_flags, Spp.PeerFlags.NONE)

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
        service.set_max_message_size(1000)
        self.assertEqual(service.get_timeout(), 3)
        self.assertEqual(service.props.replay_guard, guard)
        self.assertEqual(service.get_max_message_size(), 1000)
        self.assertEqual(names, ["timeout", "replay-guard", "max-message-size"])

    def test_peer_flags(self):
        """They are a friend's, and go with the friend."""
        service = Spp.Service.new(Spp.PrivateKey.generate())
        friend, other = [Spp.PrivateKey.generate().get_public_key() for _ in range(2)]
        both = Spp.PeerFlags.ALLOW_SPP1 | Spp.PeerFlags.REQUIRE_POST_QUANTUM
        service.add_peer(friend)
        service.add_peer(other)
        self.assertEqual(service.get_peer_flags(friend), Spp.PeerFlags.NONE)
        service.set_peer_flags(friend, both)
        self.assertEqual(service.get_peer_flags(friend), both)
        self.assertEqual(service.get_peer_flags(other), Spp.PeerFlags.NONE)
        service.remove_peer(friend)
        self.assertEqual(service.get_peer_flags(friend), Spp.PeerFlags.NONE)
        service.add_peer(friend)
        self.assertEqual(service.get_peer_flags(friend), Spp.PeerFlags.NONE)

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

    def negotiate(self):
        """Call each other over a stream: the session of who called."""
        ours, theirs = stream_pair()
        self.service.negotiate(theirs)
        return self.client.negotiate_finish(
            wait(self.client.negotiate_async, ours, self.alice.get_public_key()))

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
        """The one who answers speaks SPP/2, and is silent: it was not meant."""
        ours, theirs = stream_pair()
        self.service.add_peer(self.bob.get_public_key())
        self.service.negotiate(theirs)
        self.client.set_timeout(1)
        stranger = Spp.PrivateKey.generate().get_public_key()
        result = wait(self.client.negotiate_async, ours, stranger)
        self.assert_error(Spp.Error.NOT_ADMITTED, self.client.negotiate_finish, result)
        self.assertFalse(self.sessions)

    def test_not_added(self):
        """The right one answers, and does not know who calls: all the same."""
        self.client.set_timeout(1)
        self.assert_error(Spp.Error.NOT_ADMITTED, self.negotiate)
        self.assertFalse(self.sessions)

    def test_require_post_quantum(self):
        """Both have ML-KEM or neither has: here is one library."""
        self.service.add_peer(self.bob.get_public_key())
        available = self.negotiate().is_post_quantum()
        self.client.set_peer_flags(Spp.PeerFlags.REQUIRE_POST_QUANTUM)
        if available:
            self.assertTrue(self.negotiate().props.post_quantum)
        else:
            self.assert_error(Spp.Error.DOWNGRADED, self.negotiate)

    def test_sessions_differ(self):
        """No two have one channel binding, or one code."""
        self.service.add_peer(self.bob.get_public_key())
        sessions = [self.negotiate() for _ in range(2)]
        bindings = {session.get_channel_binding().get_data() for session in sessions}
        self.assertEqual(len(bindings), 2)
        self.assertEqual(len({session.dup_code() for session in sessions}), 2)

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


class OldProtocol(Case):
    """A friend whose program speaks SPP/1 only."""

    def setUp(self):
        self.alice = Spp.PrivateKey.generate()
        self.bob = Spp.PrivateKey.generate()
        self.sessions = []
        self.old = []
        self.service = Spp.Service.new(self.alice)
        self.service.set_timeout(1)
        self.service.connect("session", lambda _service, session: self.sessions.append(session))
        self.service.connect("old-protocol", lambda _service, peer: self.old.append(peer))
        self.service.add_peer(self.bob.get_public_key())
        self.friend = OldFriend(self.bob, self.alice.get_public_key())

    def allow(self):
        """The user says that the friend has an older program."""
        self.service.set_peer_flags(self.bob.get_public_key(), Spp.PeerFlags.ALLOW_SPP1)

    def test_refused(self):
        """The program learns who it was, once the caller may know."""
        self.friend.call(self.service)
        wait_until(lambda: self.old)
        self.assertTrue(self.old[0].equal(self.bob.get_public_key()))
        self.assertEqual(read_part(self.friend.stream.get_input_stream()), b"")
        self.assertFalse(self.sessions)

    def test_allowed(self):
        self.allow()
        self.friend.call(self.service)
        wait_until(lambda: self.sessions)
        self.friend.agree()
        session = self.sessions[0]
        names = []
        session.connect("notify", lambda _session, pspec: names.append(pspec.name))
        self.assertEqual(session.get_protocol_version(), 1)
        self.assertFalse(session.is_confirmed())
        self.assertFalse(session.is_post_quantum())
        self.assertEqual(session.get_rekeys(), 0)
        self.assertEqual(session.get_channel_binding().get_size(), 32)
        self.assertRegex(session.dup_code(), CODE)

        self.friend.send(b"hello")
        message = session.receive_finish(wait(session.receive_async))
        self.assertEqual(message.get_data(), b"hello")
        self.assertTrue(session.props.confirmed)
        self.assertEqual(names.count("confirmed"), 1)
        session.send(GLib.Bytes(b"yes?"), None)
        self.assertEqual(self.friend.receive(4), b"yes?")
        self.assertFalse(self.old)

    def test_no_streams(self):
        """A message in parts is for SPP/2; those that are whole can be read as streams."""
        self.allow()
        self.friend.call(self.service)
        wait_until(lambda: self.sessions)
        self.friend.agree()
        session = self.sessions[0]
        result = wait(session.send_stream_async, Gio.MemoryInputStream.new())
        self.assert_io_error(Gio.IOErrorEnum.NOT_SUPPORTED, session.send_stream_finish, result)
        self.friend.send(b"hello")
        stream = session.receive_stream_finish(wait(session.receive_stream_async))
        self.assertEqual(read_all(stream), b"hello")

    def test_end_proves_nothing(self):
        self.allow()
        self.friend.call(self.service)
        wait_until(lambda: self.sessions)
        self.friend.agree()
        self.friend.stream.close()
        session = self.sessions[0]
        self.assert_error(Spp.Error.CLOSED, session.receive_finish, wait(session.receive_async))
        self.assertEqual(session.get_end(), Spp.SessionEnd.PEER_CLOSED)

    def test_replay(self):
        """The guard of the service knows what has been there before."""
        self.allow()
        told = []
        self.service.get_replay_guard().connect(
            "remembered", lambda _guard, peer, _ephemeral: told.append(peer.get_string()))
        self.friend.call(self.service)
        wait_until(lambda: self.sessions)
        self.friend.call(self.service)
        self.assertEqual(read_part(self.friend.stream.get_input_stream()), b"")
        self.assertEqual(told, [self.bob.get_public_key().get_string()])
        self.assertEqual(len(self.sessions), 1)

    def test_spp2_ends_it(self):
        """Who speaks SPP/2 has no reason to fall back."""
        self.allow()
        client = Spp.Client.new(self.bob)
        ours, theirs = stream_pair()
        self.service.negotiate(theirs)
        session = client.negotiate_finish(
            wait(client.negotiate_async, ours, self.alice.get_public_key()))
        wait_until(lambda: self.sessions)
        self.assertEqual(session.get_protocol_version(), 2)
        self.assertEqual(self.service.get_peer_flags(self.bob.get_public_key()),
                         Spp.PeerFlags.NONE)
        self.friend.call(self.service)
        wait_until(lambda: self.old)

    def listen(self, friend):
        """Let a friend be called: the port, and the calls that have come."""
        calls = []

        def incoming(_listening, connection, _source):
            calls.append(connection)
            friend.greet(connection)

        listening = Gio.SocketService.new()
        listening.connect("incoming", incoming)
        self.addCleanup(listening.close)
        self.addCleanup(listening.stop)
        return listening.add_any_inet_port(None), calls

    def call(self, client, port):
        """Call who should be Alice."""
        client.set_proxy_resolver(Gio.SimpleProxyResolver.new(None, None))
        return client.connect_to_host_finish(
            wait(client.connect_to_host_async, "127.0.0.1", port, self.alice.get_public_key()))

    def test_call(self):
        """The friend is called by SPP/2, and once more if that is allowed."""
        alice = OldFriend(self.alice, self.bob.get_public_key())
        port, calls = self.listen(alice)
        client = Spp.Client.new(self.bob)

        self.assert_error(Spp.Error.OLD_PROTOCOL, self.call, client, port)
        self.assertEqual(len(calls), 1)
        client.set_peer_flags(Spp.PeerFlags.ALLOW_SPP1)
        session = self.call(client, port)
        self.assertEqual(len(calls), 3)
        self.assertEqual(session.get_protocol_version(), 1)
        alice.agree()
        alice.send(b"who is there?")
        message = session.receive_finish(wait(session.receive_async))
        self.assertEqual(message.get_data(), b"who is there?")

    def test_call_somebody_else(self):
        """Whoever listens shows a key, and it is not the friend's."""
        stranger = OldFriend(Spp.PrivateKey.generate(), self.bob.get_public_key())
        port, _calls = self.listen(stranger)
        client = Spp.Client.new(self.bob)
        client.set_peer_flags(Spp.PeerFlags.ALLOW_SPP1)
        self.assert_error(Spp.Error.BAD_SIGNATURE, self.call, client, port)

    def test_call_over_a_stream(self):
        """There is no second stream, whatever is allowed."""
        ours, theirs = stream_pair()
        OldFriend(self.alice, self.bob.get_public_key()).greet(theirs)
        client = Spp.Client.new(self.bob)
        client.set_peer_flags(Spp.PeerFlags.ALLOW_SPP1)
        result = wait(client.negotiate_async, ours, self.alice.get_public_key())
        self.assert_error(Spp.Error.OLD_PROTOCOL, client.negotiate_finish, result)


class Connected(Case):
    """Two friends who are connected, by SPP/2."""

    def setUp(self):
        alice, bob = Spp.PrivateKey.generate(), Spp.PrivateKey.generate()
        called = []
        service = Spp.Service.new(alice)
        client = Spp.Client.new(bob)
        self.prepare(service, client)
        ours, theirs = stream_pair()
        service.connect("session", lambda _service, session: called.append(session))
        service.add_peer(bob.get_public_key())
        service.negotiate(theirs)
        self.bob = client.negotiate_finish(
            wait(client.negotiate_async, ours, alice.get_public_key()))
        wait_until(lambda: called)
        self.alice = called[0]
        # With ML-KEM each has to answer the other before the first message; a call that
        # blocks would wait for who is in this thread, too.
        if self.bob.is_post_quantum():
            wait_until(lambda: self.alice.get_rekeys() and self.bob.get_rekeys())

    def prepare(self, service, client):
        """What is to be set before they meet."""

    def send(self, session, data):
        """Send and wait until it is gone."""
        self.assertTrue(session.send_finish(wait(session.send_async, GLib.Bytes(data))))

    def receive(self, session):
        """Wait for a message."""
        return session.receive_finish(wait(session.receive_async)).get_data()

    def send_stream(self, session, stream):
        """Send what a stream has, and wait until it is gone."""
        self.assertTrue(session.send_stream_finish(wait(session.send_stream_async, stream)))

    def receive_stream(self, session):
        """Wait for a message to begin."""
        return session.receive_stream_finish(wait(session.receive_stream_async))

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
        self.assert_error(code, session.send_stream_finish,
                          wait(session.send_stream_async, Gio.MemoryInputStream.new()))
        self.assert_error(code, session.receive_stream_finish, wait(session.receive_stream_async))


class Sessions(Connected):
    """Messages, and how sessions end."""

    def test_beginning(self):
        now = GLib.DateTime.new_now_utc()
        for session in (self.alice, self.bob):
            self.assertEqual(session.get_state(), Spp.SessionState.OPEN)
            self.assertEqual(session.get_end(), Spp.SessionEnd.NONE)
            self.assertIsNone(session.get_error())
            self.assertTrue(session.is_confirmed())
            self.assertTrue(session.props.confirmed)
            self.assertEqual(session.get_protocol_version(), 2)
            self.assertEqual(session.props.protocol_version, 2)
            age = now.difference(session.get_begin_time())
            self.assertTrue(0 <= age < 60 * GLib.USEC_PER_SEC, age)
            self.assertTrue(session.props.begin_time.equal(session.get_begin_time()))
            for name in ("messages-sent", "messages-received", "bytes-sent", "bytes-received"):
                self.assertEqual(session.get_property(name), 0)

    def test_security(self):
        """Both ends say the same of what protects them."""
        for session in (self.alice, self.bob):
            binding = session.get_channel_binding()
            self.assertEqual(binding.get_size(), 32)
            self.assertTrue(session.props.channel_binding.equal(binding))
            self.assertTrue(binding.equal(self.alice.get_channel_binding()))
            self.assertRegex(session.dup_code(), CODE)
            self.assertEqual(session.dup_code(), self.alice.dup_code())
            self.assertEqual(session.is_post_quantum(), self.alice.is_post_quantum())
            self.assertEqual(session.props.post_quantum, session.is_post_quantum())

    def test_rekeys(self):
        """With ML-KEM there are new keys before the first message, else much later."""
        rekeys = 1 if self.bob.is_post_quantum() else 0
        self.send(self.bob, b"hello")
        self.assertEqual(self.receive(self.alice), b"hello")
        for session in (self.alice, self.bob):
            self.assertEqual(session.get_rekeys(), rekeys)
            self.assertEqual(session.props.rekeys, rekeys)

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
        self.assertEqual(names.count("messages-received"), 1)
        self.assertEqual(names.count("bytes-received"), 1)
        # By SPP/2 that was so before.
        self.assertFalse({"confirmed", "state", "end"} & set(names))
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
        # The friend reads a little ahead, so that the first ones may get through.
        while not any(result.had_error() for result in results):
            self.bob.send_async(GLib.Bytes(bytes(1000000)), None,
                                lambda _session, result: results.append(result))
            sent += 1
            self.assertLess(sent, 1000)
            while GLib.MainContext.default().pending():
                GLib.MainContext.default().iteration(False)
        failed = [result for result in results if result.had_error()]
        self.assert_io_error(Gio.IOErrorEnum.WOULD_BLOCK, self.bob.send_finish, failed[0])
        # What was taken comes, and no more.
        for _ in range(sent - len(failed)):
            self.assertEqual(len(self.receive(self.alice)), 1000000)
        self.assert_io_error(Gio.IOErrorEnum.WOULD_BLOCK, self.alice.receive_nonblocking)

    def test_cancel_receive(self):
        """Nothing is lost with a wait that was given up."""
        cancellable = Gio.Cancellable.new()
        GLib.idle_add(cancellable.cancel)
        result = wait(self.alice.receive_async, cancellable=cancellable)
        self.assert_io_error(Gio.IOErrorEnum.CANCELLED, self.alice.receive_finish, result)
        self.send(self.bob, b"hello")
        self.assertEqual(self.receive(self.alice), b"hello")

    def test_close(self):
        """Both have said so, in that way: nobody else can have."""
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

    def test_close_is_noticed(self):
        """Also by who asks for nothing."""
        self.bob.close_async(None, None)
        wait_until(lambda: self.alice.props.state == Spp.SessionState.CLOSED)
        self.check_end(self.alice, Spp.SessionEnd.PEER_CLOSED, Spp.Error.CLOSED)

    def test_abort(self):
        """No goodbye: for the friend it is as if somebody had cut the line."""
        self.bob.abort()
        self.check_end(self.bob, Spp.SessionEnd.CLOSED, Spp.Error.CLOSED)
        self.bob.abort()
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.CUT, Spp.Error.TRUNCATED)

    def test_cut(self):
        write_raw(self.bob, (100).to_bytes(8, "little") + bytes(50))
        self.bob.abort()
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.CUT, Spp.Error.TRUNCATED)

    def test_refused(self):
        """A limit that was set later is not the one that the friend was told."""
        self.alice.set_max_message_size(10)
        self.send(self.bob, bytes(11))
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.REFUSED, Spp.Error.MESSAGE_TOO_LARGE)

    def test_misbehaved(self):
        write_raw(self.bob, (36).to_bytes(8, "little") + bytes(36))
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.MISBEHAVED, Spp.Error.BAD_TAG)

    def test_short_frame(self):
        write_raw(self.bob, (18).to_bytes(8, "little") + bytes(18))
        wait(self.alice.receive_async)
        self.check_end(self.alice, Spp.SessionEnd.MISBEHAVED, Spp.Error.FRAME_LENGTH)


class Limits(Connected):
    """Each side says at the beginning how large a message it takes."""

    def prepare(self, service, client):
        service.props.max_message_size = 10
        client.props.max_message_size = 20

    def test_told(self):
        self.assertEqual(self.alice.get_max_message_size(), 10)
        self.assertEqual(self.bob.get_max_message_size(), 20)
        self.assert_error(Spp.Error.MESSAGE_TOO_LARGE, self.bob.send, GLib.Bytes(bytes(11)), None)
        self.send(self.bob, bytes(10))
        self.assertEqual(self.receive(self.alice), bytes(10))
        self.alice.set_max_message_size(30)
        self.assert_error(Spp.Error.MESSAGE_TOO_LARGE, self.alice.send, GLib.Bytes(bytes(21)),
                          None)
        self.send(self.alice, bytes(20))
        self.assertEqual(self.receive(self.bob), bytes(20))

    def test_stream(self):
        """How much a stream has shows only when it has begun to be sent."""
        stream = Gio.MemoryInputStream.new_from_bytes(GLib.Bytes(bytes(11)))
        result = wait(self.bob.send_stream_async, stream)
        self.assert_error(Spp.Error.MESSAGE_TOO_LARGE, self.bob.send_stream_finish, result)
        self.check_end(self.bob, Spp.SessionEnd.CLOSED, Spp.Error.MESSAGE_TOO_LARGE)


class Streams(Connected):
    """Messages that nobody holds whole."""

    DATA = bytes(range(256)) * 4000

    def test_both_ways(self):
        for sender, receiver in ((self.bob, self.alice), (self.alice, self.bob)):
            sent = []
            sender.send_stream_async(
                Gio.MemoryInputStream.new_from_bytes(GLib.Bytes(self.DATA)), None,
                lambda session, result: sent.append(session.send_stream_finish(result)))
            stream = self.receive_stream(receiver)
            self.assertIsInstance(stream, Gio.PollableInputStream)
            self.assertEqual(read_all(stream), self.DATA)
            wait_until(lambda: sent)
            self.assertEqual(sent, [True])
            self.assertEqual(receiver.get_messages_received(), 1)
            self.assertEqual(sender.get_bytes_sent(), len(self.DATA))

    def test_mixed(self):
        """What is sent as a stream can be received whole, and the other way round."""
        self.send(self.bob, b"whole")
        self.send_stream(self.bob, Gio.MemoryInputStream.new_from_bytes(GLib.Bytes(b"stream")))
        self.send_stream(self.bob, Gio.MemoryInputStream.new())
        self.assertEqual(read_all(self.receive_stream(self.alice)), b"whole")
        self.assertEqual(self.receive(self.alice), b"stream")
        self.assertEqual(read_all(self.receive_stream(self.alice)), b"")

    def test_slow_source(self):
        """A part is there before the next one exists; what is sent after has to wait."""
        source, pen = stream_pair()
        sent = []
        self.bob.send_stream_async(
            source.get_input_stream(), None,
            lambda session, result: sent.append(session.send_stream_finish(result)))
        self.bob.send_async(GLib.Bytes(b"after"), None, None)
        pen.get_output_stream().write_all(b"first ")
        stream = self.receive_stream(self.alice)
        self.assertEqual(read_part(stream), b"first ")
        self.assertFalse(sent)
        pen.get_output_stream().write_all(b"second")
        pen.close()
        self.assertEqual(read_all(stream), b"second")
        self.assertEqual(self.receive(self.alice), b"after")
        wait_until(lambda: sent)
        self.assertEqual(sent, [True])

    def test_closed(self):
        """Who does not want the rest closes the stream, and the next message comes."""
        self.bob.send_stream_async(
            Gio.MemoryInputStream.new_from_bytes(GLib.Bytes(self.DATA)), None, None)
        self.bob.send_async(GLib.Bytes(b"after"), None, None)
        stream = self.receive_stream(self.alice)
        self.assertTrue(read_part(stream))
        stream.close()
        self.assertEqual(self.receive(self.alice), b"after")

    def test_cut(self):
        """What came can be read; that it was all is never said."""
        source, pen = stream_pair()
        self.bob.send_stream_async(source.get_input_stream(), None, None)
        pen.get_output_stream().write_all(b"half")
        stream = self.receive_stream(self.alice)
        self.bob.abort()
        self.assertEqual(read_part(stream), b"half")
        self.assert_error(Spp.Error.TRUNCATED, read_part, stream)
        self.check_end(self.alice, Spp.SessionEnd.CUT, Spp.Error.TRUNCATED)

    def test_cancel_receive(self):
        cancellable = Gio.Cancellable.new()
        GLib.idle_add(cancellable.cancel)
        result = wait(self.alice.receive_stream_async, cancellable=cancellable)
        self.assert_io_error(Gio.IOErrorEnum.CANCELLED, self.alice.receive_stream_finish, result)
        self.send(self.bob, b"hello")
        self.assertEqual(read_all(self.receive_stream(self.alice)), b"hello")


class Whole(Case):
    """What holds for all that the namespace has."""

    def test_types(self):
        for name in ("Client", "Service", "Session", "ReplayGuard"):
            self.assertTrue(issubclass(getattr(Spp, name), GObject.Object), name)
        for name in ("PrivateKey", "PublicKey"):
            self.assertTrue(issubclass(getattr(Spp, name), GObject.GBoxed), name)
        for name in ("SessionState", "SessionEnd"):
            self.assertTrue(issubclass(getattr(Spp, name), GObject.GEnum), name)
        self.assertTrue(issubclass(Spp.PeerFlags, GObject.GFlags))

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
