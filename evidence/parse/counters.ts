/** /proc/net/snmp and /proc/net/netstat, whose lines come in pairs: "IpExt: NAMES" and "IpExt: NUMBERS". By "IpExt InNoRoutes". */
export function parseProtocols(output: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const names = new Map<string, readonly string[]>();
  for (const line of output.split("\n")) {
    const [prefix, rest] = line.split(": ");
    if (prefix === undefined || rest === undefined) continue;
    const words = rest.trim().split(" ");
    const heading = names.get(prefix);
    if (heading === undefined) names.set(prefix, words);
    else heading.forEach((name, at) => found.set(`${prefix} ${name}`, Number(words[at])));
  }
  return found;
}

export interface DeviceDrops {
  readonly received: number;
  readonly sent: number;
  /** Packets that it could not send or receive. */
  readonly errors: number;
}

/** `ip -statistics link`: what each interface has dropped so far. */
export function parseDrops(output: string): ReadonlyMap<string, DeviceDrops> {
  const blocks = output.split(/^(?=\d+: )/m);
  return new Map(
    blocks.flatMap((block): [string, DeviceDrops][] => {
      const name = /^\d+: ([^:@\s]+)/.exec(block)?.[1];
      const lines = block.split("\n");
      const numbers = (which: string): readonly number[] => {
        const heading = lines.findIndex((line) => /^ +[RT]X:/.test(line) && line.trimStart().startsWith(`${which}:`));
        const line = heading === -1 ? "" : (lines[heading + 1] ?? "");
        return /^ +[\d ]+$/.test(line) ? line.trim().split(/ +/).map(Number) : [];
      };
      const [received, sent] = [numbers("RX"), numbers("TX")];
      if (name === undefined) return [];
      // bytes, packets, errors, dropped, ...
      const count = (row: readonly number[], at: number): number => row[at] ?? 0;
      return [
        [name, { received: count(received, 3), sent: count(sent, 3), errors: count(received, 2) + count(sent, 2) }],
      ];
    }),
  );
}

export interface Qdisc {
  readonly device: string;
  /** As tc prints it, such as "tbf 8001: root refcnt 2 rate 200Kbit burst 32Kb lat 400ms". */
  readonly text: string;
  readonly dropped: number;
}

/** `tc -statistics qdisc`. */
export function parseQdiscs(output: string): Qdisc[] {
  return output.split(/^(?=qdisc )/m).flatMap((block): Qdisc[] => {
    const head = /^qdisc (.*?) dev (\S+) (.*)$/m.exec(block);
    if (head === null) return [];
    return [
      {
        device: head[2]!,
        text: `${head[1]} ${head[3]}`.trim(),
        dropped: Number(/\(dropped (\d+),/.exec(block)?.[1] ?? 0),
      },
    ];
  });
}
