import { connect } from "node:net";
import { basename, join, sep } from "node:path";
import { listProcesses } from "../../bundle/process.ts";
import { pulumiHome } from "../paths.ts";
import { say } from "../view/say.ts";

/**
 * Ends the plugins that an engine which was killed has left. The lab's own end with their engine. Official ones ask it every five minutes whether it is there,
 * and mean to end where it is not; but what that cancels (`MainContext` in pulumi's pkg/resource/provider, v3.215) nobody waits for, and they stay.
 */
export async function endLeftPlugins(home = pulumiHome): Promise<void> {
  for (const { pid, name, engine } of pluginsOf(home)) {
    if (await answers(engine)) continue;
    try {
      process.kill(pid);
      say(`Ended ${name}, which an earlier run that was killed had left (process ${pid}).`);
    } catch {
      // It has ended meanwhile, or is another user's.
    }
  }
}

interface Plugin {
  readonly pid: number;
  readonly name: string;
  /** Port on 127.0.0.1 of the engine that started it, which it was given. */
  readonly engine: number;
}

/** Those that were started from this PULUMI_HOME, by their command lines. */
export function pluginsOf(home: string, proc = "/proc"): readonly Plugin[] {
  return listProcesses(proc).flatMap(({ pid, args: [file = "", ...args] }): Plugin[] => {
    const [, port] = /^127\.0\.0\.1:(\d+)$/.exec(args.at(-1) ?? "") ?? [];
    if (port === undefined || !file.startsWith(join(home, "plugins") + sep)) return [];
    return [{ pid, name: basename(file), engine: Number(port) }];
  });
}

/** Whether anything listens there: an engine does as long as it is. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (there: boolean): void => {
      socket.destroy();
      resolve(there);
    };
    socket.once("connect", () => end(true));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => end(code !== "ECONNREFUSED"));
  });
}
