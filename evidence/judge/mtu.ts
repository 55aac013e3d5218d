import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import { ipv4 } from "../family.ts";
import type { Observations } from "../observation.ts";
import { parseSubnet } from "../parse/flannel.ts";
import { parsePing } from "../parse/ping.ts";
import { prove } from "../prove.ts";

/**
 * A packet of exactly the pods' MTU crosses between nodes unbroken, and one byte more never leaves. flanneld reckons that MTU for IPv4 alone: where the
 * device between nodes takes less, by IPv6, that is what crosses, and the node tells the pod so of one byte more.
 */
export function judgeMtu(
  report: Observations,
  from: PodFacts,
  to: PodFacts,
  family = ipv4,
  /** What the device between the nodes takes. @default as much as the pods' */
  through: () => number = () => Infinity,
): Claim[] {
  const headers = family.header + icmp;
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
        const mtu = Math.min(parseSubnet(env, family).mtu, through());
        const length = family.name === "ipv4" ? ipLength(mtu) : `${mtu - headers} data bytes`;
        const ping = parsePing(output);
        return {
          expected: `a do-not-fragment packet of ${mtu} bytes, ${length}, is answered`,
          ok: output.includes(length) && ping.sent === 1 && ping.received === 1,
          observed: `${ping.received} of ${ping.sent} answered${ping.complaints.map((line) => `, ${line}`).join("")}`,
        };
      },
    }),
    prove(report, {
      ...subject,
      kind: "mtu-exceeded",
      expected:
        family.name === "ipv4"
          ? "the kernel in the pod refuses it: message too long"
          : "the kernel in the pod refuses it, or the node answers: packet too big",
      from: [`too-large/${pair}`, "subnet"],
      answers: [1],
      read: (output, env) => {
        const { mtu: own } = parseSubnet(env, family);
        const mtu = Math.min(own, through());
        const ping = parsePing(output);
        const told = (line: string): boolean => refusal(mtu).test(line) || (mtu < own && tooBig(mtu).test(line));
        return {
          expected: mtu < own ? `the node's answer: packet too big, mtu=${mtu}` : `message too long, mtu=${mtu}`,
          ok: ping.received === 0 && ping.complaints.some(told),
          observed: ping.complaints[0] ?? `${ping.received} of ${ping.sent} answered`,
        };
      },
    }),
  ];
}

/** The kernel's refusal as ping has it from the socket's error queue, with the MTU; where that is empty, the bare error of its sendmsg(2). */
const refusal = (mtu: number): RegExp =>
  new RegExp(`local error: message too long, mtu[=:] ?${mtu}$|sendmsg: message too long$`, "i");

/** A node's answer by ICMPv6, where it is less than the pod's own. */
const tooBig = (mtu: number): RegExp => new RegExp(`packet too big: mtu=${mtu}$`, "i");

/** Bytes of an ICMP header. */
const icmp = 8;

/** How ping writes the length of the whole packet: "1422(1450) bytes of data". */
const ipLength = (mtu: number): string => `${mtu - 28}(${mtu}) bytes`;
