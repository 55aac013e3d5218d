import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { parseSubnet } from "../parse/flannel.ts";
import { parsePing } from "../parse/ping.ts";
import { prove } from "../prove.ts";

/** A packet of exactly the pods' MTU crosses between nodes unbroken, and one byte more never leaves. */
export function judgeMtu(report: Observations, from: PodFacts, to: PodFacts): Claim[] {
  const pair = `${from.name}/${to.name}` as const;
  const subject = {
    scenario: from.namespace,
    about: { from: from.name, to: to.name },
    who: [from.name, to.name],
  } as const;
  return [
    prove(report, {
      ...subject,
      kind: "mtu-passes",
      expected: "a do-not-fragment packet of exactly FLANNEL_MTU bytes is answered",
      from: [`largest/${pair}`, "subnet"],
      answers: [1],
      read: (output, env) => {
        const { mtu } = parseSubnet(env);
        const ping = parsePing(output);
        return {
          expected: `a do-not-fragment packet of ${mtu} bytes, ${ipLength(mtu)}, is answered`,
          ok: output.includes(ipLength(mtu)) && ping.sent === 1 && ping.received === 1,
          observed: `${ping.received} of ${ping.sent} answered${ping.complaints.map((line) => `, ${line}`).join("")}`,
        };
      },
    }),
    prove(report, {
      ...subject,
      kind: "mtu-exceeded",
      expected: "the kernel in the pod refuses it: message too long",
      from: [`too-large/${pair}`, "subnet"],
      answers: [1],
      read: (output, env) => {
        const { mtu } = parseSubnet(env);
        const ping = parsePing(output);
        return {
          expected: `message too long, mtu=${mtu}`,
          ok: ping.received === 0 && ping.complaints.some((line) => refusal(mtu).test(line)),
          observed: ping.complaints[0] ?? `${ping.received} of ${ping.sent} answered`,
        };
      },
    }),
  ];
}

/** The kernel's refusal as ping has it from the socket's error queue, with the MTU; where that is empty, the bare error of its sendmsg(2). */
const refusal = (mtu: number): RegExp =>
  new RegExp(`local error: message too long, mtu=${mtu}$|sendmsg: message too long$`, "i");

/** How ping writes the length of the whole packet: "1422(1450) bytes of data". */
const ipLength = (mtu: number): string => `${mtu - 28}(${mtu}) bytes`;
