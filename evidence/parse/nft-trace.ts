/** One step of one packet through the rules, as `nft monitor trace` prints it. */
export interface TraceStep {
  readonly packet: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** "packet": it comes into the chain, and how it looks. */
  readonly what: "packet" | "rule" | "policy" | "verdict";
  /** Of a rule its text without its counter, of a packet its headers, of a policy the policy. */
  readonly text: string;
  /** What a rule decided, such as "drop" or "jump KUBE-FORWARD". */
  readonly verdict?: string;
}

/** `nft monitor trace`. Lines that it cuts off or that say something else are left out. */
export function parseTrace(output: string): TraceStep[] {
  return output.split("\n").flatMap((line): TraceStep[] => {
    const head = /^trace id ([0-9a-f]+) (\S+) (\S+) (\S+) (packet:|rule|policy|verdict)\s*(.*)$/.exec(line);
    if (head === null) return [];
    const [, packet = "", family = "", table = "", chain = "", what = "", rest = ""] = head;
    const at = rest.lastIndexOf("(verdict ");
    const verdict = at === -1 ? undefined : /^\(verdict ([^)]*)\)\s*$/.exec(rest.slice(at))?.[1];
    return [
      {
        packet,
        family,
        table,
        chain,
        what: what.replace(":", "") as TraceStep["what"],
        text: withoutCounter(verdict === undefined ? rest : rest.slice(0, at)),
        ...(verdict !== undefined && { verdict }),
      },
    ];
  });
}

/** A rule of `nft --handle list chain`. */
export interface ListedRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** As nft prints it, its counter left out. */
  readonly text: string;
  readonly handle: number;
  readonly comment?: string;
}

/** `nft --handle list chain FAMILY TABLE CHAIN`, one or more. */
export function parseChains(output: string): ListedRule[] {
  let [family, table, chain] = ["", "", ""];
  return output.split("\n").flatMap((line): ListedRule[] => {
    const heading = /^\s*table (\S+) (\S+) \{/.exec(line);
    if (heading !== null) [, family = "", table = ""] = heading;
    const inside = /^\s*chain (\S+) \{/.exec(line);
    if (inside !== null) [, chain = ""] = inside;
    const rule = /^\t\t(.*\S)\s+# handle (\d+)$/.exec(line);
    if (rule === null) return [];
    const text = withoutCounter(rule[1]!);
    const comment = /\bcomment "([^"]*)"/.exec(text)?.[1];
    return [{ family, table, chain, text, handle: Number(rule[2]), ...(comment !== undefined && { comment }) }];
  });
}

/** A rule as it stands, whatever it has counted; one blank between words. */
const withoutCounter = (text: string): string =>
  text
    .replace(/\bcounter packets \d+ bytes \d+/, "")
    .replaceAll(/\s+/g, " ")
    .trim();
