import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const { config } = parse(readFileSync(join(import.meta.dirname, "..", "..", "Pulumi.yaml"), "utf8")) as {
  readonly config: Readonly<Record<string, { readonly default?: unknown }>>;
};

/** Every config key that has a default, with it as `pulumi config` keeps it: what is no text, as JSON. */
export const defaults: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(config).flatMap(([key, { default: value }]) =>
    value === undefined ? [] : [[key, typeof value === "string" ? value : JSON.stringify(value)]],
  ),
);
