import { digest } from "../artifact.ts";
import { downloadUrl, imageSource, type Mirrors } from "../mirrors.ts";
import type { Origin } from "../choice.ts";
import { type Arch, flannelCniRef, type BundleImage, imageRefsFor, releaseVersions, versions } from "../versions.ts";

/** A file that its maker publishes together with its sum. */
export interface Download {
  readonly url: string;
  /** Where its SHA-256 is published. */
  readonly sums: string;
  /** Path in the bundle: of the program itself, or, for a tar archive, path to member. */
  readonly to: string | Readonly<Record<string, string>>;
}

/** Downloads that belong together. */
export interface Package {
  readonly name: string;
  readonly megabytes: number;
  readonly downloads: readonly Download[];
}

/** An image to be had: what the machines know it by, and where it is. */
export interface Pull {
  readonly ref: string;
  /** A reference as registry clients read it. */
  readonly from: string;
  readonly plainHttp: boolean;
}

/** The programs that a machine of the lab is made of, as their makers publish them. Pure. */
export function programPackages(arch: Arch, { mirrors, kubernetes }: Origin): readonly Package[] {
  const { containerd, runc, cniPlugins, crictl } = versions;
  const plain = (url: string, sums: string, to: Download["to"]): Download => ({
    url: downloadUrl(url, mirrors),
    sums: downloadUrl(sums, mirrors),
    to,
  });
  const github = (project: string, version: string): string =>
    `https://github.com/${project}/releases/download/v${version}`;
  const members = (dir: string, from: string, names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [`${dir}/${name}`, `${from}${name}`]));

  const kubernetesBase = `https://dl.k8s.io/release/v${kubernetes}/bin/linux/${arch}`;
  const containerdFile = `${github("containerd/containerd", containerd)}/containerd-${containerd}-linux-${arch}.tar.gz`;
  const runcBase = github("opencontainers/runc", runc);
  const cniFile = `${github("containernetworking/plugins", cniPlugins)}/cni-plugins-linux-${arch}-v${cniPlugins}.tgz`;
  const crictlFile = `${github("kubernetes-sigs/cri-tools", crictl)}/crictl-v${crictl}-linux-${arch}.tar.gz`;
  return [
    {
      name: "kubernetes",
      megabytes: 190,
      downloads: ["kubeadm", "kubelet", "kubectl"].map((name) =>
        plain(`${kubernetesBase}/${name}`, `${kubernetesBase}/${name}.sha256`, `bin/${name}`),
      ),
    },
    {
      name: "containerd",
      megabytes: 35,
      downloads: [
        plain(
          containerdFile,
          `${containerdFile}.sha256sum`,
          members("bin", "bin/", ["containerd", "containerd-shim-runc-v2", "ctr"]),
        ),
      ],
    },
    {
      name: "runc",
      megabytes: 12,
      downloads: [plain(`${runcBase}/runc.${arch}`, `${runcBase}/runc.sha256sum`, "bin/runc")],
    },
    {
      name: "cni-plugins",
      megabytes: 55,
      downloads: [
        plain(cniFile, `${cniFile}.sha256`, members("cni", "", ["bridge", "host-local", "loopback", "portmap"])),
      ],
    },
    {
      name: "crictl",
      megabytes: 20,
      downloads: [plain(crictlFile, `${crictlFile}.sha256`, { "bin/crictl": "crictl" })],
    },
  ];
}

/** The registry client that a bundle's images are pulled with; runs on the user's machine. */
export function cranePackage(arch: Arch, mirrors: Mirrors): Package {
  const base = `https://github.com/google/go-containerregistry/releases/download/v${releaseVersions.crane}`;
  const file = `go-containerregistry_Linux_${arch === "amd64" ? "x86_64" : arch}.tar.gz`;
  const [url, sums] = [downloadUrl(`${base}/${file}`, mirrors), downloadUrl(`${base}/checksums.txt`, mirrors)];
  return { name: "crane", megabytes: 12, downloads: [{ url, sums, to: { crane: "crane" } }] };
}

/** Which machines need an image. */
export const imageRoles: Readonly<Record<BundleImage, "all" | "control-plane">> = {
  "kube-apiserver": "control-plane",
  "kube-controller-manager": "control-plane",
  "kube-scheduler": "control-plane",
  etcd: "control-plane",
  "kube-proxy": "all",
  coredns: "all",
  pause: "all",
  flannel: "all",
  "net-box": "all",
  "hello-app": "all",
};

export function pull(ref: string, mirrors: Mirrors): Pull {
  const { ref: from, plainHttp } = imageSource(ref, mirrors);
  return { ref, from, plainHttp };
}

/** Parameters of nodes/host/fetch.sh, for a node that downloads its programs itself. Pure. */
export function fetchParams(arch: Arch, origin: Origin, to: string): { readonly PLAN: string; readonly TO: string } {
  return { PLAN: planLines(programPackages(arch, origin).flatMap(({ downloads }) => downloads)), TO: to };
}

/** Names what a node fetches and pulls by itself, wherever it takes it from. Pure. */
export function fetchedKey(arch: Arch, { kubernetes }: Origin): string {
  const origin = { mirrors: {}, kubernetes };
  return `fetched-${digest([fetchParams(arch, origin, "").PLAN, pullParams("control-plane", origin)])}`;
}

/** Parameters of nodes/lib/pull.sh, for a node that pulls its images itself. Pure. */
export function pullParams(
  role: "control-plane" | "worker",
  { mirrors: { registries = {} }, kubernetes }: Origin,
): { readonly IMAGES: string; readonly PLUGIN: string; readonly MIRRORS: string } {
  const refs = Object.entries(imageRefsFor(kubernetes)) as [BundleImage, string][];
  return {
    IMAGES: refs
      .flatMap(([name, ref]) => (role === "control-plane" || imageRoles[name] === "all" ? [ref] : []))
      .join(" "),
    PLUGIN: flannelCniRef,
    MIRRORS: Object.entries(registries)
      .map((entry) => entry.join(" "))
      .join("\n"),
  };
}

/** The plan as nodes/host/fetch.sh reads it. Pure. */
export function planLines(downloads: readonly Download[]): string {
  return downloads
    .map(({ url, sums, to }) => {
      const parts = typeof to === "string" ? [to] : Object.entries(to).map(([path, member]) => `${path}=${member}`);
      return [url, sums, ...parts].join(" ");
    })
    .join("\n");
}
