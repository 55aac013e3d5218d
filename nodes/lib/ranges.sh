# shellcheck shell=bash
# The ranges that a cluster was made with. It cannot change them: nodes have their pod ranges, and Services their addresses.
# Parameters: POD_CIDR, SERVICE_CIDR, POD_CIDR6 and SERVICE_CIDR6 (those of a family that the lab has not are absent).

# same_ranges ETC: fails, with what to do, on a machine that is a node of a cluster with other ranges. ETC is /etc.
same_ranges() {
  local etc=$1 unit pods services pods6 services6 wrong=0
  unit=$etc/systemd/system/podnet-guard.service
  # A control plane whose init has not ended is made anew, so its ranges may change.
  if [[ ! -e $etc/kubernetes/kubelet.conf || ! -e $unit ]] ||
    [[ -e $etc/kubernetes/manifests/kube-apiserver.yaml && ! -e $etc/kubernetes/podnet-initialised ]]; then
    return 0
  fi
  # prepare.sh wrote them there.
  read -r pods services _ pods6 services6 <<<"$(sed -n 's/^ExecStart=[^ ]*podnet-guard [^ ]* //p' "$unit")"
  if [[ -n ${POD_CIDR:-} && $pods != - ]]; then
    same_range podCidr "$POD_CIDR" "$pods" || wrong=1
    same_range serviceCidr "$SERVICE_CIDR" "$services" || wrong=1
  fi
  same_range ipFamily "$(family_of "${POD_CIDR:--}" "${POD_CIDR6:-}")" "$(family_of "$pods" "$pods6")" || wrong=1
  if [[ -n ${POD_CIDR6:-} && -n $pods6 ]]; then
    same_range podCidr6 "$POD_CIDR6" "$pods6" || wrong=1
    same_range serviceCidr6 "$SERVICE_CIDR6" "$services6" || wrong=1
  fi
  return "$wrong"
}

# family_of POD_CIDR POD_CIDR6: as the config names it; the first is - where there is none.
family_of() {
  if [[ -z $2 ]]; then
    echo ipv4
  elif [[ $1 == - ]]; then
    echo ipv6
  else
    echo dual
  fi
}

# same_range KEY WANTED MADE_WITH
same_range() {
  if [[ $2 == "$3" ]]; then
    return 0
  fi
  printf '%s\n' "$1 \"$2\" is not what this cluster was made with, and a cluster keeps its ranges. Set it back (./lab pulumi config set $1 $3)," \
    "or make another cluster with it: ./lab destroy, then ./lab up. Nothing was changed." >&2
  return 1
}
