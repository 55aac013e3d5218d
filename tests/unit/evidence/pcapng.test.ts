// Proves the layout of the capture files on a journey from a real lab. That Wireshark reads them was seen by hand.
import test from "ava";
import { followed } from "../../../evidence/judge/journey.ts";
import { writePcapng } from "../../../evidence/journey/pcapng.ts";
import { readLab } from "./lab.ts";

const { facts, reports } = readLab();
const [first, second] = facts.pods.filter(({ namespace }) => namespace === "pod-to-pod-multi-node");
const captures = [reports["captured-multi1"]!, reports["captured-multi2"]!] as const;
const evidence = {
  pods: [first!, second!] as const,
  mark: facts.marks.multi,
  probe: reports["probe-multi"]!,
  captures,
  reports: captures,
};
const { hops, pcapng } = followed(evidence, facts.nodes);

interface Block {
  readonly type: number;
  readonly body: Buffer;
}

/** @throws Error where a block's two lengths differ, or the file ends inside one */
function blocks(file: Buffer): Block[] {
  const found: Block[] = [];
  for (let at = 0; at < file.length;) {
    const length = file.readUInt32LE(at + 4);
    if (length % 4 !== 0 || file.readUInt32LE(at + length - 4) !== length)
      throw new Error(`a block at ${at} is not sound`);
    found.push({ type: file.readUInt32LE(at), body: file.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return found;
}

const all = blocks(Buffer.from(pcapng, "base64"));
const of = (type: number): Buffer[] => all.filter((block) => block.type === type).map(({ body }) => body);

/** Value of an option, whose list begins at `at`. */
function option(body: Buffer, at: number, wanted: number): Buffer | undefined {
  while (at + 4 <= body.length) {
    const [code, length] = [body.readUInt16LE(at), body.readUInt16LE(at + 2)];
    if (code === wanted) return body.subarray(at + 4, at + 4 + length);
    if (code === 0) return undefined;
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}
const padded = (length: number): number => Math.ceil(length / 4) * 4;

test("the file is one section that says what it holds", (t) => {
  t.is(all[0]?.type, 0x0a0d0d0a);
  t.is(of(0x0a0d0d0a).length, 1);
  t.regex(option(all[0]!.body, 16, 1)?.toString() ?? "", /^One ping from mypod1 on .* to mypod2 on .* Decode As/);
});

test("each interface on the way is named with its machine", (t) => {
  const names = of(1).map((body) => option(body, 8, 2)?.toString());
  t.deepEqual(new Set(names), new Set(hops.map((hop) => `${hop.machine}:${hop.interface}`)));
  t.is(names.length, new Set(names).size);
});

test("every hop is a packet with the hop's place in its comment, and its direction", (t) => {
  const packets = of(6);
  const comments = packets.map((body) => option(body, 20 + padded(body.readUInt32LE(12)), 1)?.toString() ?? "");
  for (const [index, hop] of hops.entries()) {
    const at = comments.findIndex((comment) => comment.startsWith(`hop ${index + 1} of ${hops.length}: `));
    t.true(comments[at]?.includes(`${hop.interface} ${hop.direction} on ${hop.machine}`), comments[at] ?? "none");
    const flags = option(packets[at]!, 20 + padded(packets[at]!.readUInt32LE(12)), 2);
    t.is(flags?.readUInt32LE(), hop.direction === "in" ? 1 : 2);
  }
});

test("pods and nodes are shown by their names", (t) => {
  const names = of(4)[0]?.toString("latin1") ?? "";
  for (const name of ["mypod1", "mypod2", ...facts.nodes.map((node) => node.name)]) t.true(names.includes(`${name}\0`));
});

test("an address stands with its family and all of its bytes, before the name; what is none is left out", (t) => {
  const file = writePcapng(
    "one",
    [],
    [],
    [
      { address: "10.244.1.2", name: "four" },
      { address: "none", name: "nobody" },
      { address: "fd00:10:244:1::2", name: "six" },
    ],
  );
  const [body] = blocks(file).flatMap((block) => (block.type === 4 ? [block.body] : []));
  t.is(
    body!.toString("hex"),
    "010009000af40102" + "666f757200000000" + "02001400fd00001002440001000000000000000273697800" + "00000000",
  );
});

test("times do not run backwards", (t) => {
  const times = of(6).map((body) => body.readUInt32LE(4) * 2 ** 32 + body.readUInt32LE(8));
  t.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
  );
});

test("without a marked packet there is no file, and no error", (t) => {
  t.deepEqual(followed({ ...evidence, mark: "0011223344556677" }, facts.nodes), { hops: [], pcapng: "" });
});
