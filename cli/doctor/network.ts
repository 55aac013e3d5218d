import { connect } from "node:net";
import { execa } from "execa";
import ipaddr from "ipaddr.js";
import { z } from "zod";

export interface Route {
  readonly destination: string;
  readonly device: string;
}

const routeList = z.array(z.looseObject({ dst: z.string(), dev: z.string().optional() }));

/** IPv4 routes of this host but the default one, which overlaps everything; none where `ip` is missing. */
export async function hostRoutes(): Promise<Route[]> {
  const { stdout, exitCode } = await execa("ip", ["-j", "-4", "route"], { reject: false, stdin: "ignore" });
  return exitCode === 0 ? parseRoutes(stdout) : [];
}

export function parseRoutes(json: string): Route[] {
  return routeList
    .parse(JSON.parse(json))
    .filter(({ dst }) => dst !== "default")
    .map(({ dst, dev = "" }) => ({ destination: dst, device: dev }));
}

/** Whether two IPv4 ranges share an address; a lone address is a range of one. Pure. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  return a[0].match(b[0], Math.min(a[1], b[1]));
}

function range(text: string): [ipaddr.IPv4, number] {
  return ipaddr.IPv4.parseCIDR(text.includes("/") ? text : `${text}/32`);
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
