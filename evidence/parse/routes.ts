export interface Route {
  /** CIDR, address, or "default". */
  readonly destination: string;
  readonly via?: string;
  readonly device?: string;
  readonly onlink: boolean;
  /** The address that packets of this machine's own are sent from. */
  readonly source?: string;
}

/** `ip route`. */
export function parseRoutes(text: string): Route[] {
  const routes = lines(text).map((line) => {
    const source = field(line, "src");
    return {
      destination: /^(\S+)/.exec(line)![1]!,
      via: field(line, "via"),
      device: field(line, "dev"),
      onlink: /\bonlink\b/.test(line),
      ...(source !== undefined && { source }),
    };
  });
  if (routes.length === 0) throw new Error("no route at all");
  return routes;
}

/** `ip route get DESTINATION from SOURCE iif DEVICE`: what the kernel would do; undefined where it would do nothing. */
export function parseDecision(text: string): Route | undefined {
  const [first] = lines(text).filter((line) => !line.startsWith("RTNETLINK"));
  return first === undefined || !/ dev /.test(first) ? undefined : parseRoutes(first)[0];
}

export interface Neighbour {
  readonly address: string;
  readonly device?: string;
  readonly mac?: string;
  /** REACHABLE, STALE, PERMANENT, FAILED and so on. */
  readonly state: string;
}

/** `ip neigh`, with or without `show dev DEVICE`. An empty table is an answer. */
export function parseNeighbours(text: string): Neighbour[] {
  return lines(text).map((line) => ({
    address: /^(\S+)/.exec(line)![1]!,
    device: field(line, "dev"),
    mac: field(line, "lladdr"),
    state: /(\S+)\s*$/.exec(line)![1]!,
  }));
}

/** A line that begins with a blank says more about the one before it. */
const lines = (text: string): string[] => text.split("\n").filter((line) => /^\S/.test(line));
const field = (line: string, name: string): string | undefined => new RegExp(`\\b${name} (\\S+)`).exec(line)?.[1];
