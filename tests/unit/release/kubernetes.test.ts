// Another version of Kubernetes: which are taken, what it changes, and who is asked whether it exists. It does not prove that one runs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parse } from "yaml";
import { bundleKey, recipeFor } from "../../../bundle/bundle.ts";
import { type Choice, defaultOrigin, ways } from "../../../bundle/choice.ts";
import { bundleSubject, decide, whyNotPublished } from "../../../bundle/decide.ts";
import { kubernetesGraphs, kubernetesMinors, kubernetesProblem } from "../../../bundle/kubernetes.ts";
import { artifactsOf } from "../../../bundle/recipes/index.ts";
import { fetchedKey, fetchParams, pullParams } from "../../../bundle/release/plan.ts";
import { idOf } from "../../../bundle/artifact.ts";
import { hostArch, versions } from "../../../bundle/versions.ts";
import { openSite } from "../../upstream/site.ts";

const folder = join(import.meta.dirname, "../../..");
const other = { ...defaultOrigin, kubernetes: "1.36.3" };

test("the default is what Pulumi.yaml says, can be built, and is of a minor that the lab knows", (t) => {
  const { config } = parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")) as {
    config: { kubernetesVersion: { default: unknown } };
  };
  t.is(config.kubernetesVersion.default, versions.kubernetes);
  for (const version of Object.keys(kubernetesGraphs)) t.is(kubernetesProblem(version, "source"), undefined);
  t.true(kubernetesMinors.some((minor) => versions.kubernetes.startsWith(`${minor}.`)));
});

test("each graph pins its own version of Kubernetes and of all its staging modules", (t) => {
  for (const [version, name] of Object.entries(kubernetesGraphs)) {
    const text = readFileSync(join(folder, "bundle/gomod", name, "go.mod"), "utf8");
    t.true(text.includes(`k8s.io/kubernetes v${version}`), name);
    const staging = [...text.matchAll(/^\tk8s\.io\/\S+ => k8s\.io\/\S+ (v\S+)$/gm)].map(([, found]) => found);
    t.deepEqual([...new Set(staging)], [`v0${version.slice(1)}`]);
    t.true(staging.length > 30);
  }
});

for (const way of ways) {
  test(`another Kubernetes by ${way} is another bundle, of which only Kubernetes' own parts are others`, (t) => {
    const [mine, theirs] = [recipeFor(way, "amd64", defaultOrigin), recipeFor(way, "amd64", other)];
    t.not(bundleKey(mine), bundleKey(theirs));
    const ids = new Set(artifactsOf(mine).map(idOf));
    const others = artifactsOf(theirs)
      .filter((artifact) => !ids.has(idOf(artifact)))
      .map(({ name }) => name.replace(/^release-/, ""));
    const images = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"].map(
      (name) => `image-${name}`,
    );
    t.deepEqual([...new Set(others)].toSorted(), [...images, "kubernetes"].toSorted());
    t.is(theirs.images.find(({ name }) => name === "kube-proxy")?.ref, "registry.k8s.io/kube-proxy:v1.36.3");
  });
}

test("a node that fetches for itself takes programs and images of the same version, and no other", (t) => {
  const text = fetchParams("amd64", other, "/stage").PLAN + pullParams("control-plane", other).IMAGES;
  t.regex(text, /\/v1\.36\.3\/bin\/linux\/amd64\/kubelet /);
  t.regex(text, /kube-apiserver:v1\.36\.3/);
  t.false(text.includes(`v${versions.kubernetes}`));
  t.not(fetchedKey("amd64", other), fetchedKey("amd64", defaultOrigin));
});

test("what is not pinned can only be had as released, so that nobody is asked which way", async (t) => {
  const said: string[] = [];
  const choice: Choice = { way: "auto", mirrors: {}, kubernetes: "1.36.1" };
  t.like(await decide(bundleSubject(choice, "amd64"), choice, (line) => said.push(line)), {
    way: "release",
    open: false,
  });
  t.deepEqual(said, []);
});

test("a version that its makers deny is refused, with the address; who does not answer denies nothing", async (t) => {
  const site = await openSite({
    [`/dl.k8s.io/release/v1.36.1/bin/linux/${hostArch()}/kubeadm.sha256`]: "ab".repeat(32),
  });
  const of = (kubernetes: string) => whyNotPublished({ mirrors: { downloads: site.url }, kubernetes });
  t.is(await of("1.36.1"), undefined);
  t.is(await of(versions.kubernetes), undefined);
  t.deepEqual(site.asked.length, 1, "what is pinned is known to exist");
  t.is(
    await of("1.36.99"),
    `kubernetesVersion "1.36.99" is not published: there is no ${site.url}/dl.k8s.io/release/v1.36.99/bin/linux/${hostArch()}/kubeadm.sha256; write one that is, such as 1.37.2`,
  );
  await site.close();
  t.is(await of("1.36.99"), undefined);
});
