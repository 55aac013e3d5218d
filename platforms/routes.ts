export interface HostRoute {
  readonly destination: string;
  /** Empty for a route that only refuses. */
  readonly device: string;
}

const kinds = "unicast|local|broadcast|multicast|anycast|nat|throw|unreachable|prohibit|blackhole";
const line = new RegExp(`^(?:(?:${kinds}) )?((?:[\\da-f]*:[\\da-f:]*|\\d[\\d.]*)(?:/\\d+)?)(?: .*?\\bdev (\\S+))?`);

/** The routes of the user's machine, as `ip -4 route show` and `ip -6 route show` print them, but for the default routes, which overlap everything. Pure. */
export function parseRoutes(text: string): HostRoute[] {
  return text.split("\n").flatMap((route) => {
    const [, destination, device = ""] = line.exec(route) ?? [];
    return destination === undefined ? [] : [{ destination, device }];
  });
}
