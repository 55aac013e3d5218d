# shellcheck shell=bash
# The course's look at one pod from its own node: its containers, the namespaces they were given, the address inside, and
# a listener on localhost that only the other container reaches.
# Parameters: POD_UID, POD_ADDRESS.

# In the pod's own network namespace: no other pod can hold it.
port=7777

observe tasks "ctr --namespace=k8s.io task ls"
observe pod "crictl ps --label io.kubernetes.pod.uid=$POD_UID --output json"
observe containers "ctr --namespace=k8s.io container ls | grep net-box"
observe ports "ip link show master cni0"
observe subnet "cat /run/flannel/subnet.env"

wait
tasks=$(output_of tasks)
pid_of() {
  awk -v id="$1" '$1 == id { print $2 }' <<<"$tasks"
}

# Only what runs is listed: a restarted container's first life is not mistaken for it. Where the list could not be had, the claims that need
# it say so, and there is no container to look into.
listed=""
if [[ $(exit_of pod) == 0 ]]; then
  listed=$(output_of pod | jq --raw-output '.containers | sort_by(.metadata.name)[] | "\(.metadata.name) \(.id) \(.podSandboxId)"')
fi
ids=()
while read -r name id sandbox; do
  if [[ -z $name ]]; then
    continue
  fi
  ids+=("$id")
  sandbox_id=$sandbox
  observe "namespaces/$name" "ctr --namespace=k8s.io container info $id | jq .Spec.linux.namespaces"
  observe "network-namespace/$name" "readlink /proc/$(pid_of "$id")/ns/net"
done <<<"$listed"

if [[ -n ${sandbox_id:-} ]]; then
  observe addresses "nsenter -t $(pid_of "$sandbox_id") -n ip addr"
fi

if ((${#ids[@]} == 2)); then
  # The node's own socat, where each container's process is: upstream's net-box has none.
  at=$POD_ADDRESS
  if [[ $at == *:* ]]; then at="[$at]"; fi
  first="nsenter -t $(pid_of "${ids[0]}") -n"
  second="nsenter -t $(pid_of "${ids[1]}") -n"
  # reuseaddr: a connection left from a check a minute ago does not keep the port; another listener does, which is what the second one shows.
  # It answers one connection, then ends; the last of the three callers is the one it is meant for.
  observe listener "$first timeout $(patient 15) socat -u 'EXEC:echo hello from the first container' TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr"
  listener=$!
  listens() {
    nsenter -t "$(pid_of "$sandbox_id")" -n ss --no-header --listening --tcp --numeric "sport = :$port" | grep -q LISTEN
  }
  # When it does not come up, the callers' own outputs tell.
  if wait_for "a listener on 127.0.0.1:$port" 10 listens; then
    observe second-listener "$second timeout $(patient 5) socat -u TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr -"
    second_listener=$!
    observe caller-on-node "socat -u TCP:$at:$port,connect-timeout=$(soon 2) -"
    wait "$second_listener" "$!"
    observe caller "$second socat -u TCP:127.0.0.1:$port -"
    wait "$!"
  fi
  wait "$listener"
fi
print_observations
