# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What the commands in this folder share; they source it with bash.

set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
build=$root/_build
build_sanitize=$root/_build-sanitize

# The Python and the Meson of the distribution, whatever else is first on PATH.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
meson=/usr/bin/meson
[ -x "$meson" ] || meson=meson

# The settings of programs that run from the build folder.
export GSETTINGS_SCHEMA_DIR=$build/data

say ()
{
  printf '%s\n' "$*" >&2
}

die ()
{
  say "$(basename "$0"): $*"
  exit 1
}

# The rows of the list that have one of the sections given.
package_rows ()
{
  local name sections check what section

  while read -r name sections check what; do
    case $name in ''|'#'*) continue ;; esac
    for section in "$@"; do
      case ,$sections, in
        *,"$section",*) printf '%s %s %s\n' "$name" "$check" "$what"; break ;;
      esac
    done
  done < "$root/build-aux/packages"
}

# Whether what a row stands for is there, however it came.
is_there ()
{
  local kind=${1%%:*} wanted=${1#*:}

  case $kind in
    pkg-config) pkg-config --exists "${wanted/>=/ >= }" 2>/dev/null ;;
    program) command -v "$wanted" >/dev/null ;;
    python) "$python" -c "import $wanted" 2>/dev/null ;;
    *) true ;;
  esac
}

need_packages_by_hand ()
{
  local name check what missing=

  while read -r name check what; do
    is_there "$check" || missing+="  $name ($what; ${check#*:})"$'\n'
  done < <(package_rows "$@")
  [ -n "$missing" ] || return 0
  say "This system has no apt. Please install what these packages of Debian hold,"
  say "then run the command again:"
  printf '%s' "$missing" >&2
  return 1
}

# Runs a command as root, or says which command could not be run.
as_root ()
{
  local sudo=(sudo)

  if [ "$(id -u)" = 0 ]; then
    "$@"
    return
  fi
  # Where nobody can type a password, none may be asked for.
  if [ -n "${CI-}" ] || ! { : </dev/tty; } 2>/dev/null; then
    sudo+=(-n)
  fi
  if command -v sudo >/dev/null && "${sudo[@]}" "$@"; then
    return 0
  fi
  return 1
}

# need_packages SECTION...: installs what is missing of these sections.
need_packages ()
{
  local names missing apt

  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    need_packages_by_hand "$@"
    return
  fi

  names=$(package_rows "$@" | cut -d ' ' -f 1 | sort -u)
  # shellcheck disable=SC2016,SC2086 # the format is dpkg's; names are words
  missing=$(comm -23 <(printf '%s\n' "$names") \
                     <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $names 2>/dev/null |
                         sed -n 's/^installed //p' | sort -u))
  missing=${missing//$'\n'/ }
  [ -n "$missing" ] || return 0

  say "Installing: $missing"
  apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=600)
  # A source that cannot be reached does not matter if the others have it all.
  as_root "${apt[@]}" update </dev/null >&2 || true
  # shellcheck disable=SC2086
  if ! as_root "${apt[@]}" install --no-install-recommends $missing </dev/null >&2; then
    say "Packages are missing and could not be installed. As root, run"
    say "  apt-get update && apt-get install --no-install-recommends $missing"
    say "then run the command again."
    return 1
  fi
}

# Whether an existing build folder has other values than the options given.
options_differ ()
{
  ! "$python" - "$@" <<'EOF'
import json, sys
with open(sys.argv[1] + "/meson-info/intro-buildoptions.json", encoding="utf-8") as listing:
    values = {option["name"]: option["value"] for option in json.load(listing)}
def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
for option in sys.argv[2:]:
    name, value = option[2:].split("=", 1)
    if text(values.get(name)) != value:
        sys.exit(1)
EOF
}

# configure_build FOLDER [-DOPTION=VALUE...]
configure_build ()
{
  local folder=$1
  shift

  if [ ! -f "$folder/build.ninja" ]; then
    "$meson" setup "$folder" "$root" "$@" >&2
  elif [ $# -gt 0 ] && options_differ "$folder" "$@"; then
    "$meson" configure "$folder" "$@" >&2
  fi
}

# compile_build FOLDER [TARGET...]
compile_build ()
{
  # Meson looks targets up before it takes notice of a change to what it read.
  ninja -C "$1" build.ninja >&2
  "$meson" compile -C "$@" >&2
}
