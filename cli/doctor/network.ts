import { connect } from "node:net";
import { execa } from "execa";
import { type HostRoute, parseRoutes } from "../../platforms/routes.ts";

/** IPv4 routes of this host but the default one, which overlaps everything; none where `ip` is missing. */
export async function hostRoutes(): Promise<HostRoute[]> {
  const { stdout, exitCode } = await execa("ip", ["-4", "route", "show"], { reject: false, stdin: "ignore" });
  return exitCode === 0 ? parseRoutes(stdout) : [];
}

/** Those of the lab's ten ports on 127.0.0.1 where something answers. */
export async function busyPorts(first: number): Promise<number[]> {
  const ports = Array.from({ length: 10 }, (_, index) => first + index);
  const busy = await Promise.all(ports.map(answers));
  return ports.filter((_, index) => busy[index]);
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
    socket.setTimeout(500, () => end(false));
  });
}
