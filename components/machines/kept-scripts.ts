import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeWhole } from "../../bundle/tools.ts";
import { allScripts, scriptsFolder } from "../../nodes/script.ts";
import { connectionTo, Script } from "../script.ts";
import type { Machine } from "./machine.ts";

/**
 * The same machines, each with the scripts of nodes/ brought to it once. A step that brings its own has them in the state twice, and the state
 * is written whole before and after each step: what goes over by SFTP is there as a checksum.
 */
export function withScripts(name: string, machines: readonly Machine[]): readonly Machine[] {
  return new KeptScripts(name, machines).machines;
}

class KeptScripts extends pulumi.ComponentResource {
  readonly machines: readonly Machine[];

  constructor(name: string, machines: readonly Machine[]) {
    super("podnet:machines:Scripts", name);
    const all = allScripts();
    const SUM = createHash("sha256").update(all).digest("hex");
    const FILE = `/tmp/podnet-scripts-${SUM}.gz`;
    const source = new pulumi.asset.FileAsset(written(SUM, all));
    this.machines = machines.map((machine) => {
      const child = { parent: this, deletedWith: machine.resource };
      // Both again after each start: a machine that was rewound has the scripts of that time.
      const triggers = [machine.identity, ...(machine.start === undefined ? [] : [machine.start])];
      const copy = new remote.CopyToRemote(
        `${machine.name}-scripts-copy`,
        { connection: connectionTo(machine.shell), source, remotePath: FILE, triggers },
        child,
      );
      const scripts = new Script(
        `${machine.name}-scripts`,
        { machine, script: "host/scripts", params: { FILE, SUM, TO: scriptsFolder }, triggers },
        { ...child, dependsOn: [copy] },
      );
      return { ...machine, scripts: [scripts] };
    });
    this.registerOutputs();
  }
}

/** A file of the checkout's with that content, whose name it alone has: another update may be copying another, or this one. */
function written(sum: string, content: Buffer): string {
  const file = join(import.meta.dirname, "../../.lab/scripts", `${sum}.gz`);
  writeWhole(file, content);
  return file;
}
