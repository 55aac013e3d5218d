import { local, remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type Choice, choiceEnvironment } from "../../bundle/choice.ts";
import { lessonImageKey } from "../../bundle/lesson-image.ts";
import { hostArch, type LessonImage, lessonImageRefs } from "../../bundle/versions.ts";
import { asCommand } from "../../nodes/script.ts";
import type { Machine } from "../machines/machine.ts";
import { connectionTo, Script } from "../script.ts";

export interface LessonImageArgs {
  readonly image: LessonImage;
  /** Those that get it. */
  readonly machines: readonly Machine[];
  /** Where it comes from. */
  readonly artifacts: Choice;
}

/** An image that comes with a lesson: made on the user's machine, and brought to the nodes, which are born without it. It goes with the lesson. */
export class LessonImages extends pulumi.ComponentResource {
  /** Its reference, known once every node has it. */
  readonly ref: pulumi.Output<string>;

  constructor(name: string, args: LessonImageArgs, opts: pulumi.ComponentResourceOptions) {
    const { image, machines, artifacts } = args;
    super("podnet:lessons:Image", name, { image }, opts);
    const child = { parent: this };
    const ref = lessonImageRefs[image];
    const FILE = `/tmp/podnet-${image}.tar`;
    const made = (of: string, arch: Machine["arch"]): local.Command =>
      new local.Command(
        of,
        {
          create: `node bundle/lesson-image.ts ${image}`,
          environment: { ARCH: arch ?? hostArch(), ...choiceEnvironment(artifacts) },
          triggers: [pulumi.output(arch ?? hostArch()).apply((known) => lessonImageKey(image, known, artifacts))],
          logging: "stderr",
          addPreviousOutputInEnv: false,
        },
        child,
      );
    const shared = machines.some(({ arch }) => arch === undefined) ? made(`${name}-made`, undefined) : undefined;
    const brought = machines.map((machine) => {
      const own = machine.arch === undefined ? shared : made(`${name}-made-${machine.name}`, machine.arch);
      if (own === undefined) throw new Error(`no image is made for ${machine.name}`);
      const copy = new remote.CopyToRemote(
        `${name}-copy-${machine.name}`,
        {
          connection: connectionTo(machine.shell),
          source: own.stdout.apply((path) => new pulumi.asset.FileAsset(path)),
          remotePath: FILE,
          triggers: [machine.identity, own.stdout],
        },
        { ...child, deletedWith: machine.resource },
      );
      return new Script(
        `${name}-import-${machine.name}`,
        {
          machine,
          script: "cluster/import",
          params: { FILE, IMAGE: ref },
          triggers: [own.stdout],
          undo: asCommand("cluster/unimport", { IMAGE: ref }),
        },
        // Another content has the same reference: what takes the old one away must not come after it.
        { ...child, dependsOn: [copy], deleteBeforeReplace: true },
      );
    });
    this.ref = pulumi.all(brought.map(({ stdout }) => stdout)).apply(() => ref);
    this.registerOutputs({ ref: this.ref });
  }
}
