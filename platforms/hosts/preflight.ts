/**
 * Looks at all hosts before anything is changed on any; every problem of all of them in one go.
 *
 * Environment: LAB, POD_CIDR, SERVICE_CIDR, POD_CIDR6 and SERVICE_CIDR6 (where the lab has both address families), FLANNEL_PORT (where it is another
 * than VXLAN's own; none or bare where flannel sends no datagrams). Standard input: the hosts (access.ts), as a list.
 */
import { shortened } from "../../evidence/cidr.ts";
import { main } from "../../bundle/program.ts";
import { invoke } from "../../nodes/script.ts";
import { type HostAccess, readHosts } from "./access.ts";
import { brought } from "./brings.ts";
import {
  closedWay,
  parseFacts,
  type Intent,
  type Port,
  portsOf,
  portsOf6,
  problemsBetween,
  problemsOf,
  type Seen,
} from "./judge.ts";
import { nameOf, withSession, wordsOf } from "./ssh.ts";

type Looked = Seen & { readonly host: HostAccess };

async function look(host: HostAccess, hosts: readonly HostAccess[], dual: boolean): Promise<Looked> {
  const peers = hosts.filter((other) => other !== host).map(({ privateAddress, port }) => `${privateAddress}:${port}`);
  const params = {
    BRINGS: brought.join(" "),
    PEERS: peers.join(" "),
    ...(dual && { BESIDE: host.privateAddress }),
  };
  const ended = await withSession(host, (session) => session.run("host/preflight", { params }, { patience: 120 }));
  if (ended.code === 0) return { host, facts: parseFacts(ended.stdout) };
  const sudo = /^sudo:/m.test(ended.stderr) || (host.user !== "root" && ended.code === 127);
  throw new Error(
    sudo
      ? `${nameOf(host)} does not let user "${host.user}" use sudo without a password; on it: echo '${host.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${host.user}, or log in as root`
      : `${nameOf(host)} cannot be looked at: ${wordsOf(ended)}`,
  );
}

interface Answering {
  readonly host: HostAccess;
  /** The ports, with the host's addresses, on which it answers: those that nothing else uses there. */
  readonly peers: readonly string[];
  readonly hangUp: () => Promise<unknown>;
}

/** Lets a host answer on the ports that the others will need, until it is hung up. */
async function answer({ host, facts }: Looked, port?: Port): Promise<Answering> {
  const { privateAddress: ADDRESS, role } = host;
  const ADDRESS6 = facts.one("address6");
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  const invocation = invoke(
    "host/answer",
    {
      params: {
        ADDRESS,
        PORTS: portsOf(role, port).join(" "),
        ...(ADDRESS6 !== undefined && { ADDRESS6: shortened(ADDRESS6), PORTS6: portsOf6(port).join(" ") }),
      },
      stdin: "",
    },
    host.user,
  );
  let hangUp = (): void => undefined;
  const ended = withSession(host, (session) => {
    const onOutput = (stdout: string): void => {
      if (stdout.endsWith("listening\n")) resolve(stdout);
    };
    return session.exchange(invocation, { patience: 90, onOutput }, (channel) => {
      channel.write(invocation.stdin);
      hangUp = () => void channel.end();
    });
  });
  ended.then(
    (end) =>
      reject(new Error(`${nameOf(host)} cannot listen on the ports that the other hosts are to try: ${wordsOf(end)}`)),
    reject,
  );
  return {
    host,
    peers: (await listening).split("\n").filter((line) => line.includes("/")),
    async hangUp() {
      hangUp();
      await ended;
    },
  };
}

async function ask(host: HostAccess, peers: readonly string[], port?: Port): Promise<string[]> {
  if (peers.length === 0) return [];
  const params = { PEERS: peers.join(" ") };
  const ended = await withSession(host, (session) => session.run("host/ask", { params }, { patience: 60 }));
  if (ended.code !== 0) return [`${nameOf(host)} cannot ask the other hosts: ${wordsOf(ended)}`];
  const closed = ended.stdout.split("\n").filter((line) => line !== "");
  return closed.map((peer) => `${nameOf(host)} ${closedWay(peer, port)}`);
}

/** What keeps the hosts from reaching each other: each answers for a moment while the others ask. */
async function ways(seen: readonly Looked[], port?: Port): Promise<string[]> {
  const tried = await Promise.allSettled(seen.map((one) => answer(one, port)));
  const answering = tried.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  try {
    const refused = tried.flatMap((result) => (result.status === "rejected" ? [reason(result.reason)] : []));
    if (refused.length > 0) return refused;
    const asked = seen.map(({ host }) => {
      const others = answering.filter((one) => one.host !== host);
      return ask(
        host,
        others.flatMap(({ peers }) => peers),
        port,
      );
    });
    return (await Promise.all(asked)).flat();
  } finally {
    await Promise.allSettled(answering.map(({ hangUp }) => hangUp()));
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main(import.meta, async () => {
  const {
    LAB: lab = "",
    POD_CIDR: podCidr = "",
    SERVICE_CIDR: serviceCidr = "",
    FLANNEL_PORT,
    KERNEL_MODULE,
  } = process.env;
  const port =
    FLANNEL_PORT === undefined || FLANNEL_PORT === "none" || FLANNEL_PORT === "bare"
      ? FLANNEL_PORT
      : Number(FLANNEL_PORT);
  const { POD_CIDR6, SERVICE_CIDR6 } = process.env;
  const second =
    POD_CIDR6 !== undefined && SERVICE_CIDR6 !== undefined
      ? { podCidr: POD_CIDR6, serviceCidr: SERVICE_CIDR6 }
      : undefined;
  const intent: Intent = {
    lab,
    podCidr,
    serviceCidr,
    ...(port !== undefined && { port }),
    ...(KERNEL_MODULE !== undefined && { module: KERNEL_MODULE }),
    ...(second !== undefined && { second }),
  };
  const hosts = await readHosts();
  const results = await Promise.allSettled(hosts.map((host) => look(host, hosts, second !== undefined)));
  const seen = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const problems = [
    ...results.flatMap((result) => (result.status === "rejected" ? [reason(result.reason)] : [])),
    ...seen.flatMap((one) => problemsOf(one, intent).map((text) => `${nameOf(one.host)} ${text}`)),
    ...problemsBetween(seen),
  ];
  // Only hosts that are fit otherwise are asked to answer.
  if (problems.length === 0) problems.push(...(await ways(seen, port)));
  if (problems.length > 0) {
    throw new Error(
      ["hosts cannot be used as they are; nothing was changed on any:", ...problems.map((text) => `  - ${text}`)].join(
        "\n",
      ),
    );
  }
});
