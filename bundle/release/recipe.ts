import type { Artifact } from "../artifact.ts";
import type { Origin } from "../choice.ts";
import type { BundleRecipe, BundleFile } from "../recipes/index.ts";
import {
  type Arch,
  debianRef,
  flannelCniRef,
  hostArch,
  type BundleImage,
  imageRefsFor,
  releaseVersions,
  versions,
} from "../versions.ts";
import { downloaded } from "./fetch.ts";
import { pulledDebian, pulledFlannelPlugin, pulledImage } from "./images.ts";
import { releaseMachine } from "./machine.ts";
import { cranePackage, imageRoles, programPackages, pull } from "./plan.ts";

/** Megabytes to pull, about. */
const sizes: Readonly<Record<BundleImage, number>> = {
  "kube-apiserver": 30,
  "kube-controller-manager": 25,
  "kube-scheduler": 20,
  "kube-proxy": 30,
  etcd: 25,
  coredns: 25,
  pause: 1,
  flannel: 35,
  "net-box": 50,
  "hello-app": 6,
};

/** Everything a machine of the lab is made of, as its makers publish it; the same files as from source. */
export function releaseRecipe(arch: Arch, origin: Origin): BundleRecipe {
  const { mirrors, kubernetes } = origin;
  const packages = programPackages(arch, origin);
  const crane = downloaded(cranePackage(hostArch(), mirrors), hostArch());
  const flannelPlugin = pulledFlannelPlugin(arch, pull(flannelCniRef, mirrors), crane);
  const debian = pulledDebian(arch, pull(debianRef, mirrors), crane);

  const programs: BundleFile[] = packages.flatMap((entry) => {
    const artifact: Artifact = downloaded(entry, arch);
    const paths = entry.downloads.flatMap(({ to }) => (typeof to === "string" ? [to] : Object.keys(to)));
    return paths.map((path) => ({ path, artifact, file: path }));
  });
  return {
    arch,
    way: "release",
    versions: { ...versions, kubernetes, etcd: releaseVersions.etcd, flannelCni: releaseVersions.flannelCni },
    programs: [...programs, { path: "cni/flannel", artifact: flannelPlugin, file: "flannel" }],
    images: (Object.entries(imageRefsFor(kubernetes)) as [BundleImage, string][]).map(([name, ref]) => ({
      name,
      ref,
      roles: imageRoles[name],
      path: `images/${name}.tar`,
      artifact: pulledImage(arch, name, pull(ref, mirrors), crane, sizes[name]),
      file: `${name}.tar`,
    })),
    machine: releaseMachine(arch, debian, mirrors),
  };
}
