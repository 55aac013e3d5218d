import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nodeDir, pathWith, readOrNothing } from "../../bundle/tools.ts";
import { quote } from "../../nodes/script.ts";
import { ensurePulumi } from "../parts/ensure-pulumi.ts";
import { pulumiVariables } from "../stack/environment.ts";
import { checkout, defaultStack } from "../paths.ts";
import { askPulumi, ensureStack, shimDir } from "../stack/pulumi.ts";

/** `./lab env`: what makes plain `pulumi` and `kubectl` work on this lab, for `eval` in bash and zsh. Nothing in it is a secret. */
export async function env(stack: string): Promise<void> {
  const pulumi = await ensurePulumi(stack);
  await ensureStack(pulumi, stack);
  if (stack !== defaultStack) await askPulumi(pulumi, ["stack", "select", stack]);
  writeShims();
  const path = pathWith([shimDir, dirname(pulumi.file), nodeDir]);
  const variables = { ...pulumiVariables(), [stackVariable]: stack, PATH: path };
  process.stdout.write(exportLines(variables).join("\n") + "\n");
}

/** Pure. */
export function exportLines(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
}

/** Which lab the shims of this shell mean. */
const stackVariable = "PODNET_STACK";

/**
 * Plain `pulumi` means `./lab pulumi`, which leaves Pulumi.STACK.yaml as the user wrote it; plain `kubectl` means `./lab kubectl`, which
 * takes the kubeconfig from the stack's secrets and keeps it in no file.
 */
function writeShims(): void {
  const lab = quote(join(checkout, "lab"));
  mkdirSync(shimDir, { recursive: true });
  writeShim("pulumi", `${lab} pulumi`);
  writeShim("kubectl", `${lab} -s "\${${stackVariable}:-${defaultStack}}" kubectl`);
}

function writeShim(name: string, command: string): void {
  const file = join(shimDir, name);
  const text = `#!/bin/sh\nexec ${command} "$@"\n`;
  if (readOrNothing(file) !== text) writeFileSync(file, text);
  chmodSync(file, 0o755);
}
