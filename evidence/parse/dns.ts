import { z } from "zod";

const replicas = z.array(z.object({ name: z.string(), node: z.string(), ip: z.ipv4() }));
const service = z.object({
  address: z.string(),
  ports: z.array(z.object({ protocol: z.string(), port: z.int() })),
});

export type DnsReplica = z.infer<typeof replicas>[number];

/** The CoreDNS pods, as nodes/observe/dns-server.sh asks for them. */
export const parseReplicas = (text: string): DnsReplica[] => replicas.parse(JSON.parse(text));

/** Address and PORT/PROTOCOL of the cluster's DNS Service, as nodes/observe/dns-server.sh asks for it. */
export function parseDnsService(text: string): { readonly address: string; readonly ports: readonly string[] } {
  const { address, ports } = service.parse(JSON.parse(text));
  return { address, ports: ports.map(({ port, protocol }) => `${port}/${protocol}`) };
}

export interface ResolvConf {
  readonly nameservers: readonly string[];
  /** Domains, in the order in which they are tried. */
  readonly search: readonly string[];
  /** A name with fewer dots is looked for in the search domains first. */
  readonly ndots: number;
}

export function parseResolvConf(text: string): ResolvConf {
  const words = text.split("\n").map((line) => line.trim().split(/\s+/));
  const of = (key: string): string[][] => words.filter(([first]) => first === key).map(([, ...rest]) => rest);
  const options = of("options").flat();
  return {
    nameservers: of("nameserver").flat(),
    // The last line counts, as in resolv.conf(5).
    search: of("search").at(-1) ?? [],
    ndots: Number(options.findLast((option) => option.startsWith("ndots:"))?.slice("ndots:".length) ?? 1),
  };
}

export interface Question {
  /** Without the dot at its end. */
  readonly name: string;
  /** Address of whom it was put to. */
  readonly server: string;
  /** The first address of the answer, "NXDomain", or another word of tcpdump's; absent where no answer was seen. */
  readonly answer?: string;
}

/** The questions for an IPv4 address in what `tcpdump -n` prints, in order, each once however often it was sent, with its answer. */
export function parseQuestions(text: string): Question[] {
  const asked = new Map<string, Question>();
  for (const line of text.split("\n")) {
    const question = /IP (\S+) > (\S+)\.53: (\d+)\S* (?:\[\S+\] )?A\? (\S+)\. \(/.exec(line);
    if (question !== null) {
      const [, from = "", server = "", id = "", name = ""] = question;
      const key = `${from} ${id}`;
      if (!asked.has(key)) asked.set(key, { name, server });
      continue;
    }
    const reply = /IP \S+\.53 > ([^:\s]+): (\d+)(.*)$/.exec(line);
    const key = `${reply?.[1]} ${reply?.[2]}`;
    const question4 = asked.get(key);
    if (reply === null || question4 === undefined) continue;
    const said = reply[3] ?? "";
    const answer = / A ([\d.]+)/.exec(said)?.[1] ?? /^ ([A-Z]\w+)/.exec(said)?.[1] ?? "nothing";
    asked.set(key, { ...question4, answer });
  }
  return [...asked.values()];
}

/** What `nslookup` was told: addresses, names, or "PRIORITY WEIGHT PORT NAME" of servers, in order; without the dots that end some names. */
export function parseLookup(text: string): string[] {
  // The first lines are about the server that was asked.
  const [, ...answers] = text.split(/^\s*$/m);
  const lines = answers.join("\n").split("\n");
  return lines
    .flatMap((line) => {
      const found = /^Address(?: \d+)?:\s*(\S+)/.exec(line) ?? /\t(?:service|name) = (.+)$/.exec(line);
      return found?.[1] === undefined ? [] : [found[1].trim().replace(/\.$/, "")];
    })
    .toSorted();
}

/** Whether `nslookup` was told that there is no such name. */
export const saysNoSuchName = (text: string): boolean => /server can't find \S+: NXDOMAIN/.test(text);
