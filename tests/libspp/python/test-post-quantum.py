#!/usr/bin/python3
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run tests of SPP/2 with a libsodium that has ML-KEM-768.

    test-post-quantum.py MESON SOURCE_FOLDER FOLDER

Debian 12 has none, so the packages of Debian's testing suite are unpacked into FOLDER,
beside the system, and libspp is built against them there. Nothing is installed. Packages
are checked by apt, with the keys that the system has. Where there is no apt the test is
left out.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCE = "deb [signed-by=%s] http://deb.debian.org/debian testing main\n" % KEYRING
SKIPPED = 77
TESTS = ("vectors2", "versions", "message-streams", "session", "session-interface", "streams")
# What must have passed, and not been left out, to show that it was there.
NEEDED = ("/spp/vectors2/1-ml-kem-768", "/spp/versions/post-quantum")


def run(*command, **options):
    """A program that has to succeed."""
    return subprocess.run([str(word) for word in command], check=True,
                          stdin=subprocess.DEVNULL, **options)


def apt(folder, *words):
    """apt-get with lists and settings of its own."""
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(SOURCE, encoding="utf-8")
    (folder / "status").touch()
    settings = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": folder / "parts",
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
        # A mirror that is a little behind is good enough here; it is signed all the same.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    options = [word for name, value in settings.items() for word in ("-o", "%s=%s" % (name, value))]
    run("apt-get", "-q", *options, *words, cwd=folder, stdout=sys.stderr)


def unpack(folder):
    """The newest libsodium: where its pkg-config file is."""
    root = folder / "root"
    if not root.exists():
        apt(folder, "update")
        apt(folder, "download", "libsodium-dev")
        package = next(folder.glob("libsodium-dev_*.deb"))
        depends = run("dpkg-deb", "--field", package, "Depends", stdout=subprocess.PIPE,
                      encoding="utf-8").stdout
        apt(folder, "download", depends.split()[0])
        for package in folder.glob("libsodium*.deb"):
            run("dpkg-deb", "--extract", package, folder / "unpacking")
        (folder / "unpacking").rename(root)
    (config,) = root.glob("usr/lib/*/pkgconfig/libsodium.pc")
    moved = folder / "pkgconfig"
    moved.mkdir(exist_ok=True)
    lines = config.read_text(encoding="utf-8").splitlines()
    lines = ["prefix=%s/usr" % root if line.startswith("prefix=") else line for line in lines]
    (moved / "libsodium.pc").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return moved, config.parent.parent


def build(meson, source, folder, config):
    """The tests, against that."""
    environment = dict(os.environ, PKG_CONFIG_PATH=str(config))
    build_folder = folder / "build"
    if not (build_folder / "build.ninja").exists():
        run(meson, "setup", build_folder, source, "-Dtests=true", "-Dintrospection=disabled",
            "-Dreference=disabled", env=environment, stdout=sys.stderr)
    run("ninja", "-C", build_folder, *("tests/libspp/test-" + name for name in TESTS),
        stdout=sys.stderr)
    return build_folder / "tests/libspp"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    if not shutil.which("apt-get"):
        print("there is no apt-get")
        return SKIPPED
    meson, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    config, library = unpack(folder.resolve())
    programs = build(meson, source, folder, config)
    environment = dict(os.environ, LD_LIBRARY_PATH=str(library), SPP_TEST_VERSION="2",
                       G_TEST_SRCDIR=str(source / "tests"))
    passed = set()
    for name in TESTS:
        said = run(programs / ("test-" + name), "--tap", env=environment,
                   stdout=subprocess.PIPE, encoding="utf-8", timeout=300).stdout
        lines = [line for line in said.splitlines() if line.startswith("ok ")]
        print("%s: %d passed" % (name, len(lines)))
        passed |= {line.split()[2] for line in lines if "# SKIP" not in line}
    missing = [name for name in NEEDED if name not in passed]
    if missing:
        sys.exit("left out: " + ", ".join(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
