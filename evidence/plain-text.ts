/**
 * What a terminal would obey instead of show: control characters but for the tab and the end of a line, those of the second set (an eight-bit CSI
 * among them), and the marks that turn the direction of what follows.
 */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** What a node or a pod says is anybody's text: each of these characters becomes a visible one. Pure. */
export const plainText = (text: string): string => text.replaceAll("\r\n", "\n").replace(obeyed, "\ufffd");

/** The same of every text within, names of fields too. Pure. */
export function plain(value: unknown): unknown {
  if (typeof value === "string") return plainText(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [plainText(key), plain(inner)]));
}

/** JSON for a terminal and for programs alike: the same values, with these characters written as JSON writes the rest of them. Pure. */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(
    obeyed,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
