import { randomBytes, randomInt } from "node:crypto";
import type { Followed } from "../../evidence/journey/follow-filters.ts";
import type { Marked, Protocol } from "../../evidence/journey/marked.ts";
import type { Given } from "../../nodes/script.ts";

/** A packet that no other can be taken for. */
export interface Mark {
  readonly marked: Marked;
  readonly followed: Followed;
  /** What the sender must know of it. */
  readonly params: Pick<Given<"observe/probe">["params"], "MARK" | "PAYLOAD" | "PORT" | "SOURCE_PORT">;
  /** What tcpdump's lines about it have in common. */
  readonly lines: string;
  /** Bytes, its IP header included. */
  readonly length: number;
}

/** @param payload bytes; TCP's first packet has none. @default as many as ping sends by itself */
export function mark(protocol: Protocol, from: string, port: number, payload?: number): Mark {
  switch (protocol) {
    case "icmp": {
      const digits = randomBytes(8).toString("hex");
      const bytes = payload ?? 56;
      return {
        marked: { protocol, mark: digits, once: true },
        followed: { protocol, mark: digits, length: 20 + 8 + bytes },
        params: { MARK: digits, PAYLOAD: bytes },
        lines: "ICMP",
        length: 20 + 8 + bytes,
      };
    }
    case "udp": {
      const text = randomBytes((payload ?? 16) / 2).toString("hex");
      return {
        marked: { protocol, mark: text, from, port },
        followed: { protocol, mark: text, length: 20 + 8 + text.length },
        params: { MARK: text, PORT: port },
        lines: `UDP, length ${text.length}$|unreachable`,
        length: 20 + 8 + text.length,
      };
    }
    case "tcp": {
      // Below the range that the kernel takes from by itself.
      const sourcePort = randomInt(20_000, 30_000);
      return {
        marked: { protocol, from, sourcePort, destinationPort: port },
        followed: { protocol, sourcePort },
        params: { PORT: port, SOURCE_PORT: sourcePort },
        // Of all the connections that begin meanwhile.
        lines: `\\.${sourcePort}( >|:).*Flags \\[(S|R)|unreachable`,
        length: 60,
      };
    }
    default: {
      const unknown: never = protocol;
      throw new Error(`no such protocol: ${String(unknown)}`);
    }
  }
}
