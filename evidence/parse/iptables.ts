import { contains } from "../cidr.ts";

/** As `iptables-save` prints it. */
export interface Rule {
  readonly chain: string;
  /** The whole line. */
  readonly text: string;
  readonly words: readonly string[];
}

/** A packet that has not been sent: what rules of POSTROUTING see of it. */
export interface Supposed {
  readonly source: string;
  readonly destination: string;
  /** Interface that it leaves by. */
  readonly out: string;
  readonly protocol: "icmp" | "tcp" | "udp";
}

/** What becomes of a packet, and the rule that says so; none where it comes to the end of the chain. */
export interface Fate {
  readonly target: string;
  readonly rule?: Rule;
}

/** `iptables-save -t TABLE`: the rules of each chain in their order. @throws Error when it has no chain at all */
export function parseRules(text: string): ReadonlyMap<string, readonly Rule[]> {
  const chains = new Map<string, Rule[]>();
  for (const line of text.split("\n")) {
    const [, chain] = /^:(\S+) /.exec(line) ?? [];
    if (chain !== undefined) chains.set(chain, []);
    const [, own] = /^-A (\S+) /.exec(line) ?? [];
    if (own === undefined) continue;
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
    const rules = chains.get(own) ?? [];
    rules.push({ chain: own, text: line, words: words.slice(2) });
    chains.set(own, rules);
  }
  if (chains.size === 0) throw new Error(`not a table of iptables: ${text.trim() || "an empty output"}`);
  return chains;
}

/** Rules that one decision may look at. The kernel lets no chain come back to itself, but a node may print what its kernel has not. */
const mostLooks = 200_000;

/** How a chain decides about a packet. @throws Error where the rules lead on without end */
export function decide(chains: ReadonlyMap<string, readonly Rule[]>, chain: string, packet: Supposed): Fate {
  return walk(chains, chain, packet, { mark: 0, looks: 0 }) ?? { target: "the chain's end" };
}

function walk(
  chains: ReadonlyMap<string, readonly Rule[]>,
  chain: string,
  packet: Supposed,
  state: { mark: number; looks: number },
): Fate | undefined {
  for (const rule of chains.get(chain) ?? []) {
    state.looks += 1;
    if (state.looks > mostLooks)
      throw new Error(`the rules from ${chain} on lead nowhere: ${mostLooks} were looked at`);
    const { fits, target, options } = read(rule, packet, state.mark);
    if (!fits || target === undefined) continue;
    if (target === "MARK") {
      state.mark = marked(state.mark, options);
    } else if (target === "RETURN") {
      return undefined;
    } else if (chains.has(target)) {
      const fate = walk(chains, target, packet, state);
      if (fate !== undefined) return fate;
    } else if (target !== "LOG" && target !== "TRACE" && target !== "NFLOG") {
      return { target, rule };
    }
  }
  return undefined;
}

/** `--set-xmark VALUE/MASK` */
function marked(mark: number, options: readonly string[]): number {
  const [value = "0", mask = "0xffffffff"] = (options[options.indexOf("--set-xmark") + 1] ?? "").split("/");
  return (mark & ~Number(mask)) ^ Number(value);
}

/** A match that is not known here, such as a set of addresses, counts as one that does not fit: no rule is blamed by guess. */
function read({ words }: Rule, packet: Supposed, mark: number): { fits: boolean; target?: string; options: string[] } {
  let fits = true;
  let negated = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = words[at + 1] ?? "";
    if (word === "-j" || word === "-g") return { fits, target: value, options: words.slice(at + 2) };
    if (word === "!") {
      negated = true;
      continue;
    }
    const known = match(word, value, packet, mark);
    fits &&= (known ?? false) !== negated;
    negated = false;
    at += 1;
    while (words[at + 1] !== undefined && !words[at + 1]!.startsWith("-") && words[at + 1] !== "!") at += 1;
  }
  return { fits, options: [] };
}

function match(word: string, value: string, packet: Supposed, mark: number): boolean | undefined {
  switch (word) {
    case "-s":
      return contains(value, packet.source);
    case "-d":
      return contains(value, packet.destination);
    case "-o":
      return value.endsWith("+") ? packet.out.startsWith(value.slice(0, -1)) : packet.out === value;
    case "-p":
      return value === packet.protocol || value === "all";
    case "-m":
    case "--comment":
    case "--mode":
    case "--probability":
    case "--every":
    case "--packet":
      return true;
    case "--mark": {
      const [wanted, mask = "0xffffffff"] = value.split("/");
      return (mark & Number(mask)) === Number(wanted);
    }
    default:
      return undefined;
  }
}
