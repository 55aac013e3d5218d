// The release way's disk, booted: an image like Debian's for clouds from a site on loopback, taken apart, filled and started. It does not prove what is in
// Debian's own; what a VM of either disk does is proved by the others here and by tests/vm/machine.test.ts.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { execa } from "execa";
import { type Artifact, idOf } from "../../bundle/artifact.ts";
import { settled } from "../../bundle/choice.ts";
import { ensureAll } from "../../bundle/progress.ts";
import { vmRoot } from "../../bundle/recipes/vm-root.ts";
import { cloudImage, releaseVmRoot } from "../../bundle/release/vm-root.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";
import { metaData, networkConfig, userData } from "../../components/machines/cloud-init.ts";
import { buildDisk } from "../../platforms/vm/disk-build.ts";
import { withSecretFiles } from "../../cli/stack/secret-files.ts";
import { sshArguments } from "../../cli/verbs/ssh.ts";
import { root } from "../live/lab.ts";
import { debianArchive } from "../upstream/archive.ts";
import { makeCloudImage } from "../upstream/cloud-image.ts";
import { openSite } from "../upstream/site.ts";

const arch = hostArch();
const [stack, node, port, address] = ["live-cloud-image", "k8s-master", 33378, "172.28.69.10"];
const macs = ["52:54:00:69:00:00", "52:54:00:69:00:01"] as const;
// ./lab test removes this folder, however the tests end.
const folder = join(root, ".lab/test-state/cloud-image");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const built = new Store();
await ensureAll(built, "a root file system with a kernel", [vmRoot(arch)]);
const image = await makeCloudImage(join(built.pathOf(vmRoot(arch)), "root.tar"), folder);
const { url, sums } = cloudImage(arch, {});
const page = (address: string): string => `/files/${address.replace("https://", "")}`;
const { stdout: line } = await execa("sha512sum", [image]);
const site = await openSite({
  ...debianArchive(),
  [page(url)]: { file: image },
  [page(sums)]: `${"0".repeat(128)}  another.qcow2\n${line.split(" ")[0]}  ${url.split("/").at(-1)}\n`,
});
const mirrors = { downloads: `${site.url}/files`, apt: site.url };
const store = new Store(join(folder, "cache"), mirrors);
const rootTar = releaseVmRoot(arch, mirrors);
const disk: Artifact = {
  name: "vm-disk",
  arch,
  about: 60,
  inputs: {},
  needs: [rootTar],
  // The programs are another matter (tests/live/release.test.ts).
  build: (context) => buildDisk(context, settled("source"), arch, rootTar, true),
};
const keys = async (comment: string) =>
  JSON.parse((await execa(join(root, "platforms/keys.sh"), { env: { STACK: stack, COMMENT: comment } })).stdout) as {
    privateKey: string;
    publicKey: string;
  };
const [login, hostKey] = [await keys("login"), await keys(node)];
const seed = [
  userData({ name: node, user: "root", authorizedKey: login.publicKey, hostKey, nameservers: ["10.0.2.3"] }),
  metaData(`podnet-${stack}`, node),
  networkConfig([
    { name: "eth0", mac: macs[0], addresses: ["10.0.2.15/24"], gateway: "10.0.2.2" },
    { name: "eth1", mac: macs[1], addresses: [`${address}/24`] },
  ]),
];
const machine = (verb: string) =>
  execa(join(root, "platforms/vm/machine.sh"), [verb], {
    env: {
      STACK: stack,
      NODE: node,
      DISK: idOf(disk),
      SIZE: "6",
      CPUS: "2",
      MEMORY: "2048",
      MACS: macs.join(" "),
      SSH_PORT: String(port),
      API_PORT: "",
      START: "now",
      PODNET_CACHE: store.root,
    },
    input: seed.map((text) => `${Buffer.from(text).toString("base64")}\n`).join(""),
    stderr: "inherit",
  });
const on = async (command: string): Promise<string> =>
  await withSecretFiles(
    { key: login.privateKey, known: `[127.0.0.1]:${port} ${hostKey.publicKey}\n` },
    async (path) => {
      const target = { name: node, role: "", address, ssh: `ssh://root@127.0.0.1:${port}` };
      const words = [...sshArguments(target, path("key"), path("known")), "-o", "ConnectTimeout=60", command];
      return (await execa("ssh", words, { stdin: "ignore" })).stdout;
    },
  );

test.after.always(async () => {
  await machine("delete");
  await site.close();
  rmSync(folder, { recursive: true, force: true });
});

test.serial("an image whose sum is another is refused, and nothing of it is kept", async (t) => {
  const wrong = new Map(site.pages);
  site.pages.set(page(sums), `${"0".repeat(128)}  ${url.split("/").at(-1)}\n`);
  const error = await t.throwsAsync(ensureAll(store, "the VMs' disk", rootTar.needs));
  t.regex(
    error.message,
    /is not what its maker published[^]*expected {2}sha512 0{128}[^]*seen {6}sha512 [0-9a-f]{128}/,
  );
  t.false(rootTar.needs.some((needed) => store.has(needed)));
  site.pages.set(page(sums), wrong.get(page(sums)) ?? "");
});

test.serial("the image's own resolver is switched on there, and kept from running", async (t) => {
  await ensureAll(store, "the VMs' root file system", [rootTar]);
  const { stdout } = await execa("tar", ["-tvf", join(store.pathOf(rootTar), "root.tar")]);
  t.regex(stdout, /sysinit\.target\.wants\/systemd-resolved\.service -> /);
  t.regex(stdout, /etc\/systemd\/system\/systemd-resolved\.service -> \/dev\/null$/m);
});

test.serial(
  "the disk boots with the name, host key and addresses that it was given, and what kubeadm needs is on it",
  async (t) => {
    await ensureAll(store, "the VMs' disk", [disk]);
    await machine("create");
    t.is(await on("hostname"), node);
    t.regex(await on("ip -4 -brief addr show eth1"), new RegExp(`${address}/24`));
    t.regex(await on("ip route show default"), /^default via 10\.0\.2\.2 dev eth0/);
    t.is(await on("cat /etc/resolv.conf"), "nameserver 10.0.2.3");
    t.is(await on("systemctl is-enabled systemd-resolved || true"), "masked");
    t.is(await on("systemctl is-active systemd-resolved || true"), "inactive");
    t.is(await on("systemctl --failed --no-legend"), "");
    // Forwarding is switched on by nodes/cluster/prepare.sh, which has not run here.
    t.regex(
      await on("sysctl --quiet --write net.ipv4.ip_forward=1 && kubeadm init phase preflight 2>&1"),
      /\[preflight\]/,
    );
  },
);
