// Proves which packets count as the marked one and as its answer. It does not prove that Linux sends them (tests/live does).
import test from "ava";
import { pingFilter } from "../../../evidence/journey/capture-filter.ts";
import { markExpressions, markFilter } from "../../../evidence/journey/follow-filters.ts";
import { isAnswer, type Marked, match, sequenceOf } from "../../../evidence/journey/marked.ts";
import { type Ip, readIp } from "../../../evidence/parse/packet.ts";

const [a, b, router] = ["10.244.1.2", "10.244.2.3", "10.244.1.1"];
const protocols = { icmp: 1, tcp: 6, udp: 17 } as const;

/** Bytes of an IPv4 packet, as far as anything here reads them. */
function bytes(protocol: keyof typeof protocols, source: string, destination: string, payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + payload.length, 2);
  header[8] = 64;
  header[9] = protocols[protocol];
  source.split(".").forEach((part, index) => (header[12 + index] = Number(part)));
  destination.split(".").forEach((part, index) => (header[16 + index] = Number(part)));
  return Buffer.concat([header, payload]);
}

function packet(...args: Parameters<typeof bytes>): Ip {
  const read = readIp(bytes(...args));
  if (read === undefined) throw new Error("no packet");
  return read;
}

const echo = (type: number, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, 0, 0, 0, 0x12, 0x34, 0, 1]), data]);
const udp = (source: number, destination: number, data: string): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(source, 0);
  header.writeUInt16BE(destination, 2);
  return Buffer.concat([header, Buffer.from(data)]);
};
const tcp = (source: number, destination: number, flags: number): Buffer => {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(source, 0);
  header.writeUInt16BE(destination, 2);
  header[12] = 0x50;
  header[13] = flags;
  return header;
};
const error = (type: number, code: number, about: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, code, 0, 0, 0, 0, 0, 0]), about]);

const mark = "00ff00ff00ff00ff";
const ping: Marked = { protocol: "icmp", mark };
const datagram: Marked = { protocol: "udp", mark, from: a, port: 7 };
const call: Marked = { protocol: "tcp", from: a, sourcePort: 20_001, destinationPort: 80 };
const marked = Buffer.from(mark, "hex");

test("with a mark that was given once, a ping whose identifier was translated is the same one", (t) => {
  const translated = echo(8, marked);
  translated[4] = 0x56;
  const once: Marked = { protocol: "icmp", mark, once: true };
  t.deepEqual(match(once, packet("icmp", b, a, translated)), match(once, packet("icmp", a, b, echo(8, marked))));
  t.notDeepEqual(match(ping, packet("icmp", b, a, translated)), match(ping, packet("icmp", a, b, echo(8, marked))));
});

test("a marked ping and its reply are two legs of one attempt", (t) => {
  t.deepEqual(match(ping, packet("icmp", a, b, echo(8, marked))), {
    leg: "request",
    kind: "ICMP echo request",
    attempt: 0x1234,
  });
  t.deepEqual(match(ping, packet("icmp", b, a, echo(0, marked))), {
    leg: "reply",
    kind: "ICMP echo reply",
    attempt: 0x1234,
  });
  t.is(match(ping, packet("icmp", a, b, echo(8, Buffer.alloc(8)))), undefined);
});

test("a marked datagram is told from what comes back by who sent it", (t) => {
  t.deepEqual(match(datagram, packet("udp", a, b, udp(40_000, 7, mark))), {
    leg: "request",
    kind: "UDP datagram",
    attempt: 0,
  });
  t.deepEqual(match(datagram, packet("udp", b, a, udp(7, 40_000, mark))), {
    leg: "reply",
    kind: "UDP datagram",
    attempt: 0,
  });
  t.is(match(datagram, packet("udp", a, b, udp(40_000, 7, "something else"))), undefined);
});

test("of a connection the first packet and the answer to it count, not what is said later", (t) => {
  t.is(match(call, packet("tcp", a, b, tcp(20_001, 80, 2)))?.kind, "TCP SYN");
  t.like(match(call, packet("tcp", b, a, tcp(80, 20_001, 18))), { leg: "reply", kind: "TCP SYN, ACK" });
  t.like(match(call, packet("tcp", b, a, tcp(80, 20_001, 20))), { leg: "reply", kind: "TCP RST, ACK" });
  t.is(match(call, packet("tcp", a, b, tcp(20_001, 80, 16))), undefined);
  t.is(match(call, packet("tcp", b, a, tcp(80, 20_001, 24))), undefined);
});

test("another connection between the same pods does not count", (t) => {
  t.is(match(call, packet("tcp", a, b, tcp(20_002, 80, 2))), undefined);
  t.is(match(call, packet("tcp", a, b, tcp(20_001, 81, 2))), undefined);
});

test("an ICMP error that quotes the packet is the answer, whoever sends it", (t) => {
  const refused = error(3, 3, bytes("udp", a, b, udp(40_000, 7, mark)));
  t.deepEqual(match(datagram, packet("icmp", b, a, refused)), {
    leg: "reply",
    kind: "ICMP destination unreachable (port)",
    attempt: 0,
  });
  const fromRouter = error(3, 1, bytes("icmp", a, b, echo(8, marked)));
  t.is(match(ping, packet("icmp", router, a, fromRouter))?.kind, "ICMP destination unreachable (host)");
  t.is(
    match(ping, packet("icmp", router, a, error(11, 0, bytes("icmp", a, b, echo(8, marked)))))?.kind,
    "ICMP time exceeded",
  );
  // Routers need quote no more than eight bytes of what was inside.
  const short = error(3, 13, bytes("tcp", a, b, tcp(20_001, 80, 2)).subarray(0, 28));
  t.is(match(call, packet("icmp", router, a, short))?.kind, "ICMP destination unreachable (prohibited)");
});

test("an ICMP error about another packet is none of ours", (t) => {
  t.is(match(ping, packet("icmp", router, a, error(3, 1, bytes("icmp", a, b, echo(8, Buffer.alloc(8)))))), undefined);
});

test("a refusal is no answer", (t) => {
  t.true(["ICMP echo reply", "UDP datagram", "TCP SYN, ACK"].every(isAnswer));
  t.false(["TCP RST, ACK", "ICMP destination unreachable (port)"].some(isAnswer));
});

test("the filter for one ping counts its headers, and those of the overlay", (t) => {
  t.is(pingFilter(79), "(icmp and ip[2:2] = 107) or (udp port 8472 and ip[2:2] = 157)");
});

test("the filters of a trace know a packet by its mark, whatever addresses it has, bare, inside the overlay and quoted in an error", (t) => {
  const ping = { protocol: "icmp", mark: "0123456789abcdef" } as const;
  t.is(
    markFilter(ping),
    "(icmp and (icmp[24:4] = 0x01234567 and icmp[28:4] = 0x89abcdef)) or (icmp and (icmp[52:4] = 0x01234567 and icmp[56:4] = 0x89abcdef)) or " +
      "(udp port 8472 and ((udp[74:4] = 0x01234567 and udp[78:4] = 0x89abcdef) or (udp[102:4] = 0x01234567 and udp[106:4] = 0x89abcdef)))",
  );
  t.deepEqual(markExpressions(ping), [
    "ip protocol icmp @th,192,64 0x0123456789abcdef",
    "udp dport 8472 @th,592,64 0x0123456789abcdef",
  ]);
  for (const followed of [
    ping,
    { protocol: "udp", mark: "a mark of text" },
    { protocol: "tcp", sourcePort: 20_001 },
  ] as const)
    t.notRegex(markFilter(followed) + markExpressions(followed).join(), /host|addr|10\./);
});

test("a datagram whose source was translated is still the request, and its answer the reply", (t) => {
  t.is(match(datagram, packet("udp", router, b, udp(40_000, 7, mark)))?.leg, "request");
  t.is(match(datagram, packet("udp", b, router, udp(7, 61_234, mark)))?.leg, "reply");
});

test("a connection that is known by its number is followed through translated addresses and ports, and no other is", (t) => {
  const numbered = (
    source: number,
    destination: number,
    flags: number,
    sequence: number,
    acknowledged: number,
  ): Buffer => {
    const segment = tcp(source, destination, flags);
    segment.writeUInt32BE(sequence, 4);
    segment.writeUInt32BE(acknowledged, 8);
    return segment;
  };
  const sent = packet("tcp", a, b, numbered(20_001, 80, 2, 0xffffffff, 0));
  t.is(sequenceOf(call, sent), 0xffffffff);
  const known: Marked = { ...call, sequence: 0xffffffff };
  t.is(match(known, packet("tcp", router, b, numbered(61_234, 80, 2, 0xffffffff, 0)))?.leg, "request");
  // The number after the highest is 0.
  t.is(match(known, packet("tcp", b, router, numbered(80, 61_234, 18, 7, 0)))?.leg, "reply");
  t.is(match(known, packet("tcp", router, b, numbered(61_234, 80, 2, 5, 0))), undefined);
});
