// Stand-in for pulumi-resource-aws, for tests alone: the engine starts it as it would the real one.
import { providerService } from "../../../packages/pulumi-plugins/rpc/protocol.ts";
import { serve } from "../../../packages/pulumi-plugins/rpc/serve.ts";
import { provider } from "./provider.ts";
import { version } from "./version.ts";

// What it has made is in the API and in the state: the next one takes it from there.
await serve({ service: providerService(), handlers: provider(version), stop: async () => {} });
