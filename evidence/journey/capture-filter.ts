import { ipv4 } from "../family.ts";
import { type Backend, backendOf, lengthOnWire } from "../backends.ts";
import { behindOuter, carries } from "./outer.ts";
import { isDataMessage, openingLengths, sealedOf } from "./sealed.ts";

/** What libpcap is asked for: pings and answers with so many bytes of payload, bare or inside the packet that carries them between nodes. */
export function pingFilter(payload: number, { tunnel, manner }: Backend = backendOf(), family = ipv4): string {
  if (family.name === "ipv6") {
    // IPv6's header tells the length of what comes behind it.
    const behind = payload + 8;
    const bare = `(icmp6 and ip6[4:2] = ${behind})`;
    return tunnel === undefined ? bare : `${bare} or (${carries(tunnel)} and ip6[4:2] = ${behind + tunnel.overhead})`;
  }
  const length = payload + 28;
  const bare = `(icmp and ip[2:2] = ${length})`;
  if (tunnel === undefined) return bare;
  const told = manner === "sealed" ? ` and ${isDataMessage}` : "";
  return `${bare} or (${carries(tunnel)}${told} and ip[2:2] = ${lengthOnWire(tunnel, length)})`;
}

/** What tcpdump's lines about such packets have in common: of the datagrams that it cannot look into nothing else than their port. */
export const linesAbout = (bare: string, { manner, port }: Backend = backendOf()): string =>
  manner === "program" || manner === "sealed" ? `${bare}|\\.${port}: UDP, length` : bare;

/** Connections from or to these ports as they begin, bare or inside the packet that carries them between nodes; whatever addresses they have by then. */
export function connectionFilter(
  [first, last]: readonly [number, number],
  { tunnel, manner }: Backend = backendOf(),
): string {
  const bare = `(tcp portrange ${first}-${last} and tcp[13] & 2 != 0)`;
  if (tunnel === undefined) return bare;
  if (manner === "sealed") return `${bare} or ${sealedOf(openingLengths, tunnel)}`;
  const header = tunnel.inside + 20;
  const at = behindOuter(tunnel);
  const among = (offset: number): string => `(${at(offset, 2)} >= ${first} and ${at(offset, 2)} <= ${last})`;
  return (
    `${bare} or (${carries(tunnel)} and ${at(header - 11)} = 6 and ${at(header + 13)} & 2 != 0 ` +
    `and (${among(header)} or ${among(header + 2)}))`
  );
}
