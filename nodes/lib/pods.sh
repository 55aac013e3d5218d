# shellcheck shell=bash
# What the observers share: which of the pods run on this node, and the process that holds each one's network namespace.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks).

# What `ip` is told before a script looks at another family than IPv4: the word, and a blank.
of_family=''
declare -A pid_of=() address_of=() container_of=() container_pid_of=()

# Where containerd keeps what runs: for each container, and each pod's sandbox, a folder with its configuration and its first process, until it has
# ended. containerd itself tells the same by two programs, of which one has every container's shim asked.
running=/run/containerd/io.containerd.runtime.v2.task/k8s.io

# list_running: a line for each: `sandbox` or `container`, the pod's UID, its id and its process. The quotes in what a pod brings, such as its
# environment, are escaped there, so that it cannot pass for another.
list_running() {
  # shellcheck disable=SC2016 # the dollars are awk's
  (cd "$running" && grep -s -H -o -E '^[0-9]+$|"io\.kubernetes\.cri\.(container-type|sandbox-uid)":"[^"]*"' -- */init.pid */config.json) |
    awk -F '[/:"]+' '$2 == "init.pid" { ids[++count] = $1; pid[$1] = $3 }
      $3 ~ /container-type$/ { kind[$1] = $4 } $3 ~ /sandbox-uid$/ { uid[$1] = $4 }
      END { for (at = 1; at <= count; at++) { id = ids[at]; print kind[id], uid[id], id, pid[id] } }'
}

# find_pods: fills address_of for every pod, pid_of for those whose sandbox runs here, and by the UID of each pod of this node container_of and
# container_pid_of, of one of its containers. A pod that is not here is not an error of this script: its observations are missing then, and the claims
# that need them say so.
find_pods() {
  local -A sandbox_pid_of=()
  local pod name uid address kind id pid
  while read -r kind uid id pid; do
    # shellcheck disable=SC2034 # for the scripts that enter a container
    case $kind in
      sandbox) sandbox_pid_of[${uid:-none}]=$pid ;;
      container) container_of[${uid:-none}]=$id container_pid_of[${uid:-none}]=$pid ;;
    esac
  done < <(list_running)
  if ((${#sandbox_pid_of[@]} == 0)); then
    say "no pod runs on this node: there is none in $running"
  fi
  for pod in $PODS; do
    IFS='=' read -r name uid address <<<"$pod"
    address_of[$name]=$address
    if [[ -n ${sandbox_pid_of[$uid]:-} ]]; then
      pid_of[$name]=${sandbox_pid_of[$uid]}
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
