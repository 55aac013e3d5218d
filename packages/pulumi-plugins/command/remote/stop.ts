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

const signalSiblings = (name: string): string =>
  [
    "for stat in /proc/[0-9]*/stat; do",
    'read -r line < "$stat" || continue;',
    // Behind the name, which may hold anything, come state and parent.
    "set -- ${line##*\\) };",
    "pid=${stat#/proc/}; pid=${pid%/stat};",
    'if [ "$2" = "$PPID" ] && [ "$pid" != "$$" ]; then kill -s ' + name + ' -- "-$pid"; fi;',
    "done 2>/dev/null",
  ].join(" ");
