/**
 * The images that local machines boot from, made from the bundle without any registry.
 *
 *   node platforms/local/image.ts     builds what is missing; the reference, without "-worker" or "-control-plane", is the
 *                                     last line of stdout
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type Bundle, ensureBundle } from "../../bundle/build.ts";
import { cacheRoot } from "../../bundle/cache.ts";
import { withLock } from "../../bundle/lock.ts";
import { imageRefs } from "../../bundle/versions.ts";
import { imageFiles, imageKey, imageRef } from "./image-key.ts";

const roles = ["control-plane", "worker"] as const;

export type Report = (line: string) => void;
const toStderr: Report = (line) => process.stderr.write(`${line}\n`);

/** Builds the images unless the engine has them. @returns their reference, to which "-worker" or "-control-plane" is added */
export async function ensureImage(report = toStderr): Promise<string> {
  const key = imageKey();
  const refs = roles.map((role) => imageRef(key, role));
  if (await engineHas(refs)) return imageRef(key);
  const root = cacheRoot();
  const wait = (): void => report("another process builds the machine images; waiting");
  await withLock(join(root, "locks", `node-image-${key}`), async () => {
    if (await engineHas(refs)) return;
    const bundle = await ensureBundle();
    await mkdir(join(root, "scratch"), { recursive: true });
    const scratch = await mkdtemp(join(root, "scratch", "node-image-"));
    try {
      await build(key, bundle, scratch, report);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }, wait);
  return imageRef(key);
}

async function engineHas(refs: readonly string[]): Promise<boolean> {
  const { exitCode } = await execa("docker", ["image", "inspect", ...refs], { reject: false, stdout: "ignore", stderr: "ignore" });
  return exitCode === 0;
}

async function build(key: string, bundle: Bundle, scratch: string, report: Report): Promise<void> {
  const base = imageRef(key, "base");
  const begun = Date.now();
  const step = (number: number, what: string): void =>
    report(`machine images [${number}/3] ${what} (${Math.round((Date.now() - begun) / 1000)} s so far)`);

  step(1, "Debian, kubelet, containerd");
  const context = ["-C", bundle.dir, "rootfs.tar", "bin", "cni", "debs", "-C", join(imageFiles, ".."), "image"];
  await dockerBuild(context, ["--file", "image/Dockerfile", "--build-arg", `SANDBOX=${imageRefs.pause}`, "--tag", base]);

  step(2, "unpacking container images into the store");
  await fillStore(base, bundle, scratch);

  step(3, "store into the images");
  for (const role of roles) {
    const tars = ["-C", scratch, "common.tar", "worker.tar", "control-plane.tar", "-C", imageFiles, "store.Dockerfile"];
    const options = ["--file", "store.Dockerfile", "--build-arg", `BASE=${base}`, "--target", role, "--tag", imageRef(key, role)];
    await dockerBuild(tars, options);
  }
}

/** The context goes by a tar on stdin: it comes from two places, and the engine may be elsewhere. */
async function dockerBuild(context: readonly string[], options: readonly string[]): Promise<void> {
  const args = ["build", "--network", "none", "--quiet", ...options, "-"];
  await execa("tar", ["-cf", "-", ...context], { buffer: false }).pipe("docker", args, { stdout: "ignore" });
}

/** containerd itself unpacks, in a container that is thrown away; overlay cannot write on overlay, so its store is a volume. */
async function fillStore(base: string, { dir, manifest }: Bundle, scratch: string): Promise<void> {
  const files = (role: "all" | "control-plane"): string =>
    manifest.images
      .filter((image) => image.roles === role)
      .map((image) => image.file)
      .join(" ");
  const args = ["run", "--rm", "--interactive", "--network", "none", "--volume", "/var/lib/containerd"];
  args.push("--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE");
  args.push("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--security-opt", "label=disable");
  args.push("--env", `COMMON=${files("all")}`, "--env", `CONTROL_PLANE=${files("control-plane")}`);
  args.push("--entrypoint", "/opt/podnet/fill-store.sh", base);
  await execa("tar", ["-C", dir, "-cf", "-", ...manifest.images.map((image) => image.file)], { buffer: false })
    .pipe("docker", args, { buffer: { stdout: false } })
    .pipe("tar", ["-xf", "-", "-C", scratch]);
}

if (import.meta.main) {
  try {
    console.log(await ensureImage());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
