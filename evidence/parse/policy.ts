import { contains } from "../cidr.ts";

export interface PolicyRule {
  readonly priority: number;
  /** As `ip rule` prints it, without its priority. */
  readonly text: string;
  /** CIDR or address; none for all. */
  readonly from?: string;
  readonly to?: string;
  readonly iif?: string;
  /** It asks for something that only the packet itself tells, such as a mark. */
  readonly more: boolean;
  /** The table that it looks into, or what it does instead. */
  readonly action: { readonly table: string } | { readonly type: string };
}

/** `ip rule`, in the order in which the kernel asks them. */
export function parsePolicy(output: string): PolicyRule[] {
  return output.split("\n").flatMap((line): PolicyRule[] => {
    const head = /^(\d+):\s+(\S.*)$/.exec(line.trimEnd());
    if (head === null) return [];
    const text = head[2]!;
    const field = (name: string): string | undefined => {
      const value = new RegExp(`\\b${name} (\\S+)`).exec(text)?.[1];
      return value === "all" ? undefined : value;
    };
    const [from, to, iif, table] = ["from", "to", "iif", "lookup"].map(field);
    return [
      {
        priority: Number(head[1]),
        text,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(iif !== undefined && { iif }),
        more: /^not |\b(fwmark|oif|tos|dsfield|ipproto|sport|dport|uidrange|suppress)/.test(text),
        action: table === undefined ? { type: text.split(" ").at(-1)! } : { table },
      },
    ];
  });
}

export interface TableRoute {
  readonly table: string;
  /** "unicast", "blackhole", "unreachable", "prohibit", "throw", "local" and so on. */
  readonly type: string;
  /** CIDR; an address is a CIDR of one. */
  readonly destination: string;
  /** As `ip route` prints it. */
  readonly text: string;
}

const types = /^(unicast|blackhole|unreachable|prohibit|throw|local|broadcast|anycast|multicast|nat) /;

/** `ip -4 route show table all`. */
export function parseTables(output: string): TableRoute[] {
  return output.split("\n").flatMap((line): TableRoute[] => {
    const text = line.trim();
    const type = types.exec(text)?.[1] ?? "unicast";
    const word = text.replace(types, "").split(" ")[0] ?? "";
    if (!/^(default|\d+\.\d+\.\d+\.\d+(\/\d+)?)$/.test(word)) return [];
    const destination = word === "default" ? "0.0.0.0/0" : word.includes("/") ? word : `${word}/32`;
    return [{ table: / table (\S+)/.exec(text)?.[1] ?? "main", type, destination, text }];
  });
}

export interface Decision {
  readonly rule: PolicyRule;
  /** None where the policy rule itself decides. */
  readonly route?: TableRoute;
}

/** Which policy rule and which route decide about a packet, as the kernel asks them; undefined where none does. A rule that asks for a mark or the like is passed over. */
export function decide(
  packet: { readonly source: string; readonly destination: string; readonly iif: string },
  rules: readonly PolicyRule[],
  routes: readonly TableRoute[],
): Decision | undefined {
  const within = (range: string | undefined, address: string): boolean =>
    range === undefined || contains(range.includes("/") ? range : `${range}/32`, address);
  for (const rule of rules.toSorted((one, other) => one.priority - other.priority)) {
    const { from, to, iif, more, action } = rule;
    if (more || !within(from, packet.source) || !within(to, packet.destination)) continue;
    if (iif !== undefined && iif !== packet.iif) continue;
    if ("type" in action) return { rule };
    const route = routes
      .filter(({ table, destination }) => table === action.table && contains(destination, packet.destination))
      .toSorted((one, other) => length(other.destination) - length(one.destination))[0];
    if (route !== undefined && route.type !== "throw") return { rule, route };
  }
  return undefined;
}

const length = (cidr: string): number => Number(cidr.split("/")[1]);
