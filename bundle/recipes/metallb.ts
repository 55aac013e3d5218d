import type { Artifact } from "../artifact.ts";
import { goPrograms } from "../go.ts";
import { type Arch, lessonImageRefs } from "../versions.ts";
import { image } from "./images.ts";

const module = "go.universe.tf/metallb";

/** Both of MetalLB's programs: what gives Services their addresses, and what answers for them on the wire. */
function programs(arch: Arch): Artifact {
  return goPrograms({
    name: "metallb",
    arch,
    about: 200,
    programs: [{ package: `${module}/controller` }, { package: `${module}/speaker` }],
  });
}

/** The image of one of them, and nothing else in it. */
export const metallb =
  (program: "controller" | "speaker") =>
  (arch: Arch): Artifact =>
    image(arch, {
      name: `metallb-${program}`,
      ref: lessonImageRefs[`metallb-${program}`],
      roles: "all",
      programs: { [program]: programs(arch) },
      config: { entrypoint: [`/${program}`] },
    });
