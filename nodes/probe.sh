# shellcheck shell=bash
# Sends one marked ping from a pod of this node to another pod.
# Parameters: PODS (NAME=UID=ADDRESS, separated by blanks), FROM and TO (names of two of them), PAYLOAD (bytes), MARK (hex digits).

find_pods
# shellcheck disable=SC2154 # pods.sh fills pid_of and address_of
if [[ -n ${pid_of[$FROM]:-} ]]; then
  observe probe "nsenter -t ${pid_of[$FROM]} -n ping -n -c 1 -W 2 -s $PAYLOAD -p $MARK ${address_of[$TO]}"
fi
report
