# shellcheck shell=bash
# Looks up a name as a pod of this node would: by the servers, search domains and ndots of its own resolv.conf, one question after the other, until one
# is answered. The node's own nslookup asks, in the pod's network namespace: few images have one.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks), FROM (name of the pod), HOST.

find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of
pid=${pid_of[$FROM]:-}
if [[ -n $pid ]]; then
  observe resolv-conf "cat /proc/$pid/root/etc/resolv.conf"
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
  observe lookup "for name in $names; do echo \"# \$name\"; nsenter -t $pid -n timeout $(soon 3) nslookup -type=a \${name%.}. $server && break; done"
fi
print_observations
