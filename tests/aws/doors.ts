/** Stand-in for EC2's security groups: what the API holds of them, as packet filters in front of the machines. */
import type { EC2, Instance, SecurityGroupRule } from "@aws-sdk/client-ec2";
import { inNetworkOf } from "../live/plain.ts";
import { isRunning } from "./machine.ts";

const chain = "SECURITY-GROUPS";

/** What comes in at a machine, for iptables-restore: what a rule of its groups lets in, the answers to what went out, nothing else. Pure. */
export function filterFor(instance: Instance, rules: readonly SecurityGroupRule[], all: readonly Instance[]): string {
  const groups = groupsOf(instance);
  const inward = rules.filter(
    ({ GroupId, IsEgress }) => !IsEgress && GroupId !== undefined && groups.includes(GroupId),
  );
  const accepted = inward.flatMap((rule) => {
    const { IpProtocol = "", FromPort, ToPort } = rule;
    const what = IpProtocol === "-1" ? "" : ` -p ${IpProtocol} --dport ${FromPort}:${ToPort}`;
    return sources(rule, all).map((source) => `-A ${chain} -s ${source}${what} -j ACCEPT`);
  });
  const lines = [
    `-A ${chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    ...accepted.toSorted(),
    `-A ${chain} -j DROP`,
  ];
  return ["*mangle", `:${chain} - [0:0]`, ...lines, "COMMIT", ""].join("\n");
}

function sources({ CidrIpv4, ReferencedGroupInfo }: SecurityGroupRule, all: readonly Instance[]): string[] {
  if (CidrIpv4 !== undefined) return [CidrIpv4];
  const members = all.filter((instance) => groupsOf(instance).some((id) => id === ReferencedGroupInfo?.GroupId));
  return members.map(({ PrivateIpAddress }) => `${PrivateIpAddress}/32`);
}

const groupsOf = ({ NetworkInterfaces = [] }: Instance): string[] =>
  NetworkInterfaces.flatMap(({ Groups = [] }) => Groups).flatMap(({ GroupId }) =>
    GroupId === undefined ? [] : [GroupId],
  );

let last = Promise.resolve();

/** Puts the filters of all running machines of a VPC in place, as its groups and rules now are. One after the other: the last knows most. */
export function closeDoors(ec2: EC2, vpcId: string): Promise<void> {
  last = last.catch(() => {}).then(() => closeAll(ec2, vpcId));
  return last;
}

async function closeAll(ec2: EC2, vpcId: string): Promise<void> {
  const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
  const [{ Reservations = [] }, { SecurityGroupRules = [] }] = await Promise.all([
    ec2.describeInstances({ Filters: [...Filters, { Name: "instance-state-name", Values: ["running"] }] }),
    ec2.describeSecurityGroupRules(),
  ]);
  const all = Reservations.flatMap(({ Instances = [] }) => Instances);
  for (const instance of all) {
    const container = instance.Tags?.find(({ Key }) => Key === "Name")?.Value ?? "";
    if (!isRunning(container)) continue;
    inNetworkOf(container, ["iptables-restore", "--noflush"], filterFor(instance, SecurityGroupRules, all));
    const jump = ["PREROUTING", "-i", "eth0", "-j", chain];
    inNetworkOf(container, [
      "sh",
      "-c",
      'iptables -t mangle -C "$@" 2>/dev/null || iptables -t mangle -A "$@"',
      "sh",
      ...jump,
    ]);
  }
}
