// Proves what `./lab list` and the end of `./lab destroy` say of what was found; not that docker or Pulumi print it so (tests/live does).
import test from "ava";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { labels, type Look, type Held, withOwners } from "../../cli/stack/in-engine.ts";
import { labOf } from "../../cli/stack/lab-state.ts";
import { type Remains, whatIsLeft } from "../../cli/verbs/destroy.ts";
import { type Known, labsOf, render } from "../../cli/verbs/list.ts";

const here = "/home/me/lab";
const thing = (kind: Held["kind"], name: string, more: Partial<Held> = {}): Held => ({
  kind,
  name,
  id: `id of ${name}`,
  stack: "dev",
  lab: "dev-01",
  checkout: here,
  state: kind === "container" ? "running" : "",
  ...more,
});
const look = (...held: readonly Held[]): Look => ({ looked: true, held: withOwners(held) });
const known = (more: Partial<Known> = {}): Known => ({
  stack: "dev",
  platform: "local",
  id: "dev-01",
  nodes: ["k8s-master"],
  hosts: [],
  instances: [],
  machines: [],
  made: true,
  resources: 80,
  ...more,
});

test("two clones' labs of one name are two labs, each with its checkout, machines and state", (t) => {
  const theirs = { lab: "dev-02", checkout: "/home/you/lab" };
  const found = look(
    thing("container", "podnet-dev-k8s-worker10"),
    thing("container", "podnet-dev-k8s-worker2"),
    thing("container", "podnet-dev-k8s-worker1", { state: "paused" }),
    thing("container", "podnet-dev-k8s-master"),
    thing("network", "podnet-dev"),
    thing("container", "podnet-dev-other", { ...theirs, state: "exited" }),
  );
  const [mine, yours] = labsOf(found, [], [known()], here);
  t.like(mine, { stack: "dev", id: "dev-01", checkout: here, platform: "local", state: "partly" });
  t.deepEqual(mine?.machines, [
    { name: "k8s-master", state: "running" },
    { name: "k8s-worker1", state: "paused" },
    { name: "k8s-worker2", state: "running" },
    { name: "k8s-worker10", state: "running" },
  ]);
  t.like(yours, { stack: "dev", id: "dev-02", checkout: "/home/you/lab", state: "stopped" });
});

test("a lab whose machines are all frozen is paused, containers and VMs alike", (t) => {
  const frozen = look(thing("container", "podnet-dev-k8s-master", { state: "paused" }));
  t.like(labsOf(frozen, [], [], here)[0], { state: "paused", machines: [{ name: "k8s-master", state: "paused" }] });
  const vm = (more: object) => ({
    stack: "v",
    machines: [
      { name: "m", running: true, frozen: true },
      { name: "w", running: true, ...more },
    ],
  });
  t.like(labsOf(look(), [vm({ frozen: true })], [], here)[0], { state: "paused" });
  t.like(labsOf(look(), [vm({})], [], here)[0], { state: "partly" });
});

test("a lab's checkpoints are listed with it, with the size of those that could be looked into", (t) => {
  const names = ["podnet-dev-k8s-master-var", "podnet-dev-checkpoint-begin", "podnet-dev-checkpoint-end"];
  const volumes = names.map((name) => thing("volume", name));
  const sizes = new Map([["podnet-dev-checkpoint-begin", 171e6]]);
  const labs = labsOf(look(thing("container", "podnet-dev-k8s-master"), ...volumes), [], [], here, sizes);
  t.deepEqual(labs[0]?.checkpoints, [{ name: "begin", bytes: 171e6 }, { name: "end" }]);
  const vms = { stack: "v", machines: [{ name: "m", running: true }], checkpoints: [{ name: "begin", bytes: 5e6 }] };
  t.is(render(labsOf(look(), [vms], [], here), here).at(-1), 'Checkpoints of "v": begin (5.0 MB)');
  t.is(render(labs, here).at(-1), 'Checkpoints of "dev": begin (171 MB), end');
});

test("a renamed stack is the same lab, under its new name", (t) => {
  const labs = labsOf(look(thing("container", "podnet-dev-k8s-master")), [], [known({ stack: "new" })], here);
  t.is(labs.length, 1);
  t.like(labs[0], { stack: "new", id: "dev-01", state: "running" });
});

test("a lab of an earlier version is listed once; its checkout is known where this one's state has it", (t) => {
  const old = { lab: "", checkout: "" };
  const found = look(
    thing("container", "podnet-dev-k8s-master", old),
    thing("volume", "podnet-dev-k8s-master-var", old),
    thing("network", "podnet-dev", old),
  );
  t.like(labsOf(found, [], [], here)[0], { id: null, checkout: null });
  const [lab, ...more] = labsOf(found, [], [known({ id: undefined })], here);
  t.like(lab, { checkout: here, state: "running" });
  t.is(more.length, 0);
  const taken = labsOf(
    look(...found.held.map((one) => (one.kind === "container" ? { ...one, lab: "dev-01" } : one))),
    [],
    [known()],
    here,
  );
  t.is(taken.length, 1, "a volume goes with its machine");
});

test("virtual machines, hosts elsewhere, and a lab whose machines are gone are listed too; without docker it is said", (t) => {
  const vm = { stack: "vm", id: "vm-01", checkout: "/home/you/lab", machines: [{ name: "k8s-master", running: true }] };
  const states = [known(), known({ stack: "hosts", platform: "hosts", id: "hosts-01" })];
  t.deepEqual(
    labsOf(look(), [vm], states, here).map(({ stack, state }) => [stack, state]),
    [
      ["dev", "gone"],
      ["hosts", "elsewhere"],
      ["vm", "running"],
    ],
  );
  t.is(labsOf({ looked: false, held: [] }, [], [known()], here)[0]?.state, "unknown");
  t.regex(render([], here)[0] ?? "", /There is no lab on this machine/);
  t.regex(render(labsOf(look(), [vm], [], here), here)[1] ?? "", /^vm +vm +running +k8s-master +\/home\/you\/lab$/);
});

const remains = (more: Partial<Remains> = {}): Remains => ({
  stack: "dev",
  id: "dev-01",
  look: look(),
  vms: [],
  abandoned: [],
  platform: "local",
  ...more,
});

test("nothing is left only where somebody looked", (t) => {
  t.deepEqual(whatIsLeft(remains()), { ours: [], others: [] });
  const [line = ""] = whatIsLeft(remains({ look: { looked: false, held: [] } })).ours;
  t.regex(line, /docker does not answer: whether it holds anything of the lab is not known/);
});

test("a host that was abandoned is named as left, with the way to clean it", (t) => {
  const { ours } = whatIsLeft(remains({ platform: "hosts", abandoned: ["k8s-worker2"] }));
  t.regex(ours[0] ?? "", /host k8s-worker2 is left as it is \(PODNET_ABANDON\).*reset\.sh/);
});

test("another lab of the same name is named as not touched; what no state can tell is named with the way to remove it", (t) => {
  const found = look(
    thing("container", "podnet-dev-a", { lab: "dev-02", checkout: "/home/you/lab" }),
    thing("volume", "podnet-dev-b-var", { lab: "", checkout: "" }),
  );
  const { ours, others } = whatIsLeft(remains({ look: found }));
  t.deepEqual(others, ['Not touched: 1 container of another lab "dev" (dev-02 of /home/you/lab).']);
  t.regex(ours[0] ?? "", /1 volume of an earlier version's lab "dev".*docker volume rm --force podnet-dev-b-var$/);
});

test("the lab's id, nodes and hosts are read from the state", (t) => {
  const command = (name: string, more: object): object & { urn: string; type: string } => ({
    urn: `urn:pulumi:dev::p::podnet:machines:HostMachines$command:local:Command::${name}`,
    type: "command:local:Command",
    ...more,
  });
  const state = labOf({
    resources: [
      {
        urn: "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
        type: "pulumi:pulumi:Stack",
        outputs: { nodes: [{ name: "boss" }] },
      },
      command("machines-lab", { outputs: { stdout: "dev-01" } }),
      command("machines-k8s-worker1", { inputs: { delete: "platforms/local/machine.sh delete" } }),
      command("machines-k8s-worker2", { inputs: { delete: "node platforms/hosts/host.ts reset" } }),
    ],
  });
  t.deepEqual(state, {
    id: "dev-01",
    nodes: ["boss"],
    hosts: ["k8s-worker2"],
    instances: [],
    machines: ["urn:pulumi:dev::p::podnet:machines:HostMachines$command:local:Command::machines-k8s-worker1"],
    made: true,
    resources: 4,
  });
  const { instances, made } = labOf({
    resources: [
      {
        urn: "urn:pulumi:x::p::podnet:machines:AwsMachines$aws:ec2/instance:Instance::machines-boss-instance",
        type: "aws:ec2/instance:Instance",
        id: "i-1",
      },
    ],
  });
  t.deepEqual([instances, made], [[{ name: "boss", id: "i-1" }], true]);
  t.is(labOf({}).id, undefined);
});

test("the labels are the same for the shell that writes them and the program that reads them", (t) => {
  const shell = readFileSync(join(import.meta.dirname, "..", "..", "platforms", "local", "lib.sh"), "utf8");
  for (const [name, label] of [
    ["id", labels.lab],
    ["stack", labels.stack],
    ["checkout", labels.checkout],
  ])
    t.true(shell.includes(`${name}_label=${label}\n`), label);
});

test("an update that was refused before it made anything, as in a second clone, left no lab", (t) => {
  const command = (name: string, more: object) => ({
    urn: `urn:pulumi:dev::p::podnet:machines:OwnedMachines$command:local:Command::${name}`,
    type: "command:local:Command",
    ...more,
  });
  const refused = [
    command("machines-lab", { outputs: { stdout: "dev-02" } }),
    command("machines-sweep", { inputs: { delete: "platforms/local/sweep.sh" } }),
  ];
  const machine = command("machines-k8s-master", { inputs: { delete: "platforms/local/machine.sh delete" } });
  const state = labOf({ resources: refused });
  t.false(state.made);
  t.deepEqual(labsOf(look(), [], [{ ...state, stack: "dev", platform: "local" }], here), []);
  const begun = labOf({ resources: [...refused, machine] });
  t.is(labsOf(look(), [], [{ ...begun, stack: "dev", platform: "local" }], here)[0]?.state, "gone");
});

test("a network without an id goes with the machines on it: another clone's that took them over is named", (t) => {
  const old = { lab: "", checkout: "" };
  const { ours, others } = whatIsLeft(
    remains({
      look: look(
        thing("container", "podnet-dev-k8s-master", { lab: "dev-02", checkout: "" }),
        thing("network", "podnet-dev", old),
        thing("volume", "podnet-dev-k8s-master-var", old),
        thing("container", "podnet-dev-k8s-worker3", { lab: "dev-02", checkout: "/home/you/lab" }),
      ),
    }),
  );
  t.deepEqual(ours, []);
  t.deepEqual(others, [
    'Not touched: 2 containers, 1 volume, 1 network of another lab "dev" (dev-02 of /home/you/lab).',
  ]);
});
