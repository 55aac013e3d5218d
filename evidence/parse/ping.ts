export interface Ping {
  readonly sent: number;
  readonly received: number;
  /** TTL of each reply on arrival. */
  readonly ttls: readonly number[];
  /** What the kernel or a router said instead, such as "message too long, mtu=1450". */
  readonly complaints: readonly string[];
}

/** Output of iputils ping. @throws Error when it has no summary */
export function parsePing(text: string): Ping {
  const summary = /\b(\d+) packets transmitted, (\d+)(?: packets)? received/.exec(text);
  if (summary === null) throw new Error(`not a ping: ${text.trim() || "an empty output"}`);
  return {
    sent: Number(summary[1]),
    received: Number(summary[2]),
    ttls: [...text.matchAll(/\bttl=(\d+)/g)].map(([, ttl]) => Number(ttl)),
    complaints: text
      .split("\n")
      .filter((line) => /unreachable|too long|too big|frag needed|exceeded|prohibited/i.test(line))
      .map((line) => line.trim()),
  };
}

/** Microseconds of each round trip that a ping shows, in the order of the answers. Pure. */
export const parseRoundTrips = (text: string): readonly number[] =>
  [...text.matchAll(/\btime=([\d.]+) ms/g)].map(([, time]) => Math.round(Number(time) * 1000));
