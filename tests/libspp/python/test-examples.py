#!/usr/bin/python3
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the examples of the reference with each other and with the independent peer.

    test-examples.py PEER C_FOLDER [PYTHON_FOLDER]
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PEER = []
LANGUAGES = {}
TEXT = "Grüße, 你好"


def start(*command):
    """A program of which the standard output is read."""
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                            encoding="utf-8")


def run(*command):
    """What a program prints before it ends well."""
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE,
                          encoding="utf-8").stdout


class Examples(unittest.TestCase):
    """Alice is called, Bob calls."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def key(self, name):
        return Path(self.folder.name) / name

    def make_keys(self, alice, bob):
        """Two pairs of files, each made by the program of a language."""
        for name, command in (("alice", alice), ("bob", bob)):
            text = run(*command["make-key"], self.key(name + ".key"), self.key(name + ".pub"))
            self.assertEqual(len(text.strip()), 62)
            self.assertEqual(self.key(name + ".key").stat().st_mode & 0o777, 0o600)
            self.assertEqual(self.key(name + ".pub").stat().st_size, 32)

    def start_server(self, command, *arguments):
        """A server that listens: its port."""
        server = start(*command["server"], self.key("alice.key"), self.key("bob.pub"), *arguments)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        line = server.stdout.readline()
        self.assertTrue(line.startswith("Listening at port "), line)
        return int(line.split()[-1])

    def run_client(self, command, port):
        return run(*command["client"], self.key("bob.key"), self.key("alice.pub"), "127.0.0.1",
                   port, TEXT)

    def test_each_other(self):
        """A client of each language talks twice to a server of each."""
        for server_name, server in LANGUAGES.items():
            for client_name, client in LANGUAGES.items():
                with self.subTest(server=server_name, client=client_name):
                    self.make_keys(server, client)
                    port = self.start_server(server)
                    self.assertEqual(self.run_client(client, port), TEXT + "\n")
                    self.assertEqual(self.run_client(client, port), TEXT + "\n")

    def test_client_calls_peer(self):
        """The independent peer returns what a client sends."""
        for name, client in LANGUAGES.items():
            with self.subTest(client=name):
                self.make_keys(client, client)
                peer = start(*PEER, "--private", self.key("alice.key"),
                             "--peer-public", self.key("bob.pub"), "--listen", "--echo")
                with peer:
                    port = json.loads(peer.stdout.readline())["port"]
                    self.assertEqual(self.run_client(client, port), TEXT + "\n")
                    self.assertFalse(json.loads(peer.stdout.read())["cut"])
                self.assertEqual(peer.returncode, 0)

    def test_peer_calls_server(self):
        """A server returns what the independent peer sends."""
        for name, server in LANGUAGES.items():
            with self.subTest(server=name):
                self.make_keys(server, server)
                port = self.start_server(server)
                said = run(*PEER, "--private", self.key("bob.key"),
                           "--peer-public", self.key("alice.pub"),
                           "--connect", "127.0.0.1:%d" % port,
                           "--sizes", "0,1,16,1000,70000", "--count", "3")
                events = [json.loads(line) for line in said.splitlines()]
                self.assertEqual(events[0]["unchanged"], 15)
                self.assertFalse(events[-1]["cut"])

    def test_given_port(self):
        """A server listens at the port that it is told to, once that is free."""
        for name, server in LANGUAGES.items():
            with self.subTest(server=name):
                self.make_keys(server, server)
                port = self.start_server(server)
                again = start(*server["server"], self.key("alice.key"), self.key("bob.pub"), port)
                with again:
                    self.assertEqual(again.stdout.read(), "")
                self.assertEqual(again.returncode, 1)

    def test_wrong_use(self):
        """A file that is no key, a friend who is somebody else, and too few words."""
        for name, command in LANGUAGES.items():
            with self.subTest(language=name):
                self.make_keys(command, command)
                port = self.start_server(command)
                self.key("short.key").write_bytes(b"short")
                for program, words in (
                        ("server", ("short.key", "bob.pub")),
                        ("server", ("alice.key", "short.key")),
                        ("client", ("short.key", "alice.pub", "127.0.0.1", port, TEXT)),
                        ("client", ("bob.key", "missing", "127.0.0.1", port, TEXT)),
                        ("client", ("bob.key", "bob.pub", "127.0.0.1", port, TEXT))):
                    words = [self.key(word) if str(word).endswith((".key", ".pub", "missing"))
                             else word for word in words]
                    failed = subprocess.run([str(word) for word in command[program] + words],
                                            capture_output=True, check=False)
                    self.assertEqual((failed.returncode, failed.stdout), (1, b""), words)
                    self.assertTrue(failed.stderr)
                for program in command:
                    failed = subprocess.run([str(word) for word in command[program]],
                                            capture_output=True, check=False)
                    self.assertIn(failed.returncode, (1, 2))


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    PEER.append(sys.argv.pop(1))
    programs = ("make-key", "client", "server")
    folder = Path(sys.argv.pop(1))
    LANGUAGES["C"] = {name: [folder / ("example-" + name)] for name in programs}
    if len(sys.argv) == 2:
        folder = Path(sys.argv.pop(1))
        LANGUAGES["Python"] = {name: [sys.executable, folder / (name + ".py")]
                               for name in programs}
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
