# shellcheck shell=bash
# What the cluster's DNS answers: a process of this node, and the lesson's client, where it runs here. Of some names every question is captured
# on the client's own interface, one name after the other.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks; `client` is the one that asks), DNS_ADDRESS (the cluster DNS Service's),
#   HOSTS (names as programs write them), RECORDS (NAME=TYPE=HOST each), REPLICAS (NAME=ADDRESS of each CoreDNS),
#   NODE_HOSTS (NAME=HOST: what a process of the node asks for), SETTLED (a name and how many addresses it must have first: HOST=COUNT).

seconds=$(soon 2)
# A node that has just joined is Ready before its kube-proxy has written the rules; no claim is about how long that takes.
answered() {
  timeout "$seconds" nslookup -type=a kubernetes.default.svc.cluster.local. "$DNS_ADDRESS"
}
if ! wait_for "the cluster's DNS to answer this node" 30 answered; then
  say "the claims about names will say what that means"
fi
# CoreDNS hears of a pod a moment after the API server has listed it.
settled() {
  [[ $(timeout "$seconds" nslookup -type=a "${SETTLED%=*}" "$DNS_ADDRESS" | grep -c '^Address') -gt ${SETTLED##*=} ]]
}
if ! wait_for "CoreDNS to know the lesson's pods" 15 settled; then
  say "the claims about records will say what that means"
fi

for each in $NODE_HOSTS; do
  observe "from-node/${each%%=*}" "timeout $(soon 5) nslookup -type=a ${each#*=} $DNS_ADDRESS"
done

find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of
pid=${pid_of[client]:-}
if [[ -n $pid ]]; then
  uid=''
  for pod in $PODS; do
    if [[ ${pod%%=*} == client ]]; then IFS='=' read -r _ uid _ <<<"$pod"; fi
  done
  # shellcheck disable=SC2154 # pods.sh fills container_of
  inside="crictl exec ${container_of[$uid]:-none}"
  observe resolv-conf "$inside cat /etc/resolv.conf"
  wait
  captured=$(mktemp -d)
  # One name at a time, and nothing else meanwhile: each capture has the questions of one name. What is pinged is an address that no device
  # has; ping looks it up as every program does, by the C library.
  for host in $HOSTS; do
    file=$captured/$host.pcap
    nsenter -t "$pid" -n tcpdump -n --immediate-mode --packet-buffered --relinquish-privileges=root -i eth0 -w "$file" udp port 53 2>/dev/null &
    capture=$!
    if wait_for "tcpdump in the client's network namespace" 10 test -s "$file"; then
      # The C library asks once more after five seconds: a question that was lost is not the end.
      observe "asked/$host" "timeout $(soon 12) $inside ping -4 -c 1 -W 1 $host"
      wait "$!"
    fi
    kill -INT "$capture" 2>/dev/null || true
    wait "$capture" || true
    observe "questions/$host" "tcpdump -n -r $file # of nsenter -t $pid -n tcpdump -i eth0 -w $file udp port 53"
  done
  wait
  rm -r "$captured"
  # From the client's network, by the node's own program: whole names need no resolver, and ten programs in a container at once take long to begin.
  inside="nsenter -t $pid -n timeout $(soon 5)"
  for each in $RECORDS; do
    IFS='=' read -r name type host <<<"$each"
    observe "record/$name" "$inside nslookup -type=$type $host $DNS_ADDRESS"
  done
  read -r first _ <<<"$NODE_HOSTS"
  for each in $REPLICAS; do
    observe "replica/${each%%=*}" "$inside nslookup -type=a ${first#*=} ${each#*=}"
  done
fi
print_observations
