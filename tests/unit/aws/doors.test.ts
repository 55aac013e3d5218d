// Proves which packets the tests' EC2 would let in, as filters in text; that a machine is behind them, tests/live/aws.test.ts sees.
import test from "ava";
import { filterFor } from "../../aws/doors.ts";

const machine = (address: string, group: string) => ({
  PrivateIpAddress: address,
  NetworkInterfaces: [{ Groups: [{ GroupId: group }] }],
});
const [boss, left, right] = [
  machine("10.9.0.10", "sg-boss"),
  machine("10.9.0.11", "sg-worker"),
  machine("10.9.0.12", "sg-worker"),
];
const all = [boss, left, right];
const rule = (GroupId: string, from: string, protocol: string, port: number) => ({
  GroupId,
  IsEgress: false,
  IpProtocol: protocol,
  FromPort: port,
  ToPort: port,
  ...(from.startsWith("sg-") ? { ReferencedGroupInfo: { GroupId: from } } : { CidrIpv4: from }),
});
const accepted = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => / -s .* ACCEPT$/.test(line))
    .map((line) => line.replace(/^-A \S+ -s (.*) -j ACCEPT$/, "$1"));

test("a rule that names a group lets its members in, and those of no other group", (t) => {
  t.deepEqual(accepted(filterFor(boss, [rule("sg-boss", "sg-worker", "tcp", 6443)], all)), [
    "10.9.0.11/32 -p tcp --dport 6443:6443",
    "10.9.0.12/32 -p tcp --dport 6443:6443",
  ]);
});

test("a rule of another group, or for what goes out, lets nobody in", (t) => {
  const out = { ...rule("sg-boss", "0.0.0.0/0", "-1", -1), IsEgress: true };
  t.deepEqual(accepted(filterFor(boss, [rule("sg-worker", "10.0.0.0/8", "tcp", 22), out], all)), []);
});

test("a range is let in as it stands", (t) => {
  t.deepEqual(accepted(filterFor(left, [rule("sg-worker", "203.0.113.7/32", "tcp", 22)], all)), [
    "203.0.113.7/32 -p tcp --dport 22:22",
  ]);
});

test("without a rule there are answers only: everything else is dropped, at the end", (t) => {
  const lines = filterFor(left, [], all)
    .split("\n")
    .filter((line) => line.startsWith("-A"));
  t.deepEqual(
    lines.map((line) => line.replace(/^-A \S+ /, "")),
    ["-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "-j DROP"],
  );
});
