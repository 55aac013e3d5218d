/** A lab of nothing but downloads: upstream's layout on loopback, behind `mirrors`, with caches of its own. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { ensureBundle } from "../../bundle/build.ts";
import { defaultChoice, defaultOrigin, settled } from "../../bundle/choice.ts";
import { bundleSubject, decide } from "../../bundle/decide.ts";
import { lessonImage } from "../../bundle/lesson-image.ts";
import { ensureAll } from "../../bundle/progress.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch, type LessonImage, lessonImageRefs } from "../../bundle/versions.ts";
import { imageKey, imageRef } from "../../platforms/local/image.ts";
import { ensureCrane } from "../upstream/crane.ts";
import { openUpstream, type Upstream } from "../upstream/upstream.ts";
import { type LabConfig, openStack, root, run } from "./lab.ts";

export interface Released {
  readonly stack: Stack;
  readonly upstream: Upstream;
  /** The bundle that was built here, and that upstream is filled from. */
  readonly bundle: string;
  /** What may be put beside the caches; it goes with them. */
  readonly folder: string;
  readonly end: () => Promise<void>;
}

/** @param images that come with lessons, and are served as well */
export async function openReleased(
  stackName: string,
  config: LabConfig,
  images: readonly LessonImage[] = [],
): Promise<Released> {
  // ./lab test removes this folder, however the tests end.
  const folder = join(root, ".lab/test-state", stackName);
  rmSync(folder, { recursive: true, force: true });
  const bundle = await ensureBundle(await decide(bundleSubject(defaultChoice), defaultChoice));
  const more = await builtHere(images);
  const upstream = await openUpstream(
    bundle.dir,
    await ensureCrane(),
    hostArch(),
    join(folder, "upstream"),
    undefined,
    more,
  );
  // From here on nothing is found in the user's cache, and nothing gets there.
  process.env["PODNET_CACHE"] = join(folder, "cache");
  const stack = await openStack(stackName, {
    platform: "local",
    workers: 1,
    artifacts: "release",
    mirrors: JSON.stringify(upstream.mirrors),
    ...config,
  });
  return {
    stack,
    upstream,
    bundle: bundle.dir,
    folder,
    end: async () => {
      const key = imageKey(settled("release", { ...defaultOrigin, mirrors: upstream.mirrors }));
      const refs = (["worker", "control-plane", "common", "base"] as const).map((name) => imageRef(key, name));
      run("docker", "image", "rm", "--force", ...refs);
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns the tars of such images by their references */
async function builtHere(images: readonly LessonImage[]): Promise<Record<string, string>> {
  const store = new Store();
  const built = images.map((name) => ({ name, artifact: lessonImage(name, "source", hostArch(), { mirrors: {} }) }));
  await ensureAll(
    store,
    "the lessons' images",
    built.map(({ artifact }) => artifact),
  );
  return Object.fromEntries(
    built.map(({ name, artifact }) => [lessonImageRefs[name], join(store.pathOf(artifact), `${name}.tar`)]),
  );
}
