#!/usr/bin/python3
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that a program can be built with the library where it is installed.

    test-install.py MESON BUILD_FOLDER PREFIX CC CXX PKG_CONFIG
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TAGS = "devel,runtime,typelib"

C_PROGRAM = """
#include <spp.h>

int
main (void)
{
  g_autoptr (SppPrivateKey) own = spp_private_key_generate ();
  g_autoptr (SppClient) client = spp_client_new (own);
  g_autoptr (GError) error = NULL;

  if (spp_public_key_new_from_string ("spp1", &error) != NULL)
    return 1;
  if (!g_error_matches (error, SPP_ERROR, SPP_ERROR_INVALID_KEY)
      && !g_error_matches (error, SPP_ERROR, SPP_ERROR_MISTYPED_KEY))
    return 2;
  g_print ("%d.%d.%d", SPP_MAJOR_VERSION, SPP_MINOR_VERSION, SPP_MICRO_VERSION);
  return SPP_IS_CLIENT (client) ? 0 : 3;
}
"""

CXX_PROGRAM = """
#include <spp.h>

int
main ()
{
  SppPrivateKey *own = spp_private_key_generate ();
  SppService *service = spp_service_new (own);
  g_autoptr (GError) error = nullptr;
  bool fits = SPP_IS_SERVICE (service) && G_IS_SOCKET_SERVICE (service);

  g_object_unref (service);
  spp_private_key_unref (own);
  return fits ? 0 : 1;
}
"""


def run(*command, env=None):
    """What a command prints; what it complains of is in the log of the test."""
    print("$", *command, file=sys.stderr, flush=True)
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE,
                          encoding="utf-8", env=env).stdout


def move_pkg_config_file(tree, prefix, folder):
    """A copy whose prefix is where the tree really lies: (copy's folder, folder of libraries)."""
    found = list(tree.rglob("spp-1.pc"))
    if len(found) != 1:
        sys.exit("Installed as spp-1.pc: %r" % found)
    text = found[0].read_text(encoding="utf-8")
    moved, count = re.subn(r"^prefix=.*$", "prefix=%s%s" % (tree, prefix), text, flags=re.MULTILINE)
    if count != 1:
        sys.exit("spp-1.pc has no prefix:\n" + text)
    (folder / "spp-1.pc").write_text(moved, encoding="utf-8")
    return found[0].parent.parent


def build_and_run(compiler, pkg_config, source, program, env):
    """A compiler gets what pkg-config says and nothing else."""
    flags = run(*pkg_config, "--cflags", "--libs", "spp-1", env=env).split()
    strict = ["-Wall", "-Wextra", "-Wundef", "-Werror"]
    run(*compiler, *strict, source, "-o", program, *flags)
    return run(program, env=env)


def check(build, prefix, meson, compilers, pkg_config, folder):
    """Install, then use what was installed."""
    tree = folder / "tree"
    run(*meson, "install", "-C", build, "--no-rebuild", "--quiet", "--tags", TAGS,
        "--destdir", tree)
    libraries = move_pkg_config_file(tree, prefix, folder)
    env = {**os.environ, "LD_LIBRARY_PATH": str(libraries)}
    env["PKG_CONFIG_PATH"] = os.pathsep.join(
        filter(None, (str(folder), env.get("PKG_CONFIG_PATH"))))

    for name in ("Spp-1.gir", "Spp-1.typelib"):
        if not list(tree.rglob(name)):
            sys.exit("%s is not installed" % name)
    unwanted = [name for name in tree.rglob("*-private.h")]
    if unwanted:
        sys.exit("Private headers are installed: %r" % unwanted)

    version = run(*pkg_config, "--modversion", "spp-1", env=env).strip()
    for compiler, suffix, text in compilers:
        source = folder / ("program" + suffix)
        source.write_text(text, encoding="utf-8")
        said = build_and_run(compiler, pkg_config, source, folder / "program", env)
        if said not in ("", version):
            sys.exit("The headers are of %s, spp-1.pc is of %s" % (said, version))


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    meson, build, prefix, cc, cxx, pkg_config = sys.argv[1:]
    compilers = ((cc.split(), ".c", C_PROGRAM), (cxx.split(), ".cpp", CXX_PROGRAM))
    with tempfile.TemporaryDirectory() as folder:
        check(build, prefix, meson.split(), compilers, pkg_config.split(), Path(folder))


if __name__ == "__main__":
    main()
