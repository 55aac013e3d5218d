# shellcheck shell=bash
# What MetalLB's speakers say of themselves. What they write into the API server, a ServiceL2Status, may stay away for good: a speaker that withdraws deletes
# it, and the one that announces has written it before, and does so only once (0.15.3).
# Parameters: none.

# ask_speakers ADDRESS...: a command line that prints who of them announces what, as [{namespace, service, node}]. One that does not answer announces nothing.
ask_speakers() {
  local said='"^metallb_speaker_announced\\{.*node=\"(?<node>[^\"]+)\".*service=\"(?<namespace>[^/\"]+)/(?<service>[^\"]+)\"\\} 1$"'
  # shellcheck disable=SC2016 # the dollar is for the shell that runs it
  printf 'for address in %s; do curl --silent --noproxy "*" --max-time %s http://$address:7472/metrics || true; done | jq --raw-input --slurp '"'%s'" \
    "$*" "$(soon 4)" "split(\"\\n\") | map(capture($said))"
}
