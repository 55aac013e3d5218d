// The path patterns of assetPaths and archivePaths: * within one path element, ** across, ? one character, [abc] [!a-z]
// classes, {a,b} alternatives, \ escapes; a pattern that begins with ! takes out what earlier ones put in.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The files below a directory that the patterns choose, as paths relative to it, sorted. */
export function glob(dir: string, patterns: readonly string[]): string[] {
  const rules = patterns.map((pattern) =>
    pattern.startsWith("!")
      ? { chooses: false, matches: compile(pattern.slice(1)) }
      : { chooses: true, matches: compile(pattern) },
  );
  const chosen: string[] = [];
  for (const path of filesBelow(dir, "")) {
    let taken = false;
    for (const { chooses, matches } of rules) if (matches.test(path)) taken = chooses;
    if (taken) chosen.push(path);
  }
  return chosen.sort();
}

function* filesBelow(dir: string, prefix: string): Generator<string> {
  for (const entry of readdirSync(join(dir, prefix), { withFileTypes: true })) {
    const path = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    // A link to a directory counts as a file, or a link to a parent would never end.
    if (entry.isDirectory()) yield* filesBelow(dir, path);
    else yield path;
  }
}

export function compile(pattern: string): RegExp {
  let source = "";
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === "\\" && i + 1 < pattern.length) source += literal(pattern[++i]!);
    else if (char === "*" && pattern[i + 1] === "*") {
      source += "[\\s\\S]*";
      i++;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[") {
      const end = pattern.indexOf("]", i + 1);
      if (end < 0) throw new Error(`pattern "${pattern}" opens [ without closing it`);
      const set = pattern.slice(i + 1, end);
      const negated = set.startsWith("!");
      source += `[${negated ? "^" : ""}${(negated ? set.slice(1) : set).replace(/[\\\]^[]/g, "\\$&")}]`;
      i = end;
    } else if (char === "{") {
      source += "(?:";
      depth++;
    } else if (char === "}" && depth > 0) {
      source += ")";
      depth--;
    } else if (char === "," && depth > 0) source += "|";
    else source += literal(char);
  }
  if (depth > 0) throw new Error(`pattern "${pattern}" opens { without closing it`);
  return new RegExp(`^${source}$`, "u");
}

const literal = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
