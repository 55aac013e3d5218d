import { ipInIp, type Tunnel } from "../backends.ts";

/** For libpcap: the packets between the machines that have another one inside. */
export const carries = ({ port }: Tunnel): string => (port === undefined ? `ip proto ${ipInIp}` : `udp port ${port}`);

/** For nftables: the same, on their way to the other machine. */
export const carriesTo = ({ port }: Tunnel): string =>
  port === undefined ? `ip protocol ${ipInIp}` : `udp dport ${port}`;

/** A header of IPv4 without options, as tunnels of the kernel write it. */
const outerHeader = 20;

/** How libpcap gets at bytes of such a packet, counted from the end of its own IP header on: by the protocol that follows, where it knows that one. */
export const behindOuter =
  ({ port }: Tunnel) =>
  (offset: number, bytes?: number): string => {
    const [header, at] = port === undefined ? ["ip", outerHeader + offset] : ["udp", offset];
    return `${header}[${at}${bytes === undefined ? "" : `:${bytes}`}]`;
  };
