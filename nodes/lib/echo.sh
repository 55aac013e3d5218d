# shellcheck shell=sh
# An echo server for TCP and UDP, in perl's core alone: every Debian and Ubuntu has that, and so has the course's net-box. socat has none that holds for UDP: with
# UDP-LISTEN the datagrams of several senders are lost, and with UDP-RECVFROM,fork two processes may be started for one datagram, of which the second takes what
# comes after and answers nobody, for good.
# Parameters: none.

# echo_server: prints a program for perl with -MSocket=:all, whose words are 4 or 6, for the address family, and a port.
# A busy machine is late to read: the buffer is as large as the kernel grants without privilege. A caller that is gone without a word is not waited for. Several
# may have servers of their own on one port.
echo_server() {
  # shellcheck disable=SC2016 # the dollars are perl's
  printf '%s\n' '
  my ($six, $port) = (shift() == 6, shift);
  my $family = $six ? AF_INET6 : AF_INET;
  my $here = $six ? pack_sockaddr_in6($port, IN6ADDR_ANY) : pack_sockaddr_in($port, INADDR_ANY);
  my ($tcp, $udp, $wanted) = (undef, undef, "");
  socket($tcp, $family, SOCK_STREAM, 0) && socket($udp, $family, SOCK_DGRAM, 0) or die "socket: $!";
  setsockopt($udp, SOL_SOCKET, SO_RCVBUF, 1 << 20);
  setsockopt($tcp, SOL_SOCKET, SO_REUSEADDR, 1);
  for ($tcp, $udp) {
    setsockopt($_, IPPROTO_IPV6, IPV6_V6ONLY, 1) if $six;
    setsockopt($_, SOL_SOCKET, SO_REUSEPORT, 1);
    bind($_, $here) or die "port $port: $!";
    vec($wanted, fileno($_), 1) = 1;
  }
  listen($tcp, 128) or die "listen: $!";
  $SIG{CHLD} = "IGNORE";
  while (1) {
    next if select(my $ready = $wanted, undef, undef, undef) < 1;
    if (vec($ready, fileno($udp), 1)) {
      my $from = recv($udp, my $datagram, 65535, 0);
      send($udp, $datagram, 0, $from) if defined $from;
    }
    if (vec($ready, fileno($tcp), 1) && accept(my $caller, $tcp)) {
      if (!fork) {
        alarm 60;
        while (sysread($caller, my $said, 65536)) {
          for (my $done = 0; $done < length $said;) { $done += syswrite($caller, $said, length($said) - $done, $done) || exit }
        }
        exit;
      }
    }
  }'
}
