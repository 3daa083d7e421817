#!/usr/bin/python3
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the reference: it builds without a warning, and it says what the examples say.

    test-reference.py GI_DOCGEN GIR CONFIG PAGES_FOLDER EXAMPLES_FOLDER
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

# What the page about a first session quotes has to be in a program that runs.
QUOTING = "first-session.md"
QUOTE = re.compile(r"^```(c|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def run(gi_docgen, *arguments):
    """What gi-docgen complains of: lines."""
    done = subprocess.run([gi_docgen, *map(str, arguments)], encoding="utf-8", check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return []
    return ["gi-docgen %s: exit status %d" % (arguments[0], done.returncode), done.stdout]


def check_quotes(pages, examples):
    """Each piece of code in the tutorial is in the examples, letter by letter."""
    programs = {"c": "", "python": ""}
    for path in sorted(examples.iterdir()):
        language = {".c": "c", ".py": "python"}.get(path.suffix)
        if language:
            programs[language] += path.read_text(encoding="utf-8")
    quotes = QUOTE.findall((pages / QUOTING).read_text(encoding="utf-8"))
    lines = ["%s: this is in no example:\n%s" % (QUOTING, text)
             for language, text in quotes if text not in programs[language]]
    return lines if quotes else ["%s quotes nothing" % QUOTING]


def check_pages(config, pages, output):
    """Each page is listed and built, and what it links to exists."""
    listed = set(config["extra"]["content_files"])
    there = {path.name for path in pages.glob("*.md")}
    lines = ["%s is not in content_files" % name for name in sorted(there - listed)]
    lines += ["%s does not exist" % name for name in sorted(listed - there)]
    for name in sorted(listed & there):
        for link in LINK.findall((pages / name).read_text(encoding="utf-8")):
            if not (output / link).is_file():
                lines.append("%s: there is no %s" % (name, link))
        if not (output / name).with_suffix(".html").is_file():
            lines.append("%s was not built" % name)
    return lines


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    gi_docgen = sys.argv[1]
    gir, config_path, pages, examples = map(Path, sys.argv[2:])
    common = ("--quiet", "--fatal-warnings", "--config", config_path,
              "--add-include-path", gir.parent)
    config = tomllib.loads(config_path.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        lines = run(gi_docgen, "generate", *common, "--content-dir", pages,
                    "--no-namespace-dir", "--output-dir", folder, gir)
        if not lines:
            lines = check_pages(config, pages, Path(folder))
    lines += run(gi_docgen, "check", *common, gir)
    lines += check_quotes(pages, examples)
    print("\n".join(lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
