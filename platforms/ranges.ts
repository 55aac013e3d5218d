/** IPv4 ranges on the user's machine: its routes, and whether two ranges meet. */
import ipaddr from "ipaddr.js";

export interface Route {
  readonly destination: string;
  /** Empty for a route that only refuses. */
  readonly device: string;
}

const kinds = "unicast|local|broadcast|multicast|anycast|nat|throw|unreachable|prohibit|blackhole";
const line = new RegExp(`^(?:(?:${kinds}) )?(\\d[\\d.]*(?:/\\d+)?)(?: .*?\\bdev (\\S+))?`);

/** What `ip -4 route show` prints, but for the default routes, which overlap everything. Pure. */
export function parseRoutes(text: string): Route[] {
  return text.split("\n").flatMap((route) => {
    const [, destination, device = ""] = line.exec(route) ?? [];
    return destination === undefined ? [] : [{ destination, device }];
  });
}

/** Whether two IPv4 ranges share an address; a lone address is a range of one. Pure. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  return a[0].match(b[0], Math.min(a[1], b[1]));
}

function range(text: string): [ipaddr.IPv4, number] {
  return ipaddr.IPv4.parseCIDR(text.includes("/") ? text : `${text}/32`);
}
