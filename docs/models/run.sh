#!/bin/bash
# SPDX-FileCopyrightText: The SPP Chat authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs the models, and compares what ProVerif says of each query with what is expected.
#
#   run.sh PROVERIF [MODEL...]    PROVERIF is the program, version 2.05
#
# All models take about 20 minutes of one core; MODEL is a file's name without ".pv".
# One letter stands for each query: t for true, f for false or "cannot be proved".
# A model that takes longer than LIMIT seconds (1500) fails.

set -u

proverif=$(realpath "${1:?path of proverif}")
shift
cd "$(dirname "$(readlink -f "$0")")" || exit 2

passed=0
failed=0
while read -r model library expected && IFS= read -r note; do
  [ $# -gt 0 ] && [[ " $* " != *" $model "* ]] && continue
  start=$(date +%s)
  arguments=()
  [ "$library" != - ] && arguments=(-lib "$library")
  found=$(timeout "${LIMIT:-1500}" "$proverif" "${arguments[@]}" "$model.pv" 2>&1 </dev/null |
    grep -E '^RESULT' | grep -vE 'RESULT \((but|even)' |
    sed -E 's/.* is true\.$/t/; s/.*(is false|cannot be proved)\.$/f/' | tr -d '\n')
  # However many queries an equivalence makes, none is proved.
  [ "$expected" = f+ ] && [[ $found =~ ^f+$ ]] && found=f+
  if [ "$found" = "$expected" ]; then
    result=ok
    passed=$((passed + 1))
  else
    result=FAIL
    failed=$((failed + 1))
  fi
  printf '%-4s %-23s %-12s %4d s\n%s\n' \
    $result "$model" "$found" $(($(date +%s) - start)) "$note"
done <<'MODELS'
spp1_auth - ffffftt
     SPP/1: misattribution, unknown key share, undirected and replayed hellos; secrecy holds
spp1_reflect - ff
     SPP/1 reference receiver: own messages come back as the peer's (2nd line: reachable)
spp1_reflect_guarded - tf
     SPP/1 receiver that refuses its own nonces: reflection proved impossible
spp1_ephleak - f
     SPP/1: one leaked ephemeral = permanent impersonation
spp1_fs_kci - ttt
     SPP/1: forward secrecy and KCI resistance hold
spp1_probe - f+
     SPP/1 server: anonymous probe identifies it
spp1_probe_wait - t
     SPP/1 responder that waits for a contact's valid frame: not identifiable ...
spp1_probe_wait_replay - f+
     ... until one frame of the contact was recorded
spp1_sentinel - ftt
     SPP/1 sentinel: peers with SPP/2 exchange no SPP/1 message (1st: dead session reachable)
spp2_kci_a noise fttt
     SPP/2: A's key known - nobody is B to A
spp2_kci_b noise fttt
     SPP/2: B's key known - nobody is A to B
spp2_fs noise tt
     SPP/2: forward secrecy, both directions
spp2_rekey noise fftttt
     SPP/2 DH rekey heals a full session-state compromise under an active attacker
rekey_ee_only noise ffffff
     ... a plain ee ratchet does not
spp2_pq noise tf
     ML-KEM rekey: recorded data survives a quantum computer; without it not
spp2_probe noiseq t
     SPP/2 responder: prober knowing all public keys learns nothing
spp2_probe_replay noiseq t
     ... nor with a recorded session of a contact
xk_probe noiseq f+
     Noise_XK: the responder is identifiable by anyone who knows its public key
ee2_probe noiseq f+
     ee in message 2 with pre-message s: identifiable (Noise property 9)
ik_probe_norec noiseq t
     Noise_IK: not identifiable ...
ik_probe noiseq f+
     ... until one first message was recorded
spp2_hide_target noiseq t
     SPP/2: a fake responder does not learn whom A wanted
spp2_hide_init noiseq t
     SPP/2: ... nor who A is
spp2_hide_later noiseq t
     SPP/2: a recorded session does not reveal the caller after theft of every identity key
ik_hide_later noiseq f+
     Noise_IK: it does
spp2_hide_active_later noiseq f+
     SPP/2's price: ACTIVE fake responder + LATER theft of B's key reveals the caller
xk_hide_active_later noiseq t
     Noise_XK does not have that one
spp2_auth noise fffftttttttt
     SPP/2: mutual injective agreement, no unknown key share, reflection or replay; secrecy
MODELS
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
