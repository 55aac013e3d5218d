# shellcheck shell=bash
# Makes a claimed host what the machine image is elsewhere: programs, configuration, units, and the images in containerd's store.
# Parameters: STAGE (a folder with bin/ and cni/ as a bundle has them, and, where a bundle was sent, its images/ and SUMS), KEY (another one
#   for another content), SANDBOX (reference of the pause image), MIRRORS (see pull.sh), IMAGES (references to be pulled, separated by
#   blanks) and PLUGIN (that of the flannel plugin's image), both empty where a bundle was sent. Standard input: what is in nodes/image/files,
#   as a JSON object of texts by path.

record=/var/lib/podnet
configuration=$(cat)

# place PATH MODE: what comes on standard input, written down before it is there.
place() {
  printf '%s\n' "$1" >>"$record/files"
  install -D -m "$2" /dev/stdin "$1"
}

# programs: out of the stage; what was fetched had its sums compared before it came there.
programs() {
  local file
  if [[ -e $STAGE/SUMS ]]; then
    say "comparing sums"
    (cd "$STAGE" && sha256sum --check --strict --quiet SUMS >&2)
  fi
  say "programs"
  for file in "$STAGE"/bin/*; do
    place "/usr/local/bin/${file##*/}" 0755 <"$file"
  done
  for file in "$STAGE"/cni/*; do
    place "/opt/cni/bin/${file##*/}" 0755 <"$file"
  done
}

# store ARGUMENT...: ctr, heard only when it fails: it warns on every call.
store() {
  if ! ctr --namespace k8s.io "$@" 2>"$record/ctr.log"; then
    cat "$record/ctr.log" >&2
    return 1
  fi
}

# images: into containerd's store.
images() {
  local files=() number=0 file reference
  if [[ -n $IMAGES ]]; then
    for reference in $PLUGIN $IMAGES; do
      pull "$reference"
    done
    take_out "$PLUGIN" flannel /opt/cni/bin/flannel
  else
    files=("$STAGE"/images/*.tar)
    for file in "${files[@]}"; do
      ((++number))
      say "image $number of ${#files[@]}: $(basename "$file" .tar)"
      store images import "$file" >/dev/null
    done
  fi
  # What is unpacked need not be kept packed as well; and what cannot be pulled again is not for the kubelet to tidy away.
  store content prune references >/dev/null
  store images list --quiet | sed '/^sha256:/d' | while read -r reference; do
    store images label "$reference" io.cri-containerd.pinned=pinned >/dev/null
  done
}

new=yes
if [[ -e $record/installed && $(<"$record/installed") == "$KEY" ]]; then
  new=
fi
if [[ $new ]]; then
  programs
fi

say "configuration and units"
paths=$(jq --raw-output 'keys[]' <<<"$configuration")
while read -r path; do
  jq --raw-output --join-output --arg path "$path" '.[$path]' <<<"$configuration" | place "$path" 0644
done <<<"$paths"
printf '%s\n' 'version = 3' '[plugins."io.containerd.cri.v1.images".pinned_images]' "  sandbox = \"$SANDBOX\"" |
  place /etc/containerd/conf.d/sandbox.toml 0644
registries
install -d -m 0755 /etc/cni/net.d /etc/kubernetes/manifests /usr/libexec/kubernetes /var/lib/kubelet

systemctl daemon-reload
systemctl enable --quiet containerd.service kubelet.service
systemctl restart containerd.service
systemctl try-restart kubelet.service
wait_for "containerd to answer" 60 ctr version

if [[ $new ]]; then
  images
  printf '%s' "$KEY" >"$record/installed"
fi
rm -rf "$record/stage"
