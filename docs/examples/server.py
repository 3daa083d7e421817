#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The SPP Chat authors
"""Wait for calls of a friend and return each message.

    server.py PRIVATE-KEY-FILE FRIENDS-PUBLIC-KEY-FILE [PORT]
"""

import sys
from pathlib import Path

import gi
gi.require_version("Spp", "1")
from gi.repository import GLib, Spp


def on_session(_service, session):
    session.receive_async(None, received)


def received(session, result):
    try:
        message = session.receive_finish(result)
    except GLib.Error as error:
        if session.get_end() != Spp.SessionEnd.PEER_CLOSED:
            print(error.message, file=sys.stderr)
        return
    session.send_async(message, None, sent)


def sent(session, result):
    try:
        session.send_finish(result)
    except GLib.Error as error:
        print(error.message, file=sys.stderr)
        return
    session.receive_async(None, received)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    own = Spp.PrivateKey.new_from_seed(Path(sys.argv[1]).read_bytes())
    friend = Spp.PublicKey.new_from_file_contents(GLib.Bytes(Path(sys.argv[2]).read_bytes()))

    service = Spp.Service.new(own)
    service.add_peer(friend)
    service.connect("session", on_session)
    if len(sys.argv) == 4:
        port = int(sys.argv[3])
        service.add_inet_port(port, None)
    else:
        port = service.add_any_inet_port(None)
    print("Listening at port", port, flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
