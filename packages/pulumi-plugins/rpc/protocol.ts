// The protocol that plugins and the engine speak, as @pulumi/pulumi carries it. gRPC and protobuf are that package's own
// dependencies, so they are resolved from it: the messages must be built by the very copy that serializes them.
import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as ProviderPb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as LanguagePb from "@pulumi/pulumi/proto/language_pb.js";
import type * as PluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as EnginePb from "@pulumi/pulumi/proto/engine_pb.js";
import type * as EmptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type * as StructPb from "google-protobuf/google/protobuf/struct_pb.js";

const here = createRequire(import.meta.url);
const sdk = createRequire(here.resolve("@pulumi/pulumi/package.json"));

export const grpc = sdk("@grpc/grpc-js") as typeof Grpc;
export const { Struct } = sdk("google-protobuf/google/protobuf/struct_pb.js") as typeof StructPb;
export const { Empty } = sdk("google-protobuf/google/protobuf/empty_pb.js") as typeof EmptyPb;
export const { PluginInfo } = sdk("./proto/plugin_pb.js") as typeof PluginPb;

// Each plugin loads only its own half of the protocol: a module costs some 20 ms at every start.
export const providerProtocol = () => sdk("./proto/provider_pb.js") as typeof ProviderPb;
export const providerService = () =>
  (sdk("./proto/provider_grpc_pb.js") as { ResourceProviderService: Grpc.ServiceDefinition }).ResourceProviderService;
export const languageProtocol = () => sdk("./proto/language_pb.js") as typeof LanguagePb;
export const languageService = () =>
  (sdk("./proto/language_grpc_pb.js") as { LanguageRuntimeService: Grpc.ServiceDefinition }).LanguageRuntimeService;
export const engineProtocol = () => sdk("./proto/engine_pb.js") as typeof EnginePb;
export const engineClient = () =>
  (sdk("./proto/engine_grpc_pb.js") as { EngineClient: Grpc.ServiceClientConstructor }).EngineClient;
/** For tests, which play the engine. */
export const engineService = () =>
  (sdk("./proto/engine_grpc_pb.js") as { EngineService: Grpc.ServiceDefinition }).EngineService;

export type { Grpc, ProviderPb, LanguagePb, EnginePb };
export type Struct = StructPb.Struct;
