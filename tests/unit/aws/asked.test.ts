// Proves that `up` and `destroy` ask EC2 before they believe, with stand-ins for its API and for pulumi, which answer what these tests give them.
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";

const root = join(import.meta.dirname, "..", "..", "..");

/** EC2 where every instance has the state, and one VPC carries the stack's name; it counts what it is asked for. */
async function ec2(t: ExecutionContext, state: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const action = new URLSearchParams(body).get("Action") ?? "";
      asked.push(action);
      const instance = `<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><name>${state}</name></instanceState></item></instancesSet></item></reservationSet>`;
      const vpc = "<vpcSet><item><vpcId>vpc-9</vpcId></item></vpcSet>";
      const content = { DescribeInstances: instance, DescribeVpcs: vpc }[action] ?? "";
      response.setHeader("content-type", "text/xml");
      response.end(`<?xml version="1.0"?><${action}Response>${content}</${action}Response>`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A stack on EC2 of a name of its own: its file lies in this checkout while the test runs. */
function awsStack(t: ExecutionContext, name: string): string {
  const stack = `live-${name}-${process.pid}`;
  const file = join(root, `Pulumi.${stack}.yaml`);
  writeFileSync(
    file,
    `config:\n  pod-networking-lab:platform: aws\n  pod-networking-lab:machineCidr: 10.9.0.0/24\n  pod-networking-lab:awsAllowFrom: [203.0.113.7]\n`,
  );
  t.teardown(() => rmSync(file, { force: true }));
  return stack;
}

const lab = (args: readonly string[], url: string, env: NodeJS.ProcessEnv = {}) =>
  execa(process.execPath, [join(root, "cli", "main.ts"), ...args], {
    env: {
      AWS_ENDPOINT_URL_EC2: url,
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_EC2_METADATA_DISABLED: "true",
      ...env,
    },
    reject: false,
    stdin: "ignore",
  });

test("destroy without a state asks EC2 all the same, and names what carries the stack's name there", async (t) => {
  const { asked, url } = await ec2(t, "terminated");
  const stack = awsStack(t, "stateless");
  const { stderr, exitCode } = await lab(["destroy", "-s", stack], url);
  t.is(exitCode, 0, stderr);
  t.true(asked.includes("DescribeVpcs"), stderr);
  t.regex(stderr, /On EC2, of a lab "live-stateless-\d+" of which no state tells.*: 1 vpc in [a-z0-9-]+: vpc-9/);
  t.notRegex(stderr, /Nothing is left/);
});

test("destroy that cannot ask EC2 does not say that nothing is left", async (t) => {
  const { stderr } = await lab(["destroy", "-s", awsStack(t, "deaf")], "http://127.0.0.1:9", { AWS_MAX_ATTEMPTS: "1" });
  t.regex(stderr, /EC2 could not be asked, so whether it holds anything of the lab is not known/);
  t.notRegex(stderr, /Nothing is left/);
});

/** A pulumi whose cloud holds a lab with one instance. */
function pulumi(t: ExecutionContext, stack: string): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(tmpdir(), "podnet-asked-"));
  t.teardown(() => rmSync(bin, { recursive: true }));
  const urn = `urn:pulumi:${stack}::pod-networking-lab::podnet:machines:AwsMachines$aws:ec2/instance:Instance::machines-k8s-master-instance`;
  const exported = { deployment: { resources: [{ urn, type: "aws:ec2/instance:Instance", id: "i-1" }] } };
  writeFileSync(join(bin, "export.json"), JSON.stringify(exported));
  writeFileSync(
    join(bin, "pulumi"),
    `#!/bin/sh
case "$1 $2" in
  "version ") echo v3.274.1 ;;
  "stack ls") echo '[{"name": "${stack}"}]' ;;
  "stack export") cat '${bin}/export.json' ;;
  "stack output") echo '{}' ;;
esac
`,
  );
  writeFileSync(join(bin, "pulumi-language-nodejs"), "");
  for (const name of ["pulumi", "pulumi-language-nodejs"]) chmodSync(join(bin, name), 0o755);
  return { PATH: `${bin}:${process.env["PATH"]}`, PULUMI_ACCESS_TOKEN: "pul-1", PULUMI_BACKEND_URL: undefined };
}

test("up of a lab whose instance has ended is refused before anything is made, and the instance is named", async (t) => {
  const { asked, url } = await ec2(t, "terminated");
  const stack = awsStack(t, "ended");
  const { stderr, exitCode } = await lab(["verify", "-s", stack], url, pulumi(t, stack));
  t.is(exitCode, 1);
  t.deepEqual(asked, ["DescribeInstances"]);
  t.regex(stderr, /k8s-master \(i-1 in [a-z0-9-]+\) has ended\nNothing was changed\. .*\.\/lab destroy -s live-ended/);
});
