// Proves which values EC2 would refuse, by the rules that its API reference states. That these rules are all of them only an account tells.
import test from "ava";
import { backendOf } from "../../../evidence/backends.ts";
import { addressProblems, mostRules, refusedByEc2 } from "../../../components/machines/aws/ec2-rules.ts";
import { addressOf, refusedBeforehand } from "../../../components/machines/aws/beforehand.ts";
import { ingress } from "../../../components/machines/aws/firewall.ts";
import { instanceUserData } from "../../../components/machines/aws/instance.ts";
import { mostAllowed } from "../../../components/settings/aws.ts";

const [group, ingressRule, instance, subnet] = [
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:ec2/instance:Instance",
  "aws:ec2/subnet:Subnet",
];
const rule = { description: "ssh", cidrIpv4: "203.0.113.7/32", ipProtocol: "tcp", fromPort: 22, toPort: 22 };
const machine = { instanceType: "t3.small", userData: "#cloud-config\n", vpcSecurityGroupIds: ["sg-1"] };

test("every character that the reference allows is taken, and a text of 255", (t) => {
  const description = "azAZ09. _-:/()#,@[]+=&;{}!$*";
  t.deepEqual(refusedByEc2(ingressRule, { ...rule, description }), []);
  t.deepEqual(refusedByEc2(group, { name: "x".repeat(255), description }), []);
  t.deepEqual(refusedByEc2(instance, machine), []);
});

const refused: readonly (readonly [string, string, Record<string, unknown>, RegExp])[] = [
  [
    "an apostrophe",
    ingressRule,
    { ...rule, description: "ssh from the lab's user" },
    /description .* has "'"; EC2 takes/,
  ],
  ["a dash of typographers", group, { name: "a – b", description: "d" }, /name "a – b" has "–"/],
  ["a description of 256", ingressRule, { ...rule, description: "x".repeat(256) }, /has 256 characters/],
  ["a group that looks like an id", group, { name: "sg-lab", description: "d" }, /begins with sg-/],
  ["the group that is there already", group, { name: "default", description: "d" }, /every VPC has/],
  ["a space at the end", group, { name: "lab ", description: "d" }, /ends with a space/],
  ["a group without description", group, { name: "lab", description: "" }, /has 0 characters/],
  ["host bits", ingressRule, { ...rule, cidrIpv4: "203.0.113.7/24" }, /has host bits; its network is 203.0.113.0/],
  ["ports out of order", ingressRule, { ...rule, fromPort: 2380, toPort: 2379 }, /in order/],
  ["a port of no protocol", ingressRule, { ...rule, ipProtocol: "-1", toPort: undefined }, /has no port 22/],
  ["a subnet too small", subnet, { cidrBlock: "10.0.0.0/29" }, /is a \/29; EC2 takes \/16 to \/28/],
  ["a subnet too wide", subnet, { cidrBlock: "10.0.0.0/15" }, /is a \/15/],
  ["a tag of AWS's own", subnet, { cidrBlock: "10.0.0.0/24", tags: { "AWS:x": "" } }, /begins with aws:/],
  ["a tag's value of 257", instance, { ...machine, tags: { a: "x".repeat(257) } }, /value of 257 characters/],
  ["fifty-one tags", instance, { ...machine, tags: Object.fromEntries(Array(51).entries()) }, /are 51; EC2 takes 50/],
  ["a volume's tag", instance, { ...machine, rootBlockDevice: { tags: { "aws:x": "" } } }, /tags of the volume/],
  ["too much user-data", instance, { ...machine, userData: "é".repeat(8193) }, /has 16386 bytes; EC2 takes 16384/],
  ["a hop limit of 65", instance, { ...machine, metadataOptions: { httpPutResponseHopLimit: 65 } }, /not 1 to 64/],
  ["a volume of no size", instance, { ...machine, rootBlockDevice: { volumeSize: 0 } }, /volumeSize 0/],
  ["a Mac", instance, { ...machine, instanceType: "mac2.metal" }, /dedicated host/],
  ["a spot instance that would only stop", instance, { ...machine, instanceMarketOptions: {} }, /only be terminate/],
  ["six groups", instance, { ...machine, vpcSecurityGroupIds: [..."123456"] }, /are 6; an interface has 5/],
];
for (const [what, type, inputs, expected] of refused) {
  test(`${what} is refused`, (t) => {
    const problems = refusedByEc2(type, inputs);
    t.is(problems.length, 1, problems.join("\n"));
    t.regex(problems[0] ?? "", expected);
  });
}

test("EC2 keeps the first four addresses of a subnet, and the last", (t) => {
  for (const kept of ["10.0.0.0", "10.0.0.3", "10.0.0.31"])
    t.regex(addressProblems(kept, "10.0.0.0/27")[0] ?? "", /EC2 keeps for itself/);
  for (const free of ["10.0.0.4", "10.0.0.30"]) t.deepEqual(addressProblems(free, "10.0.0.0/27"), []);
  t.regex(addressProblems("10.0.0.32", "10.0.0.0/27")[0] ?? "", /is not in/);
});

const lab = {
  stack: "x".repeat(100),
  nodes: Array.from({ length: 9 }, (_, index) => ({
    name: `${index}`.padEnd(63, "n"),
    role: index === 0 ? ("control-plane" as const) : ("worker" as const),
  })),
  machineCidr: "10.9.0.0/27",
  podCidr: "10.244.0.0/16",
  allowFrom: Array.from({ length: mostAllowed }, (_, index) => `203.0.113.${index}/32`),
  types: { "control-plane": "t3.medium", worker: "t3.small" },
};

test("the largest lab with the longest names, in the smallest network, is one that EC2 takes", (t) => {
  t.deepEqual(refusedBeforehand(lab), []);
  t.is(addressOf(lab.machineCidr, 8), "10.9.0.18");
});

test("the most entries of awsAllowFrom are as many as a security group has room for", (t) => {
  const rulesOf = (entries: readonly string[]): number =>
    ingress(entries, { backend: backendOf("vxlan"), podCidr: "10.244.0.0/16" }).filter(
      ({ to }) => to === "control-plane",
    ).length;
  t.true(rulesOf(lab.allowFrom) <= mostRules);
  t.true(rulesOf([...lab.allowFrom, "198.51.100.1/32"]) > mostRules);
  t.regex(refusedBeforehand({ ...lab, allowFrom: [...lab.allowFrom, "198.51.100.1/32"] })[0] ?? "", /has 61 rules/);
});

test("what EC2 would refuse of several things is told at once", (t) => {
  t.is(refusedBeforehand({ ...lab, stack: "it's", machineCidr: "10.9.0.0/29" }).length, 5);
});

test("user-data that EC2 would not take is no user-data", (t) => {
  const hostKey = { privateKey: "k".repeat(16_384), publicKey: "ssh-ed25519 AAAA" };
  t.throws(() => instanceUserData({ name: "boss", authorizedKey: "ssh-ed25519 AAAA", hostKey }, 8), {
    message: /^userData has \d+ bytes/,
  });
});

test("where node ports are called, machines let in each other's, and the largest lab still has room for the rules", (t) => {
  const pods = { backend: backendOf("vxlan"), podCidr: "10.244.0.0/16" };
  const without = ingress(lab.allowFrom, pods);
  const added = ingress(lab.allowFrom, pods, true).filter(({ name }) => without.every((rule) => rule.name !== name));
  t.deepEqual(
    added.map(({ from, to, protocol, ports }) => [from, to, protocol, ports]),
    [
      [{ role: "worker" }, "control-plane", "tcp", [30_000, 32_767]],
      [{ role: "control-plane" }, "worker", "tcp", [30_000, 32_767]],
      [{ role: "worker" }, "worker", "tcp", [30_000, 32_767]],
    ],
  );
  t.deepEqual(refusedBeforehand({ ...lab, nodePorts: true }), []);
});

test("where pods' packets leave bare, their addresses are let in at every machine, and no port of flannel's is open", (t) => {
  const podCidr = "10.244.0.0/16";
  for (const name of ["host-gw", "vxlan-direct"] as const) {
    const rules = ingress(["203.0.113.7/32"], { backend: backendOf(name), podCidr });
    t.deepEqual(
      rules
        .filter(({ from }) => "cidr" in from && from.cidr === podCidr)
        .map(({ to, protocol, ports }) => [to, protocol, ports]),
      [
        ["control-plane", "-1", undefined],
        ["worker", "-1", undefined],
      ],
    );
    t.false(rules.some(({ protocol }) => protocol === "udp"));
  }
  const udp = ingress([], { backend: backendOf("udp"), podCidr });
  const inside = ingress([], { backend: backendOf("ipip"), podCidr }).filter(({ what }) => what === "flannel");
  t.deepEqual(
    inside.map(({ from, to, protocol, ports }) => ["role" in from && from.role, to, protocol, ports]),
    [
      ["worker", "control-plane", "4", undefined],
      ["control-plane", "worker", "4", undefined],
      ["worker", "worker", "4", undefined],
    ],
  );
  t.deepEqual([...new Set(udp.filter(({ protocol }) => protocol === "udp").map(({ ports }) => ports?.[0]))], [8285]);
});
