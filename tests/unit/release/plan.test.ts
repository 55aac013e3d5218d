import { createHash } from "node:crypto";
import test from "ava";
import { debianSources, downloadUrl, imageSource, type Mirrors, registryApi } from "../../../bundle/mirrors.ts";
import { layoutOf } from "../../../bundle/release/layout.ts";
import { cranePackage, fetchParams, planLines, programPackages, pullParams } from "../../../bundle/release/plan.ts";
import { bundleKey, recipeFor } from "../../../bundle/bundle.ts";
import { defaultOrigin, type Origin } from "../../../bundle/choice.ts";
import { versions } from "../../../bundle/versions.ts";

const { kubernetes, containerd, runc, cniPlugins, crictl } = versions;
const origin = (mirrors: Mirrors): Origin => ({ ...defaultOrigin, mirrors });
const lines = (arch: "amd64" | "arm64", mirrors = {}): string[] =>
  planLines(
    [...programPackages(arch, origin(mirrors)), cranePackage(arch, mirrors)].flatMap(({ downloads }) => downloads),
  ).split("\n");

test("every program is taken from where its makers publish it, beside its sum", (t) => {
  const k8s = `https://dl.k8s.io/release/v${kubernetes}/bin/linux/amd64`;
  const github = "https://github.com";
  const containerdFile = `${github}/containerd/containerd/releases/download/v${containerd}/containerd-${containerd}-linux-amd64.tar.gz`;
  const cniFile = `${github}/containernetworking/plugins/releases/download/v${cniPlugins}/cni-plugins-linux-amd64-v${cniPlugins}.tgz`;
  const crictlFile = `${github}/kubernetes-sigs/cri-tools/releases/download/v${crictl}/crictl-v${crictl}-linux-amd64.tar.gz`;
  const craneBase = `${github}/google/go-containerregistry/releases/download/v0.22.1`;
  t.deepEqual(lines("amd64"), [
    ...["kubeadm", "kubelet", "kubectl"].map((name) => `${k8s}/${name} ${k8s}/${name}.sha256 bin/${name}`),
    `${containerdFile} ${containerdFile}.sha256sum bin/containerd=bin/containerd bin/containerd-shim-runc-v2=bin/containerd-shim-runc-v2 bin/ctr=bin/ctr`,
    `${github}/opencontainers/runc/releases/download/v${runc}/runc.amd64 ${github}/opencontainers/runc/releases/download/v${runc}/runc.sha256sum bin/runc`,
    `${cniFile} ${cniFile}.sha256 cni/bridge=bridge cni/host-local=host-local cni/loopback=loopback cni/portmap=portmap`,
    `${crictlFile} ${crictlFile}.sha256 bin/crictl=crictl`,
    `${craneBase}/go-containerregistry_Linux_x86_64.tar.gz ${craneBase}/checksums.txt crane=crane`,
  ]);
});

test("the plan for arm64 names no amd64", (t) => {
  t.false(lines("arm64").some((line) => /amd64|x86_64/.test(line)));
  t.is(lines("arm64").length, lines("amd64").length);
});

test("a mirror of downloads holds every site below its name", (t) => {
  t.is(
    downloadUrl("https://dl.k8s.io/a/b", { downloads: "http://m.example:8/x/" }),
    "http://m.example:8/x/dl.k8s.io/a/b",
  );
  for (const line of lines("amd64", { downloads: "https://m.example" })) {
    t.deepEqual(line.match(/https?:\/\/[^/ ]*/g), ["https://m.example", "https://m.example"]);
  }
});

test("a mirror of a registry stands for that registry and no other, with path, port and without TLS", (t) => {
  const mirrors = { registries: { "docker.io": "http://127.0.0.1:5000/hub/", "ghcr.io": "https://m.example" } };
  t.deepEqual(imageSource("docker.io/library/debian:bookworm-slim", mirrors), {
    ref: "127.0.0.1:5000/hub/library/debian:bookworm-slim",
    plainHttp: true,
  });
  t.deepEqual(imageSource("ghcr.io/flannel-io/flannel:v1", mirrors), {
    ref: "m.example/flannel-io/flannel:v1",
    plainHttp: false,
  });
  t.deepEqual(imageSource("registry.k8s.io/pause:3", mirrors), { ref: "registry.k8s.io/pause:3", plainHttp: false });
  t.is(registryApi("docker.io", mirrors), "http://127.0.0.1:5000/v2/");
  t.is(registryApi("docker.io", {}), "https://registry-1.docker.io/v2/");
});

test("a mirror of apt brings updates and security too, each signed by Debian", (t) => {
  t.deepEqual(debianSources("bookworm", {}), []);
  const sources = debianSources("bookworm", { apt: "https://m.example/" });
  t.deepEqual(
    sources.map((line) => line.replace(/ \[.*\]/, "")),
    [
      "deb https://m.example/debian bookworm main",
      "deb https://m.example/debian bookworm-updates main",
      "deb https://m.example/debian-security bookworm-security main",
    ],
  );
  t.true(sources.every((line) => line.includes("[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]")));
});

test("a worker pulls no image of the control plane", (t) => {
  const names = (role: "worker" | "control-plane") =>
    pullParams(role, defaultOrigin)
      .IMAGES.split(" ")
      .map((ref) => /([^/]*):[^:]*$/.exec(ref)?.[1] ?? "")
      .toSorted();
  t.deepEqual(names("worker"), ["coredns", "flannel", "hello-app", "kube-proxy", "net-box", "pause"]);
  t.is(names("control-plane").length, 10);
});

test("a node that fetches for itself has the same plan, and the mirrors of registries, one a line", (t) => {
  const mirrors = {
    downloads: "https://m.example",
    registries: { "ghcr.io": "https://a.example", "docker.io": "https://b.example/hub" },
  };
  t.deepEqual(fetchParams("arm64", origin(mirrors), "/stage").PLAN.split("\n"), lines("arm64", mirrors).slice(0, -1));
  t.is(pullParams("worker", origin(mirrors)).MIRRORS, "ghcr.io https://a.example\ndocker.io https://b.example/hub");
});

test("a released bundle has the files that one from source has", (t) => {
  const paths = (way: "release" | "source") => {
    const { programs, images } = recipeFor(way, "amd64", defaultOrigin);
    return [...programs, ...images].map(({ path }) => path).toSorted();
  };
  t.deepEqual(paths("release"), paths("source"));
});

test("a bundle's name says which way it was made, and by which mirrors", (t) => {
  const release = bundleKey(recipeFor("release", "amd64", defaultOrigin));
  t.regex(release, /^release-[0-9a-f]{16}$/);
  t.regex(bundleKey(recipeFor("source", "amd64", defaultOrigin)), /^[0-9a-f]{16}$/);
  t.not(bundleKey(recipeFor("release", "amd64", origin({ downloads: "https://m.example" }))), release);
  t.not(bundleKey(recipeFor("release", "amd64", origin({ registries: { "ghcr.io": "https://m.example" } }))), release);
  // What is built from source is checked against sums that are in the checkout, wherever it comes from.
  const mirrors = { goproxy: "https://m.example", apt: "https://m.example" };
  t.is(
    bundleKey(recipeFor("source", "amd64", origin(mirrors))),
    bundleKey(recipeFor("source", "amd64", defaultOrigin)),
  );
});

test("a pulled image keeps its configuration, and names one layer by its digest and size", (t) => {
  const layer = { digest: "cd".repeat(32), size: 9 };
  const config = {
    architecture: "amd64",
    rootfs: { diff_ids: ["a", "b"] },
    config: { Env: ["A=1"], Entrypoint: ["/x"], User: "7" },
  };
  const files = layoutOf({ ref: "ghcr.io/a/b:v1", arch: "amd64", config, layer, origin: "sha256:ee" });
  for (const [path, text] of Object.entries(files)) {
    if (path.startsWith("blobs/")) t.is(path, `blobs/sha256/${createHash("sha256").update(text).digest("hex")}`);
  }
  const read = <T>(path: string): T => JSON.parse(files[path] ?? "null") as T;
  const entry = read<{ manifests: { digest: string; annotations: object }[] }>("index.json").manifests[0];
  t.like(entry?.annotations, { "io.containerd.image.name": "ghcr.io/a/b:v1" });
  const manifest = read<{ config: { digest: string }; layers: object[] }>(`blobs/${entry?.digest.replace(":", "/")}`);
  t.like(manifest.layers, [{ digest: `sha256:${layer.digest}`, size: 9 }]);
  const written = read<Record<string, unknown>>(`blobs/${manifest.config.digest.replace(":", "/")}`);
  t.deepEqual(written["config"], config.config);
  t.deepEqual(written["rootfs"], { type: "layers", diff_ids: [`sha256:${layer.digest}`] });
});
