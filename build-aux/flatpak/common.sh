# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What the commands around the Flatpak share; they source it with bash.

. "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")/common.sh"

app_id=org.spproto.Chat
manifests=$root/build-aux/flatpak
# What is left here is for you.
flatpak_results=$root/_build-flatpak
# What makes the next time faster. Readable for the unprivileged user, who runs
# the application; may be removed at any time.
flatpak_cache=${SPP_FLATPAK_CACHE-/var/cache/spp-chat-flatpak}

# Debian's suite that has the libraries of this version of GNOME.
runtime_suite=forky
runtime_branch=51
debian_keys=/usr/share/keyrings/debian-archive-keyring.gpg

# A private installation: /var/lib/flatpak is not touched.
export FLATPAK_SYSTEM_DIR=$flatpak_cache/installation
sdk_files=$FLATPAK_SYSTEM_DIR/runtime/org.gnome.Sdk/x86_64/$runtime_branch/active/files

# The mirror that apt of this machine uses.
mirror ()
{
  local found

  found=$({ sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources
            sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list
          } 2>/dev/null | grep -m 1 '/debian/*$' || true)
  printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# private_apt TYPE SUITE [with-system]: sets apt_options so that apt knows one suite
# more, or only that one, without a change to the configuration of the system.
private_apt ()
{
  local folder=$flatpak_cache/apt/$1-$2

  mkdir -p "$folder"/{parts,lists/partial,cache/archives/partial}
  if [ "${3-}" = with-system ]; then
    cp /etc/apt/sources.list.d/*.sources "$folder/parts/" 2>/dev/null || true
    cp /etc/apt/sources.list "$folder/parts/system.list" 2>/dev/null || true
  fi
  cat > "$folder/parts/suite.sources" <<END
Types: $1
URIs: $(mirror)
Suites: $2
Components: main
Signed-By: $debian_keys
END
  apt_options=(
    -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/parts"
    -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache"
    -o APT::Sandbox::User=root -o Acquire::Languages=none
    # A mirror may be behind; what it has is signed all the same.
    -o Acquire::Check-Valid-Until=false -o DPkg::Lock::Timeout=600
  )
  apt-get -q "${apt_options[@]}" update </dev/null >&2
}
