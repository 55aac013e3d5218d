// A host of a test's own for the verbs of platforms/vm: cache, state and stand-ins for QEMU's programs on PATH.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { ExecutionContext } from "ava";
import { execa } from "execa";
import { freePort } from "../../free-port.ts";

export const verbs = join(import.meta.dirname, "..", "..", "..", "platforms", "vm");
export const secret = "the host's own key";
const login = "ssh-ed25519 LOGIN podnet-t";
const seed = [`#cloud-config\n# ${secret}\n# ${login}\n`, "instance-id: one\n", "version: 2\n"].map(
  (text) => `${Buffer.from(text).toString("base64")}\n`,
);

export interface Host {
  readonly folder: string;
  readonly machine: string;
  readonly run: (
    verb: string,
    more?: Readonly<Record<string, string>>,
  ) => Promise<{ exitCode?: number; stdout: string; stderr: string }>;
  /** QEMU's arguments, one start a line. */
  readonly starts: () => Promise<string[]>;
}

/** A host of its own: cache, state and programs; whatever still runs there at the end is ended. */
export async function host(t: ExecutionContext, more: Readonly<Record<string, string>> = {}): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "podnet-vm-"));
  const disk = join(folder, "cache", "artifacts", "disk-1");
  await mkdir(disk, { recursive: true });
  await mkdir(join(folder, "bin"));
  for (const file of ["disk.raw", "uuid", "vmlinuz", "initrd.img"]) await writeFile(join(disk, file), "one");
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  await writeFile(join(folder, "cache", "vm-accel"), `${boot} disk-1 tcg\n`);
  const qemu = `#!/bin/sh\n[ "$1" = --version ] && exec echo version 7.2\necho "$*" >>${folder}/starts\nexec node --disable-warning=ExperimentalWarning ${join(import.meta.dirname, "fake-qemu.ts")} "$@"\n`;
  const programs = {
    "qemu-system-x86_64": qemu,
    "qemu-system-aarch64": qemu,
    // create -q -f qcow2 -b BASE -F raw DRIVE SIZE; snapshot -l --force-share DRIVE, as fake-qemu.ts has noted them; snapshot -a TAG DRIVE, or -d
    "qemu-img": `#!/bin/bash
case "$1 $2" in
  "--version ") ;;
  "snapshot -l") [[ ! -e "\${4%/*}/snapshots" ]] || sed "s/^/1 /" "\${4%/*}/snapshots" ;;
  snapshot*) echo "$*" >>${folder}/images ;;
  *) echo layer >"$9" ;;
esac
`,
    xorriso:
      '#!/bin/sh\n[ "$1" = -version ] && exit\nwhile [ $# -gt 1 ]; do [ "$1" = -output ] && out=$2; shift; done\ncat "$1"/user-data >"$out"\n',
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, "bin", name), text);
    await chmod(join(folder, "bin", name), 0o755);
  }
  const env = {
    STACK: "t",
    LAB: "t-00000001",
    LOGIN: login,
    NODE: "n",
    NODES: "n",
    DISK: "disk-1",
    SIZE: "8",
    CPUS: "1",
    MEMORY: "2048",
    START: "first",
    API_PORT: "",
    MACS: "52:54:00:00:00:00 52:54:00:00:00:01",
    SSH_PORT: String(await freePort()),
    GRACE: "2",
    ...more,
    PODNET_CACHE: join(folder, "cache"),
    XDG_STATE_HOME: join(folder, "state"),
    PATH: [join(folder, "bin"), process.env["PATH"]].join(delimiter),
  };
  const run: Host["run"] = async (verb, change = {}) => {
    const [script = "", ...args] = verb.split(" ");
    const { exitCode, stdout, stderr } = await execa(join(verbs, script), args, {
      env: { ...env, ...change },
      input: seed.join(""),
      reject: false,
    });
    return { exitCode, stdout, stderr };
  };
  t.teardown(async () => {
    await run("sweep.sh");
    await rm(folder, { recursive: true });
  });
  return {
    folder,
    machine: join(folder, "state", "pod-networking-lab", "t", "n"),
    run,
    starts: async () => (await readFile(join(folder, "starts"), "utf8").catch(() => "")).split("\n").filter(Boolean),
  };
}
