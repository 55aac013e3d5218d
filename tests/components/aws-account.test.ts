// Proves how leftovers on EC2 are found and taken away, against a stand-in for its API in this file that answers from a list. That EC2
// answers like it is not proved.
import type { EC2 } from "@aws-sdk/client-ec2";
import test from "ava";
import { countFound, endedAmong, findTagged, removeFound } from "../../platforms/aws/account.ts";
import { tags } from "../../platforms/aws/tags.ts";

const mine = { stack: "dev", lab: "dev-01234567" };
const others = { stack: "dev", lab: "dev-89abcdef" };
const things = [
  { id: "vpc-1", type: "vpc", whose: mine },
  { id: "vpc-2", type: "vpc", whose: others },
  { id: "igw-1", type: "internet-gateway", whose: mine },
  { id: "rtb-1", type: "route-table", whose: mine },
  { id: "sg-1", type: "security-group", whose: mine },
  { id: "i-running", type: "instance", whose: mine },
  { id: "i-terminated", type: "instance", whose: mine },
  { id: "i-forgotten", type: "instance", whose: mine },
];
const of = (type: string, key: string) =>
  things
    .filter((thing) => thing.type === type)
    .map(({ id, whose }) => ({
      [key]: id,
      Tags: Object.entries(tags(whose, id)).map(([Key, Value]) => ({ Key, Value })),
      State: { Name: id.slice("i-".length) },
    }));
const answer: Record<string, () => object> = {
  describeInstances: () => ({
    Reservations: [
      { Instances: of("instance", "InstanceId").filter(({ InstanceId }) => InstanceId !== "i-forgotten") },
    ],
  }),
  describeVpcs: () => ({ Vpcs: of("vpc", "VpcId") }),
  describeSecurityGroups: () => ({ SecurityGroups: of("security-group", "GroupId") }),
  describeSecurityGroupRules: () => ({
    SecurityGroupRules: [
      { GroupId: "sg-1", SecurityGroupRuleId: "sgr-in", IsEgress: false },
      { GroupId: "sg-1", SecurityGroupRuleId: "sgr-out", IsEgress: true },
    ],
  }),
  describeRouteTables: () => ({
    RouteTables: of("route-table", "RouteTableId").map((one) => ({
      ...one,
      Associations: [{ RouteTableAssociationId: "rtbassoc-1" }],
    })),
  }),
  describeInternetGateways: () => ({
    InternetGateways: of("internet-gateway", "InternetGatewayId").map((one) => ({
      ...one,
      Attachments: [{ VpcId: "vpc-1" }],
    })),
  }),
};

function api(refusing: Readonly<Record<string, Error>> = {}) {
  const asked: string[] = [];
  const ec2 = new Proxy(answer, {
    get: (target, name: string) => async (input: Record<string, unknown>) => {
      if (!name.startsWith("describe")) asked.push(`${name} ${Object.values(input).flat().join(" ")}`);
      if (refusing[name] !== undefined) throw refusing[name];
      return target[name]?.() ?? {};
    },
  });
  return { ec2: ec2 as unknown as EC2, asked };
}

test("what carries the stack's name is found, with whose it is, and an ended instance is not", async (t) => {
  const found = await findTagged(api().ec2, "dev");
  t.deepEqual(
    found.map(({ id, whose }) => [id, whose.lab]),
    [
      ["i-running", mine.lab],
      ["sg-1", mine.lab],
      ["rtb-1", mine.lab],
      ["igw-1", mine.lab],
      ["vpc-1", mine.lab],
      ["vpc-2", others.lab],
    ],
  );
  t.is(countFound(found), "1 instance, 1 security-group, 1 route-table, 1 internet-gateway, 2 vpcs");
});

test("an instance that EC2 has forgotten has ended", async (t) => {
  t.deepEqual(
    await endedAmong(api().ec2, ["i-running", "i-terminated", "i-forgotten"]),
    new Set(["i-terminated", "i-forgotten"]),
  );
  t.deepEqual(await endedAmong(api().ec2, []), new Set());
});

const own = (ec2: EC2) =>
  findTagged(ec2, "dev").then((found) =>
    found.filter(({ whose, kind }) => whose.lab === mine.lab && kind !== "instance"),
  );

test("things go in the order in which they can, each after what holds it", async (t) => {
  const { ec2, asked } = api();
  t.deepEqual(await removeFound(ec2, await own(ec2)), []);
  t.deepEqual(asked, [
    "revokeSecurityGroupIngress sg-1 sgr-in",
    "deleteSecurityGroup sg-1",
    "disassociateRouteTable rtbassoc-1",
    "deleteRouteTable rtb-1",
    "detachInternetGateway igw-1 vpc-1",
    "deleteInternetGateway igw-1",
    "deleteVpc vpc-1",
  ]);
});

test("what EC2 does not let go is told, with its words; what is gone already is not", async (t) => {
  const gone = Object.assign(new Error("no such gateway"), { name: "InvalidInternetGatewayID.NotFound" });
  const { ec2 } = api({ deleteVpc: new Error("has dependencies"), deleteInternetGateway: gone });
  const kept = await removeFound(ec2, await own(ec2));
  t.deepEqual(
    kept.map(({ thing, said }) => [thing.id, said]),
    [["vpc-1", "has dependencies"]],
  );
});
