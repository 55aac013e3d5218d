# shellcheck shell=bash
# From each pod of this node to every other pod: a ping, a TCP connection and a UDP datagram; and a question to the cluster's DNS.
# nodes/serve-echo.sh has run on every node before.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks).

crictl="crictl --runtime-endpoint unix:///run/containerd/containerd.sock"
find_pods
running=$($crictl ps --output json)

# call PROTOCOL: what bash does in the pod's network namespace; no answer within a second is none.
# shellcheck disable=SC2016 # the dollars are for the shell there
call() {
  printf 'timeout 3 bash -c "exec 3<>/dev/%s/$to/7 && echo hello >&3 && read -r -t 1 -u 3 answer && echo $to answered \\$answer"' "$1"
}

for pod in $PODS; do
  IFS='=' read -r name uid _ <<<"$pod"
  # shellcheck disable=SC2154 # pods.sh fills pid_of
  pid=${pid_of[$name]:-}
  if [[ -z $pid ]]; then
    continue
  fi
  others=()
  for other in $PODS; do
    if [[ $other != "$pod" ]]; then
      others+=("${other##*=}")
    fi
  done
  each="for to in ${others[*]}; do"
  observe "icmp/$name" "$each nsenter -t $pid -n ping -n -c 1 -W 1 \$to; done"
  observe "tcp/$name" "nsenter -t $pid -n bash -c '$each $(call tcp); done'"
  observe "udp/$name" "nsenter -t $pid -n bash -c '$each $(call udp); done'"
  container=$(jq --raw-output --arg uid "$uid" \
    'first(.containers[] | select(.labels["io.kubernetes.pod.uid"] == $uid) | .id)' <<<"$running")
  observe "dns/$name" "$crictl exec $container nslookup kubernetes.default.svc.cluster.local."
done
report
