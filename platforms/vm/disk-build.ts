import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact, BuildContext } from "../../bundle/artifact.ts";
import { ensureBundle } from "../../bundle/build.ts";
import type { Decided } from "../../bundle/choice.ts";
import { ensureTools } from "../../bundle/tools.ts";
import { type Arch, imageRefs } from "../../bundle/versions.ts";

/** Builds the disk in namespaces of its own: no loop device, and what is mounted or started ends with them. */
export async function buildDisk(
  context: BuildContext,
  decided: Decided,
  arch: Arch,
  root: Artifact,
  forHosts = false,
): Promise<void> {
  await ensureTools(["e2fsprogs", "mount"], context.run);
  const bundle = await ensureBundle(decided, { arch, forHosts, verify: true });
  const scratch = join(context.scratch, "disk");
  await mkdir(scratch);
  context.note("programs, container images, file system");
  // A user other than root becomes root in a user namespace, as with mmdebstrap; the file owners then come from /etc/subuid.
  const mapped = process.getuid?.() === 0 ? [] : ["--map-root-user", "--map-auto"];
  await context.run(
    "unshare",
    [...mapped, "--mount", "--pid", "--fork", "--kill-child", join(import.meta.dirname, "disk.sh")],
    {
      env: {
        ROOT: join(context.dirOf(root), "root.tar"),
        BUNDLE: bundle.dir,
        SANDBOX: imageRefs.pause,
        SCRATCH: scratch,
        OUT: context.out,
      },
    },
  );
}
