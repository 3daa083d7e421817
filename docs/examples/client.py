#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The SPP Chat authors
"""Call a friend, send one message and show the answer.

    client.py PRIVATE-KEY-FILE FRIENDS-PUBLIC-KEY-FILE HOST PORT TEXT
"""

import sys
from pathlib import Path

import gi
gi.require_version("Spp", "1")
from gi.repository import GLib, Spp


def wait(start, *args):
    """Begin a call and run the main loop until it is done: its result."""
    loop = GLib.MainLoop()
    results = []
    start(*args, None, lambda _source, result: (results.append(result), loop.quit()))
    loop.run()
    return results[0]


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    private_file, public_file, host, port, text = sys.argv[1:]
    own = Spp.PrivateKey.new_from_seed(Path(private_file).read_bytes())
    friend = Spp.PublicKey.new_from_file_contents(GLib.Bytes(Path(public_file).read_bytes()))

    client = Spp.Client.new(own)
    session = client.connect_to_host_finish(
        wait(client.connect_to_host_async, host, int(port), friend))
    session.send_finish(wait(session.send_async, GLib.Bytes(text.encode())))
    message = session.receive_finish(wait(session.receive_async))
    print(message.get_data().decode())
    session.close_finish(wait(session.close_async))


if __name__ == "__main__":
    main()
