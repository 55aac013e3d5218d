import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { atLeast } from "../../bundle/go-toolchain.ts";
import { describe } from "../../bundle/image.ts";
import { describeFiles, type Manifest, problems, unpackedBytes } from "../../bundle/manifest.ts";
import { elapsed, planText } from "../../bundle/estimate.ts";
import { artifactsOf, bundleRecipe } from "../../bundle/recipes/index.ts";
import { idOf } from "../../bundle/artifact.ts";
import { versions } from "../../bundle/versions.ts";
import { newFolder } from "../folder.ts";

test("the plan names every step and how long the whole takes", (t) => {
  t.is(
    planText("the bundle", [
      { name: "kubernetes", about: 430 },
      { name: "etcd", about: 45 },
    ]),
    "the bundle: 2 steps, about 8 min on two cores, kept for the next time\n  kubernetes  7 min\n  etcd        45 s",
  );
  t.is(planText("the bundle", []), "the bundle: everything is there");
});

test("time that passed is told to the second", (t) => {
  t.is(elapsed(59_400), "59 s");
  t.is(elapsed(125_000), "2 min 05 s");
});

test("Go is new enough from the wanted version on", (t) => {
  t.true(atLeast("1.26.8", "1.26.6"));
  t.true(atLeast("1.27rc1", "1.26.6"));
  t.true(atLeast("1.26.6", "1.26.6"));
  t.false(atLeast("1.26.5", "1.26.6"));
  t.false(atLeast("1.19.8", "1.26.6"));
});

const manifestOf = (over: Partial<Manifest>): Manifest => ({
  key: "k",
  arch: "amd64",
  versions,
  files: [],
  images: [],
  ...over,
});

test("a manifest tells a whole bundle from a damaged one", async (t) => {
  const dir = newFolder("bundle");
  writeFileSync(join(dir, "b"), "two");
  writeFileSync(join(dir, "a"), "one");
  const manifest = manifestOf({ files: await describeFiles(dir, ["b", "a"]) });
  t.deepEqual(
    manifest.files.map(({ path, size }) => [path, size]),
    [
      ["a", 3],
      ["b", 3],
    ],
  );
  t.is(manifest.files[0]?.sha256, createHash("sha256").update("one").digest("hex"));
  t.deepEqual(problems(dir, manifest, true), []);

  writeFileSync(join(dir, "a"), "ONE");
  t.deepEqual(problems(dir, manifest, false), [], "sizes alone do not show a changed byte");
  t.regex(problems(dir, manifest, true).join(), /^a has the sum /);
  writeFileSync(join(dir, "a"), "longer");
  t.deepEqual(problems(dir, manifest, false), ["a has 6 bytes, not 3"]);
  t.deepEqual(problems(dir, manifestOf({ files: [{ path: "c", sha256: "", size: 1 }] }), false), ["c is missing"]);
});

test("a worker holds the images for all, the control plane its own too", (t) => {
  const image = { file: "", ref: "" };
  const manifest = manifestOf({
    images: [
      { ...image, roles: "all", unpackedBytes: 1 },
      { ...image, roles: "control-plane", unpackedBytes: 10 },
    ],
  });
  t.is(unpackedBytes(manifest, "worker"), 1);
  t.is(unpackedBytes(manifest, "control-plane"), 11);
});

test("an image's index, manifest and config agree on digests and sizes", (t) => {
  const ref = "registry.example:5000/a/box:v1";
  const layer = { digest: "ab".repeat(32), size: 7 };
  const files = describe({ ref, arch: "arm64", layers: [layer], config: { entrypoint: ["/box"], user: "1:1" } });
  for (const [path, text] of Object.entries(files)) {
    if (path.startsWith("blobs/")) t.is(path, `blobs/sha256/${createHash("sha256").update(text).digest("hex")}`);
  }
  const read = <T>(path: string): T => JSON.parse(files[path] ?? "null") as T;
  const blob = <T>(digest: string): T => read(`blobs/${digest.replace(":", "/")}`);
  const entry = read<{ manifests: { digest: string; annotations: Record<string, string> }[] }>("index.json")
    .manifests[0];
  t.is(entry?.annotations["io.containerd.image.name"], ref);
  t.is(entry?.annotations["org.opencontainers.image.ref.name"], "v1");
  const manifest = blob<{ config: { digest: string }; layers: { digest: string; size: number }[] }>(
    entry?.digest ?? "",
  );
  t.deepEqual(
    manifest.layers.map(({ digest, size }) => [digest, size]),
    [[`sha256:${layer.digest}`, 7]],
  );
  t.like(blob(manifest.config.digest), {
    rootfs: { diff_ids: [`sha256:${layer.digest}`] },
    architecture: "arm64",
    config: { User: "1:1", Entrypoint: ["/box"] },
  });
  t.like(read("manifest.json"), [{ RepoTags: [ref] }]);
});

for (const arch of ["amd64", "arm64"] as const) {
  test(`the ${arch} bundle has the files the machine image is made from`, (t) => {
    const recipe = bundleRecipe(arch, versions.kubernetes);
    t.deepEqual(
      recipe.programs.map(({ path }) => path),
      [
        ...["kubeadm", "kubelet", "kubectl", "crictl", "ctr", "containerd", "containerd-shim-runc-v2", "runc"].map(
          (name) => `bin/${name}`,
        ),
        ...["bridge", "host-local", "loopback", "portmap", "flannel"].map((name) => `cni/${name}`),
      ],
    );
    t.is(recipe.images.length, 10);
    t.true(artifactsOf(recipe).every((artifact) => artifact.arch === arch));
  });
}

test("the same recipes have the same ids every time", (t) => {
  const ids = () => artifactsOf(bundleRecipe("amd64", versions.kubernetes)).map(idOf);
  t.deepEqual(ids(), ids());
});
