/** Stand-in for pulumi-resource-aws: of the version that the program's package asks for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const packageFile = join(import.meta.dirname, "../../../node_modules/@pulumi/aws/package.json");

export const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };
