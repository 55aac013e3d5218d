// Ends a command on another machine, with all that it started, and then the connection.
import type { Client, ClientChannel } from "ssh2";

const graceMs = 2_000;

export function stopCommand(client: Client, channel: ClientChannel): void {
  signal(client, channel, "TERM");
  setTimeout(() => signal(client, channel, "KILL"), graceMs).unref();
  setTimeout(() => client.end(), graceMs + 500).unref();
  // The other side may not be there any more.
  setTimeout(() => client.destroy(), 2 * graceMs).unref();
}

function signal(client: Client, channel: ClientChannel, name: "TERM" | "KILL"): void {
  try {
    channel.signal(name);
    // OpenSSH refuses signals to root's sessions. A second session on the same connection is a sibling of the first: both have
    // the connection's process as parent, and each leads a process group of its own.
    client.exec(`exec /bin/sh -c '${signalSiblings(name)}'`, (_error, siblings) => siblings?.resume());
  } catch {
    // The connection is gone, and with it the way to say anything.
  }
}

/**
 * A shell's script that signals the process groups of those that have the same parent, where that is a connection's process. Where the
 * connection has ended meanwhile, the shell has been handed to the machine's first process, and its siblings are all services there are.
 */
export const signalSiblings = (name: "TERM" | "KILL"): string =>
  [
    'read -r parent < "/proc/$PPID/comm";',
    'case "$PPID:$parent" in 1:*) exit ;; *:sshd*) ;; *) exit ;; esac;',
    "for stat in /proc/[0-9]*/stat; do",
    'read -r line < "$stat" || continue;',
    // Behind the name, which may hold anything, come state and parent.
    "set -- ${line##*\\) };",
    "pid=${stat#/proc/}; pid=${pid%/stat};",
    'if [ "$2" = "$PPID" ] && [ "$pid" != "$$" ]; then kill -s ' + name + ' -- "-$pid"; fi;',
    "done 2>/dev/null",
  ].join(" ");
