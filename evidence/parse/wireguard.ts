/** The node's end of WireGuard, as `wg show DEVICE` prints it. */
export interface WireguardEnd {
  /** Base64. */
  readonly publicKey: string;
  /** UDP port that it listens on. */
  readonly port: number;
  readonly peers: readonly WireguardPeer[];
}

export interface WireguardPeer {
  readonly publicKey: string;
  /** ADDRESS:PORT to which what is for it is sent. @default nobody knows yet */
  readonly endpoint?: string;
  /** CIDRs: what is for one of these is sent to it, and what it sends from elsewhere is dropped. */
  readonly allowed: readonly string[];
  /** How long ago both agreed on keys, in words. @default never */
  readonly handshake?: string;
}

/** @throws Error where the device is none of WireGuard's */
export function parseWireguard(text: string): WireguardEnd {
  const [own = "", ...others] = text.split(/^(?=peer: )/m);
  const publicKey = field(own, "public key");
  const port = field(own, "listening port");
  if (!own.startsWith("interface: ") || publicKey === undefined || port === undefined)
    throw new Error(`no device of WireGuard's in: ${text.trim() || "an empty output"}`);
  return {
    publicKey,
    port: Number(port),
    peers: others.map((peer) => {
      const [endpoint, allowed = "(none)", handshake] = ["endpoint", "allowed ips", "latest handshake"].map((name) =>
        field(peer, name),
      );
      return {
        publicKey: /^peer: (\S+)/.exec(peer)![1]!,
        ...(endpoint !== undefined && { endpoint }),
        allowed: allowed === "(none)" ? [] : allowed.split(", "),
        ...(handshake !== undefined && { handshake }),
      };
    }),
  };
}

const field = (text: string, name: string): string | undefined => new RegExp(`^  ${name}: (.+)$`, "m").exec(text)?.[1];
