# shellcheck shell=bash
# Takes away all that kube-router's network policies have left on this node: its chains, the jumps to them, and its sets of addresses. It does not do so
# itself when it ends, so that policies hold while it is made anew.
# Parameters: IMAGE (the image of kube-router, which has ipset).

gone() {
  ! pgrep --exact kube-router
}
wait_for "kube-router to end on this node" 60 gone
iptables-save --table filter | sed -n -e '/-j KUBE-ROUTER-/s/^-A //p' | while read -r chain _; do
  # By its number: the comment of a jump is not always printed as it was given.
  number=$(iptables --list "$chain" --numeric --line-numbers | awk '$2 ~ /^KUBE-ROUTER-/ { print $1; exit }')
  if [[ -n $number ]]; then
    iptables --wait --delete "$chain" "$number"
  fi
done
chains=$(iptables-save --table filter | sed -n -E -e 's/^:(KUBE-(ROUTER|POD-FW|NWPLCY)-[^ ]*) .*/\1/p')
for chain in $chains; do
  iptables --wait --flush "$chain"
done
for chain in $chains; do
  iptables --wait --delete-chain "$chain"
done
if [[ -n $(ctr --namespace=k8s.io images list --quiet "name==$IMAGE") ]]; then
  # shellcheck disable=SC2016 # the dollars are for the shell there
  ctr --namespace=k8s.io run --rm --privileged --net-host "$IMAGE" "podnet-unenforce-$$" \
    sh -c 'for set in $(ipset list -name | grep -E "^(inet6:)?KUBE-(SRC|DST)-"); do ipset destroy "$set" || exit; done' >&2
fi
left=$(iptables-save --table filter | grep -c -E -e 'KUBE-(ROUTER|POD-FW|NWPLCY)-' || true) # grep's 1 is for none
if ((left > 0)); then
  say "$left rules of kube-router are still there: iptables-save --table filter shows them"
  exit 1
fi
