import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { parse, parseDocument } from "yaml";

/**
 * Pulumi writes the passphrase's salt into Pulumi.STACK.yaml whenever it finds none there, and drops the comments. The salt belongs to
 * this clone's passphrase and the file to everyone, so the salt lives in the state alone
 * (PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER) and the file goes back to what the user wrote.
 */
export async function keepStackFile<T>(
  file: string,
  run: () => Promise<T>,
  transient: readonly string[] = [],
): Promise<T> {
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  try {
    return await run();
  } finally {
    const after = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    const restored = restoredText(before, after, transient);
    if (restored === undefined) rmSync(file, { force: true });
    else if (restored !== after) writeFileSync(file, restored);
  }
}

/**
 * The text the file should have after Pulumi ran: the user's own when nothing but the salt and `transient` config keys changed, else
 * Pulumi's without the salt; undefined for no file. A file with secure values keeps its salt, which another clone needs to read
 * them. Pure.
 */
export function restoredText(
  before: string | undefined,
  after: string | undefined,
  transient: readonly string[] = [],
): string | undefined {
  if (after === undefined || /^\s+secure: /m.test(after)) return after;
  if (isDeepStrictEqual(values(before, transient), values(after, transient))) {
    return before === undefined ? undefined : withoutSalt(before);
  }
  return withoutSalt(after);
}

/** Config values as Pulumi keeps them: it turns a number into text. */
function values(text: string | undefined, transient: readonly string[]): unknown {
  const { config = {} } = (parse(text ?? "") ?? {}) as { config?: Record<string, unknown> };
  return Object.entries(config)
    .filter(([key]) => !transient.includes(key))
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
