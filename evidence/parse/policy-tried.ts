/** What became of a connection. */
export type Outcome = "answered" | "refused" | "lost";

/** Lines "TARGET CODE" of nodes/observe/policy.sh, CODE being what `timeout` and bash end with. */
export function parseTried(output: string): ReadonlyMap<string, Outcome> {
  return new Map(
    output.split("\n").flatMap((line): [string, Outcome][] => {
      const [, target, code] = /^(\S+) (\d+)$/.exec(line) ?? [];
      if (target === undefined || code === undefined) return [];
      return [[target, code === "0" ? "answered" : code === "124" ? "lost" : "refused"]];
    }),
  );
}

/**
 * The rule of kube-router that rejects what no policy has let through to a pod, of `iptables-save --counters`.
 * @throws Error when there is none
 */
export function parseRejected(output: string): { readonly chain: string; readonly packets: number } {
  const [, packets, chain] = /^\[(\d+):\d+\] -A (KUBE-POD-FW-\S+) .*-j REJECT/m.exec(output) ?? [];
  if (packets === undefined || chain === undefined)
    throw new Error(`no rule rejects anything for the pod: ${output.trim() || "an empty output"}`);
  return { chain, packets: Number(packets) };
}
