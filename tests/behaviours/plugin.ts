// A command plugin as the engine sees it: a program that prints its port and answers over gRPC. Which program, COMMAND_PLUGIN
// says; without it, this checkout's own. Next to it stands an engine that only takes log lines.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  Empty,
  engineService,
  grpc,
  providerProtocol,
  providerService,
  Struct,
  type EnginePb,
  type Grpc,
  type ProviderPb,
} from "../../packages/pulumi-plugins/rpc/protocol.ts";
import { installPlugins, pluginFile } from "../../packages/pulumi-plugins/install.ts";
import { signatureKey, type Properties } from "../../packages/pulumi-plugins/command/values.ts";

export * from "../../packages/pulumi-plugins/command/values.ts";

// As ./lab runs Pulumi: the lab has keys of its own, and no agent is asked.
delete process.env["SSH_AUTH_SOCK"];

const pb = providerProtocol();
const checkout = join(import.meta.dirname, "../..");

export interface LogLine {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly urn: string;
  readonly ephemeral: boolean;
  readonly at: number;
}

export type Token = "local:Command" | "remote:Command" | "remote:CopyToRemote";
export interface Options {
  readonly name?: string;
  readonly preview?: boolean;
  /** Seconds; 0 means no limit. */
  readonly timeout?: number;
}
export interface Difference {
  readonly changed: boolean;
  readonly paths: Readonly<Record<string, string>>;
  readonly replaces: readonly string[];
}

export class Plugin {
  readonly lines: LogLine[];
  readonly process: ChildProcess;
  readonly #client: Grpc.Client;
  readonly #cleanUp: () => void;

  private constructor(child: ChildProcess, port: string, lines: LogLine[], cleanUp: () => void) {
    this.process = child;
    this.lines = lines;
    this.#cleanUp = cleanUp;
    this.#client = new (grpc.makeGenericClientConstructor(providerService(), "provider"))(
      `127.0.0.1:${port}`,
      grpc.credentials.createInsecure(),
      { "grpc.max_receive_message_length": -1 },
    );
  }

  /** @param stderr a file descriptor that takes what the plugin prints on standard error */
  static async start({
    env = {},
    cwd,
    stderr,
  }: { env?: Record<string, string>; cwd?: string; stderr?: number } = {}): Promise<Plugin> {
    const { file, cleanUp } = await pluginProgram();
    const lines: LogLine[] = [];
    const engine = await engineThatListens(lines);
    const child: ChildProcess = spawn(file, [engine.address], {
      stdio: ["pipe", "pipe", stderr ?? "ignore"],
      env: { ...process.env, ...env },
      ...(cwd && { cwd }),
    });
    const [port] = await Promise.race([
      once(createInterface({ input: child.stdout! }), "line") as Promise<[string]>,
      once(child, "exit").then(([code]) => {
        throw new Error(`${file} exited with ${code} before it printed its port`);
      }),
    ]);
    const plugin = new Plugin(child, port, lines, () => {
      engine.stop();
      cleanUp();
    });
    await plugin.#call("configure", new pb.ConfigureRequest().setAcceptsecrets(true).setAcceptresources(true));
    return plugin;
  }

  async stop(): Promise<void> {
    this.#client.close();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = once(this.process, "exit");
      this.process.kill("SIGINT");
      await gone;
    }
    this.#cleanUp();
  }

  #call<Response>(method: string, request: unknown): Promise<Response> {
    type Call = (request: unknown, done: (error: Grpc.ServiceError | null, response: Response) => void) => void;
    const call = (this.#client as unknown as Record<string, Call>)[method]!.bind(this.#client);
    return new Promise((resolve, reject) => {
      call(request, (error, response) => (error ? reject(new Error(error.details)) : resolve(response)));
    });
  }

  async check(
    token: Token,
    inputs: Properties,
  ): Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }> {
    const response = await this.#call<ProviderPb.CheckResponse>(
      "check",
      new pb.CheckRequest().setUrn(urn(token)).setNews(struct(inputs)).setOlds(struct({})),
    );
    return {
      inputs: plain(response.getInputs()),
      failures: response.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  async diff(token: Token, state: Properties, inputs: Properties, ignoreChanges: string[] = []): Promise<Difference> {
    const response = await this.#call<ProviderPb.DiffResponse>(
      "diff",
      new pb.DiffRequest()
        .setId("an-id")
        .setUrn(urn(token))
        .setOlds(struct(state))
        .setNews(struct(inputs))
        .setIgnorechangesList(ignoreChanges),
    );
    const kinds = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];
    return {
      changed: response.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME,
      paths: Object.fromEntries(
        response
          .getDetaileddiffMap()
          .getEntryList()
          .map(([path, difference]) => [path, kinds[(difference as unknown as [number])[0] ?? 0]!]),
      ),
      replaces: response.getReplacesList(),
    };
  }

  async create(token: Token, inputs: Properties, { name = "res", preview = false, timeout = 0 }: Options = {}) {
    const response = await this.#call<ProviderPb.CreateResponse>(
      "create",
      new pb.CreateRequest()
        .setUrn(urn(token, name))
        .setProperties(struct(inputs))
        .setPreview(preview)
        .setTimeout(timeout),
    );
    return { id: response.getId(), state: plain(response.getProperties()) };
  }

  async update(
    token: Token,
    state: Properties,
    inputs: Properties,
    { name = "res", preview = false, timeout = 0 }: Options = {},
  ) {
    const response = await this.#call<ProviderPb.UpdateResponse>(
      "update",
      new pb.UpdateRequest()
        .setId("an-id")
        .setUrn(urn(token, name))
        .setOlds(struct(state))
        .setNews(struct(inputs))
        .setPreview(preview)
        .setTimeout(timeout),
    );
    return plain(response.getProperties());
  }

  async delete(token: Token, state: Properties): Promise<void> {
    await this.#call(
      "pb_delete" in this.#client ? "pb_delete" : "delete",
      new pb.DeleteRequest().setId("an-id").setUrn(urn(token)).setProperties(struct(state)),
    );
  }

  async read(token: Token, state: Properties, inputs: Properties) {
    const response = await this.#call<ProviderPb.ReadResponse>(
      "read",
      new pb.ReadRequest().setId("an-id").setUrn(urn(token)).setProperties(struct(state)).setInputs(struct(inputs)),
    );
    return { id: response.getId(), state: plain(response.getProperties()), inputs: plain(response.getInputs()) };
  }

  async run(args: Properties): Promise<Properties> {
    const response = await this.#call<ProviderPb.InvokeResponse>(
      "invoke",
      new pb.InvokeRequest().setTok("command:local:run").setArgs(struct(args)),
    );
    return plain(response.getReturn());
  }

  async schema(): Promise<{ [key: string]: never }> {
    const response = await this.#call<ProviderPb.GetSchemaResponse>("getSchema", new pb.GetSchemaRequest());
    return JSON.parse(response.getSchema()) as { [key: string]: never };
  }

  async version(): Promise<string> {
    return (await this.#call<{ getVersion(): string }>("getPluginInfo", new Empty())).getVersion();
  }

  async cancel(): Promise<void> {
    await this.#call("cancel", new Empty());
  }

  /** The lines logged for a resource. */
  linesOf(name: string): string[] {
    return this.lines.filter((line) => line.urn.endsWith(`::${name}`)).map(({ message }) => message);
  }
}

const urn = (token: Token, name = "res"): string => `urn:pulumi:test::tests::command:${token}::${name}`;
const struct = (properties: Properties) => Struct.fromJavaScript(properties);
const plain = (message: { toJavaScript(): unknown } | undefined): Properties =>
  withoutEmptyParts(message?.toJavaScript() ?? {}) as Properties;

/** An asset is a path, a text or an address; the official plugin writes down the others too, as empty texts, which mean the same to the engine. */
function withoutEmptyParts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyParts);
  if (typeof value !== "object" || value === null) return value;
  const isAsset = "hash" in value && signatureKey in value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, part]) => !isAsset || part !== "" || !["path", "text", "uri"].includes(key))
      .map(([key, part]) => [key, withoutEmptyParts(part)]),
  );
}

async function pluginProgram(): Promise<{ file: string; cleanUp: () => void }> {
  if (process.env.COMMAND_PLUGIN) return { file: process.env.COMMAND_PLUGIN, cleanUp: () => {} };
  const pulumiHome = tempDir("plugin");
  const compileCache = join(checkout, "node_modules/.cache/compiled");
  installPlugins({ pulumiHome, node: process.execPath, checkout, compileCache });
  return {
    file: pluginFile(pulumiHome, "resource", "command", "1.2.1"),
    cleanUp: () => rmSync(pulumiHome, { recursive: true, force: true }),
  };
}

async function engineThatListens(lines: LogLine[]): Promise<{ address: string; stop: () => void }> {
  const server = new grpc.Server();
  server.addService(engineService(), {
    log(call: { request: EnginePb.LogRequest }, done: (error: null, response: unknown) => void) {
      const { request } = call;
      const severities = { 0: "debug", 1: "info", 2: "warning", 3: "error" } as const;
      lines.push({
        severity: severities[request.getSeverity()],
        message: request.getMessage(),
        urn: request.getUrn(),
        ephemeral: request.getEphemeral(),
        at: Date.now(),
      });
      done(null, new Empty());
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

/** The message of what a promise fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("this was expected to fail, and did not");
}

const tempDirs: string[] = [];
process.once("exit", () => tempDirs.forEach((dir) => rmSync(dir, { recursive: true, force: true })));

/** A folder that goes when the test file is done. */
export function tempDir(name: string): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), `podnet-${name}-`)));
  tempDirs.push(dir);
  return dir;
}

export const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

export async function until(what: string, holds: () => boolean, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
