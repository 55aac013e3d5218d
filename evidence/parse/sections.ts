/** What stands before the first heading, and then below each: outputs of a loop, whose headings are lines that begin with "# ". */
export interface Sections {
  readonly before: string;
  readonly named: ReadonlyMap<string, string>;
}

export function parseSections(text: string): Sections {
  const [before = "", ...parts] = `\n${text}`.split(/\n# ?(?=[^\n]*\n|[^\n]*$)/);
  const named = parts.map((part): [string, string] => {
    const [name = "", ...lines] = part.split("\n");
    return [name.trim(), lines.join("\n")];
  });
  return { before: before.slice(1), named: new Map(named) };
}

/** `grep . FILE...`: what stands in each file, by its path. */
export function parseSettings(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [, path, value] = /^(\/[^:]+):(.*)$/.exec(line) ?? [];
      return path === undefined || value === undefined ? [] : [[path, value]];
    }),
  );
}

/** A program's answer to `GET /healthz`: whether it says that it is well, and its own words. */
export function parseHealth(text: string): { readonly well: boolean; readonly said: string } {
  const [, status] = /^HTTP\/1\.[01] (\d+.*)$/m.exec(text) ?? [];
  if (status === undefined) return { well: false, said: "no answer" };
  return { well: status.startsWith("200"), said: status.trim() };
}
