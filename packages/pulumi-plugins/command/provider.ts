// The provider's side of the engine's protocol: messages in, messages out. What the resources do is in operations.ts.
import { Empty, PluginInfo, providerProtocol, Struct, type Grpc, type ProviderPb } from "../rpc/protocol.ts";
import { unary } from "../rpc/serve.ts";
import { check, type Checked } from "./check.ts";
import { diff as differences, type Change } from "./diff.ts";
import { runLocal } from "./local/run.ts";
import { newId, operationsOf, parseUrn, secretsIn } from "./operations.ts";
import { previewCreate, previewUpdate } from "./preview.ts";
import { functions, resources, version } from "./schema.ts";
import type { Tasks } from "./task.ts";
import { hasUnknown, unknownString, type Properties } from "./values.ts";

const pb = providerProtocol();
type StructMessage = ReturnType<ProviderPb.CheckRequest["getNews"]>;

const read = (struct: StructMessage): Properties => struct?.toJavaScript() ?? {};

function write(properties: Properties): InstanceType<typeof Struct> {
  // A field without a value is one that is not there.
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Properties);
}

export function provider(tasks: Tasks): Grpc.UntypedServiceImplementation {
  return {
    handshake: unary(() => new pb.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true)),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    }),
    attach: unary(() => new Empty()),
    getSchema: unary(async () => {
      const response = new pb.GetSchemaResponse();
      response.setSchema(JSON.stringify((await import("./package-schema.ts")).packageSchema()));
      return response;
    }),
    configure: unary(() =>
      new pb.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true),
    ),
    checkConfig: unary((request: ProviderPb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    check: unary((request: ProviderPb.CheckRequest) =>
      checkResponse(check(resources[parseUrn(request.getUrn()).token].inputs, read(request.getNews()))),
    ),
    diff: unary(diff),
    create: unary((request: ProviderPb.CreateRequest) => create(request, tasks)),
    read: unary((request: ProviderPb.ReadRequest) =>
      // Nothing can be asked of a command that has run: the state is what is known.
      new pb.ReadResponse()
        .setId(request.getId())
        .setProperties(request.getProperties())
        .setInputs(request.getInputs()),
    ),
    update: unary((request: ProviderPb.UpdateRequest) => update(request, tasks)),
    delete: unary((request: ProviderPb.DeleteRequest) => remove(request, tasks)),
    invoke: unary((request: ProviderPb.InvokeRequest) => invoke(request, tasks)),
    cancel: unary(() => {
      tasks.stop("cancelled");
      return new Empty();
    }),
  };
}

function checkResponse({ inputs, failures }: Checked): ProviderPb.CheckResponse {
  return new pb.CheckResponse().setInputs(write(inputs)).setFailuresList(failures.map(checkFailure));
}

const checkFailure = ({ property, reason }: Checked["failures"][number]): ProviderPb.CheckFailure =>
  new pb.CheckFailure().setProperty(property).setReason(reason);

function withIgnored(inputs: Properties, state: Properties, ignored: readonly string[]): Properties {
  const kept = ignored.filter((name) => Object.hasOwn(state, name));
  return { ...inputs, ...Object.fromEntries(kept.map((name) => [name, state[name]!])) };
}

function diff(request: ProviderPb.DiffRequest): ProviderPb.DiffResponse {
  const { token } = parseUrn(request.getUrn());
  const state = read(request.getOlds());
  const inputs = withIgnored(read(request.getNews()), state, request.getIgnorechangesList());
  const changes = differences(state, inputs, Object.keys(resources[token].inputs))
    // CopyFile has no update: each change copies anew.
    .map((change) => (token === "command:remote:CopyFile" ? { ...change, replaces: true } : change));

  const { DiffChanges } = pb.DiffResponse;
  const response = new pb.DiffResponse()
    .setChanges(changes.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
    .setDiffsList(changes.map(({ path }) => path))
    .setReplacesList(changes.filter(({ replaces }) => replaces).map(({ path }) => path))
    .setHasdetaileddiff(true);
  for (const change of changes) response.getDetaileddiffMap().set(change.path, propertyDiff(change));
  return response;
}

function propertyDiff({ kind, replaces }: Change): ProviderPb.PropertyDiff {
  const { Kind } = pb.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  return new pb.PropertyDiff().setKind(kinds[kind][replaces ? 1 : 0]);
}

async function create(request: ProviderPb.CreateRequest, tasks: Tasks): Promise<ProviderPb.CreateResponse> {
  const { token, name } = parseUrn(request.getUrn());
  const inputs = read(request.getProperties());
  if (request.getPreview()) return new pb.CreateResponse().setProperties(write(previewCreate(token, inputs)));
  const state = await tasks.run(request.getUrn(), secretsIn(inputs), request.getTimeout(), (task) =>
    operationsOf(token).create(inputs, task),
  );
  return new pb.CreateResponse().setId(newId(token, name)).setProperties(write(state));
}

async function update(request: ProviderPb.UpdateRequest, tasks: Tasks): Promise<ProviderPb.UpdateResponse> {
  const { token } = parseUrn(request.getUrn());
  const state = read(request.getOlds());
  const inputs = withIgnored(read(request.getNews()), state, request.getIgnorechangesList());
  if (request.getPreview()) return new pb.UpdateResponse().setProperties(write(previewUpdate(token, state, inputs)));
  const after = await tasks.run(request.getUrn(), secretsIn(inputs), request.getTimeout(), (task) =>
    operationsOf(token).update(state, inputs, task),
  );
  return new pb.UpdateResponse().setProperties(write(after));
}

async function remove(request: ProviderPb.DeleteRequest, tasks: Tasks): Promise<InstanceType<typeof Empty>> {
  const { token } = parseUrn(request.getUrn());
  const state = read(request.getProperties());
  await tasks.run(request.getUrn(), secretsIn(state), request.getTimeout(), (task) =>
    operationsOf(token).delete(state, task),
  );
  return new Empty();
}

async function invoke(request: ProviderPb.InvokeRequest, tasks: Tasks): Promise<ProviderPb.InvokeResponse> {
  if (request.getTok() !== "command:local:run") throw new Error(`unknown function ${request.getTok()}`);
  const { inputs, failures } = check(functions["command:local:run"].inputs, read(request.getArgs()));
  if (failures.length > 0) return new pb.InvokeResponse().setFailuresList(failures.map(checkFailure));
  // A preview may ask with arguments that are not known yet.
  if (hasUnknown(inputs)) {
    return new pb.InvokeResponse().setReturn(write({ ...inputs, stdout: unknownString, stderr: unknownString }));
  }
  const outputs = await tasks.run("", secretsIn(inputs), 0, (task) => runLocal(inputs, "command", {}, task));
  return new pb.InvokeResponse().setReturn(write({ ...inputs, ...outputs }));
}
