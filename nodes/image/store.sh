# shellcheck shell=bash
# Purpose: unpack container images with a machine's own containerd, where no machine runs yet; sourced beside it.
# Parameters: none.

# start_containerd: in the background, until it answers; stop_containerd ends it.
start_containerd() {
  containerd --log-level warn >&2 &
  daemon=$!
  local deadline=$((SECONDS + 60))
  until ctr version >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      echo "containerd does not answer after 60 s" >&2
      exit 1
    fi
    sleep 0.1
  done
}

stop_containerd() {
  kill "$daemon"
  wait "$daemon"
}

# import_images FILE...: image tars, of which only what is unpacked is kept.
import_images() {
  local file
  for file in "$@"; do
    ctr --namespace k8s.io images import "$file" >&2
  done
  # The kubelet looks through the CRI: it must know all of them by the names in the tars.
  crictl images >&2
  # What is unpacked need not be kept packed as well.
  ctr --namespace k8s.io content prune references >&2
}
