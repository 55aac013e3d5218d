import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import type { PodFacts } from "../evidence/facts.ts";
import { faultIn } from "../evidence/fault-in.ts";
import { observationsJson } from "../evidence/observation.ts";
import { plain, plainText } from "../evidence/plain-text.ts";

/** What TypeScript and a script agree on: what stands before its text, what it is given, and what it prints. */
interface Contract {
  /** Of nodes/lib, in the order in which they are read: one that calls another comes after it. */
  readonly libraries: readonly (
    | "say"
    | "node"
    | "observe"
    | "footprint"
    | "apt"
    | "pull"
    | "kubeadm"
    | "pods"
    | "overlay"
    | "health"
    | "ranges"
    | "change"
    | "breakage"
    | "watch"
    | "faults-in"
    | "carries"
    | "address6"
    | "speakers"
    | "echo"
  )[];
  /** Shell variables that it must be given. */
  readonly params: readonly string[];
  /** Shell variables that it reads in some cases only. @default none */
  readonly optional?: readonly string[];
  /** It reads standard input: the way for secrets and files. @default false */
  readonly stdin?: true;
  /** The form of the JSON on its standard output. @default it prints plain text, or nothing */
  readonly result?: z.ZodType;
}

const podFacts: z.ZodType<PodFacts> = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  node: z.string(),
  ip: z.union([z.ipv4(), z.ipv6()]),
  ip6: z.ipv6().optional(),
  containers: z.array(z.string()),
});
const listedPod = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  node: z.string(),
  ip: z.string(),
  ip6: z.string().optional(),
  phase: z.string(),
  hostNetwork: z.boolean(),
  containers: z.array(z.string()),
});

const listedService = z.object({
  namespace: z.string(),
  name: z.string(),
  address: z.string(),
  /** Addresses for callers outside, and the node that answers for them; empty where there is none. */
  balancers: z.array(z.string()),
  announcer: z.string(),
  ports: z.array(
    z.object({
      name: z.string(),
      protocol: z.string(),
      port: z.int(),
      targetPort: z.string(),
      nodePort: z.int(),
    }),
  ),
  /** KEY=VALUE. */
  selector: z.array(z.string()),
  /** The pods that have these labels, and the ports that their containers declare. */
  selected: z.array(z.object({ name: z.string(), ready: z.boolean(), ports: z.array(z.int()) })),
  endpoints: z.array(z.object({ address: z.string(), ready: z.boolean(), name: z.string(), port: z.int() })),
});

const node = ["say", "node"] as const;
const kubeadm = [...node, "kubeadm"] as const;
const observer = [...node, "observe"] as const;
const podObserver = [...observer, "pods"] as const;

/** Every script that is run on a machine: nodes/NAME.sh. tests/unit/scripts.test.ts holds each row against the script's own text. */
export const scripts = {
  "host/fetch": { libraries: ["say"], params: ["PLAN", "TO"] },
  "host/reach": { libraries: [], params: ["SUMS", "REGISTRIES"] },
  "host/booted": { libraries: ["say"], params: [] },
  "host/clock": { libraries: [], params: [], result: z.object({ late: z.int() }) },
  "host/preflight": { libraries: ["footprint", "address6"], params: ["BRINGS", "PEERS"], optional: ["BESIDE"] },
  "host/claim": {
    libraries: ["say", "footprint", "address6"],
    params: ["LAB"],
    optional: ["BESIDE"],
    stdin: true,
    result: z.object({ id: z.string(), arch: z.enum(["amd64", "arm64"]), address6: z.ipv6().optional() }),
  },
  "host/answer": { libraries: [], params: ["ADDRESS", "PORTS"], optional: ["ADDRESS6", "PORTS6"], stdin: true },
  "host/ask": { libraries: [], params: ["PEERS"] },
  "host/uptime": { libraries: [], params: [], result: z.object({ seconds: z.int() }) },
  "host/scripts": { libraries: ["say"], params: ["FILE", "SUM", "TO"] },
  "host/staged": { libraries: [], params: ["STAGE", "KEYS"] },
  "host/receive": { libraries: [], params: ["STAGE"], stdin: true },
  "host/sums": { libraries: [], params: ["STAGE"], stdin: true },
  "host/install": {
    libraries: [...node, "pull"],
    params: ["STAGE", "KEY", "SANDBOX", "MIRRORS", "IMAGES", "PLUGIN"],
    stdin: true,
  },
  "host/reset": { libraries: ["say", "footprint"], params: ["LAB"] },
  "cluster/prepare": {
    libraries: [...node, "footprint", "ranges", "carries"],
    params: ["NODE_NAME", "NODE_ADDRESS", "POD_PACKETS", "BACKEND"],
    optional: ["POD_CIDR", "SERVICE_CIDR", "POD_CIDR6", "SERVICE_CIDR6", "BACKEND_MTU"],
  },
  "cluster/able": { libraries: ["carries"], params: ["BACKENDS"], result: z.record(z.string(), z.string()) },
  "cluster/packages": {
    libraries: [...node, "apt"],
    params: ["PACKAGES"],
    result: z.record(z.string(), z.string()),
  },
  "cluster/init": {
    libraries: kubeadm,
    params: ["NODE_NAME", "NODE_ADDRESS", "API_HOST", "API_PORT", "KUBERNETES_VERSION", "ETCD_TAG", "COREDNS_TAG"],
    optional: ["NODE_ADDRESS6", "POD_CIDR", "SERVICE_CIDR", "POD_CIDR6", "SERVICE_CIDR6"],
    result: z.object({
      kubeconfig: z.string(),
      caHash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      emulated: z.boolean(),
    }),
  },
  "cluster/renew": { libraries: node, params: [], result: z.object({ until: z.iso.datetime() }) },
  "cluster/kubelet-key": { libraries: [], params: [], result: z.object({ publicKey: z.string() }) },
  "cluster/kubelet-sign": {
    libraries: [],
    params: ["NODE_NAME", "PUBLIC_KEY"],
    result: z.object({ certificate: z.string() }),
  },
  "cluster/kubelet-take": {
    libraries: ["say"],
    params: ["CERTIFICATE"],
    result: z.object({ until: z.iso.datetime() }),
  },
  "cluster/addons": { libraries: node, params: ["PROXY_MODE"] },
  "cluster/members": { libraries: node, params: ["MACHINES"], result: z.record(z.string(), z.string()) },
  "cluster/token": { libraries: node, params: ["WORKER"] },
  "cluster/join": {
    libraries: kubeadm,
    params: ["NODE_NAME", "NODE_ADDRESS", "API_SERVER", "CA_HASH"],
    optional: ["NODE_ADDRESS6"],
    stdin: true,
  },
  "cluster/backend": { libraries: node, params: ["BACKEND"], result: z.record(z.string(), z.string()) },
  "cluster/carry": {
    libraries: node,
    params: ["DEVICES", "ENTRIES", "ROUTES"],
    optional: ["POD_CIDR", "POD_CIDR6", "RULES"],
  },
  "cluster/ready": { libraries: node, params: ["NODES", "DNS_ADDRESS", "IMAGE"] },
  "cluster/import": { libraries: node, params: ["FILE", "IMAGE"] },
  "cluster/unimport": { libraries: [], params: ["IMAGE"] },
  "cluster/enforce": { libraries: ["say", "footprint"], params: [] },
  "cluster/unenforce": { libraries: node, params: ["IMAGE"] },
  "cluster/settled": { libraries: node, params: ["NODES"], result: z.object({ ready: z.int() }) },
  "observe/list-pods": { libraries: node, params: [], result: z.array(listedPod) },
  "observe/list-services": { libraries: [...node, "speakers"], params: [], result: z.array(listedService) },
  "observe/lookup": {
    libraries: podObserver,
    params: ["PODS", "FROM", "HOST"],
    optional: ["DNS_ADDRESS"],
    result: observationsJson,
  },
  "observe/pod-facts": { libraries: node, params: ["POD_NAMESPACE", "POD_NAME", "POD_UID"], result: podFacts },
  "observe/cluster": {
    libraries: observer,
    params: ["POD_NAMESPACE"],
    optional: ["FAMILIES"],
    result: observationsJson,
  },
  "observe/containers": { libraries: observer, params: ["POD_UID", "POD_ADDRESS"], result: observationsJson },
  "observe/bridge": { libraries: podObserver, params: ["PODS"], result: observationsJson },
  "observe/overlay": {
    libraries: [...podObserver, "overlay", "health"],
    params: ["PODS", "NODES", "TUNNEL", "VTEP"],
    optional: ["RULES", "END", "FAMILY"],
    result: observationsJson,
  },
  "observe/bridge6": { libraries: podObserver, params: ["PODS"], result: observationsJson },
  "observe/overlay6": {
    libraries: [...podObserver, "overlay"],
    params: ["PODS", "NODES", "TUNNEL", "VTEP"],
    result: observationsJson,
  },
  "observe/reach": {
    libraries: podObserver,
    params: ["PODS", "DNS_ADDRESS", "NODES"],
    optional: ["PODS6"],
    result: observationsJson,
  },
  "observe/endpoints": {
    libraries: observer,
    params: ["POD_NAMESPACE", "POD_LABEL", "REPLICAS"],
    result: observationsJson,
  },
  "observe/service": {
    libraries: podObserver,
    params: [
      "PODS",
      "NODES",
      "POD_NAMESPACE",
      "PROXY_MODE",
      "CLUSTER_IP",
      "NODE_PORT",
      "LOCAL_PORT",
      "STICKY_IP",
      "EMPTY_IP",
      "ECHO_IP",
    ],
    result: observationsJson,
  },
  "observe/balancers": {
    libraries: [...observer, "speakers"],
    params: ["NODES", "POD_NAMESPACE", "POD_LABEL", "REPLICAS", "BALANCERS"],
    result: observationsJson,
  },
  "observe/balancer": {
    libraries: observer,
    params: ["NODES", "PROXY_MODE", "BALANCERS"],
    result: observationsJson,
  },
  "observe/discovery": {
    libraries: observer,
    params: ["POD_NAMESPACE", "CLIENTS", "SELECTOR"],
    result: observationsJson,
  },
  "observe/policy": {
    libraries: podObserver,
    params: ["PODS", "TARGETS", "GUARDED", "ENFORCED"],
    optional: ["TARGETS6"],
    result: observationsJson,
  },
  "observe/dns-server": { libraries: observer, params: ["POD_NAMESPACE", "REPLICAS"], result: observationsJson },
  "observe/dns": {
    libraries: podObserver,
    params: ["PODS", "DNS_ADDRESS", "HOSTS", "RECORDS", "REPLICAS", "NODE_HOSTS", "SETTLED"],
    result: observationsJson,
  },
  "observe/serve-echo": {
    libraries: [...podObserver, "echo"],
    params: ["PODS", "UNIT"],
    optional: ["NODES", "PORT", "FAMILIES"],
    result: z.object({ pods: z.int() }),
  },
  "observe/capture": {
    libraries: node,
    params: ["JOURNEY", "FILTER"],
    result: z.object({ node: z.string(), capturing: z.literal(true) }),
  },
  "observe/probe": {
    libraries: podObserver,
    params: ["PODS", "FROM", "TO", "PROTOCOL"],
    optional: ["PAYLOAD", "MARK", "PORT", "SOURCE_PORT", "COUNT", "ADDRESS"],
    result: observationsJson,
  },
  "observe/serve-load": { libraries: podObserver, params: ["PODS", "UNIT"], result: z.object({ pods: z.int() }) },
  "observe/send-load": {
    libraries: podObserver,
    params: ["PODS", "FROM", "TO", "LOAD", "AMOUNT"],
    result: observationsJson,
  },
  "observe/processor": {
    libraries: [],
    params: [],
    result: z.object({
      /** Microseconds that this machine's programs and kernel have worked since it was started. */
      worked: z.int(),
      /** Microseconds since 1970, by the machine's own clock. */
      at: z.int(),
      /** Machines with the same one share a kernel. */
      boot: z.string(),
      release: z.string(),
      processors: z.int(),
    }),
  },
  "observe/watch": {
    libraries: [...node, "watch"],
    params: ["WATCH", "MATCHES", "EVENTS"],
    result: z.object({ node: z.string(), watching: z.literal(true) }),
  },
  "observe/watched": {
    libraries: [...podObserver, "watch"],
    params: ["WATCH", "PODS", "FROM", "TO", "REQUEST_IN", "REPLY_IN"],
    result: observationsJson,
  },
  "observe/captured": { libraries: observer, params: ["JOURNEY", "FRAMES", "LINES"], result: observationsJson },
  "faults/break": {
    libraries: ["say", "change", "breakage"],
    params: ["FAULT", "RECORD", "STEPS", "DURATION"],
    result: faultIn,
  },
  "faults/heal": { libraries: [], params: ["FAULTS"], result: z.array(z.string()) },
  "faults/settle": { libraries: ["faults-in"], params: ["KEEP"], result: z.array(faultIn) },
  "faults/snapshot": { libraries: [], params: ["PODS", "DEVICES"], result: z.record(z.string(), z.array(z.string())) },
  "faults/list": { libraries: ["faults-in"], params: [], result: z.array(faultIn) },
} as const satisfies Readonly<Record<string, Contract>>;

/** How nodes/host/fetch.sh ends where it must not be tried again as it is. */
export const fetchExits = { cannotBeHad: 3, notAsPublished: 4 } as const;

type Scripts = typeof scripts;
export type ScriptFile = keyof Scripts;
type Optional<Name extends ScriptFile> = Scripts[Name] extends { optional: readonly (infer Key extends string)[] }
  ? Key
  : never;

/** What a script is given: exactly the parameters that it reads, and standard input where it reads that. */
export type Given<Name extends ScriptFile, Value = string | number, Text = string> = ([
  Scripts[Name]["params"][number],
] extends [never]
  ? { readonly params?: Readonly<Record<never, Value>> }
  : {
      readonly params: { readonly [Key in Scripts[Name]["params"][number]]: Value } & {
        readonly [Key in Optional<Name>]?: Value;
      };
    }) &
  (Scripts[Name] extends { stdin: true } ? { readonly stdin: Text } : { readonly stdin?: never });

/** What a script prints, read as JSON and checked; never for one that prints plain text. */
export type ScriptResult<Name extends ScriptFile> = Scripts[Name] extends { result: z.ZodType<infer Result> }
  ? Result
  : never;

/** The scripts whose result is of this form. */
export type ScriptsWith<Result> = {
  [Name in ScriptFile]: Scripts[Name] extends { result: z.ZodType<Result> } ? Name : never;
}[ScriptFile];

/** Reads what a script printed, as plain text: it may quote a pod. @throws Error when it is not of the form that the script promises */
export function parseResult<Name extends ScriptFile>(script: Name, stdout: string): ScriptResult<Name> {
  const { result }: Contract = scripts[script];
  if (result === undefined) throw new Error(`${script}.sh prints no JSON; read its standard output as text`);
  return result.parse(plain(readJson(script, stdout))) as ScriptResult<Name>;
}

function readJson(script: ScriptFile, stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch (error) {
    // It quotes what it could not read; as a cause it would be printed as it came.
    // eslint-disable-next-line preserve-caught-error
    throw new Error(
      `${script}.sh printed no JSON: ${plainText(error instanceof Error ? error.message : String(error))}`,
    );
  }
}

/** Text of a script, with the functions that it calls before it. */
export function readScript(script: ScriptFile): string {
  const { libraries }: Contract = scripts[script];
  return [readLibraries(libraries), readShell(script)].join("\n");
}

export function readLibraries(names: Contract["libraries"]): string {
  return names.map((name) => readShell(`lib/${name}`)).join("\n");
}

/**
 * The same program without its full-line comments and empty lines, but for what stands in here-documents: two fifths less to send, and to keep
 * in the state twice; and another comment does not run a step again. Pure.
 */
export function withoutComments(script: string): string {
  let end: string | undefined;
  return script
    .split("\n")
    .filter((line) => {
      if (end !== undefined) {
        if (line.trimStart() === end) end = undefined;
        return true;
      }
      if (/^\s*(#|$)/.test(line)) return false;
      end = /(?<!<)<<-?\s*['"]?(\w+)/.exec(line)?.[1];
      return true;
    })
    .join("\n");
}

/** The same as one line of arguments for bash, for where nothing can be handed over by standard input: to take back what another script did. Pure. */
export function asCommand<Name extends ScriptFile>(script: Name, params: Readonly<Record<string, string>>): string {
  const assignments = Object.entries(params).map(([name, value]) => `${name}=${quote(value)}`);
  return ["set -euo pipefail", ...assignments, programOf(script)].join("\n");
}

function readShell(name: string): string {
  return readFileSync(join(import.meta.dirname, `${name}.sh`), "utf8");
}

/** Where the scripts are kept on a machine: each whole, with its libraries before it, as FOLDER/NAME.sh. */
export const scriptsFolder = "/usr/local/lib/podnet";

/** What is run on a machine before it has the scripts, or beside their coming. */
const beforehand = (name: ScriptFile): boolean => name.startsWith("host/") || name === "cluster/prepare";

/** All scripts that a machine keeps, as one compressed text: a line `#:: NAME` before each. host/scripts.sh takes it apart. */
export function allScripts(): Buffer {
  const kept = (Object.keys(scripts) as ScriptFile[]).filter((name) => !beforehand(name));
  return gzipSync(kept.map((name) => `#:: ${name}\n${programOf(name)}\n`).join(""), { level: 9 });
}

const programs = new Map<ScriptFile, string>();

/** What bash is given of a script. */
function programOf(script: ScriptFile): string {
  const known = programs.get(script) ?? withoutComments(readScript(script));
  programs.set(script, known);
  return known;
}

/** Reads the script that the machine keeps. Another text of it is another line, so that whoever compares these runs it again. */
function keptProgram(script: ScriptFile): string {
  return `# ${shortSum(programOf(script))}\n. ${scriptsFolder}/${script}.sh`;
}

const shortSum = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** Another value when the text of one of the scripts changes: for steps that make sense only together. */
export function digestOf(names: readonly ScriptFile[]): string {
  return shortSum(names.map(programOf).join("\0"));
}

/** One word of a POSIX shell, whatever the text holds. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What goes to sshd: a short command line, and the script on its standard input. */
export interface Invocation {
  readonly command: string;
  readonly stdin: string;
}

/**
 * A script with what it is given, for a login of that name.
 * @param how.moment another one makes another text of the same program, so that whoever compares texts runs it again
 * @param how.kept whether the machine has the scripts (`allScripts`), so that the text need only name this one
 * @throws Error when a parameter is missing or the script reads none of that name: types do not see all of it, such as what a spread brings
 */
export function invoke<Name extends ScriptFile>(
  script: Name,
  given: Given<Name>,
  user: string,
  how: { readonly moment?: string | undefined; readonly kept?: boolean } = {},
): Invocation {
  const {
    params = {},
    stdin,
  }: { readonly params?: Readonly<Record<string, string | number>>; readonly stdin?: string } = given;
  const { params: required, optional = [] }: Contract = scripts[script];
  const missing = required.filter((name) => params[name] === undefined);
  if (missing.length > 0) throw new Error(`${script}.sh is not given ${missing.join(", ")}`);
  const unknown = Object.keys(params).filter((name) => ![...required, ...optional].includes(name));
  if (unknown.length > 0) throw new Error(`${script}.sh does not read ${unknown.join(", ")}`);
  const text = how.kept && !beforehand(script) ? keptProgram(script) : programOf(script);
  return compose(how.moment === undefined ? text : `# as of ${how.moment}\n${text}`, params, user, script, stdin);
}

/**
 * Bash, as root, reads the text with the parameters as assignments before it, then runs it; what follows on standard input
 * is the script's. The command line stays short, since it is printed whole when the script fails, and names the script.
 * @throws Error when a parameter is not a shell variable's name
 */
export function compose(
  script: string,
  params: Readonly<Record<string, string | number>>,
  user: string,
  name = "script",
  stdin = "",
): Invocation {
  const assignments = Object.entries(params).map(([name, value]) => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) {
      throw new Error(`parameter "${name}" cannot be a shell variable; write capitals, digits and _`);
    }
    return `${name}=${quote(String(value))}`;
  });
  const text = ["set -euo pipefail", ...assignments, script, ""].join("\n");
  const become = user === "root" ? "" : "sudo -n ";
  // head takes exactly that many bytes, and leaves the rest of standard input to the script.
  return {
    command: `exec ${become}bash -c "$(head -c ${Buffer.byteLength(text)})" ${basename(name)}.sh`,
    stdin: text + stdin,
  };
}
