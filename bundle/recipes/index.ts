import type { Artifact } from "../artifact.ts";
import { type Arch, type BundleImage, imageRefsFor, versions } from "../versions.ts";
import { flannel } from "./flannel.ts";
import { netBoxTools, networkTools } from "./image-tools.ts";
import { type ImageRecipe, image } from "./images.ts";
import { machine } from "./machine.ts";
import { pause } from "./pause.ts";
import { programs } from "./programs.ts";
import { runc } from "./runc.ts";

/** A file of the bundle: where it goes, and which file of which artifact it is. */
export interface BundleFile {
  readonly path: string;
  readonly artifact: Artifact;
  readonly file: string;
}

export type ImageFile = BundleFile & Pick<ImageRecipe, "name" | "ref" | "roles">;
type Image = Omit<ImageRecipe, "ref" | "name"> & { readonly name: BundleImage };

export interface BundleRecipe {
  readonly arch: Arch;
  readonly way: "source" | "release";
  readonly versions: Readonly<Record<keyof typeof versions, string>>;
  readonly programs: readonly BundleFile[];
  readonly images: readonly ImageFile[];
  /** Holds `rootfs.tar` and the directory `debs`. @default none, for bundles that go to existing hosts */
  readonly machine?: Artifact;
}

/** The same for hosts: without a root file system, which for another architecture than this machine's would take an emulator. */
export function forHosts({ machine: _, ...recipe }: BundleRecipe): BundleRecipe {
  return recipe;
}

/** Everything a machine of the lab is made of, built here. */
export function bundleRecipe(arch: Arch, kubernetesVersion: string): BundleRecipe {
  const { kubernetes, containerd, etcd, coredns, crictl, cniPlugins, cniFlannel, helloApp } = programs(
    arch,
    kubernetesVersion,
  );
  const flanneld = flannel(arch);
  const pauseProgram = pause(arch);
  const tools = networkTools(arch);

  const bin: Record<string, Artifact> = {
    kubeadm: kubernetes,
    kubelet: kubernetes,
    kubectl: kubernetes,
    crictl,
    ctr: containerd,
    containerd,
    "containerd-shim-runc-v2": containerd,
    runc: runc(arch),
  };
  const cni: Record<string, Artifact> = {
    bridge: cniPlugins,
    "host-local": cniPlugins,
    loopback: cniPlugins,
    portmap: cniPlugins,
    flannel: cniFlannel,
  };
  const controlPlane = (name: "kube-apiserver" | "kube-controller-manager" | "kube-scheduler"): Image => ({
    name,
    roles: "control-plane",
    programs: { [`usr/local/bin/${name}`]: kubernetes },
    config: { entrypoint: [`/usr/local/bin/${name}`] },
  });
  const images: Image[] = [
    controlPlane("kube-apiserver"),
    controlPlane("kube-controller-manager"),
    controlPlane("kube-scheduler"),
    {
      name: "etcd",
      roles: "control-plane",
      programs: { "usr/local/bin/etcd": etcd, "usr/local/bin/etcdctl": etcd },
      config: { entrypoint: ["/usr/local/bin/etcd"] },
    },
    {
      name: "kube-proxy",
      roles: "all",
      programs: { "usr/local/bin/kube-proxy": kubernetes },
      base: tools,
      config: { entrypoint: ["/usr/local/bin/kube-proxy"] },
    },
    { name: "coredns", roles: "all", programs: { coredns }, config: { entrypoint: ["/coredns"] } },
    {
      name: "pause",
      roles: "all",
      programs: { pause: pauseProgram },
      config: { entrypoint: ["/pause"], user: "65535:65535" },
    },
    {
      name: "flannel",
      roles: "all",
      programs: { "opt/bin/flanneld": flanneld, "opt/bin/install-conf": flanneld },
      base: tools,
      config: { entrypoint: ["/opt/bin/flanneld"] },
    },
    // A shell that waits: `kubectl run -it` gets it as it is, a pod gives its own command.
    { name: "net-box", roles: "all", programs: {}, base: netBoxTools(arch), config: { command: ["sh"] } },
    { name: "hello-app", roles: "all", programs: { "hello-app": helloApp }, config: { entrypoint: ["/hello-app"] } },
  ];

  const refs = imageRefsFor(kubernetesVersion);
  return {
    arch,
    way: "source",
    versions: { ...versions, kubernetes: kubernetesVersion },
    programs: [...filesIn("bin", bin), ...filesIn("cni", cni)],
    images: images.map((recipe) => ({
      name: recipe.name,
      roles: recipe.roles,
      ref: refs[recipe.name],
      path: `images/${recipe.name}.tar`,
      artifact: image(arch, { ...recipe, ref: refs[recipe.name] }),
      file: `${recipe.name}.tar`,
    })),
    machine: machine(arch),
  };
}

function filesIn(dir: string, from: Readonly<Record<string, Artifact>>): BundleFile[] {
  return Object.entries(from).map(([file, artifact]) => ({ path: `${dir}/${file}`, artifact, file }));
}

export function artifactsOf(recipe: BundleRecipe): Artifact[] {
  return [
    ...(recipe.machine ? [recipe.machine] : []),
    ...recipe.programs.map(({ artifact }) => artifact),
    ...recipe.images.map(({ artifact }) => artifact),
  ];
}
