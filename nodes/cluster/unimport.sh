# shellcheck shell=bash
# Takes an image out of the container runtime's store.
# Parameters: IMAGE (its reference).

if [[ -n $(ctr --namespace=k8s.io images list --quiet "name==$IMAGE") ]]; then
  ctr --namespace=k8s.io images remove "$IMAGE" >&2
fi
