// Proves what the verbs of the local platform say and hand over, with stand-ins for docker and ip on PATH.
// It does not prove that an engine does what it is told, or that a container boots (tests/live does).
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test from "ava";
import { execa } from "execa";

const verbs = join(import.meta.dirname, "..", "..", "platforms", "local");

interface Run {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Every call of docker, one line each. */
  readonly calls: string;
}

/** Runs a verb with programs of the test's own making before all others on PATH. `docker` is a shell script's text. */
async function run(verb: string, env: Readonly<Record<string, string>>, docker: string, input = ""): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), "podnet-verbs-"));
  try {
    const programs = {
      docker: `#!/bin/sh\necho "$*" >>${folder}/calls\n${docker}\n`,
      ip: "#!/bin/sh\nprintf '%s\\n' 'default via 192.0.2.1 dev eth0' '10.20.0.0/16 dev tun0 scope link'\n",
    };
    await writeFile(join(folder, "calls"), "");
    for (const [name, text] of Object.entries(programs)) {
      await writeFile(join(folder, name), text);
      await chmod(join(folder, name), 0o755);
    }
    const PATH = [folder, process.env["PATH"]].join(delimiter);
    const [script = "", ...args] = verb.split(" ");
    const { exitCode, stdout, stderr } = await execa(join(verbs, script), args, {
      env: { ...env, PATH },
      input,
      reject: false,
    });
    return { exitCode, stdout, stderr, calls: await readFile(join(folder, "calls"), "utf8") };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An engine with one network of someone else's. */
const engine = `case "$1 $2" in
  'network ls') echo 'abc others' ;;
  'network inspect') echo '172.30.0.0/16' ;;
esac`;

test("the ground is good where nothing overlaps and the ports are free", async (t) => {
  const { exitCode, stderr } = await run(
    "ground.sh",
    { STACK: "t", CIDR: "10.21.0.0/24", PORTS: await freePort() },
    engine,
  );
  t.is(exitCode, 0, stderr);
});

test("an overlap with another docker network is refused, with both ranges, its name and a remedy", async (t) => {
  const { exitCode, stderr } = await run(
    "ground.sh",
    { STACK: "t", CIDR: "172.30.7.0/24", PORTS: await freePort() },
    engine,
  );
  t.is(exitCode, 1);
  t.regex(
    stderr,
    /machineCidr 172\.30\.7\.0\/24 overlaps 172\.30\.0\.0\/16 of the docker network "others"; set machineCidr to a free range/,
  );
});

test("the stack's own network is no overlap", async (t) => {
  const own = engine.replace("others", "podnet-t");
  const { exitCode, stderr } = await run(
    "ground.sh",
    { STACK: "t", CIDR: "172.30.0.0/16", PORTS: await freePort() },
    own,
  );
  t.is(exitCode, 0, stderr);
});

test("every problem is named in one go: a route of the host and a port in use", async (t) => {
  const { server, port } = await listen();
  const { exitCode, stderr } = await run("ground.sh", { STACK: "t", CIDR: "10.20.30.0/24", PORTS: port }, engine);
  server.close();
  t.is(exitCode, 1);
  t.regex(stderr, /machineCidr 10\.20\.30\.0\/24 overlaps the host's route to 10\.20\.0\.0\/16 by tun0/);
  t.true(stderr.includes(`port ${port} on 127.0.0.1 is in use; set portBase to the first of ten free ports`));
});

test("a port that one of the stack's own machines publishes is free to it", async (t) => {
  const { server, port } = await listen();
  const own = `[ "$1" = ps ] && echo '127.0.0.1:${port}->22/tcp'\n${engine}`;
  const { exitCode, stderr } = await run("ground.sh", { STACK: "t", CIDR: "10.21.0.0/24", PORTS: port }, own);
  server.close();
  t.is(exitCode, 0, stderr);
});

test("an engine that does not answer is an error, not an absent machine", async (t) => {
  for (const verb of ["machine.sh delete", "network.sh delete", "sweep.sh", "ground.sh"]) {
    const env = { STACK: "t", NODE: "n", CIDR: "10.21.0.0/24", PORTS: "4000" };
    const { exitCode, stderr, calls } = await run(verb, env, "exit 1");
    t.is(exitCode, 1, verb);
    t.regex(stderr, /docker does not answer/);
    t.notRegex(calls, /inspect| rm/);
  }
});

test("a machine's keys reach the engine on standard input only, the private one for root's eyes", async (t) => {
  const { server, port } = await listen((socket) => socket.end("SSH-2.0-stand-in\r\n"));
  const inspected = `case "$1 $2" in
    'container inspect') case "$4" in '{{.Id}}') echo 0123abcd ;; '{{.State.StartedAt}}') echo today ;; *) exit 1 ;; esac ;;
    'cp -') tar --numeric-owner -tvf - >&2 ;;
  esac
  [ "$1 $2" = 'container inspect' ] || exit 0`;
  const env = {
    STACK: "t",
    NODE: "n",
    NETWORK: "podnet-t",
    IMAGE: "image:1",
    ADDRESS: "10.21.0.11",
    SSH_PORT: port,
    API_PORT: "",
    START: "monday",
  };
  const { exitCode, stdout, stderr, calls } = await run(
    "machine.sh create",
    env,
    inspected,
    "HOST PUBLIC\nLOGIN\nHOST PRIVATE\n",
  );
  server.close();
  t.is(exitCode, 0, stderr);
  t.is(stdout, '{"id":"0123abcd","start":"monday"}');
  t.notRegex(calls, /HOST|LOGIN/);
  t.regex(stderr, /-rw------- 0\/0 .* etc\/ssh\/ssh_host_ed25519_key$/m);
  t.regex(stderr, /-rw------- 0\/0 .* root\/\.ssh\/authorized_keys$/m);
  t.regex(calls, /create .*--publish=127\.0\.0\.1:\d+:22 --restart unless-stopped/);
  t.notRegex(calls, /:6443/);
});

test("a machine that ran without a break since the lab started it keeps that moment; any other was started now", async (t) => {
  const env = { STACK: "t", NODES: "a b c" };
  const inspected = `case "$*" in
    'exec podnet-t-a cat /etc/podnet/start' | 'exec podnet-t-b cat /etc/podnet/start') echo 'monday 10:00' ;;
    *'StartedAt}} podnet-t-a') echo 10:00 ;;
    *'StartedAt}} podnet-t-b') echo 11:30 ;;
    *) exit 1 ;;
  esac`;
  const { a, b, c } = JSON.parse((await run("status.sh", env, inspected)).stdout) as Record<string, string>;
  t.is(a, "monday");
  const minuteAgo = Date.now() - 60_000;
  t.true(Date.parse(b ?? "") > minuteAgo, "restarted by someone else");
  t.true(Date.parse(c ?? "") > minuteAgo, "not there");
  const without = await run("status.sh", env, "exit 1");
  t.is(without.exitCode, 0, without.stderr);
});

test("a key pair is one JSON object, and leaves nothing behind", async (t) => {
  const { stdout } = await run("../keys.sh", { STACK: "keys-test", COMMENT: "someone" }, "exit 0");
  const pair = JSON.parse(stdout) as Record<string, string>;
  t.regex(pair["privateKey"] ?? "", /^-----BEGIN OPENSSH PRIVATE KEY-----\n[^]*\n-----END OPENSSH PRIVATE KEY-----\n$/);
  t.regex(pair["publicKey"] ?? "", /^ssh-ed25519 \S+ someone$/);
  t.is((await execa("sh", ["-c", "ls -d /dev/shm/podnet:keys-test:* || true"])).stdout, "");
});

/** A server on loopback, and its port. */
async function listen(onConnection?: (socket: Socket) => void): Promise<{ server: Server; port: string }> {
  const server = createServer(onConnection).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: String((server.address() as AddressInfo).port) };
}

/** A port that nobody holds just now. */
async function freePort(): Promise<string> {
  const { server, port } = await listen();
  server.close();
  await once(server, "close");
  return port;
}
