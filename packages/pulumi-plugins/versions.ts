// The versions that these plugins stand in for, as this package's package.json has them.
import { readFileSync } from "node:fs";

const { peerDependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  peerDependencies: Readonly<Record<"@pulumi/command" | "@pulumi/pulumi", string>>;
};

/** The @pulumi/command whose provider this is. */
export const commandVersion = peerDependencies["@pulumi/command"];
/** The @pulumi/pulumi whose protocol and runner the language host is written for. */
export const hostVersion = peerDependencies["@pulumi/pulumi"];
