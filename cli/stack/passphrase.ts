import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readOrNothing } from "../../bundle/tools.ts";
import { labDir } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { ownBackend, passphraseFile } from "./environment.ts";

/** What gave a stack's passphrase: a variable of the user's, or the file that the lab has made for itself. */
export type Source = "PULUMI_CONFIG_PASSPHRASE" | "PULUMI_CONFIG_PASSPHRASE_FILE" | "the lab";

/** In Pulumi's own order: an empty passphrase is one, an empty file name is not. Pure. */
export function sourceIn(env: NodeJS.ProcessEnv): Source {
  if (env["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return "PULUMI_CONFIG_PASSPHRASE";
  return env["PULUMI_CONFIG_PASSPHRASE_FILE"] ? "PULUMI_CONFIG_PASSPHRASE_FILE" : "the lab";
}

/** What is kept is the variable's name, never its value. */
const recordOf = (stack: string, dir: string): string => join(dir, "passphrase-from", stack);

/**
 * Why Pulumi would find another passphrase than the one that encrypted the stack's secrets; undefined where it may be the same. One
 * variable in place of the other may well hold the same passphrase, and so may one that took the lab's own.
 */
export function whyOther(stack: string, env: NodeJS.ProcessEnv = process.env, dir = labDir): string | undefined {
  const before = readOrNothing(recordOf(stack, dir))?.trim();
  const now = sourceIn(env);
  if (!usesPassphrase(env) || before === undefined || before === now) return undefined;
  if (now === "the lab")
    return (
      `the secrets of stack ${stack} were encrypted with the passphrase in ${before}, and this shell has no such variable; ` +
      `set it to what it was: export ${before}=...`
    );
  if (before !== "the lab") return undefined;
  const own = readOrNothing(join(dir, "passphrase"))?.trim();
  const given = env["PULUMI_CONFIG_PASSPHRASE"] ?? readOrNothing(env["PULUMI_CONFIG_PASSPHRASE_FILE"] ?? "")?.trim();
  if (own === undefined || own === given) return undefined;
  return (
    `the secrets of stack ${stack} were encrypted with the lab's own passphrase (${passphraseFile}), ` +
    `and ${now} now says another one; run: unset ${now}`
  );
}

/** @throws Problem in one line, before anything is built for a run that would end in Pulumi's "incorrect passphrase" */
export function refuseOther(stack: string): void {
  const why = whyOther(stack);
  if (why !== undefined) throw new Problem(why);
}

/** After a run in which the passphrase was right. */
export function recordPassphrase(stack: string, env: NodeJS.ProcessEnv = process.env, dir = labDir): void {
  if (!usesPassphrase(env)) return;
  const file = recordOf(stack, dir);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${sourceIn(env)}\n`);
}

/** For a stack that was removed, or that has another provider of secrets. */
export function forgetPassphrase(stack: string, dir = labDir): void {
  rmSync(recordOf(stack, dir), { force: true });
}

/** Pulumi's cloud encrypts by itself. */
function usesPassphrase(env: NodeJS.ProcessEnv): boolean {
  const chosen = env["PULUMI_BACKEND_URL"];
  return ownBackend(env) || (chosen !== undefined && chosen !== "" && !/^https?:/.test(chosen));
}
