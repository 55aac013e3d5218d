// Proves that what Pulumi.yaml says of ranges is what the settings accept. Other descriptions are read by people alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parse } from "yaml";
import { machineRange } from "../../../components/settings/local.ts";
import { maxWorkers } from "../../../components/settings/nodes.ts";
import { clusterRanges, secondRanges } from "../../../components/settings/ranges.ts";
import { root } from "./markdown.ts";

const { config } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
  readonly config: Readonly<Record<string, { readonly description: string }>>;
};

const none = { machineCidr: "", podCidr: "", serviceCidr: "" };
const keyed = secondRanges(none, maxWorkers + 1).filter(({ key }) => key in config);
for (const { key, prefixes } of [machineRange(""), ...clusterRanges(none, maxWorkers + 1), ...keyed]) {
  test(`the description of ${key} names the prefixes that are accepted`, (t) => {
    const { description } = config[key]!;
    t.deepEqual(/\/(\d+) to \/(\d+)/.exec(description)?.slice(1).map(Number), [...prefixes], description);
  });
}
