# shellcheck shell=bash
# Puts an image that was copied to this node into the container runtime's store, and takes the copy away.
# Parameters: FILE (a tar), IMAGE (its reference).

if [[ -e $FILE ]]; then
  say "image $IMAGE"
  ctr --namespace=k8s.io images import "$FILE" >&2
  rm "$FILE"
fi
# The copy of an earlier run is gone, and what it brought is there.
if [[ -z $(ctr --namespace=k8s.io images list --quiet "name==$IMAGE") ]]; then
  say "there is neither the image $IMAGE nor a copy of it at $FILE"
  exit 1
fi
