// Proves that what Pulumi.yaml says of ranges is what the settings accept, and that the pages tell the defaults that it has. Other
// descriptions are read by people alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parse } from "yaml";
import { machineRange } from "../../../components/settings/local.ts";
import { maxWorkers } from "../../../components/settings/nodes.ts";
import { clusterRanges, clusterRanges6 } from "../../../components/settings/ranges.ts";
import { defaults } from "../defaults.ts";
import { readPage, root, spansOf } from "./markdown.ts";

const { config } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
  readonly config: Readonly<Record<string, { readonly description: string }>>;
};

const none = { machineCidr: "", podCidr: "", serviceCidr: "" };
const keyed = clusterRanges6(none, maxWorkers + 1).filter(({ key }) => key in config);
for (const { key, prefixes } of [machineRange(""), ...clusterRanges(none, maxWorkers + 1), ...keyed]) {
  test(`the description of ${key} names the prefixes that are accepted`, (t) => {
    const { description } = config[key]!;
    t.deepEqual(/\/(\d+) to \/(\d+)/.exec(description)?.slice(1).map(Number), [...prefixes], description);
  });
}

for (const file of ["README.md", "README.zh-CN.md", "docs/config.md", "docs/config.zh-CN.md"]) {
  test(`${file} tells each key's default as Pulumi.yaml has it`, (t) => {
    const told = readPage(file).rows.flatMap(([keys = "", values = ""]) => {
      const [named, said] = [spansOf(keys), spansOf(values)];
      return named.length === said.length && named.every((key) => key in defaults) ? named.map((key, at) => [key, said[at]]) : [];
    });
    t.true(told.length > 8, "the table of keys is not found");
    t.deepEqual(told, told.map(([key = ""]) => [key, defaults[key]]));
  });
}
