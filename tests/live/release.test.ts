// A lab of nothing but downloads: upstream's layout on loopback, behind `mirrors`, with caches of its own. It does not prove that upstream's
// sites have what the plan names, nor that upstream's images do what ours do.
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { downloaded } from "../../bundle/release/fetch.ts";
import { pulledImage } from "../../bundle/release/images.ts";
import { cranePackage, pull } from "../../bundle/release/plan.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch, imageRefs } from "../../bundle/versions.ts";
import { openSite } from "../upstream/site.ts";
import { deletedFromNetBox } from "../upstream/upstream.ts";
import { contract } from "./contract.ts";
import { destroyAndRemove, inMachine, progress, traces } from "./lab.ts";
import { openReleased } from "./released.ts";

const stackName = "live-release";
const arch = hostArch();
const { stack, upstream, bundle, folder, end } = await openReleased(stackName, {
  machineCidr: "172.28.64.0/24",
  portBase: 31110,
  podCidr: "10.232.0.0/16",
});

test.before(async () => {
  await stack.destroy(progress);
  await stack.up(progress);
});
test.after.always(async () => {
  await destroyAndRemove(stack);
  await end();
});

test.serial("every claim holds on machines of downloaded parts", async (t) => {
  const outputs = Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value]));
  const { verification, scenarios } = contract.parse(outputs);
  const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
  t.deepEqual(
    claims.filter(({ ok }) => !ok),
    [],
  );
  t.is(verification.passed, claims.length);
});

test.serial("all of it came from the mirrors, and each file's sum was asked for", (t) => {
  const cache = join(folder, "cache");
  t.deepEqual(
    readdirSync(join(cache, "bundle")).filter((name) => !name.startsWith("release-")),
    [],
  );
  const built = readdirSync(join(cache, "artifacts")).filter((name) => !name.startsWith("release-"));
  t.deepEqual(built, []);
  const { asked, pages } = upstream.site;
  t.deepEqual(
    [...pages.keys()].filter((path) => path.startsWith("/files/") && !asked.includes(path)),
    [],
  );
  t.true(
    asked.some((path) => path.startsWith("/debian/dists/")),
    "apt went through its mirror",
  );
});

test.serial("what an upper layer deletes is not there", (t) => {
  const netBox = "ctr --namespace k8s.io run --rm --net-host " + imageRefs["net-box"];
  const list = inMachine(
    stackName,
    "k8s-worker1",
    `${netBox} look sh -c 'ls -d /usr/bin/traceroute /${deletedFromNetBox} 2>&1 || true'`,
  );
  t.regex(list, /^\/usr\/bin\/traceroute$/m);
  t.notRegex(list, new RegExp(`^/${deletedFromNetBox}$`, "m"));
});

test.serial("an unchanged lab asks nobody", async (t) => {
  upstream.site.asked.length = 0;
  const { summary } = await stack.up(progress);
  t.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  t.deepEqual(upstream.site.asked, []);
});

test.serial("an image whose layer is tampered with on its way is refused, and leaves nothing", async (t) => {
  const registry = upstream.mirrors.registries?.["registry.k8s.io"] ?? "";
  const site = await openSite({ "/v2/": { forward: `${new URL(registry).origin}/v2/`, spoil: /\/blobs\// } });
  const store = new Store(mkdtempSync(join(folder, "store-")), upstream.mirrors);
  const client = downloaded(cranePackage(arch, upstream.mirrors), arch);
  await store.ensure(client);
  const mirrors = { registries: { "registry.k8s.io": `${site.url}/k8s` } };
  const image = pulledImage(arch, "pause", pull(imageRefs.pause, mirrors), client, 1);
  const error = await t.throwsAsync(store.ensure(image));
  await site.close();
  t.regex(error.message, new RegExp(`cannot pull ${new URL(site.url).host}/k8s/pause:`));
  t.regex(error.message, /error verifying sha256 checksum/);
  t.is((error.cause as { exitCode?: number }).exitCode, 4);
  t.false(store.has(image));
  t.deepEqual(readdirSync(join(store.root, "artifacts")).length, 1, "the client alone");
});

test.serial("a registry where nobody listens is given up within a minute, and named", async (t) => {
  const site = await openSite();
  await site.close();
  const store = new Store(mkdtempSync(join(folder, "store-")), upstream.mirrors);
  const client = downloaded(cranePackage(arch, upstream.mirrors), arch);
  await store.ensure(client);
  const begun = Date.now();
  const from = pull(imageRefs.flannel, { registries: { "ghcr.io": site.url } });
  const error = await t.throwsAsync(store.ensure(pulledImage(arch, "flannel", from, client, 1)));
  t.true(Date.now() - begun < 60_000);
  t.true(error.message.includes(`cannot pull ${new URL(site.url).host}/flannel-io/flannel:`));
});

test.serial("destroyed, it leaves nothing", async (t) => {
  await stack.destroy(progress);
  t.deepEqual(traces(stackName), []);
  t.true(existsSync(bundle), "the user's own bundle is untouched");
});
