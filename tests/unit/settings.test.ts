import test from "ava";
import { checkSettings } from "../../components/settings/settings.ts";
import { hostAddress, inRange } from "../../evidence/cidr.ts";
import { hostile } from "./hostile.ts";
import { defaults as good } from "./defaults.ts";

test("the defaults give the course's three nodes, the control plane first", (t) => {
  const { settings, problems } = checkSettings(good, "dev");
  t.deepEqual(problems, []);
  t.deepEqual(settings?.nodes, [
    { name: "k8s-master", role: "control-plane" },
    { name: "k8s-worker1", role: "worker" },
    { name: "k8s-worker2", role: "worker" },
  ]);
  t.is(settings?.dnsAddress, "10.96.0.10");
});

test("kube-proxy's mode is the one that was asked for, and another word is refused with the words there are", (t) => {
  t.is(checkSettings(good, "dev").settings?.proxyMode, "iptables");
  t.is(checkSettings({ ...good, proxyMode: "nftables" }, "dev").settings?.proxyMode, "nftables");
  t.deepEqual(checkSettings({ ...good, proxyMode: "ipvs" }, "dev").problems, [
    'proxyMode "ipvs" is not known; write one of: iptables, nftables',
  ]);
});

test("all lessons are every page, in the course's order", (t) => {
  t.deepEqual(checkSettings({ ...good, lessons: '["all"]' }, "dev").settings?.lessons, [
    "pod-network",
    "service",
    "cluster-dns",
    "service-auto",
  ]);
  const named = checkSettings({ ...good, lessons: '["network-policy","pod-network"]' }, "dev").settings;
  t.deepEqual(named?.lessons, ["pod-network", "network-policy"], "what changes the others' pods is named");
  const turned = checkSettings({ ...good, lessons: '["service","pod-network"]' }, "dev");
  t.deepEqual(turned.settings?.lessons, ["pod-network", "service"]);
});

test("addresses to give away are the last of the machines' network, clear of every machine's and of the engine's", (t) => {
  for (const machineCidr of ["172.28.0.0/16", "172.28.56.0/24", "172.28.56.32/27", "172.28.56.128/26"]) {
    const { settings, problems } = checkSettings(
      { ...good, machineCidr, workers: "8", nodeNames: "[]", lessons: '["pod-network","load-balancer"]' },
      "dev",
    );
    t.deepEqual(problems, [], machineCidr);
    const pool = settings?.balancerPool ?? "";
    for (const part of [0, 1, ...settings!.nodes.map((_, index) => 10 + index)])
      t.false(inRange(pool, hostAddress(machineCidr, part)), `${machineCidr}: ${part}`);
    const size = 2 ** (32 - Number(machineCidr.split("/")[1]));
    for (const part of [size - 5, size - 2])
      t.true(inRange(pool, hostAddress(machineCidr, part)), `${machineCidr}: ${part}`);
    t.false(inRange(pool, hostAddress(machineCidr, size - 1)), "not everybody's address");
  }
  t.is(checkSettings(good, "dev").settings?.balancerPool, undefined, "no lesson gives any away");
});

test("node names of the user's own are taken in order", (t) => {
  const { settings } = checkSettings({ ...good, nodeNames: '["boss","left","right"]' }, "dev");
  t.deepEqual(
    settings?.nodes.map(({ name }) => name),
    ["boss", "left", "right"],
  );
});

const refused: readonly (readonly [string, Record<string, string>, RegExp])[] = [
  [
    "an unknown platform",
    { platform: "cloud" },
    /^platform "cloud" is not known; write one of: local, vm, hosts, aws$/,
  ],
  ["no workers", { workers: "0" }, /^workers 0 is not a whole number from 1 to 8/],
  ["nine workers", { workers: "9" }, /^workers 9 /],
  ["half a worker", { workers: "1.5" }, /^workers 1.5 /],
  ["workers in words", { workers: "two" }, /^workers "two" is not a number/],
  [
    "too few names",
    { nodeNames: '["one"]' },
    /^nodeNames has 1 names for 1 control plane and 2 workers; write 3 names/,
  ],
  ["a name with capitals", { nodeNames: '["A","b","c"]' }, /^nodeNames\[0\] "A" is not a DNS label/],
  [
    "a name with a command in it",
    { nodeNames: '["$(reboot)","b","c"]' },
    /^nodeNames\[0\] "\$\(reboot\)" is not a DNS label/,
  ],
  ["a name twice", { nodeNames: '["a","b","a"]' }, /^nodeNames\[2\] "a" stands twice/],
  ["a network that is none", { machineCidr: "172.28.56" }, /^machineCidr "172.28.56" is not an IPv4 network/],
  [
    "a network with host bits",
    { machineCidr: "172.28.56.1/24" },
    /^machineCidr "172.28.56.1\/24" is not an IPv4 network/,
  ],
  ["octal", { podCidr: "010.244.0.0/16" }, /^podCidr "010.244.0.0\/16" is not an IPv4 network/],
  ["a public network", { machineCidr: "8.8.8.0/24" }, /^machineCidr "8.8.8.0\/24" is not a private range/],
  ["too few addresses for the machines", { machineCidr: "172.28.56.0/28" }, /^machineCidr .* from \/16 to \/27/],
  [
    "a device's number with a backend that has no networks of numbers",
    { backend: "wireguard", backendOptions: '{"vni":2}' },
    /^backendOptions\.vni 2 is not for backend "wireguard", which takes port, mtu, rules; leave it out$/,
  ],
  ["a mistyped backend", { backend: "hostgw" }, /^backend "hostgw" is not one of .*; did you mean host-gw\?$/],
  [
    "another project's backend",
    { backend: "calico-bgp" },
    /^backend "calico-bgp" .*; write one of: vxlan, vxlan-direct, host-gw, udp, ipip, wireguard$/,
  ],
  [
    "an option that is no number",
    { backendOptions: '{"port":"often"}' },
    /^backendOptions\.port .* is not a number; see Pulumi\.yaml/,
  ],
  [
    "a mistyped option",
    { backendOptions: '{"vnii":2}' },
    /^backendOptions\.vnii is not a config key; did you mean vni\?$/,
  ],
  [
    "a VNI that VXLAN has no bits for",
    { backendOptions: '{"vni":16777216}' },
    /^backendOptions\.vni 16777216 is not a whole number from 1 to/,
  ],
  [
    "a Service's port",
    { backendOptions: '{"port":30100}' },
    /^backendOptions\.port 30100 is not a UDP port .*; write one such as 4789/,
  ],
  [
    "an MTU that leaves no room",
    { backendOptions: '{"mtu":600}' },
    /^backendOptions\.mtu 600 is not a whole number of bytes from 700/,
  ],
  [
    "an option of another backend's",
    { backend: "udp", backendOptions: '{"vni":2}' },
    /^backendOptions\.vni 2 is not for backend "udp", which takes port, rules; leave it out$/,
  ],
  [
    "an option of a backend that has no port",
    { backend: "host-gw", backendOptions: '{"port":4789}' },
    /^backendOptions\.port 4789 is not for backend "host-gw", which takes rules; leave it out$/,
  ],
  [
    "rules that flannel does not write",
    { backendOptions: '{"rules":"ipfw"}' },
    /^backendOptions\.rules ipfw is not one of iptables, nftables$/,
  ],
  ["too few pod ranges for the nodes", { podCidr: "10.244.0.0/23" }, /^podCidr .* from \/8 to \/22/],
  [
    "overlapping ranges",
    { serviceCidr: "10.244.128.0/20" },
    /^podCidr "10.244.0.0\/16" overlaps serviceCidr "10.244.128.0\/20"/,
  ],
  ["a port block at the end", { portBase: "65530" }, /^portBase 65530 leaves no block of ten ports/],
  [
    "an unknown origin",
    { artifacts: "binary" },
    /^artifacts "binary" is not known; write one of: auto, release, source$/,
  ],
  [
    "a Kubernetes of two numbers",
    { kubernetesVersion: "1.37" },
    /^kubernetesVersion "1.37" is no version; write all three numbers, such as 1\.37\.2$/,
  ],
  ["a Kubernetes with a v", { kubernetesVersion: "v1.36.3" }, /^kubernetesVersion "v1.36.3" is no version/],
  [
    "an old Kubernetes",
    { kubernetesVersion: "1.30.4" },
    /^kubernetesVersion "1.30.4" is not one that the lab knows to handle; write one of 1\.37\.x or 1\.36\.x/,
  ],
  [
    "a Kubernetes with a command in it",
    { kubernetesVersion: "1.37.$(reboot)" },
    /^kubernetesVersion "1\.37\.\$\(reboot\)" is no version/,
  ],
  [
    "a Kubernetes that is not pinned, from source",
    { kubernetesVersion: "1.36.1", artifacts: "source" },
    /^kubernetesVersion "1.36.1" cannot be built here, .*write 1\.37\.2 or 1\.36\.3, or set artifacts to release$/,
  ],
  ["mirrors that are no map", { mirrors: "https://a.example" }, /^mirrors "https:\/\/a.example" is not a map/],
  ["a list of mirrors", { mirrors: "[]" }, /^mirrors "\[\]" is not a map/],
  [
    "a mirror of nothing",
    { mirrors: '{"download":"https://a.example"}' },
    /^mirrors.download is not a key of mirrors; did you mean downloads\?$/,
  ],
  [
    "a mirror that is no web address",
    { mirrors: '{"downloads":"ftp://a.example"}' },
    /^mirrors.downloads "ftp:\/\/a.example" is not a base URL/,
  ],
  [
    "a mirror with a command in it",
    { mirrors: '{"apt":"https://$(reboot)"}' },
    /^mirrors.apt "https:\/\/\$\(reboot\)" is not a base URL/,
  ],
  ["a mirror with a line break", { mirrors: '{"apt":"https://a.example/\\nb"}' }, /^mirrors.apt .* is not a base URL/],
  [
    "a password in a mirror",
    { mirrors: '{"downloads":"https://me:secret@a.example"}' },
    /^mirrors.downloads holds a user's name or password, .*without/,
  ],
  [
    "a registry that is not asked",
    { mirrors: '{"registries":{"docker.com":"https://a.example"}}' },
    /^mirrors.registries.docker.com is no registry .*; did you mean docker.io\?$/,
  ],
  [
    "a registry in words",
    { mirrors: '{"registries":"https://a.example"}' },
    /^mirrors.registries "https:\/\/a.example" is not a map/,
  ],
  [
    "a Go proxy that is none",
    { mirrors: '{"goproxy":"https://a.example direct"}' },
    /^mirrors.goproxy .* is not a list as GOPROXY has it/,
  ],
  ["a mistyped key", { worker: "3" }, /^worker is not a config key; did you mean workers\?$/],
  [
    "a lesson that is none",
    { lessons: '["pod-network","servce"]' },
    /^lessons\[1\] "servce" is not a lesson; did you mean service\?$/,
  ],
  [
    "all beside names",
    { lessons: '["pod-network","all"]' },
    /^lessons\[1\] "all" stands for every lesson but network-policy and load-balancer; write lessons: \[all\]/,
  ],
  [
    "addresses of a network that is not the lab's",
    { lessons: '["pod-network","load-balancer"]', platform: "aws", awsAllowFrom: '["203.0.113.7/32"]' },
    /^lessons\[1\] "load-balancer" needs a network whose addresses the lab may give away, .* platform "aws"/,
  ],
  ["no pod network", { lessons: '["service"]' }, /^lessons has no pod-network; add it/],
  ["lessons that are no list", { lessons: "service" }, /^lessons "service" is not a list/],
  ["names that are no list", { nodeNames: "boss" }, /^nodeNames "boss" is not a list/],
  ["a key that means nothing", { zebra: "1" }, /^zebra is not a config key; the keys are platform, workers/],
];
for (const [what, change, message] of refused) {
  test(`${what} is refused with key, value, rule and remedy`, (t) => {
    const { settings, problems } = checkSettings({ ...good, ...change }, "dev");
    t.is(settings, undefined);
    t.is(problems.length, 1, problems.join("\n"));
    t.regex(problems[0] ?? "", message);
  });
}

test("mirrors are taken as they are written", (t) => {
  const mirrors = {
    downloads: "https://mirror.example/files/",
    registries: { "docker.io": "http://127.0.0.1:5000/hub" },
    apt: "https://mirror.example",
    goproxy: "https://a.example,https://b.example|direct",
  };
  const { settings, problems } = checkSettings(
    { ...good, artifacts: "release", mirrors: JSON.stringify(mirrors) },
    "dev",
  );
  t.deepEqual(problems, []);
  t.deepEqual(settings?.artifacts, { way: "release", mirrors, kubernetes: "1.37.2" });
});

test("a problem with a mirror never shows its password", (t) => {
  t.notRegex(
    checkSettings({ ...good, mirrors: '{"downloads":"https://me:hunter2@a.example"}' }, "dev").problems.join(),
    /hunter2/,
  );
});

for (const value of hostile) {
  const shown = JSON.stringify(value);
  // The one key that takes any text: nothing ever reads it but for its being another one.
  test(`verify ${shown} is taken literally`, (t) => {
    t.is(checkSettings({ ...good, verify: value }, "dev").settings?.verify, value);
  });
  for (const key of ["platform", "machineCidr", "podCidr", "serviceCidr"]) {
    test(`${key} ${shown} is refused`, (t) => {
      const { settings, problems } = checkSettings({ ...good, [key]: value }, "dev");
      t.is(settings, undefined);
      t.true(
        problems.some((problem) => problem.startsWith(`${key} `)),
        problems.join("\n"),
      );
    });
  }
  // A word of small letters is a name.
  const names = JSON.stringify(["boss", value, "right"]);
  test(`a node named ${shown} is ${value === "plain" ? "taken" : "refused"}`, (t) => {
    const { settings, problems } = checkSettings({ ...good, nodeNames: names }, "dev");
    t.is(settings === undefined, value !== "plain");
    t.true(
      value === "plain" || problems[0]?.startsWith(`nodeNames[1] ${shown} is not a DNS label`),
      problems.join("\n"),
    );
  });
  test(`${shown} workers are refused`, (t) => {
    t.is(checkSettings({ ...good, workers: value }, "dev").settings, undefined);
  });
}

/** Forms that a stack file of somebody else's might hold. */
const odd: readonly unknown[] = [
  ...hostile,
  ...[
    "1e999",
    "-1",
    "NaN",
    "9".repeat(400),
    "[[[]]]",
    "[null]",
    '{"__proto__":{"kind":"vm"}}',
    "\u001b[2J\u009b",
    "x".repeat(1 << 18),
  ],
  ...[null, true, -1, [], {}, { a: { b: [] } }, Number.MAX_SAFE_INTEGER],
];

test("no key throws at any value: whatever the stack file holds is taken or refused by name", (t) => {
  for (const key of Object.keys(good))
    for (const value of odd)
      for (const platform of ["local", "vm", "hosts", "aws"]) {
        const { settings, problems } = checkSettings({ ...good, platform, [key]: value }, "dev");
        t.true(settings !== undefined || problems.length > 0, `${key} ${String(value).slice(0, 40)}`);
      }
});

test("all problems are named at once", (t) => {
  const { problems } = checkSettings({ ...good, platform: "moon", workers: "0", portBase: "1", podCidr: "x" }, "dev");
  t.is(problems.length, 4);
});

test("a missing key is named", (t) => {
  const { verify: _, ...rest } = good;
  t.regex(checkSettings(rest, "dev").problems[0] ?? "", /^verify is missing/);
});

test("a host address counts on across octets", (t) => {
  t.is(hostAddress("172.28.56.0/24", 12), "172.28.56.12");
  t.is(hostAddress("10.0.255.0/16", 300), "10.0.1.44");
  t.is(hostAddress("192.168.0.0/16", 0), "192.168.0.0");
});

test("virtual machines have the sizes of their roles", (t) => {
  const { settings, problems } = checkSettings({ ...good, platform: "vm", workerMemory: "3072" }, "vm");
  t.deepEqual(problems, []);
  t.like(settings?.platform, {
    kind: "vm",
    sizes: { "control-plane": { cpus: 2, memory: 4096, disk: 8 }, worker: { cpus: 1, memory: 3072, disk: 8 } },
  });
});

test("VMs too small for their role, and a range that is QEMU's own, are refused", (t) => {
  const wrong = {
    platform: "vm",
    controlPlaneCpus: "1",
    workerMemory: "512.5",
    workerDisk: "1",
    machineCidr: "10.0.0.0/16",
  };
  const { problems } = checkSettings({ ...good, ...wrong }, "vm");
  t.is(problems.length, 4, problems.join("\n"));
  t.regex(problems[0] ?? "", /^controlPlaneCpus 1 is too little for a control plane; write a whole number, 2 or more$/);
  t.regex(problems[3] ?? "", /10\.0\.2\.0\/24.* overlaps machineCidr "10\.0\.0\.0\/16"; move/);
});
