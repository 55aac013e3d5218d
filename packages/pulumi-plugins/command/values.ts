// Property values as the engine sends them: plain JSON, in which secrets, assets and archives are objects marked by a
// signature, and unknowns are fixed strings. The numbers are the protocol's own.
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export interface Properties {
  [key: string]: Value;
}

export const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

export const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknowns = new Set<unknown>([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

export const isUnknown = (value: Value | undefined): boolean => unknowns.has(value);

export function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMarked(value: Value | undefined, signature: string): value is Properties {
  return isObject(value) && value[signatureKey] === signature;
}

export const isSecret = (value: Value | undefined): value is Properties => isMarked(value, secretSignature);
export const isAsset = (value: Value | undefined): value is Properties => isMarked(value, assetSignature);
export const isArchive = (value: Value | undefined): value is Properties => isMarked(value, archiveSignature);

export const secret = (value: Value): Value => (isSecret(value) ? value : { [signatureKey]: secretSignature, value });
export const asset = (fields: Properties): Properties => ({ [signatureKey]: assetSignature, ...fields });
export const archive = (fields: Properties): Properties => ({ [signatureKey]: archiveSignature, ...fields });

/** The value under a secret mark, if there is one. */
export function reveal(value: Value | undefined): Value | undefined {
  return isSecret(value) ? reveal(value.value) : value;
}

/** The text under a secret mark, if there is one; anything else is empty. */
export function textOf(value: Value | undefined): string {
  const bare = reveal(value);
  return typeof bare === "string" ? bare : "";
}

/** The value without any secret mark in it. */
export function revealAll(value: Value): Value {
  const bare = reveal(value) ?? null;
  if (Array.isArray(bare)) return bare.map(revealAll);
  if (isObject(bare)) return Object.fromEntries(Object.entries(bare).map(([key, inner]) => [key, revealAll(inner)]));
  return bare;
}

/** Whether an unknown is anywhere in the value. */
export function hasUnknown(value: Value | undefined): boolean {
  const bare = reveal(value);
  if (isUnknown(bare)) return true;
  if (Array.isArray(bare)) return bare.some(hasUnknown);
  return isObject(bare) && Object.values(bare).some(hasUnknown);
}

/** Every string under a secret mark. */
export function secretStrings(value: Value | undefined, within = false): string[] {
  if (isSecret(value)) return secretStrings(value.value, true);
  if (typeof value === "string") return within && !isUnknown(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((inner) => secretStrings(inner, within));
  return isObject(value) ? Object.values(value).flatMap((inner) => secretStrings(inner, within)) : [];
}

export const isAbsent = (value: Value | undefined): boolean => value === undefined || value === null;
