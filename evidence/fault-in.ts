import { z } from "zod";

/** A fault that was put into a lab on purpose, as the node that it was put into tells of it. */
export const faultIn = z.object({
  fault: z
    .string()
    .describe("Its name on the node: that of the catalogue, or one that tells nothing where it is hidden."),
  name: z.string().describe("Its name in the catalogue."),
  params: z.record(z.string(), z.string()).describe("Where it was put in: node, peer, pod, other."),
  by: z.enum(["hand", "config", "exercise"]).describe("./lab break, the config key faults, or ./lab exercise."),
  hidden: z.boolean().describe("Whoever looks for it shall not be told what it is."),
  since: z.iso.datetime(),
  until: z.iso.datetime().nullable().describe("When it heals by itself; null: it does not."),
  seen: z.boolean().describe("It can still be seen on the node: neither a restart nor somebody's hand has mended it."),
});
export type FaultIn = Readonly<z.infer<typeof faultIn>>;
