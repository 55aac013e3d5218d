import { rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, parseDocument } from "yaml";
import { readOrNothing } from "../../bundle/tools.ts";

/** Pulumi's commands that read a stack's config and have no business in writing it. */
const readers = new Set(["up", "update", "preview", "pre", "destroy", "refresh"]);

/**
 * Whether a pulumi command can work on a copy of the stack's file. One with --config cannot, for what it sets shall be kept; with a file of
 * its own it needs no other. Pure.
 */
export function readsOnly(args: readonly string[]): boolean {
  const writes = args.some(
    (word) => /^(-c|--config)(=|$)/.test(word) || /^--(config-file|config-path)(=|$)/.test(word),
  );
  return !writes && readers.has(args[0] ?? "");
}

/** A copy of the stack's file in a folder that goes with the run, with some values of its own. The user's file is only read. */
export function copyStackFile(file: string, folder: string, config: Readonly<Record<string, string>> = {}): string {
  const document = parseDocument(readOrNothing(file) ?? "");
  for (const [key, value] of Object.entries(config)) document.setIn(["config", key], value);
  const copy = join(folder, basename(file));
  writeFileSync(copy, document.contents === null ? "" : document.toString(), { mode: 0o600 });
  return copy;
}

/**
 * For commands that are to change the file, such as `config set`. Pulumi writes the passphrase's salt into Pulumi.STACK.yaml whenever it
 * finds none there, and drops the comments. The salt belongs to this clone's passphrase and the file to everyone, so the salt lives in the
 * state alone (PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER) and the file goes back to what the user wrote.
 */
export async function keepStackFile<T>(file: string, run: () => Promise<T>): Promise<T> {
  const before = readOrNothing(file);
  try {
    return await run();
  } finally {
    const after = readOrNothing(file);
    const restored = restoredText(before, after);
    if (restored === undefined) rmSync(file, { force: true });
    else if (restored !== after) writeFileSync(file, restored);
  }
}

/** For values of one run that Pulumi can be given only by writing them into the file: afterwards it is what it was, byte for byte. */
export async function unchanged<T>(file: string, run: () => Promise<T>): Promise<T> {
  const before = readOrNothing(file);
  try {
    return await run();
  } finally {
    if (before === undefined) rmSync(file, { force: true });
    else writeFileSync(file, before);
  }
}

/**
 * The text the file should have after Pulumi ran: the user's own when nothing but the salt changed, else Pulumi's without the salt;
 * undefined for no file. A file with secure values keeps its salt, which another clone needs to read them. Pure.
 */
export function restoredText(before: string | undefined, after: string | undefined): string | undefined {
  if (after === undefined || /^\s+secure: /m.test(after)) return after;
  if (isDeepStrictEqual(values(before), values(after))) {
    return before === undefined ? undefined : withoutSalt(before);
  }
  return withoutSalt(after);
}

/** Config values as Pulumi keeps them: it turns a number into text. */
function values(text: string | undefined): unknown {
  const { config = {} } = (parse(text ?? "") ?? {}) as { config?: Record<string, unknown> };
  return Object.entries(config)
    .map(([key, value]) => [key, typeof value === "number" || typeof value === "boolean" ? String(value) : value])
    .toSorted();
}

/** Only where there is one, so that a file without it keeps every byte. A killed run leaves it. */
function withoutSalt(text: string): string {
  if (!/^encryptionsalt:/m.test(text)) return text;
  const document = parseDocument(text);
  document.delete("encryptionsalt");
  return document.toString();
}
