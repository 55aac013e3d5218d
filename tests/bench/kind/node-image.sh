#!/usr/bin/env bash
# Purpose: kind's node image, made of the lab's own bundle, so that kind and the lab run the same programs.
# Parameters: BUNDLE (directory of the bundle), MODULE (directory of kind's Go module), NODE_IMAGE (reference to make),
# KUBERNETES_VERSION, PAUSE (reference of the pause image in the bundle).
# An image that was made of the same bundle is kept.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=platforms/local/capabilities.sh
. ../../../platforms/local/capabilities.sh
: "${BUNDLE:?}" "${MODULE:?}" "${NODE_IMAGE:?}" "${KUBERNETES_VERSION:?}" "${PAUSE:?}"

made_of=$(cat "$BUNDLE/manifest.json" node-image.sh entrypoint | sha256sum | cut -c 1-16)
if [[ $(docker image inspect --format '{{index .Config.Labels "podnet.bench"}}' "$NODE_IMAGE" 2>/dev/null) == "$made_of" ]]; then
  exit
fi

work=$(mktemp -d)
container=podnet-bench-kind-image
tidy() {
  docker rm --force "$container" >/dev/null 2>&1 || echo "no container $container to remove" >&2
  rm -rf "$work"
}
trap tidy EXIT

echo "kind's base image" >&2
base=podnet-bench/kind-base
root=$work/root
mkdir -p "$root"/{etc,usr/bin,usr/local/bin,usr/local/sbin,opt/cni/bin,kind/manifests,kind/bin,etc/kubernetes/manifests}
cp -r "$MODULE/images/base/files/etc" "$MODULE/images/base/files/kind" "$MODULE/images/base/files/usr" "$root/"
chmod -R u+w "$root"
chmod 0755 "$root"/usr/local/bin/* "$root"/kind/bin/*
cp "$BUNDLE"/bin/{kubeadm,kubelet,kubectl} "$root/usr/bin/"
cp "$BUNDLE"/bin/{containerd,containerd-shim-runc-v2,ctr,crictl} "$root/usr/local/bin/"
cp "$BUNDLE/bin/runc" "$root/usr/local/sbin/"
cp "$BUNDLE"/cni/* "$root/opt/cni/bin/"
install -m 0755 entrypoint "$root/usr/local/bin/podnet-bench-entrypoint"
printf '%s' "v$KUBERNETES_VERSION" >"$root/kind/version"
# kind applies what it finds here; the bench needs no storage.
cat >"$root/kind/manifests/default-storage.yaml" <<'STORAGE'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
provisioner: kubernetes.io/no-provisioner
STORAGE
sed -i -e "s#sandbox_image = .*#sandbox_image = \"$PAUSE\"#" -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
  "$root/etc/containerd/config.toml"
sed -i -e '/^Limit/d' -e '/^OOMScoreAdjust/d' "$root/etc/systemd/system/containerd.service"
tar -C "$root" --owner=0 --group=0 -cf "$work/root.tar" .

docker import "$BUNDLE/rootfs.tar" podnet-bench/kind-rootfs >/dev/null
cat >"$work/Dockerfile" <<'DOCKERFILE'
FROM podnet-bench/kind-rootfs
STOPSIGNAL SIGRTMIN+3
ADD root.tar /
RUN find /lib/systemd/system/sysinit.target.wants -name systemd-tmpfiles-setup.service -delete \
  && rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/* \
    /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/sockets.target.wants/*udev* \
    /lib/systemd/system/sockets.target.wants/*initctl* /lib/systemd/system/basic.target.wants/* \
  && echo ReadKMsg=no >>/etc/systemd/journald.conf \
  && ln -sf /usr/lib/systemd/systemd /sbin/init \
  && systemctl enable kubelet.service containerd.service undo-mount-hacks.service \
  && systemctl mask systemd-binfmt.service \
  && ctr oci spec \
    | jq '.hooks.createContainer += [{"path": "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' >/etc/containerd/cri-base.json
DOCKERFILE
mkdir "$work/context"
mv "$work/root.tar" "$work/Dockerfile" "$work/context/"
docker build --quiet --tag "$base" "$work/context" >/dev/null

echo "the images into its store" >&2
read -ra rights <<<"$(capability_options | tr '\n' ' ')"
docker run --detach --name "$container" "${rights[@]}" --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
  --security-opt systempaths=unconfined --entrypoint sleep "$base" infinity >/dev/null
docker exec --detach "$container" /usr/local/bin/containerd
deadline=$((SECONDS + 30))
until docker exec "$container" ctr version >/dev/null 2>&1; do
  if ((SECONDS >= deadline)); then
    echo "containerd did not answer within 30 s in $container" >&2
    exit 1
  fi
  sleep 0.2
done
for image in "$BUNDLE"/images/*.tar; do
  docker exec --interactive "$container" ctr -n k8s.io images import --all-platforms --no-unpack --digests \
    --label io.cri-containerd.pinned=pinned - <"$image" >/dev/null
done
docker commit --change 'ENTRYPOINT ["/usr/local/bin/podnet-bench-entrypoint", "/sbin/init"]' \
  --change 'ENV container=docker' --change "LABEL podnet.bench=$made_of" "$container" "$NODE_IMAGE" >/dev/null
