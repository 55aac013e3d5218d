#!/usr/bin/env bash
# Purpose: make an SSH key pair. Parameters: STACK; COMMENT, what the key is for.
# Prints {"privateKey": ..., "publicKey": ...}: the output is a secret. The private key touches memory only.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/memory.sh
. ./memory.sh
: "${STACK:?}" "${COMMENT:?}"

folder=$(memory_folder "key:$COMMENT")
trap 'rm -rf "$folder"' EXIT
ssh-keygen -q -t ed25519 -N '' -C "$COMMENT" -f "$folder/key" </dev/null

# A PEM body and a public key hold nothing that JSON would escape but the line ends.
printf '{"privateKey":"%s","publicKey":"%s"}\n' "$(awk '{ printf "%s\\n", $0 }' "$folder/key")" "$(<"$folder/key.pub")"
