# shellcheck shell=bash
# Pulling images into this node's own containerd, each checked against its digests: for nodes/host/install.sh, whose `place` and `store` it uses.
# Parameters: MIRRORS (a line a registry: its name in references, and the URL that stands for it; may be empty).

# Goes with /etc/podnet.
certs=/etc/podnet/registries

# registries: from now on each URL stands for its registry, for the kubelet too. containerd has to be started anew after the first time.
registries() {
  local name url origin path
  rm -rf "$certs"
  mkdir -p "$certs"
  while read -r name url; do
    if [[ -n $name ]]; then
      origin=$(sed -E 's#^(https?://[^/]+).*#\1#' <<<"$url")
      path=${url#"$origin"}
      printf '%s\n' "server = \"$origin/v2${path%/}\"" 'override_path = true' 'capabilities = ["pull", "resolve"]' 'dial_timeout = "10s"' |
        place "$certs/$name/hosts.toml" 0644
    fi
  done <<<"$MIRRORS"
  printf '%s\n' 'version = 3' '[plugins."io.containerd.cri.v1.images".registry]' "  config_path = \"$certs\"" |
    place /etc/containerd/conf.d/registries.toml 0644
}

# pull REFERENCE: unless it is there; a few attempts at what may pass by itself. A registry that does not answer at all is given up within a minute.
# Returns 3 when the image cannot be had.
pull() {
  local attempt words begun=$SECONDS
  if [[ -n $(store images list --quiet "name==$1") ]]; then
    return
  fi
  say "pulling $1"
  for attempt in 1 2 3; do
    if words=$(timeout 1800 ctr --namespace k8s.io images pull --hosts-dir "$certs" "$1" 2>&1 >/dev/null); then
      return
    fi
    if ((attempt == 3 || SECONDS - begun >= 20)); then
      break
    fi
    say "$1: $(tail -n 1 <<<"$words"); trying again"
    sleep "$attempt"
  done
  say "cannot pull $1: $(tail -n 1 <<<"$words")${MIRRORS:+ (mirrors: ${MIRRORS//$'\n'/, })}"
  say "mirrors names other places to pull from; artifacts: auto or source sends a host all it needs from your machine"
  return 3
}

# take_out REFERENCE FILE PATH: one file of an image that is there.
take_out() {
  local mounted
  mounted=$(mktemp -d)
  store images mount "$1" "$mounted" >/dev/null
  place "$3" 0755 <"$mounted/$2"
  store images unmount --rm "$mounted" >/dev/null
  rmdir "$mounted"
}
