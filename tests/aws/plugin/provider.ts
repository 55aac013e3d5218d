/** Stand-in for pulumi-resource-aws: the engine's protocol in, calls on an API out. What changes in place with the real one is replaced here. */
import { isDeepStrictEqual } from "node:util";
import { EC2 } from "@aws-sdk/client-ec2";
import { SSM } from "@aws-sdk/client-ssm";
import {
  type Properties,
  revealAll,
  secret,
  textOf,
  unknownString,
  type Value,
} from "../../../packages/pulumi-plugins/command/values.ts";
import {
  Empty,
  type Grpc,
  PluginInfo,
  providerProtocol,
  type ProviderPb,
  Struct,
} from "../../../packages/pulumi-plugins/rpc/protocol.ts";
import { unary } from "../../../packages/pulumi-plugins/rpc/serve.ts";
import { refusedByEc2 } from "../../../components/machines/aws/ec2-rules.ts";
import type { Api, Kind } from "./kind.ts";
import { getInstanceTypeOfferings, getParameter, kinds } from "./kinds.ts";

const pb = providerProtocol();
type Message = { toJavaScript(): unknown } | undefined;

const read = (struct: Message): Properties => (struct?.toJavaScript() ?? {}) as Properties;
const plain = (struct: Message): Properties => revealAll(read(struct)) as Properties;
const write = (properties: Properties): InstanceType<typeof Struct> => Struct.fromJavaScript(properties);

/** The last type of a resource's name: urn:pulumi:STACK::PROJECT::TYPES::NAME */
const tokenOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

/** What the lab must not give, or what Amazon would refuse and the implementation of its API takes. Pure. */
export function checkFailures(urn: string, news: Properties): { readonly property: string; readonly reason: string }[] {
  const { error } = kindOf(urn).inputs.safeParse(news);
  return [
    ...(error?.issues ?? []).map(({ path, message }) => ({ property: path.join("."), reason: message })),
    ...refusedByEc2(tokenOf(urn), news).map((reason) => ({ property: reason.split(" ")[0] ?? "", reason })),
  ];
}

function kindOf(urn: string): Kind {
  const token = tokenOf(urn);
  const found = kinds[token];
  if (found === undefined) throw new Error(`the stand-in for AWS has no ${token}`);
  return found;
}

/** An API of this machine's own, or none: a test must not reach an account. @throws Error */
function connect(region: string, env = process.env): Api {
  const {
    AWS_ENDPOINT_URL: endpoint = "",
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  } = env;
  if (!accessKeyId || !secretAccessKey) throw new Error("No valid credential sources found");
  if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(endpoint))
    throw new Error(`AWS_ENDPOINT_URL ${endpoint} is not on this machine`);
  const client = { region, endpoint, credentials: { accessKeyId, secretAccessKey } };
  return { ec2: new EC2(client), ssm: new SSM(client) };
}

export function provider(version: string): Grpc.UntypedServiceImplementation {
  let region = "";
  let connected: Api | undefined;
  // When something is first asked of it: a preview of a lab that is not there asks for nothing.
  const api = (): Api => (connected ??= connect(region));

  return {
    handshake: unary(() => new pb.ProviderHandshakeResponse().setAcceptSecrets(true)),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    }),
    checkConfig: unary((request: ProviderPb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary((request: ProviderPb.ConfigureRequest) => {
      region = textOf(read(request.getArgs()).region);
      return new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    check: unary((request: ProviderPb.CheckRequest) => {
      const failures = checkFailures(request.getUrn(), plain(request.getNews())).map(({ property, reason }) =>
        new pb.CheckFailure().setProperty(property).setReason(reason),
      );
      return new pb.CheckResponse().setInputs(request.getNews()).setFailuresList(failures);
    }),
    diff: unary((request: ProviderPb.DiffRequest) => {
      const [before, after] = [plain(request.getOldInputs()), plain(request.getNews())];
      const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
      const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
      const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
      return new pb.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed)
        .setReplacesList(changed);
    }),
    create: unary(async (request: ProviderPb.CreateRequest) => {
      const { create, outputs: later } = kindOf(request.getUrn());
      if (request.getPreview()) {
        const unknown = Object.fromEntries(later.map((name) => [name, unknownString]));
        return new pb.CreateResponse().setProperties(write({ ...read(request.getProperties()), ...unknown }));
      }
      const { id, outputs } = await create(plain(request.getProperties()), api());
      return new pb.CreateResponse().setId(id).setProperties(write({ ...read(request.getProperties()), ...outputs }));
    }),
    delete: unary(async (request: ProviderPb.DeleteRequest) => {
      await kindOf(request.getUrn()).remove(request.getId(), plain(request.getOldInputs()), api());
      return new Empty();
    }),
    invoke: unary(async (request: ProviderPb.InvokeRequest) => {
      if (request.getTok() === "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings") {
        const offerings = await getInstanceTypeOfferings(plain(request.getArgs()), api().ec2);
        return new pb.InvokeResponse().setReturn(write(offerings));
      }
      if (request.getTok() !== "aws:ssm/getParameter:getParameter")
        throw new Error(`the stand-in for AWS has no ${request.getTok()}`);
      const found: Record<string, Value> = await getParameter(plain(request.getArgs()), api().ssm);
      // As the real one has it, whatever the parameter.
      return new pb.InvokeResponse().setReturn(write({ ...found, value: secret(found["value"] ?? "") }));
    }),
    cancel: unary(() => new Empty()),
  };
}
