# shellcheck shell=bash
# Which IPv6 address a machine has beside an IPv4 one. A plain machine has no iproute2: /proc and awk must do.
# Parameters: none.

# device_towards ADDRESS: the interface by which the machine's routes lead to an IPv4 address, or that has it. /proc/net/route has both numbers from the
# last byte on, so of two networks the longer one has the larger mask there too.
device_towards() {
  local a b c d number best=-1 found='' device destination mask
  IFS=. read -r a b c d <<<"$1"
  number=$((d << 24 | c << 16 | b << 8 | a))
  while read -r device destination _ _ _ _ _ mask _; do
    if [[ $mask =~ ^[0-9A-F]{8}$ ]] && (((number & 16#$mask) == 16#$destination && 16#$mask > best)); then
      best=$((16#$mask)) found=$device
    fi
  done </proc/net/route
  printf '%s' "$found"
}

# addresses6_of DEVICE: those global addresses of it that flanneld would choose from, a line each: one that was written before one that came by itself, and of
# those one that stays before one that is changed every day. It takes no notice of which are of the same worth.
addresses6_of() {
  # Flags: 80 permanent, 40 tentative, 20 deprecated, 08 taken already, 01 temporary.
  awk -v device="$1" '
    $6 == device && $4 == "00" && $5 !~ /^[2-7a-f]/ && $5 !~ /[89a-f]$/ {
      rank = $5 ~ /^[89]/ ? 0 : $5 ~ /[02468ace]$/ ? 1 : 2
      text = $1
      gsub(/..../, "&:", text)
      sub(/:$/, "", text)
      found[rank] = found[rank] text "\n"
    }
    END { for (rank = 0; rank < 3; rank++) if (found[rank] != "") { printf "%s", found[rank]; exit } }
  ' /proc/net/if_inet6 2>/dev/null || true # no such file: no IPv6
}
