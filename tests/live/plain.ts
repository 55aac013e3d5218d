/** Plain Debian machines: containers that boot an init and sshd, made without anything of the lab's. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Artifact, idOf } from "../../bundle/artifact.ts";
import { assertRuns, mmdebstrap } from "../../bundle/debian.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch, versions } from "../../bundle/versions.ts";
import { checkout } from "../../cli/paths.ts";
import { labels } from "../../cli/stack/in-engine.ts";
import { root, run } from "./lab.ts";

/**
 * What stands for machines elsewhere belongs to this checkout's tests: ./lab test removes it after an interruption, and ./lab list does not take
 * it for a lab of an earlier version. It has no lab's id, which is the lab's own to give.
 */
export const labelsOf = (stack: string): readonly string[] => [
  `--label=${labels.stack}=${stack}`,
  `--label=${labels.checkout}=${checkout}`,
];

/** An init, SSH and sudo. */
const packages = "systemd-sysv,dbus,openssh-server,sudo,apt";

/** @param more Debian packages beyond those @param suite which Debian @returns the image, which is made unless it is there */
export async function ensurePlainImage(
  name: string,
  more: readonly string[] = [],
  suite: string = versions.debian,
): Promise<string> {
  const artifact: Artifact = {
    name,
    arch: hostArch(),
    about: 40,
    inputs: { packages: [packages, ...more].join(","), debian: suite },
    needs: [],
    async build(context) {
      assertRuns(hostArch());
      const include = (this.inputs as { packages: string }).packages;
      const clean = 'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id; : >"$1"/etc/machine-id';
      await mmdebstrap(context, hostArch(), [
        "--variant=minbase",
        `--include=${include}`,
        `--customize-hook=${clean}`,
        suite,
        join(context.out, "rootfs.tar"),
      ]);
    },
  };
  const image = `pod-networking-lab/${name}:${idOf(artifact).split("-").at(-1)}`;
  if (run("docker", "image", "ls", "--quiet", image) === "") {
    const dir = await new Store().ensure(artifact);
    run("docker", "import", "--change", 'ENTRYPOINT ["bash", "/podnet-entrypoint"]', join(dir, "rootfs.tar"), image);
  }
  return image;
}

/** What `docker create` needs to make a machine of a container. */
export const machineFlags: readonly string[] = [
  "--pull",
  "never",
  "--cap-add",
  "ALL",
  "--cap-drop",
  "SYS_RESOURCE",
  "--security-opt",
  "seccomp=unconfined",
  "--security-opt",
  "apparmor=unconfined",
  "--security-opt",
  "label=disable",
  "--security-opt",
  "systempaths=unconfined",
  "--cgroupns=private",
  "--device-cgroup-rule",
  "a *:* rwm",
  "--tmpfs",
  "/run",
  "--tmpfs",
  "/tmp",
  "--volume",
  "/var",
  // Unlike --volume, it makes no folder of what is not there.
  "--mount",
  `type=bind,source=${join(root, "nodes/image/podnet-entrypoint")},target=/podnet-entrypoint,readonly`,
  "--env",
  "container=docker",
  "--stop-signal",
  "SIGRTMIN+3",
];

/** The machines share this one's kernel and have no modules to load: what a machine's own kernel would bring is seen to here. */
export function prepareKernel(): void {
  if (!existsSync("/proc/sys/net/bridge")) run("modprobe", "br_netfilter");
  for (const [setting, least] of [
    ["max_user_instances", 512],
    ["max_user_watches", 524_288],
  ] as const) {
    const file = `/proc/sys/fs/inotify/${setting}`;
    if (Number(readFileSync(file, "utf8")) < least) writeFileSync(file, String(least));
  }
}

/** Runs a program of this machine in the network namespace of a container. @param input its standard input */
export function inNetworkOf(container: string, command: readonly string[], input = ""): string {
  const pid = run("docker", "container", "inspect", "--format", "{{.State.Pid}}", container).trim();
  return execFileSync("nsenter", ["-t", pid, "-n", ...command], {
    encoding: "utf8",
    input,
    stdio: ["pipe", "pipe", "pipe"],
  });
}
