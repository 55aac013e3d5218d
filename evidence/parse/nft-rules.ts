import type { Rule } from "./iptables.ts";

/** What a chain of nftables decides, as iptables calls it. */
const verdicts: Readonly<Record<string, string>> = {
  accept: "ACCEPT",
  drop: "DROP",
  return: "RETURN",
  masquerade: "MASQUERADE",
  snat: "SNAT",
};

/** What a rule asks of a packet, as iptables calls it. */
const matches: Readonly<Record<string, string>> = {
  "ip saddr": "-s",
  "ip daddr": "-d",
  "meta mark": "--mark",
  "meta l4proto": "-p",
  "ip protocol": "-p",
  oifname: "-o",
};

/** `nft list table`, in the words of iptables, so that one program decides by both. @throws Error when it has no chain at all */
export function parseNftRules(text: string): ReadonlyMap<string, readonly Rule[]> {
  const chains = new Map<string, Rule[]>();
  let chain: string | undefined;
  for (const line of text.split("\n").map((one) => one.trim())) {
    const [, begun] = /^chain (\S+) \{$/.exec(line) ?? [];
    if (begun !== undefined) {
      chain = begun;
      chains.set(chain, []);
    } else if (line === "}") chain = undefined;
    else if (chain !== undefined && line !== "" && !/^(type|comment|policy) /.test(line))
      chains.get(chain)?.push({ chain, text: line, words: wordsOf(line) });
  }
  if (chains.size === 0) throw new Error(`not a table of nftables: ${text.trim() || "an empty output"}`);
  return chains;
}

/** A match that is not known is one that iptables does not know either: no rule is blamed by guess. */
function wordsOf(line: string): readonly string[] {
  const words = line.split(/\s+/);
  const found: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const verdict = verdicts[words[at]!];
    if (verdict !== undefined) return [...found, "-j", verdict];
    // What it counts, and what it calls itself, decides nothing.
    if (words[at] === "counter") {
      while (["packets", "bytes"].includes(words[at + 1] ?? "")) at += 2;
      continue;
    }
    const two = `${words[at]} ${words[at + 1]}`;
    const known = matches[two] === undefined ? matches[words[at]!] : matches[two];
    if (matches[two] !== undefined) at += 1;
    const negated = words[at + 1] === "!=";
    if (negated) at += 1;
    at += 1;
    const value = (words[at] ?? "").replaceAll('"', "");
    const address = known === "-s" || known === "-d";
    // A set, a map or a range is none that can be looked into here.
    const fits = address ? /^[\d.]+(\/\d+)?$/.test(value) : /^[\w.*-]+$/.test(value);
    found.push(
      ...(negated ? ["!"] : []),
      fits ? (known ?? "--unknown") : "--unknown",
      address && !value.includes("/") ? `${value}/32` : value,
    );
  }
  return found;
}
