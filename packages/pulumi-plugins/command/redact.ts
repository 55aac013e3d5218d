// Texts that reach a terminal: failures and live lines. Secrets are taken out, and a failure is kept to a readable size.
const shortest = 6;
const shortestLine = 12;

/** A function that replaces the secrets in a text. Lines of a secret of several lines count too, if they are long enough to
 *  be told apart from common text. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const parts = new Set<string>();
  for (const secret of secrets) {
    const whole = secret.trim();
    if (whole.length >= shortest) parts.add(whole);
    for (const line of whole.split("\n")) if (line.trim().length >= shortestLine) parts.add(line.trim());
  }
  if (parts.size === 0) return (text) => text;
  // In one pass, the longest first: a secret may be part of another one, or of the word that replaces it.
  const longestFirst = [...parts]
    .sort((a, b) => b.length - a.length)
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const any = new RegExp(longestFirst.join("|"), "g");
  return (text) => text.replace(any, "[secret]");
}

const headBytes = 6 * 1024;
const tailBytes = 24 * 1024;

/** An error travels in HTTP headers, which have limits; its end is what says most. */
export function abridged(text: string): string {
  const bytes = Buffer.from(text);
  const leftOut = bytes.length - headBytes - tailBytes;
  if (leftOut <= 0) return text;
  return `${bytes.subarray(0, headBytes).toString()}\n[... ${leftOut} bytes left out ...]\n${bytes.subarray(-tailBytes).toString()}`;
}

/** What a terminal would obey instead of show, made visible: a command on another machine prints what it likes. */
export const visible = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    // eslint-disable-next-line no-control-regex -- control characters are what this is about
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

/** A string as Go's %q writes it, which is how failures have always quoted the command. */
export function quoted(text: string): string {
  const escapes: Record<string, string> = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\x07": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
  };
  return `"${text.replace(
    // eslint-disable-next-line no-control-regex -- control characters are what this is about
    /["\\\x00-\x1f\x7f]/g,
    (char) => escapes[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  )}"`;
}

/** The message of a command that failed: why, which, and what it printed. */
export function failure(
  why: string,
  command: { readonly text: string; readonly secret: boolean },
  output: string,
): string {
  return abridged(`${why}: running ${command.secret ? "[secret]" : quoted(command.text)}:\n${visible(output)}`);
}
