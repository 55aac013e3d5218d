import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { quote } from "../../components/remote/shell.ts";
import { ensurePulumi } from "./ensure-pulumi.ts";
import { nodeDir, ownBackend, pathWith, pulumiVariables } from "./environment.ts";
import { checkout, defaultStack } from "./paths.ts";
import { askPulumi, ensureStack, shimDir } from "./pulumi.ts";

/** `./lab env`: what makes plain `pulumi` work on this lab, for `eval` in bash and zsh. Nothing in it is a secret. */
export async function env(stack: string): Promise<void> {
  const pulumi = await ensurePulumi();
  await ensureStack(pulumi, stack);
  if (stack !== defaultStack) await askPulumi(pulumi, ["stack", "select", stack]);
  // The lab's own pulumi, or the user's: plain `pulumi` means the same as `./lab pulumi`, which leaves Pulumi.STACK.yaml as it was.
  const directories = ownBackend() ? [writeShim(), dirname(pulumi.file)] : [dirname(pulumi.file)];
  const variables = { ...pulumiVariables(), PATH: pathWith([...directories, nodeDir]) };
  process.stdout.write(exportLines(variables).join("\n") + "\n");
}

/** Pure. */
export function exportLines(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
}

function writeShim(): string {
  const file = join(shimDir, "pulumi");
  const text = `#!/bin/sh\nexec ${quote(join(checkout, "lab"))} pulumi "$@"\n`;
  mkdirSync(shimDir, { recursive: true });
  if (read(file) !== text) writeFileSync(file, text);
  chmodSync(file, 0o755);
  return shimDir;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
