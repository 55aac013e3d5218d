# shellcheck shell=bash
# A pod as its own node has it: { name, namespace, uid, node, ip, ip6 where it has one, containers }.
# A machine that was restarted begins its pods anew, with other addresses, while the API server still tells the old ones. So this waits until the
# containers that the API server names are those that run here. By then the node's network is there too: no pod begins before flanneld.
# A node that is cut off from the API server has its pods all the same, and its claims must be judged: then containerd alone is asked.
# Parameters: POD_NAMESPACE, POD_NAME, POD_UID.

node=$(node_name)
pods=$(mktemp)
facts=$(mktemp)
trap 'rm -f "$pods" "$facts"' EXIT

# The kubelet may ask for its own node's pods. kubectl would do so with its credentials as well, and take ten times the processor time, for each pod.
ask() {
  local server
  server=$(sed -n 's/^ *server: //p' /etc/kubernetes/kubelet.conf)
  curl --silent --show-error --fail --noproxy '*' --max-time "$(patient 5)" --cacert /etc/kubernetes/pki/ca.crt \
    --cert /var/lib/kubelet/pki/kubelet-client-current.pem "$server/api/v1/pods?fieldSelector=spec.nodeName%3D$node" >"$pods"
}

# The same from containerd, once all containers of the pod that are there run.
ask_containerd() {
  local sandbox
  sandbox=$(crictl pods --state ready --label "io.kubernetes.pod.uid=$POD_UID" --quiet | head -n 1)
  [[ -n $sandbox ]] || return
  { crictl inspectp --output json "$sandbox" && crictl ps --all --pod "$sandbox" --output json; } |
    jq --exit-status --slurp --arg node "$node" '.[0].status as $pod | (.[1].containers | sort_by(.createdAt | tonumber)) as $all
      | if $pod.network.ip and ($all | length > 0 and all(.state == "CONTAINER_RUNNING"))
      then { name: $pod.metadata.name, namespace: $pod.metadata.namespace, uid: $pod.metadata.uid, $node, ip: $pod.network.ip }
        + (first(($pod.network.ip, $pod.network.additionalIps[]?.ip) | select(contains(":")) | { ip6: . }) // {})
        + { containers: [$all[].metadata.name] }
      else null end' >"$facts"
}

# Its facts once the containers that are named run, and "gone" where there is no such pod: there is nothing to wait for then.
what_is_named_runs() {
  local running
  if ! ask; then
    # An API server that starts anew is back by then.
    ((SECONDS - begun >= $(patient 30))) && ask_containerd
    return
  fi
  running=$(crictl ps --quiet --no-trunc) || return
  jq --exit-status --arg uid "$POD_UID" --arg running "$running" '($running | split("\n")) as $ids
    | first(.items[] | select(.metadata.uid == $uid)) // "gone"
    | if . == "gone" then . elif .status | .podIP and (.containerStatuses
      | length > 0 and all((.containerID // "") | ltrimstr("containerd://") | IN($ids[])))
    then { name: .metadata.name, namespace: .metadata.namespace, uid: .metadata.uid, node: .spec.nodeName, ip: .status.podIP }
      + (first(.status.podIPs[]?.ip | select(contains(":")) | { ip6: . }) // {})
      + { containers: [.spec.containers[].name] }
    else null end' "$pods" >"$facts"
}

begun=$SECONDS
wait_for "$POD_NAMESPACE/$POD_NAME to run as the API server has it" 180 what_is_named_runs
if [[ $(<"$facts") == '"gone"' ]]; then
  say "$POD_NAMESPACE/$POD_NAME ($POD_UID) is no longer on $node: someone has deleted it; ./lab pulumi refresh --yes, then ./lab up, makes it anew"
  exit 1
fi
cat "$facts"
