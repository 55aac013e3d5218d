/** `brctl show BRIDGE`: the interfaces that are its ports. @throws Error when it is not a bridge */
export function parsePorts(text: string): string[] {
  const [heading, first, ...rest] = text.split("\n").filter((line) => line.trim() !== "");
  if (
    heading === undefined ||
    first === undefined ||
    !/^bridge name\s+bridge id/.test(heading) ||
    !/^\S+\s+[0-9a-f]{4}\.[0-9a-f]{12}\s/.test(first)
  ) {
    throw new Error(`not a bridge: ${text.trim() || "an empty output"}`);
  }
  // The first row has name, id and STP before its port; each other row is a port alone.
  return [first.trim().split(/\s+/)[3], ...rest.map((line) => line.trim())].filter((port) => port !== undefined);
}

export interface ForwardingEntry {
  readonly mac: string;
  readonly port: string;
  /** On a VXLAN device: the address of the machine behind which the MAC is. */
  readonly destination?: string;
}

/** `bridge fdb show`. An empty table is an answer. */
export function parseForwarding(text: string, device?: string): ForwardingEntry[] {
  return text.split("\n").flatMap((line) => {
    const mac = /^([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b/.exec(line)?.[1];
    // `bridge fdb show dev X` leaves the device out.
    const port = / dev (\S+)/.exec(line)?.[1] ?? device;
    if (mac === undefined || port === undefined) return [];
    return [{ mac, port, destination: / dst (\S+)/.exec(line)?.[1] }];
  });
}
