// Proves what the verbs of the local platform say, hand over, take and leave alone, with stand-ins for docker and ip on PATH.
// It does not prove that an engine does what it is told, or that a container boots (tests/live does).
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { hostname, release, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { freePort } from "../free-port.ts";

const checkout = join(import.meta.dirname, "..", "..");
const verbs = join(checkout, "platforms", "local");

interface Run {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Every call of docker, one line each. */
  readonly calls: string;
  /** What the engine holds afterwards, by name. */
  readonly left: readonly string[];
}

interface Given {
  /** What the engine holds: see fake-docker.sh. */
  readonly things?: readonly string[];
  /** Shell text that answers a call before the stand-in does. */
  readonly docker?: string;
  readonly ip?: string | undefined;
  readonly input?: string;
}

const routes = "printf '%s\\n' 'default via 192.0.2.1 dev eth0' '10.20.0.0/16 dev tun0 scope link' 'throw 10.9.0.0/16'";

/** Runs a verb with programs of the test's own making before all others on PATH. */
async function run(verb: string, env: Readonly<Record<string, string>>, given: Given = {}): Promise<Run> {
  const { things = [], docker = "", ip = routes, input = "" } = given;
  const folder = await mkdtemp(join(tmpdir(), "podnet-verbs-"));
  try {
    await copyFile(join(import.meta.dirname, "fake-docker.sh"), join(folder, "docker"));
    await writeFile(join(folder, "ip"), `#!/bin/sh\n${ip}\n`);
    await chmod(join(folder, "ip"), 0o755);
    await writeFile(join(folder, "calls"), "");
    await writeFile(join(folder, "before"), docker);
    await writeFile(join(folder, "things"), things.map((thing) => `${thing}\n`).join(""));
    const PATH = [folder, process.env["PATH"]].join(delimiter);
    const [script = "", ...args] = verb.split(" ");
    const { exitCode, stdout, stderr } = await execa(join(verbs, script), args, {
      env: { DOCKER_HOST: "", STACK: "t", LAB: "t-00000001", ...env, PATH },
      input,
      reject: false,
    });
    const left = (await readFile(join(folder, "things"), "utf8")).split("\n").filter(Boolean);
    return {
      exitCode,
      stdout,
      stderr,
      calls: await readFile(join(folder, "calls"), "utf8"),
      left: left.map((thing) => thing.split("|").slice(0, 2).join(" ")),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const login = "ssh-ed25519 LOGIN podnet-t";
const ground = { NODES: "n", LOGIN: login, CIDR: "10.21.0.0/24" };
/** A network of the user's own. */
const others = "network|others||||172.30.0.0/16 ";
const ours = (kind: string, name: string, more = ""): string => `${kind}|${name}|t-00000001|t|${checkout}|${more}`;
const theirs = (kind: string, name: string, more = ""): string =>
  `${kind}|${name}|t-00000002|t|/home/other/lab|${more}`;
/** As a version without ids labelled it. */
const earlier = (kind: string, name: string, more = ""): string => `${kind}|${name}||t||${more}`;
/** The stand-in's containers have this in the file that is asked for. */
const holds = (file: string, text: string): string =>
  `if [[ "$1 \${2-}" == "cp podnet-t-n:${file}" ]]; then
    folder=$(mktemp -d); printf '%s' '${text}' >"$folder/file"; tar -C "$folder" -cf - file; rm -r "$folder"; exit
  fi\n`;

test("the ground is good where nothing overlaps and the ports are free", async (t) => {
  const { exitCode, stderr } = await run(
    "ground.sh",
    { ...ground, PORTS: String(await freePort()) },
    { things: [others] },
  );
  t.is(exitCode, 0, stderr);
});

test("an overlap with another docker network is refused, with both ranges, its name and a remedy", async (t) => {
  const env = { ...ground, CIDR: "172.30.7.0/24", PORTS: String(await freePort()) };
  const { exitCode, stderr } = await run("ground.sh", env, { things: [others] });
  t.is(exitCode, 1);
  t.regex(
    stderr,
    /machineCidr 172\.30\.7\.0\/24 overlaps 172\.30\.0\.0\/16 of the docker network "others"; set machineCidr to a free range/,
  );
});

test("a second family: its range is looked at too, and named with the key that it follows from", async (t) => {
  const env = { ...ground, CIDR6: "fd00:10:21::/64", PORTS: String(await freePort()) };
  const good = await run("ground.sh", env, { things: [others] });
  t.is(good.exitCode, 0, good.stderr);
  const six = "network|six||||fd00:10:21::/48 ";
  t.regex(
    (await run("ground.sh", env, { things: [six] })).stderr,
    /the IPv6 range fd00:10:21::\/64 of machineCidr 10\.21\.0\.0\/24 overlaps fd00:10:21::\/48 of the docker network "six"; set machineCidr/,
  );
  const ip = `case "$1" in -4) ${routes} ;; *) echo "fd00:10::/32 dev tun0 metric 1024"; echo "default via fe80::1 dev eth0" ;; esac`;
  t.regex((await run("ground.sh", env, { ip })).stderr, /overlaps the host's route to fd00:10::\/32 by tun0/);
});

test("a kernel without IPv6 is told by looking, with what to do", async (t) => {
  const ask = (net: string) =>
    execa("bash", ["-euo", "pipefail", "-c", `. ${join(verbs, "kernel.sh")}; proc_net=${net}; ipv6_problem`]);
  t.regex(
    (await ask("/nowhere")).stdout,
    /^ipFamily asks for IPv6, and this host's kernel has no IPv6 \(no \/nowhere\/if_inet6\).*set ipFamily to ipv4/,
  );
  const folder = await mkdtemp(join(tmpdir(), "podnet-proc-"));
  t.teardown(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "if_inet6"), "");
  t.is((await ask(folder)).stdout, "");
});

test("a kernel without the device of a backend is told by trying to make one, and one that may not be tried is left to the machines", async (t) => {
  const ask = async (answers: string): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), "podnet-kernel-"));
    t.teardown(() => rm(folder, { recursive: true }));
    // A stand-in for both: what is asked for in the namespace is answered by the text.
    await writeFile(join(folder, "unshare"), `#!/bin/bash\nif [[ $* == *" link add "* ]]; then ${answers}; fi\n`, {
      mode: 0o755,
    });
    const script = `. ${join(verbs, "kernel.sh")}; device_problem ipip`;
    const env = { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` };
    return (await execa("bash", ["-euo", "pipefail", "-c", script], { env })).stdout;
  };
  t.regex(
    await ask('echo "Error: Unknown device type." >&2; exit 2'),
    /^backend is ipip, and this host's kernel, .* \(ip link add type ipip: Unknown device type\.\); set backend to another one, .*platform to vm/,
  );
  t.is(await ask('echo "RTNETLINK answers: Operation not permitted" >&2; exit 2'), "");
  t.is(await ask("exit 0"), "");
});

test("a network of both families is made with both ranges, and kept when it has them", async (t) => {
  const env = { CIDR: "10.21.0.0/24", CIDR6: "fd00:10:21::/64" };
  const made = await run("network.sh create", env);
  t.regex(made.calls, /network create .*--subnet 10\.21\.0\.0\/24 --ipv6 --subnet fd00:10:21::\/64/);
  t.notRegex((await run("network.sh create", { CIDR: env.CIDR })).calls, /ipv6/);
  const docker = `if [[ $* == *Subnet* ]]; then echo "10.21.0.0/24 fd00:10:21::/64 "; exit; fi\n`;
  const kept = await run("network.sh create", env, { things: [ours("network", "podnet-t")], docker });
  t.notRegex(kept.calls, /network create/);
  const other = await run("network.sh create", { CIDR: env.CIDR }, { things: [ours("network", "podnet-t")], docker });
  t.regex(other.calls, /network rm/);
});

test("the lab's own network is no overlap", async (t) => {
  const env = { ...ground, CIDR: "172.30.0.0/16", PORTS: String(await freePort()) };
  const { exitCode, stderr } = await run("ground.sh", env, { things: [ours("network", "podnet-t", "172.30.0.0/16 ")] });
  t.is(exitCode, 0, stderr);
});

test("every problem is named in one go: a route of the host and a port in use", async (t) => {
  const port = await listen(t);
  const env = { ...ground, CIDR: "10.20.30.0/24", PORTS: port };
  const { exitCode, stderr } = await run("ground.sh", env, { things: [others] });
  t.is(exitCode, 1);
  t.regex(stderr, /machineCidr 10\.20\.30\.0\/24 overlaps the host's route to 10\.20\.0\.0\/16 by tun0/);
  t.true(stderr.includes(`port ${port} on 127.0.0.1 is in use; set portBase to the first of ten free ports`));
});

test("a route that only refuses is a route too", async (t) => {
  const env = { ...ground, CIDR: "10.9.7.0/24", PORTS: String(await freePort()) };
  const { exitCode, stderr } = await run("ground.sh", env);
  t.is(exitCode, 1);
  t.regex(stderr, /machineCidr 10\.9\.7\.0\/24 overlaps the host's route to 10\.9\.0\.0\/16; set machineCidr/);
});

test("routes that cannot be read are an error, and not no routes", async (t) => {
  const { exitCode, stderr } = await run("ground.sh", { ...ground, PORTS: String(await freePort()) }, { ip: "exit 3" });
  t.is(exitCode, 1);
  t.regex(stderr, /ip -4 route show/);
});

test("a port that one of the lab's own machines publishes is free to it; another container's is named", async (t) => {
  const port = await listen(t);
  const ports = `running 127.0.0.1:${port}->22/tcp`;
  const env = { ...ground, PORTS: port };
  const own = await run("ground.sh", env, { things: [ours("container", "podnet-t-n", ports)] });
  t.is(own.exitCode, 0, own.stderr);
  const held = await run("ground.sh", env, { things: [`container|web||||${ports}`] });
  t.is(held.exitCode, 1);
  t.true(held.stderr.includes(`port ${port} on 127.0.0.1 is in use by the container "web"; set portBase`), held.stderr);
});

test("a lab of another clone with the same name is refused at once, with both named, and nothing of it is touched", async (t) => {
  const things = [
    theirs("container", "podnet-t-n", "running "),
    theirs("volume", "podnet-t-n-var"),
    theirs("network", "podnet-t", "10.21.0.0/24 podnet-t-n"),
  ];
  const { exitCode, stderr, calls, left } = await run(
    "ground.sh",
    { ...ground, PORTS: String(await freePort()) },
    { things },
  );
  t.is(exitCode, 1);
  t.regex(stderr, /the container "podnet-t-n" is that of lab "t" \(t-00000002\) of \/home\/other\/lab/);
  t.true(stderr.includes(`this is lab "t" (t-00000001) of ${checkout}`), stderr);
  t.regex(stderr, /not touched: podnet-t-n podnet-t-n-var podnet-t$/m);
  t.regex(stderr, /\.\/lab up -s NAME/);
  t.is(left.length, things.length);
  t.notRegex(calls, /^(rm|stop|create|start|cp)| rm /m);
});

test.serial(
  "what another lab has is neither adopted nor removed by any verb, even under this one's names",
  async (t) => {
    const things = [
      theirs("container", "podnet-t-n", "running "),
      theirs("volume", "podnet-t-n-var"),
      theirs("network", "podnet-t", "10.21.0.0/24 podnet-t-n"),
    ];
    const env = { NODE: "n", NODES: "n", CIDR: "10.21.0.0/24", ...machine };
    for (const verb of ["machine.sh create", "network.sh create"]) {
      const { exitCode, stderr, left } = await run(verb, env, { things, input: keys });
      t.is(exitCode, 1, verb);
      t.regex(stderr, /is that of lab "t" \(t-00000002\) of \/home\/other\/lab, and not that of this lab/);
      t.is(left.length, things.length);
    }
    for (const verb of ["machine.sh delete", "network.sh delete", "sweep.sh"]) {
      const { exitCode, left, calls } = await run(verb, env, { things });
      t.is(exitCode, 0, verb);
      t.is(left.length, things.length, verb);
      t.notRegex(calls, /^rm | rm |disconnect/m, verb);
    }
  },
);

test.serial("a machine's volume is not taken where another lab has one of that name", async (t) => {
  const { exitCode, stderr, left } = await run(
    "machine.sh create",
    { NODE: "n", ...machine },
    { things: [theirs("volume", "podnet-t-n-var")], input: keys },
  );
  t.is(exitCode, 1);
  t.regex(stderr, /the volume "podnet-t-n-var" is that of lab "t" \(t-00000002\)/);
  t.deepEqual(left, ["volume podnet-t-n-var"]);
});

test.serial("everything that is made carries the lab's id, its stack and its checkout", async (t) => {
  const port = await listen(t, (socket) => socket.end("SSH-2.0-stand-in\r\n"));
  const env = { NODE: "n", CIDR: "10.21.0.0/24", ...machine, SSH_PORT: port };
  for (const verb of ["machine.sh create", "network.sh create"]) {
    const { exitCode, stderr, calls } = await run(verb, env, { input: keys });
    t.is(exitCode, 0, stderr);
    for (const line of calls.split("\n").filter((call) => /^(create|volume create|network create) /.test(call))) {
      t.true(line.includes("--label=pod-networking-lab.id=t-00000001"), line);
      t.true(line.includes(`--label=pod-networking-lab.checkout=${checkout}`), line);
    }
    t.regex(calls, /create /);
  }
});

test("a machine of an earlier version is this lab's when it lets this lab's key in, and is marked as such", async (t) => {
  const things = [
    earlier("container", "podnet-t-n", "running "),
    earlier("network", "podnet-t", "10.21.0.0/24 podnet-t-n"),
  ];
  const env = { ...ground, PORTS: String(await freePort()) };
  const own = await run("ground.sh", env, { things, docker: holds("/root/.ssh/authorized_keys", login) });
  t.is(own.exitCode, 0, own.stderr);
  t.regex(own.calls, /^cp - podnet-t-n:\/$/m);
  const other = await run("ground.sh", env, {
    things,
    docker: holds("/root/.ssh/authorized_keys", "ssh-ed25519 ANOTHER podnet-t"),
  });
  t.is(other.exitCode, 1);
  t.regex(other.stderr, /"podnet-t-n" is that of a lab "t" of an earlier version, in a checkout that is not known/);
  t.notRegex(other.calls, /^cp - /m);
});

test.serial(
  "a marked machine of an earlier version is kept as it is, and goes with its volume and network when the lab does",
  async (t) => {
    const port = await listen(t, (socket) => socket.end("SSH-2.0-stand-in\r\n"));
    const spec = await earlierSpec(port);
    const things = [
      earlier("container", "podnet-t-n", "running "),
      earlier("volume", "podnet-t-n-var"),
      earlier("network", "podnet-t", "10.21.0.0/24 podnet-t-n"),
    ];
    const docker = `${holds("/etc/podnet/lab", "t-00000001")}\nSPEC=${spec}\n`;
    const recorded = { PULUMI_COMMAND_STDOUT: '{"id":"gone","start":"monday"}' };
    const env = { NODE: "n", CIDR: "10.21.0.0/24", ...machine, SSH_PORT: port, ...recorded };
    const kept = await run("machine.sh create", env, { things, docker, input: keys });
    t.is(kept.exitCode, 0, kept.stderr);
    t.notRegex(kept.calls, /^(create|rm|volume)| rm /m);
    t.is((await run("network.sh create", env, { things, docker })).stdout, "podnet-t");
    const gone = await run("machine.sh delete", env, { things, docker });
    t.deepEqual(gone.left, ["network podnet-t"]);
    const network = await run("network.sh delete", env, { things: things.slice(2), docker });
    t.deepEqual(network.left, []);
  },
);

test("a lab that an earlier version made and recorded is destroyed as it stands, without an id", async (t) => {
  const things = [
    earlier("container", "podnet-t-n", "running "),
    earlier("volume", "podnet-t-n-var"),
    earlier("network", "podnet-t", "10.21.0.0/24 "),
  ];
  const env = { LAB: "", NODE: "n", CIDR: "10.21.0.0/24" };
  const own = { ...env, PULUMI_COMMAND_STDOUT: '{"id":"engine-podnet-t-n","start":"monday"}' };
  t.deepEqual((await run("machine.sh delete", own, { things })).left, ["network podnet-t"]);
  const stolen = { ...env, PULUMI_COMMAND_STDOUT: '{"id":"engine-of-before","start":"monday"}' };
  t.is((await run("machine.sh delete", stolen, { things })).left.length, 3);
  const withMachine = [...things.slice(0, 2), earlier("network", "podnet-t", "10.21.0.0/24 podnet-t-n")];
  const network = await run(
    "network.sh delete",
    { ...stolen, PULUMI_COMMAND_STDOUT: "podnet-t" },
    { things: withMachine },
  );
  t.is(network.left.length, 3);
  t.regex(network.stderr, /the network "podnet-t" stays: on it are machines of another lab, podnet-t-n/);
});

test("the sweep removes what has the lab's id, and no namesake's", async (t) => {
  const things = [ours("container", "podnet-t-n"), ours("network", "podnet-t"), theirs("container", "podnet-t-m")];
  t.deepEqual((await run("sweep.sh", {}, { things })).left, ["container podnet-t-m"]);
});

test("an engine that does not answer is an error, not an absent machine", async (t) => {
  for (const verb of ["machine.sh delete", "network.sh delete", "sweep.sh", "ground.sh"]) {
    const env = { ...ground, NODE: "n", PORTS: "4000" };
    const { exitCode, stderr, calls } = await run(verb, env, { docker: "exit 1" });
    t.is(exitCode, 1, verb);
    t.regex(stderr, /docker does not answer/);
    t.notRegex(calls, /(volume|network|container) inspect| rm/);
  }
});

/** Tests that make it run one after the other: the folder for its keys is called after stack, checkout and node. */
const machine = {
  NETWORK: "podnet-t",
  IMAGE: "image:1",
  ADDRESS: "10.21.0.11",
  SSH_PORT: "4000",
  API_PORT: "",
  START: "monday",
};
const keys = "HOST PUBLIC\nLOGIN\nHOST PRIVATE\n";

/** The sum of a machine's parameters, as the version without ids noted it. */
async function earlierSpec(port: string): Promise<string> {
  const script = "e193e6e68db6dbbd02f10357449187915ce9a41dd279b18538cb35cd857e7794  -";
  const lines = [
    machine.NETWORK,
    machine.IMAGE,
    machine.ADDRESS,
    `127.0.0.1:${port}:22`,
    "HOST PUBLIC",
    "LOGIN",
    script,
  ];
  return (await execa("sha256sum", { input: lines.map((line) => `${line}\n`).join("") })).stdout.slice(0, 16);
}

test.serial("a machine's keys reach the engine on standard input only, the private one for root's eyes", async (t) => {
  const port = await listen(t, (socket) => socket.end("SSH-2.0-stand-in\r\n"));
  const docker = `[[ "$1 \${2-}" != "cp -" ]] || { tar --numeric-owner -tvf - >&2; exit; }\n`;
  const { exitCode, stdout, stderr, calls } = await run(
    "machine.sh create",
    { NODE: "n", ...machine, SSH_PORT: port },
    { docker, input: keys },
  );
  t.is(exitCode, 0, stderr);
  t.is(stdout, '{"id":"engine-podnet-t-n","start":"monday"}');
  t.notRegex(calls, /HOST|LOGIN/);
  t.regex(stderr, /-rw------- 0\/0 .* etc\/ssh\/ssh_host_ed25519_key$/m);
  t.regex(stderr, /-rw------- 0\/0 .* root\/\.ssh\/authorized_keys$/m);
  t.regex(calls, /create .*--publish=127\.0\.0\.1:\d+:22 --restart unless-stopped/);
  t.notRegex(calls, /:6443/);
});

/** Creates a machine that is there already, in that state. */
async function again(t: ExecutionContext, status: string, noted = "monday today", docker = ""): Promise<Run> {
  const port = await listen(t, (socket) => socket.end("SSH-2.0-stand-in\r\n"));
  const spec = await earlierSpec(port);
  const asked = `SPEC=${spec}\n[[ $1 != exec ]] || { [[ "$*" != *" cat /etc"* ]] || echo '${noted}'; exit; }\n`;
  const things = [ours("container", "podnet-t-n", `${status} `)];
  const result = await run(
    "machine.sh create",
    { NODE: "n", ...machine, SSH_PORT: port },
    { things, docker: docker + asked, input: keys },
  );
  return result;
}

test("a machine that was paused goes on, and is named", async (t) => {
  const { exitCode, stderr, calls } = await again(t, "paused");
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /podnet-t-n was paused; it goes on/);
  t.regex(calls, /^unpause podnet-t-n$/m);
  t.notRegex(calls, /^(re)?start /m);
});

test("a machine that came back with the host's reboot is started again, once the kernel is set; one that did not is not", async (t) => {
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const back = await again(t, "running", "monday today another-boot");
  t.is(back.exitCode, 0, back.stderr);
  t.regex(back.calls, /^restart podnet-t-n$/m);
  for (const noted of [`monday today ${boot}`, "monday today"])
    t.notRegex((await again(t, "running", noted)).calls, /^restart /m);
});

test("a machine that ran without a break since the lab started it keeps that moment; any other was started now", async (t) => {
  const env = { NODES: "a b c d" };
  const docker = `case "$*" in
    'exec podnet-t-a sed '*) echo '/podnet-t-a monday today boot'; exit ;;
    'exec podnet-t-b sed '*) echo '/podnet-t-b monday yesterday'; exit ;;
    'exec podnet-t-d sed '*) echo '/podnet-t-d monday today'; exit ;;
    exec*) exit 1 ;;
  esac\n`;
  const things = [ours("container", "podnet-t-a"), ours("container", "podnet-t-b"), theirs("container", "podnet-t-d")];
  const { a, b, c, d } = JSON.parse((await run("status.sh", env, { things, docker })).stdout) as Record<string, string>;
  t.is(a, "monday");
  const minuteAgo = Date.now() - 60_000;
  t.true(Date.parse(b ?? "") > minuteAgo, "restarted by someone else");
  t.true(Date.parse(c ?? "") > minuteAgo, "not there");
  t.true(Date.parse(d ?? "") > minuteAgo, "another lab's");
  const without = await run("status.sh", env, { docker: "exit 1" });
  t.is(without.exitCode, 0, without.stderr);
});

test("an engine on another machine is refused in one sentence, before it is asked for anything", async (t) => {
  for (const DOCKER_HOST of ["tcp://192.0.2.7:2375", "ssh://me@box"]) {
    const { exitCode, stderr, calls } = await run("engine.sh", { DOCKER_HOST });
    t.is(exitCode, 1, DOCKER_HOST);
    t.true(stderr.startsWith(`DOCKER_HOST ${DOCKER_HOST} is on another machine`), stderr);
    t.regex(stderr, /run the lab there, or unset DOCKER_HOST$/);
    t.is(stderr.trim().split("\n").length, 1);
    t.is(calls, "--version\n");
  }
});

test("the engine of a docker context is the one that is meant", async (t) => {
  const docker = `[[ $1 != context ]] || { echo ssh://me@box; exit; }\n`;
  const { exitCode, stderr } = await run("engine.sh", {}, { docker });
  t.is(exitCode, 1);
  t.regex(stderr, /the docker context's engine ssh:\/\/me@box is on another machine.*run: docker context use default/);
});

test("a TCP address of this machine is this machine's engine, unless it is the near end of a tunnel", async (t) => {
  const DOCKER_HOST = "tcp://127.0.0.1:2375";
  const says = (name: string): string => `[[ "$*" != *KernelVersion* ]] || { echo '${name}'; exit; }\n`;
  t.is((await run("engine.sh", { DOCKER_HOST }, { docker: says(`${hostname()} ${release()}`) })).exitCode, 0);
  t.is((await run("engine.sh", { DOCKER_HOST }, { docker: says("box 6.1.0") })).exitCode, 1);
});

test("podman is refused by name, as the program and behind docker's own client; a rootless engine too", async (t) => {
  const cases = {
    "[[ $1 != --version ]] || { echo 'podman version 5.4.2'; exit; }": /"docker" is podman here; install docker\.io/,
    "[[ \"$*\" != *Components* ]] || { echo 'Podman Engine Conmon'; exit; }": /"docker" is podman here/,
    "[[ \"$*\" != *SecurityOptions* ]] || { echo '[name=rootless]'; exit; }": /needs an engine that runs as root/,
  };
  for (const [docker, sentence] of Object.entries(cases)) {
    const { exitCode, stderr } = await run("engine.sh", {}, { docker: `${docker}\n` });
    t.is(exitCode, 1, docker);
    t.regex(stderr, sentence);
  }
});

/** A user who is not root cannot be had in every place that runs this: the shell says who it is, and /proc/sys is a folder. */
async function setKernel(user: string, engine: string): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), "podnet-kernel-"));
  try {
    await mkdir(join(folder, "fs", "inotify"), { recursive: true });
    for (const [limit, value] of [
      ["instances", "128"],
      ["watches", "999999"],
    ])
      await writeFile(join(folder, "fs", "inotify", `max_user_${limit}`), `${value}\n`);
    const text = `set -euo pipefail; . ./capabilities.sh; . ./kernel.sh
      proc_sys=${folder}
      ${user === "root" ? "" : `as_root() { return 1; }`}
      docker() { ${engine}; }
      set_kernel image || kernel_remedy
      cat ${folder}/fs/inotify/max_user_instances`;
    const { exitCode, stdout, stderr } = await execa("bash", ["-c", text], { cwd: verbs, reject: false });
    return { exitCode, stdout, stderr };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a user who is not root sets the kernel through the engine; where that is refused too, the commands are printed", async (t) => {
  const through = await setKernel(
    "other",
    `mkdir -p ${"$proc_sys"}/net/bridge; touch $proc_sys/net/bridge/bridge-nf-call-iptables; echo "$*" >&2; grep -v modprobe | sh`,
  );
  t.is(through.stdout, "512", through.stderr);
  t.regex(
    through.stderr,
    /set on this host until its next boot: modprobe br_netfilter, sysctl -w fs\.inotify\.max_user_instances=512$/m,
  );
  const refused = await setKernel("other", "return 1");
  t.regex(
    refused.stdout,
    /run:\n {2}sudo modprobe br_netfilter\n {2}sudo sysctl -w fs\.inotify\.max_user_instances=512\n128$/,
  );
});

test("a capability that this host does not have is left out of what an engine gives only where that engine takes the word for it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "podnet-capabilities-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const options = async (bounding: string, version: string): Promise<string> => {
    await writeFile(join(folder, "status"), `Name:\tbash\nCapBnd:\t${bounding}\n`);
    const text = `set -euo pipefail; . ./capabilities.sh; process_status=${folder}/status; docker() { echo ${version}; }; capability_options`;
    return (await execa("bash", ["-c", text], { cwd: verbs })).stdout.replaceAll("\n", " ");
  };
  const [whole, without] = ["000001ffffffffff", "000001fffeffffff"];
  t.is(await options(whole, "26.1.5"), "--cap-add ALL --cap-drop SYS_RESOURCE");
  t.is(await options(without, "20.10.24"), "--cap-add ALL --cap-drop SYS_RESOURCE");
  t.is(await options(without, "26.1.5"), "--cap-add ALL");
});

test("where docker keeps its data too little is left: said with the folder, before anything is made", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "podnet-data-"));
  const docker = `[[ "$*" != *RootDir* ]] || { echo ${folder}; exit; }\n`;
  // As bash hands a function on to its scripts.
  const df = "() { printf 'h\\nd 1 1 1048576 1 /\\n'; }";
  const env = { ...ground, PORTS: String(await freePort()), "BASH_FUNC_df%%": df };
  const { exitCode, stderr } = await run("ground.sh", env, { docker });
  await rm(folder, { recursive: true });
  t.is(exitCode, 1);
  t.true(stderr.includes(`docker keeps its data in ${folder}, where 1024 MiB are left and the lab needs 6144`), stderr);
});

test("a key pair is one JSON object, and leaves nothing behind", async (t) => {
  const { stdout } = await run("../keys.sh", { STACK: "keys-test", COMMENT: "someone" });
  const pair = JSON.parse(stdout) as Record<string, string>;
  t.regex(pair["privateKey"] ?? "", /^-----BEGIN OPENSSH PRIVATE KEY-----\n[^]*\n-----END OPENSSH PRIVATE KEY-----\n$/);
  t.regex(pair["publicKey"] ?? "", /^ssh-ed25519 \S+ someone$/);
  t.is((await execa("sh", ["-c", "ls -d /dev/shm/podnet:keys-test:* || true"])).stdout, "");
});

/** The port of a server on loopback, which ends with the test. */
async function listen(t: ExecutionContext, onConnection?: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnection).listen(0, "127.0.0.1");
  t.teardown(() => void server.close());
  await once(server, "listening");
  return String((server.address() as AddressInfo).port);
}
