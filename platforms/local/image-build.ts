import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import type { Bundle } from "../../bundle/build.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { imageRefs } from "../../bundle/versions.ts";

/** Reference of each image of a machine. */
type Ref = (name: "base" | "common" | "control-plane" | "worker") => string;

/** Builds the machine images from the bundle and nodes/image. Nothing is fetched for them. */
export async function buildImages(
  bundle: Bundle,
  imageFiles: string,
  ref: Ref,
  say: (line: string) => void,
): Promise<void> {
  const scratches = join(cacheRoot(), "scratch");
  await mkdir(scratches, { recursive: true });
  const scratch = await mkdtemp(join(scratches, "node-image-"));
  try {
    await build(bundle, imageFiles, ref, scratch, say);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function build(
  bundle: Bundle,
  imageFiles: string,
  ref: Ref,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const base = ref("base");
  const begun = Date.now();
  const step = (number: number, what: string): void =>
    say(`machine images [${number}/3] ${what} (${Math.round((Date.now() - begun) / 1000)} s so far)`);

  step(1, "Debian, kubelet, containerd");
  const context = ["-C", bundle.dir, "rootfs.tar", "bin", "cni", "debs", "-C", join(imageFiles, ".."), "image"];
  await dockerBuild(context, [
    "--file",
    "image/Dockerfile",
    "--build-arg",
    `SANDBOX=${imageRefs.pause}`,
    "--tag",
    base,
  ]);

  step(2, "unpacking container images into the store");
  await fillStore(base, bundle, scratch);

  step(3, "store into the images");
  const addLayer = (below: string, name: "common" | "control-plane" | "worker"): Promise<void> => {
    const context = ["-C", scratch, `${name}.tar`, "-C", imageFiles, "store.Dockerfile"];
    const values = ["--build-arg", `BASE=${below}`, "--build-arg", `TAR=${name}.tar`];
    return dockerBuild(context, ["--file", "store.Dockerfile", ...values, "--tag", ref(name)]);
  };
  await addLayer(base, "common");
  for (const role of ["control-plane", "worker"] as const) await addLayer(ref("common"), role);
}

/** The context goes by a tar on stdin: it comes from two places, and the engine may be elsewhere. */
async function dockerBuild(context: readonly string[], options: readonly string[]): Promise<void> {
  const args = ["build", "--network", "none", "--quiet", ...options, "-"];
  // Asked before tar begins: what tar writes while nothing reads it is lost.
  const env = await builder();
  // A checkout's modes are those of its owner's umask; a machine's files can be read by all.
  await execa("tar", ["--mode=go=u-w", "-cf", "-", ...context], { buffer: false }).pipe("docker", args, {
    env,
    stdout: "ignore",
  });
}

/**
 * The engine's own builder, whichever the user has chosen: only there the images of one step are seen by the next. It is called like the
 * context of docker that is in use. Docker without buildx has its classic builder, but refuses where the user asks for BuildKit.
 */
export async function builder(): Promise<Record<string, string>> {
  const ask = (...args: string[]) => execa("docker", args, { reject: false, stdin: "ignore" });
  if ((await ask("buildx", "version")).exitCode !== 0) return { DOCKER_BUILDKIT: "0" };
  const context = await ask("context", "show");
  return {
    DOCKER_BUILDKIT: "1",
    BUILDX_BUILDER: context.exitCode === 0 && context.stdout !== "" ? context.stdout : "default",
    // An image is an image: no list of it and of a statement about its origin.
    BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
  };
}

/** containerd itself unpacks, in a container that is thrown away; overlay cannot write on overlay, so its store is a volume. */
async function fillStore(base: string, { dir, manifest }: Bundle, scratch: string): Promise<void> {
  const files = (role: "all" | "control-plane"): string =>
    manifest.images
      .filter((image) => image.roles === role)
      .map((image) => image.file)
      .join(" ");
  const args = [
    "run",
    "--rm",
    "--interactive",
    "--pull",
    "never",
    "--network",
    "none",
    "--volume",
    "/var/lib/containerd",
  ];
  // The result goes by stdout: the engine would keep a second copy of it as the container's log, in JSON.
  args.push("--log-driver", "none");
  args.push(...(await capabilityOptions()));
  args.push(
    "--security-opt",
    "seccomp=unconfined",
    "--security-opt",
    "apparmor=unconfined",
    "--security-opt",
    "label=disable",
  );
  args.push("--env", `COMMON=${files("all")}`, "--env", `CONTROL_PLANE=${files("control-plane")}`);
  args.push("--entrypoint", "/opt/podnet/fill-store.sh", base);
  await execa("tar", ["-C", dir, "-cf", "-", ...manifest.images.map((image) => image.file)], { buffer: false })
    .pipe("docker", args, { buffer: { stdout: false } })
    .pipe("tar", ["-xf", "-", "-C", scratch])
    .catch((error: unknown) => {
      // The last tar only complains that it was given nothing: what docker said is the reason.
      const docker = error instanceof ExecaError ? error.pipedFrom[0] : undefined;
      throw docker?.failed === true ? docker : error;
    });
}

async function capabilityOptions(): Promise<string[]> {
  const script = ". ./capabilities.sh; capability_options";
  const { stdout } = await execa("bash", ["-euo", "pipefail", "-c", script], {
    cwd: import.meta.dirname,
    stdin: "ignore",
  });
  return stdout.split(/\s+/);
}
