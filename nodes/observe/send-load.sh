# shellcheck shell=bash
# Sends many packets from a pod of this node to another pod, and tells how fast they were.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks), FROM and TO (names of two of them), LOAD and AMOUNT:
#   icmp: so many pings in quick succession
#   tcp, udp: for so many seconds as much as gets through, to the iperf3 server in the other pod; datagrams as large as the pod may send them whole

find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of and address_of
pid=${pid_of[$FROM]:-}
if [[ -n $pid ]]; then
  # shellcheck disable=SC2154
  inside="nsenter -t $pid -n" to=${address_of[$TO]} interval=0.002
  # An emulated processor sends no hundred packets a second.
  if emulated; then interval=0.1; fi
  observe interface "$inside ip -json link show eth0"
  wait
  case $LOAD in
    icmp) observe times "$inside ping -n -c $AMOUNT -i $interval -W $(soon 2) $to" ;;
    tcp) observe stream "$inside iperf3 --client $to --time $AMOUNT --json" ;;
    udp)
      mtu=$(output_of interface | jq '.[0].mtu')
      observe stream "$inside iperf3 --client $to --time $AMOUNT --udp --bitrate 0 --length $((mtu - 28)) --json"
      ;;
    *)
      say "LOAD \"$LOAD\" is not known; write icmp, tcp or udp"
      exit 1
      ;;
  esac
fi
print_observations
