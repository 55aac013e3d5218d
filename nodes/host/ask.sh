# shellcheck shell=bash
# Asks the other hosts, on which answer.sh runs, and prints those that cannot be reached, a line each as they are given.
# Parameters: PEERS (such as tcp/10250/10.0.0.12, separated by blanks).

# knock PROTOCOL PORT ADDRESS: whether an answer comes. A datagram may be lost on its way.
knock() {
  if [[ $1 == tcp ]]; then
    timeout 5 bash -c "exec 3<>/dev/tcp/$3/$2"
  else
    for _ in 1 2 3; do
      # shellcheck disable=SC2016 # the dollars belong to the inner shell
      if timeout 2 bash -c 'exec 3<>"/dev/udp/$1/$2" && printf podnet >&3 && [[ $(head -c 6 <&3) == podnet ]]' ask "$3" "$2"; then
        return
      fi
    done
    return 1
  fi 2>/dev/null
}
for peer in $PEERS; do
  (
    IFS=/ read -r protocol port address <<<"$peer"
    knock "$protocol" "$port" "$address" || printf '%s\n' "$peer"
  ) &
done
wait
