import { local } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/**
 * A lab's identity: an id of its own, made once and kept in the state. Everything that the lab makes or claims carries it, so that another
 * clone's lab is told from this one even where both stacks have the same name.
 */
export class Lab extends local.Command {
  /** `NAME-` and eight hex digits. */
  readonly labId: pulumi.Output<string>;
  /** What the stack was called when the lab was first made, and part of what its things are called. A renamed stack is the same lab. */
  readonly labName: pulumi.Output<string>;

  constructor(name: string, stack: string, opts: pulumi.CustomResourceOptions) {
    super(
      name,
      {
        create: `node -p 'process.env.STACK + "-" + crypto.randomUUID().slice(0, 8)'`,
        // Once made it stays, whatever the stack is called later.
        update: `printf %s "$PULUMI_COMMAND_STDOUT"`,
        environment: { STACK: stack },
      },
      opts,
    );
    this.labId = this.stdout;
    this.labName = this.stdout.apply((id) => id.slice(0, id.lastIndexOf("-")));
  }
}
