import { z } from "zod";

const balancers = z.array(
  z.object({ name: z.string(), policy: z.enum(["Cluster", "Local"]), addresses: z.array(z.ipv4()) }),
);
const announcers = z.array(z.object({ service: z.string(), node: z.string() }));

/** Services of type LoadBalancer, as nodes/observe/balancers.sh asks for them. */
export const parseBalancers = (text: string): z.infer<typeof balancers> => balancers.parse(JSON.parse(text));
/** Which node answers for the address of which Service, as MetalLB's speakers say of themselves. */
export const parseAnnouncers = (text: string): z.infer<typeof announcers> => announcers.parse(JSON.parse(text));
/** Ranges of addresses, FIRST-LAST each. */
export const parsePool = (text: string): string[] => z.array(z.string()).parse(JSON.parse(text));

/** MACs that answered `arping`, each once; its own form leaves out leading zeros. */
export function parseArping(text: string): string[] {
  const found = [...text.matchAll(/^Unicast reply from \S+ \[([0-9a-f:]+)\]/gim)].map(([, mac = ""]) =>
    mac
      .toLowerCase()
      .split(":")
      .map((octet) => octet.padStart(2, "0"))
      .join(":"),
  );
  return [...new Set(found)].toSorted();
}
