import { join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { extractPackages } from "../debian.ts";
import { goPrograms, triplets } from "../go.ts";
import { type Arch, versions } from "../versions.ts";

/** runc needs C, and libseccomp for the seccomp profiles pods ask for; Debian's static library does for both architectures. */
export function runc(arch: Arch): Artifact {
  const library = ["libseccomp-dev"];
  return goPrograms(
    {
      name: "runc",
      arch,
      about: 30,
      programs: [{ package: "github.com/opencontainers/runc", cgo: true }],
      tags: ["seccomp"],
    },
    {
      text: `${library.join()} of ${versions.debian}`,
      async sysroot(context) {
        const all = join(context.scratch, "packages");
        await extractPackages(context, arch, library, all);
        // Only the library itself: the C library comes with the compiler, and two of them do not mix.
        const sysroot = join(context.scratch, "sysroot");
        const script = `mkdir -p "$2/usr/include" "$2/usr/lib/$3"
          cp "$1"/usr/include/seccomp*.h "$2/usr/include/"
          cp "$1/usr/lib/$3/libseccomp.a" "$2/usr/lib/$3/"`;
        await context.run("sh", ["-ec", script, "sh", all, sysroot, triplets[arch]]);
        return { dir: sysroot, libraries: ["seccomp"] };
      },
    },
  );
}
