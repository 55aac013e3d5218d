// A real lab that is broken, one thing at a time: exactly the claims that rest on it must fail, and hold again once it is mended.
// Its networks, names and addresses are not the defaults, so that the claims are seen to hold on those too. It does not
// prove that a learner finds the cause.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { askFaults, labFacts } from "../../cli/faults/lab.ts";
import { takeSnapshots } from "../../cli/faults/snapshots.ts";
import { withNodes } from "../../cli/trace/door.ts";
import { putIn } from "../../cli/verbs/break.ts";
import type { DiagnosisJson } from "../../cli/verbs/diagnose.ts";
import { takeAway } from "../../cli/verbs/heal.ts";
import type { Claim } from "../../evidence/claim.ts";
import { placeOf } from "../../evidence/journey/journey.ts";
import { faultNamed } from "../../faults/catalogue.ts";
import { changesBetween } from "../../faults/changed.ts";
import { diagnose } from "../../faults/diagnose.ts";
import { differences } from "../../faults/differences.ts";
import { place } from "../../faults/place.ts";
import { lastSeen, type Placed } from "../../faults/predict.ts";
import { podName, showing } from "../../faults/tell.ts";
import { contract } from "./contract.ts";
import { container, destroyAndRemove, inMachine, openStack, progress, root, run, trace, traces } from "./lab.ts";

const stackName = "live-faults";
const stack = await openStack(stackName, {
  platform: "local",
  workers: 2,
  machineCidr: "172.28.61.0/24",
  portBase: 32610,
  podCidr: "10.180.0.0/18",
  serviceCidr: "10.97.0.0/20",
});
for (const [index, name] of ["teacher", "left-bench", "right-bench"].entries()) {
  await stack.setConfig(`pod-networking-lab:nodeNames[${index}]`, { value: name }, true);
}

const read = async () =>
  contract
    .omit({ verification: true })
    .loose()
    .parse(Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value])));
const claims = async (): Promise<Claim[]> =>
  Object.values((await read()).scenarios).flatMap((scenario) => scenario.claims);

const pair = ["pod-to-pod-multi-node/mypod1", "pod-to-pod-multi-node/mypod2"] as const;

let round = 0;
/** Runs every check again; what the update said when it failed. */
async function verify(): Promise<string> {
  round += 1;
  await stack.setConfig("pod-networking-lab:verify", { value: `round ${round}` });
  try {
    await stack.up(progress);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The nodes of the two pods that talk across, and what belongs to the second. */
interface Bench {
  readonly here: string;
  readonly there: string;
  /** First address of the other node's pod CIDR, and that node's own address. */
  readonly subnet: string;
  readonly address: string;
}

async function bench(): Promise<Bench> {
  const { scenarios, nodes } = await read();
  const [first, second] = scenarios["pod-to-pod-multi-node"].pods;
  const there = second!.node;
  return {
    here: first!.node,
    there,
    subnet: `${second!.ip.split(".").slice(0, 3).join(".")}.0`,
    address: nodes.find(({ name }) => name === there)!.address,
  };
}

/** Claims that fail whenever the two nodes cannot talk through the overlay. */
const acrossNodes = /^pod-to-pod-multi-node\/(ping|loss|mtu-passes|no-translation|journey)\/|\/reach\//;
/** Where CoreDNS runs is the scheduler's choice. */
const undecided = /\/(dns|outside-name)\//;

interface Fault {
  readonly title: string;
  readonly node: "here" | "there";
  readonly break: (bench: Bench) => string;
  readonly mend: (bench: Bench) => string;
  /** The last hop of a trace between the two pods, the claims that explain it, the likeliest first, and a cause that it names there. */
  readonly loss: {
    readonly node: "here" | "there";
    readonly hop: string;
    readonly claims: readonly string[];
    readonly cause: Readonly<Record<string, string>>;
  };
  /** Whether a claim must fail. */
  readonly fails: (id: string, bench: Bench) => boolean;
}

const vtepMac = "bridge fdb show dev flannel.1 | awk -v to=ADDRESS '$3 == to { print $1 }'";
const faults: readonly Fault[] = [
  {
    title: "a deleted FDB entry",
    node: "here",
    break: ({ address }) =>
      `mac=$(${vtepMac.replace("ADDRESS", address)}); echo "$mac" >/run/fault; bridge fdb del "$mac" dev flannel.1 dst ${address}`,
    mend: ({ address }) => `bridge fdb append "$(cat /run/fault)" dev flannel.1 dst ${address}`,
    loss: {
      node: "here",
      hop: "flannel.1 out",
      claims: ["vtep-forwarding"],
      cause: { kind: "entry", what: "forwarding", device: "flannel.1" },
    },
    fails: (id, { here, there }) => acrossNodes.test(id) || id.endsWith(`/vtep-forwarding/${here}/${there}`),
  },
  {
    title: "flanneld stopped and its route gone",
    node: "here",
    break: ({ subnet }) => `pkill -STOP flanneld; ip route del ${subnet}/24`,
    loss: {
      node: "here",
      hop: "cni0 in",
      claims: ["route", "route-decision", "flannel-ready"],
      cause: { kind: "route", what: "elsewhere", table: "main" },
    },
    mend: ({ subnet }) => `ip route add ${subnet}/24 via ${subnet} dev flannel.1 onlink; pkill -CONT flanneld`,
    fails: (id, { here }) =>
      acrossNodes.test(id) ||
      id.endsWith(`/route/${here}`) ||
      id.endsWith(`/route-decision/${here}/mypod1/mypod2`) ||
      id.endsWith(`/flannel-ready/${here}`),
  },
];

test.before(async () => {
  await stack.destroy(progress);
  await stack.up(progress);
});
test.after.always(async () => {
  await destroyAndRemove(stack);
});

test.serial("every claim holds with names, networks and addresses of the user's own", async (t) => {
  t.deepEqual(
    (await claims()).filter(({ ok }) => !ok),
    [],
  );
});

for (const fault of faults) {
  test.serial(`${fault.title}: exactly the claims that rest on it fail, named with node and command`, async (t) => {
    const where = await bench();
    inMachine(stackName, where[fault.node], fault.break(where));
    const traced = trace(stackName, ...pair).result;
    const message = await verify();
    const all = await claims();
    inMachine(stackName, where[fault.node], fault.mend(where));
    t.is(traced.verdict, "lost");
    const last = traced.loss?.last;
    t.is(`${last?.machine} ${last?.interface} ${last?.direction}`, `${where[fault.loss.node]} ${fault.loss.hop}`);
    t.deepEqual(
      traced.loss?.failing.map(({ id }) => id.split("/")[1]),
      fault.loss.claims,
    );
    const { cause } = fault.loss;
    t.like(
      traced.loss?.why.causes.find(({ kind }) => kind === cause["kind"]),
      { ...cause, node: where[fault.loss.node] },
      JSON.stringify(traced.loss?.why),
    );
    t.deepEqual(traced.loss?.why.limits, []);
    // Nothing of the watch stays on the nodes.
    for (const node of [where.here, where.there])
      t.is(
        inMachine(stackName, node, "nft list tables | grep podnet_watch || true; ls /run/podnet | grep watch- || true"),
        "",
      );
    const decided = all.filter(({ id }) => !undecided.test(id));
    const failing = decided.filter(({ ok }) => !ok);
    t.deepEqual(
      failing.map(({ id }) => id).sort(),
      decided
        .map(({ id }) => id)
        .filter((id) => fault.fails(id, where))
        .sort(),
    );
    for (const { id, node, command } of failing) {
      t.true(message.includes(`${id}:`), id);
      t.true(message.includes(node) && message.includes(command.split("\n")[0] ?? ""), id);
    }
  });
}

/** Eight of the catalogue, in three rounds: what fails together is the union of what each makes fail. The first of a round is traced. */
const sample = [
  ["vtep-neighbour-wrong", "address-pool-full", "pod-mtu-large"],
  ["vxlan-port-closed", "bridge-netfilter-off", "no-masquerade"],
  ["vtep-mtu-small", "cni-config-gone"],
] as const;

for (const names of sample)
  test.serial(
    `${names.join(", ")}: exactly what they must break fails, the diagnosis names them, and healing is exact`,
    async (t) => {
      await withNodes(stackName, async (run, results) => {
        const lab = labFacts(stackName, results);
        const placed = names.map((name): Placed => {
          const fault = faultNamed(name)!;
          return { fault, target: place(fault, lab) };
        });
        const before = await takeSnapshots(run, results, lab);
        // With an end, which is far away: healing takes its timer along.
        for (const { fault } of placed) await putIn(run, results, { stack: stackName, fault, by: "hand", for: 3600 });
        const shows = showing(placed, lab);
        const traced =
          shows && trace(stackName, podName(shows.from), podName(shows.to), "--proto", shows.protocol).result;
        t.is(await verify(), "", "an update expects exactly these claims to fail");
        const all = await claims();
        const inNow = await askFaults(run, results);
        const timers = (): string =>
          lab.nodes
            .map(({ name }) => inMachine(stackName, name, "systemctl list-timers --no-legend 'podnet-heal-*'"))
            .join("");
        const waiting = timers();
        for (const { fault } of inNow) t.true(waiting.includes(`podnet-heal-${fault}.timer`), waiting);
        // Twice: the second time there is nothing left to do.
        await takeAway(run, results, inNow);
        await takeAway(run, results, inNow);
        t.deepEqual(changesBetween(before, await takeSnapshots(run, results, lab)), []);
        t.is(timers().trim(), "");
        t.deepEqual(
          inNow
            .filter(({ seen }) => seen)
            .map(({ name }) => name)
            .toSorted(),
          [...names].toSorted(),
        );
        t.is(differences(all, placed, lab), undefined);
        const named = diagnose(all, lab).explanations.map(({ faults }) =>
          faults.map(({ fault }) => fault.name).toSorted(),
        );
        t.deepEqual(
          named.slice(0, 2).find((one) => one.join() === [...names].toSorted().join()),
          [...names].toSorted(),
          JSON.stringify(named.slice(0, 5)),
        );
        if (shows !== undefined && traced !== undefined) {
          const last = traced.loss?.last;
          t.is(traced.verdict, "lost");
          t.is(
            last && `${placeOf(last)} ${last.direction}`,
            lastSeen(shows.from, shows.to, shows.protocol, placed)?.place,
          );
          t.true(
            traced.loss?.why.causes.some(({ kind }) => kind === placed[0]?.fault.cause),
            JSON.stringify(traced.loss?.why),
          );
        }
      });
    },
  );

test.serial("a name of the outside that only the node finds fails the claims of its pods", async (t) => {
  const { here } = await bench();
  // Another answer than the real one, so that the two differ where there is an outside, too.
  inMachine(stackName, here, "cp /etc/hosts /run/fault; echo '192.0.2.53 a.root-servers.net.' >>/etc/hosts");
  const message = await verify();
  const asked = (await claims()).filter(({ kind, node }) => kind === "outside-name" && node === here);
  inMachine(stackName, here, "cat /run/fault >/etc/hosts");
  t.true(asked.length > 0);
  for (const { id, ok, expected } of asked) {
    t.false(ok, id);
    t.is(expected, `a.root-servers.net is 192.0.2.53, as on ${here}`);
    t.true(message.includes(`${id}:`), id);
  }
});

for (const [proto, answer] of [
  ["icmp", "ICMP echo reply"],
  ["udp", "UDP datagram"],
  ["tcp", "TCP SYN, ACK"],
] as const) {
  test.serial(`a trace by ${proto} shows all hops there and back, between nodes and on one`, async (t) => {
    await pause(proto === "icmp" ? 2000 : 0);
    const across = trace(stackName, ...pair, "--proto", proto);
    t.is(across.code, 0, JSON.stringify(across.result));
    t.is(across.result.hops.length, 16);
    t.is(across.result.hops.at(-1)?.kind, answer);
    const near = trace(
      stackName,
      "pod-to-pod-single-node/mypod1",
      "pod-to-pod-single-node/mypod2",
      "--proto",
      proto,
    ).result;
    t.deepEqual(
      near.hops.map(({ interface: device }) => device.replace(/^veth.*/, "veth")),
      ["veth", "cni0", "veth", "veth", "cni0", "veth"],
    );
  });
}

test.serial(
  "a packet whose address is translated is followed to its end and back, and the rule is named",
  async (t) => {
    const { here } = await bench();
    const rule = "POSTROUTING -s 10.180.0.0/18 -o flannel.1 -j MASQUERADE";
    inMachine(stackName, here, `iptables -w -t nat -I ${rule}`);
    const { result } = trace(stackName, ...pair);
    inMachine(stackName, here, `iptables -w -t nat -D ${rule}`);
    t.is(result.verdict, "answered");
    t.is(result.hops.length, 16);
    const change = result.translations?.find(({ leg }) => leg === "request");
    t.like(change, { machine: here, what: "source", was: result.from.ip, rule: { table: "nat", rule: `-A ${rule}` } });
  },
);

test.serial("a port where nothing listens is told from a packet that gets lost", (t) => {
  for (const [proto, kind] of [
    ["udp", "ICMP destination unreachable (port)"],
    ["tcp", "TCP RST, ACK"],
  ] as const) {
    const { result, code } = trace(stackName, ...pair, "--proto", proto, "--port", "4");
    t.is(code, 1);
    t.is(result.verdict, "refused");
    t.is(result.hops.at(-1)?.kind, kind);
    t.is(result.hops.length, 16);
  }
});

const main = ["--disable-warning=ExperimentalWarning", join(root, "cli/main.ts")];
/** What `./lab` prints. */
const lab = (...words: readonly string[]): string => run(process.execPath, ...main, ...words, "-s", stackName);

test.serial(
  "the verbs that docs print: captures, a trace kept for Wireshark, and break, faults, diagnose and heal",
  (t) => {
    const directory = mkdtempSync(join(tmpdir(), "podnet-verbs-"));
    const tcpdump = ["exec", "--interactive", container(stackName, "teacher"), "tcpdump", "-n", "-r", "-"];
    const packets = (file: string): number =>
      execFileSync("docker", tcpdump, { input: readFileSync(file), stdio: "pipe" })
        .toString()
        .split("\n")
        .filter(Boolean).length;
    try {
      const written = lab("captures", "--directory", directory).trim().split("\n");
      t.deepEqual(written.map((file) => basename(file)).toSorted(), [
        "pod-to-pod-multi-node.pcapng",
        "pod-to-pod-single-node.pcapng",
      ]);
      for (const file of written) t.true(packets(file) > 0, file);
      const kept = join(directory, "packet.pcapng");
      lab("trace", ...pair, "--pcap", kept);
      // Seen at each of the hops there and back.
      t.true(packets(kept) >= 16);
      lab("break", "no-masquerade");
      t.regex(lab("faults"), /no-masquerade.* since /);
      // It fails while anything does, so this is not `lab`.
      const { status, stdout } = spawnSync(process.execPath, [...main, "diagnose", "--json", "-s", stackName]);
      t.is(status, 1);
      const { explanations } = JSON.parse(stdout.toString()) as DiagnosisJson;
      t.is(explanations[0]?.faults[0]?.name, "no-masquerade");
      lab("heal");
      t.notRegex(lab("faults"), / since /);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

test.serial("mended, frozen and let go on, every claim holds again", async (t) => {
  lab("pause");
  t.regex(
    run("docker", "ps", "--filter=status=paused", "--format={{.Names}}"),
    new RegExp(`podnet-${stackName}-teacher`),
  );
  lab("resume");
  t.is(await verify(), "");
  t.deepEqual(
    (await claims()).filter(({ ok }) => !ok),
    [],
  );
});

test.serial("a lab that is frozen is destroyed as it is, and leaves nothing", (t) => {
  lab("pause");
  lab("destroy");
  t.deepEqual(traces(stackName), []);
});
