import test from "ava";
import { bundleKey, recipeFor } from "../../../bundle/bundle.ts";
import { type Choice, defaultOrigin } from "../../../bundle/choice.ts";
import { artifactsOf, forHosts } from "../../../bundle/recipes/index.ts";
import { contentKey, contentKeys } from "../../../platforms/hosts/content.ts";

const key = (way: Choice["way"], mirrors: Choice["mirrors"] = {}) =>
  contentKey({ ...defaultOrigin, way, mirrors }, "amd64");

test("each way gives a host another content, and each architecture", (t) => {
  const keys = (["release", "source", "auto"] as const).map((way) => key(way));
  t.is(new Set(keys).size, 3);
  t.regex(keys[0] ?? "", /^fetched-[0-9a-f]{16}$/);
  t.regex(keys[1] ?? "", /^[0-9a-f]{16}$/);
  t.not(contentKey({ ...defaultOrigin, way: "release" }, "arm64"), keys[0]);
});

test("what a host has fetched stays the same content when it is to be had elsewhere", (t) => {
  t.is(
    key("release", { downloads: "https://m.example", registries: { "ghcr.io": "https://m.example" } }),
    key("release"),
  );
});

test("with auto, a host stays with whichever content it has: all that it may have got before do", (t) => {
  const auto = contentKeys({ ...defaultOrigin, way: "auto", mirrors: {} }, "amd64");
  for (const way of ["release", "source"] as const) t.true(auto.includes(key(way)), way);
  t.true(auto.includes(bundleKey(forHosts(recipeFor("release", "amd64", defaultOrigin)))));
});

for (const way of ["release", "source"] as const) {
  test(`a bundle for hosts by ${way} has the same programs and images, and no root file system, which another architecture could not have here`, (t) => {
    const whole = recipeFor(way, "arm64", defaultOrigin);
    const recipe = forHosts(whole);
    t.deepEqual([recipe.programs, recipe.images], [whole.programs, whole.images]);
    t.false(artifactsOf(recipe).some(({ name }) => /machine|debian/.test(name)));
    t.not(bundleKey(recipe), bundleKey(whole));
  });
}
