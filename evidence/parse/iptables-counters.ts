export interface IptablesRule {
  readonly table: string;
  readonly chain: string;
  /** As iptables-save prints it, "-A FORWARD ... -j DROP". */
  readonly rule: string;
  /** Where it sends packets: "DROP", "REJECT", another chain; none for a rule that only counts. */
  readonly target?: string;
  readonly comment?: string;
  readonly packets: number;
}

export interface IptablesPolicy {
  readonly table: string;
  readonly chain: string;
  readonly policy: string;
  readonly packets: number;
}

export interface Iptables {
  readonly rules: readonly IptablesRule[];
  /** Of the chains that have one. */
  readonly policies: readonly IptablesPolicy[];
}

/** `iptables-save --counters`, of either kind. Nothing at all is an answer: there are no such tables. */
export function parseIptables(output: string): Iptables {
  let table = "";
  const rules: IptablesRule[] = [];
  const policies: IptablesPolicy[] = [];
  for (const line of output.split("\n")) {
    const name = /^\*(\S+)$/.exec(line)?.[1];
    if (name !== undefined) table = name;
    const policy = /^:(\S+) (\S+) \[(\d+):\d+\]/.exec(line);
    if (policy !== null && policy[2] !== "-")
      policies.push({ table, chain: policy[1]!, policy: policy[2]!, packets: Number(policy[3]) });
    const rule = /^\[(\d+):\d+\] (-A (\S+).*?)\s*$/.exec(line);
    if (rule === null) continue;
    const text = rule[2]!;
    const target = / -[jg] (\S+)/.exec(text)?.[1];
    const quoted = /--comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(text);
    const comment = quoted?.[1] ?? quoted?.[2];
    rules.push({
      table,
      chain: rule[3]!,
      rule: text,
      ...(target !== undefined && { target }),
      ...(comment !== undefined && { comment }),
      packets: Number(rule[1]),
    });
  }
  return { rules, policies };
}
