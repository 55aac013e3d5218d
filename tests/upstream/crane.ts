// crane from source: the registry on loopback, and the program that a release downloads.
import { join } from "node:path";
import { goPrograms } from "../../bundle/go.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";

/** Built once; kept with everything else that is built. @returns the program's path */
export async function ensureCrane(): Promise<string> {
  const crane = goPrograms({
    name: "crane",
    arch: hostArch(),
    about: 60,
    programs: [{ package: "github.com/google/go-containerregistry/cmd/crane" }],
  });
  return join(await new Store().ensure(crane), "crane");
}
