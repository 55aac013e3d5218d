import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { digest } from "../bundle/artifact.ts";
import { type Given, invoke, parseResult, quote, type ScriptFile, type ScriptResult } from "../nodes/script.ts";

/** How to reach the shell of a machine: SSH with a key, the host key known beforehand. */
export interface Shell {
  /** Name or address to dial. */
  readonly host: pulumi.Input<string>;
  /** TCP port of sshd. */
  readonly port: pulumi.Input<number>;
  /** Login name. Scripts become root with sudo where it is not root. */
  readonly user: string;
  /** Private key, OpenSSH format; a secret. */
  readonly privateKey: pulumi.Input<string>;
  /** The machine's public host key, one line as in ssh_host_ed25519_key.pub; any other key ends the connection before a command runs. */
  readonly hostKey: pulumi.Input<string>;
}

/** What it takes to run something on a machine; which machine may be known only once the cluster has decided. */
export interface Reachable {
  readonly shell: Omit<Shell, "user"> & { readonly user: pulumi.Input<string> };
  readonly identity: pulumi.Input<string>;
  readonly resource: pulumi.Resource;
  /** Done when the machine keeps the scripts. @default it keeps none: each step brings what it runs */
  readonly scripts?: readonly pulumi.Resource[];
}

/** How the command plugin is told of a machine's shell. */
export function connectionTo({ host, port, user, privateKey, hostKey }: Reachable["shell"]) {
  // About two minutes of dialling: a machine may still be booting.
  return { host, port, user, privateKey: pulumi.secret(privateKey), hostKey, dialErrorLimit: 30, perDialTimeout: 15 };
}

interface Running<Name extends ScriptFile> {
  /** The machine that runs it. */
  readonly machine: Reachable;
  /** One of nodes/*.sh, by its name without the ending. */
  readonly script: Name;
  /** Made anew, and then the old one undone, when one of these changes, as well as when the machine does. */
  readonly triggers?: readonly pulumi.Input<unknown>[];
  /**
   * Run again in place when one of these changes, as well as when the script or its parameters do: for what needs no undoing, such as a look.
   * A replacement is five writes of the state, and the old one stays in it until the end; an update is two.
   */
  readonly again?: readonly pulumi.Input<unknown>[];
  /** A command line, for root, that takes back what the script did: it runs when the resource goes. @default nothing does */
  readonly undo?: pulumi.Input<string>;
  /** Standard output is a secret: kept out of logs, encrypted in the state. @default false */
  readonly secretOutput?: boolean;
}

/**
 * A script and what it is given, as nodes/script.ts has it: `params` are never secrets, since the process list shows them;
 * standard input is the way for those.
 */
export type ScriptArgs<Name extends ScriptFile> = Running<Name> &
  Given<Name, pulumi.Input<string | number>, pulumi.Input<string>>;

/**
 * A script run on a machine over SSH, once, and again when the machine, the script, its parameters or what it is told to mind change.
 * Progress goes to standard error and is shown live; the result is standard output.
 * A non-zero exit fails the update with machine, script and what was printed.
 */
export class Script<Name extends ScriptFile = ScriptFile> extends remote.Command {
  readonly #script: Name;

  constructor(name: string, args: ScriptArgs<Name>, opts: pulumi.CustomResourceOptions) {
    const { machine, script } = args;
    const invocation = pulumi
      .all([args.params ?? {}, machine.shell.user, args.stdin, pulumi.all([...(args.again ?? [])])])
      // The values are known now, and are otherwise what `args` was checked for.
      .apply(([params, user, stdin, again]) =>
        invoke(script, { params, stdin } as unknown as Given<Name>, user, {
          moment: again.length > 0 ? digest(again) : undefined,
          kept: machine.scripts !== undefined,
        }),
      );
    super(
      name,
      {
        connection: connectionTo(machine.shell),
        create: pulumi.unsecret(invocation.command),
        ...(args.undo !== undefined && {
          delete: pulumi
            .all([args.undo, machine.shell.user])
            .apply(([undo, user]) => `${user === "root" ? "" : "sudo -n "}bash -c ${quote(undo)}`),
        }),
        stdin: args.stdin === undefined ? invocation.stdin : pulumi.secret(invocation.stdin),
        triggers: [machine.identity, ...(args.triggers ?? [])],
        logging: args.secretOutput ? "none" : "stderr",
        addPreviousOutputInEnv: false,
      },
      pulumi.mergeOptions(opts, {
        deletedWith: opts.deletedWith ?? machine.resource,
        dependsOn: [...(machine.scripts ?? [])],
        additionalSecretOutputs: args.secretOutput ? ["stdout"] : [],
      }),
    );
    this.#script = script;
  }

  /** What the script prints, checked; unknown in a preview. Secret when the output is. */
  result(): pulumi.Output<ScriptResult<Name>> {
    return this.stdout.apply((text) => parseResult(this.#script, text));
  }
}
