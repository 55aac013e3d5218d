import type { Artifact } from "../artifact.ts";
import { goPrograms } from "../go.ts";
import { kubernetesGraphs } from "../kubernetes.ts";
import { type Arch, versions } from "../versions.ts";

/** The programs built from Go modules alone. runc and flannel need C; they have files of their own. */
export function programs(arch: Arch, kubernetesVersion: string) {
  return {
    kubernetes: kubernetes(arch, kubernetesVersion),
    containerd: containerd(arch),
    etcd: goPrograms({
      name: "etcd",
      arch,
      about: 45,
      programs: [
        { package: "go.etcd.io/etcd/server/v3", as: "etcd" },
        { package: "go.etcd.io/etcd/etcdctl/v3", as: "etcdctl" },
      ],
    }),
    coredns: goPrograms({ name: "coredns", arch, about: 90, programs: [{ package: "github.com/coredns/coredns" }] }),
    crictl: goPrograms({
      name: "crictl",
      arch,
      about: 30,
      programs: [{ package: "sigs.k8s.io/cri-tools/cmd/crictl" }],
      stamps: { "sigs.k8s.io/cri-tools/pkg/version.Version": `v${versions.crictl}` },
    }),
    cniPlugins: goPrograms({
      name: "cni-plugins",
      arch,
      about: 20,
      programs: ["main/bridge", "main/loopback", "ipam/host-local", "meta/portmap"].map((path) => ({
        package: `github.com/containernetworking/plugins/plugins/${path}`,
      })),
      stamps: {
        "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": `v${versions.cniPlugins}`,
      },
    }),
    cniFlannel: goPrograms({
      name: "cni-flannel",
      arch,
      about: 10,
      programs: [{ package: "github.com/containernetworking/plugins/plugins/meta/flannel" }],
    }),
    helloApp: goPrograms({ name: "hello-app", arch, about: 10, programs: [{ package: ".", as: "hello-app" }] }),
  } satisfies Record<string, Artifact>;
}

function kubernetes(arch: Arch, version: string): Artifact {
  const [major = "", minor = ""] = version.split(".");
  const module = kubernetesGraphs[version];
  if (module === undefined) throw new Error(`Kubernetes ${version} has no module graph in gomod/`);
  const names = [
    "kubeadm",
    "kubelet",
    "kubectl",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
  ];
  const stamp = "k8s.io/component-base/version";
  return goPrograms({
    name: "kubernetes",
    arch,
    about: 430,
    module,
    programs: names.map((name) => ({ package: `k8s.io/kubernetes/cmd/${name}` })),
    stamps: {
      [`${stamp}.gitVersion`]: `v${version}`,
      [`${stamp}.gitMajor`]: major,
      [`${stamp}.gitMinor`]: minor,
      [`${stamp}.gitTreeState`]: "clean",
      // A module does not say which commit it was made from; its version does.
      [`${stamp}.gitCommit`]: `v${version}`,
    },
  });
}

function containerd(arch: Arch): Artifact {
  const root = "github.com/containerd/containerd/v2";
  return goPrograms({
    name: "containerd",
    arch,
    about: 120,
    programs: ["containerd", "containerd-shim-runc-v2", "ctr"].map((name) => ({ package: `${root}/cmd/${name}` })),
    // Snapshotters the lab does not use, and that would want C libraries.
    tags: ["no_btrfs", "no_devmapper", "no_zfs"],
    stamps: { [`${root}/version.Version`]: `v${versions.containerd}`, [`${root}/version.Package`]: root },
  });
}
