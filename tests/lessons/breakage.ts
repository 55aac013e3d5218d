/** What is done on the nodes of a lab so that claims about policies say no, and how it is mended. */

/** A rule of the packet filter: the table, the chain, and what it matches and does. */
type Rule = readonly [table: string, chain: string, rule: string];

const mark = "podnet-test";
const insert = ([table, chain, rule]: Rule): string =>
  `iptables --wait --table ${table} --insert ${chain} ${rule.replace(/ -j /, ` -m comment --comment ${mark} -j `)}`;
const every = (n: number): string => `-m statistic --mode nth --every ${n} --packet 0`;
const hello = "-p tcp --dport 8080";
/** Some connections of pods to others are refused by a rule that no policy has made: policy-ignored. */
export const refuseSome = insert(["filter", "FORWARD", `${hello} --syn ${every(4)} -j REJECT --reject-with tcp-reset`]);
/** Everybody gets to that pod before its policy is asked, and nobody is counted: policy-matrix, policy-rule. */
export const letAllTo = (pod: string): string =>
  `${insert(["filter", "FORWARD", `-d ${pod} -j ACCEPT`])} && iptables --wait --zero`;
export const takeRulesAway = [
  "set -e",
  `for table in raw nat filter; do iptables-save --table $table | sed -n "/ ${mark} /s/^-A /iptables --wait --table $table --delete /p"; done | bash -e`,
].join("\n");
