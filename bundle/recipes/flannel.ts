import type { Artifact } from "../artifact.ts";
import { goPrograms } from "../go.ts";
import { type Arch, versions } from "../versions.ts";

/** flanneld's UDP backend is C; the lab uses vxlan, but the program does not build without. Static, so it runs in any image. */
export function flannel(arch: Arch): Artifact {
  return goPrograms({
    name: "flannel",
    arch,
    about: 60,
    programs: [
      { package: "github.com/flannel-io/flannel", as: "flanneld", cgo: true },
      { package: "github.com/flannel-io/flannel/cmd/install_conf", as: "install-conf" },
    ],
    stamps: { "github.com/flannel-io/flannel/pkg/version.Version": `v${versions.flannel}` },
  });
}
