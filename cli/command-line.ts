/** Verbs whose arguments belong to another program: they reach it as they were typed. */
const verbatim = ["kubectl", "pulumi"] as const;
export type VerbatimVerb = (typeof verbatim)[number];

export type Split =
  | {
      readonly kind: "verbatim";
      readonly verb: VerbatimVerb;
      readonly stack: string | undefined;
      readonly args: readonly string[];
    }
  | { readonly kind: "own"; readonly args: readonly string[] };

/**
 * Tells the lab's own verbs from those that pass everything on. `-s STACK` counts for the latter only before the verb:
 * kubectl and pulumi have a `-s` of their own.
 */
export function split(argv: readonly string[]): Split {
  let stack: string | undefined;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "-s" || word === "--stack") {
      index++;
      stack = argv[index] ?? stack;
    } else if (word.startsWith("--stack=")) {
      stack = word.slice("--stack=".length);
    } else {
      const verb = verbatim.find((known) => known === word);
      if (verb === undefined) break;
      return { kind: "verbatim", verb, stack, args: argv.slice(index + 1) };
    }
  }
  return { kind: "own", args: argv };
}
