// Checks inputs against the schema before anything runs, and fills in the defaults.
import { loggingModes, objectTypes, type Field, type Fields } from "./schema.ts";
import {
  isAbsent,
  isArchive,
  isAsset,
  isObject,
  isSecret,
  isUnknown,
  reveal,
  secret,
  type Properties,
  type Value,
} from "./values.ts";

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
}

export function check(fields: Fields, given: Properties): Checked {
  const failures: Failure[] = [];
  const inputs = checkObject("", fields, given, failures);
  if (fields.source) failures.push(...checkSource(reveal(given.source)));
  return { inputs, failures };
}

function checkObject(prefix: string, fields: Fields, given: Properties, failures: Failure[]): Properties {
  const result: Properties = {};
  for (const name of Object.keys(given)) {
    // The engine's and the SDK's own additions.
    if (name === "version" || name.startsWith("__")) continue;
    // Only names are quoted: a misspelt field may hold a key.
    if (!Object.hasOwn(fields, name))
      failures.push({ property: prefix + name, reason: `Unrecognized property '${name}'` });
  }
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name];
    if (isAbsent(value)) {
      if (field.required) failures.push({ property: prefix + name, reason: `Missing required property '${name}'` });
      else if (field.default !== undefined) result[name] = field.default;
      continue;
    }
    const checked = checkValue(prefix + name, field, value!, failures);
    result[name] = field.secret ? secret(checked) : checked;
  }
  return result;
}

function checkValue(path: string, field: Field, value: Value, failures: Failure[]): Value {
  if (isSecret(value)) return secret(checkValue(path, field, value.value ?? null, failures));
  if (isUnknown(value)) return value;
  if (field.type === "connection" || field.type === "proxy") {
    if (isObject(value)) return checkObject(`${path}.`, objectTypes[field.type], value, failures);
    failures.push({ property: path, reason: "must be an object with at least a host" });
    return value;
  }
  const problem = mismatch(field, value);
  if (problem) failures.push({ property: path, reason: problem });
  return value;
}

function mismatch({ type }: Field, value: Value): string | undefined {
  const isString = (inner: Value): boolean => typeof reveal(inner) === "string";
  switch (type) {
    case "string":
      return typeof value === "string" ? undefined : "must be a string";
    case "number":
      return typeof value === "number" ? undefined : "must be a number";
    case "integer":
      return Number.isInteger(value) ? undefined : "must be a whole number";
    case "boolean":
      return typeof value === "boolean" ? undefined : "must be true or false";
    case "strings":
      return Array.isArray(value) && value.every(isString) ? undefined : "must be a list of strings";
    case "stringMap":
      return isObject(value) && Object.values(value).every(isString) ? undefined : "must be a map of strings";
    case "anyList":
      return Array.isArray(value) ? undefined : "must be a list";
    case "logging":
      return loggingModes.some((mode) => mode === value) ? undefined : `must be one of ${loggingModes.join(", ")}`;
    // See checkSource; the others are outputs, never given.
    case "assetOrArchive":
    case "archive":
    case "assetMap":
    case "connection":
    case "proxy":
      return undefined;
    default: {
      const unknown: never = type;
      return `is of unknown type ${String(unknown)}`;
    }
  }
}

function checkSource(source: Value | undefined): Failure[] {
  if (isAbsent(source) || isUnknown(source)) return [];
  if (isAsset(source)) {
    return typeof source.path === "string" || typeof source.text === "string"
      ? []
      : [{ property: "asset", reason: "asset must be a path-based file asset or a text asset" }];
  }
  if (isArchive(source)) {
    return typeof source.path === "string"
      ? []
      : [{ property: "archive", reason: "archive must be a path to a file or directory" }];
  }
  return [{ property: "asset", reason: "either asset or archive must be set" }];
}
