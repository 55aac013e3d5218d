// Proves when nodes/lib/ranges.sh refuses other ranges for a machine that is a node already. It does not prove that an update ends for it.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";

const library = join(import.meta.dirname, "..", "..", "nodes", "lib", "ranges.sh");
const unit = "[Service]\nExecStart=/usr/local/sbin/podnet-guard 10.9.0.10 10.244.0.0/16 10.96.0.0/16 wrapped\n";
// As it was written before packets could leave bare.
const olderUnit = unit.replace(" wrapped", "");
const guard = "systemd/system/podnet-guard.service";

/** Asks on a machine that has these files in /etc. */
async function asked(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
  pods: string,
  services: string,
  second = {},
) {
  const etc = await mkdtemp(join(tmpdir(), "podnet-ranges-"));
  t.teardown(() => rm(etc, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(etc, path)), { recursive: true });
    await writeFile(join(etc, path), text);
  }
  const command = 'set -euo pipefail; . "$0"; same_ranges "$1"; echo went on';
  const { stdout, stderr } = await execa("bash", ["-c", command, library, etc], {
    env: { POD_CIDR: pods, SERVICE_CIDR: services, ...second },
    reject: false,
  });
  return { wentOn: stdout === "went on", stderr };
}

const node = { [guard]: unit, "kubernetes/kubelet.conf": "" };
const initialised = { ...node, "kubernetes/manifests/kube-apiserver.yaml": "", "kubernetes/podnet-initialised": "" };

test("a node keeps the ranges that its cluster was made with", async (t) => {
  for (const files of [node, initialised, { ...node, [guard]: olderUnit }])
    t.deepEqual(await asked(t, files, "10.244.0.0/16", "10.96.0.0/16"), { wentOn: true, stderr: "" });
});

test("other ranges for a cluster that is up are refused, each with its key and remedy", async (t) => {
  for (const files of [node, initialised]) {
    const { wentOn, stderr } = await asked(t, files, "10.245.0.0/16", "10.97.0.0/16");
    t.false(wentOn);
    t.regex(
      stderr,
      /podCidr "10\.245\.0\.0\/16" is not what .*\(\.\/lab pulumi config set podCidr 10\.244\.0\.0\/16\)/,
    );
    t.regex(stderr, /serviceCidr "10\.97\.0\.0\/16" .*config set serviceCidr 10\.96\.0\.0\/16/);
    t.regex(stderr, /\.\/lab destroy, then \.\/lab up/);
  }
  t.false((await asked(t, node, "10.244.0.0/16", "10.97.0.0/16")).wentOn);
});

test("a machine that is no node yet, or whose init has not ended, takes any", async (t) => {
  const { "kubernetes/podnet-initialised": _, ...halfMade } = initialised;
  const machines: readonly Readonly<Record<string, string>>[] = [{}, { [guard]: unit }, halfMade];
  for (const files of machines) t.true((await asked(t, files, "10.245.0.0/16", "10.97.0.0/16")).wentOn);
});

test("a node keeps its families, and the ranges of each", async (t) => {
  const six = { POD_CIDR6: "fd00:10:244::/48", SERVICE_CIDR6: "fd00:10:96::/112" };
  const both = { ...node, [guard]: unit.replace("wrapped", `wrapped ${six.POD_CIDR6} ${six.SERVICE_CIDR6}`) };
  const ask = (files: typeof node, second: object) => asked(t, files, "10.244.0.0/16", "10.96.0.0/16", second);
  t.deepEqual(await ask(both, six), { wentOn: true, stderr: "" });
  t.regex((await ask(node, six)).stderr, /ipFamily "dual" is not what .*config set ipFamily ipv4/);
  t.regex((await ask(both, {})).stderr, /ipFamily "ipv4" is not what .*config set ipFamily dual/);
  t.regex(
    (await ask(both, { ...six, POD_CIDR6: "fd00:9::/48" })).stderr,
    /podCidr6 "fd00:9::\/48" is not what .*config set podCidr6 fd00:10:244::\/48/,
  );
});

test("a node of IPv6 alone keeps that, and its ranges", async (t) => {
  const six = { POD_CIDR6: "fd00:10:244::/48", SERVICE_CIDR6: "fd00:10:96::/112" };
  const alone = { ...node, [guard]: unit.replace(/10\.244.*/, `- - wrapped ${six.POD_CIDR6} ${six.SERVICE_CIDR6}`) };
  t.deepEqual(await asked(t, alone, "", "", six), { wentOn: true, stderr: "" });
  const ask = (files: typeof node, pods: string, services: string, second: object) =>
    asked(t, files, pods, services, second);
  t.regex(
    (await ask(alone, "10.244.0.0/16", "10.96.0.0/16", six)).stderr,
    /^ipFamily "dual" .*config set ipFamily ipv6/,
  );
  t.regex(
    (await ask(alone, "10.244.0.0/16", "10.96.0.0/16", {})).stderr,
    /^ipFamily "ipv4" .*config set ipFamily ipv6/,
  );
  t.regex((await ask(node, "", "", six)).stderr, /^ipFamily "ipv6" .*config set ipFamily ipv4/);
  t.regex(
    (await ask(alone, "", "", { ...six, SERVICE_CIDR6: "fd00:9::/112" })).stderr,
    /^serviceCidr6 "fd00:9::\/112" is not what .*config set serviceCidr6 fd00:10:96::\/112/,
  );
});
