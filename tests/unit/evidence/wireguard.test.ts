// Proves that the judges believe a lab with flannel's backend wireguard, tell an encrypted packet by port, direction, length and time alone, and can say no: one
// output is changed at a time, and exactly the claims that rest on it fail. The transcripts are of two virtual machines with Debian's
// kernel. It does not prove that the cipher hides anything.
import test from "ava";
import { backendOf, hopsOnEnd } from "../../../evidence/backends.ts";
import { connectionFilter, linesAbout, pingFilter } from "../../../evidence/journey/capture-filter.ts";
import { lengthFilter, markExpressions, markFilter } from "../../../evidence/journey/follow-filters.ts";
import { placeOf } from "../../../evidence/journey/journey.ts";
import { pairSealed } from "../../../evidence/journey/sealed.ts";
import { locateLoss } from "../../../evidence/loss.ts";
import { parseWireguard } from "../../../evidence/parse/wireguard.ts";
import { type Carried, changing, failing, followedIn, judgeCarried, readCarried } from "./backends.ts";

const lab = readCarried("wireguard");
const backend = backendOf("wireguard");
const [first, second] = lab.facts.pods;
const changed = changing(lab);
const [near, far] = [first.node, second.node];
const peer = lab.facts.nodes.find(({ name }) => name === far)!;

/** Every frame on the wire, its outer IP header at 0. */
function onWire(text: string, change: (packet: Buffer) => void): string {
  const file = Buffer.from(text, "base64");
  for (let at = 24; at + 16 <= file.length; at += 16 + file.readUInt32LE(at + 8)) {
    const packet = file.subarray(at + 36, at + 16 + file.readUInt32LE(at + 8));
    if (packet[9] === 17) change(packet);
  }
  return file.toString("base64");
}

test("every claim holds in a sound lab with wireguard, and none is about VXLAN or a MAC", (t) => {
  t.deepEqual(failing(lab), []);
  const claims = [...judgeCarried(lab).values()];
  const found = new Set<string>(claims.map(({ kind }) => kind));
  for (const kind of ["vtep", "vtep-neighbour", "vtep-forwarding", "overlay-port", "wire-neighbour", "journey/bare"])
    t.false(found.has(kind), kind);
  for (const kind of ["tunnel-end", "tunnel-peer", "journey/encapsulation", "journey/sealed", "backend"])
    t.true(found.has(kind), kind);
  for (const claim of claims)
    t.notRegex([claim.claim, claim.expected, claim.observed].join(), /flannel\.1|VTEP|VXLAN|8472/, claim.id);
});

const ofPeer = (text: string, change: (block: string) => string): string =>
  text.replace(
    new RegExp(`^peer: .*\\n  endpoint: ${peer.address.replaceAll(".", "\\.")}:[^]*?(?=\\npeer|(?![^]))`, "m"),
    change,
  );
const cases: readonly [title: string, lab: Carried, ids: readonly string[]][] = [
  [
    "a peer with an old key",
    changed(`overlay-${near}`, "tunnel", (text) => ofPeer(text, (block) => block.replace(/^peer: \S+/, "peer: b2xk"))),
    [`tunnel-peer/${near}/${far}`],
  ],
  [
    "a peer at another address",
    changed(`overlay-${near}`, "tunnel", (text) => text.replace(`${peer.address}:51820`, "172.28.81.99:51820")),
    [`tunnel-peer/${near}/${far}`],
  ],
  [
    "a peer that is let in with more than its own pods' addresses",
    changed(`overlay-${near}`, "tunnel", (text) =>
      ofPeer(text, (block) => block.replace(/allowed ips: (\S+)/, "allowed ips: $1, 192.0.2.0/24")),
    ),
    [`tunnel-peer/${near}/${far}`],
  ],
  [
    "a peer with which no keys were agreed on",
    changed(`overlay-${near}`, "tunnel", (text) =>
      ofPeer(text, (block) => block.replace(/ {2}latest handshake: .*\n/, "")),
    ),
    [`tunnel-peer/${near}/${far}`],
  ],
  [
    "a device with another key than was announced",
    changed(`overlay-${near}`, "tunnel", (text) => text.replace(/public key: \S+/, "public key: b3RoZXI=")),
    [`tunnel-end/${near}`],
  ],
  [
    "a device that listens elsewhere",
    changed(`overlay-${near}`, "tunnel", (text) => text.replace("listening port: 51820", "listening port: 40000")),
    [`tunnel-end/${near}`],
  ],
  [
    "a longer route to the other node's pods",
    changed(
      `overlay-${near}`,
      "routes",
      (text) => `${text}${second.ip.replace(/\d+$/, "0/24")} via 172.28.81.99 dev eth0 \n`,
    ),
    [`route/${near}`],
  ],
  [
    "a datagram in which the mark can be read",
    changed("captured-sender", "pcap", (text) =>
      onWire(text, (packet) => void Buffer.from(lab.facts.mark, "hex").copy(packet, 60)),
    ),
    ["journey/sealed/request"],
  ],
  [
    "a datagram in which a pod's address can be read",
    changed("captured-receiver", "pcap", (text) =>
      onWire(text, (packet) => void Buffer.from(first.ip.split(".").map(Number)).copy(packet, 60)),
    ),
    ["journey/sealed/reply"],
  ],
];
for (const [title, broken, ids] of cases) {
  test(`with wireguard ${title} fails what rests on it, and nothing else`, (t) => {
    t.deepEqual(failing(broken), [...ids].sort());
  });
}

test("a datagram of another length, or one that is no data message, is not taken for the packet", (t) => {
  const lost = ["journey/encapsulation/request", `journey/request/${near}`, "journey/sealed/request"].sort();
  const [longer, handshake] = [
    (packet: Buffer): void => void packet.writeUInt16BE(packet.readUInt16BE(2) + 16, 2),
    (packet: Buffer): void => void (packet[28] = 1),
  ];
  for (const change of [longer, handshake]) {
    const all = failing(changed("captured-sender", "pcap", (text) => onWire(text, change)));
    t.deepEqual(all, [...lost, `journey/reply/${near}`].sort());
  }
});

test("with wireguard a packet is encrypted on the wire, longer by what WireGuard adds and what fills it up, and no program takes from the TTL", (t) => {
  const { hops } = followedIn(lab);
  t.is(hops.length, 2 * hopsOnEnd(backend));
  const request = hops.filter(({ leg }) => leg === "request");
  t.deepEqual(request.map(placeOf), ["pod", "bridge", "vtep", "wire", "wire", "vtep", "bridge", "pod"]);
  t.deepEqual(
    request.map(({ ttl }) => ttl),
    [64, 64, 63, 63, 63, 63, 62, 62],
  );
  for (const { outer, length } of hops.flatMap((hop) => (hop.outer ? [hop] : []))) {
    t.is(length, 107);
    t.like(outer, { length: 112 + 60, destinationPort: 51820, sealed: true });
  }
});

test("of datagrams alike the one that followed first, or came last before, is the packet, and none is two packets", (t) => {
  const tunnel = backend.tunnel!;
  const at = (time: number, direction: "in" | "out", length = 172) => ({ at: time, direction, length });
  const pair = (clear: readonly number[], sent: readonly number[], direction: "in" | "out"): unknown =>
    pairSealed(
      clear.map((time) => at(time, direction, 107)),
      sent.map((time) => at(time, direction)),
      tunnel,
    ).map(([packet, datagram]) => [packet.at, datagram.at]);
  t.deepEqual(pair([10, 20], [5, 11, 21, 30], "out"), [
    [10, 11],
    [20, 21],
  ]);
  t.deepEqual(pair([10, 12], [1, 9, 30], "in"), [
    [10, 9],
    [12, 1],
  ]);
  t.deepEqual(pair([10], [10 + 7_000_000], "out"), []);
  t.deepEqual(pair([10], [9], "out"), []);
});

test("filters look for the packet by its mark where it can be read, and for data messages of its length where it cannot", (t) => {
  t.is(
    pingFilter(79, backend),
    "(icmp and ip[2:2] = 107) or (udp port 51820 and udp[8:4] = 0x04000000 and ip[2:2] = 172)",
  );
  const ping = { protocol: "icmp", mark: "0011223344556677", length: 84 } as const;
  t.regex(
    markFilter(ping, backend),
    /^\(icmp and \(icmp\[24:4\] = 0x00112233 .* or \(udp port 51820 and udp\[8:4\] = 0x04000000 and \(ip\[2:2\] = 156 or ip\[2:2\] = 172\)\)$/,
  );
  t.regex(
    connectionFilter([20_000, 20_019], backend),
    /or \(udp port 51820 and .*ip\[2:2\] = 124 or ip\[2:2\] = 108\)\)$/,
  );
  t.deepEqual(markExpressions(ping, backend), [
    "ip protocol icmp @th,192,64 0x0011223344556677",
    "ip length 156 udp dport 51820",
  ]);
  t.regex(lengthFilter(107, backend), /len == 107 .*len == 172 /);
  t.is(linesAbout("ICMP echo", backend), "ICMP echo|\\.51820: UDP, length");
  t.is(linesAbout("ICMP echo", backendOf({ name: "wireguard", port: 5000 })), "ICMP echo|\\.5000: UDP, length");
  t.is(linesAbout("ICMP echo"), "ICMP echo");
});

test("where such a packet was lost leads to the peer, its key and UDP 51820, or the port that was set", (t) => {
  const { hops } = followedIn(lab);
  const found = [0, 1, 2, 3, 4, 5, 6].map((seen) => locateLoss(hops.slice(0, seen), "en", backend));
  for (const seen of [3, 4, 5]) t.is(found[seen]?.claims[0], "tunnel-peer");
  for (const { claims, between } of found) {
    t.false(claims.some((kind) => kind.startsWith("vtep") || kind === "overlay-port"));
    t.notRegex(between, /flannel\.1|8472/);
  }
  t.regex(locateLoss(hops.slice(0, 4), "en", backendOf({ name: "wireguard", port: 5000 })).between, /UDP 5000/);
});

test("flannel is told port and MTU by its own names, and the MTU that follows is 80 less", (t) => {
  t.deepEqual(backend.config, { Type: "wireguard" });
  const set = backendOf({ name: "wireguard", port: 5000, mtu: 1400 });
  t.deepEqual(set.config, { Type: "wireguard", ListenPort: 5000, MTU: 1400 });
  t.is(set.tunnel?.port, 5000);
  t.is(backend.reserved, 80);
});

test("what wg shows is read, with a peer that nobody has heard of yet, and never a private key", (t) => {
  const text =
    "interface: flannel-wg\n  public key: b3du\n  private key: (hidden)\n  listening port: 51820\n\npeer: cGVlcg==\n  allowed ips: (none)\n";
  t.deepEqual(parseWireguard(text), {
    publicKey: "b3du",
    port: 51820,
    peers: [{ publicKey: "cGVlcg==", allowed: [] }],
  });
  t.throws(() => parseWireguard("Unable to access interface: No such device\n"), {
    message: /^no device of WireGuard's/,
  });
  t.false(JSON.stringify([...judgeCarried(lab).values()]).includes("privateKey"));
});
