# shellcheck shell=bash
# Sends one marked packet from a pod of this node, or from a process of the node itself, to another pod.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks), FROM and TO (names of two of them; an empty FROM: a process of the node), PROTOCOL, and for
#   icmp: PAYLOAD (bytes), MARK (hex digits, repeated in the payload)
#   udp: PORT, MARK (letters and digits: the payload, which an echo server sends back)
#   tcp: PORT, SOURCE_PORT (the packet that opens a connection carries no payload: its ports are the mark)
#   ADDRESS: what is called instead of the other pod's own address, such as a Service's (may be absent).
#   COUNT: how many of them, a tenth of a second apart (may be absent: one; a connection is tried again by the kernel itself). Of connections, how many at
#     most: from as many ports, one after the other, until one is sent on to TO.

find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of and address_of
pid=${FROM:+${pid_of[$FROM]:-}}
if [[ -z $FROM || -n $pid ]]; then
  inside=${pid:+"nsenter -t $pid -n "} to=${ADDRESS:-${address_of[$TO]}} seconds=$(soon 2)
  count=${COUNT:-1}
  case $PROTOCOL in
    icmp) observe probe "${inside}ping -n -c $count$([[ $count == 1 ]] || echo " -i 0.1") -W $seconds -s $PAYLOAD -p $MARK $to" ;;
    udp)
      send="printf %s $MARK >&3"
      if ((count > 1)); then
        send="for each in \$(seq $count); do $send; sleep 0.1; done"
      fi
      observe probe "${inside}timeout $seconds bash -c 'exec 3<>/dev/udp/$to/$PORT && $send && head -c ${#MARK} <&3'"
      ;;
    tcp)
      if ((count > 1)); then
        observe probe "for port in \$(seq $SOURCE_PORT $((SOURCE_PORT + count - 1))); do ${inside}socat -u OPEN:/dev/null TCP4:$to:$PORT,sourceport=\$port,connect-timeout=$seconds; conntrack -L -p tcp --orig-port-src \$port --reply-src ${address_of[$TO]} 2>/dev/null | grep ^tcp && break; done"
      else
        observe probe "${inside}socat -u OPEN:/dev/null TCP4:$to:$PORT,sourceport=$SOURCE_PORT,connect-timeout=$seconds"
      fi
      if [[ -z $FROM ]]; then
        wait
        # What a process of the node sends has other addresses before any interface sees it.
        observe translated "conntrack -L -p tcp --orig-port-src $SOURCE_PORT --orig-dst $to"
      fi
      ;;
    *)
      say "PROTOCOL \"$PROTOCOL\" is not known; write icmp, udp or tcp"
      exit 1
      ;;
  esac
fi
print_observations
