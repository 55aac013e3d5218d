import { z } from "zod";

/** What one run of iperf3 from pod to pod came to. */
export interface Stream {
  /** Bits a second that arrived. */
  readonly rate: number;
  /** Gigabits that arrived. */
  readonly gigabits: number;
  /** Of the datagrams that were sent so many percent did not arrive. @default TCP: what is lost is sent again */
  readonly lost?: number;
}

const received = z.object({ bytes: z.number(), bits_per_second: z.number(), lost_percent: z.number().optional() });
const printed = z.object({
  error: z.string().optional(),
  end: z.object({ sum_received: received.optional() }).optional(),
});

/** `iperf3 --client ... --json`. @throws Error with iperf3's own words where nothing was measured */
export function parseStream(text: string): Stream {
  const { error, end } = printed.parse(JSON.parse(text));
  if (error !== undefined) throw new Error(`iperf3: ${error}`);
  const sum = end?.sum_received;
  if (sum === undefined || sum.bytes === 0) throw new Error("iperf3 says of no byte that it arrived");
  return {
    rate: sum.bits_per_second,
    gigabits: (sum.bytes * 8) / 1e9,
    ...(sum.lost_percent !== undefined && { lost: sum.lost_percent }),
  };
}
