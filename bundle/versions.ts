/**
 * Every version the lab installs, in one place. The exact Go module graphs stand beside this file in gomod/;
 * a version changed here is changed there too (gomod/README.md says how).
 */
export const versions = {
  /** The default; kubernetes.ts tells which others there may be. */
  kubernetes: "1.37.2",
  /** What `kubeadm config images list` asks for; the same number is compiled into pause. */
  pause: "3.10.2",
  etcd: "3.7.3",
  /** kubeadm 1.37 asks for this tag, and an older one is told of it; the etcd in the image is the version above. */
  etcdTag: "3.7.0-0",
  coredns: "1.14.6",
  containerd: "2.4.2",
  runc: "1.5.2",
  cniPlugins: "1.9.1",
  flannel: "0.28.10",
  /** The last CNI plugin for flannel that a Go module serves. It speaks CNI 0.4.0, so the conflist says "0.4.0". */
  flannelCni: "0.9.1",
  crictl: "1.37.0",
  /** The machines' Debian, and the one the images take their tools from. */
  debian: "bookworm",
  /** Our own net-box: the course's image, with the tools the lab uses, made from Debian packages. */
  netBox: "latest",
  /** Our own hello-app, for the course's Services: it answers as the course's image does. */
  helloApp: "1.0",
} as const;

/** What a lesson brings that no lab without it has; beside `versions`, which name every lab's content. */
export const lessonVersions = {
  /** The last that the Go module proxy serves; k3s pairs flannel with the same part of it. */
  kubeRouter: "2.1.0",
  /** Debian's; its makers publish an image of the same. */
  redis: "7.0.15",
  /** The last whose every module the Go module proxy serves: 0.16 asks for versions of frr-k8s that it has not. kube-vip and klipper-lb it has not at all. */
  metallb: "0.15.3",
} as const;

/** What upstream's own builds are of another version, or come from elsewhere, than what is built here. */
export const releaseVersions = {
  /** What the image with that tag holds. */
  etcd: versions.etcdTag.replace(/-.*/, ""),
  /** The one that flannel's own manifest names. It speaks CNI 0.4.0 too. */
  flannelCni: "1.9.1-flannel3",
  /** Number of the machines' Debian, in the names of its images for clouds. */
  debian: "12",
  /** Pulls images onto the user's machine, whatever engine is there. */
  crane: "0.22.1",
} as const;

/** Where upstream's image of the flannel plugin is; the plugin is its one file. */
export const flannelCniRef = `ghcr.io/flannel-io/flannel-cni-plugin:v${releaseVersions.flannelCni}`;

/** What a machine's root file system is made on where there is no mmdebstrap. */
export const debianRef = `docker.io/library/debian:${versions.debian}-slim`;

/** What runs on the user's machine. */
export const toolchainVersions = {
  pulumi: "3.274.1",
  /** The plugins are of the versions of their npm packages, in package.json. */
  pulumiKubernetes: "4.25.0",
  pulumiCommand: "1.2.1",
  /** The module that holds 4.25.0 carries a pseudo-version. */
  pulumiKubernetesModule: "v4.0.0-20260115033456-f47bc2d6f199",
  /** The Go that builds everything, fetched only where the installed one is missing or older than `goAtLeast`. */
  go: "1.26.8",
  goAtLeast: "1.26.6",
} as const;

export type Arch = "amd64" | "arm64";

/** Images that are Kubernetes' own, and of its version. */
type KubernetesImage = "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kube-proxy";

/** Images that every machine of a lab is born with, or is given. */
export type BundleImage = KubernetesImage | "etcd" | "coredns" | "pause" | "flannel" | "net-box" | "hello-app";

/** Images that come with a lesson. */
export const lessonImages = ["kube-router", "redis", "metallb-controller", "metallb-speaker"] as const;
export type LessonImage = (typeof lessonImages)[number];

export type ImageName = BundleImage | LessonImage;

/** The names the machines' container store knows the images by: the ones kubeadm, flannel and the course ask for. */
export function imageRefsFor(kubernetes: string): Readonly<Record<BundleImage, string>> {
  return {
    "kube-apiserver": `registry.k8s.io/kube-apiserver:v${kubernetes}`,
    "kube-controller-manager": `registry.k8s.io/kube-controller-manager:v${kubernetes}`,
    "kube-scheduler": `registry.k8s.io/kube-scheduler:v${kubernetes}`,
    "kube-proxy": `registry.k8s.io/kube-proxy:v${kubernetes}`,
    ...imageRefs,
  };
}

/** Those that are the same for every Kubernetes. */
export const imageRefs: Readonly<Record<Exclude<BundleImage, KubernetesImage>, string>> = {
  etcd: `registry.k8s.io/etcd:${versions.etcdTag}`,
  coredns: `registry.k8s.io/coredns/coredns:v${versions.coredns}`,
  pause: `registry.k8s.io/pause:${versions.pause}`,
  flannel: `ghcr.io/flannel-io/flannel:v${versions.flannel}`,
  "net-box": `docker.io/xiaopeng163/net-box:${versions.netBox}`,
  "hello-app": `docker.io/xiaopeng163/hello-app:${versions.helloApp}`,
};

/** Those that come with a lesson. */
export const lessonImageRefs: Readonly<Record<LessonImage, string>> = {
  "kube-router": `docker.io/cloudnativelabs/kube-router:v${lessonVersions.kubeRouter}`,
  redis: `docker.io/library/redis:${lessonVersions.redis}`,
  "metallb-controller": `quay.io/metallb/controller:v${lessonVersions.metallb}`,
  "metallb-speaker": `quay.io/metallb/speaker:v${lessonVersions.metallb}`,
};

export function hostArch(): Arch {
  if (process.arch === "x64") return "amd64";
  if (process.arch === "arm64") return "arm64";
  throw new Error(`this machine is ${process.arch}; the lab knows amd64 and arm64`);
}
