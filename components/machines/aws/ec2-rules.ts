import ipaddr from "ipaddr.js";

/**
 * Rules of EC2's own API for what the lab sends, from the API reference of CreateSecurityGroup, AuthorizeSecurityGroupIngress, CreateTags,
 * CreateSubnet and RunInstances. Neither Pulumi's provider nor the implementation of the API that the tests have checks these, so that a
 * text that breaks one would be found out by an account only. Pure; a value that is not known yet is not judged.
 *
 * @param type the resource's type token
 * @returns what EC2 would refuse, each with the input's name, the value, and the rule
 */
export function refusedByEc2(type: string, inputs: Readonly<Record<string, unknown>>): string[] {
  const own = rules[type]?.(inputs) ?? [];
  return [...own, ...(inputs["tags"] === undefined ? [] : tagProblems("tags", inputs["tags"]))];
}

type Inputs = Readonly<Record<string, unknown>>;

const rules: Readonly<Record<string, (inputs: Inputs) => string[]>> = {
  "aws:ec2/vpc:Vpc": ({ cidrBlock }) => networkProblems("cidrBlock", cidrBlock),
  "aws:ec2/subnet:Subnet": ({ cidrBlock }) => networkProblems("cidrBlock", cidrBlock),
  "aws:ec2/securityGroup:SecurityGroup": ({ name, description }) => [
    ...textProblems("name", name),
    ...(typeof name === "string" && /^sg-/i.test(name) ? [`name "${name}" begins with sg-, as only ids do`] : []),
    ...(name === "default" ? [`name "default" is that of the group that every VPC has`] : []),
    ...textProblems("description", description),
  ],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ruleProblems,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ruleProblems,
  "aws:ec2/instance:Instance": instanceProblems,
};

/** Inward rules of one group, unless the account's quota was changed. */
export const mostRules = 60;
/** Bytes of user-data, before base64. */
export const mostUserData = 16 * 1024;

const notAllowed = /[^a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]/u;

/** Names and descriptions of groups and of their rules. */
function textProblems(what: string, text: unknown): string[] {
  if (typeof text !== "string") return [];
  const shown = `${what} ${JSON.stringify(text)}`;
  const wrong = notAllowed.exec(text);
  return [
    ...(wrong === null
      ? []
      : [`${shown} has ${JSON.stringify(wrong[0])}; EC2 takes letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*`]),
    ...(text === "" || text.length > 255 ? [`${shown} has ${text.length} characters; EC2 takes 1 to 255`] : []),
    ...(text === text.trim() ? [] : [`${shown} begins or ends with a space`]),
  ];
}

function ruleProblems({ description, cidrIpv4, ipProtocol, fromPort, toPort }: Inputs): string[] {
  const ports = [fromPort, toPort].filter((port) => port !== undefined);
  const inOrder = ports.length === 2 && ports.every(isPort) && Number(fromPort) <= Number(toPort);
  return [
    ...textProblems("description", description),
    ...(cidrIpv4 === undefined ? [] : cidrProblems("cidrIpv4", cidrIpv4)),
    ...(ipProtocol === "-1"
      ? ports.map((port) => `protocol -1 is every protocol and has no port ${Number(port)}`)
      : inOrder
        ? []
        : [`ports ${String(fromPort)} to ${String(toPort)} are not two numbers from 0 to 65535 in order`]),
  ];
}

const isPort = (port: unknown): boolean => Number.isInteger(port) && Number(port) >= 0 && Number(port) <= 65535;

function cidrProblems(what: string, cidr: unknown): string[] {
  if (typeof cidr !== "string") return [];
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) return [`${what} "${cidr}" is not an IPv4 network`];
  const network = ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();
  return cidr.startsWith(`${network}/`) ? [] : [`${what} "${cidr}" has host bits; its network is ${network}`];
}

/** A VPC and a subnet. */
function networkProblems(what: string, cidr: unknown): string[] {
  const problems = cidrProblems(what, cidr);
  if (typeof cidr !== "string" || problems.length > 0) return problems;
  const prefix = Number(cidr.split("/")[1]);
  return prefix < 16 || prefix > 28 ? [`${what} "${cidr}" is a /${prefix}; EC2 takes /16 to /28`] : [];
}

/** EC2 keeps the first four addresses of a subnet and the last one. */
export function addressProblems(address: string, subnet: string): string[] {
  const [network, prefix] = ipaddr.IPv4.parseCIDR(subnet);
  const number = (one: ipaddr.IPv4): number => one.toByteArray().reduce((sum, octet) => sum * 256 + octet, 0);
  const host = number(ipaddr.IPv4.parse(address)) - number(network);
  const size = 2 ** (32 - prefix);
  if (host < 0 || host >= size) return [`address ${address} is not in ${subnet}`];
  return host < 4 || host === size - 1
    ? [`address ${address} is one of the five in ${subnet} that EC2 keeps for itself`]
    : [];
}

function tagProblems(what: string, tags: unknown): string[] {
  const entries = Object.entries(tags as Record<string, unknown>);
  return [
    ...(entries.length > 50 ? [`${what} are ${entries.length}; EC2 takes 50`] : []),
    ...entries.flatMap(([key, value]) => [
      ...(key === "" || key.length > 128 ? [`key "${key}" of ${what} has not 1 to 128 characters`] : []),
      ...(/^aws:/i.test(key) ? [`key "${key}" of ${what} begins with aws:, which is AWS's own`] : []),
      ...(typeof value === "string" && value.length > 256
        ? [`${what} "${key}" has a value of ${value.length} characters; EC2 takes 256`]
        : []),
    ]),
  ];
}

function instanceProblems(inputs: Inputs): string[] {
  const { userData, rootBlockDevice, metadataOptions, instanceType, vpcSecurityGroupIds } = inputs;
  const { volumeSize, tags } = (rootBlockDevice ?? {}) as Inputs;
  const hops = (metadataOptions as Inputs | undefined)?.["httpPutResponseHopLimit"];
  return [
    ...(typeof userData === "string" ? userDataProblems(userData) : []),
    ...(outside(volumeSize, 1, 65_536)
      ? [`volumeSize ${String(volumeSize)} is not 1 to 65536 GiB, as gp3 has it`]
      : []),
    ...(outside(hops, 1, 64) ? [`httpPutResponseHopLimit ${String(hops)} is not 1 to 64`] : []),
    ...(typeof instanceType === "string" && instanceType.startsWith("mac")
      ? [`instanceType "${instanceType}" runs on a dedicated host only`]
      : []),
    ...(Array.isArray(vpcSecurityGroupIds) && vpcSecurityGroupIds.length > 5
      ? [`vpcSecurityGroupIds are ${vpcSecurityGroupIds.length}; an interface has 5 at most`]
      : []),
    ...(inputs["instanceMarketOptions"] !== undefined && inputs["instanceInitiatedShutdownBehavior"] !== "terminate"
      ? ["instanceInitiatedShutdownBehavior of a spot instance can only be terminate"]
      : []),
    ...(tags === undefined ? [] : tagProblems("tags of the volume", tags)),
  ];
}

const outside = (value: unknown, least: number, most: number): boolean =>
  typeof value === "number" && !(Number.isInteger(value) && value >= least && value <= most);

export function userDataProblems(text: string): string[] {
  const size = Buffer.byteLength(text);
  return size > mostUserData ? [`userData has ${size} bytes; EC2 takes ${mostUserData}, before base64`] : [];
}
