import { z } from "zod";

const service = z.object({ address: z.ipv4(), port: z.int(), made: z.iso.datetime() });
const started = z.array(z.object({ name: z.string(), started: z.iso.datetime() }));

/** The database's Service, as nodes/observe/discovery.sh asks for it. */
export const parseMade = (text: string): z.infer<typeof service> => service.parse(JSON.parse(text));

/** When the container of that pod was started. @throws Error when it is not listed */
export function parseStarted(text: string, pod: string): string {
  const found = started.parse(JSON.parse(text)).find(({ name }) => name === pod);
  if (found === undefined) throw new Error(`the API server lists no pod ${pod} with a container that runs`);
  return found.started;
}

/** NAME=VALUE lines. */
export function parseVariables(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}
