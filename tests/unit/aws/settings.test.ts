import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parse } from "yaml";
import { checkSettings } from "../../../components/settings/settings.ts";
import { archOf } from "../../../components/settings/aws.ts";
import { costOf } from "../../../components/machines/cost.ts";

const declared = parse(readFileSync(join(import.meta.dirname, "../../../Pulumi.yaml"), "utf8")) as {
  config: Record<string, { default: string | number | boolean | readonly unknown[] | Record<string, unknown> }>;
};
/** As Pulumi hands it over: text, JSON where it is a structure. */
const defaults = Object.fromEntries(
  Object.entries(declared.config).map(([key, { default: value }]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]),
);
const mine = '["203.0.113.7/32"]';
const check = (change: Record<string, string>) => checkSettings({ ...defaults, platform: "aws", ...change }, "aws");

test("with the defaults one thing is missing: who may reach the machines", (t) => {
  const { problems } = check({});
  t.is(problems.length, 1);
  t.regex(problems[0] ?? "", /^awsAllowFrom is empty, .*; write your own address/);
  const { settings, problems: none } = check({ awsAllowFrom: mine });
  t.deepEqual(none, []);
  t.deepEqual(settings?.platform, {
    kind: "aws",
    machineCidr: "172.28.56.0/24",
    region: "us-east-1",
    types: { "control-plane": "t3.medium", worker: "t3.small" },
    volumeSize: 16,
    spot: false,
    allowFrom: ["203.0.113.7/32"],
    maxHours: 8,
  });
});

const refused: readonly (readonly [string, Record<string, string>, RegExp])[] = [
  [
    "the whole world",
    { awsAllowFrom: '["0.0.0.0/0"]' },
    /^awsAllowFrom\[0\] "0.0.0.0\/0" opens SSH and the API server to the whole world; .*awsOpenToTheWorld: true$/,
  ],
  [
    "the world in two halves",
    { awsAllowFrom: '["0.0.0.0/1","128.0.0.0/1"]' },
    /^awsAllowFrom\[0\] .* to 2147483648 addresses/,
  ],
  [
    "a name",
    { awsAllowFrom: '["home.example.org"]' },
    /^awsAllowFrom\[0\] "home.example.org" is not an IPv4 network; write address\/prefix/,
  ],
  ["host bits", { awsAllowFrom: '["203.0.113.7/24"]' }, /^awsAllowFrom\[0\] .* has host bits; write 203.0.113.0\/24/],
  ["no list", { awsAllowFrom: "203.0.113.7/32" }, /^awsAllowFrom "203.0.113.7\/32" is not a list/],
  [
    "a region that is none",
    { awsRegion: "Frankfurt" },
    /^awsRegion "Frankfurt" is not a region's name; write one, such as eu-central-1$/,
  ],
  [
    "a zone of another region",
    { awsZone: "eu-central-1a" },
    /^awsZone "eu-central-1a" is not a zone of us-east-1; write one, such as us-east-1a, or leave it out$/,
  ],
  ["a local zone", { awsZone: "us-east-1-bos-1a" }, /^awsZone "us-east-1-bos-1a" is not a zone of us-east-1/],
  ["a type that is none", { awsWorkerType: "small" }, /^awsWorkerType "small" is not an instance type/],
  [
    "a control plane with 2 GiB",
    { awsControlPlaneType: "t3.small" },
    /^awsControlPlaneType "t3.small" has too little memory/,
  ],
  ["a worker with 1 GiB", { awsWorkerType: "t4g.micro" }, /^awsWorkerType "t4g.micro" has too little memory/],
  ["a disk too small", { awsVolumeSize: "8" }, /^awsVolumeSize 8 is not a whole number of GiB from 10 to 1000/],
  ["less than no time", { maxHours: "-1" }, /^maxHours -1 is not a number from 0 \(never\) to 720/],
  ["a Mac", { awsWorkerType: "mac2.metal" }, /^awsWorkerType "mac2.metal" runs macOS on a dedicated host/],
  [
    "a network that stands twice",
    { awsAllowFrom: '["203.0.113.7/32","203.0.113.7/32"]' },
    /^awsAllowFrom\[1\] "203.0.113.7\/32" stands twice/,
  ],
  [
    "more networks than a security group has room for",
    { awsAllowFrom: JSON.stringify(Array.from({ length: 29 }, (_, index) => `203.0.113.${index}/32`)) },
    /^awsAllowFrom has 29 networks; a security group has room for 28/,
  ],
  ["half a yes", { awsSpot: "yes" }, /^awsSpot "yes" is not true or false/],
  [
    "a network too small for EC2's taste and ours",
    { machineCidr: "172.28.56.0/28" },
    /^machineCidr .* from \/16 to \/27/,
  ],
];
for (const [what, change, expected] of refused) {
  test(`${what} is refused, with the remedy`, (t) => {
    const { settings, problems } = check({ awsAllowFrom: mine, ...change });
    t.is(settings, undefined);
    t.true(
      problems.some((problem) => expected.test(problem)),
      problems.join("\n"),
    );
  });
}

test("a zone that is asked for is a setting", (t) => {
  const { settings } = check({ awsAllowFrom: mine, awsZone: "us-east-1b" });
  t.is(settings?.platform.kind === "aws" ? settings.platform.zone : "", "us-east-1b");
});

test("regions of every partition are regions", (t) => {
  for (const awsRegion of ["us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-isob-east-1", "ap-southeast-7"])
    t.deepEqual(check({ awsAllowFrom: mine, awsRegion }).problems, [], awsRegion);
});

test("all problems are told at once", (t) => {
  t.is(check({ awsRegion: "x", awsWorkerType: "y", awsVolumeSize: "1", maxHours: "1000" }).problems.length, 5);
});

test("the world may come in where that is said in so many words", (t) => {
  t.deepEqual(check({ awsAllowFrom: '["0.0.0.0/0"]', awsOpenToTheWorld: "true" }).problems, []);
});

test("another platform asks for none of it", (t) => {
  t.deepEqual(check({ platform: "local" }).problems, []);
});

test("the architecture is read from the instance type", (t) => {
  const arm = ["t4g.small", "m7g.large", "c7gn.xlarge", "m6gd.medium", "g5g.xlarge", "a1.large", "x2gd.medium"];
  const amd = [
    "t3.medium",
    "t3a.small",
    "m7i.large",
    "m7i-flex.large",
    "g4dn.xlarge",
    "c5.large",
    "i3.large",
    "m5.metal",
  ];
  t.deepEqual(
    arm.map(archOf),
    arm.map(() => "arm64"),
  );
  t.deepEqual(
    amd.map(archOf),
    amd.map(() => "amd64"),
  );
});

const costs = (change: Record<string, string>) => costOf(check({ awsAllowFrom: mine, ...change }).settings!);

test("the cost is that of the machines, their volumes and their addresses", (t) => {
  const cost = costs({});
  t.is(cost.perHour, 0.1035);
  t.deepEqual(cost.machines["k8s-worker1"], { type: "t3.small", perHour: 0.0208 });
  t.is(cost.volumesAndAddresses, 0.0203);
});

test("what a type costs that the lab has no price of is called unknown, and where to look it up", (t) => {
  const cost = costs({ awsWorkerType: "m8g.large" });
  t.regex(String(cost.perHour), /^unknown: the lab has no price of m8g.large; see aws.amazon.com/);
  t.is(cost.machines["k8s-worker2"]?.perHour, "unknown");
});

test("prices say of where and when they are", (t) => {
  t.regex(costs({}).prices, /us-east-1 of mid-2025/);
  t.regex(costs({ awsRegion: "eu-central-1" }).prices, /eu-central-1 differs/);
  t.regex(costs({ awsSpot: "true" }).prices, /spot instances cost less/);
});

test("a lab on machines that nobody rents for it costs nothing", (t) => {
  t.is(costOf(checkSettings(defaults, "dev").settings!).perHour, 0);
});
