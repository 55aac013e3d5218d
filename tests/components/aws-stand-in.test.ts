// Proves that the tests' stand-in for Pulumi's aws plugin refuses what Amazon would and the implementation of its API takes. What Amazon
// refuses beyond that only an account tells.
import test from "ava";
import { checkFailures } from "../aws/plugin/provider.ts";

const urn = (type: string): string => `urn:pulumi:mock::pod-networking-lab::podnet:machines:AwsMachines$${type}::it`;
const rule = {
  securityGroupId: "sg-1",
  cidrIpv4: "203.0.113.7/32",
  ipProtocol: "tcp",
  fromPort: 22,
  toPort: 22,
  tags: { Name: "podnet-dev-ssh-from-user" },
};
const check = (description: string) =>
  checkFailures(urn("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), { ...rule, description });

test("a rule that every lab on EC2 once failed of is refused: there was an apostrophe in its description", (t) => {
  const [failure, ...others] = check("ssh from the lab's user");
  t.is(failure?.property, "description");
  t.regex(failure?.reason ?? "", /has "'"; EC2 takes/);
  t.deepEqual(others, []);
  t.deepEqual(check("ssh from the user of the lab"), []);
});

test("an input that the lab is not known to give is refused too", (t) => {
  const failures = checkFailures(urn("aws:ec2/vpc:Vpc"), {
    cidrBlock: "10.9.0.0/30",
    enableDnsSupport: true,
    enableDnsHostnames: true,
    instanceTenancy: "dedicated",
    tags: {},
  });
  t.deepEqual(
    failures.map(({ property }) => property),
    ["", "cidrBlock"],
  );
});
