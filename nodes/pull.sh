# shellcheck shell=bash
# Pulls images into this node's own containerd, each checked against its digests, and takes the flannel plugin out of the image that it is
# published as. Comes after nodes/fetch.sh, where the programs are installed and containerd runs. An image that is there stays.
# Parameters: IMAGES (references, separated by blanks), PLUGIN (the flannel plugin's), MIRRORS (a line a registry: its name in
#   references, and the URL that stands for it; may be empty). Exit status: 3 when an image cannot be had.

record=/var/lib/podnet/files
certs=/etc/containerd/certs.d

# place PATH: what comes on standard input, when it is another content; where a list of the lab's own files is kept, it is put there first.
place() {
  local text
  text=$(cat)
  if [[ -e $1 && $(<"$1") == "$text" ]]; then
    return 1
  fi
  if [[ -d ${record%/*} ]]; then
    printf '%s\n' "$1" >>"$record"
  fi
  install -D -m 0644 /dev/stdin "$1" <<<"$text"
}

# registry NAME URL: from now on the URL stands for the registry, for the kubelet too.
registry() {
  local origin path
  origin=$(sed -E 's#^(https?://[^/]+).*#\1#' <<<"$2")
  path=${2#"$origin"}
  printf '%s\n' "server = \"$origin/v2${path%/}\"" 'override_path = true' 'capabilities = ["pull", "resolve"]' 'dial_timeout = "10s"' |
    place "$certs/$1/hosts.toml" || say "$certs/$1/hosts.toml is there"
}

# pull REFERENCE: a few attempts at what may pass by itself; who does not answer at all is given up within a minute.
pull() {
  local attempt words begun=$SECONDS
  if [[ -n $(ctr --namespace k8s.io images list --quiet "name==$1") ]]; then
    return
  fi
  say "pulling $1"
  for attempt in 1 2 3; do
    if words=$(timeout 1800 ctr --namespace k8s.io images pull --hosts-dir "$certs" "$1" 2>&1 >/dev/null); then
      # What cannot be pulled again is not for the kubelet to tidy away.
      ctr --namespace k8s.io images label "$1" io.cri-containerd.pinned=pinned >/dev/null
      return
    fi
    if ((attempt == 3 || SECONDS - begun >= 20)); then
      break
    fi
    say "$1: $(tail -n 1 <<<"$words"); trying again"
    sleep "$attempt"
  done
  say "cannot pull $1: $(tail -n 1 <<<"$words")${MIRRORS:+ (mirrors: ${MIRRORS//$'\n'/, })}"
  return 3
}

while read -r name url; do
  if [[ -n $name ]]; then
    registry "$name" "$url"
  fi
done <<<"$MIRRORS"
if printf '%s\n' 'version = 3' '[plugins."io.containerd.cri.v1.images".registry]' "  config_path = \"$certs\"" |
  place /etc/containerd/conf.d/registries.toml; then
  systemctl restart containerd.service
  wait_for "containerd to answer" 60 ctr version
fi
for image in $PLUGIN $IMAGES; do
  pull "$image"
done
mounted=$(mktemp -d)
ctr --namespace k8s.io images mount "$PLUGIN" "$mounted" >/dev/null
if [[ -d ${record%/*} ]]; then
  echo /opt/cni/bin/flannel >>"$record"
fi
install -D -m 0755 "$mounted/flannel" /opt/cni/bin/flannel
ctr --namespace k8s.io images unmount --rm "$mounted" >/dev/null
rmdir "$mounted"
