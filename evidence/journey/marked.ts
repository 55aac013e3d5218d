import { icmp6, type Ip, type Ports, readEcho, readIp, readPorts } from "../parse/packet.ts";

/** The one packet that is followed, and how it and its answer are told from all others. */
export type Marked =
  | {
      readonly protocol: "icmp";
      /** Hex digits, in the payload of an echo request. */
      readonly mark: string;
      /** No other packet was ever given this mark. @default false: those that were sent before are told by ping's identifier, which a translation changes */
      readonly once?: true;
    }
  | {
      readonly protocol: "udp";
      /** Text, which is the payload. */
      readonly mark: string;
      /** Address of the pod that sends, and the port that it sends to: one of the two tells a request from its answer where the other was translated. */
      readonly from: string;
      readonly port: number;
    }
  | {
      readonly protocol: "tcp";
      /** Address of the pod that calls, and the ports of the connection: nothing else is known before it is sent. */
      readonly from: string;
      readonly sourcePort: number;
      readonly destinationPort: number;
      /** Sequence number of the first packet, which stays when addresses and ports are translated. @default it goes by the ports */
      readonly sequence?: number;
    };

export type Protocol = Marked["protocol"];

export interface Match {
  readonly leg: "request" | "reply";
  /** In the field's words, such as "TCP SYN, ACK". */
  readonly kind: string;
  /** The same for a packet and its answer; another one for another try with the same mark. */
  readonly attempt: number;
}

/** Each datagram and each connection that is followed has a mark of its own. */
const only = 0;

const icmp = 1;
/** ICMP errors quote what they are about, after their own eight bytes. */
const errors: Readonly<Record<number, string>> = { 3: "destination unreachable", 11: "time exceeded" };
const errors6: Readonly<Record<number, string>> = { 1: errors[3]!, 2: "packet too big", 3: errors[11]! };
const unreachable6: Readonly<Record<number, string>> = { 0: "no route", 1: "prohibited", 3: "address", 4: "port" };
const unreachable: Readonly<Record<number, string>> = {
  0: "network",
  1: "host",
  2: "protocol",
  3: "port",
  4: "fragmentation needed",
  9: "network prohibited",
  10: "host prohibited",
  13: "prohibited",
};

/** Whether a packet is the marked one, or the answer to it: what the other pod says, or an ICMP error from a machine that could not deliver it. */
export function match(marked: Marked, packet: Ip): Match | undefined {
  return matchError(marked, packet) ?? matchDirectly(marked, packet);
}

function matchDirectly(marked: Marked, packet: Ip): Match | undefined {
  switch (marked.protocol) {
    case "icmp": {
      const echo = readEcho(packet);
      if (echo?.data.includes(Buffer.from(marked.mark, "hex")) !== true) return undefined;
      return {
        leg: echo.kind,
        kind: `${icmpOf(packet)} echo ${echo.kind}`,
        attempt: marked.once ? only : echo.identifier,
      };
    }
    case "udp": {
      const ports = readPorts(packet, "udp");
      if (ports?.data.includes(Buffer.from(marked.mark)) !== true) return undefined;
      const request =
        packet.source === marked.from || (packet.destination !== marked.from && ports.destination === marked.port);
      return { leg: request ? "request" : "reply", kind: "UDP datagram", attempt: only };
    }
    case "tcp": {
      const ports = readPorts(packet, "tcp");
      if (ports === undefined) return undefined;
      const leg = legOf(marked, packet, ports);
      return leg && { leg, kind: `TCP ${ports.flags}`, attempt: only };
    }
    default: {
      const unknown: never = marked;
      throw new Error(`no such protocol: ${JSON.stringify(unknown)}`);
    }
  }
}

function legOf(
  { from, sourcePort, destinationPort, sequence }: Extract<Marked, { protocol: "tcp" }>,
  packet: Ip,
  { source, destination, flags, numbers }: Ports,
): Match["leg"] | undefined {
  const [opens, answers] = [flags === "SYN", flags === "SYN, ACK" || flags === "RST, ACK"];
  if (sequence !== undefined) {
    if (opens && numbers?.sequence === sequence) return "request";
    return answers && numbers?.acknowledged === (sequence + 1) % 2 ** 32 ? "reply" : undefined;
  }
  if (opens && packet.source === from && source === sourcePort && destination === destinationPort) return "request";
  const back = packet.destination === from && destination === sourcePort && source === destinationPort;
  return answers && back ? "reply" : undefined;
}

/** The first packet of the connection, as its pod sent it. */
export function sequenceOf(marked: Marked, packet: Ip): number | undefined {
  if (marked.protocol !== "tcp" || matchDirectly(marked, packet)?.leg !== "request") return undefined;
  return readPorts(packet, "tcp")?.numbers?.sequence;
}

const icmpOf = ({ version }: Ip): string => (version === 4 ? "ICMP" : "ICMPv6");

function matchError(marked: Marked, packet: Ip): Match | undefined {
  const { version, protocol, payload } = packet;
  if (protocol !== (version === 4 ? icmp : icmp6) || payload.length < 8) return undefined;
  const name = (version === 4 ? errors : errors6)[payload.readUInt8(0)];
  const quoted = name === undefined ? undefined : readIp(payload.subarray(8));
  const about = quoted && matchDirectly(marked, quoted);
  if (about?.leg !== "request") return undefined;
  const code = payload.readUInt8(1);
  const reasons = version === 4 ? unreachable : unreachable6;
  const detail = name === errors[3] ? (reasons[code] ?? `code ${code}`) : undefined;
  return {
    leg: "reply",
    kind: `${icmpOf(packet)} ${name}${detail === undefined ? "" : ` (${detail})`}`,
    attempt: about.attempt,
  };
}

/** What the other pod answers a delivered packet with; anything else says that it was turned away. */
export function isAnswer(kind: string): boolean {
  return (
    kind === "ICMP echo reply" || kind === "ICMPv6 echo reply" || kind === "UDP datagram" || kind === "TCP SYN, ACK"
  );
}
