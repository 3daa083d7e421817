#!/usr/bin/python3
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the key compromise and forward secrecy variants of spp2_auth.pv.

    mkvariants.py [FOLDER]

FOLDER holds spp2_auth.pv and gets the variants: the same processes, other queries.
"""

import sys
from pathlib import Path

A = "exp(g, new sA)"
B = "exp(g, new sB)"

PARTIES = ("  ( !Initiator(sA, pB, pB) | !Initiator(sB, pA, pA)\n"
           "  | !Responder(sA, pB)     | !Responder(sB, pA)\n")
ONE_WAY = (PARTIES, "  ( !Initiator(sA, pB, pB) | !Responder(sB, pA)\n")

VARIANTS = (
    ("spp2_kci_a.pv",
     "A's identity key is known to the attacker from the start: nobody can be B to A.",
     f"""\
(* sanity: reachable *)
query h: bitstring, r: chain; event(IAcc({A}, {B}, h, r)).
query h: bitstring, r: chain; inj-event(IAcc({A}, {B}, h, r))
  ==> inj-event(RAcc({B}, {A}, h, r)).
query m: bitstring; event(RecvRI({A}, {B}, m))
  ==> event(SendRI({B}, {A}, m)).
query attacker(dIR).
""",
     ("(*LEAKA out(c, sA); *)", "out(c, sA);")),
    ("spp2_kci_b.pv",
     "B's identity key is known to the attacker from the start: nobody can be A to B.",
     f"""\
(* sanity: reachable *)
query h: bitstring, r: chain; event(RAcc({B}, {A}, h, r)).
query h: bitstring, r: chain; inj-event(RAcc({B}, {A}, h, r))
  ==> inj-event(IRun({A}, {B}, h)).
query m: bitstring; event(RecvIR({B}, {A}, m))
  ==> event(SendIR({A}, {B}, m)).
query attacker(dRI).
""",
     ("(*LEAKB out(c, sB); *)", "out(c, sB);")),
    ("spp2_fs.pv",
     "Forward secrecy: both identity keys are published after the sessions (phase 1).",
     """\
query attacker(dIR) phase 1.
query attacker(dRI) phase 1.
""",
     ("(*FS | (phase 1; out(c, (sA, sB))) *)", "| (phase 1; out(c, (sA, sB)))")),
)


def main():
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).resolve().parent
    text = (folder / "spp2_auth.pv").read_text(encoding="utf-8")
    head, rest = text.split("(* sanity: reachable", 1)
    licence, head = head.split("*)\n", 1)
    processes = rest[rest.index("let Initiator("):]
    for name, note, queries, leak in VARIANTS:
        changed = processes
        for old, new in (leak, ONE_WAY):
            if changed.count(old) != 1:
                sys.exit("spp2_auth.pv does not have this once: %s" % old)
            changed = changed.replace(old, new)
        (folder / name).write_text(
            "%s*)\n(* %s\n   Made by mkvariants.py. *)\n%s%s\n%s"
            % (licence, note, head, queries, changed), encoding="utf-8")


if __name__ == "__main__":
    main()
