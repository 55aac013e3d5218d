// Proves what would be asked of AWS: names, references, rules, user-data, secrets, order. It does not prove that AWS would take it
// (tests/aws asks an implementation of EC2's API), nor that an instance boots.
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { parse } from "yaml";
import { defaultOrigin } from "../../bundle/choice.ts";
import { refusedByEc2 } from "../../components/machines/aws/ec2-rules.ts";
import { at, recorded, recordedAs, secretInput, useMocks, valueOf } from "./mocks.ts";

await useMocks(
  ({ type, name, inputs }) => {
    if (name.endsWith("-login") || name.endsWith("-host-key")) {
      return { stdout: JSON.stringify({ privateKey: `private ${name}\n`, publicKey: `ssh-ed25519 ${name}` }) };
    }
    if (type === "aws:ec2/instance:Instance")
      return { publicIp: `203.0.113.${String(inputs.privateIp).split(".")[3]}` };
    if (type === "aws:ec2/securityGroup:SecurityGroup") return {};
    if (name.includes("-image-")) return { stdout: inputs.environment.AMI };
    if (name === "machines-network-zone") return { stdout: inputs.environment.ZONE };
    if (name === "machines-lab") return { stdout: "mock-01234567" };
    if (/^machines-hosts-(boss|left|right)$/.test(name))
      return { stdout: JSON.stringify({ id: `machine-id of ${name}`, arch: "amd64" }) };
    return {
      stdout: name.endsWith("-supply") ? JSON.stringify({ key: "0123456789abcdef", stage: "/stage", pulls: true }) : "",
    };
  },
  {},
  ({ token, inputs }) =>
    token === "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"
      ? {
          instanceTypes: ["t3.medium", "t3.medium", "t4g.small"],
          locations: ["eu-central-1a", "eu-central-1b", "eu-central-1b"],
        }
      : token === "aws:ssm/getParameter:getParameter"
        ? { value: `ami for ${String(inputs.name).split("/").slice(-4, -3)[0]}` }
        : {},
);
const { createMachines } = await import("../../components/machines/machines.ts");
const { accessTo } = await import("../../components/machines/access.ts");

const user = ["203.0.113.7/32", "198.51.100.0/24"];
const names = ["boss", "left", "right"];
const lab: Parameters<typeof createMachines>[1] = {
  stack: "mock",
  platform: {
    kind: "aws",
    machineCidr: "10.9.0.0/24",
    region: "eu-central-1",
    types: { "control-plane": "t3.medium", worker: "t4g.small" },
    volumeSize: 16,
    spot: true,
    allowFrom: user,
    maxHours: 1.5,
  },
  nodes: names.map((name, index) => ({ name, role: index === 0 ? "control-plane" : "worker" })),
  podCidr: "10.200.0.0/16",
  backend: "vxlan",
  ipFamily: "ipv4",
  serviceCidr: "10.100.0.0/16",
  dnsAddress: "10.100.0.10",
  artifacts: { ...defaultOrigin, way: "source" },
  proxyMode: "iptables",
  lessons: ["pod-network"],
  faults: [],
  verify: "first",
};
const machines = await createMachines("machines", lab);
const identities = await Promise.all(machines.map(({ identity }) => valueOf(pulumi.output(identity))));

const inputs = (name: string) => recordedAs(name).inputs;
const ofType = (type: string) => [...recorded.values()].filter((resource) => resource.type === type);
const instances = names.map((name) => `machines-${name}-instance`);
const role = (name: string): string => (name === "boss" ? "control-plane" : "worker");
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const userData = (name: string): any => {
  const text = String(secretInput(inputs(name).userData));
  return { first: text.split("\n", 1)[0], ...(parse(text, { version: "1.1" }) as object) };
};

test("in the account there are a network, two security groups with their rules, and the instances, and nothing else", (t) => {
  const made = [...recorded.values()].filter(({ type }) => type.startsWith("aws:"));
  const count = (type: string): number => made.filter((resource) => resource.type === type).length;
  const expected = {
    "aws:ec2/vpc:Vpc": 1,
    "aws:ec2/internetGateway:InternetGateway": 1,
    "aws:ec2/subnet:Subnet": 1,
    "aws:ec2/routeTable:RouteTable": 1,
    "aws:ec2/route:Route": 1,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": 1,
    "aws:ec2/securityGroup:SecurityGroup": 2,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 7 + 3 * user.length,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 2,
    "aws:ec2/instance:Instance": 3,
  };
  for (const [type, number] of Object.entries(expected)) t.is(count(type), number, type);
  t.is(
    made.length,
    Object.values(expected).reduce((sum, number) => sum + number),
  );
});

test("all that can be tagged tells whose it is", (t) => {
  const without = ["aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation"];
  for (const { type, name, inputs: given } of recorded.values()) {
    if (type.startsWith("aws:") && !without.includes(type)) {
      t.is(given.tags["pod-networking-lab.stack"], "mock", name);
      t.is(given.tags["pod-networking-lab.id"], "mock-01234567", name);
    }
  }
});

test("an instance's volume tells whose it is, and hosts are claimed for the same lab", (t) => {
  for (const name of instances) t.is(inputs(name).rootBlockDevice.tags["pod-networking-lab.id"], "mock-01234567");
  for (const name of names) t.is(inputs(`machines-hosts-${name}`).environment.LAB, "mock-01234567");
  t.false(recorded.has("machines-hosts-lab"));
});

test("the subnet is in a zone that offers both instance types, which the state keeps", (t) => {
  t.is(inputs("machines-network-subnet").availabilityZone, "eu-central-1b");
  t.is(inputs("machines-network-zone").environment.ZONE, "eu-central-1b");
});

test("EC2 has nothing against any name, description, tag, range or text that it is sent", (t) => {
  for (const { type, name, inputs: given } of recorded.values()) {
    const { userData: told, ...rest } = (given ?? {}) as Record<string, unknown>;
    const sent = { ...rest, ...(told !== undefined && { userData: secretInput(told) }) };
    t.deepEqual(refusedByEc2(type, sent), [], name);
  }
});

test("a lab that EC2 would refuse is refused before its first resource", async (t) => {
  const before = recorded.size;
  const refused = createMachines("refused", { ...lab, stack: "the lab's" });
  t.regex((await t.throwsAsync(refused))?.message ?? "", /^EC2 would refuse this lab:\n {2}- name "podnet-the lab's-/);
  t.is(recorded.size, before);
});

test("the provider is the first resource, without which no key is made", (t) => {
  t.is(inputs("machines-aws").region, "eu-central-1");
  for (const { name, type, index } of recorded.values())
    if (type.startsWith("command:")) t.true(index > at("machines-aws"), name);
});

interface Rule {
  readonly to: string;
  readonly from: string;
  readonly what: string;
}

test("between the machines exactly the API, etcd, the kubelet, kube-proxy's health and VXLAN are open, by reference", (t) => {
  const group = (id: string): string => id.replace(/^machines-firewall-(.*)-id$/, "$1");
  const rules = ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").map(({ inputs: given }): Rule => ({
    to: group(given.securityGroupId),
    from: given.referencedSecurityGroupId === undefined ? given.cidrIpv4 : group(given.referencedSecurityGroupId),
    what: `${given.ipProtocol} ${given.fromPort}-${given.toPort}`,
  }));
  const sort = (list: readonly Rule[]): string[] =>
    list.map(({ from, to, what }) => `${from} to ${to}: ${what}`).toSorted();
  const [boss, worker] = ["control-plane", "worker"] as const;
  t.deepEqual(
    sort(rules),
    sort([
      { from: worker, to: boss, what: "tcp 6443-6443" },
      { from: boss, to: boss, what: "tcp 2379-2380" },
      { from: boss, to: worker, what: "tcp 10250-10250" },
      { from: boss, to: worker, what: "tcp 10256-10256" },
      { from: worker, to: boss, what: "udp 8472-8472" },
      { from: boss, to: worker, what: "udp 8472-8472" },
      { from: worker, to: worker, what: "udp 8472-8472" },
      ...user.flatMap((from) => [
        { from, to: boss, what: "tcp 22-22" },
        { from, to: worker, what: "tcp 22-22" },
        { from, to: boss, what: "tcp 6443-6443" },
      ]),
    ]),
  );
});

test("nothing is open to the world inward, by no kind of rule", (t) => {
  for (const { type, name, inputs: given } of recorded.values()) {
    if (!type.startsWith("aws:") || type.includes("EgressRule") || type === "aws:ec2/route:Route") continue;
    t.notRegex(JSON.stringify(given), /0\.0\.0\.0\/0|::\/0/, name);
  }
  for (const { inputs: given } of ofType("aws:ec2/securityGroup:SecurityGroup"))
    t.deepEqual([given.ingress, given.egress], [undefined, undefined]);
});

test("each machine is in the lab's subnet, has its own address, a public one, and its role's security group alone", (t) => {
  for (const [index, name] of instances.entries()) {
    const given = inputs(name);
    t.is(given.subnetId, "machines-network-subnet-id");
    t.is(given.privateIp, `10.9.0.${10 + index}`);
    t.true(given.associatePublicIpAddress);
    t.deepEqual(given.vpcSecurityGroupIds, [`machines-firewall-${role(names[index]!)}-id`]);
  }
  t.is(inputs("machines-network-subnet").vpcId, "machines-network-vpc-id");
  t.is(inputs("machines-network-out").gatewayId, "machines-network-gateway-id");
});

test("a machine boots when its way out and every rule stand", (t) => {
  const first = Math.min(...instances.map(at));
  for (const { name, type, index } of recorded.values()) {
    if (type.startsWith("aws:") && type !== "aws:ec2/instance:Instance") t.true(index < first, name);
  }
});

test("source and destination are checked, the metadata service wants a token and is one hop away, the disk is encrypted", (t) => {
  for (const name of instances) {
    const given = inputs(name);
    t.true(given.sourceDestCheck);
    t.deepEqual(given.metadataOptions, { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 });
    const { volumeType, volumeSize, encrypted, deleteOnTermination } = given.rootBlockDevice;
    t.deepEqual([volumeType, volumeSize, encrypted, deleteOnTermination], ["gp3", 16, true, true]);
    t.is(given.iamInstanceProfile, undefined);
    t.is(given.instanceMarketOptions.marketType, "spot");
  }
});

test("the image is Ubuntu's for the architecture of the instance type", (t) => {
  t.deepEqual(
    instances.map((name) => [inputs(name).instanceType, inputs(name).ami]),
    [
      ["t3.medium", "ami for amd64"],
      ["t4g.small", "ami for arm64"],
      ["t4g.small", "ami for arm64"],
    ],
  );
});

test("user-data is a secret that brings the machine's own host key and lets in the lab's key alone", (t) => {
  for (const name of names) {
    const told = userData(`machines-${name}-instance`);
    t.is(told.first, "#cloud-config");
    t.is(told.hostname, name);
    t.deepEqual(told.ssh_keys, {
      ed25519_private: `private machines-${name}-host-key\n`,
      ed25519_public: `ssh-ed25519 machines-${name}-host-key`,
    });
    t.true(told.ssh_deletekeys);
    t.deepEqual(
      told.users.map((one: { name: string; ssh_authorized_keys: string[] }) => [one.name, one.ssh_authorized_keys]),
      [["ubuntu", ["ssh-ed25519 machines-login"]]],
    );
    t.false(told.ssh_pwauth);
  }
});

test("a machine ends itself after maxHours: it is told so at its first boot, and to end is to be terminated", (t) => {
  for (const name of instances) {
    const told = userData(name);
    t.deepEqual(told.runcmd, [["/usr/local/sbin/podnet-deadline", "90"]]);
    t.deepEqual(
      told.write_files.map((file: { path: string; permissions: string }) => [file.path, file.permissions]),
      [["/usr/local/sbin/podnet-deadline", "0755"]],
    );
    t.regex(told.write_files[0].content, /OnCalendar=/);
    t.is(inputs(name).instanceInitiatedShutdownBehavior, "terminate");
  }
});

test("every connection pins the host key that was handed over, at the public address", (t) => {
  for (const [index, name] of names.entries()) {
    for (const step of [`machines-${name}-booted`, `machines-hosts-${name}-base`, `machines-hosts-${name}-install`]) {
      const {
        host,
        port,
        user: login,
        hostKey,
        privateKey,
      } = secretInput(inputs(step).connection) as Record<string, unknown>;
      t.deepEqual(
        [host, port, login, hostKey, privateKey],
        [`203.0.113.${10 + index}`, 22, "ubuntu", `ssh-ed25519 machines-${name}-host-key`, "private machines-login\n"],
        step,
      );
    }
    for (const step of ["", "-supply"]) {
      const access = JSON.parse(String(secretInput(inputs(`machines-hosts-${name}${step}`).stdin))) as Record<
        string,
        unknown
      >;
      t.deepEqual(
        [access["address"], access["hostKey"]],
        [`203.0.113.${10 + index}`, `ssh-ed25519 machines-${name}-host-key`],
      );
    }
  }
});

test("a machine is set up when its first boot is over, and no stranger's preflight is made", (t) => {
  for (const name of names) {
    t.true(at(`machines-${name}-instance`) < at(`machines-${name}-booted`));
    t.true(at(`machines-${name}-booted`) < at(`machines-hosts-${name}`));
  }
  t.false(recorded.has("machines-hosts-preflight"));
});

test("private keys are nowhere in the clear", (t) => {
  for (const { name, inputs: given } of recorded.values()) {
    const { userData: told, connection, stdin, ...rest } = (given ?? {}) as Record<string, unknown>;
    t.notRegex(JSON.stringify(rest), /private machines/, name);
    for (const secret of [
      told,
      connection,
      name.startsWith("machines-hosts-") && /private/.test(JSON.stringify(stdin)) ? stdin : undefined,
    ]) {
      if (secret !== undefined) t.notThrows(() => secretInput(secret), name);
    }
  }
});

test("the API server is asked at the public address, nodes know each other by the private one", async (t) => {
  t.deepEqual(await Promise.all(machines.map(({ address }) => valueOf(pulumi.output(address)))), [
    "10.9.0.10",
    "10.9.0.11",
    "10.9.0.12",
  ]);
  t.is(await valueOf(pulumi.output(machines[0]!.api!.host)), "203.0.113.10");
  t.is(machines[0]!.api!.port, 6443);
  t.deepEqual(
    identities,
    names.map((name) => `machine-id of machines-hosts-${name}`),
  );
  const { knownHosts } = await valueOf(accessTo(machines));
  t.is(
    knownHosts,
    names.map((name, index) => `203.0.113.${10 + index} ssh-ed25519 machines-${name}-host-key\n`).join(""),
  );
});

test("what is on a machine goes with its instance", async (t) => {
  for (const [index, machine] of machines.entries())
    t.regex(await valueOf(machine.resource.urn), new RegExp(`::${instances[index]}$`));
});

test("no other machine is named in what makes one, so that one more leaves it alone", (t) => {
  for (const name of [
    "machines-left-instance",
    "machines-left-host-key",
    "machines-hosts-left",
    "machines-hosts-left-supply",
  ]) {
    t.notRegex(JSON.stringify(inputs(name)), /boss|right|203\.0\.113\.1[02]\b/, name);
  }
});
