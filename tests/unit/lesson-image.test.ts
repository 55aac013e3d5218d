// Proves that an image of a lesson costs a lab without the lesson nothing, and is kept while some lab may have the lesson. It builds and pulls nothing.
import test from "ava";
import { idOf, inOrder } from "../../bundle/artifact.ts";
import { recipeFor } from "../../bundle/bundle.ts";
import { defaultChoice, defaultOrigin, settled } from "../../bundle/choice.ts";
import { lessonImage, lessonImageKey } from "../../bundle/lesson-image.ts";
import { artifactsOf } from "../../bundle/recipes/index.ts";
import { fetchedKey, pullParams } from "../../bundle/release/plan.ts";
import { lessonImageRefs } from "../../bundle/versions.ts";
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
