/**
 * An image that comes with a lesson: no lab without the lesson builds, pulls or keeps it.
 *
 *   node bundle/lesson-image.ts NAME     makes what is missing; the image's tar is the last line of stdout. ARCH says for which machines,
 *                                        ARTIFACTS, MIRRORS (JSON) and KUBERNETES which way, as the config keys do
 */
import { join } from "node:path";
import { type Artifact, digest, idOf } from "./artifact.ts";
import { type Choice, choiceOfEnvironment, type Origin, type Way, ways } from "./choice.ts";
import { decide, makeEitherWay, type Subject } from "./decide.ts";
import { main } from "./program.ts";
import { ensureAll } from "./progress.ts";
import { kubeRouter } from "./recipes/kube-router.ts";
import { metallb } from "./recipes/metallb.ts";
import { redis } from "./recipes/redis.ts";
import { downloaded } from "./release/fetch.ts";
import { pulledImage } from "./release/images.ts";
import { cranePackage, pull } from "./release/plan.ts";
import { Store } from "./store.ts";
import { type Arch, hostArch, type LessonImage, lessonImageRefs, lessonImages } from "./versions.ts";

const recipes: Readonly<Record<LessonImage, { readonly build: (arch: Arch) => Artifact; readonly megabytes: number }>> =
  {
    "kube-router": { build: kubeRouter, megabytes: 60 },
    redis: { build: redis, megabytes: 45 },
    "metallb-controller": { build: metallb("controller"), megabytes: 25 },
    "metallb-speaker": { build: metallb("speaker"), megabytes: 25 },
  };

/** `NAME.tar`, built here or pulled. */
export function lessonImage(name: LessonImage, way: Way, arch: Arch, { mirrors }: Pick<Origin, "mirrors">): Artifact {
  const { build, megabytes } = recipes[name];
  if (way === "source") return build(arch);
  const crane = downloaded(cranePackage(hostArch(), mirrors), hostArch());
  return pulledImage(arch, name, pull(lessonImageRefs[name], mirrors), crane, megabytes);
}

/** Changes with whatever may be in it; known without building or asking anything. */
export function lessonImageKey(name: LessonImage, arch: Arch, choice: Choice): string {
  const made = choice.way === "auto" ? ways : [choice.way];
  return digest(made.map((way) => idOf(lessonImage(name, way, arch, choice))));
}

function subjectOf(name: LessonImage, arch: Arch, origin: Origin): Subject {
  const store = new Store();
  return {
    name: `The image ${name}`,
    id: digest(ways.map((way) => idOf(lessonImage(name, way, arch, origin)))),
    stands: (way) => store.has(lessonImage(name, way, arch, origin)),
    packages: [cranePackage(hostArch(), origin.mirrors)],
    pullsImages: true,
  };
}

/** @returns the path of its tar */
async function ensureLessonImage(name: LessonImage, arch: Arch, choice: Choice): Promise<string> {
  const subject = subjectOf(name, arch, choice);
  return await makeEitherWay(subject, await decide(subject, choice), async ({ way, mirrors }) => {
    const store = new Store(undefined, mirrors);
    const artifact = lessonImage(name, way, arch, { mirrors });
    await ensureAll(store, subject.name.toLowerCase(), [artifact]);
    return join(store.pathOf(artifact), `${name}.tar`);
  });
}

await main(import.meta, async () => {
  const [, , given] = process.argv;
  const name = lessonImages.find((known) => known === given);
  if (name === undefined) throw new Error(`"${given}" is no lesson's image; write one of: ${lessonImages.join(", ")}`);
  const { ARCH = hostArch() } = process.env;
  if (ARCH !== "amd64" && ARCH !== "arm64") throw new Error(`a machine is amd64 or arm64; this one is ${ARCH}`);
  console.log(await ensureLessonImage(name, ARCH, choiceOfEnvironment()));
});
