// What changed between the state and new inputs, path by path, and whether it replaces the resource.
import { isAbsent, isAsset, isArchive, isObject, isSecret, reveal, type Properties, type Value } from "./values.ts";

export type ChangeKind = "add" | "delete" | "update";
export interface Change {
  readonly path: string;
  readonly kind: ChangeKind;
  readonly replaces: boolean;
}

/** @param fields the names of the inputs; the rest of the state is outputs, which do not count */
export function diff(state: Properties, inputs: Properties, fields: Iterable<string>): Change[] {
  const changes: Change[] = [];
  for (const field of fields) {
    for (const [path, kind] of compare(field, state[field], inputs[field])) {
      changes.push({ path, kind, replaces: field === "triggers" });
    }
  }
  return changes;
}

function* compare(path: string, before: Value | undefined, after: Value | undefined): Generator<[string, ChangeKind]> {
  if (isAbsent(before) || isAbsent(after)) {
    if (isAbsent(before) !== isAbsent(after)) yield [path, isAbsent(before) ? "add" : "delete"];
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++) {
      if (i >= before.length) yield [`${path}[${i}]`, "add"];
      else if (i >= after.length) yield [`${path}[${i}]`, "delete"];
      else yield* compare(`${path}[${i}]`, before[i], after[i]);
    }
    return;
  }
  if (isPlainObject(before) && isPlainObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* compare(`${path}${pathKey(key)}`, before[key], after[key]);
    }
    return;
  }
  if (!same(before, after)) yield [path, "update"];
}

// Secrets, assets and archives count as one value each.
const isPlainObject = (value: Value | undefined): value is Properties =>
  isObject(value) && !isSecret(value) && !isAsset(value) && !isArchive(value);

const pathKey = (key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `["${key.replaceAll('"', '\\"')}"]`;

/** Equality of values. A value that becomes secret is a change, or the state would keep it in the clear; marking it
 *  secret in the state only (additionalSecretOutputs) is not a change, or every update would run the command again. */
export function same(before: Value | undefined, after: Value | undefined): boolean {
  if (isSecret(after)) return isSecret(before) && same(before.value, after.value);
  if (isSecret(before)) return same(reveal(before), after);
  if (isAbsent(before) || isAbsent(after)) return isAbsent(before) && isAbsent(after);
  if (Array.isArray(before) && Array.isArray(after)) {
    return before.length === after.length && before.every((inner, i) => same(inner, after[i]));
  }
  if (isObject(before) && isObject(after)) {
    const bothFiles = (isAsset(before) && isAsset(after)) || (isArchive(before) && isArchive(after));
    // The hash is of the content; where a file lies does not matter.
    if (bothFiles && before.hash && after.hash) return before.hash === after.hash;
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].every((key) => same(before[key], after[key]));
  }
  return before === after;
}
