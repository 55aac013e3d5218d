// Proves what ./lab reads of a stack's config without Pulumi, and that it refuses what the program would. Not that Pulumi reads it so.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { configOf, judgeConfig } from "../../cli/stack/config.ts";

const projectText = readFileSync(join(import.meta.dirname, "../../Pulumi.yaml"), "utf8");
const config = (lines: readonly string[]) =>
  configOf(projectText, ["config:", ...lines.map((line) => `  ${line}`)].join("\n"));
const problems = async (...lines: string[]) => (await judgeConfig("dev", config(lines))).problems;

test("the stack's own values stand over the project's defaults, and other programs' keys are left out", (t) => {
  const { values, secrets } = config(["pod-networking-lab:workers: 3", "aws:region: us-east-1"]);
  t.is(values["workers"], 3);
  t.is(values["platform"], "local");
  t.false("region" in values || "aws:region" in values);
  t.deepEqual(secrets, []);
});

test("a stack without a file, or with an empty one, has the defaults", (t) => {
  t.deepEqual(configOf(projectText, ""), configOf(projectText, "config:\n"));
});

test("the defaults are a config that can be used", async (t) => t.deepEqual(await problems(), []));

test("./lab refuses what the program would refuse, in its words, before anything is built", async (t) => {
  t.deepEqual(await problems("pod-networking-lab:worker: 3"), ["worker is not a config key; did you mean workers?"]);
  const two = await problems("pod-networking-lab:podCidr: 10.96.0.0/12", "pod-networking-lab:portBase: 80");
  t.regex(
    two.join("\n"),
    /^portBase 80 leaves no block of ten ports; write .*\npodCidr "10\.96\.0\.0\/12" overlaps serviceCidr/,
  );
  t.regex(
    (await problems("pod-networking-lab:platform: kvm")).join("\n"),
    /^platform "kvm" is not known; write one of: local/,
  );
});

test("a value that is encrypted is not judged here, and what stands beside it is", async (t) => {
  const secret = "pod-networking-lab:sshPrivateKey: { secure: v1:abc }";
  const hosts = [
    "pod-networking-lab:platform: hosts",
    "pod-networking-lab:hosts:",
    "  - { name: m, role: control-plane, address: 192.0.2.10, hostKey: cut }",
    "  - { name: w, role: worker, address: 192.0.2.11, hostKey: cut, privateKey: { secure: v1:abc } }",
  ];
  t.deepEqual(config([secret, ...hosts]).secrets, ["sshPrivateKey", "hosts[1].privateKey"]);
  const found = await problems(secret, ...hosts);
  t.deepEqual(
    found.map((one) => one.split(" ")[0]),
    ["hosts[0].hostKey", "hosts[1].hostKey"],
  );
});
