import { randomBytes, randomInt } from "node:crypto";
import type { Backend } from "../../evidence/backends.ts";
import { lengthFilter, markExpressions } from "../../evidence/journey/follow-filters.ts";
import { actionOf, findTranslations, type FoundRule } from "../../evidence/cause/rules.ts";
import type { Protocol } from "../../evidence/journey/marked.ts";
import type { Translation } from "../../evidence/journey/translation.ts";
import type { Observations } from "../../evidence/observation.ts";
import { parsePing } from "../../evidence/parse/ping.ts";
import type { Node } from "../stack/results.ts";
import type { Run } from "./door.ts";
import { echoPort, type Flow, observe, words } from "./follow.ts";
import { mark } from "./mark.ts";

/** What the nodes saw of packets like the one that was lost, sent again while the kernel was asked about each. */
export interface Watched {
  /** The sender's node and, where that is another, the receiver's. */
  readonly reports: readonly Observations[];
  readonly sent: number;
  /** How many of them were answered this time. */
  readonly answered: number;
}

/** More than one, since what comes and goes must be met. */
const count = 10;

/** Sends the packet again, marked anew and of a length that few others have, and asks the nodes what became of it. */
export async function watch(run: Run, { protocol, from, to, nodes, port = echoPort, backend }: Flow): Promise<Watched> {
  const WATCH = randomBytes(6).toString("hex");
  const { followed, params, length } = mark(protocol, from.ip, port, 2 * randomInt(100, 350));
  const given = {
    WATCH,
    MATCHES: markExpressions(followed, backend).join("\n"),
    EVENTS: lengthFilter(length, backend),
  };
  await Promise.all(nodes.map((node) => run(node, "observe/watch", { params: given })));
  const pods = words([from, to]);
  const sent = await observe(run, nodes[0], "observe/probe", {
    params: { PODS: pods, FROM: from.name, TO: to.name, PROTOCOL: protocol, COUNT: count, ...params },
  });
  const reports = await Promise.all(
    nodes.map((node) =>
      observe(run, node, "observe/watched", {
        params: {
          WATCH,
          PODS: pods,
          FROM: from.ip,
          TO: to.ip,
          // Where both pods are on one node, the bridge hands the packet over, and no route is asked.
          REQUEST_IN: node === nodes[0] ? "cni0" : outward(backend, node),
          REPLY_IN: node === nodes[0] && nodes.length > 1 ? outward(backend, node) : "cni0",
        },
      }),
    ),
  );
  return { reports, ...answers(protocol, sent) };
}

/** For nodes/observe/watched.sh: the interface to other nodes' pods, or the address that the interface has which is it. */
export const outward = ({ tunnel }: Backend, { address }: Pick<Node, "address">): string => tunnel?.device ?? address;

/** Of a datagram's answers only the first is waited for, and a connection begins once. */
function answers(protocol: Protocol, { observations }: Observations): Pick<Watched, "sent" | "answered"> {
  const probe = observations.find(({ id }) => id === "probe");
  if (protocol !== "icmp" || probe === undefined || !probe.output.includes(" packets transmitted"))
    return { sent: 1, answered: probe?.exit === 0 ? 1 : 0 };
  const { sent, received } = parsePing(probe.output);
  return { sent, answered: received };
}

/** A change of an address, and the rule that made it, where that was seen; what an answer has changed back is no rule's. */
export interface Translated extends Translation {
  readonly rule?: FoundRule;
}

/** Source addresses change by other rules than destinations. */
const changes: Readonly<Record<Translation["what"], RegExp>> = {
  source: /masquerade|snat|netmap/i,
  destination: /redirect|dnat|netmap/i,
};

export function withRules(
  translations: readonly Translation[],
  reports: readonly Observations[],
): readonly Translated[] {
  return translations.map((translation) => {
    const report = reports.find(({ node }) => node === translation.machine);
    const rule =
      translation.leg === "request" && report !== undefined
        ? findTranslations(report).find(({ rule: text }) => changes[translation.what].test(actionOf(text)))
        : undefined;
    return rule === undefined ? translation : { ...translation, rule };
  });
}
