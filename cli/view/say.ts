import { styleText } from "node:util";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/** Progress and remarks go to standard error: standard output is for results that a program may read. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

type Format = Parameters<typeof styleText>[0];

/** Coloured where the stream is a terminal that wants colours; NO_COLOR and FORCE_COLOR are Node's to judge. */
export function paint(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream });
}

/** Columns two spaces apart, as wide on a terminal as their widest cell; the last one as it comes. Pure. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell))));
  return rows.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - stringWidth(cell)))
      .join("  ")
      .trimEnd(),
  );
}

/** Lines no wider than `width`, broken at spaces; a longer word stays whole. Pure. */
export function wrap(text: string, width: number): string[] {
  return wrapAnsi(text.trim().replace(/\s+/g, " "), width).split("\n");
}
