// Proves that an image of a lesson costs a lab without the lesson nothing, is kept while some lab may have the lesson, and is packed as the nodes' store
// wants it when it is pulled. What pulls is a stand-in: no registry is asked, nothing is built.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type Artifact, idOf, inOrder } from "../../bundle/artifact.ts";
import { recipeFor } from "../../bundle/bundle.ts";
import { defaultChoice, defaultOrigin, settled } from "../../bundle/choice.ts";
import { lessonImage, lessonImageKey } from "../../bundle/lesson-image.ts";
import { artifactsOf } from "../../bundle/recipes/index.ts";
import { fetchedKey, pull, pullParams } from "../../bundle/release/plan.ts";
import { pulledImage } from "../../bundle/release/images.ts";
import { Store } from "../../bundle/store.ts";
import { lessonImageRefs, lessonImages } from "../../bundle/versions.ts";
import { needsOfLab } from "../../cli/cache/needs.ts";

const ways = ["source", "release"] as const;

test("no bundle has kube-router, and no host pulls it by itself", (t) => {
  for (const way of ways)
    for (const artifact of inOrder(artifactsOf(recipeFor(way, "amd64", defaultOrigin))))
      t.notRegex(artifact.name, /kube-router|policy-tools/);
  t.notRegex(pullParams("worker", defaultOrigin).IMAGES, /kube-router/);
  t.truthy(fetchedKey("amd64", defaultOrigin));
});

test("from source it is a program on a layer of tools, by release its makers' own image", (t) => {
  const names = (way: (typeof ways)[number]): string[] =>
    inOrder([lessonImage("kube-router", way, "amd64", defaultOrigin)]).map(({ name }) => name);
  t.deepEqual(names("source"), ["kube-router", "policy-tools", "image-kube-router"]);
  t.is(names("release").at(-1), "release-image-kube-router");
  const { inputs } = lessonImage("kube-router", "release", "arm64", defaultOrigin);
  t.is((inputs as { readonly ref: string }).ref, lessonImageRefs["kube-router"]);
});

test("what is asked for changes with the way and the machine, and a prune keeps it", (t) => {
  const keys = [
    lessonImageKey("kube-router", "amd64", defaultChoice),
    lessonImageKey("kube-router", "arm64", defaultChoice),
    lessonImageKey("kube-router", "amd64", { ...defaultChoice, way: "source" }),
  ];
  t.is(new Set(keys).size, 3);
  for (const way of ways)
    t.true(
      needsOfLab(settled(way), way).includes(
        `artifacts/${idOf(lessonImage("kube-router", way, "amd64", defaultOrigin))}`,
      ),
      way,
    );
});

const digest = `sha256:${"5".repeat(64)}`;
/** Answers as crane does for an image of one file, and notes what it was asked for. */
const client: Artifact = {
  name: "crane-stand-in",
  arch: "amd64",
  about: 0,
  inputs: {},
  needs: [],
  async build({ out }) {
    const file = join(out, "crane");
    writeFileSync(
      file,
      [
        "#!/bin/sh",
        'echo "$@" >>"$(dirname "$0")/asked"',
        'case "$1" in',
        `digest) echo ${digest} ;;`,
        'config) printf \'{"architecture": "amd64", "config": {"Entrypoint": ["/program"], "User": "65534"}}\' ;;',
        'export) mkdir -p "$3.root" && echo content >"$3.root/program" && tar -cf "$3" -C "$3.root" program ;;',
        "esac",
      ].join("\n"),
    );
    chmodSync(file, 0o755);
    await Promise.resolve();
  },
};
for (const name of lessonImages)
  test.serial(
    `pulled, the image ${name} is one layer under the name that its pods ask for, and its entry point is kept`,
    async (t) => {
      const store = new Store(mkdtempSync(join(tmpdir(), "podnet-lesson-")), {});
      t.teardown(() => rmSync(store.root, { recursive: true }));
      await store.ensure(client);
      const image = pulledImage("amd64", name, pull(lessonImageRefs[name], {}), client, 1);
      await store.ensure(image);
      const read = (path: string): unknown =>
        JSON.parse(execFileSync("tar", ["-xOf", join(store.pathOf(image), `${name}.tar`), path], { encoding: "utf8" }));
      const index = read("./index.json") as {
        manifests: [{ digest: string; annotations: Record<string, string>; platform: object }];
      };
      const [{ digest: of, annotations, platform }] = index.manifests;
      t.is(annotations["io.containerd.image.name"], lessonImageRefs[name]);
      t.deepEqual(platform, { architecture: "amd64", os: "linux" });
      const blob = (hash: string): unknown => read(`./blobs/${hash.replace(":", "/")}`);
      const { config, layers } = blob(of) as { config: { digest: string }; layers: object[] };
      t.is(layers.length, 1);
      const kept = blob(config.digest) as { config: object; history: [{ comment: string }] };
      t.deepEqual(kept.config, { Entrypoint: ["/program"], User: "65534" });
      t.is(kept.history[0].comment, `${lessonImageRefs[name]}@${digest}`, "by the digest that its tag had");
      const asked = execFileSync("cat", [join(store.pathOf(client), "asked")], { encoding: "utf8" });
      t.regex(asked, new RegExp(`^export .*@${digest} `, "m"));
    },
  );
