// Proves that a preview asks no network and writes nothing, and that an update decides once. It does not prove what Pulumi shows of it.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { type Choice, defaultOrigin } from "../../bundle/choice.ts";
import { bundleSubject } from "../../bundle/decide.ts";
import { cranePackage, programPackages } from "../../bundle/release/plan.ts";
import { hostArch } from "../../bundle/versions.ts";
import { assertPublished, settle } from "../../components/machines/made-from.ts";
import { openSite } from "../upstream/site.ts";

const cache = mkdtempSync(join(tmpdir(), "podnet-decided-"));
process.env["PODNET_CACHE"] = cache;
test.after.always(() => rmSync(cache, { recursive: true, force: true }));

class Engine implements pulumi.runtime.Mocks {
  newResource = () => ({ id: "", state: {} });
  call = () => ({});
}
const as = (preview: boolean): Promise<void> =>
  pulumi.runtime.setMocks(new Engine(), "pod-networking-lab", "mock", preview);

async function site() {
  const open = await openSite({ "/v2/": "{}" });
  const mirrors = {
    downloads: open.url,
    registries: { "registry.k8s.io": open.url, "ghcr.io": open.url, "docker.io": open.url },
  };
  const choice: Choice = { ...defaultOrigin, way: "auto", mirrors };
  for (const { downloads } of [...programPackages(hostArch(), choice), cranePackage(hostArch(), mirrors)])
    for (const { sums } of downloads) open.pages.set(new URL(sums).pathname, "ab".repeat(32));
  return { open, choice };
}

test.serial("a preview asks nothing and keeps no answer; the update that follows it asks once", async (t) => {
  const { open, choice } = await site();
  await as(true);
  t.deepEqual(await settle(bundleSubject(choice), choice), { choice, decided: undefined });
  t.deepEqual(open.asked, []);
  t.false(existsSync(join(cache, "auto")));
  await as(false);
  t.is((await settle(bundleSubject(choice), choice)).decided?.way, "release");
  open.asked.length = 0;
  await as(true);
  t.is((await settle(bundleSubject(choice), choice)).decided?.way, "release");
  t.deepEqual(open.asked, []);
  await open.close();
});

test.serial("whether there is such a Kubernetes is asked by an update alone", async (t) => {
  const { open, choice } = await site();
  const missing: Choice = { ...choice, kubernetes: "1.36.99" };
  await as(true);
  await t.notThrowsAsync(assertPublished(missing));
  t.deepEqual(open.asked, []);
  await as(false);
  await t.throwsAsync(assertPublished(missing), { message: /^kubernetesVersion "1\.36\.99" is not published/ });
  await open.close();
});
