/** What the tests of the docs read of a Markdown file: as much of the language as these files use. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..", "..");

/** Every page of the checkout that is written for people, relative to it. */
export const pages: readonly string[] = globSync(["*.md", "docs/*.md", "bundle/**/*.md", "packages/*/*.md"], {
  cwd: root,
  exclude: (name) => name === "node_modules",
}).toSorted();

export interface Heading {
  readonly level: number;
  readonly text: string;
}

export interface CodeBlock {
  readonly language: string;
  readonly lines: readonly string[];
}

export interface Page {
  readonly headings: readonly Heading[];
  readonly codeBlocks: readonly CodeBlock[];
  /** Rows of tables, the line of hyphens left out; each a list of cells. */
  readonly rows: readonly (readonly string[])[];
  /** Texts between single backquotes, outside code blocks. */
  readonly spans: readonly string[];
  /** Targets of links and pictures. */
  readonly links: readonly string[];
}

export function readPage(file: string): Page {
  return parse(readFileSync(join(root, file), "utf8"));
}

export function parse(text: string): Page {
  const headings: Heading[] = [];
  const codeBlocks: { language: string; lines: string[] }[] = [];
  const prose: string[] = [];
  let inside: { language: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    const fence = /^\s*```(\w*)\s*$/.exec(line);
    if (inside !== undefined) {
      if (fence === null) inside.lines.push(line);
      else inside = undefined;
    } else if (fence !== null) {
      inside = { language: fence[1] ?? "", lines: [] };
      codeBlocks.push(inside);
    } else {
      const heading = /^(#+) (.*)$/.exec(line);
      if (heading !== null) headings.push({ level: heading[1]!.length, text: heading[2]! });
      prose.push(line);
    }
  }
  const spans = (line: string): string[] => [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  return {
    headings,
    codeBlocks,
    rows: prose.filter((line) => line.startsWith("|") && !/^[|\s:-]+$/.test(line)).map(cells),
    spans: prose.flatMap(spans),
    links: prose.flatMap((line) =>
      [...line.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!),
    ),
  };
}

/** A bar inside a code span is no border. */
function cells(row: string): string[] {
  const held = row.replace(/`[^`]*`/g, (span) => span.replaceAll("|", "\0"));
  return held
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.replaceAll("\0", "|").trim());
}

/** Texts between backquotes in a part of a page. */
export const spansOf = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

/** The anchor that GitHub makes of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");
}
