# shellcheck shell=bash
# Looks up a name as a pod of this node would: by the servers, search domains and ndots of its own resolv.conf, one question after the other, until one
# is answered. The node's own nslookup asks, in the pod's network namespace: few images have one. Or as a process of the node itself would; where its
# resolver does not know the name, the cluster's DNS is asked, which it does not ask by itself.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks), FROM (name of the pod; empty: a process of the node), HOST, DNS_ADDRESS (the cluster DNS
#   Service's; may be absent: it is not asked).

find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of
pid=${FROM:+${pid_of[$FROM]:-}}
if [[ -z $FROM || -n $pid ]]; then
  inside=${pid:+"nsenter -t $pid -n "}
  observe resolv-conf "cat ${pid:+/proc/$pid/root}/etc/resolv.conf"
  wait
  server=$(output_of resolv-conf | awk '$1 == "nameserver" { print $2; exit }')
  search=$(output_of resolv-conf | awk '$1 == "search" { $1 = ""; found = $0 } END { print found }')
  ndots=$(output_of resolv-conf | sed -n 's/^options.*ndots:\([0-9]*\).*/\1/p')
  dots=${HOST//[!.]/}
  names=$HOST
  if [[ $HOST != *. ]]; then
    read -ra domains <<<"$search"
    if ((${#dots} < ${ndots:-1})); then
      names="${domains[*]/#/$HOST.} $HOST"
    else
      names="$HOST ${domains[*]/#/$HOST.}"
    fi
  fi
  also=
  if [[ -n ${DNS_ADDRESS:-} ]]; then
    also="[[ -n \$found ]] || { echo '# $HOST at $DNS_ADDRESS'; timeout $(soon 3) nslookup -type=a ${HOST%.} $DNS_ADDRESS; }"
  fi
  observe lookup "found=; for name in $names; do echo \"# \$name\"; ${inside}timeout $(soon 3) nslookup -type=a \${name%.} $server && found=yes && break; done; $also"
fi
print_observations
