# shellcheck shell=bash
# What the observers share: which of the pods run on this node, and the process that holds each one's network namespace.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks).

# What `ip` is told before a script looks at another family than IPv4: the word, and a blank.
of_family=''
declare -A pid_of=() address_of=()

# list_pods: the sandboxes and the processes of this node, as two observations.
list_pods() {
  observe sandboxes "crictl pods --state ready --output json | jq --raw-output '.items[] | \"\(.metadata.uid) \(.id) \(.metadata.name)\"'"
  observe tasks "ctr --namespace=k8s.io task ls"
  wait
}

# find_pods: fills address_of for every pod, and pid_of for those whose sandbox runs here. A pod that is not here is not
# an error of this script: its observations are missing then, and the claims that need them say so.
find_pods() {
  local -A sandbox_of=() process_of=()
  local pod name uid address key value try
  # Without the lists nothing could be observed at all, and a machine that has just come up may be too busy for an answer.
  for try in 1 2 3; do
    list_pods
    if [[ $(exit_of sandboxes) == 0 && $(exit_of tasks) == 0 ]]; then
      break
    fi
    say "containerd does not tell what runs here (try $try of 3): $(output_of sandboxes | tail -n 1) $(output_of tasks | tail -n 1)"
    sleep "$(soon 1)"
  done
  while read -r key value _; do
    sandbox_of[${key:-none}]=$value
  done <<<"$(output_of sandboxes)"
  while read -r key value _; do
    process_of[${key:-none}]=$value
  done <<<"$(output_of tasks)"
  for pod in $PODS; do
    IFS='=' read -r name uid address <<<"$pod"
    address_of[$name]=$address
    key=${sandbox_of[$uid]:-}
    if [[ -n $key && -n ${process_of[$key]:-} ]]; then
      pid_of[$name]=${process_of[$key]}
    fi
  done
}

# observe_pod NAME: its network namespace, addresses and routes, what the node knows of it, and from it to every other pod a ping, and fifty in
# quick succession.
observe_pod() {
  local name=$1 pid=${pid_of[$1]} other interval=0.01 decisions=''
  # An emulated processor sends no hundred packets a second.
  if emulated; then interval=0.1; fi
  observe "network-namespace/$name" "readlink /proc/$pid/ns/net"
  observe "addresses/$name" "nsenter -t $pid -n ip addr"
  for other in "${!address_of[@]}"; do
    if [[ $other != "$name" ]]; then
      decisions+="; ip route get ${address_of[$other]}"
      observe "ping/$name/$other" "nsenter -t $pid -n ping -n -c 3 -i 0.2 -W $(soon 2) ${address_of[$other]}"
      observe "loss/$name/$other" "nsenter -t $pid -n ping -n -q -c 50 -i $interval -W $(soon 2) ${address_of[$other]}"
    fi
  done
  observe "pod-routes/$name" "nsenter -t $pid -n bash -c 'ip ${of_family}route$decisions'"
  # The node learns a pod's MAC when it has something for it: a ping of its own is.
  observe "pod-neighbour/$name" "ping -n -c 1 -W $(soon 1) ${address_of[$name]} >/dev/null; ip neigh show ${address_of[$name]} dev cni0"
}
