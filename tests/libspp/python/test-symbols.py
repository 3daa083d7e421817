#!/usr/bin/python3
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the library exports what is declared and documented, all and only.

    test-symbols.py NM LIBRARY GIR HEADER...
    test-symbols.py --self-test

Prints a line for each function that one of the three does not have: the shared
library, the public headers, or the documentation as the scanner found it. One
that other languages cannot use is an error too.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

CORE = "{http://www.gtk.org/introspection/core/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:.*\\\n)*.*", re.MULTILINE)
DECLARED = re.compile(r"\b(spp_\w+)\s*\(")
DECLARED_TYPE = re.compile(r"\bG_DECLARE_\w+_TYPE\s*\(\s*\w+,\s*(\w+),")


def exported_symbols(listing):
    """What "nm -D --defined-only" lists, whatever it is called."""
    return {line.split()[-1].partition("@")[0] for line in listing.splitlines() if line.strip()}


def declared_symbols(text):
    """The functions that a header declares."""
    text = DIRECTIVE.sub("", COMMENT.sub("", text))
    return set(DECLARED.findall(text)) | {
        prefix + "_get_type" for prefix in DECLARED_TYPE.findall(text)}


def described_symbols(root):
    """The functions with a description, and those that bindings cannot reach."""
    documented = set()
    unreachable = set()
    for element in root.iter():
        described = element.find(CORE + "doc") is not None
        symbol = element.get(C + "identifier")
        if element.tag in (CORE + "function", CORE + "method", CORE + "constructor"):
            if described:
                documented.add(symbol)
            if element.get("introspectable") == "0":
                unreachable.add(symbol)
        elif described and element.get(GLIB + "get-type"):
            documented.add(element.get(GLIB + "get-type"))
    return documented, unreachable


def compare(exported, declared, documented, unreachable):
    """All that does not fit, as lines."""
    rooms = (("exported", exported), ("declared in a public header", declared),
             ("documented", documented))
    lines = ["%s is not %s" % (name, room)
             for name in sorted(exported | declared | documented)
             for room, names in rooms if name not in names]
    lines += ["%s cannot be used from other languages" % name for name in sorted(unreachable)]
    if not exported:
        lines.append("the library exports nothing")
    return lines


SELF_HEADER = """
/* spp_comment (); */
#define SPP_TYPE_A (spp_macro_get_type ())
#define SPP_TWO(x) \\
  spp_two (x)
G_DECLARE_FINAL_TYPE (SppA, spp_a, SPP, A, GObject)
SPP_AVAILABLE_IN_0_1
SppA *spp_a_new (int  x,
                 void (*f) (int));
void spp_unmarked(void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SppA, spp_a_unref)
"""
SELF_GIR = """
<repository xmlns="http://www.gtk.org/introspection/core/1.0"
            xmlns:c="http://www.gtk.org/introspection/c/1.0"
            xmlns:glib="http://www.gtk.org/introspection/glib/1.0">
  <class name="A" glib:get-type="spp_a_get_type"><doc>A.</doc>
    <constructor c:identifier="spp_a_new"><doc>New.</doc></constructor>
    <method c:identifier="spp_a_bare"><return-value><doc>x</doc></return-value></method>
    <method c:identifier="spp_a_odd" introspectable="0"><doc>Odd.</doc></method>
  </class>
  <class name="B" glib:get-type="spp_b_get_type"/>
</repository>
"""


def self_test():
    """Each of the three can be what is missing."""
    names = {"spp_a_get_type", "spp_a_new"}
    documented, unreachable = described_symbols(ElementTree.fromstring(SELF_GIR))
    cases = (
        (exported_symbols("0000 T spp_a@@V_1\n0001 D spp_b\n\n"), {"spp_a", "spp_b"}),
        (declared_symbols(SELF_HEADER), names | {"spp_unmarked"}),
        (documented, names | {"spp_a_odd"}),
        (unreachable, {"spp_a_odd"}),
        (compare(names, names, names, set()), []),
        (compare(names | {"x"}, names, names, set()),
         ["x is not declared in a public header", "x is not documented"]),
        (compare(names, names | {"x"}, names | {"x"}, set()), ["x is not exported"]),
        (compare(names | {"x"}, names | {"x"}, names, set()), ["x is not documented"]),
        (compare(names, names, names, {"x"}), ["x cannot be used from other languages"]),
        (compare(set(), set(), set(), set()), ["the library exports nothing"]),
    )
    wrong = ["self-test: expected %r, got %r" % (wanted, got)
             for got, wanted in cases if got != wanted]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    nm, library, gir, *headers = sys.argv[1:]
    listing = subprocess.run([nm, "-D", "--defined-only", library], check=True,
                             capture_output=True, encoding="utf-8").stdout
    declared = set()
    for header in headers:
        declared |= declared_symbols(Path(header).read_text(encoding="utf-8"))
    documented, unreachable = described_symbols(ElementTree.parse(gir).getroot())
    lines = compare(exported_symbols(listing), declared, documented, unreachable)
    print("\n".join(lines) or "%d functions" % len(declared))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
