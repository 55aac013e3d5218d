// The language host's side of the engine's protocol. What the lab does not need is answered UNIMPLEMENTED: generating programs
// and packages, templates, prompts.
import type { Readable } from "node:stream";
import { Empty, grpc, languageProtocol, PluginInfo, type Grpc, type LanguagePb } from "../rpc/protocol.ts";
import { unary } from "../rpc/serve.ts";
import type { Children } from "./children.ts";
import { dependenciesOf } from "./packages.ts";
import { runnerOf, runProgram } from "./program.ts";
import { version } from "./version.ts";

const pb = languageProtocol();

export function languageHost(engineAddress: string, children: Children): Grpc.UntypedServiceImplementation {
  return {
    handshake: unary(() => new pb.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    }),
    // The official host names every Pulumi package below node_modules, used or not, and the engine then fetches its plugin.
    // The engine asks for a plugin anyway when a resource needs it, so nothing is named here.
    getRequiredPackages: unary(() => new pb.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(() => new pb.GetRequiredPluginsResponse()),
    run: unary(async (request: LanguagePb.RunRequest) => {
      const { error = "", bail = false } = await runProgram(request, engineAddress, children);
      return new pb.RunResponse().setError(error).setBail(bail);
    }),
    about: unary(() => about()),
    getProgramDependencies: unary((request: LanguagePb.GetProgramDependenciesRequest) => {
      const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
      const dependencies = dependenciesOf(directory, request.getTransitivedependencies());
      return new pb.GetProgramDependenciesResponse().setDependenciesList(
        dependencies.map(({ name, version }) => new pb.DependencyInfo().setName(name).setVersion(version)),
      );
    }),
    installDependencies: (
      call: Grpc.ServerWritableStream<LanguagePb.InstallDependenciesRequest, LanguagePb.InstallDependenciesResponse>,
    ) =>
      streamed(call, async () => {
        const directory = call.request.getInfo()?.getProgramDirectory() || call.request.getDirectory();
        const { child, exit } = children.start("npm", ["install", "--loglevel=error"], {
          cwd: directory,
          stdio: ["ignore", "pipe", "pipe"],
        });
        forward(child.stdout!, (bytes) => call.write(new pb.InstallDependenciesResponse().setStdout(bytes)));
        forward(child.stderr!, (bytes) => call.write(new pb.InstallDependenciesResponse().setStderr(bytes)));
        const { code } = await exit;
        if (code !== 0) throw new Error(`npm install failed in ${directory} with exit code ${code}`);
      }),
    runPlugin: (call: Grpc.ServerWritableStream<LanguagePb.RunPluginRequest, LanguagePb.RunPluginResponse>) =>
      streamed(call, () => runPlugin(call, children)),
    cancel: unary(() => {
      children.cancel();
      return new Empty();
    }),
  };
}

/** Asked at each update, for the record: so nothing is started to find out. */
function about(): LanguagePb.AboutResponse {
  return new pb.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
}

async function runPlugin(
  call: Grpc.ServerWritableStream<LanguagePb.RunPluginRequest, LanguagePb.RunPluginResponse>,
  children: Children,
): Promise<void> {
  const { request } = call;
  const directory = request.getInfo()?.getProgramDirectory() || request.getProgram();
  const { child, exit } = children.start(
    process.execPath,
    [runnerOf("run-plugin", directory), "--pwd", request.getPwd(), directory, ...request.getArgsList()],
    {
      cwd: request.getPwd(),
      stdio: ["ignore", "pipe", "pipe"],
      env: Object.fromEntries(
        request.getEnvList().map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
      ),
    },
  );
  forward(child.stdout!, (bytes) => call.write(new pb.RunPluginResponse().setStdout(bytes)));
  forward(child.stderr!, (bytes) => call.write(new pb.RunPluginResponse().setStderr(bytes)));
  call.on("cancelled", () => child.kill());
  const { code } = await exit;
  call.write(new pb.RunPluginResponse().setExitcode(code ?? 1));
}

const forward = (stream: Readable, write: (bytes: Buffer) => void): void => void stream.on("data", write);

function streamed<Request, Response>(
  call: Grpc.ServerWritableStream<Request, Response>,
  work: () => Promise<void>,
): void {
  work().then(
    () => call.end(),
    (error: unknown) => call.emit("error", { code: grpc.status.UNKNOWN, details: (error as Error).message }),
  );
}
