#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: The SPP Chat authors
"""Make a key of one's own, in two files of 32 raw bytes.

    make-key.py PRIVATE-KEY-FILE PUBLIC-KEY-FILE
"""

import sys

import gi
gi.require_version("Spp", "1")
from gi.repository import GLib, Spp


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    own = Spp.PrivateKey.generate()
    public = own.get_public_key()

    GLib.file_set_contents_full(sys.argv[1], own.get_seed(),
                                GLib.FileSetContentsFlags.CONSISTENT, 0o600)
    GLib.file_set_contents(sys.argv[2], public.get_bytes().get_data())
    print(public.get_string())


if __name__ == "__main__":
    main()
