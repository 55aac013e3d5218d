import { catalogue, faultNamed } from "../../faults/catalogue.ts";
import type { Carrier } from "../../evidence/backends.ts";
import { absentWith } from "../../faults/flows.ts";
import type { Config } from "./keys.ts";
import { nearest } from "./nearest.ts";
import type { NodeSettings } from "./nodes.ts";

/** A fault that the config declares: it is in as long as it stands there. */
export interface FaultSettings {
  /** Its name in the catalogue. */
  readonly name: string;
  /** Node, or pod as NAMESPACE/NAME. @default a pod of the lessons, and its node */
  readonly on?: string | undefined;
  /** The same at the other end. */
  readonly towards?: string | undefined;
}

/** Judges `faults`. What is wrong is added to `problems`. */
export function readFaults(
  { faults }: Pick<Config, "faults">,
  platform: string,
  backend: Carrier,
  nodes: readonly Pick<NodeSettings, "name">[],
  problems: string[],
): readonly FaultSettings[] {
  for (const [index, { name, ...places }] of faults.entries()) {
    const fault = faultNamed(name);
    if (fault === undefined) {
      const names = catalogue.map((one) => one.name);
      const meant = nearest(name, names);
      problems.push(
        `faults[${index}] "${name}" is no fault; ${meant === undefined ? "./lab faults lists them" : `did you mean ${meant}?`}`,
      );
    } else if (fault.only !== undefined && fault.only !== platform) {
      problems.push(`faults[${index}] "${name}" needs another kernel; it is for platform ${fault.only}`);
    } else if (absentWith(fault, backend) !== undefined) {
      problems.push(`faults[${index}] ${absentWith(fault, backend)}`);
    } else if (fault.atMost !== undefined) {
      problems.push(
        `faults[${index}] "${name}" stays ${fault.atMost / 60} minutes at most, and what the config declares stays; ./lab break ${name} puts it in`,
      );
    }
    for (const [key, word] of Object.entries(places)) {
      const known = nodes.map((node) => node.name);
      if (word !== undefined && !word.includes("/") && !known.includes(word))
        problems.push(
          `faults[${index}].${key} "${word}" is no node; write one of ${known.join(", ")}, or a pod as NAMESPACE/NAME`,
        );
    }
  }
  const twice = faults.find(
    (one, index) => faults.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) < index,
  );
  if (twice !== undefined) problems.push(`faults name "${twice.name}" twice at one place; leave one out`);
  return faults;
}
