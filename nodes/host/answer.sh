# shellcheck shell=bash
# Answers on ports that the cluster will use, so that the other hosts can try the way there: as long as standard input is open, and a
# minute at most. Prints a line for each port on which it answers, with the address, then "listening"; a port that is in use is left alone. Nothing stays behind.
# Parameters: ADDRESS (the host's private one), PORTS (such as tcp/10250, separated by blanks), ADDRESS6 and PORTS6 (the same by IPv6; may be absent). Standard input: open until all have asked.

# perl-base is essential on Debian and Ubuntu; bash cannot listen. IO::Socket::INET knows IPv4 alone.
# shellcheck disable=SC2016,SC2086 # the dollars are perl's; the ports are words
exec perl -e '
  use strict; use IO::Select; use IO::Socket::INET;
  my (%ways, $key);
  for my $word (@ARGV) {
    if ($word =~ m{^at=(.*)}) { $key = $1 } else { push @{$ways{$key}}, $word }
  }
  my $class = "IO::Socket::INET";
  if (grep /:/, keys %ways) { require IO::Socket::IP; $class = "IO::Socket::IP" }
  alarm 60;
  $| = 1;
  my (%listens, %answers);
  my $select = IO::Select->new(\*STDIN);
  for my $address (keys %ways) {
    for my $port (@{$ways{$address}}) {
      my ($protocol, $number) = split m{/}, $port;
      my @how = $protocol eq "tcp" ? (Listen => 16, ReuseAddr => 1) : ();
      my $socket = $class->new(Proto => $protocol, LocalAddr => $address, LocalPort => $number, @how) or next;
      ($protocol eq "tcp" ? \%listens : \%answers)->{fileno $socket} = 1;
      $select->add($socket);
      print "$port/$address\n";
    }
  }
  print "listening\n";
  while (1) {
    for my $ready ($select->can_read) {
      if ($listens{fileno $ready}) {
        my $caller = $ready->accept;
        $select->add($caller) if $caller;
      } elsif ($answers{fileno $ready}) {
        my $from = recv $ready, my $datagram, 512, 0;
        send $ready, $datagram, 0, $from if defined $from;
      } elsif (!sysread $ready, my $said, 512) {
        exit 0 if fileno $ready == 0;
        $select->remove($ready);
        close $ready;
      }
    }
  }' "at=$ADDRESS" $PORTS ${ADDRESS6:+"at=$ADDRESS6"} ${PORTS6:-}
