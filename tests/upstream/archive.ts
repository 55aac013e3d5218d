import { execFileSync } from "node:child_process";
import type { Page } from "./site.ts";

/** Debian's archive behind a site of our own, from wherever this machine's apt has it. @returns pages for openSite */
export function debianArchive(): Record<string, Page> {
  const uris = execFileSync("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], {
    encoding: "utf8",
  }).split("\n");
  const under = (folder: string): Page => {
    const found = uris.find((uri) => uri.endsWith(`/${folder}/`));
    if (found === undefined)
      throw new Error(`apt's sources on this machine name no archive that ends in /${folder}/: ${uris.join(" ")}`);
    return { forward: found };
  };
  return { "/debian/": under("debian"), "/debian-security/": under("debian-security") };
}
