# shellcheck shell=bash
# What pods of this node reach: a TCP connection to each of their targets, or a question to the cluster's DNS. With an enforcer also the rules that
# turned away what was for pods of this node.
# Parameters: PODS (of those that call: NAMESPACE/NAME=UID=ADDRESS, separated by blanks), TARGETS (what each of them calls: NAMESPACE/NAME, then
#   NAME=ADDRESS:PORT each, `dns` for a question at that address; one pod a line), GUARDED (NAMESPACE/NAME=NODE of pods that some are turned away from,
#   separated by blanks), ENFORCED (yes, or no: nothing enforces policies yet), TARGETS6 (as TARGETS, by IPv6, for which nothing enforces them; may be absent).

# What enforces them has read the policies, and written its rules for each pod that is guarded here.
here=$(node_name)
written() {
  local pod name
  for pod in $GUARDED; do
    if [[ ${pod#*=} == "$here" ]]; then
      name=${pod%=*}
      iptables-save --table filter | grep -c -e "REJECT traffic destined for POD name:${name#*/} " || return
    fi
  done
}
if [[ $ENFORCED == yes ]] && ! wait_for "the rules for the policies on this node" 60 written; then
  say "the claims about policies will say what that means"
fi

observe enforcer "iptables-save --table filter | grep -c -e '^:KUBE-ROUTER-'"
find_pods
# call_targets FAMILY TARGETS: FAMILY ends the ids of what was seen.
call_targets() {
  local family=$1 pod targets pid target name at try tries
  while read -r pod targets; do
    # shellcheck disable=SC2154 # pods.sh fills pid_of
    pid=${pid_of[${pod:-none}]:-}
    if [[ -z $pid ]]; then
      continue
    fi
    tries=
    for target in $targets; do
      name=${target%%=*} at=${target#*=}
      try="exec 3<>/dev/tcp/${at%:*}/${at##*:}"
      if [[ $name == dns ]]; then
        try="nslookup kubernetes.default.svc.cluster.local. ${at%:*}"
      fi
      tries+="(timeout $(soon 2) bash -c \"$try\" >/dev/null 2>&1; echo $name \$?) & "
    done
    observe "tried$family/$pod" "nsenter -t $pid -n bash -c '${tries}wait'"
  done <<<"$2"
}
call_targets "" "$TARGETS"
if [[ -n ${TARGETS6:-} ]]; then
  observe enforcer6 "ip6tables-save --table filter | grep -c -e '^:KUBE-ROUTER-'"
  call_targets 6 "$TARGETS6"
fi
if [[ $ENFORCED == yes ]]; then
  for pod in $GUARDED; do
    if [[ ${pod#*=} == "$here" ]]; then
      name=${pod%=*}
      # Who is turned away calls from other nodes as well, at the same time.
      counted() {
        iptables-save --counters --table filter | grep -e "REJECT traffic destined for POD name:${name#*/} " | grep --quiet -v -e '^\[0:0\]'
      }
      wait_for "somebody to be turned away from $name" 20 counted || say "the claim about it will say what that means"
      observe "rule/$name" "iptables-save --counters --table filter | grep -e 'POD name:${name#*/} .*-j REJECT'"
    fi
  done
fi
print_observations
